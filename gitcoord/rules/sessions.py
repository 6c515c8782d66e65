"""The agent and session behind an intent: found by handle and id, or made along with the first write."""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.outcome import Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.intent import Intent
    from gitcoord.model.snapshot import Snapshot


def ensure(snapshot: Snapshot, intent: Intent, now: float) -> tuple[list[Entity], list[Event]]:
    """The records that are missing. The intent's actor gets the id of the agent that the branch knows."""
    changes: list[Entity] = []
    events: list[Event] = []
    if not intent.agent or not intent.session_id:
        return changes, events
    known = snapshot.find("agent", handle=intent.agent)
    if known:
        intent.actor["agent_id"] = known[0].id
    else:
        changes.append(_agent(intent, now))
        events.append(Event("agent.registered", {"agent": intent.agent_id}, {"handle": intent.agent}))
    session = snapshot.get("session", intent.session_id)
    if session is None:
        changes.append(_session(intent, now))
        events.append(Event("session.bound", {"session": intent.session_id, "agent": intent.agent_id}))
    return changes, events


def _agent(intent: Intent, now: float) -> Entity:
    first = intent.agent.partition("/")[0].partition("-")[0]
    return Entity("agent", {
        "id": intent.agent_id, "handle": intent.agent, "display": first[:1].upper() + first[1:],
        "created_at": rfc3339(now),
    })  # fmt: skip


def _session(intent: Intent, now: float) -> Entity:
    actor = intent.actor
    return Entity("session", {
        "id": intent.session_id, "agent": intent.agent, "agent_id": intent.agent_id, "state": "active", "epoch": 1,
        "host_id": actor.get("host_id") or None, "window_id": actor.get("window_id") or None,
        "tool": actor.get("tool") or None, "worktree": actor.get("worktree") or None,
        "branch": actor.get("branch") or None, "started_at": rfc3339(now),
    })  # fmt: skip


def bound(session: Entity, *, coop: str, name: str, branch: str, now: float) -> Entity:
    """The session in a co-op; coming back to it after leaving begins a new epoch."""
    epoch = session.get("epoch", 1) + (1 if session.get("state") == "left" else 0)
    return session.changed(
        coop=coop, name=name, branch=branch or session.get("branch"), state="active", joined_at=rfc3339(now),
        left_at=None, left_reason=None, epoch=epoch,
    )  # fmt: skip
