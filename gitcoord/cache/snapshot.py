"""The rules' view of the projection: what an earlier intent of the same landing changed is visible at once."""

from __future__ import annotations

from gitcoord.cache.database import mark_of, settle
from gitcoord.cache.queries import Reader
from gitcoord.sql import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from gitcoord.model.entity import Entity


class Moved(sqlite3.OperationalError):
    """Another process brought the cache to another commit since this one looked."""


class SqlSnapshot(Reader):
    """Changes are applied inside a transaction that :meth:`rollback` takes back; nothing here is ever committed."""

    _landed: dict[str, dict[str, Any]] | None = None
    _written: dict[str, str] | None = None
    _heard: dict[str, float] | None = None

    def begin(self) -> None:
        """From here until :meth:`rollback` no other process writes to this cache.

        Raises:
            Moved: another process brought it elsewhere since this snapshot was made.
            sqlite3.OperationalError: it is locked or read-only.
        """
        settle(self._db)
        self._db.execute("BEGIN IMMEDIATE")
        if mark_of(self._db) != ((self.commit, self._revision) if self.commit else None):
            self._db.execute("ROLLBACK")
            raise Moved("the cache was moved by another process")

    def rollback(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def apply(self, changes: Iterable[Entity], revision: int, files: dict[str, str] | None = None) -> None:
        """Entities and other files as they will be read once they have landed."""
        from gitcoord.cache import rows
        from gitcoord.codec import yaml
        from gitcoord.model.kinds import path_of_values

        marks = ",".join("?" * len(rows.COLUMNS))
        for change in changes:
            entity = yaml.normal(change)
            self._forget_scope(entity)
            self._db.execute("DELETE FROM entities WHERE kind = ? AND id = ?", (entity.kind, entity.id))
            row = rows.row(entity, path_of_values(entity.kind, entity.values), "")
            self._db.execute(f"INSERT INTO entities VALUES({marks})", row)
            if rows.is_active_claim(entity):
                keys = [(key, entity.id) for key in rows.scope_keys(entity.values)]
                self._db.executemany("INSERT OR IGNORE INTO scopes VALUES(?, ?)", keys)
        if files:
            self._written = {**(self._written or {}), **files}
        self._revision = revision

    def file(self, path: str) -> bytes | None:
        written = self._written.get(path) if self._written else None
        return super().file(path) if written is None else written.encode()

    def _forget_scope(self, entity: Entity) -> None:
        from gitcoord.cache import rows

        before = self.get(entity.kind, entity.id) if entity.kind == "claim" else None
        if before is not None:
            keys = [(key, before.id) for key in rows.scope_keys(before.values)]
            self._db.executemany("DELETE FROM scopes WHERE key = ? AND id = ?", keys)

    def heard(self, session_id: str, at: float) -> None:
        """A session landed something in this very landing: its lines are not in the journal yet."""
        if self._heard is None:
            self._heard = {}
        self._heard[session_id] = max(at, self._heard.get(session_id, at))

    def heard_of(self, session_id: str) -> float | None:
        found, now = super().heard_of(session_id), (self._heard or {}).get(session_id)
        return found if now is None else max(now, found or now)

    def remember(self, record: dict[str, Any]) -> None:
        """An intent that this landing decided: ``landed`` then knows it before it is on the branch."""
        if self._landed is None:
            self._landed = {}
        self._landed.setdefault(record["intent_id"], record)
        self._landed.setdefault(record.get("key") or record["intent_id"], record)

    def landed(self, key: str) -> dict[str, Any] | None:
        found = self._landed.get(key) if self._landed else None
        return found or super().landed(key)
