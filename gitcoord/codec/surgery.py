"""Changing one field of a file that a person touched: the lines of that field change, all others keep their bytes.

The lines of each key come from the parser's events. Of a changed key only its own lines go through ruamel.yaml's round
trip, which keeps the comments beside a scalar and inside a list, quotes and flow style. A whole file is given to
ruamel only where keys do not own their lines (``{id: …}``): it respells what it did not change (``key:   x``, indented
lists, ``0x1f``). Whatever was done is read again, and None is returned when it does not say what was wanted: the
caller then writes the canonical form.
"""

from __future__ import annotations

import io
import re
from typing import Any

from gitcoord.codec.canonical import block, settled, shape
from gitcoord.codec.errors import Malformed
from gitcoord.codec.fence import Parts, cut, tail_of
from gitcoord.codec.foreign import Node, compose
from gitcoord.codec.scalars import is_plain
from gitcoord.model.entity import Entity
from gitcoord.model.kinds import KINDS

GONE = object()
"""The new value of a key that is to be removed."""
_OTHER_BREAKS = re.compile("\r(?!\n)|[\x85\u2028\u2029]").search


def edit_entity(before: Entity, wanted: Entity, original: bytes) -> bytes | None:
    """``before`` is what the original says, ``wanted`` what the file is to say, in canonical order of keys."""
    kind = before.kind
    old, new = settled(kind, before.values), wanted.values
    parts = cut(original.decode(), KINDS[kind].has_body)
    header = _edited(parts, _changes(old, new), before.values, list(new), shape(kind).unions)
    tail = None
    if before.body != wanted.body:
        tail = tail_of(wanted.body)
        tail = tail.replace("\r\n", "\n").replace("\n", "\r\n") if parts.crlf else tail
    result = parts.rejoined(header, tail).encode()
    return result if _says(kind, result, wanted) else None


def _says(kind: str, result: bytes, wanted: Entity) -> bool:
    from gitcoord.codec.yaml import decode, normal

    try:
        return normal(decode(kind, result)) == wanted
    except Malformed:
        return False


def edit_settings(before: dict[str, Any], wanted: dict[str, Any], original: bytes) -> bytes | None:
    from gitcoord.codec.yaml import decode_tree

    parts = cut(original.decode(), False)
    result = parts.rejoined(_edited(parts, _changes(before, wanted), before, list(wanted), frozenset())).encode()
    try:
        return result if decode_tree(result) == wanted else None
    except Malformed:
        return None


def _differ(old: Any, new: Any) -> bool:
    """1, 1.0 and True are three values."""
    return bool(type(old) is not type(new) or old != new or repr(old) != repr(new))


def _edited(
    parts: Parts, changes: dict[str, Any], old: dict[str, Any], order: list[str], unions: frozenset[str]
) -> str:
    """The header with the changes in it; where that cannot be done by lines, by ruamel as a whole."""
    if not changes:
        return parts.header
    changes = {key: _kept_order(old.get(key), new) if key in unions else new for key, new in changes.items()}
    root = compose(parts.yaml)
    if root is None or root.value is None:
        return parts.header + _joined([block(key, new) for key, new in changes.items()])
    if root.entries is None or _OTHER_BREAKS(parts.header) or not _own_lines(root):
        return _respelled(parts.yaml, changes)
    lines = parts.header.split("\n")
    if lines[-1]:
        lines.append("")  # a file without a final newline gets one
    patches = _Patches(lines, "\r" if parts.crlf else "")
    patches.mapping(root, changes, order)
    return patches.applied()


def _joined(blocks: list[str]) -> str:
    return "\n\n".join(blocks) + "\n"


def _kept_order(old: Any, new: Any) -> Any:
    """A union list has no order: what stays keeps its place in the file."""
    if not isinstance(old, list) or not isinstance(new, list):
        return new
    kept = [item for item in old if item in new]
    return kept + [item for item in new if item not in kept]


def _own_lines(node: Node) -> bool:
    """Whether each key of a block mapping begins a line, all in one column."""
    entries = list((node.entries or {}).values())
    lines = [line for line, _, _ in entries]
    return len({column for _, column, _ in entries}) == 1 and len(set(lines)) == len(lines)


