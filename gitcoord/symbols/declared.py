"""What is declared in a source file: chains such as ``Session::refresh``, with the lines that belong to them.

Lines count from 1. A span includes decorators and the comment that stands directly above. Spans nest or are disjoint,
except that a line on which one declaration ends and the next begins belongs to both.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Span = tuple[int, int]
    #: First line and count in the old text, first line and count in the new one, as ``git diff -U0`` has them: where the
    #: count is 0, the line is the one before.
    Hunk = tuple[int, int, int, int]

FUNCTION, CLASS, METHOD, INTERFACE = "function", "class", "method", "interface"
TYPE, CONST, ENUM, UNKNOWN = "type", "const", "enum", "unknown"
KINDS = (FUNCTION, CLASS, METHOD, INTERFACE, TYPE, CONST, ENUM, UNKNOWN)
SYNTAX, LANGUAGE, GRAMMAR, SIZE = "syntax", "language", "grammar", "size"
#: Bytes. A larger file is generated, and nobody claims symbols of it.
MAX_SIZE = 2 * 1024 * 1024
MAX_NAME = 200
_NOT_IN_A_NAME = frozenset("#,.:/")


class Unreadable(Exception):
    """Why a file has no known symbols; ``why`` is ``syntax``, ``language``, ``grammar`` or ``size``."""

    def __init__(self, why: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.why, self.message, self.hint = why, message, hint


class Declared:
    """One name with all its spans: overloads, a getter and its setter, and both branches of an ``if`` are one symbol."""

    __slots__ = ("kind", "name", "spans")

    def __init__(self, name: str, kind: str, spans: tuple[Span, ...]) -> None:
        self.name, self.kind, self.spans = name, kind, spans

    def __repr__(self) -> str:
        return f"Declared({self.name!r}, {self.kind!r}, {self.spans!r})"


class Outline:
    """The declarations in the order of the text, and the spans of the imports at module level."""

    __slots__ = ("declared", "imports")

    def __init__(self, found: Iterable[tuple[str, str, int, int]], imports: Iterable[Span] = ()) -> None:
        spans: dict[str, list[Span]] = {}
        kinds: dict[str, str] = {}
        for name, kind, first, last in found:
            kinds.setdefault(name, kind)
            spans.setdefault(name, []).append((first, last))
        self.declared = [Declared(name, kinds[name], tuple(each)) for name, each in spans.items()]
        self.imports = list(imports)

    def names(self) -> list[str]:
        return [each.name for each in self.declared]


def part(text: str) -> str:
    """One part of a chain as it is claimed: NFC, without the mark of a private member. Empty when it cannot be written."""
    if not text.isascii():
        from unicodedata import normalize

        text = normalize("NFC", text)
    text = text.lstrip("#")
    if not text or len(text) > MAX_NAME or not text.isprintable() or any(c.isspace() or c in _NOT_IN_A_NAME for c in text):
        return ""
    return text


def covers(chain: str, name: str) -> bool:
    """Whether a claim on ``chain`` includes ``name``: the same symbol, or one inside it."""
    return name == chain or name.startswith(chain + "::")
