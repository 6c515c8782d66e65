"""What follows from a change without anybody asking: requests end with their claim, waiters get what became free.

Part of the same intent, so of the same commit, whoever lands it. Nothing here knows which rule made the change.
"""

from __future__ import annotations

from gitcoord.rules.ahead import Ahead

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.model.outcome import Event
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings


#: Of those who were served, so many stand in the result of whoever gave back.
MOST_TOLD = 10


def may_free(changes: Iterable[Entity]) -> bool:
    """Whether a change may let somebody go on who waits: a claim that ended or was rewritten, a queue that moved, a
    session that left."""
    for each in changes:
        if each.kind == "claim":
            if each.values.get("state") != "active":
                return True
        elif each.kind in ("queue", "request") or (each.kind == "session" and each.values.get("state") == "left"):
            return True
    return False


def follow(
    snapshot: Snapshot, changes: dict[tuple[str, str], Entity], now: float, settings: Settings
) -> tuple[list[Event], dict[str, Any]]:
    """Adds what follows to ``changes``; gives its events, and what the result says of it."""
    from gitcoord.rules.queue.grants import grants

    found = grants(Ahead(snapshot, changes.values()), now, settings, snapshot.next_revision)
    changes.update(found.changes)
    claims = [each for each in changes.values() if each.kind == "claim"]
    ended = [each for each in claims if each.get("state") != "active" and each.get("requests")]
    if ended:
        from gitcoord.rules.requests import end_with

        over, told = end_with(Ahead(snapshot, changes.values()), ended, now)
        found.events += told
        changes.update(((each.kind, each.id), each) for each in over)
    if not found.told:
        return found.events, {}
    served = [{name: each[name] for name in ("alias", "agent", "claims", "fence")} for each in found.told[:MOST_TOLD]]
    return found.events, {"served": served}
