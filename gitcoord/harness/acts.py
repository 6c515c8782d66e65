"""What is done around the edits: the brief, what waits for the agent at its next turn, one nudge, and the handoff."""

from __future__ import annotations

from gitcoord.errors import GitcoordError, NotReady
from gitcoord.harness import marks, places, reply
from gitcoord.workspace.deferral import start_sync

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.harness.payload import Call
    from gitcoord.workspace import Workspace

#: Scopes that a nudge names.
_SHOWN = 8
#: Why a session begins with nothing of what it was told before.
_FORGETS = ("clear", "compact")


def start(call: Call) -> str:
    """The brief: facts, capped in tokens and in characters. Joins the co-op when exactly one is open.

    A sub-agent is told what is held now, and neither joins nor takes the news from the agent it works for.
    """
    sub, call.sub = call.sub, ""
    try:
        if call.reason == "clear":
            with places.opened(call, call.cwd or ".", offline=True) as ws:
                marks.go_on(ws, call)
        with places.opened(call, call.cwd or ".", offline=False) as ws:
            if sub:
                return reply.context(call, _brief(ws, whole=True, heard=False))
            marks.first_time(ws, call, marks.START)
            marks.sweep(ws)
            ws.offline = not ws.refresh(deadline=1.5)
            _join(ws)
            return reply.context(call, _brief(ws, whole=call.reason in _FORGETS))
    except NotReady:
        return reply.nothing(call)


def _join(ws: Workspace) -> None:
    """Landed at once where the remote answers, else written here to land by itself; among several co-ops nothing is
    guessed."""
    if ws.identity().coop or not ws.settings.get("hooks.auto_join"):
        return
    from gitcoord.actions import coops

    ws.timeout = 1.0
    try:
        if coops.join(ws, drawn=True, asked=False).get("state") == "provisional":
            start_sync(ws)
    except GitcoordError:
        pass
    ws.timeout = None
    ws.forget()


def _brief(ws: Workspace, *, whole: bool, heard: bool = True) -> str:
    """``whole``: also what has not changed since it was read. ``heard``: by the agent itself, whose news it was."""
    from gitcoord.actions import status
    from gitcoord.views import render

    found = status.read(ws, whole=whole)
    text = render("read", found, as_json=False, now=ws.now(), budget=int(ws.settings.get("budgets.read")))
    if heard:
        status.advance(ws, found)
    return f"gitcoord: what other agents do in this repository.\n{text}Edits claim their file by themselves."


def turn(call: Call) -> str:
    """What others want of this agent and it has not been told, at the moment when it listens: nobody can wake it.

    From what is known here; where that is old, a process of its own asks the remote, for the turn after this.
    """
    try:
        with places.opened(call, call.cwd or ".", offline=True) as ws:
            if ws.settings.get("hooks.agent") == "off" or not ws.identity().bound:
                return reply.nothing(call)
            age = ws.age()
            if age is None or age > ws.settings.get("sync.max_age"):
                start_sync(ws)
            return reply.context(call, _waiting(ws, call))
    except NotReady:
        return reply.nothing(call)


def _waiting(ws: Workspace, call: Call) -> str:
    from gitcoord.actions import addressed, status
    from gitcoord.views import render

    found = status.read(ws)
    news: dict[str, Any] = {}
    for plural in ("questions", "requests", "messages", "threads"):
        listed = found.get(plural) or []
        mine = [each for each in listed if addressed.waits_for_me(each) or (plural == "questions" and each.get("to"))]
        news[plural] = [each for each in mine if marks.first_time(ws, call, _as_told(each))]
    if not any(news.values()):
        return ""
    text = render("turn", news, as_json=False, now=ws.now(), budget=int(ws.settings.get("budgets.update")))
    return f"gitcoord: this waits for you.\n{text}gitcoord read tells the rest."


def _as_told(each: dict[str, Any]) -> str:
    """The same thing in the same state is told once; a thread with a new message is news."""
    return f"turn {each.get('id')} {each.get('state')} {each.get('message_count', '')}"


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
            asked, handing = _waits_here(ws, me.session_id)
            handed = reader.find("handoff", session_id=me.session_id, order="-id", limit=1)
            handing = handing or bool(held and handed and str(handed[0].get("created_at")) >= since)
            names = list(dict.fromkeys([*(str(each.get("scope")) for each in held), *asked]))[:_SHOWN]
            if not names or handing or not marks.first_time(ws, call, "stop"):
                return reply.nothing(call)
            told = f"gitcoord: you hold {', '.join(names)}, and there is no handoff yet (gitcoord handoff, gitcoord leave)."
            return reply.nudge(call, told)
    except NotReady:
        return reply.nothing(call)


def _waits_here(ws: Workspace, session: str) -> tuple[list[str], bool]:
    """Scopes that this session has asked for, and whether it has handed over, in writes that have not landed yet."""
    mine = [each for each in ws.outbox.pending() if each.session_id == session] if ws.outbox.count() else []
    scopes = [each.args.get("scopes") or [] for each in mine if each.kind == "claim.acquire"]
    return [str(one.get("scope")) for several in scopes for one in several], any(e.kind == "handoff.write" for e in mine)


def end(call: Call) -> str:
    """The session is over: a handoff is written here, claims end, and a process of its own carries that away."""
    if call.reason in ("resume", "compact"):
        return reply.nothing(call)
    try:
        if call.reason == "clear":
            with places.opened(call, call.cwd or ".", offline=True) as ws:
                marks.clear(ws, call)
            return reply.nothing(call)
        with places.opened(call, call.cwd or ".", offline=True) as ws:
            ws.leaves_out = True
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
    ws.local.unbind_session(me.session_id)
    return held
