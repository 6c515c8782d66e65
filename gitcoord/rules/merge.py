"""Three-way merge, field by field, by the strategy that each field declares. Pure values in, values out.

Of every value that a side wrote, the result has it, or it was the base's, or it is among the lost. A merge is
never decided by a timestamp: ``later`` is what lands later.

======================  ==============================================================================
landing-order           a change on one side is taken; of two different changes the later one
union                   lists as sets: what either side added, without what either side removed
maximum                 the largest number
immutable               the first value stays
======================  ==============================================================================
"""

from __future__ import annotations

from gitcoord.model.fields import IMMUTABLE, LANDING_ORDER, MAXIMUM, UNION
from gitcoord.model.kinds import KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

BODY = "body"
#: The base of a field whose earlier value nobody knows: it equals nothing.
UNKNOWN = object()


class Lost:
    """A value that one side wrote and that the result does not have. ``winner`` stands in its place."""

    __slots__ = ("field", "loser", "reason", "winner")

    def __init__(self, field: str, winner: Any, loser: Any, reason: str) -> None:
        self.field, self.winner, self.loser, self.reason = field, winner, loser, reason


def merge(
    kind: str, base: Mapping[str, Any], earlier: Mapping[str, Any], later: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Lost]]:
    """Merged values of all fields that any side has, and what was lost. A missing field is an empty one; keys that
    the kind does not declare (and ``body``) are decided by landing order."""
    declared = KINDS[kind].by_name
    values: dict[str, Any] = {}
    lost: list[Lost] = []
    for name in dict.fromkeys((*base, *earlier, *later)):
        strategy = declared[name].merge if name in declared else LANDING_ORDER
        values[name] = _field(name, strategy, base.get(name), earlier.get(name), later.get(name), lost)
    return values, lost


def _field(name: str, strategy: str, base: Any, earlier: Any, later: Any, lost: list[Lost]) -> Any:
    if _same(earlier, later):
        return earlier
    if strategy == IMMUTABLE:
        return _immutable(name, base, earlier, later, lost)
    if strategy == UNION and _is_list(earlier) and _is_list(later):
        return _union(base if isinstance(base, list) else [], earlier or [], later or [])
    if strategy == MAXIMUM and _is_number(earlier) and _is_number(later):
        return _keep(name, max(earlier, later), min(earlier, later), base, "a larger number stands", lost)
    if _same(later, base):
        return earlier
    return _keep(name, later, earlier, base, "overwritten by a change that landed later", lost)


def _immutable(name: str, base: Any, earlier: Any, later: Any, lost: list[Lost]) -> Any:
    first = next((each for each in (base, earlier) if each is not UNKNOWN and not _empty(each)), later)
    for value in (earlier, later):
        if not _same(value, first) and not _empty(value):
            lost.append(Lost(name, first, value, "this field never changes"))
    return first


def _keep(name: str, winner: Any, loser: Any, base: Any, reason: str, lost: list[Lost]) -> Any:
    if not _same(loser, base) and not _empty(loser):
        lost.append(Lost(name, winner, loser, reason))
    return winner


def _union(base: list[str], earlier: list[str], later: list[str]) -> list[str]:
    before, left, right = set(base), set(earlier), set(later)
    removed = before - left | before - right
    return sorted((left | right) - removed)


def _same(one: Any, other: Any) -> bool:
    if one is UNKNOWN or other is UNKNOWN:
        return one is other
    return one == other or (_empty(one) and _empty(other))


def _empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def _is_list(value: Any) -> bool:
    return value is None or isinstance(value, list)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
