"""Whether what a person wrote has the types that the fields of its kind declare. Unknown keys are left alone.

msgspec does it where it is installed. It is compiled; a single-file gitcoord does without, and says the same.
"""

from __future__ import annotations

from typing import Annotated, Any

try:
    import msgspec
except ImportError:  # a single file holds no compiled code
    msgspec = None  # type: ignore[assignment]

from gitcoord.codec.errors import Malformed
from gitcoord.codec.values import INSTANT_PATTERN, fits, wrong_type
from gitcoord.model.fields import FLAG, INSTANT, INTEGER, TEXT, TEXTS, TREE
from gitcoord.model.kinds import KINDS

_records: dict[str, Any] = {}


def check(kind: str, values: dict[str, Any]) -> None:
    """Raises Malformed naming the first field that has another type."""
    (check_plainly if msgspec is None else _check_quickly)(kind, values)


def check_plainly(kind: str, values: dict[str, Any]) -> None:
    """The same by our own hand; a test holds the two together."""
    for field in KINDS[kind].fields:
        value = values.get(field.name)
        if value is not None and not fits(field, value):
            raise Malformed(wrong_type(field, value))


def _check_quickly(kind: str, values: dict[str, Any]) -> None:
    try:
        msgspec.convert(values, _record(kind))
    except msgspec.ValidationError as error:
        name = str(error).rpartition("$.")[2].rstrip("`").partition("[")[0]
        field = KINDS[kind].by_name[name]
        raise Malformed(wrong_type(field, values[name])) from None


def _record(kind: str) -> Any:
    """What msgspec holds the declared fields of a kind against."""
    if kind not in _records:
        types: dict[str, Any] = {
            TEXT: str | None, INTEGER: int | None, FLAG: bool | None, TEXTS: list[str] | None, TREE: Any,
            INSTANT: Annotated[str, msgspec.Meta(pattern=rf"^\Z|{INSTANT_PATTERN}")] | None,
        }  # fmt: skip
        fields = [(field.name, types[field.type], None) for field in KINDS[kind].fields]
        _records[kind] = msgspec.defstruct(kind.title().replace("_", ""), fields)
    return _records[kind]
