"""Before and after an edit: the claim that it takes, the refusal, and what a shell changed without asking.

Before a tool runs nothing touches the network: what is known here decides, the claim is written here, and a process of
its own carries it to the remote.
"""

from __future__ import annotations

import os

from gitcoord.errors import NotReady, Refused, Unreachable
from gitcoord.harness import marks, places, reply
from gitcoord.text import one_line
from gitcoord.workspace.deferral import start_sync

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.harness.payload import Call
    from gitcoord.model.entity import Entity
    from gitcoord.rules.claims.scope import Scope
    from gitcoord.workspace import Workspace

#: A shell that touched more files than this is told of the first ones.
SHOWN = 8


def before(call: Call) -> str:
    """The edit takes the claim, or is refused when somebody else holds the file; nobody goes past the commands."""
    if call.suspect:
        from gitcoord.harness import firewall

        raw = firewall.refused(call)
        if raw:
            return _raw(call, raw)
    answers = [_in_one(call, folder, paths) for folder, paths in places.apart(call)]
    said = [each for each in answers if each != reply.nothing(call)]
    return next((each for each in said if reply.refuses(each)), said[0] if said else reply.nothing(call))


def _in_one(call: Call, folder: str, given: list[str]) -> str:
    """Of the files of one work tree. One that lies elsewhere says nothing of the others."""
    try:
        with places.opened(call, folder, offline=True) as ws:
            paths = list(dict.fromkeys(path for path in (places.inside(ws, call, each) for each in given) if path))
            return _before(ws, call, paths) if paths else reply.nothing(call)
    except (NotReady, Unreachable):
        return reply.nothing(call)


def _raw(call: Call, path: str) -> str:
    """Our own files, read or written by hand."""
    try:
        with places.opened(call, call.cwd or ".", offline=True) as ws:
            mode = ws.settings.get("hooks.agent")
    except NotReady:
        mode = "enforce"
    if mode == "off":
        return reply.nothing(call)
    told = (
        f"gitcoord: {one_line(path, 120)} is gitcoord's own state and changes under its readers (read-firewall). The same, "
        "capped: gitcoord read, gitcoord show ID, gitcoord log, gitcoord config."
    )
    return reply.deny(call, told) if mode == "enforce" else reply.context(call, told)


def _before(ws: Workspace, call: Call, paths: list[str]) -> str:
    mode = ws.settings.get("hooks.agent")
    if mode == "off":
        return reply.nothing(call)
    held, free = _sorted(ws, paths)
    if held:
        told = _told(ws, held)
        return reply.deny(call, told) if mode == "enforce" else reply.context(call, told)
    if not free or not marks.first_time(ws, call):
        return reply.context(call, "\n".join(_lost(ws)))
    from gitcoord.harness.asking import ask

    names = ", ".join(free[:SHOWN])
    try:
        result = ask(ws, call, free)
        why = "" if result.get("claims") else " ".join(result.get("warnings") or ())
    except Refused as refusal:  # it landed at once, by another process of this machine, and lost
        result, why = {}, refusal.message
    if result.get("state") == "provisional":
        start_sync(ws)
    if why:  # another session of this machine asked first
        told = f"gitcoord: {names} is taken: {one_line(why, 300)}"
        return reply.deny(call, told) if mode == "enforce" else reply.context(call, told)
    until = max((str(each.get("expires_at") or "") for each in result.get("claims") or ()), default="")[11:16]
    asked = f"gitcoord: {names} asked for until {until}Z, not confirmed yet."
    if result.get("state") == "confirmed":
        asked = f"gitcoord: {names} is yours until {until}Z."
    return reply.context(call, "\n".join([*_lost(ws), asked]))


