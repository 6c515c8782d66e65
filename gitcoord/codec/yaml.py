"""The door of this room for entities and settings: bytes of a file <-> :class:`Entity` or a nested dict.

Format 1 of an entity's file: YAML keys, one a line with a blank line between them; in ``.md`` files between two
lines of ``---``, followed by a blank line, the body and a final newline. UTF-8, LF, at most 64 KiB. A declared
field that is empty is not written; one with a default always is. What reading accepts beyond the canonical form
is in ``foreign.py``, what an edit preserves in ``surgery.py``; both are imported only when such a file turns up.
"""

from __future__ import annotations

from gitcoord.codec.canonical import dump, load_entity, load_tree, settled
from gitcoord.codec.errors import Malformed
from gitcoord.codec.fence import body_of, tail_of
from gitcoord.model.entity import Entity
from gitcoord.model.ids import is_ulid
from gitcoord.model.kinds import KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "LIMIT", "Malformed", "decode", "decode_tree", "edit", "edit_tree", "encode", "encode_tree", "normal",
    "rewrite_tree",
]  # fmt: skip

LIMIT = 64 * 1024
"""Bytes in one file of the branch."""


def normal(entity: Entity) -> Entity:
    """What comes back when this entity has been written and read: ``decode(kind, encode(x)) == normal(x)``."""
    return Entity(entity.kind, settled(entity.kind, entity.values), entity.body)


def encode(entity: Entity) -> bytes:
    """The canonical bytes. Raises Malformed for whatever :func:`decode` would refuse."""
    return _bounded(_encoded(entity))


def _encoded(entity: Entity) -> bytes:
    from gitcoord.codec.values import refuse_unwritable

    refuse_unwritable(entity.kind, entity.values, entity.body)
    text = dump(settled(entity.kind, entity.values))
    if KINDS[entity.kind].has_body:
        text = f"---\n{text}---\n{tail_of(entity.body)}"
    return text.encode()


def decode(kind: str, data: bytes, *, id: str | None = None) -> Entity:
    """The entity in a file. ``id`` is the one its path promises.

    Missing fields with a default have it, declared fields that are empty are absent, unknown keys are kept.
    Raises Malformed, and nothing else, whatever the bytes are.
    """
    text = _text(data)
    entity = _canonical(kind, text)
    if entity is None:
        from gitcoord.codec.foreign import load_entity as load

        entity = load(kind, text)
    found = entity.values.get("id")
    if not found:
        raise Malformed("no id")
    if not is_ulid(found):
        raise Malformed(f"id is not a ULID: {found[:40]!r}")
    if id is not None and found != id:
        raise Malformed(f"id is {found}, the file name says {id[:40]!r}")
    return entity


def edit(entity: Entity, original: bytes) -> bytes:
    """The file with the entity's values in it. Only the lines of fields that differ change.

    Comments, order, spelling, line ends, unknown keys and an unchanged body survive byte for byte; a key that only
    the file has stays. Raises Malformed when the original cannot be read, or the new values cannot be written.
    """
    before = decode(entity.kind, original)
    unknown = {key: value for key, value in before.values.items() if key not in KINDS[entity.kind].by_name}
    wanted = normal(Entity(entity.kind, {**unknown, **entity.values}, entity.body))
    canonical = _encoded(wanted)
    if _encoded(before) == original:
        return _bounded(canonical)
    from gitcoord.codec.surgery import edit_entity

    changed = edit_entity(before, wanted, original)
    return _bounded(canonical if changed is None else changed)


def decode_tree(data: bytes) -> dict[str, Any]:
    """A nested mapping: settings, policy. An empty file is an empty mapping. Raises Malformed, and nothing else."""
    text = _text(data)
    values = load_tree(text)
    if values is None:
        from gitcoord.codec.foreign import load_tree as load

        values = load(text)
    return values


def encode_tree(values: dict[str, Any]) -> bytes:
    """Canonical bytes of a nested mapping, keys in the order given. Raises Malformed for what cannot be written."""
    return _bounded(_encoded_tree(values))


def _encoded_tree(values: dict[str, Any]) -> bytes:
    from gitcoord.codec.values import refuse_unwritable_tree

    refuse_unwritable_tree(values)
    return dump(values).encode()


def edit_tree(original: bytes, changes: dict[str, Any]) -> bytes:
    """The file with some values set: dotted name to value, None removes it. Everything else survives as it was.

    A name that the file spells as one key (``claims.ttl.file: 4h``) is changed there, else it is nested.
    """
    from gitcoord.codec.values import changed_tree

    return rewrite_tree(original, changed_tree(decode_tree(original), changes))


def rewrite_tree(original: bytes, wanted: dict[str, Any]) -> bytes:
    """The file saying all of this and nothing else; what it said before keeps its bytes."""
    before = decode_tree(original)
    canonical = _encoded_tree(wanted)
    if _encoded_tree(before) == original:
        return _bounded(canonical)
    from gitcoord.codec.surgery import edit_settings

    changed = edit_settings(before, wanted, original)
    return _bounded(canonical if changed is None else changed)


def _bounded(data: bytes) -> bytes:
    if len(data) > LIMIT:
        raise Malformed(f"{len(data)} bytes; a file has at most {LIMIT}")
    return data


def _text(data: bytes) -> str:
    _bounded(data)
    if b"\0" in data:
        raise Malformed("a NUL byte")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8 at byte {error.start}") from None


def _canonical(kind: str, text: str) -> Entity | None:
    """The fast road: None where it does not know the way."""
    if not KINDS[kind].has_body:
        values = load_entity(kind, text)
        return None if values is None else Entity(kind, values)
    end = text.find("\n---\n", 3)
    if end < 0 or text[:4] != "---\n":
        return None
    values = load_entity(kind, text[4 : end + 1])
    return None if values is None else Entity(kind, values, body_of(text[end + 5 :]))
