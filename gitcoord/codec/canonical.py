"""The canonical form: writing it, and reading it fast. Knows no other YAML.

One key a line, a blank line between keys at every level (a forge merges by lines: with the blank lines edits of two
fields never conflict), two blanks a level, block lists one item a line at the level of their key, what is nested in
a list as JSON on the item's line. Declared keys come in declared order, unknown ones after them as they came.

Reading answers None for anything else, also for a value of the wrong type: ``codec/foreign.py`` then reads the
bytes with a real parser and words the complaint. Both must agree where this one answers (a property test says so).
Ten thousand small files take about 0.1 s here and 0.7 s there, so nothing but the standard library is imported.
"""

from __future__ import annotations

from gitcoord.codec.scalars import CORE, KEY, Flags, Instants, Integers, Texts, quoted, read, show, show_key
from gitcoord.model.fields import FLAG, INSTANT, INTEGER, TEXT, TEXTS, UNION
from gitcoord.model.kinds import KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

DEPTH = 8
_READERS: dict[str, Any] = {TEXT: Texts(), INSTANT: Instants(), INTEGER: Integers(), FLAG: Flags()}
_TEXTS: dict[str, Any] = _READERS[TEXT]
_EMPTY: tuple[Any, ...] = (None, "", [], (), {})


class Shape:
    """What reading and writing one kind needs of its declaration."""

    __slots__ = ("defaults", "known", "lists", "order", "readers", "unions")

    def __init__(self, kind: str) -> None:
        fields = KINDS[kind].fields
        self.order = [field.name for field in fields]
        self.readers = {field.name: _READERS[field.type] for field in fields if field.type in _READERS}
        self.lists = frozenset(field.name for field in fields if field.type == TEXTS)
        self.unions = frozenset(field.name for field in fields if field.merge == UNION)
        self.known: dict[str, tuple[str, Any]] = {}
        self.defaults = [(field.name, field.default) for field in fields if field.default is not None]


_shapes: dict[str, Shape] = {}


def shape(kind: str) -> Shape:
    found = _shapes.get(kind)
    if found is None:
        found = _shapes[kind] = Shape(kind)
    return found