def _sorted(ws: Workspace, paths: list[str]) -> tuple[list[tuple[str, Entity]], list[str]]:
    """Paths that others hold, with the claim; and those that nobody holds, or whose claim of mine is half over."""
    from gitcoord.rules.claims.conflict import conflicts, is_mine, scope_of
    from gitcoord.rules.claims.objects import expires_at
    from gitcoord.rules.claims.overlap import matches
    from gitcoord.rules.claims.scope import Scope

    reader, now, who = ws.reader(), ws.now(), ws.who()
    identity = ws.identity()
    agents, sessions = who["agents"] | {identity.agent_id}, who["sessions"] | {identity.session_id}
    held: list[tuple[str, Entity]] = []
    free = []
    for path in paths:
        scope = Scope("file", path, path)
        against = conflicts(reader, scope, agents, sessions, "exclusive", now, ws.settings)
        if against:
            held.append((path, against[0]))
            continue
        near = reader.overlap_candidates("file", path)
        mine = [each for each in near if is_mine(each, agents, sessions) and _covers(scope_of(each), path, matches)]
        if not any(expires_at(each) - now > float(each.get("ttl") or 0) / 2 for each in mine):
            free.append(path)
    return held, free


def _lost(ws: Workspace) -> list[str]:
    """What this session asked for earlier and did not get; each is told once."""
    try:
        if not any(name.endswith(".done") for name in os.listdir(f"{ws.repo.home}/outbox")):
            return []
    except OSError:
        return []
    me, said = ws.identity().session_id, []
    for intent_id, outcome in ws.outbox.uncollected():
        denied, landed = outcome.get("denied"), outcome.get("ok") or {}
        if outcome.get("session") == me and (denied or landed.get("outcome") == "contested"):
            why = denied["message"] if denied else landed.get("message")
            said.append(f"gitcoord: what you asked for before was refused: {one_line(str(why), 300)}")
            ws.outbox.collect(intent_id)
    return said


def _covers(scope: Scope, path: str, matches: Callable[[Scope, str], bool]) -> bool:
    return scope.kind in ("file", "directory", "glob", "shared", "symbol") and matches(scope, path)


def _told(ws: Workspace, held: list[tuple[str, Entity]]) -> str:
    """Facts, not orders: who, until when, and what else there is."""
    from gitcoord.clock import parse_instant
    from gitcoord.text import until

    said = []
    for path, claim in held[:SHOWN]:
        who = one_line(str(claim.get("agent")), 60)
        try:
            ends = until(parse_instant(str(claim.get("expires_at"))), ws.now())
        except ValueError:
            ends = "an unknown time"
        said.append(f"gitcoord: {path} is claimed by {who} until {ends} ({claim.alias}).")
    said.append(f'What is held: gitcoord claims. To ask for it: gitcoord request-release {held[0][1].alias} --reason "…"')
    return "\n".join(said)


def after(call: Call) -> str:
    """A shell may have changed files that nobody asked about: free ones are claimed, held ones are told."""
    if not call.shell and not call.paths:
        return reply.nothing(call)
    try:
        with places.opened(call, call.cwd or ".", offline=True) as ws:
            if ws.repo.worktree is None or ws.settings.get("hooks.agent") == "off":
                return reply.nothing(call)
            held, free = _sorted(ws, _changed(ws, call))
            if free:
                from gitcoord.actions import claims

                ttl = int(ws.settings.get("hooks.auto_claim"))
                claims.claim(ws, free, ttl=ttl, description=f"changed by a shell of {call.tool}", literal=True)
                start_sync(ws)
            return reply.context(call, _told(ws, held)) if held else reply.nothing(call)
    except NotReady:
        return reply.nothing(call)


def _changed(ws: Workspace, call: Call) -> list[str]:
    """Tracked files that differ from HEAD, and new ones that are not ignored; few enough to be somebody's edit."""
    listed = ws.git("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", deadline=5.0).split("\0")
    paths = [each[3:] for each in listed if len(each) > 3 and not each[3:].startswith(".gitcoord/outbox/")]
    since = _began(ws, call)
    return [each for each in paths if _is_text(each) and _touched(ws, each, since)][:100]


def _began(ws: Workspace, call: Call) -> float:
    """When this session started, by the clock that stamps files; what was changed before is not its edit."""
    try:
        return os.stat(marks.file(ws, call, marks.START)).st_mtime
    except OSError:
        return 0.0


def _touched(ws: Workspace, path: str, since: float) -> bool:
    """By the time of its last change, which no copy or unpacking sets back; of a file that is gone, that of its folder."""
    where = os.path.join(ws.repo.worktree or "", path)
    while not os.path.lexists(where) and where != ws.repo.worktree and os.path.dirname(where) != where:
        where = os.path.dirname(where)
    try:
        return os.lstat(where).st_ctime >= since
    except OSError:
        return True


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return path.isprintable()
