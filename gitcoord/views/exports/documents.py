"""``coop.json`` and ``events.jsonl``: the same for programs. Texts are cleaned of what cannot be seen, nothing else."""

from __future__ import annotations

import json

from gitcoord.views import cleaned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.views.exports.book import Book

SCHEMA = "gitcoord.export/1"
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def whole(book: Book) -> Iterator[str]:
    """The co-op, then every entity of it under the plural noun, one a line; then the numbers."""
    from gitcoord.model.kinds import KINDS
    from gitcoord.views.exports.summary import numbers

    known = book.gathered
    yield f'{{"schema": "{SCHEMA}",\n"generated": {_compact(book.generated())},\n"status": {_compact(known.status)},\n'
    yield f'"coop": {record(book.coop)}'
    for name, kind in KINDS.items():
        found = [] if name == "coop" else known.of(name)
        if found:
            yield f',\n"{kind.plural}": [\n'
            yield ",\n".join(record(each) for each in found)
            yield "\n]"
    yield f',\n"numbers": {_compact(dict(numbers(book)))}}}\n'


def record(entity: Entity) -> str:
    return _compact(cleaned(entity.as_json()))


def events(found: Iterable[dict[str, Any]]) -> Iterator[str]:
    """One object a line, in the order of landing."""
    for event in found:
        yield _compact(cleaned(event)) + "\n"


def document(values: dict[str, Any]) -> str:
    """A small file for people and programs: indented."""
    return json.dumps(cleaned(values), ensure_ascii=False, indent=2) + "\n"
