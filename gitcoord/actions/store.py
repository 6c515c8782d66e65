"""Entities as they are stored: get, put, query, and ``show`` for people. The only generic write."""

from __future__ import annotations

from gitcoord.actions.references import one
from gitcoord.errors import InvalidArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace

#: As an entity on the branch (protocol, foreign data): more than this is refused before it is parsed.
MAX_BYTES = 64 * 1024


def get(ws: Workspace, reference: str, kind: str | None = None) -> Entity:
    return one(ws, reference, kind)


def show(ws: Workspace, reference: str) -> dict[str, Any]:
    """One entity with all its fields, and what belongs to it."""
    entity = one(ws, reference)
    shown = _full(ws, entity)
    return {"kind": entity.kind, "entity": shown, "related": _related(ws, entity), "as_of": ws.as_of()}


def encoded(entity: Entity, format: str) -> str:
    """``json`` on one line, ``yaml`` or ``md`` as the file on the branch has it (``md``: front matter and body)."""
    if format == "json":
        import json

        return json.dumps({"kind": entity.kind, **entity.as_json()}, ensure_ascii=False, sort_keys=False) + "\n"
    from gitcoord.codec import yaml
    from gitcoord.model.kinds import KINDS

    text = yaml.encode(entity).decode()
    has_body = KINDS[entity.kind].has_body
    if format == "md":
        return text if has_body else f"---\n{text}---\n"
    if not has_body:
        return text
    front = text.split("---\n", 2)[1]
    return (
        front
        if not entity.body
        else f"{front}\nbody: |\n" + "".join(f"  {line}\n" for line in entity.body.splitlines())
    )


def put(
    ws: Workspace,
    kind: str,
    text: str,
    *,
    reference: str | None = None,
    expected_revision: int | None = None,
) -> dict[str, Any]:
    """Write an entity from JSON, YAML or Markdown with front matter; with ``reference`` the fields that are given
    change and the others stay. A field that somebody changed since loses to the order of landing and is kept.

    Raises:
        InvalidArguments: no such kind, or not readable as an entity.
    """
    values, body = _parsed(kind, text)
    known: Entity | None = None
    target = reference or values.get("id") or values.get("alias")
    if target:
        known = _existing(ws, kind, str(target), must=bool(reference))
    values.pop("kind", None)
    args: dict[str, Any] = {"kind": kind, "values": values}
    if body is not None:
        args["body"] = body
    if known is not None:
        args["id"] = known.id
        args["base_revision"] = ws.reader().revision
        args["base"] = {name: known.values.get(name) for name in values if name != "id"}
        return ws.submit("entity.put", args, expected_revision=expected_revision)
    if not values and not body:
        raise InvalidArguments(f"A {kind} needs at least one field.", hint=f"gitcoord store put {kind} title='…'")
    fresh = ws.new_ids(1)[0]
    args["id"] = str(values.get("id") or fresh)
    return ws.submit("entity.put", args, [args["id"]], expected_revision=expected_revision)


def query(ws: Workspace, **wanted: Any) -> Iterator[dict[str, Any]]:
    """Entities by kind, field, time, agent and co-op."""
    if wanted.get("kind"):
        _check_kind(str(wanted["kind"]))
    _check_fields(ws, wanted.get("kind"), [*(wanted.get("where") or {}), *(wanted.get("fields") or [])])
    if wanted.get("coop"):
        wanted["coop"] = one(ws, str(wanted["coop"]), "coop").id
    return ws.reader().query(**wanted)


def rebuild(ws: Workspace) -> dict[str, Any]:
    """The cache from nothing, from git. The answer of every command is the same before and after."""
    ws.ledger.rebuild(ws.tip)
    ws.forget()
    reader = ws.reader()
    return {
        "outcome": "rebuilt", "revision": reader.revision, "commit": reader.commit, "digest": reader.digest(),
        "in_memory": ws.ledger.in_memory, "quarantined": list(reader.quarantined()),
    }  # fmt: skip


