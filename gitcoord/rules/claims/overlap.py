"""Whether some path, existing or not, matches two scopes: a property of the two texts alone.

Neither checkout nor clock is seen, so every machine gives the same answer. Cost grows with the product of the two
lengths, whatever the patterns: one side is walked while a bit set holds every place where the other side may be.
"""

from __future__ import annotations

from gitcoord.rules.claims.glob import ANY, STAR, alternatives, first_wild
from gitcoord.rules.claims.scope import PATH_KINDS, Scope, from_stored, of_pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence as Many
    from typing import Any

    from gitcoord.rules.claims.glob import Component, Sequence

_PLAIN, _BELOW, _GLOB = 0, 1, 2
_forms: dict[tuple[str, str, bool], _Form] = {}


class _Form:
    """A scope made ready: its bytes, and the sequences of components that it stands for."""

    __slots__ = ("raw", "sequences", "shape", "tails")

    def __init__(self, shape: int, raw: bytes, sequences: tuple[Sequence, ...]) -> None:
        self.shape, self.raw, self.sequences = shape, raw, sequences
        self.tails = tuple(_tail(each) for each in sequences)


def overlaps(a: Scope, b: Scope, fold_case: bool = False) -> bool:
    """Symmetric. Symbol scopes of one file overlap when a symbol of one is, or is in, a symbol of the other."""
    if a.kind not in PATH_KINDS or b.kind not in PATH_KINDS:
        if a.kind == b.kind and a.path == b.path:
            return True
        if not a.patterns and not b.patterns:
            return False
        return any(overlaps(x, y, fold_case) for x in parts(a) for y in parts(b))
    if not _paths_meet(_form(a, fold_case), _form(b, fold_case)):
        return False
    if a.kind == b.kind == "symbol":
        return not a.symbols or not b.symbols or any(_chained(x, y) for x in a.symbols for y in b.symbols)
    return True


def parts(scope: Scope) -> list[Scope]:
    """The paths that a scope covers: of a module those of its patterns, of what has no paths none."""
    if scope.kind in PATH_KINDS:
        return [scope]
    return [of_pattern(each) for each in scope.patterns]


def matches(scope: Scope, path: str, fold_case: bool = False) -> bool:
    """Whether a claim on this scope covers this path, as ``git ls-files ':(glob)…'`` would list it."""
    if scope.kind not in PATH_KINDS:
        return any(matches(each, path, fold_case) for each in parts(scope))
    form = _form(scope, fold_case)
    raw = _bytes(path, fold_case)
    if form.shape != _GLOB:
        return raw == form.raw or (form.shape == _BELOW and (raw.startswith(form.raw) or raw + b"/" == form.raw))
    if not raw.endswith(form.tails):
        return False
    steps = raw.split(b"/")
    return any(_sequences_meet(steps, each) for each in form.sequences)


def sequences_of(scope: Scope, fold_case: bool = False) -> tuple[Sequence, ...]:
    """The sequences of path components that a scope of a path kind stands for, together."""
    return _form(scope, fold_case).sequences


def _chained(a: str, b: str) -> bool:
    """The same symbol, an ancestor or a descendant in the ``::`` chain."""
    return a == b or a.startswith(b + "::") or b.startswith(a + "::")


def _bytes(path: str, fold: bool) -> bytes:
    raw = path.encode("utf-8", "surrogateescape")
    return raw.lower() if fold else raw


def _form(scope: Scope, fold: bool) -> _Form:
    key = (scope.kind, scope.path, fold)
    found = _forms.get(key)
    if found is None:
        if len(_forms) > 8192:
            _forms.clear()
        found = _forms[key] = _read(scope, fold)
    return found


def _read(scope: Scope, fold: bool) -> _Form:
    raw = scope.path.encode("utf-8", "surrogateescape")
    wild = scope.kind == "glob" or (scope.kind == "shared" and not raw.endswith(b"/") and first_wild(raw) < len(raw))
    if wild:
        return _Form(_GLOB, raw, alternatives(raw, fold))
    raw = raw.lower() if fold else raw
    if raw.endswith(b"/"):
        own = tuple(raw[:-1].split(b"/"))
        return _Form(_BELOW, raw, (own, (*own, ANY, (STAR,))))
    return _Form(_PLAIN, raw, (tuple(raw.split(b"/")),))


def _tail(sequence: Sequence) -> bytes:
    """The plain text in which every path of a sequence ends."""
    last = sequence[-1]
    if not isinstance(last, tuple):
        return last or b""
    letters: list[int] = []
    for token in reversed(last):
        if token == STAR or token & (token - 1):
            break
        letters.append(token.bit_length() - 1)
    return bytes(reversed(letters))


