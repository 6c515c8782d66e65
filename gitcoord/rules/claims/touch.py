"""What a push does to the symbols of one file, held against a claim. Names only: which lines they have is known elsewhere."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.model.entity import Entity
    from gitcoord.rules.claims.scope import Scope


class Touch:
    """``names``: what the push touches, to its first line: symbols, and words with a blank in them for what lies outside
    of all symbols. With a ``reason`` it is not known, and counts as everything."""

    __slots__ = ("names", "reason")

    def __init__(self, names: dict[str, int] | None = None, reason: str = "") -> None:
        self.names, self.reason = names or {}, reason


class Finding:
    """A changed path that runs into a claim. ``names`` are the symbols concerned; empty: the whole path."""

    __slots__ = ("claim", "names", "path", "reason")

    def __init__(self, path: str, claim: Entity, names: dict[str, int] | None = None, reason: str = "") -> None:
        self.path, self.claim, self.names, self.reason = path, claim, names or {}, reason


def within(touch: Touch, symbols: Iterable[str]) -> dict[str, int]:
    """What of a touch lies inside these symbols."""
    chains = tuple(symbols)
    return {name: line for name, line in touch.names.items() if _covered(name, chains)}


def outside(touch: Touch, symbols: Iterable[str]) -> dict[str, int]:
    """What of a touch lies inside none of these symbols: imports and module level never do."""
    chains = tuple(symbols)
    return {name: line for name, line in touch.names.items() if not _covered(name, chains)}


def loose(touch: Touch) -> dict[str, int]:
    """What of a touch no symbol covers."""
    return {name: line for name, line in touch.names.items() if " " in name}


def _covered(name: str, chains: tuple[str, ...]) -> bool:
    return any(name == chain or name.startswith(chain + "::") for chain in chains)


def of_claim(held: Scope, touch: Touch) -> dict[str, int]:
    """What of a touch a symbol claim forbids. A claim that names no symbols, as only a hand writes it, is of all."""
    return within(touch, held.symbols) if held.symbols else dict(touch.names)
