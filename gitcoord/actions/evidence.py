"""What only this clone can see of whether a session is alive: its process here, and the commits on its branches.

It can keep a session, never condemn it alone. Branches are looked at where gitcoord keeps its own refs; no ref of the
user is moved.
"""

from __future__ import annotations

from gitcoord.actions.leaving import lives
from gitcoord.clock import rfc3339
from gitcoord.errors import CouldNotCheck

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace

#: Branches that everybody commits to: only commits that touch what the session claims are its own.
_EVERYBODYS = frozenset({"main", "master", "trunk", "develop", "HEAD", ""})
#: Where commits of branches are kept that this clone looked at and the user has not fetched.
SEEN = "refs/gitcoord/branches/"
_DEADLINE = 5.0
#: So far back it is looked for commits on branches that the session has not named.
_LOOKED_BACK = 86400
#: More branches than this are not all looked at.
_MOST_HEADS = 60


def evidence_of(ws: Workspace, session: Entity, look: bool = False) -> dict[str, Any]:
    """``same_host``, ``process`` and, with ``look``, ``head`` and ``branch_commit_at`` of its branch."""
    from gitcoord.workspace.identity import host_id

    found: dict[str, Any] = {"same_host": session.get("host_id") == host_id()}
    if found["same_host"]:
        process = ws.local.process(session.id)
        if process is not None:
            found["process"] = "alive" if lives(process) else "dead"
    if look:
        found.update(_newest(ws, session))
    return found


def _branches(ws: Workspace, session: Entity) -> dict[str, list[str]]:
    """Its branches, each with the paths to which its commits are narrowed (none: all of them)."""
    claims = ws.reader().find("claim", session_id=session.id, state="active")
    names = {str(session.get("branch") or ""), *(str(each.get("branch") or "") for each in claims)}
    scopes = [str(each.get("scope")) for each in claims if each.get("kind") in ("file", "directory", "glob", "symbol")]
    paths = [path for path in (_literal(each) for each in scopes) if path]
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        if name not in _EVERYBODYS:
            found[name] = []
        elif claims:
            found[name] = paths if len(paths) == len(claims) else []
    return {name: paths for name, paths in found.items() if _is_plain(name)}


def _literal(scope: str) -> str:
    """The folder or file below which a scope lies, as a path for git."""
    path = scope.partition("#")[0]
    at = min((path.find(c) for c in "*?[" if c in path), default=-1)
    return path if at < 0 else path[:at].rpartition("/")[0]


def _is_plain(name: str) -> bool:
    """A name from the branch goes to git as part of a ref and nothing else."""
    odd = any(c in name for c in " ~^:?*[\\") or ".." in name
    return bool(name) and name.isprintable() and name[0] not in "-/." and not odd


def _newest(ws: Workspace, session: Entity) -> dict[str, Any]:
    """The newest commit on the session's branches that any ref known here shows."""
    newest, head = 0, ""
    own = _branches(ws, session)
    shared = [path for name, paths in own.items() if name in _EVERYBODYS for path in paths]
    for name, paths in own.items():
        refs = [f"refs/heads/{name}", f"refs/remotes/{ws.register.name}/{name}", SEEN + name]
        tips = [oid for oid in (ws.repo.ref(ref) for ref in refs) if oid]
        if not tips:
            continue
        at, oid = _last(ws, [*tips, "--", *paths])
        newest, head = max((newest, head), (at, oid))
    if shared:  # it claimed on everybody's branch, and may have gone on to one of its own since
        sync = ws.machine_settings().get("sync.branch")
        known = ["--branches", f"--glob={SEEN}*", f"--exclude={ws.register.name}/{sync}", f"--remotes={ws.register.name}"]
        since = f"--since=@{int(ws.now()) - _LOOKED_BACK}"
        at, oid = _last(ws, [since, *(known if ws.register.name else known[:1]), "--", *shared])
        newest, head = max((newest, head), (at, oid))
    return {"branch_commit_at": rfc3339(newest), "head": head} if newest else {}


def _last(ws: Workspace, words: list[str]) -> tuple[int, str]:
    """When the newest of these commits was made, and which it is; 0 when there is none, or git does not say."""
    asked = ["log", "-1", "--no-show-signature", "--date-order", "--format=%ct %H", *words]
    done = ws.repo.git.run(asked, check=False, deadline=_DEADLINE)
    at, _, oid = done.out.decode("ascii", "replace").strip().partition(" ")
    return (int(at), oid) if done.code == 0 and at.isdigit() else (0, "")


def look_at_branches(ws: Workspace, sessions: list[Entity]) -> None:
    """Bring commits that were pushed to their branches, so that whoever works in silence is seen. At best effort."""
    if not ws.register.name or ws.offline or not sessions:
        return
    own = [_branches(ws, each) for each in sessions]
    names = sorted({name for each in own for name in each})
    if not names:
        return
    anywhere = any(paths and name in _EVERYBODYS for each in own for name, paths in each.items())
    try:
        wanted = [] if anywhere else [f"refs/heads/{name}" for name in names]
        asked = ["ls-remote", "--heads", "--end-of-options", ws.register.name, *wanted]
        listed = ws.repo.git.run(asked, check=False, deadline=_DEADLINE).out.decode("utf-8", "replace").splitlines()
        there = {ref: oid for oid, _, ref in (line.partition("\t") for line in listed)}
        if anywhere and len(there) <= _MOST_HEADS:
            machine = ws.machine_settings()
            ours = (str(machine.get("sync.branch")), str(machine.get("sync.carrier_prefix")))
            heads = {ref.removeprefix("refs/heads/") for ref in there}
            names = sorted({*names, *(each for each in heads if _is_plain(each) and not each.startswith(ours))})
        specs = [
            f"+refs/heads/{name}:{SEEN}{name}" for name in names
            if there.get(f"refs/heads/{name}") and not _known(ws, name, there[f"refs/heads/{name}"])
        ]  # fmt: skip
        if specs:
            words = ["fetch", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--refmap=",
                     "--end-of-options", ws.register.name, *specs]  # fmt: skip
            ws.repo.git.run(words, check=False, deadline=ws.network_deadline())
    except CouldNotCheck:
        pass


def _known(ws: Workspace, name: str, oid: str) -> bool:
    return oid in (ws.repo.ref(f"refs/remotes/{ws.register.name}/{name}"), ws.repo.ref(SEEN + name))
