"""Whether some path, existing or not, matches two scopes: a property of the two texts alone.

The meaning of a pattern is that of git's ``:(glob)`` (wildmatch with WM_PATHNAME): anchored at the root,
``*``, ``?`` and brackets stay within one component, ``**`` as a whole component crosses them, ``**`` glued
to other characters is ``*``. Bytes count, as in git. Cost grows with the product of the two lengths.
"""

from __future__ import annotations

from gitcoord.rules.claims.scope import PATH_KINDS, Scope

#: One component: a tuple of tokens. A token is a set of bytes (a 256-bit mask) or STAR.
STAR = -1
#: Any number of components.
ANY = None
_SLASH = 1 << 47
_ALL = (1 << 256) - 1 & ~_SLASH
_CLASSES = {
    b"alpha": b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", b"digit": b"0123456789",
    b"alnum": b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", b"lower": b"abcdefghijklmnopqrstuvwxyz",
    b"upper": b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"space": b" \t\n\r\f\v", b"blank": b" \t", b"xdigit": b"0123456789abcdefABCDEF",
    b"punct": b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", b"cntrl": bytes([*range(32), 127]),
    b"graph": bytes(range(33, 127)), b"print": bytes(range(32, 127)),
}  # fmt: skip
_cache: dict[tuple[str, str, bool], list[list[bytes | tuple[int, ...] | None]]] = {}


def overlaps(a: Scope, b: Scope, fold_case: bool = False) -> bool:
    """Symmetric; sees neither checkout nor clock."""
    if a.kind in PATH_KINDS and b.kind in PATH_KINDS:
        if not _paths_meet(a, b, fold_case):
            return False
        if a.kind == b.kind == "symbol":
            return any(_chained(x, y) for x in a.symbols for y in b.symbols)
        return True
    if a.kind != b.kind:
        return False
    return a.path == b.path


def matches(scope: Scope, path: str, fold_case: bool = False) -> bool:
    """Whether a claim on this scope covers this path."""
    return scope.kind in PATH_KINDS and _paths_meet(scope, Scope("file", path, path), fold_case)


def _chained(a: str, b: str) -> bool:
    """The same symbol, an ancestor or a descendant in the ``::`` chain."""
    return a == b or a.startswith(b + "::") or b.startswith(a + "::")


def _paths_meet(a: Scope, b: Scope, fold: bool) -> bool:
    return any(_sequences_meet(x, y) for x in _alternatives(a, fold) for y in _alternatives(b, fold))


def _alternatives(scope: Scope, fold: bool) -> list[list[bytes | tuple[int, ...] | None]]:
    """The component sequences that a scope stands for: a directory is itself and all below it."""
    key = (scope.kind, scope.path, fold)
    found = _cache.get(key)
    if found is None:
        if len(_cache) > 4096:
            _cache.clear()
        found = _cache[key] = _components(scope, fold)
    return found


def _components(scope: Scope, fold: bool) -> list[list[bytes | tuple[int, ...] | None]]:
    raw = scope.path.encode("utf-8", "surrogateescape")
    if fold:
        raw = raw.lower()
    if scope.path.endswith("/"):
        own: list[bytes | tuple[int, ...] | None] = [*raw[:-1].split(b"/")]
        return [own, [*own, ANY, (STAR,)]]
    if scope.kind == "glob" or (scope.kind == "shared" and set(scope.path) & set("*?[\\")):
        return [_pattern(raw, fold)]
    return [[*raw.split(b"/")]]


def _pattern(raw: bytes, fold: bool) -> list[bytes | tuple[int, ...] | None]:
    parts = raw.split(b"/")
    sequence: list[bytes | tuple[int, ...] | None] = []
    for n, part in enumerate(parts):
        if part == b"**":
            if not sequence or sequence[-1] is not ANY:
                sequence.append(ANY)
            if n == len(parts) - 1:
                sequence.append((STAR,))
        else:
            sequence.append(_component(part, fold))
    return sequence


def _component(part: bytes, fold: bool) -> bytes | tuple[int, ...]:
    """Literal bytes where nothing is wild, else tokens."""
    tokens: list[int] = []
    literal = bytearray()
    wild = False
    at = 0
    while at < len(part):
        byte = part[at]
        if byte == 0x2A:
            wild = True
            if not tokens or tokens[-1] != STAR:
                tokens.append(STAR)
        elif byte == 0x3F:
            wild = True
            tokens.append(_ALL)
        elif byte == 0x5B:
            mask, after = _bracket(part, at + 1, fold)
            wild = True
            tokens.append(mask)
            at = after - 1
        else:
            if byte == 0x5C and at + 1 < len(part):
                at += 1
                byte = part[at]
            tokens.append(1 << byte)
            literal.append(byte)
        at += 1
    return tuple(tokens) if wild else bytes(literal)


