"""Handing work over: what git knows of it, and what only the agent knows. Never changes the work tree."""

from __future__ import annotations

import os

from gitcoord.text import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from gitcoord.workspace import Workspace

#: The fields that a person or agent may state; the rest is filled from git.
STATED = ("stopped", "changed", "tests", "risks", "next", "do_not_redo")
_MOST_COMMITS = 50
_MOST_FILES = 200
_DEADLINE = 4.0
_STATUS = ("status", "--porcelain=v2", "-z", "--untracked-files=all", "--no-renames", "--no-ahead-behind")
_DEFAULT_BRANCHES = ("main", "master", "trunk", "develop")


def write(
    ws: Workspace, title: str = "", *, task: str | None = None, carry: bool = False, **stated: Any
) -> dict[str, Any]:
    """Write a handoff and stay: for passing work on, or before a context runs out. ``carry``: with the work itself."""
    from gitcoord.actions import carry as carrying

    identity = ws.identity()
    taken = carrying.carry(ws, identity.agent) if carry else None
    args = {**capsule(ws, **stated), "title": title, "coop": identity.coop}
    if task:
        args["task"] = task
    if carrying.record_of(taken):
        args["carry"] = carrying.record_of(taken)
    return with_carry(with_names(ws, ws.submit("handoff.write", args, 1)), taken)


def with_carry(result: dict[str, Any], taken: dict[str, Any] | None) -> dict[str, Any]:
    """The answer, with what became of the work. Work that is on this machine only makes it provisional."""
    if taken is None:
        return result
    from gitcoord.actions import carry as carrying

    names = ("state", "branch", "commit", "files", "reason")
    brief = {name: taken[name] for name in names if taken.get(name)}
    return {**result, "carry": brief, "warnings": [*(result.get("warnings") or []), *carrying.told(taken)]}


def with_names(ws: Workspace, result: dict[str, Any]) -> dict[str, Any]:
    """The answer, with ``names``: what people call the questions that its handoffs leave open."""
    ids = dict.fromkeys(str(id) for each in result.get("handoffs") or [] for id in each.get("blockers") or [])
    if not ids:
        return result
    reader = ws.reader()
    found = (reader.get("blocker", id) for id in ids)
    return {**result, "names": {each.id: each.name for each in found if each is not None}}


def handoffs(ws: Workspace, *, all_: bool = False, limit: int | None = None) -> dict[str, Any]:
    """Handoffs that nobody has taken yet, newest first; with ``all_`` every one."""
    wanted = {} if all_ else {"state": "open"}
    found = ws.reader().find("handoff", order="-created_at", limit=limit, **wanted)
    return {"handoffs": [each.as_json() for each in found], "as_of": ws.as_of()}


def capsule(ws: Workspace, **stated: Any) -> dict[str, Any]:
    """What was stated, and what git knows. A git that fails leaves fields empty, not us broken.

    The rule fills what is still missing from the session's check-ins and recorded runs.
    """
    known = work_done(ws)
    fields: dict[str, Any] = {name: value for name, value in stated.items() if name in STATED and value}
    fields["tests"] = _texts(fields.get("tests"))
    fields["files"] = sorted(set(known["files"]) | set(_texts(stated.get("files"))))[:_MOST_FILES]
    fields["commits"] = known["commits"]
    return {**fields, "branch": known["branch"], "head": known["head"], "where": _where(known)}


def work_done(ws: Workspace) -> dict[str, Any]:
    """``branch, head, commits, files, uncommitted``: what this branch adds to the default branch, and what is not
    committed. Whoever the author is: an agent commits under its person's name. Three git processes at most."""
    branch, head = ws.repo.head()
    known: dict[str, Any] = {"branch": branch, "head": head, "commits": [], "files": [], "uncommitted": 0}
    if ws.repo.worktree is None:
        return known
    base = _default_branch(ws) if head else ""
    committed: list[str] = []
    if base and base != head:
        log = ("log", f"-n{_MOST_COMMITS}", "--no-show-signature", "--format=%h %s", f"{base}..{head}")
        known["commits"] = _asked(ws, *log).splitlines()
        if known["commits"]:
            committed = _names(_asked(ws, "diff", "--name-only", "-z", "--no-ext-diff", f"{base}...{head}"))
    changed = _changed(_asked(ws, *_STATUS))
    known["uncommitted"] = len(changed)
    known["files"] = sorted({*committed, *changed})[:_MOST_FILES]
    return known


def _changed(status: str) -> list[str]:
    """Paths of ``git status --porcelain=v2 -z``: staged, changed and untracked ones."""
    fields = {"1": 8, "u": 10, "?": 1}
    lines = [line for line in status.split("\0") if line[:1] in fields]
    return _names("\0".join(line.split(" ", fields[line[0]])[-1] for line in lines))


def _where(known: dict[str, Any]) -> str:
    parts = [f"on {known['branch']}" if known["branch"] else "on a detached HEAD"]
    if known["head"]:
        parts.append(f"at {known['head'][:12]}")
    if known["uncommitted"]:
        parts.append(f"with {counted(known['uncommitted'], 'uncommitted file')}")
    return ", ".join(parts)


def _default_branch(ws: Workspace) -> str:
    """The commit of the remote's default branch, as this clone knows it, else of a local one."""
    remote = ws.state.text("remote")
    names = []
    if remote:
        names += [_pointed(ws.repo.common_dir, f"refs/remotes/{remote}/HEAD")]
        names += [f"refs/remotes/{remote}/{each}" for each in _DEFAULT_BRANCHES]
    names += [f"refs/heads/{each}" for each in _DEFAULT_BRANCHES]
    return next((oid for name in names if name and (oid := ws.repo.ref(name))), "")


def _pointed(folder: str, name: str) -> str:
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read(1024).strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return text[5:] if text.startswith("ref: ") else ""


def _asked(ws: Workspace, *args: str) -> str:
    from gitcoord.errors import CouldNotCheck

    try:
        return ws.git(*args, deadline=_DEADLINE)
    except CouldNotCheck:
        return ""


def _names(text: str) -> list[str]:
    """Paths of ``-z`` output. One that is not UTF-8 cannot stand in a file of the branch as it is. What gitcoord itself
    wrote into the work tree is nobody's work."""
    paths = [each for each in text.split("\0") if each and not each.startswith(".gitcoord/outbox/")]
    return [each.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for each in paths]


def _texts(value: Iterable[str] | str | None) -> list[str]:
    if not value:
        return []
    return [value] if isinstance(value, str) else list(value)
