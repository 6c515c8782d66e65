"""Lists of texts that people keep, one item a line: added to, taken from and marked without touching another line.

``surgery.py`` gives a changed list to ruamel.yaml, which ties a comment to the item above it and loses it with that
item. Here an edit is a line that comes or goes, or the comment at its end. Whatever was done is read again; None means
that it cannot be done by lines (the list is absent, in flow style, or spelled in a way not known here).
"""

from __future__ import annotations

import re

from gitcoord.codec.errors import Malformed
from gitcoord.codec.fence import cut
from gitcoord.codec.foreign import compose
from gitcoord.codec.scalars import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_DASH = re.compile(r"( *)- +\S")


class Item:
    """``line`` counts from 0, as does ``at``, the column of the ``#`` (-1: none); ``comment`` is what stands behind it."""

    __slots__ = ("at", "comment", "line", "text")

    def __init__(self, text: str, line: int, comment: str = "", at: int = -1) -> None:
        self.text, self.line, self.comment, self.at = text, line, comment, at


def items_of(original: bytes, keys: Sequence[str]) -> list[Item] | None:
    """The items of the list under these keys, in order."""
    parts = cut(original.decode(), False)
    try:
        node = compose(parts.yaml)
        for key in keys:
            if node is None or node.entries is None or key not in node.entries:
                return None
            line, _, node = node.entries[key]
            if node.start <= line:  # on the line of its key: flow style, or nothing
                return None
    except Malformed:
        return None
    if node is None or not isinstance(node.value, list):
        return None
    lines, wanted, found = parts.yaml.split("\n"), list(node.value), list[Item]()
    for number in range(node.start, node.end + 1):
        text = lines[number]
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        item = _item(text, number)
        if item is None or len(found) >= len(wanted) or item.text != wanted[len(found)]:
            return None
        found.append(item)
    return found if len(found) == len(wanted) else None


def _item(line: str, number: int) -> Item | None:
    if not _DASH.match(line):
        return None
    for place in [each.start() for each in re.finditer(r"(?<=[ \t])#", line)]:
        value = _value(line[:place])
        if value is not None:
            return Item(value, number, line[place + 1 :].strip(), place)
    value = _value(line)
    return None if value is None else Item(value, number)


def _value(line: str) -> str | None:
    try:
        node = compose(line.strip() + "\n")
    except Malformed:
        return None
    value = node.value if node is not None else None
    return value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str) else None


def added(original: bytes, keys: Sequence[str], text: str, comment: str = "") -> bytes | None:
    """The file with one more item at the end of the list."""
    found = items_of(original, keys)
    if not found:
        return None
    lines = original.decode().split("\n")
    last = lines[found[-1].line]
    dash = last[: len(last) - len(last.lstrip())] + "- "
    end = "\r" if last.endswith("\r") else ""
    if found[-1].line == len(lines) - 1:  # a file without a final newline gets one
        lines.append("")
    lines.insert(found[-1].line + 1, dash + _spelled(text, comment) + end)
    return _checked("\n".join(lines).encode(), keys, [*(each.text for each in found), text])


def removed(original: bytes, keys: Sequence[str], text: str) -> bytes | None:
    """The file without an item. None also for the last one: a list without items is no list."""
    found = items_of(original, keys)
    if not found or all(each.text == text for each in found):
        return None
    lines = original.decode().split("\n")
    for each in reversed(found):
        if each.text == text:
            del lines[each.line]
    return _checked("\n".join(lines).encode(), keys, [each.text for each in found if each.text != text])


def commented(original: bytes, keys: Sequence[str], text: str, comment: str) -> bytes | None:
    """The file with another comment at the end of an item's line; an empty one takes it away."""
    found = items_of(original, keys)
    item = next((each for each in found or () if each.text == text), None)
    if item is None or found is None:
        return None
    lines = original.decode().split("\n")
    line = lines[item.line]
    end = "\r" if line.endswith("\r") else ""
    line = (line if item.at < 0 else line[: item.at]).rstrip() + (f"  # {comment}" if comment else "")
    lines[item.line] = line + end
    return _checked("\n".join(lines).encode(), keys, [each.text for each in found])


def _spelled(text: str, comment: str) -> str:
    return show(text) + (f"  # {comment}" if comment else "")


def _checked(result: bytes, keys: Sequence[str], wanted: list[str]) -> bytes | None:
    found = items_of(result, keys)
    return result if found is not None and [each.text for each in found] == wanted else None
