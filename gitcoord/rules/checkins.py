"""Check-ins: what an agent has done and what is open. One that says nothing new is not stored."""

from __future__ import annotations

from gitcoord.model.entity import Entity
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules.asked import Refusal, coop_id, filled, head_and_body, made, shown, subject, texts
from gitcoord.rules.events import says_something

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

_SAID = ("summary", "done", "open_items", "branch", "coop")


def post(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Store a check-in, unless it is a bare sign of life or the agent's last one word for word."""
    summary, body = head_and_body(str(intent.args.get("text") or ""), "An update")
    done, open_items = texts(intent.args.get("done"), "done"), texts(intent.args.get("open_items"), "open items")
    named = coop_id(snapshot, intent) or _joined(snapshot, intent)
    if not named:
        raise Refusal("not-joined", f"{intent.agent} is in no co-op.", "gitcoord join")
    if not (done or open_items or body or says_something(summary)):
        return _nothing("a bare sign of life is not stored; say what is done or open")
    said = filled(
        summary=summary, coop=named, branch=intent.actor.get("branch"), done=sorted(set(done)),
        open_items=sorted(set(open_items)),
    )  # fmt: skip
    checkin = Entity("checkin", {"id": intent.ids[0], **said, **made(intent, now, "agent")}, body)
    last = snapshot.find("checkin", agent_id=intent.agent_id)[-1:]
    if last and last[0].body == body and all(last[0].get(name) == checkin.get(name) for name in _SAID):
        return _nothing("this is what you said last")
    result = {"outcome": "posted", "checkins": shown(checkin)}
    events = [Event("checkin.posted", {"checkin": checkin.id, "coop": named}, {"summary": summary})]
    return Landed([checkin], events, result, subject(intent, "update", snapshot.get("coop", named)))


def _joined(snapshot: Snapshot, intent: Intent) -> str:
    session = snapshot.get("session", intent.session_id)
    return str(session.get("coop") or "") if session is not None else ""


def _nothing(why: str) -> Landed:
    return Landed([], [], {"outcome": "not-stored", "checkins": [], "note": why}, "")
