"""What peers wrote, as Markdown that shows as itself: no heading, link, tag, table or fence of theirs takes effect.

For pages that a forge or an editor renders. Control, bidi and zero-width characters go, everything else stays legible.
Escapes are those of CommonMark 0.31 and of GitHub's tables and bare links. (Of a bare mail address some renderers make
a link even so; it shows where it leads.)
"""

from __future__ import annotations

from gitcoord.text import clean, one_line

_SPECIAL = {ord(letter): "\\" + letter for letter in "\\`*[]<>|~&$#"}
#: What begins a list, a heading under its text, or a table's second line.
_AT_START = frozenset("-+=:")
_NO_BREAK = "\u00a0"


def prose(value: object, limit: int | None = None) -> str:
    """Text on one line, wherever it may stand: in a sentence, in a cell, at the start of an item."""
    if type(value) is str and value.isascii() and value[:1].isalnum() and value.replace("-", "").isalnum():
        return value if limit is None or len(value) <= limit else one_line(value, limit)  # a handle or an alias
    return _escaped(one_line(_text(value), limit))


def code(value: object, limit: int | None = None, *, cell: bool = False) -> str:
    """A path or name as a code span. In a table's ``cell`` a bar shows broken: no escape works there in all cases."""
    text = one_line(_text(value), limit)
    if cell:
        text = text.replace("|", "¦")
    if "`" not in text:
        return f"`{text}`" if text else ""
    fence = "`" * (_longest_run(text) + 1)
    return f"{fence} {text} {fence}"


def quoted(value: object, indent: str = "") -> list[str]:
    """A text of several lines as a block quote; its line ends and indentation are kept."""
    lines = clean(_text(value)).strip("\n").split("\n")
    if lines == [""]:
        return []
    shown = []
    for number, line in enumerate(lines):
        bare = line.rstrip().expandtabs(4)
        words = bare.lstrip()
        text = _NO_BREAK * (len(bare) - len(words)) + _escaped(words)
        goes_on = words and number + 1 < len(lines) and lines[number + 1].strip()
        shown.append(f"{indent}> {text}{'  ' if goes_on else ''}" if words else f"{indent}>")
    return shown


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _escaped(text: str) -> str:
    found = _underscores(text.translate(_SPECIAL)).replace("://", "\\://").replace("www.", "www\\.")
    if found[:1] in _AT_START and found:
        return "\\" + found
    digits = len(found) - len(found.lstrip("0123456789"))
    return f"{found[:digits]}\\{found[digits:]}" if digits and found[digits : digits + 1] in (".", ")") else found


def _underscores(text: str) -> str:
    """Within a word they mean nothing, and snake_case stays legible."""
    if "_" not in text:
        return text
    parts, at = [], 0
    while at < len(text):
        end = at
        while end < len(text) and text[end] == "_":
            end += 1
        if end > at:
            inside = at and end < len(text) and text[at - 1].isalnum() and text[end].isalnum()
            parts.append("_" * (end - at) if inside else "\\_" * (end - at))
            at = end
        else:
            found = text.find("_", at)
            end = len(text) if found < 0 else found
            parts.append(text[at:end])
            at = end
    return "".join(parts)


def _longest_run(text: str) -> int:
    longest = run = 0
    for letter in text:
        run = run + 1 if letter == "`" else 0
        longest = max(longest, run)
    return longest
