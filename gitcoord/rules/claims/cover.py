"""Whether one scope lies wholly within another: decided by the two texts, and "no" where that cannot be shown.

Sound, not complete: whoever is told yes can give up the larger scope for the smaller one and never holds more than
before. A pattern such as ``?*`` within ``*`` is seen; ``*`` within ``?*`` (the same paths) is not.
"""

from __future__ import annotations

from gitcoord.rules.claims.glob import ANY, MAX_BYTES, STAR
from gitcoord.rules.claims.overlap import matches, sequences_of
from gitcoord.rules.claims.scope import PATH_KINDS, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


def covers(outer: Scope, inner: Scope, fold_case: bool = False) -> bool:
    """Whether everything that a claim on ``inner`` covers, a claim on ``outer`` covers too."""
    if (outer.kind, outer.scope) == (inner.kind, inner.scope):
        return True
    if outer.kind not in PATH_KINDS or inner.kind not in PATH_KINDS or (outer.kind == "shared") != (inner.kind == "shared"):
        return False
    if outer.kind == "symbol":
        same = inner.kind == "symbol" and matches(Scope("file", outer.path, outer.path), inner.path, fold_case)
        return same and bool(inner.symbols) and all(any(_within(a, b) for b in outer.symbols) for a in inner.symbols)
    if len(outer.path.encode("utf-8", "surrogateescape")) > MAX_BYTES:
        return False  # read as less than it says: no proof rests on it
    wholes = sequences_of(outer, fold_case)
    parts = sequences_of(inner, fold_case)
    return bool(parts) and all(any(_all_within(part, whole) for whole in wholes) for part in parts)


def _within(name: str, chain: str) -> bool:
    return name == chain or name.startswith(chain + "::")


def _all_within(part: Sequence[Any], whole: Sequence[Any]) -> bool:
    """Every path of one sequence of components is a path of the other."""
    return _simulates(part, whole, ANY, _component_within)


def _component_within(part: Any, whole: Any) -> bool:
    if isinstance(part, bytes) and isinstance(whole, bytes):
        return part == whole
    return _simulates(_tokens(part), _tokens(whole), STAR, lambda a, b: a & ~b == 0)


def _tokens(component: Any) -> tuple[int, ...]:
    return tuple(1 << each for each in component) if isinstance(component, bytes) else component


def _simulates(part: Sequence[Any], whole: Sequence[Any], star: object, fits: Callable[[Any, Any], bool]) -> bool:
    """Whether ``whole`` can follow every step of ``part``. A star follows any number of steps, of a star also.

    ``here`` has the places of ``whole`` before which the rest of it may begin; one of them must reach the end.
    """

    def skipping(places: set[int]) -> set[int]:
        found = set(places)
        for at in sorted(places):
            while at < len(whole) and whole[at] == star:
                at += 1
                found.add(at)
        return found

    here = skipping({0})
    for each in part:
        there: set[int] = set()
        for at in here:
            if at == len(whole):
                continue
            if whole[at] == star:
                there.add(at)
            elif each != star and fits(each, whole[at]):
                there.add(at + 1)
        here = skipping(there)
        if not here:
            return False
    return len(whole) in here
