"""What may be written at all, and what a dotted change makes of a tree. Values only, no text.

The limits are those of reading, so that nothing is published that every reader would put into quarantine.
"""

from __future__ import annotations

import re

from gitcoord.codec.canonical import DEPTH
from gitcoord.codec.errors import Malformed
from gitcoord.model.fields import FLAG, INSTANT, INTEGER, TEXT, TEXTS
from gitcoord.model.ids import is_ulid
from gitcoord.model.kinds import KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.fields import Field

KEY_LIMIT = 128
INT_LIMIT = 1 << 63
INSTANT_PATTERN = (
    r"^(?:19|2[0-9])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[Tt ]"
    r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)"
    r"(?:\.[0-9]{1,9})?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])\Z"
)
is_instant = re.compile(INSTANT_PATTERN).match
_FORBIDDEN = re.compile("[\0\ud800-\udfff]").search
_WORDS = {
    TEXT: "text",
    INSTANT: "an instant",
    INTEGER: "a whole number",
    FLAG: "true or false",
    TEXTS: "a list of texts",
}


def refuse_unwritable(kind: str, values: dict[str, Any], body: str) -> None:
    """Raises Malformed naming the field."""
    for field in KINDS[kind].fields:
        value = values.get(field.name)
        if value is not None and not fits(field, value):
            raise Malformed(wrong_type(field, value))
    if not is_ulid(values.get("id") or ""):
        raise Malformed(f"id is not a ULID: {values.get('id')!r}")
    if body and not KINDS[kind].has_body:
        raise Malformed(f"a {kind} has no body")
    refuse_text(body, "body")
    refuse_unwritable_tree(values)


def fits(field: Field, value: Any) -> bool:
    """Whether a value that is not None has the declared type. An empty string is an unset instant."""
    if field.type == TEXT:
        return isinstance(value, str)
    if field.type == INSTANT:
        return isinstance(value, str) and (not value or is_instant(value) is not None)
    if field.type == INTEGER:
        return isinstance(value, int) and not isinstance(value, bool)
    if field.type == FLAG:
        return isinstance(value, bool)
    if field.type == TEXTS:
        return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)
    return True


def wrong_type(field: Field, value: Any) -> str:
    return f"field {field.name}: expected {_WORDS[field.type]}, found {_shown(value)}"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)[:40]


def refuse_unwritable_tree(values: Any, depth: int = 1, where: str = "") -> None:
    """Raises Malformed for a value that has no canonical form, naming its key."""
    if isinstance(values, str):
        refuse_text(values, where)
    elif isinstance(values, float):
        if values - values != 0:
            raise Malformed(f"{where}: not a finite number")
    elif isinstance(values, int):
        if not -INT_LIMIT <= values < INT_LIMIT:
            raise Malformed(f"{where}: a number beyond 63 bits")
    elif isinstance(values, (dict, list, tuple)):
        _refuse_inside(values, depth, where)
    elif values is not None:
        raise Malformed(f"{where}: {type(values).__name__} cannot be written")


def _refuse_inside(values: dict[str, Any] | list[Any] | tuple[Any, ...], depth: int, where: str) -> None:
    if depth > DEPTH:
        raise Malformed(f"{where}: nested deeper than {DEPTH}")
    if isinstance(values, (list, tuple)):
        for item in values:
            refuse_unwritable_tree(item, depth + 1, where)
        return
    for key, value in values.items():
        if not isinstance(key, str) or not 0 < len(key) <= KEY_LIMIT:
            raise Malformed(f"{where}: a key that is not text of 1 to {KEY_LIMIT} characters")
        refuse_text(key, "a key")
        refuse_unwritable_tree(value, depth + 1, f"{where}.{key}" if where else key)


def refuse_text(text: str, where: str) -> None:
    found = _FORBIDDEN(text)
    if found:
        raise Malformed(f"{where}: {'a NUL character' if found[0] == chr(0) else 'a lone surrogate'}")


def changed_tree(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A copy with dotted names set or, for None, removed. A mapping that becomes empty by it goes too."""
    for name, value in changes.items():
        values = _with(values, name.split("."), value)
    return values


def _with(values: dict[str, Any], parts: list[str], value: Any) -> dict[str, Any]:
    for length in range(len(parts), 0, -1):
        key, rest = ".".join(parts[:length]), parts[length:]
        if key in values and (not rest or isinstance(values[key], dict)):
            return _put(values, key, _with(values[key], rest, value) or None if rest else value)
    for part in reversed(parts[1:]):
        value = None if value is None else {part: value}
    return _put(values, parts[0], value)


def _put(values: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {each: found for each, found in values.items() if each != key}
    return {**values, key: value}
