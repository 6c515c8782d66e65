"""``init bootstrap upgrade uninstall demo completion version``."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, Answer, Argument, Call, Command, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_YES = Option("--yes -y", "Do what would otherwise only be proposed; never ask.", name="yes", type=FLAG)
_DRY = Option("--dry-run", "Say what would be written, write nothing.", type=FLAG)


def _init(call: Call) -> Answer:
    from gitcoord.actions.init import init

    found = init(
        call.directory,
        remote=call.get("remote"),
        dry_run=call.flag("dry_run"),
        hooks=not call.flag("no_hooks"),
        yes=call.flag("yes"),
        allow_empty_remote=call.flag("allow_empty_remote"),
        mode=call.get("mode") or "",
    )
    if call.flag("merge_driver"):
        found = _with_merge_driver(call, found)
    return Answer("init-plan" if call.flag("dry_run") and not call.as_json else "init", _with_tools(call, found))


def _with_merge_driver(call: Call, report: dict[str, Any]) -> dict[str, Any]:
    from gitcoord.actions import mergedriver
    from gitcoord.store import repository

    done = mergedriver.install(repository.find(call.directory), dry_run=call.flag("dry_run"))
    if not done:
        return {**report, "notes": [*report["notes"], "the merge driver was there already"]}
    return {**report, "installed": [*report["installed"], done]}


def _with_tools(call: Call, report: dict[str, Any]) -> dict[str, Any]:
    """Wires the tools that were named, else those that are found here; ``--tool none`` wires none."""
    import os

    from gitcoord.harness import wiring
    from gitcoord.store import repository

    repo = repository.find(call.directory)
    words = call.get("tool")
    if repo.worktree is None or words == "none":
        return report
    tools = wiring.found(repo, os.environ) if words is None else wiring.asked(words)
    done = wiring.wire(repo, tools, servers=call.flag("mcp"), dry_run=call.flag("dry_run"))
    notes = [*report["notes"], *done["notes"]]
    if not tools:
        notes.append("no agent tool was found here; to wire one: gitcoord init --tool claude (codex, cursor, gemini, copilot)")
    if tools and call.flag("mcp"):
        from gitcoord.harness.mcp import without_sdk

        notes += [f"{each}: pipx install 'gitcoord[mcp]'" for each in [without_sdk()] if each]
    found = {**report, "tools": tools, "installed": [*report["installed"], *done["written"]], "notes": notes}
    tops = sorted({each.partition(" ")[0].partition("/")[0] for each in done["written"]})
    if tops:  # so that teammates and cloud agents get the wiring
        found["next"] = [f'git add {" ".join(tops)} && git commit -m "Add gitcoord"', *report.get("next", [])]
    return {**found, "diff": done["diff"]} if done["diff"] else found


def _bootstrap(call: Call) -> Answer:
    root = call.get("project_root")
    if root:
        call.options["directory"] = [*(call.options.get("directory") or []), root]
    return _init(call)


def _upgrade(call: Call) -> Answer:
    from gitcoord.harness.upgrade import upgrade
    from gitcoord.store import repository

    dry_run = call.flag("dry_run")
    return Answer("upgrade-plan" if dry_run else "upgrade", upgrade(repository.find(call.directory), dry_run=dry_run))


def _uninstall(call: Call) -> Answer:
    from gitcoord.actions.init import uninstall

    return Answer("uninstall", _without_tools(call, uninstall))


def _without_tools(call: Call, uninstall: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """The tools' files first: what was there before is remembered in the local state that goes with the rest."""
    from gitcoord.harness import wiring
    from gitcoord.store import repository

    yes, dry_run, everywhere = call.flag("yes"), call.flag("dry_run"), call.flag("all_worktrees")
    # Whatever refuses does so before anything is gone.
    uninstall(call.directory, yes=yes, dry_run=True, all_worktrees=everywhere)
    repo = repository.find(call.directory)
    done = wiring.unwire(repo, dry_run=dry_run) if repo.worktree is not None else {"written": [], "notes": []}
    report = uninstall(call.directory, yes=yes, dry_run=dry_run, all_worktrees=everywhere)
    files = [each.removesuffix(" removed").replace(" changed", ", our part of it") for each in done["written"]]
    return {**report, "removed": [*files, *report["removed"]], "notes": [*report["notes"], *done["notes"]]}


def _demo(call: Call) -> Answer:
    from gitcoord import demo

    return Answer(text="", exit=demo.run(call.directory))


def _completion(call: Call) -> Answer:
    from gitcoord.cli.app import completion_script

    return Answer(text=completion_script(call.get("shell")))


def _version(call: Call) -> Answer:
    import gitcoord

    if call.as_json:
        return Answer("version", {"version": gitcoord.__version__})
    return Answer(text=f"gitcoord {gitcoord.__version__}\n")


_INIT = (
    Option("--remote", "Whose branch is the register.", metavar="REMOTE"),
    Option("--mode", "remote: one must be there; local: none, for worktrees of this clone.", choices=("local", "remote")),
    Option("--tool", "Wire these: claude,codex,cursor,gemini,copilot; none; else those found.", metavar="TOOLS"),
    Option("--mcp", "Also the entries by which the tools start gitcoord mcp.", type=FLAG),
    _DRY,
    Option("--no-hooks", "Leave the hooks alone.", type=FLAG),
    Option("--merge-driver", "Also let git merge files of the branch field by field.", type=FLAG),
    _YES,
    Option("--allow-empty-remote", "Also where the sync branch would be the first branch of the remote.", type=FLAG),
)
COMMANDS = {
    "init": Command(
        "init",
        _init,
        "Create the sync branch, or adopt the one that is there, and install the pre-push check.",
        ("gitcoord init", "gitcoord init --dry-run", "gitcoord init --remote upstream --yes", "gitcoord init --tool claude"),
        options=_INIT,
        more="Says what it wrote and how to undo it; running it again changes nothing.",
    ),
    "bootstrap": Command(
        "bootstrap",
        _bootstrap,
        "init, of the project in another folder.",
        ("gitcoord bootstrap --project-root ../app",),
        options=(Option("--project-root", "The work tree that is meant; else this one.", metavar="DIR"), *_INIT),
    ),
    "upgrade": Command(
        "upgrade",
        _upgrade,
        "Bring what an older gitcoord wrote here, for tools and as pre-push check, to this version.",
        ("gitcoord upgrade --dry-run", "gitcoord upgrade"),
        options=(_DRY,),
        more="Marked blocks, entries and files of ours only; nothing is added, and what people wrote stays.",
    ),
    "uninstall": Command(
        "uninstall",
        _uninstall,
        "Restore every byte that init wrote here.",
        ("gitcoord uninstall --dry-run", "gitcoord uninstall --yes"),
        options=(
            _YES,
            _DRY,
            Option("--all-worktrees", "Also while agents are bound to other worktrees of this clone.", type=FLAG),
        ),
    ),
    "demo": Command(
        "demo",
        _demo,
        "A narrated run with three agents on a throw-away copy of this repository.",
        ("gitcoord demo",),
        slow=True,
    ),
    "completion": Command(
        "completion",
        _completion,
        "A script for your shell.",
        ('eval "$(gitcoord completion bash)"', 'eval "$(gitcoord completion zsh)"'),
        arguments=(Argument("shell", "bash or zsh", choices=("bash", "zsh")),),
    ),
    "version": Command("version", _version, "Which version this is.", ("gitcoord version --json",)),
}
