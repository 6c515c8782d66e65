"""A push that a server is about to receive, judged before it is accepted. Writes nothing, also not into the repository.

The claims that count are those of the sync branch as the server has it: one that comes with the same push cannot take away
what stands in its way. What that new tip says of who pushes is heard.
"""

from __future__ import annotations

from gitcoord.actions.ci import check, ground, guard
from gitcoord.errors import GitcoordError, NotInitialised
from gitcoord.hooks.pre_push import empty_tree, merge_base

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from gitcoord.workspace import Workspace

_HEADS = "refs/heads/"
#: Refs of one push that are looked at.
MOST = 50


def default_branch(ws: Workspace) -> str:
    """By name: of the remote, as it was cloned; of a bare repository its own."""
    if ws.repo.bare:
        return ws.repo.head()[0]
    try:
        with open(f"{ws.repo.common_dir}/refs/remotes/{ws.state.text('remote') or 'origin'}/HEAD", encoding="utf-8") as file:
            return file.read().strip().rpartition("/")[2]
    except OSError:
        return ""


def received(directory: str, stdin: bytes, environ: Mapping[str, str]) -> dict[str, Any]:
    """``refs``: the findings on each branch of code that the push brings, and on the sync branch where it would not go
    forward. Other deletions, tags and own branches pass."""
    lines = [line.split(" ", 2) for line in stdin.decode("utf-8", "surrogateescape").splitlines()]
    whole = [(each[0], each[1], each[2]) for each in lines if len(each) == 3]
    lost = guard.refused(directory, environ, whole)
    pushed = [each for each in whole if each[1].strip("0")]
    code = [each for each in pushed if each[2].startswith(_HEADS) and not _is_own(each[2])]
    if lost or not code:
        return {"ok": not lost, "refs": lost}
    try:
        ws = _opened(directory, environ, "")
    except NotInitialised:
        return {"ok": True, "refs": [], "note": "there is no sync branch here: nothing was checked"}
    with ws:
        told = _named(environ)
        found = [{"ref": ref, **_one(ws, old, new, ref, told or _pusher(directory, environ, pushed, new))}
                 for old, new, ref in code[:MOST]]  # fmt: skip
    return {"ok": all(each["ok"] for each in found), "refs": found}


def exit_of(found: dict[str, Any]) -> int:
    return max((check.exit_of(each) for each in found["refs"]), default=0)


def _is_own(ref: str) -> bool:
    name = ref.removeprefix(_HEADS)
    return name.startswith("gitcoord-") or name.endswith("-gitcoord")


def _opened(directory: str, environ: Mapping[str, str], sync: str) -> Workspace:
    from gitcoord.store import repository
    from gitcoord.workspace.workspace import Workspace

    repo = repository.find(directory, environ)
    repo.in_quarantine(environ)
    ws = Workspace.reading(repo, environ)
    ws.read_at(ground.commit_of(ws, sync) if sync else ground.known_tip(ws))
    return ws


def _one(ws: Workspace, old: str, new: str, ref: str, agents: list[str]) -> dict[str, Any]:
    """What the ref has already, or the default branch for a new one, is what the push is held against."""
    main = default_branch(ws)
    tip = ws.repo.ref(_HEADS + main) if main else None
    before = old if old.strip("0") else ""
    base = before or tip or empty_tree(ws)
    branch = ref.removeprefix(_HEADS)
    if base == empty_tree(ws) or (before and not merge_base(ws, before, new)):
        base = tip or empty_tree(ws)
    return check.check(ws, base, new, branch=branch, agents=agents, common=branch == main, landed=tip or "")


def _named(environ: Mapping[str, str]) -> list[str]:
    """``git push -o gitcoord.agent=river``, where the server takes push options."""
    count = environ.get("GIT_PUSH_OPTION_COUNT", "")
    options = [environ.get(f"GIT_PUSH_OPTION_{n}", "") for n in range(min(int(count), 50) if count.isdigit() else 0)]
    return [each.partition("=")[2].strip() for each in options if each.startswith("gitcoord.agent=")]


def _pusher(directory: str, environ: Mapping[str, str], pushed: list[tuple[str, str, str]], new: str) -> list[str]:
    """The agent that recorded this push in the sync commit that comes with it: ``gitcoord push`` sends both as one."""
    from gitcoord.settings import Settings, from_environ

    branch = Settings([("environment", from_environ(environ))]).get("sync.branch")
    tip = next((oid for _, oid, ref in pushed if ref == _HEADS + str(branch)), "")
    if not tip:
        return []
    try:
        with _opened(directory, environ, tip) as ws:
            for event in ws.reader().events(types=["code.pushed"], newest_first=True, limit=50):
                refs = (event.get("body") or {}).get("refs")
                if any(isinstance(each, dict) and each.get("new") == new for each in (refs if isinstance(refs, list) else ())):
                    return [str((event.get("actor") or {}).get("agent") or "")]
    except GitcoordError:
        return []
    return []
