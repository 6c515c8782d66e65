"""What a reaped agent is told when it comes back: once, by whichever command comes first."""

from __future__ import annotations

from gitcoord.errors import Ambiguous, NotJoined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace


def reaped_notice(ws: Workspace) -> str | None:
    """What an agent that comes back must hear: that it, or what it claimed, was reaped, by whom, and where its work
    stands. Once: after it was shown, call :func:`notice_told`."""
    found = _unheard(ws)
    return found[1] if found is not None else None


def notice_told(ws: Workspace) -> None:
    found = _unheard(ws)
    if found is not None:
        ws.local.acknowledge(found[0])


def notice_of(ws: Workspace, session_id: str) -> str | None:
    """The same about one session, whether it was told or not."""
    found = _notice(ws, session_id)
    return found[1] if found is not None else None


def _unheard(ws: Workspace) -> tuple[str, str] | None:
    try:
        me = ws.identity()
    except (NotJoined, Ambiguous):
        return None
    found = _notice(ws, me.session_id)
    return found if found is not None and ws.local.unacknowledged([found[0]]) else None


def _notice(ws: Workspace, session_id: str) -> tuple[str, str] | None:
    """``(what to acknowledge, words)``: of the handoff that somebody wrote for a session, else of its idle claims."""
    session = ws.reader().get("session", session_id)
    if session is None or not session.get("left_by"):
        return None
    handoff = ws.reader().get("handoff", str(session.get("handoff") or ""))
    if handoff is not None and handoff.get("written_by"):
        return handoff.id, _words(ws, handoff)
    if session.get("lapsed"):
        return f"{session_id} {session.get('lapsed_at')}", _idle_words(session, session.get("lapsed"))
    return None


def _idle_words(session: Entity, lapsed: list[str]) -> str:
    from gitcoord.text import one_line

    names = one_line(", ".join(lapsed[:5]), 120) + (f" and {len(lapsed) - 5} more" if len(lapsed) > 5 else "")
    by = one_line(str(session.get("left_by")), 60)
    at = session.get("lapsed_at")
    return f"You were idle: {names} had run out and were released at {at} by {by}. Claim again what you need."


def _words(ws: Workspace, handoff: Entity) -> str:
    from gitcoord.text import one_line

    coop = ws.reader().get("coop", str(handoff.get("coop") or ""))
    taken = f", taken over by {one_line(str(handoff.get('taken_by')), 60)}" if handoff.get("state") == "taken" else ""
    back = f" Go on with: gitcoord join {coop.name}" if coop is not None else ""
    by = one_line(str(handoff.get("written_by")), 60)
    why = one_line(str(handoff.get("title")), 120).removeprefix("reaped: ")
    at = handoff.get("created_at")
    return f"You were reaped at {at} by {by} ({why}); your claims ended; {handoff.alias}{taken}.{back}"