def _paths_meet(a: _Form, b: _Form) -> bool:
    if a.shape == _GLOB or b.shape == _GLOB:
        return any(_sequences_meet(x, y) for x in a.sequences for y in b.sequences)
    if a.raw == b.raw:
        return True
    one, two = (a, b) if len(a.raw) < len(b.raw) else (b, a)
    # A directory is also the path of its own name: claimed as a file, it would keep the directory from being.
    return (one.shape == _BELOW and two.raw.startswith(one.raw)) or (two.shape == _BELOW and one.raw + b"/" == two.raw)


def _sequences_meet(a: Many[Component], b: Many[Component]) -> bool:
    first, other = a[0], b[0]
    if isinstance(first, bytes) and isinstance(other, bytes) and first != other:
        return False
    places: dict[Component, int] = {}
    for at, part in enumerate(b):
        places[part] = places.get(part, 0) | 1 << at
    anywhere = places.pop(ANY, 0)
    known: dict[Component, int] = {}

    def fits(part: Component) -> int:
        found = known.get(part)
        if found is None:
            found = 0
            for other, bits in places.items():
                if _components_meet(part, other):
                    found |= bits
            known[part] = found
        return found

    return _walk(a, ANY, len(b), anywhere, fits)


def _components_meet(a: Any, b: Any) -> bool:
    if isinstance(a, bytes) and isinstance(b, bytes):
        return a == b
    if a == (STAR,) or b == (STAR,):
        return True
    if isinstance(a, tuple) and isinstance(b, bytes):
        a, b = b, a
    if isinstance(a, bytes):
        if not a:  # an empty component, as only a record written by hand has it
            return False
        a = [1 << each for each in a]
    if STAR not in b and STAR not in a:
        return len(a) == len(b) and all(x & y for x, y in zip(a, b, strict=True))
    if (a[0] != STAR != b[0] and not a[0] & b[0]) or (a[-1] != STAR != b[-1] and not a[-1] & b[-1]):
        return False
    stars = sum(1 << at for at, token in enumerate(b) if token == STAR)
    known: dict[int, int] = {}

    def fits(mask: int) -> int:
        found = known.get(mask)
        if found is None:
            found = known[mask] = sum(1 << at for at, token in enumerate(b) if token != STAR and token & mask)
        return found

    return _walk(a, STAR, len(b), stars, fits)


def _walk(a: Many[Any], star: object, width: int, stars: int, fits: Callable[[Any], int]) -> bool:
    """Whether two sequences, in which a star stands for any number of elements, have one in common.

    Bit ``n`` of ``here`` is set when the first ``n`` elements of the other sequence can be what has been walked.
    ``stars`` are the places of its stars, ``fits`` gives the places at which an element of ours can be met. No two
    stars of a sequence are neighbours.
    """
    here = 1 | (stars & 1) << 1
    full = (1 << (width + 1)) - 1
    for each in a:
        if each == star:
            here = full & -(here & -here)
        else:
            here = (here & fits(each)) << 1 | here & stars
            here |= (here & stars) << 1
            if not here:
                return False
    return bool(here >> width)


# The index: under which keys a claim stands, and where an overlapping one can stand.


def literal_prefix(scope: Scope, fold_case: bool = False) -> str:
    """The key under which a stored claim is found: a file's path, else the folder before the first wildcard.

    Kinds without a path stand under their full text, which no path key equals: it begins with a NUL.
    """
    if scope.kind not in PATH_KINDS:
        return f"\0{scope.kind}:{scope.path}"
    path = scope.path.lower() if fold_case else scope.path
    if scope.kind == "glob" or (scope.kind == "shared" and not path.endswith("/")):
        wild = min((at for at in (path.find(c) for c in "*?[\\") if at >= 0), default=-1)
        if wild >= 0:
            return path[: path.rfind("/", 0, wild) + 1]
    return path


def keys_of(scope: Scope, fold_case: bool = False) -> list[str]:
    """Every key under which a stored claim is found: a module stands under its name and under each of its patterns."""
    own = literal_prefix(scope, fold_case)
    if not scope.patterns:
        return [own]
    return list(dict.fromkeys((own, *(literal_prefix(each, fold_case) for each in parts(scope)))))


def prefix_probe(kind: str, scope: str, fold_case: bool = False) -> tuple[list[str], str | None]:
    """Where claims that overlap this scope can stand: exact keys, and a prefix of all keys below it, or None."""
    key = literal_prefix(from_stored(kind, scope), fold_case)
    if key.startswith("\0"):
        return [key], None
    exact = keys_above(key)
    if key.endswith("/"):
        exact.append(key[:-1])
    return exact, key if key.endswith("/") or not key else None


def keys_above(path: str) -> list[str]:
    """The keys of every scope that can cover a path: each folder above it, the path, and the folder of its name."""
    keys = [""]
    at = path.find("/")
    while at >= 0:
        keys.append(path[: at + 1])
        at = path.find("/", at + 1)
    if path and not path.endswith("/"):
        keys += [path, path + "/"]
    return keys
