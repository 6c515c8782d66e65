"""Handoffs: eight fields, from git and from the agent, so that another can go on."""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import alias
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules import policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

_PROSE = ("stopped", "changed", "risks", "next", "do_not_redo")
_LISTS = {"files": 200, "tests": 50, "commits": 50}
PROSE_LIMIT = 600


def capsule(snapshot: Snapshot, intent: Intent, stated: dict[str, Any], blockers: list[Entity], now: float) -> Entity:
    values: dict[str, Any] = {
        "id": intent.ids[0], "alias": alias("handoff", snapshot.next_number("handoff")),
        "title": policy.title(str(stated.get("title") or "")) or None, "state": "open",
        "coop": intent.args.get("coop") or intent.actor.get("coop") or None, "branch": stated.get("branch") or None,
        "head": stated.get("head") or None, "blockers": [each.id for each in blockers], "agent": intent.agent,
        "agent_id": intent.agent_id, "session_id": intent.session_id, "created_at": rfc3339(now),
    }  # fmt: skip
    for name in _PROSE:
        values[name] = policy.clean(str(stated.get(name) or ""), PROSE_LIMIT) or None
    for name, most in _LISTS.items():
        values[name] = [policy.one_line(str(each), 300) for each in list(stated.get(name) or [])[:most]]
    return Entity("handoff", values)


def written(handoff: Entity) -> Event:
    refs = {"handoff": handoff.id, **({"coop": str(handoff.get("coop"))} if handoff.get("coop") else {})}
    return Event("handoff.written", refs, {"alias": handoff.alias, "branch": handoff.get("branch"), "next": handoff.get("next")})


def write(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    coop = str(intent.args.get("coop") or "")
    open_questions = snapshot.find("blocker", state="open", **({"coop": coop} if coop else {}))
    made = capsule(snapshot, intent, intent.args, open_questions, now)
    return Landed([made], [written(made)], {"outcome": "written", "handoffs": [made.as_json()]}, f"handoff by {intent.agent}")