class _Patches:
    """Replacements of lines, counted in the original; put in from the last one up, so that counts stay true."""

    def __init__(self, lines: list[str], end: str) -> None:
        self.lines, self._end, self._found = lines, end, list[tuple[int, int, list[str]]]()

    def replace(self, start: int, stop: int, text: list[str]) -> None:
        self._found.append((start, stop, [each + self._end for each in text]))

    def blank(self, place: int) -> bool:
        """Whether a line is blank, or not there."""
        return not 0 <= place < len(self.lines) - 1 or not self.lines[place].strip()

    def applied(self) -> str:
        for start, stop, text in sorted(self._found, key=lambda patch: patch[:2])[::-1]:
            self.lines[start:stop] = text
        return "\n".join(self.lines)

    def mapping(self, node: Node, changes: dict[str, Any], order: list[str]) -> None:
        entries = node.entries or {}
        column = next(iter(entries.values()))[1]
        for key, new in changes.items():
            if key in entries:
                self._entry(key, entries[key], new)
        # Several after one place: the last is put in first.
        for key in [key for key in changes if key not in entries]:
            self._insert(entries, key, block(key, changes[key], " " * column).split("\n"), order)

    def _entry(self, key: str, entry: tuple[int, int, Node], new: Any) -> None:
        line, column, node = entry
        stop = max(line, node.end) + 1
        while stop - 1 > line and self.blank(stop - 1):
            stop -= 1
        if new is GONE:
            self._remove(line, stop)
        elif isinstance(new, dict) and new and node.entries and node.start > line and _own_lines(node):
            self.mapping(node, _changes(node.value, new), list(new))
        else:
            segment = [each.removesuffix("\r") for each in self.lines[line:stop]]
            self.replace(line, stop, _rewritten(segment, key, new, column))

    def _remove(self, start: int, stop: int) -> None:
        """The key's lines, and one of two blank lines that would then meet, or stand at an end."""
        if self.blank(start - 1) and self.blank(stop) and stop < len(self.lines) - 1:
            stop += 1
        elif start and self.blank(start - 1) and self.blank(stop):
            start -= 1
        self.replace(start, stop, [])

    def _insert(self, entries: dict[str, tuple[int, int, Node]], key: str, text: list[str], order: list[str]) -> None:
        """After the keys that come before it in order; else before the first."""
        earlier = set(order[: order.index(key)])
        places = [max(line, node.end) + 1 for name, (line, _, node) in entries.items() if name in earlier]
        if not places:
            first = min(line for line, _, _ in entries.values())
            self.replace(first, first, [*text, ""])
            return
        place = max(places)
        while place > 1 and self.blank(place - 1):
            place -= 1
        self.replace(place, place, ["", *text] if self.blank(place) else ["", *text, ""])


def _changes(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The keys that differ, to their new values, in the order of the new."""
    names = [*new, *(key for key in old if key not in new)]
    return {key: new.get(key, GONE) for key in names if _differ(old.get(key, GONE), new.get(key, GONE))}


def _rewritten(segment: list[str], key: str, new: Any, column: int) -> list[str]:
    """The lines of one key with its new value: by ruamel's round trip, or canonical where that misses the value."""
    indent = " " * column
    if all(each.startswith(indent) or not each.strip() for each in segment):
        text = _respelled("\n".join(each[column:] for each in segment) + "\n", {key: new})
        if _value(text) == {key: new}:
            return [indent + each if each else each for each in text.rstrip("\n").split("\n")]
    return block(key, new, indent).split("\n")


def _value(text: str) -> Any:
    try:
        node = compose(text)
    except Malformed:
        return None
    return node.value if node else None


def _respelled(text: str, changes: dict[str, Any]) -> str:
    """A round trip of ruamel with the changes made in its tree; the text itself where ruamel cannot follow."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1 << 30
    dash = re.search(r"^( +)- ", text, re.MULTILINE)
    if dash and re.match(r"[^ \n]", text):
        yaml.indent(mapping=2, sequence=len(dash[1]) + 2, offset=len(dash[1]))
    try:
        values = yaml.load(text)
        for key, new in changes.items():
            _change(values, key, new)
        out = io.StringIO()
        yaml.dump(values, out)
    except Exception:  # ruamel is stricter in places; the caller sees that nothing was changed
        return text
    return out.getvalue()


def _change(values: Any, key: str, new: Any) -> None:
    if new is GONE:
        values.pop(key, None)
    elif isinstance(new, dict) and new and isinstance(values.get(key), dict):
        for name, each in _changes(values[key], new).items():
            _change(values[key], name, each)
    elif isinstance(new, list) and new and isinstance(values.get(key), list) and values[key]:
        _change_list(values[key], new)
    else:
        values[key] = _spelled(new)


def _change_list(items: Any, new: list[Any]) -> None:
    """Only what differs between equal ends, so that comments stay with their items."""
    head = 0
    while head < min(len(items), len(new)) and items[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(items), len(new)) - head and items[-1 - tail] == new[-1 - tail]:
        tail += 1
    for place in range(len(items) - tail - 1, head - 1, -1):
        del items[place]
    for place, item in enumerate(new[head : len(new) - tail], head):
        items.insert(place, _spelled(item))


def _spelled(value: Any) -> Any:
    """A value that ruamel writes in a way that no YAML 1.1 reader takes for something else."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, str) and not is_plain(value):
        return DoubleQuotedScalarString(value)
    if isinstance(value, dict):
        return {_spelled(key): _spelled(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_spelled(each) for each in value]
    return value
