"""Reading what a person or another tool wrote: any YAML 1.2 that is no weapon.

The file is read as a stream of parser events, never composed by the library: PyYAML's C composer dies with signal 11
on 100 kB of ``[``, expands aliases until memory ends, takes the last of two equal keys, and its constructors raise
ValueError, KeyError, AttributeError or RecursionError on hostile scalars (PyYAML 6.0.3). Refused, each with its reason:
anchors, aliases, tags, directives, several documents, merge keys, equal keys, keys that are no strings, nesting
beyond 8, numbers beyond 63 bits or not finite, NUL and lone surrogates, wrong types of declared fields.

Scalars are resolved by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema): ``no``,
``12:30`` and dates are strings. Importing this costs three libraries: only on demand.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import frontmatter
import yaml
from frontmatter.default_handlers import BaseHandler

from gitcoord.codec.canonical import DEPTH, present
from gitcoord.codec.declared import check
from gitcoord.codec.errors import Malformed
from gitcoord.codec.fence import LINE, cut
from gitcoord.codec.scalars import CORE
from gitcoord.codec.values import INT_LIMIT, KEY_LIMIT, refuse_text
from gitcoord.model.entity import Entity
from gitcoord.model.kinds import KINDS

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+").fullmatch
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?").fullmatch
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)").fullmatch


class Node:
    """A value and the lines it stands on, counted from 0, both included. ``entries``: of a block mapping, key to
    (line, column, node); None for everything else."""

    __slots__ = ("end", "entries", "start", "value")

    def __init__(
        self, value: Any, start: int, end: int, entries: dict[str, tuple[int, int, Node]] | None = None
    ) -> None:
        self.value, self.start, self.end, self.entries = value, start, end, entries


def load_entity(kind: str, text: str) -> Entity:
    """Raises Malformed, and nothing else."""
    fenced = KINDS[kind].has_body
    parts = cut(text, fenced)
    if fenced:
        # The library strips the body, which we keep to the byte: it is given the front matter alone.
        values, _ = frontmatter.parse(f"---\n{parts.yaml}---\n", handler=FrontMatter())
    else:
        values = load(parts.yaml)
    if not values:
        raise Malformed("no keys")
    check(kind, values)
    return Entity(kind, present(kind, values), parts.body)


def load_tree(text: str) -> dict[str, Any]:
    """Raises Malformed, and nothing else."""
    return load(cut(text, False).yaml)


class FrontMatter(BaseHandler):
    """python-frontmatter with our reader: its own takes ``no`` for false and ``12:30:45`` for 45045."""

    FM_BOUNDARY = re.compile(LINE)
    START_DELIMITER = END_DELIMITER = "---"

    def load(self, fm: str) -> dict[str, Any]:
        return load(fm)  # begins with the line end of the fence, so that lines are counted as in the file


def load(text: str) -> dict[str, Any]:
    """The root mapping; {} for a document of nothing but comments. Raises Malformed, and nothing else."""
    root = compose(text)
    if root is None or root.value is None:
        return {}
    if not isinstance(root.value, dict):
        raise Malformed("the root is not a mapping of keys to values")
    return root.value


def compose(text: str) -> Node | None:
    """The tree of nodes of one document, None for no document. Raises Malformed, and nothing else."""
    try:
        return _Composer(text).document()
    except Malformed:
        raise
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Malformed(f"not YAML: line {line}: {error.problem}") from None
    except Exception as error:  # whatever a parser may do on hostile bytes, the neighbours of this file go on
        first = str(error).partition("\n")[0][:80]
        raise Malformed(f"not YAML: {type(error).__name__}: {first}") from None


def _parser(text: str) -> Any:
    if yaml.__with_libyaml__:
        from yaml import cyaml

        return cyaml.CParser(text)  # type: ignore[attr-defined]
    return yaml.BaseLoader(text)  # only its events are asked for


class _Composer:
    """Events to nodes, with every limit on the way. Depth is bounded by :data:`DEPTH`, so recursion is harmless."""

    def __init__(self, text: str) -> None:
        self._next: Callable[[], Any] = _parser(text).get_event

    def document(self) -> Node | None:
        self._next()  # the start of the stream
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            return None
        if event.version or event.tags:
            raise Malformed("a YAML directive")
        root = self._node(self._next(), 1)
        self._next()  # the end of the document
        if not isinstance(self._next(), yaml.StreamEndEvent):
            raise Malformed("several YAML documents in one file")
        return root

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            raise Malformed(f"line {_line(event)}: a YAML alias")
        if event.anchor is not None:
            raise Malformed(f"line {_line(event)}: a YAML anchor")
        if event.tag is not None:
            raise Malformed(f"line {_line(event)}: a YAML tag")
        if isinstance(event, yaml.ScalarEvent):
            return Node(_resolve(event), _first_line(event), _last_line(event))
        if depth > DEPTH:
            raise Malformed(f"line {_line(event)}: nested deeper than {DEPTH}")
        return self._mapping(event, depth) if isinstance(event, yaml.MappingStartEvent) else self._list(event, depth)

    def _list(self, start: Any, depth: int) -> Node:
        items, last = [], _first_line(start)
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            node = self._node(event, depth + 1)
            items.append(node.value)
            last = max(last, node.end)
        return Node(items, _first_line(start), _end_line(event) if start.flow_style else last)

    def _mapping(self, start: Any, depth: int) -> Node:
        values: dict[str, Any] = {}
        entries: dict[str, tuple[int, int, Node]] = {}
        last = _first_line(start)
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, depth)
            if key in values:
                raise Malformed(f"line {_line(event)}: the key {key[:40]!r} stands twice")
            node = self._node(self._next(), depth + 1)
            values[key] = node.value
            entries[key] = (_first_line(event), int(event.start_mark.column), node)
            last = max(last, _first_line(event), node.end)
        if start.flow_style:
            return Node(values, _first_line(start), _end_line(event))
        return Node(values, _first_line(start), last, entries)

    def _key(self, event: Any, depth: int) -> str:
        if isinstance(event, yaml.ScalarEvent) and event.implicit[0] and event.value == "<<":
            raise Malformed(f"line {_line(event)}: a YAML merge key")
        key = self._node(event, depth + 1).value
        if not isinstance(key, str):
            raise Malformed(f"line {_line(event)}: a key that is not a string")
        if not 0 < len(key) <= KEY_LIMIT:
            raise Malformed(f"line {_line(event)}: a key of {len(key)} characters")
        return key


def _first_line(event: Any) -> int:
    return int(event.start_mark.line)


def _end_line(event: Any) -> int:
    return int(event.end_mark.line)


def _line(event: Any) -> int:
    return _first_line(event) + 1


def _last_line(event: Any) -> int:
    """A block scalar ends at the beginning of the line after it."""
    return max(_first_line(event), _end_line(event) - int(event.end_mark.column == 0))


def _resolve(event: Any) -> Any:
    text = event.value
    if not text.isprintable():
        refuse_text(text, f"line {_line(event)}")
    if not event.implicit[0]:  # quoted, or a block scalar
        return text
    if text in ("", "~"):
        return None
    if text in CORE:
        return CORE[text]
    if _INTEGER(text):
        return _whole(text, event)
    if _NOT_FINITE(text):
        raise Malformed(f"line {_line(event)}: {text} is not a finite number")
    if _FLOAT(text):
        number = float(text)
        if number - number != 0:
            raise Malformed(f"line {_line(event)}: {text[:40]} is not a finite number")
        return number
    return text


def _whole(text: str, event: Any) -> int:
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    digits = text[2:] if base != 10 else text
    # int() refuses more than 4,300 digits with a ValueError of its own.
    number = int(digits, base) if len(digits) <= 64 else INT_LIMIT
    if not -INT_LIMIT <= number < INT_LIMIT:
        raise Malformed(f"line {_line(event)}: a number beyond 63 bits")
    return number
