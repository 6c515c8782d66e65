"""Three-way merge, field by field, by the strategy that each field declares. Nothing is ever lost.

Order is by landing, never by a clock: the later landing wins a field that both changed, and the overwritten
value goes to the attic.
"""

from __future__ import annotations

from gitcoord.model.fields import IMMUTABLE, MAXIMUM, UNION
from gitcoord.model.kinds import KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Lost:
    """A value that did not survive: kept in the attic with the one that did."""

    __slots__ = ("field", "loser", "reason", "winner")

    def __init__(self, field: str, winner: Any, loser: Any, reason: str) -> None:
        self.field, self.winner, self.loser, self.reason = field, winner, loser, reason


def merged(
    kind: str, base: dict[str, Any], current: dict[str, Any], wanted: dict[str, Any]
) -> tuple[dict[str, Any], list[Lost]]:
    """``wanted`` applied to ``current``, both grown from ``base``; only fields in ``wanted`` are touched."""
    result = dict(current)
    lost: list[Lost] = []
    declared = KINDS[kind].by_name
    for name, value in wanted.items():
        now, before = current.get(name), base.get(name)
        if value == now or value == before:
            continue
        field = declared.get(name)
        strategy = field.merge if field is not None else ""
        if strategy == IMMUTABLE and now is not None:
            lost.append(Lost(name, now, value, "the field never changes"))
        elif strategy == UNION and isinstance(value, list) and isinstance(now, list):
            result[name] = _union(before, now, value)
        elif strategy == MAXIMUM and isinstance(value, int) and isinstance(now, int):
            result[name] = max(now, value)
        else:
            if now is not None and now != before:
                lost.append(Lost(name, value, now, "overwritten by a later landing"))
            result[name] = value
    return result, lost


def _union(base: object, current: list[Any], wanted: list[Any]) -> list[Any]:
    """What either side added is in, what either side removed is out."""
    before = base if isinstance(base, list) else []
    removed = {each for each in before if each not in current or each not in wanted}
    return sorted({*current, *wanted} - removed)
