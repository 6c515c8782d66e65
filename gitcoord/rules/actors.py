"""Who acts: the agent's record and its session's, made or brought up to date by whatever the agent lands.

The handle finds the agent: two clones that name the same agent mean one. A session belongs to whoever bound it
first; another name within it (a sub-agent) acts in the same session and does not take it over.
"""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import derived_ulid
from gitcoord.model.outcome import Event
from gitcoord.rules.asked import filled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.intent import Intent
    from gitcoord.model.snapshot import Snapshot

_FOLLOWED = ("host_id", "window_id", "tool", "worktree", "branch", "place_id", "author_id", "clone", "via")


def bind(snapshot: Snapshot, intent: Intent, now: float) -> tuple[list[Entity], list[Event]]:
    """What must land along with the intent so that its author is known.

    The intent's actor has the agent's real id afterwards; what it came with was a proposal.
    """
    changes: list[Entity] = []
    events: list[Event] = []
    known = snapshot.find("agent", handle=intent.agent)
    if known:
        intent.actor["agent_id"] = known[0].id
    else:
        changes.append(_new_agent(snapshot, intent, now))
        events.append(Event("agent.registered", {"agent": intent.agent_id}, {"handle": intent.agent}))
    session = snapshot.get("session", intent.session_id)
    fresh = _session(session, intent, now)
    if fresh is not None:
        changes.append(fresh)
        if session is None or fresh.get("epoch") != session.get("epoch"):
            refs = {"session": fresh.id, "agent": intent.agent_id}
            events.append(Event("session.bound", refs, {"epoch": fresh.get("epoch")}))
    return changes, events


def _new_agent(snapshot: Snapshot, intent: Intent, now: float) -> Entity:
    """An id that somebody else has already is not taken over: the handle makes another one."""
    if snapshot.get("agent", intent.agent_id) is not None:
        intent.actor["agent_id"] = derived_ulid("agent", intent.agent)
    name = intent.agent.removeprefix("human:") or intent.agent
    first = name.partition("/")[0].partition("-")[0] or name
    display = f"{first[0].upper()}{first[1:]}"
    values = {"id": intent.agent_id, "handle": intent.agent, "display": display, "created_at": rfc3339(now)}
    return Entity("agent", values)


def _session(session: Entity | None, intent: Intent, now: float) -> Entity | None:
    """The session's record as it is to be, or None when it may stay as it is."""
    actor = {name: intent.actor.get(name, "") for name in _FOLLOWED}
    who = {"agent": intent.agent, "agent_id": intent.agent_id}
    if session is None:
        values = {"id": intent.session_id, **who, "state": "active", "epoch": 1, **filled(**actor)}
        return Entity("session", {**values, "started_at": rfc3339(now)})
    if session.get("state") == "left":
        epoch = int(session.get("epoch", 1)) + 1
        again = {**who, "state": "active", "epoch": epoch, **filled(**actor), "started_at": rfc3339(now)}
        gone = dict.fromkeys(("left_at", "left_reason", "coop", "name", "joined_at"))
        return session.changed(**again, **gone)
    if session.get("agent_id") != intent.agent_id:
        return None
    moved = {name: value for name, value in filled(**actor).items() if session.get(name) != value}
    return session.changed(**moved) if moved else None
