"""Whether what was decided fits into files. On the way of every write, so the codec is asked in doubt only."""

from __future__ import annotations

from gitcoord.rules.asked import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from gitcoord.model.entity import Entity

#: Characters below which no entity comes near the size of a file, however they are escaped.
_SURELY_SMALL = 6000


def check_size(entities: Iterable[Entity]) -> None:
    """Raises Refusal when an entity would not fit into one file of the branch."""
    for each in entities:
        if _weight(each.values) + len(each.body) < _SURELY_SMALL:
            continue
        from gitcoord.codec import yaml

        try:
            yaml.encode(each)
        except yaml.Malformed as problem:
            raise Refusal(
                "cap-exceeded", f"The {each.kind} does not fit into one file: {problem}", "Say it shorter."
            ) from None


def _weight(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(len(key) + _weight(each) for key, each in value.items())
    return sum(map(_weight, value)) if isinstance(value, (list, tuple)) else 8
