"""The published taxonomy of events: past-tense facts, by noun. Types of others begin with ``x-``."""

from __future__ import annotations

TAXONOMY: dict[str, str] = {
    "agent.registered": "an agent got its record", "session.bound": "a session was bound to a worktree",
    "coop.started": "a co-op was opened", "coop.joined": "an agent joined a co-op", "coop.left": "an agent left a co-op",
    "coop.closed": "a co-op was closed", "claim.granted": "a claim was granted", "claim.renewed": "a claim was renewed",
    "claim.released": "a claim was given back", "claim.superseded": "an expired claim was taken over",
    "claim.narrowed": "a file claim was narrowed by a symbol claim", "claim.contested": "a claim made offline lost",
    "intent.contested": "a write made offline lost", "blocker.opened": "a question was asked",
    "blocker.resolved": "a question was answered", "decision.made": "something was decided", "task.added": "a task was added",
    "task.started": "a task was taken", "task.updated": "a task was changed", "task.done": "a task was finished",
    "handoff.written": "work was handed over", "checkin.posted": "an agent said what it does",
    "entity.put": "an entity was written as a whole", "attic.restored": "a lost value was put back",
    "policy.changed": "a team setting was changed", "store.initialised": "the sync branch got its layout",
    "thread.started": "a thread was opened", "thread.replied": "a thread got a message", "thread.closed": "a thread ended",
    "msg.sent": "a message was sent", "run.requested": "a run was asked for", "run.completed": "a run ended",
    "review.started": "a review began", "review.finished": "a review ended", "queue.joined": "an agent waits for a claim",
    "request.filed": "a release was asked for", "notify.sent": "somebody was notified", "admin.repaired": "state was repaired",
    "work.updated": "a work item was changed", "lease.expired": "a lease ran out",
}  # fmt: skip

_QUIET = frozenset({"claim.renewed", "session.bound", "agent.registered", "notify.sent"})


def known(type: str) -> bool:
    return type in TAXONOMY or type.startswith("x-")


def meaningful(type: str) -> bool:
    """Whether the event is worth anybody's attention: renewals and bindings are not."""
    return type not in _QUIET
