"""Leaving a co-op: claims end, a handoff is written, questions stay open, tasks go back to those who can take them.

What ends with a session is the same whether it leaves by itself or is reaped (``reaping.py``).
"""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules import handoffs
from gitcoord.rules.asked import Refusal, head_and_body, made, shown, subject, the
from gitcoord.rules.coops import without
from gitcoord.rules.intents import decide_part, within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings


def leave(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Release what this session holds, write the handoff, keep blockers open, mark the session as left."""
    session = snapshot.get("session", intent.session_id)
    named = str(intent.args.get("coop") or (session.get("coop") if session else "") or "")
    coop = the(snapshot, "coop", named) if named else None
    if session is None or coop is None or not (session.id in coop.get("members", []) or _left_behind(snapshot, intent, coop)):
        where = f"{coop.name}" if coop else "any co-op"
        raise Refusal("not-joined", f"{intent.agent} has not joined {where} in this session.", "gitcoord join")
    earlier = _earlier(snapshot, intent, session)
    ending = {session.id, *(each.id for each in earlier)}
    released = _release_all(snapshot, intent, ending, now, settings, revision)
    reason, full = head_and_body(str(intent.args.get("reason") or "left"), "A reason")
    blockers = [each for each in snapshot.find("blocker", state="open") if concerns(each, coop, intent.agent_id)]
    held = [str(each["id"]) for each in released.result.get("claims", [])]
    tasks = handoffs.tasks_of(snapshot, intent.agent_id)
    stated = dict(intent.args.get("handoff") or {})
    stated.update(title=reason, claims=held, tasks=[each.id for each in tasks])
    stated.setdefault("body", full)
    handoff = handoffs.compose(
        snapshot, intent.ids[0], stated, coop, blockers, made(intent, now, "agent"), intent.actor.get("branch", "")
    )
    reopened = given_back(snapshot, tasks, intent.agent_id, ending, held, handoff)
    gone = {"state": "left", "left_at": rfc3339(now), "left_reason": reason, "left_by": None, "handoff": handoff.id}
    sessions = [each.changed(**gone) for each in (session, *earlier)]
    coops = _coops_without(snapshot, coop, sessions)
    events = [
        Event("coop.left", {"coop": coop.id, "session": session.id}, {"reason": reason}),
        *handoffs.events(handoff),
        *released.events,
        *(
            Event("task.updated", {"task": each.id}, {"alias": each.alias, "state": "open", "title": each.get("title")})
            for each in reopened
        ),
    ]
    result = {
        "outcome": "left", "handoffs": shown(handoff), "claims": released.result.get("claims", []),
        "sessions": shown(*sessions), "coops": shown(coops[0]), "tasks": shown(*reopened),
        "blockers": [{"id": each.id, "alias": each.alias, "title": each.get("title")} for each in blockers[:20]],
    }  # fmt: skip
    changes = [*released.changes, handoff, *sessions, *coops, *reopened]
    return Landed(changes, events, result, subject(intent, f"{coop.name} left"))


def _left_behind(snapshot: Snapshot, intent: Intent, coop: Entity) -> bool:
    """Whether the co-op was closed under the feet of whoever leaves it: what it knows and still holds is handed over all
    the same, once."""
    if coop.get("status") != "closed" or intent.args.get("coop") != coop.id:
        return False
    written = snapshot.find("handoff", session_id=intent.session_id, coop=coop.id)
    return not any(str(each.get("created_at")) >= str(coop.get("closed_at")) for each in written)


def _earlier(snapshot: Snapshot, intent: Intent, session: Entity) -> list[Entity]:
    """Sessions of this agent in this very worktree that its clone knows to be over; the request names them.

    An agent that was started again under a new session id is bound to the new one, and nobody else can leave for
    the old one.
    """
    place = session.get("place_id")
    named = [snapshot.get("session", id) for id in intent.args.get("sessions") or []] if place else []
    others = [each for each in named if each is not None and each.id != session.id and each.get("state") == "active"]
    return [each for each in others if (each.get("agent_id"), each.get("place_id")) == (intent.agent_id, place)]


def _coops_without(snapshot: Snapshot, coop: Entity, sessions: list[Entity]) -> list[Entity]:
    """The co-ops of these sessions, this one first, without them."""
    found = {coop.id: coop}
    for each in sessions:
        other = snapshot.get("coop", str(each.get("coop") or ""))
        at = found.get(other.id, other) if other is not None else coop
        found[at.id] = without(at, each.id)
    return list(found.values())


def _release_all(
    snapshot: Snapshot, intent: Intent, ending: Collection[str], now: float, settings: Settings, revision: int
) -> Landed:
    """The active claims of the sessions that end, and those that the agent made in sessions that never joined."""
    held = {each.id: each for id in sorted(ending) for each in snapshot.find("claim", session_id=id, state="active")}
    for each in snapshot.find("claim", agent_id=intent.agent_id, state="active"):
        if each.get("session_id") not in ending:
            other = snapshot.get("session", str(each.get("session_id")))
            if other is None or not other.get("coop") or other.get("state") == "left":
                held[each.id] = each
    if not held:
        return Landed([], [], {"claims": []}, "")
    wanted: list[dict[str, Any]] = [
        {"id": each.id, "lease_token": each.get("lease_token"), "fence": each.get("fence")} for each in held.values()
    ]
    part = within(intent, "claim.release", {"claims": wanted, "reason": "left", "work": intent.args.get("work")})
    return decide_part(snapshot, part, now, settings, revision)


def given_back(
    snapshot: Snapshot,
    tasks: list[Entity],
    agent_id: str,
    ending: Collection[str],
    ended: Collection[str],
    handoff: Entity,
) -> list[Entity]:
    """The agent's tasks in progress as open ones, each with a note.

    A task stays in progress when a claim of another session of the agent holds it; so does one that no claim of the
    ending sessions was for, while the agent goes on in another session.
    """
    active = [each for each in snapshot.find("claim", agent_id=agent_id, state="active") if each.id not in ended]
    elsewhere = [
        each for each in snapshot.find("session", agent_id=agent_id, state="active")
        if each.id not in ending and each.get("coop")
    ]  # fmt: skip
    reopened = []
    for task in tasks:
        linked = set(task.get("claims", []))
        if any(each.id in linked or each.get("task") == task.id for each in active):
            continue
        if elsewhere and not linked & set(ended):
            continue
        note = f"left by {handoff.get('agent')}: {handoff.alias}"
        body = f"{task.body}\n\n{note}" if task.body else note
        cleared: dict[str, Any] = dict.fromkeys(("assignee", "assignee_id", "lease_token"))
        reopened.append(task.changed(body=body, state="open", **cleared))
    return reopened


def concerns(blocker: Entity, coop: Entity | None, agent_id: str) -> bool:
    """Whether a question belongs into the handoff: asked in that co-op, or by that agent."""
    return bool((coop is not None and blocker.get("coop") == coop.id) or blocker.get("agent_id") == agent_id)
