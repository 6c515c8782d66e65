"""What is done at each event: the brief, the claim that the edit takes, one nudge, and the handoff.

Before a tool runs nothing touches the network: what is known here decides, the claim is written here, and a process of
its own carries it to the remote.
"""

from __future__ import annotations

import os

from gitcoord.errors import GitcoordError, NotReady
from gitcoord.harness import places, reply
from gitcoord.harness.payload import AFTER, BEFORE, END, START, STOP
from gitcoord.text import one_line
from gitcoord.workspace.deferral import start_sync

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitcoord.harness.payload import Call
    from gitcoord.model.entity import Entity
    from gitcoord.rules.claims.scope import Scope
    from gitcoord.workspace import Workspace

#: A shell that touched more files than this is told of the first ones.
_SHOWN = 8
#: The mark whose time says when the session began.
_START = "start"


def start(call: Call) -> str:
    """The brief: facts, capped in tokens and in characters. Joins the co-op when exactly one is open."""
    try:
        with places.opened(call, call.cwd or ".", offline=False) as ws:
            _first_time(ws, call, _START)
            ws.refresh(deadline=1.5)
            _join(ws)
            return reply.context(call, _brief(ws))
    except NotReady:
        return reply.nothing(call)


def _join(ws: Workspace) -> None:
    """Joining is written here and lands by itself; nothing is guessed among several co-ops."""
    if ws.identity().coop or not ws.settings.get("hooks.auto_join"):
        return
    from gitcoord.actions import coops

    try:
        ws.offline = True
        coops.join(ws, drawn=True)
        start_sync(ws)
    except GitcoordError:
        pass
    ws._reader = None


def _brief(ws: Workspace) -> str:
    from gitcoord.actions import status
    from gitcoord.views import render

    found = status.read(ws)
    text = render("read", found, as_json=False, now=ws.now(), budget=int(ws.settings.get("budgets.read")))
    status.advance(ws, found)
    return f"gitcoord: what other agents do in this repository.\n{text}Edits claim their file by themselves."


def before(call: Call) -> str:
    """The edit takes the claim, or is refused when somebody else holds the file."""
    if not call.paths:
        return reply.nothing(call)
    try:
        with places.opened(call, places.directory_of(call, call.paths[0]), offline=True) as ws:
            paths = list(dict.fromkeys(path for path in (places.inside(ws, call, each) for each in call.paths) if path))
            return _before(ws, call, paths) if paths else reply.nothing(call)
    except NotReady:
        return reply.nothing(call)


def _before(ws: Workspace, call: Call, paths: list[str]) -> str:
    mode = ws.settings.get("hooks.agent")
    if mode == "off":
        return reply.nothing(call)
    held, free = _sorted(ws, paths)
    if held:
        told = _told(ws, held)
        return reply.deny(call, told) if mode == "enforce" else reply.context(call, told)
    if not free or not _first_time(ws, call):
        return reply.context(call, "\n".join(_lost(ws)))
    from gitcoord.actions import claims

    ttl = int(ws.settings.get("hooks.auto_claim"))
    result = claims.claim(ws, free, ttl=ttl, description=f"edited with {call.tool}", literal=True)
    start_sync(ws)
    if not result.get("claims"):  # another session of this machine asked first
        told = f"gitcoord: {', '.join(free[:_SHOWN])} is taken: {' '.join(result.get('warnings') or ())}"
        return reply.deny(call, told) if mode == "enforce" else reply.context(call, told)
    until = str(result["claims"][0].get("expires_at") or "")[11:16]
    asked = f"gitcoord: {', '.join(free[:_SHOWN])} asked for until {until}Z, not confirmed yet."
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
    for path, claim in held[:_SHOWN]:
        who = one_line(str(claim.get("agent")), 60)
        try:
            ends = until(parse_instant(str(claim.get("expires_at"))), ws.now())
        except ValueError:
            ends = "an unknown time"
        said.append(f"gitcoord: {path} is claimed by {who} until {ends} ({claim.alias}).")
    said.append(f"Other files are free: gitcoord claims. To ask for it: gitcoord request-release {held[0][1].alias}.")
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
        return os.stat(_mark(ws, call, _START)).st_mtime
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


def stop(call: Call) -> str:
    """Once a session: who holds claims and has written no handoff is told so."""
    if call.reason == "again":
        return reply.nothing(call)
    try:
        with places.opened(call, call.cwd or ".", offline=True) as ws:
            me = ws.identity()
            reader = ws.reader()
            held = reader.claims(active=True, session_id=me.session_id)
            since = min((str(each.get("acquired_at")) for each in held), default="")
            handed = reader.find("handoff", session_id=me.session_id, order="-id", limit=1)
            if not held or (handed and str(handed[0].get("created_at")) >= since) or not _first_time(ws, call, "stop"):
                return reply.nothing(call)
            names = ", ".join(str(each.get("scope")) for each in held[:_SHOWN])
            told = f"gitcoord: you hold {names}, and there is no handoff yet (gitcoord handoff, gitcoord leave)."
            return reply.nudge(call, told)
    except NotReady:
        return reply.nothing(call)


def end(call: Call) -> str:
    """The session is over: a handoff is written here, claims end, and a process of its own carries that away."""
    if call.reason in ("clear", "resume", "compact"):
        return reply.nothing(call)
    try:
        with places.opened(call, call.cwd or ".", offline=True) as ws:
            if _leave(ws, call):
                start_sync(ws)
    except NotReady:
        pass
    return reply.nothing(call)


def _leave(ws: Workspace, call: Call) -> bool:
    """Whether something is left to be landed. Who joined nothing, and holds nothing, leaves no trace."""
    from gitcoord.actions import claims, handoffs, leaving

    me = ws.identity()
    if not me.bound:
        return False
    reason = f"session ended{f': {call.reason}' if call.reason else ''}"
    waits = any(intent.session_id == me.session_id for intent in ws.outbox.pending())
    held = bool(ws.reader().claims(active=True, session_id=me.session_id)) or waits
    if me.coop:
        leaving.leave(ws, reason, wait=False)  # starts the process itself
        return False
    if held:
        handoffs.write(ws, reason)
        claims.release(ws, [], all_=True, reason=reason)
    return held


def _first_time(ws: Workspace, call: Call, what: str = "") -> bool:
    """Two settings files may fire for one edit: the second call finds the mark of the first."""
    once = what or call.once
    if not once or not call.session:
        return True
    mark = _mark(ws, call, once)
    try:
        os.makedirs(os.path.dirname(mark), mode=0o700, exist_ok=True)
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    except OSError:
        pass
    return True


def _mark(ws: Workspace, call: Call, once: str) -> str:
    from gitcoord.hashes import sha256

    sub = "" if once == _START else call.sub
    name = sha256("\0".join((call.session, sub, once)).encode()).hexdigest()[:24]
    return f"{ws.repo.home}/seen/{name}"


ACTS: dict[str, Callable[[Any], str]] = {START: start, BEFORE: before, AFTER: after, STOP: stop, END: end}
