"""Blockers: questions that somebody must decide. They stay open until a decision, whoever leaves."""

from __future__ import annotations

from gitcoord.model.entity import Entity
from gitcoord.model.ids import alias
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules.asked import coop_id, filled, head_and_body, made, shown, subject, the
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings


def ask(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Open a blocker."""
    args = intent.args
    title, body = head_and_body(str(args.get("text") or ""), "A question")
    task = the(snapshot, "task", args["task"]) if args.get("task") else None
    named = coop_id(snapshot, intent)
    values = {
        "id": intent.ids[0], "alias": alias("blocker", snapshot.next_number("blocker")), "title": title,
        "state": "open",
        **filled(coop=named, task=task.id if task else "", to=one_line(str(args.get("to") or ""), 80)),
        **made(intent, now, "asked_by", "asked_at"),
    }  # fmt: skip
    blocker = Entity("blocker", values, body)
    refs = {"blocker": blocker.id, **filled(coop=named, task=task.id if task else "")}
    events = [Event("blocker.opened", refs, {"alias": blocker.alias, "title": title})]
    where = snapshot.get("coop", named) if named else None
    result = {"outcome": "asked", "blockers": shown(blocker)}
    return Landed([blocker], events, result, subject(intent, f"{blocker.alias} asked", where))
