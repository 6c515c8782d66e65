"""Decisions: durable, and what resolves a blocker. A blocker is resolved once."""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import alias
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules.asked import Refusal, coop_id, filled, head_and_body, made, shown, subject, the

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings


def make(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Record a decision; where it answers a blocker, resolve that."""
    title, body = head_and_body(str(intent.args.get("text") or ""), "A decision")
    blocker = the(snapshot, "blocker", intent.args["blocker"]) if intent.args.get("blocker") else None
    if blocker is not None:
        _check_open(snapshot, blocker)
    named = coop_id(snapshot, intent) or (str(blocker.get("coop") or "") if blocker else "")
    values = {
        "id": intent.ids[0], "alias": alias("decision", snapshot.next_number("decision")), "title": title,
        "status": "decided", **filled(coop=named),
        **(filled(blocker=blocker.id, question=blocker.get("title")) if blocker else {}),
        **made(intent, now, "decided_by", "decided_at"),
    }  # fmt: skip
    decision = Entity("decision", values, body)
    refs = {"decision": decision.id, **filled(coop=named)}
    changes, events = [decision], [Event("decision.made", refs, {"title": title})]
    result = {"outcome": "decided", "decisions": shown(decision)}
    if blocker is not None:
        resolved = blocker.changed(
            state="resolved", decision=decision.id, resolved_at=rfc3339(now), resolved_by=intent.agent
        )
        changes.append(resolved)
        events[0].refs["blocker"] = blocker.id
        events.append(Event("blocker.resolved", {"blocker": blocker.id, "decision": decision.id}))
        result["blockers"] = shown(resolved)
    words = f"{decision.alias} on {blocker.alias}" if blocker else decision.alias
    return Landed(changes, events, result, subject(intent, words, snapshot.get("coop", named) if named else None))


def _check_open(snapshot: Snapshot, blocker: Entity) -> None:
    if blocker.get("state") != "resolved":
        return
    decision = snapshot.get("decision", str(blocker.get("decision")))
    name = decision.alias if decision else "a decision"
    said = f": {decision.get('title')}" if decision else ""
    raise Refusal(
        "check-failed", f"{blocker.alias} was resolved by {name} of {blocker.get('resolved_by')}{said}",
        f"gitcoord show {name}   (a new decision: gitcoord decide \"…\" without {blocker.alias})", decision=name,
    )  # fmt: skip
