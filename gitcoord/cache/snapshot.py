"""The rules' view of the projection: what an earlier intent of the same landing changed is visible at once."""

from __future__ import annotations

from gitcoord.cache import projector
from gitcoord.cache.queries import Reader
from gitcoord.model.kinds import path_of_values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.model.entity import Entity


class SqlSnapshot(Reader):
    """Changes are applied inside a transaction that :meth:`rollback` takes back."""

    def begin(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def rollback(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def apply(self, changes: Iterable[Entity], revision: int) -> None:
        for entity in changes:
            path = path_of_values(entity.kind, entity.values)
            self._db.execute("DELETE FROM scopes WHERE id = ?", (entity.id,))
            self._db.execute(
                "INSERT OR REPLACE INTO entities VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
                projector.row(entity, path, "", revision),
            )
            if entity.kind == "claim" and entity.get("state") == "active":
                self._db.execute("INSERT OR IGNORE INTO scopes VALUES(?, ?)", (projector.key_of(entity), entity.id))
        self._revision = revision
