"""Handing work over: what git knows of it, and what only the agent knows. Never changes the work tree."""

from __future__ import annotations

import os

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
_DEFAULT_BRANCHES = ("main", "master", "trunk", "develop")


def write(ws: Workspace, title: str = "", *, task: str | None = None, **stated: Any) -> dict[str, Any]:
    """Write a handoff and stay: for passing work on, or before a context runs out."""
    identity = ws.identity()
    args = {**capsule(ws, title, **stated), "title": title, "coop": identity.coop}
    if task:
        args["task"] = task
    return ws.submit("handoff.write", args, 1)


def handoffs(ws: Workspace, *, all_: bool = False, limit: int | None = None) -> dict[str, Any]:
    """Handoffs that nobody has taken yet, newest first; with ``all_`` every one."""
    wanted = {} if all_ else {"state": "open"}
    found = ws.reader().find("handoff", order="-created_at", limit=limit, **wanted)
    return {"handoffs": [each.as_json() for each in found], "as_of": ws.as_of()}


def capsule(ws: Workspace, reason: str = "", **stated: Any) -> dict[str, Any]:
    """The eight fields: stated where stated, else from git. A git that fails leaves them empty, not us broken."""
    known = work_done(ws)
    fields: dict[str, Any] = {name: value for name, value in stated.items() if name in STATED and value}
    fields.setdefault("stopped", _where(known, reason))
    fields.setdefault("changed", "; ".join(known["commits"][:5]))
    fields["tests"] = _texts(fields.get("tests"))
    named = _texts(stated.get("files"))
    fields["files"] = sorted(set(known["files"]) | set(named))[:_MOST_FILES]
    fields["commits"] = known["commits"]
    return {**fields, "branch": known["branch"], "head": known["head"]}


def work_done(ws: Workspace) -> dict[str, Any]:
    """``branch, head, commits, files, uncommitted``: what this branch adds to the default branch, and what is not
    committed. Whoever the author is: an agent commits under its person's name."""
    branch, head = ws.repo.head()
    known: dict[str, Any] = {"branch": branch, "head": head, "commits": [], "files": [], "uncommitted": 0}
    if ws.repo.worktree is None:
        return known
    base = _base(ws, head) if head else ""
    if base:
        log = ("log", f"-n{_MOST_COMMITS}", "--no-show-signature", "--format=%h %s", f"{base}..{head}")
        known["commits"] = _asked(ws, *log).splitlines()
    committed = _names(_asked(ws, "diff", "--name-only", "-z", "--no-ext-diff", base, head)) if base else []
    changed = _names(_asked(ws, "diff", "--name-only", "-z", "--no-ext-diff", head)) if head else []
    untracked = _names(_asked(ws, "ls-files", "-z", "--others", "--exclude-standard"))
    known["uncommitted"] = len(set(changed) | set(untracked))
    known["files"] = sorted({*committed, *changed, *untracked})[:_MOST_FILES]
    return known


def _where(known: dict[str, Any], reason: str) -> str:
    parts = [f"on {known['branch']}" if known["branch"] else "on a detached HEAD"]
    if known["head"]:
        parts.append(f"at {known['head'][:12]}")
    if known["uncommitted"]:
        parts.append(f"with {known['uncommitted']} uncommitted files")
    where = ", ".join(parts)
    return f"{reason} ({where})" if reason else where


def _base(ws: Workspace, head: str) -> str:
    """Where this branch left the default branch; empty when git cannot tell."""
    default = _default_branch(ws)
    return _asked(ws, "merge-base", default, head).partition("\n")[0] if default else ""


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
    """Paths of ``-z`` output. One that is not UTF-8 cannot stand in a file of the branch as it is."""
    return [each.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for each in text.split("\0") if each]


def _texts(value: Iterable[str] | str | None) -> list[str]:
    if not value:
        return []
    return [value] if isinstance(value, str) else list(value)
