"""A snapshot as it will be once a few entities have landed. The snapshot below is left as it is."""

from __future__ import annotations

from gitcoord.model.entity import Entity
from gitcoord.model.ids import parse_alias

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from gitcoord.model.snapshot import Snapshot


class Ahead:
    """Implements the port. New entities are found by id, by field and by overlap, not yet by reference."""

    def __init__(self, below: Snapshot, changes: Iterable[Entity]) -> None:
        self._below = below
        self._over = {(each.kind, each.id): each for each in changes}

    @property
    def revision(self) -> int:
        return self._below.revision

    @property
    def next_revision(self) -> int:
        return self._below.next_revision

    def take(self, changes: Iterable[Entity]) -> None:
        """More that will have landed."""
        self._over.update(((each.kind, each.id), each) for each in changes)

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
        """A superset, as the port allows: every active claim that lies ahead is one of them."""
        found = self._below.overlap_candidates(scope_kind, scope)
        over = [each for (of, _), each in self._over.items() if of == "claim"]
        if not over:
            return found
        kept = [each for each in found if ("claim", each.id) not in self._over]
        kept += [each for each in over if each.get("state") == "active"]
        return sorted(kept, key=lambda each: each.id)

    def next_number(self, kind: str) -> int:
        ahead = (parse_alias(each.alias) for (of, _), each in self._over.items() if of == kind)
        return max(self._below.next_number(kind), *(each[1] + 1 for each in ahead if each), 0)

    def landed(self, key: str) -> dict[str, Any] | None:
        return self._below.landed(key)

    def seen(self, claim: Entity) -> dict[str, Any]:
        return self._below.seen(claim)

    def heard_of(self, session_id: str) -> float | None:
        return self._below.heard_of(session_id)

    def file(self, path: str) -> bytes | None:
        return self._below.file(path)

    def heard(self, session_id: str, at: float) -> None:
        self._below.heard(session_id, at)

    def apply(self, changes: Iterable[Entity], revision: int, files: dict[str, str] | None = None) -> None:
        self._below.apply(changes, revision, files)


def _has(entity: Entity, equals: dict[str, Any]) -> bool:
    return all(entity.values.get(name) == value for name, value in equals.items())