def _bracket(part: bytes, at: int, fold: bool) -> tuple[int, int]:
    """``(mask, index after the bracket)``. An unclosed bracket matches nothing, as in git."""
    negated = at < len(part) and part[at] in b"!^"
    at += negated
    mask, first = 0, True
    while True:
        if at >= len(part):
            return 0, len(part)
        byte = part[at]
        if byte == 0x5D and not first:
            at += 1
            break
        first = False
        if part[at : at + 2] == b"[:":
            end = part.find(b":]", at + 2)
            if end >= 0 and part[at + 2 : end] in _CLASSES:
                for each in _CLASSES[part[at + 2 : end]]:
                    mask |= 1 << each
                at = end + 2
                continue
        if byte == 0x5C and at + 1 < len(part):
            at += 1
            byte = part[at]
        if part[at + 1 : at + 2] == b"-" and at + 2 < len(part) and part[at + 2] != 0x5D:
            high = part[at + 2]
            at += 3
            if high == 0x5C and at < len(part):
                high = part[at]
                at += 1
            for each in range(byte, high + 1):
                mask |= 1 << each
            continue
        mask |= 1 << byte
        at += 1
    if fold:
        for upper in range(65, 91):
            if mask >> upper & 1 or mask >> (upper + 32) & 1:
                mask |= 1 << upper | 1 << (upper + 32)
    return (_ALL & ~mask if negated else mask & ~_SLASH), at


def _sequences_meet(
    a: list[bytes | tuple[int, ...] | None], b: list[bytes | tuple[int, ...] | None]
) -> bool:
    """Whether two sequences of components share a path. Fills a table row by row, from the end."""
    if a and b and isinstance(a[0], bytes) and isinstance(b[0], bytes) and a[0] != b[0]:
        return False
    width = len(b)
    below = [False] * (width + 1)
    for i in range(len(a), -1, -1):
        row = [False] * (width + 1)
        for j in range(width, -1, -1):
            if i == len(a) and j == width:
                row[j] = True
            elif i < len(a) and a[i] is ANY:
                row[j] = below[j] or (j < width and row[j + 1])
            elif j < width and b[j] is ANY:
                row[j] = row[j + 1] or (i < len(a) and below[j])
            elif i < len(a) and j < width:
                row[j] = below[j + 1] and _components_meet(a[i], b[j])
        below = row
    return below[0]


def _components_meet(a: bytes | tuple[int, ...] | None, b: bytes | tuple[int, ...] | None) -> bool:
    if isinstance(a, bytes) and isinstance(b, bytes):
        return a == b
    x = tuple(1 << byte for byte in a) if isinstance(a, bytes) else a or ()
    y = tuple(1 << byte for byte in b) if isinstance(b, bytes) else b or ()
    start, stop_x, stop_y = 0, len(x), len(y)
    while start < min(stop_x, stop_y) and x[start] != STAR and y[start] != STAR:
        if not x[start] & y[start]:
            return False
        start += 1
    while stop_x > start and stop_y > start and x[stop_x - 1] != STAR and y[stop_y - 1] != STAR:
        if not x[stop_x - 1] & y[stop_y - 1]:
            return False
        stop_x -= 1
        stop_y -= 1
    return _tokens_meet(x[start:stop_x], y[start:stop_y])


def _tokens_meet(x: tuple[int, ...], y: tuple[int, ...]) -> bool:
    if x == (STAR,) or y == (STAR,):
        return True
    width = len(y)
    below = [False] * (width + 1)
    for i in range(len(x), -1, -1):
        row = [False] * (width + 1)
        for j in range(width, -1, -1):
            if i == len(x) and j == width:
                row[j] = True
            elif i < len(x) and x[i] == STAR:
                row[j] = below[j] or (j < width and row[j + 1])
            elif j < width and y[j] == STAR:
                row[j] = row[j + 1] or (i < len(x) and below[j])
            elif i < len(x) and j < width:
                row[j] = below[j + 1] and bool(x[i] & y[j])
        below = row
    return below[0]


# The index: under which keys a claim stands, and where an overlapping one can stand.


def literal_prefix(scope: Scope) -> str:
    """The key under which a stored claim is found: a file's path, else the folder before the first wildcard.

    Kinds without a path stand under their full text, which no path key equals: it begins with a NUL.
    """
    if scope.kind not in PATH_KINDS:
        return f"\0{scope.kind}:{scope.path}"
    path = scope.path
    if path.endswith("/"):
        return path
    if scope.kind in ("glob", "shared"):
        wild = min((at for at in (path.find(c) for c in "*?[\\") if at >= 0), default=-1)
        if wild >= 0:
            return path[: path.rfind("/", 0, wild) + 1]
    return path


def prefix_probe(kind: str, scope: str) -> tuple[list[str], str | None]:
    """Where claims that overlap this scope can stand: exact keys, and a prefix of all keys below it."""
    from gitcoord.rules.claims.scope import from_stored

    parsed = from_stored(kind, scope)
    key = literal_prefix(parsed)
    if key.startswith("\0"):
        return [key], None
    exact = [""]
    at = key.find("/")
    while at >= 0:
        exact.append(key[: at + 1])
        at = key.find("/", at + 1)
    if key.endswith("/"):
        exact.append(key[:-1])
    elif key:
        exact += [key, key + "/"]
    broad = key.endswith("/") or key == ""
    return list(dict.fromkeys(exact)), key if broad else None
