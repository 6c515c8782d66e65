"""``ci check trailer template pre-receive``: for jobs, servers and whoever writes commits."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, Answer, Argument, Call, Command, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_BRANCHES = ("GITHUB_HEAD_REF", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_BRANCH")
_BASES = ("CI_MERGE_REQUEST_DIFF_BASE_SHA",)
_TARGETS = ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME")


def _check(call: Call) -> Answer:
    import os

    from gitcoord import clock
    from gitcoord.actions.ci import check, ground

    environ = os.environ
    with ground.opened(call.directory, environ, str(call.get("sync") or "")) as ws:
        base = ground.commit_of(ws, str(call.get("base") or _base(ws, environ)))
        head = ground.commit_of(ws, str(call.get("head") or "HEAD"))
        branch = str(call.get("branch") or _first(environ, _BRANCHES) or ("" if call.get("head") else ws.repo.head()[0]))
        agents, common = call.texts("agent_names"), _is_target(ws, environ, branch)
        found = check.check(ws, base, head, branch=branch, agents=agents, common=common)
        now = ws.now() or clock.now()
    exit = check.exit_of(found)
    form = call.get("format") or "text"
    if form == "github" or call.get("summary"):
        _summarise(str(call.get("summary") or ""), found, now, environ)
    if call.as_json or form == "text":
        return Answer("ci-check", found, exit=exit)
    from gitcoord.views import forges

    if form == "gitlab":
        return Answer(text=forges.gitlab(found, now), exit=exit)
    return Answer(lines=forges.github(found, now), exit=exit)


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((environ[name] for name in names if environ.get(name)), "")


def _base(ws: Any, environ: Mapping[str, str]) -> str:
    """What the job says that the branch goes into, else the default branch as it was fetched."""
    named = _first(environ, _BASES)
    target = _first(environ, _TARGETS)
    if named or target:
        return named or f"origin/{target}"
    from gitcoord.hooks.pre_push import default_tip

    return default_tip(ws) or "origin/HEAD"


def _is_target(ws: Any, environ: Mapping[str, str], branch: str) -> bool:
    """A branch that others go into: everybody works on it, so its name tells nothing about anybody."""
    from gitcoord.actions.ci.receive import default_branch

    return bool(branch) and branch in (_first(environ, _TARGETS), default_branch(ws))


def _summarise(file: str, found: dict[str, Any], now: float, environ: Mapping[str, str]) -> None:
    """The Markdown into the file that was named (written anew), and at the end of a job's summary."""
    from gitcoord.errors import InvalidArguments
    from gitcoord.views import forges

    job = environ.get("GITHUB_STEP_SUMMARY", "")
    for target, mode in ((file, "w"), (job, "a")):
        if not target:
            continue
        try:
            with open(target, mode, encoding="utf-8", errors="replace") as out:
                out.write(forges.summary(found, now))
        except OSError as problem:
            raise InvalidArguments(f"The summary {target} cannot be written: {problem.strerror}.") from None


def _trailer(call: Call) -> Answer:
    from gitcoord.actions.ci import trailer

    found = trailer.of_index(call.workspace, call.texts("paths"))
    if call.as_json:
        return Answer("ci-trailer", found)
    if not found["trailers"]:
        _say_why(found)
    return Answer(lines=(f"{line}\n" for line in found["trailers"]))


def _say_why(found: dict[str, Any]) -> None:
    """On standard error: what is printed goes into a commit."""
    import sys

    from gitcoord.text import one_line

    bare = found.get("uncovered") or []
    why = found.get("note") or (f"no claim of yours covers {one_line(bare[0], 120)}" if bare else "nothing is staged")
    sys.stderr.write(f"gitcoord: no claim proof: {why.encode('utf-8', 'replace').decode()}.\n")


def _template(call: Call) -> Answer:
    from gitcoord.actions.ci import template

    name = str(call.get("forge"))
    if not call.get("output"):
        text = template.text(name)
        return Answer("ci-template", {"forge": name, "text": text}) if call.as_json else Answer(text=text)
    return Answer("ci-template", template.write(call.directory, name, str(call.get("output")), bool(call.flag("replace"))))


def _pre_receive(call: Call) -> Answer:
    import os
    import sys

    from gitcoord.actions.ci import receive

    found = receive.received(call.directory, sys.stdin.buffer.read(), os.environ)
    return Answer("ci-received", found, exit=receive.exit_of(found))


COMMANDS = {
    "ci check": Command(
        "ci check",
        _check,
        "Whose claims a branch runs over, from fetched branches alone.",
        (
            "gitcoord ci check --base origin/main --head HEAD",
            "gitcoord ci check --format github",
            "gitcoord ci check --format gitlab",
        ),
        options=(
            Option("--base", "What the branch goes into; otherwise what the job says, or the default branch.", metavar="REV"),
            Option("--head", "The branch; otherwise HEAD.", metavar="REV"),
            Option("--format", "How to tell it.", choices=("text", "github", "gitlab")),
            Option("--branch", "Its name, by which its agents are known; otherwise what the job says.", metavar="NAME"),
            Option("--agent", "Whose the branch is.", name="agent_names", many=True, metavar="AGENT"),
            Option("--sync", "The ref or commit of the sync branch; otherwise as it was fetched.", metavar="REV"),
            Option("--summary", "Write the Markdown summary to this file.", metavar="FILE"),
        ),
        more="Exit 3: another agent's live claim is run over. 1: settings ci.* ask for more. 8: it cannot be told.",
    ),
    "ci trailer": Command(
        "ci trailer",
        _trailer,
        "The trailers that prove under which claims a commit is made.",
        ("gitcoord ci trailer", "gitcoord ci trailer src/auth/login.py"),
        arguments=(Argument("paths", "what the commit changes; otherwise what is staged", "*"),),
    ),
    "ci template": Command(
        "ci template",
        _template,
        "A job, or a server's hook, that runs the check.",
        (
            "gitcoord ci template github --output .github/workflows/gitcoord.yml",
            "gitcoord ci template pre-receive --output hooks/pre-receive",
        ),
        arguments=(Argument("forge", "for which", choices=("github", "github-again", "gitlab", "pre-receive")),),
        options=(
            Option("--output -o", "Write it to this file.", name="output", metavar="FILE"),
            Option("--replace", "Also where that file exists with other content.", type=FLAG),
        ),
    ),
    "ci pre-receive": Command(
        "ci pre-receive",
        _pre_receive,
        "Check a push that this repository is about to receive.",
        ("gitcoord ci pre-receive",),
        more="Called by the pre-receive hook: lines of old, new and ref on standard input. Exit 3 refuses the push.",
    ),
}
