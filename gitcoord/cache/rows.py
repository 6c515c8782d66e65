"""One file of the tree -> one row, and the texts under which rows are found. Knows no connection."""

from __future__ import annotations

from gitcoord import fastjson
from gitcoord.cache.database import proof
from gitcoord.codec import yaml
from gitcoord.codec.errors import Malformed
from gitcoord.model.ids import parse_alias
from gitcoord.model.kinds import KINDS, kind_of_path, path_of_values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity

PLAIN = "100644"
FOLDERS = frozenset(kind.directory for kind in KINDS.values())
#: Kinds whose path names more than the id, so that two paths can hold one id.
NESTED = frozenset(kind.name for kind in KINDS.values() if kind.layout in ("thread-message", "attic"))
#: Files that are no entities, and are given to whoever asks for their bytes.
KEPT = frozenset({"README.md", "format.yml", "settings.yml", ".gitattributes"})
COLUMNS = (
    "kind", "id", "number", "state", "name", "agent_id", "session_id", "coop", "parent", "path", "oid", "doc", "body",
    "proof",
)  # fmt: skip
_NAME = {"coop": "slug", "agent": "handle"}
_PARENT = {"thread_message": "thread", "attic": "of_id"}
#: Per kind, the fields that stand in the columns state, name and parent.
_FIELDS = {
    kind.name: ("status" if "status" in kind.by_name else "state", _NAME.get(kind.name, ""), _PARENT.get(kind.name, ""))
    for kind in KINDS.values()
}
_MODES = {"100755": "an executable file", "120000": "a symbolic link", "160000": "a submodule"}


def stored(path: str) -> str:
    """A path as it stands in a row. Bytes that are no UTF-8 are quoted as git quotes them."""
    try:
        path.encode()
        if not path.startswith('"'):
            return path
    except UnicodeEncodeError:
        pass
    raw = path.encode("utf-8", "surrogateescape")
    return '"' + "".join(f"\\{byte:03o}" if byte > 126 or byte in b'"\\' else chr(byte) for byte in raw) + '"'


def refuse_mode(mode: str | None) -> None:
    """Raises Malformed for everything that is no plain file."""
    if mode != PLAIN:
        raise Malformed(f"{_MODES.get(mode or '', f'a file of mode {mode}')}, not a plain file")


def read(path: str, mode: str | None, data: bytes) -> Entity:
    """The entity in a file of a kind's folder. Raises Malformed when it is none, or stands where it may not."""
    refuse_mode(mode)
    place = kind_of_path(path)
    if place is None:
        raise Malformed("not where an entity of this folder stands")
    kind, id = place
    entity = yaml.decode(kind, data, id=id)
    if kind in NESTED:
        values = {"of_kind": "", "of_id": "", "thread": "", **entity.values}
        if path_of_values(kind, values) != path:
            raise Malformed(f"its {_PARENT[kind]} is another one than the folder says")
    return entity


def row(entity: Entity, path: str, oid: str) -> tuple[Any, ...]:
    """The values of :data:`COLUMNS`."""
    kind, values, body = entity.kind, entity.values, entity.body
    get, id, (state, name, parent) = values.get, str(values["id"]), _FIELDS[kind]
    doc = fastjson.dumps(values, fastjson.COMPACT)
    return (
        kind, id, _number(kind, get("alias")), _text(get(state)), _text(get(name)), _text(get("agent_id")),
        _text(get("session_id")), _text(get("coop")), _text(get(parent)), stored(path), oid, doc, body,
        proof(kind, id, doc, body),
    )  # fmt: skip


def _text(value: Any) -> str | None:
    """Undeclared keys may hold anything."""
    return value if type(value) is str else None


def _number(kind: str, alias: Any) -> int | None:
    if type(alias) is not str:
        return None
    found = parse_alias(alias)
    return found[1] if found is not None and found[0] == kind else None


def is_active_claim(entity: Entity) -> bool:
    return entity.kind == "claim" and entity.values.get("state") == "active"


def scope_keys(values: dict[str, Any]) -> list[str]:
    """Where an overlapping scope looks for an active claim with these values: one place, of a module several.

    Without case: the index then serves teams on case-insensitive file systems too, and the others get a few more
    candidates.
    """
    from gitcoord.rules.claims.overlap import keys_of
    from gitcoord.rules.claims.scope import from_stored

    patterns = tuple(each for each in values.get("patterns") or () if isinstance(each, str))
    return keys_of(from_stored(str(values.get("kind")), str(values.get("scope")), (), patterns), True)
