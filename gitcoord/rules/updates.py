"""Check-ins: one line on what an agent does."""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.outcome import Denied, Event, Landed
from gitcoord.rules import policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings


def post(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    args = intent.args
    session = snapshot.get("session", intent.session_id)
    coop = args.get("coop") or (session.get("coop") if session is not None else None)
    if not coop:
        return Denied("not-joined", f"{intent.agent} is in no co-op.", "gitcoord join")
    refusal = policy.too_long(str(args["text"]), "The update")
    if refusal is not None:
        return refusal
    title, body = policy.title_and_body(str(args["text"]))
    checkin = Entity("checkin", {
        "id": intent.ids[0], "summary": title, "coop": coop, "branch": intent.actor.get("branch") or None,
        "done": [policy.title(str(each)) for each in args.get("done") or []][:20],
        "open_items": [policy.title(str(each)) for each in args.get("open_items") or []][:20], "agent": intent.agent,
        "agent_id": intent.agent_id, "session_id": intent.session_id, "created_at": rfc3339(now),
    }, body)  # fmt: skip
    event = Event("checkin.posted", {"checkin": checkin.id, "coop": str(coop)}, {"summary": title})
    return Landed([checkin], [event], {"outcome": "posted", "checkins": [checkin.as_json()]}, f"{intent.agent}: {title}")
