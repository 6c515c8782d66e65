"""A snapshot as it will be once a few entities have landed. The snapshot below is left as it is."""

from __future__ import annotations

from gitcoord.model.entity import Entity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from gitcoord.model.snapshot import Snapshot


class Ahead:
    """Implements the port. New entities are found by id and by field, not yet by reference or overlap."""

    def __init__(self, below: Snapshot, changes: Iterable[Entity]) -> None:
        self._below = below
        self._over = {(each.kind, each.id): each for each in changes}

    @property
    def revision(self) -> int:
        return self._below.revision

    def get(self, kind: str, id: str) -> Entity | None:
        return self._over.get((kind, id)) or self._below.get(kind, id)

    def find(self, kind: str, **equals: Any) -> list[Entity]:
        over = [each for (of, _), each in self._over.items() if of == kind]
        found = [each for each in self._below.find(kind, **equals) if (kind, each.id) not in self._over]
        found += [each for each in over if _has(each, equals)]
        return sorted(found, key=lambda each: each.id) if over else found

    def newest(self, kind: str, most: int, **equals: Any) -> list[Entity]:
        below = self._below.newest(kind, most + len(self._over), **equals)
        over = [each for (of, _), each in self._over.items() if of == kind]
        found = [each for each in below if (kind, each.id) not in self._over]
        found += [each for each in over if _has(each, equals)]
        return sorted(found, key=lambda each: each.id, reverse=True)[:most]

    def count(self, kind: str, **equals: Any) -> int:
        total = self._below.count(kind, **equals)
        for (of, id), each in self._over.items():
            before = self._below.get(kind, id) if of == kind else None
            total -= before is not None and _has(before, equals)
            total += of == kind and _has(each, equals)
        return total

    def resolve(self, kind: str, reference: str) -> list[Entity]:
        return [self._over.get((each.kind, each.id), each) for each in self._below.resolve(kind, reference)]

    def overlap_candidates(self, scope_kind: str, scope: str) -> list[Entity]:
        return self._below.overlap_candidates(scope_kind, scope)

    def next_number(self, kind: str) -> int:
        return self._below.next_number(kind)

    def landed(self, key: str) -> dict[str, Any] | None:
        return self._below.landed(key)

    def seen(self, claim: Entity) -> dict[str, Any]:
        return self._below.seen(claim)

    def file(self, path: str) -> bytes | None:
        return self._below.file(path)

    def apply(self, changes: Iterable[Entity], revision: int) -> None:
        self._below.apply(changes, revision)


def _has(entity: Entity, equals: dict[str, Any]) -> bool:
    return all(entity.values.get(name) == value for name, value in equals.items())