def present(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """What a file says: without the declared fields that are empty, with the defaults of the missing ones."""
    declared = KINDS[kind].by_name
    kept = {name: value for name, value in values.items() if name not in declared or value not in _EMPTY}
    return {**kept, **{name: value for name, value in shape(kind).defaults if name not in kept}}


def settled(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """:func:`present` in canonical order, with union lists sorted and each item once."""
    plan, found = shape(kind), present(kind, values)
    result = {name: found.pop(name) for name in plan.order if name in found}
    for name in plan.lists & result.keys():
        result[name] = sorted(set(result[name])) if name in plan.unions else list(result[name])
    return {**result, **found}


# Writing.


def dump(values: dict[str, Any]) -> str:
    """Canonical text of a mapping; "" for an empty one."""
    return "\n\n".join(_blocks(values, "")) + "\n" if values else ""


def _blocks(values: dict[str, Any], indent: str) -> Iterator[str]:
    for key, value in values.items():
        yield block(key, value, indent)


def block(key: str, value: Any, indent: str = "") -> str:
    """One key with its value, without a final newline."""
    head = f"{indent}{show_key(key)}:"
    if isinstance(value, dict):
        return f"{head}\n" + "\n\n".join(_blocks(value, indent + "  ")) if value else f"{head} {{}}"
    if isinstance(value, (list, tuple)):
        return "\n".join((head, *(f"{indent}- {_inline(item)}" for item in value))) if value else f"{head} []"
    return f"{head} {show(value)}"


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(str(key))}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return show(value)


def _flow(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else _inline(value)


# Reading.


def load_entity(kind: str, header: str) -> dict[str, Any] | None:
    """Values of a header in canonical form, or None."""
    plan = shape(kind)
    if header[-1:] != "\n":
        return None
    values = _flat(plan, header)
    if values is None:
        values = load_tree(header)
        if not values or not _fits(kind, values):
            return None
        return present(kind, values)
    for name, default in plan.defaults:
        if name not in values:
            values[name] = default
    return values


def _flat(plan: Shape, header: str) -> dict[str, Any] | None:
    """The tight loop: declared scalars and lists of strings, nothing else."""
    readers, lists, known = plan.readers, plan.lists, plan.known
    values: dict[str, Any] = {}
    blocks = header[:-1].split("\n\n")
    try:
        for each in blocks:
            pair = known.get(each)
            if pair is not None:
                values[pair[0]] = pair[1]
                continue
            key, _, raw = each.partition(": ")
            if key in readers:
                value = values[key] = readers[key].read(raw)
                if len(known) > 4000:
                    known.clear()
                known[each] = key, value
            else:
                key, *items = each.split("\n- ")
                if not items or key[-1:] != ":" or key[:-1] not in lists:
                    return None
                values[key[:-1]] = [_TEXTS[item] for item in items]
    except KeyError:
        return None
    # A key written twice, or an empty string, is for the careful reader.
    return values if len(values) == len(blocks) and "" not in values.values() else None


def _fits(kind: str, values: dict[str, Any]) -> bool:
    """Whether the declared fields have the declared types. Instants need their canonical form here."""
    for field in KINDS[kind].fields:
        value = values.get(field.name)
        if value is None:
            continue
        if field.type in _READERS:
            if type(value) is not _PYTHON[field.type] or (field.type == INSTANT and not _is_instant(value)):
                return False
        elif field.type == TEXTS and (type(value) is not list or not all(type(item) is str for item in value)):
            return False
    return True


_PYTHON: dict[str, type] = {TEXT: str, INSTANT: str, INTEGER: int, FLAG: bool}


def _is_instant(text: Any) -> bool:
    try:
        return bool(_READERS[INSTANT][f'"{text}"'])
    except KeyError:
        return False


def load_tree(text: str) -> dict[str, Any] | None:
    """A nested mapping in canonical form, or None. Blank lines may be missing, and a comment may follow a plain
    scalar or stand on a line of its own, so that a commented settings file costs no YAML library."""
    holders: list[dict[str, Any]] = [{}]
    open_key: str | None = None  # of holders[-1]: its value has not been seen yet, or is a list being filled
    try:
        for line in text.split("\n"):
            content = line.lstrip(" ")
            if not content:
                continue
            if content[0] == "#":
                if not content.isprintable():
                    return None
                continue
            level, odd = divmod(len(line) - len(content), 2)
            if odd:
                return None
            if content.startswith("- "):
                if level != len(holders) - 1 or open_key is None:
                    return None
                items = holders[-1][open_key]
                if items is None:
                    items = holders[-1][open_key] = []
                items.append(_scalar(content[2:]))
                continue
            key, colon, raw = content.partition(":")
            # A list at this level is one deeper, so the last level is left to the careful reader.
            if not colon or not KEY(key) or key in CORE or level >= DEPTH - 1:
                return None
            if level >= len(holders):
                if level > len(holders) or open_key is None or holders[-1][open_key] is not None:
                    return None
                child: dict[str, Any] = {}
                holders[-1][open_key] = child
                holders.append(child)
            del holders[level + 1 :]
            holder = holders[-1]
            if key in holder:
                return None
            open_key = None if raw else key
            holder[key] = _after_colon(raw) if raw else None
    except KeyError:
        return None
    return holders[0]


def _after_colon(raw: str) -> Any:
    if raw[0] != " ":
        raise KeyError(raw)
    return {} if raw == " {}" else [] if raw == " []" else _scalar(raw[1:])


def _scalar(raw: str) -> Any:
    try:
        return read(raw)
    except KeyError:
        plain, found, comment = raw.partition(" #")
        if not found or raw[0] in "\"'" or not comment.isprintable():
            raise
        return read(plain.rstrip(" "))
