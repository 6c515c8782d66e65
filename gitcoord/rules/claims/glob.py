"""What a pattern means: git's own ``:(glob)``, read into sequences of path components. Bytes count, as in git.

``*``, ``?`` and brackets stay within one component; ``**`` as a whole component crosses them. Two habits of git
(2.39, read from its ``dir.c`` and ``wildmatch.c``, checked against ``git ls-files``) are kept:

- the text before the first wildcard is compared by itself, so ``**`` right behind it counts as standing at the start
  of a component: ``src/a**`` matches ``src/ab/c``, ``src/*a**`` does not;
- a path that equals the pattern as text is matched, wildcards or not. It is kept for patterns without ``*`` and ``?``,
  where it decides whether ``app/[id]/page.tsx`` covers the file of that name.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    #: One component: its bytes, or tokens (a set of bytes as a mask of 256 bits, or STAR). ANY: any number of them.
    Component = bytes | tuple[int, ...] | None
    Sequence = tuple[Component, ...]

STAR = -1
ANY = None
#: Longer patterns are not written by gitcoord. One that stands on the branch all the same means all that it may.
MAX_BYTES = 2048
_SLASH = 1 << 0x2F
_ALL = (1 << 256) - 1 & ~_SLASH


def _mask(letters: Iterable[int]) -> int:
    return sum(1 << each for each in set(letters))


_LOWER, _UPPER, _DIGIT = range(97, 123), range(65, 91), range(48, 58)
_ALNUM = _mask([*_LOWER, *_UPPER, *_DIGIT])
_CLASSES = {
    b"alpha": _mask([*_LOWER, *_UPPER]), b"digit": _mask(_DIGIT), b"alnum": _ALNUM, b"lower": _mask(_LOWER),
    b"upper": _mask(_UPPER), b"space": _mask(b" \t\n\r"), b"blank": _mask(b" \t"),
    b"xdigit": _mask(b"0123456789abcdefABCDEF"), b"cntrl": _mask([*range(32), 127]),
    b"graph": _mask(range(33, 127)), b"print": _mask(range(32, 127)), b"punct": _mask(range(33, 127)) & ~_ALNUM,
}  # fmt: skip


def alternatives(pattern: bytes, fold: bool = False) -> tuple[Sequence, ...]:
    """The sequences of components that the pattern stands for, together. None: no path can match it."""
    cut = first_wild(pattern)
    if len(pattern) > MAX_BYTES:
        whole = tuple(part for part in pattern[: pattern.rfind(b"/", 0, cut) + 1].split(b"/") if part)
        return ((*(_folded(part, fold) for part in whole), ANY, (STAR,)),)
    found: dict[Sequence, None] = {}
    if b"*" not in pattern and b"?" not in pattern:
        found[tuple(_folded(part, fold) for part in pattern.split(b"/"))] = None
    for text in _as_wildmatch(pattern[:cut], pattern[cut:]):
        sequence = _read(text, fold)
        if sequence is not None:
            found[sequence] = None
    return tuple(found)


def first_wild(pattern: bytes) -> int:
    """Index of the first character that is not plain; the length when all are."""
    return min((at for at in (pattern.find(c) for c in (b"*", b"?", b"[", b"\\")) if at >= 0), default=len(pattern))


def _as_wildmatch(prefix: bytes, rest: bytes) -> list[bytes]:
    """Patterns that together mean, each read whole, what git makes of a plain prefix and a pattern behind it."""
    after = rest.lstrip(b"*")
    if len(rest) - len(after) < 2 or not prefix or prefix.endswith(b"/"):
        return [prefix + rest]
    if not after:
        return [prefix + b"*", prefix + b"*/**"]
    if after.startswith(b"/"):
        while after[1:].startswith(b"**/"):
            after = after[3:]
        return [*_as_wildmatch(prefix, after[1:]), prefix + b"*/**" + after]
    if after.startswith(b"\\/"):
        return [prefix + b"*/**" + after[1:]]
    return [prefix + rest]


def _folded(part: bytes, fold: bool) -> bytes:
    return part.lower() if fold else part


def _read(text: bytes, fold: bool) -> Sequence | None:
    """One pattern as a sequence; None when nothing can match it."""
    found: list[Component] = []
    tokens: list[int] = []
    at, end = 0, len(text)
    while at < end:
        letter = text[at]
        if letter == 0x2A:
            stop = at
            while stop < end and text[stop] == 0x2A:
                stop += 1
            slash = 1 if text[stop : stop + 1] == b"/" else 2 if text[stop : stop + 2] == b"\\/" else 0
            if stop - at > 1 and not tokens and (slash or stop == end):
                if not found or found[-1] is not ANY:
                    found.append(ANY)
                if slash != 1:  # at the end, and before an escaped slash, one component at least
                    found.append((STAR,))
                    if stop == end:
                        return tuple(found)
                at = stop + slash
                continue
            if not tokens or tokens[-1] != STAR:
                tokens.append(STAR)
            at = stop
            continue
        if letter == 0x3F:
            tokens.append(_ALL)
        elif letter == 0x5B:
            mask, at = _bracket(text, at + 1, fold)
            if not mask:
                return None
            tokens.append(mask)
            continue
        else:
            if letter == 0x5C:
                at += 1
                if at == end:
                    return None
                letter = text[at]
            if letter == 0x2F:
                if not tokens:
                    return None
                found.append(_component(tokens))
                tokens = []
            else:
                tokens.append(1 << (letter + 32 if fold and 65 <= letter <= 90 else letter))
        at += 1
    if not tokens:
        return None
    return (*found, _component(tokens))


def _component(tokens: list[int]) -> Component:
    """Plain bytes where nothing is wild: they compare faster."""
    if all(token != STAR and token & (token - 1) == 0 for token in tokens):
        return bytes(token.bit_length() - 1 for token in tokens)
    return tuple(tokens)


def _bracket(text: bytes, at: int, fold: bool) -> tuple[int, int]:
    """``(set of bytes, index behind the bracket)``; the empty set when it is not closed or names no known class."""
    negated = text[at : at + 1] in (b"!", b"^")
    at += negated
    mask, before, first = 0, -1, True
    while first or text[at : at + 1] != b"]":
        first = False
        letter = text[at : at + 1]
        if not letter:
            return 0, at
        if letter == b"[" and text[at + 1 : at + 2] == b":":
            close = text.find(b"]", at + 2)
            if close < 0:
                return 0, at
            if text[close - 1 : close] == b":" and close - 1 >= at + 2:
                named = _CLASSES.get(text[at + 2 : close - 1])
                if named is None:
                    return 0, at
                mask, before, at = mask | named, -1, close + 1
                continue
        if letter == b"-" and before >= 0 and text[at + 1 : at + 2] not in (b"", b"]"):
            at += 2 if text[at + 1 : at + 2] == b"\\" else 1
            if at >= len(text):
                return 0, at
            mask |= _mask(range(before, text[at] + 1))
            before, at = -1, at + 1
            continue
        if letter == b"\\":
            at += 1
            if at >= len(text):
                return 0, at
        before = text[at]
        mask |= 1 << before
        at += 1
    if fold:
        for upper in _UPPER:
            if mask >> upper & 1 or mask >> (upper + 32) & 1:
                mask |= 1 << upper | 1 << (upper + 32)
    return (_ALL & ~mask if negated else mask & ~_SLASH), at + 1
