"""The states of a thread, which may follow which, and when its time is over. Imported by every reader: stays light.

::

    open        started, or whoever was waited for has answered
    waiting     somebody has spoken; ``waiting_for`` names those who have not answered yet
    resolved    a participant closed it
    expired     its lifetime is over, whether or not somebody has landed that yet
    summarized  closed, with its summary: where resolved and expired go in the same landing; ``ended`` keeps which
    archived    its co-op was closed
"""

from __future__ import annotations

from gitcoord.clock import parse_instant
from gitcoord.settings import DEFAULTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity

OPEN, WAITING, RESOLVED, EXPIRED = "open", "waiting", "resolved", "expired"
SUMMARIZED, ARCHIVED = "summarized", "archived"
STATES = (OPEN, WAITING, RESOLVED, EXPIRED, SUMMARIZED, ARCHIVED)
LIVE = (OPEN, WAITING)
#: state -> the states that may follow it. A message may leave a thread in the state that it has.
TRANSITIONS: dict[str, tuple[str, ...]] = {
    OPEN: (OPEN, WAITING, RESOLVED, EXPIRED),
    WAITING: (OPEN, WAITING, RESOLVED, EXPIRED),
    RESOLVED: (SUMMARIZED,),
    EXPIRED: (SUMMARIZED,),
    SUMMARIZED: (ARCHIVED,),
    ARCHIVED: (),
}
CAPS = ("max_messages", "max_tokens", "max_participants")


def moved(thread: Entity, *states: str, **values: Any) -> Entity:
    """The thread after it has gone through these states. Raises ValueError for a step that the table does not have."""
    now = str(thread.get("state") or OPEN)
    for state in states:
        if state not in TRANSITIONS.get(now, ()):
            raise ValueError(f"a thread does not go from {now} to {state}")
        if state in (RESOLVED, EXPIRED):
            values["ended"] = state
        now = state
    return thread.changed(state=now, **values)


def state_of(thread: Entity, now: float) -> str:
    """Its state at this time: a live one whose time is over is expired, before anybody has landed that."""
    state = str(thread.get("state") or OPEN)
    return EXPIRED if state in LIVE and now >= ends_at(thread) else state


def is_live(thread: Entity, now: float) -> bool:
    return state_of(thread, now) in LIVE


def ends_at(thread: Entity) -> float:
    """When its time is over: ``expires_at``, and an hour after its beginning whatever the file says."""
    longest = float(DEFAULTS["threads.lifetime"].maximum or 0)
    ends = []
    for name, later in (("expires_at", 0.0), ("created_at", longest)):
        try:
            ends.append(parse_instant(str(thread.get(name))) + later)
        except ValueError:
            continue
    return min(ends, default=0.0)


def cap(thread: Entity, name: str) -> int:
    """``max_messages``, ``max_tokens`` or ``max_participants`` of a thread: never above what is allowed to any."""
    declared = DEFAULTS[f"threads.{name}"]
    return min(int(thread.get(name, declared.default)), int(declared.maximum or 0))


def count(thread: Entity, name: str) -> int:
    return max(0, int(thread.get(name, 0)))


def brief(thread: Entity, now: float) -> dict[str, Any]:
    """What a line about a thread tells."""
    names = ("id", "alias", "title", "ended", "participants", "coop", "created_by", "expires_at", "closed_at", "closed_by")
    told = {name: thread.values[name] for name in names if thread.values.get(name) not in (None, "", [])}
    state = state_of(thread, now)
    told |= {"state": state, "message_count": count(thread, "message_count"), "tokens_est": count(thread, "tokens_est")}
    if state in LIVE:
        told |= {"max_messages": cap(thread, "max_messages"), "max_tokens": cap(thread, "max_tokens")}
        told["waiting_for"] = list(thread.get("waiting_for", []))
    elif state == EXPIRED:
        told["ended"] = EXPIRED
    return told