def _check_kind(kind: str) -> None:
    from gitcoord.model.kinds import KINDS

    if kind not in KINDS:
        from gitcoord.text import nearest, one_line

        near = nearest(kind, list(KINDS))
        raise InvalidArguments(
            f"There is no kind {one_line(kind, 40)!r}." + (f" Did you mean {', '.join(near)}?" if near else ""),
            hint="gitcoord store query --kind task",
        )


#: What a line of a query has beside the declared fields.
_EVERY_LINE = ("entity", "kind", "body")


def _check_fields(ws: Workspace, kind: str | None, names: list[str]) -> None:
    """A slip in a field's name must not look like an empty answer. Keys that no version declares, and a file has, are
    asked for like any other."""
    from gitcoord.model.kinds import KINDS

    kinds = [KINDS[kind]] if kind else list(KINDS.values())
    known = {name for each in kinds for name in each.by_name} | set(_EVERY_LINE)
    for name in names:
        if name not in known and not ws.reader().has_field(name):
            from gitcoord.text import nearest, one_line

            near = nearest(name, sorted(known))
            raise InvalidArguments(
                f"No {kind or 'kind of entity'} has a field {one_line(name, 40)!r}."
                + (f" Did you mean {', '.join(near)}?" if near else ""),
                hint="gitcoord store query --kind task --where state=open --fields alias,title",
            )


def _parsed(kind: str, text: str) -> tuple[dict[str, Any], str | None]:
    _check_kind(kind)
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise InvalidArguments(
            f"An entity may have {MAX_BYTES} bytes; this has more.", hint="gitcoord store put --help"
        )
    if text.lstrip().startswith("{"):
        return _from_json(text)
    from gitcoord.codec import yaml

    body: str | None = None
    front = text
    if text.startswith("---\n"):
        front, _, body = text[4:].partition("\n---\n")
        front += "\n"
    try:
        values = yaml.decode_tree(front.encode())
    except ValueError as problem:
        raise InvalidArguments(f"This is no readable entity: {problem}", hint="gitcoord store get ID") from problem
    if body is None and isinstance(values.get("body"), str):
        body = values.pop("body")
    return values, body


def _from_json(text: str) -> tuple[dict[str, Any], str | None]:
    import json

    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise InvalidArguments(
            f"This is no readable JSON: {problem}", hint="gitcoord store get ID --format json"
        ) from problem
    if not isinstance(values, dict):
        raise InvalidArguments("An entity is one JSON object.", hint="gitcoord store get ID --format json")
    body = values.pop("body", None)
    return values, body if isinstance(body, str) else None


def _existing(ws: Workspace, kind: str, target: str, *, must: bool) -> Entity | None:
    found = ws.reader().resolve(kind, target)
    if len(found) == 1 or must:
        return one(ws, target, kind)
    return None


def _full(ws: Workspace, entity: Entity) -> dict[str, Any]:
    if entity.kind == "claim":
        from gitcoord.rules.claims.objects import claim_object

        return {**entity.as_json(), **claim_object(entity, ws.now(), full=True)}
    return entity.as_json()


def _related(ws: Workspace, entity: Entity) -> list[dict[str, Any]]:
    """One line's worth of each entity to which this one points."""
    reader = ws.reader()
    found: list[Entity | None] = []
    for name in ("task", "blocker", "decision", "claim", "coop"):
        if name != entity.kind and entity.get(name):
            found.append(reader.get(name, str(entity.get(name))))
    for name in ("claims", "coexists_with", "narrowed_by"):
        found += [reader.get("claim", str(each)) for each in entity.get(name) or []]
    found += [reader.get("blocker", str(each)) for each in entity.get("blockers", [])]
    names = ("alias", "id", "title", "state", "status", "scope", "slug")
    return [
        {"kind": each.kind, **{n: each.get(n) for n in names if each.get(n) is not None}}
        for each in found
        if each is not None
    ]
