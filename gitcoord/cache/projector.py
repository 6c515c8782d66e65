"""Files of the sync branch -> rows. One transaction records the rows and the commit that they come from.

A file that cannot be read is quarantined by path with the reason; its neighbours are not affected. Built at
once or step by step, in any order, the rows are the same.
"""

from __future__ import annotations

from gitcoord.cache import clocks, rows
from gitcoord.cache.database import Connection, Observed, applied, damaged, mark_of, settle
from gitcoord.cache.journals import Journals
from gitcoord.codec.errors import Malformed
from gitcoord.codec.yaml import LIMIT
from gitcoord.fastjson import loads
from gitcoord.model.kinds import kind_of_path
from gitcoord.sql import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from gitcoord.model.entity import Entity

    #: Path, mode, oid, content. Mode, oid and content are None for a file that is gone.
    Change = tuple[str, str | None, str | None, bytes | None]
    #: Of the rows of a tree that people changed by hand: the files that are to stand there instead, by path, with their
    #: object id, and what is not taken, by path, with object id and reason.
    Mend = Callable[[sqlite3.Connection], tuple[dict[str, tuple[str, bytes | None]], dict[str, tuple[str, str]]]]

__all__ = ["Observed", "applied", "apply", "rebuild"]

_CHUNK = 1000
#: Memory for pages while a cache is built: what does not fit is written, and read again for the indexes.
_PAGES_KIB = 16_000
_INSERT = f"INSERT INTO entities VALUES({','.join('?' * len(rows.COLUMNS))})"


def rebuild(
    connection: sqlite3.Connection,
    commit: str,
    revision: int,
    entries: Iterable[tuple[str, str, str, bytes]],
    observed: Observed,
    *,
    at: float = 0.0,
    mend: Mend | None = None,
) -> None:
    """Either all rows of this commit stand there afterwards, or those from before.

    When another process brings the cache to this commit while we wait for it, nothing is done twice.

    Args:
        entries: ``(path, mode, oid, content)`` of every file, in any order.
        at: time of the commit, seconds since the epoch.
    """
    from gitcoord.cache.schema import PROJECTED, drop_indexes

    settle(connection)
    before = mark_of(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        now = mark_of(connection)
        if now == before or now != (commit, revision):
            connection.execute(f"PRAGMA cache_size=-{_PAGES_KIB}")
            drop_indexes(connection)
            for table in PROJECTED:
                connection.execute(f"DELETE FROM {table}")  # noqa: S608
            projection = _Projection(connection, commit, observed, fresh=True)
            projection.unmend()
            for path, mode, oid, data in entries:
                projection.take(path, mode, oid, data)
            projection.flush()
            projection.index()
            if mend is not None:
                projection.mend(mend)
            projection.close()
            connection.execute("DELETE FROM observations WHERE claim_id NOT IN (SELECT id FROM scopes)")
            _mark(connection, commit, revision, at)
        connection.execute("COMMIT")
    except BaseException as problem:
        _undo(connection)
        if isinstance(problem, UnicodeDecodeError):
            raise damaged(problem) from problem
        raise
    _note_base(connection, commit, revision)


def apply(
    connection: sqlite3.Connection,
    commit: str,
    revision: int,
    changed: Iterable[Change],
    observed: Observed,
    *,
    at: float = 0.0,
    mend: Mend | None = None,
) -> None:
    """The changed files of one step from what :func:`applied` last said on this connection. What :func:`mended_paths`
    names has to be among them.

    Raises:
        sqlite3.OperationalError: another process moved the cache elsewhere meanwhile; nothing was written.
    """
    settle(connection)
    base = connection.base if isinstance(connection, Connection) else mark_of(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        now = mark_of(connection)
        if now != (commit, revision):
            if now != base:
                raise sqlite3.OperationalError("the cache was moved by another process")
            projection = _Projection(connection, commit, observed, fresh=False)
            projection.unmend()
            for path, mode, oid, data in changed:
                projection.replace(path, mode, oid, data)
            projection.flush()
            if mend is not None:
                projection.mend(mend)
            projection.close()
            _mark(connection, commit, revision, at)
        connection.execute("COMMIT")
    except BaseException as problem:
        _undo(connection)
        if isinstance(problem, UnicodeDecodeError):
            raise damaged(problem) from problem
        raise
    _note_base(connection, commit, revision)


def mended_files(connection: sqlite3.Connection) -> dict[str, bytes | None]:
    """Files that stand in the rows otherwise than in the tree: what the next landing writes."""
    found = connection.execute("SELECT name, value FROM meta WHERE name LIKE 'mended:%' ORDER BY name")
    return {name.partition(":")[2]: None if data is None else bytes(data) for name, data in found}


def _undo(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _note_base(connection: sqlite3.Connection, commit: str, revision: int) -> None:
    if isinstance(connection, Connection):
        connection.base = (commit, revision)


def _mark(connection: sqlite3.Connection, commit: str, revision: int, at: float) -> None:
    values = [("commit", commit), ("revision", revision), ("commit_at", at)]
    connection.executemany("INSERT OR REPLACE INTO meta VALUES(?, ?)", values)
    # The intent that reached this revision landed in this commit, however many commits were caught up at once.
    connection.execute("INSERT OR REPLACE INTO landings VALUES(?, ?)", (revision, commit))


class _Projection:
    """Takes files within one transaction and writes them in chunks. ``fresh``: the tables began empty, without indexes."""

    def __init__(self, connection: sqlite3.Connection, commit: str, observed: Observed, *, fresh: bool) -> None:
        self._db, self._observed, self._fresh = connection, observed, fresh
        self._journals = Journals(connection, commit, fresh=fresh)
        self._entities: list[tuple[Any, ...]] = []
        self._scopes: list[tuple[str, str]] = []
        self._tokens: list[tuple[str, str]] = []
        self._ended: set[str] = set()
        self._nested: dict[tuple[str, str], str] = {}

    def take(self, path: str, mode: str | None, oid: str, data: bytes) -> None:
        """A file of the tree. Never raises for what it holds."""
        top = path.partition("/")[0]
        try:
            if top in rows.FOLDERS:
                self._entity(rows.read(path, mode, data), path, oid)
            elif top == "journal":
                self._journals.take(path, mode, oid, data)
            else:
                self._file(path, mode, oid, data, kept=path in rows.KEPT or top == "policy")
        except Malformed as problem:
            self._quarantine(path, mode, oid, problem.reason)
        except UnicodeEncodeError:
            self._quarantine(path, mode, oid, "text that is no Unicode")

    def replace(self, path: str, mode: str | None, oid: str | None, data: bytes | None) -> None:
        """The file that now stands at this path, or None."""
        self._forget(path)
        if oid is None or data is None:
            if path.startswith("journal/"):
                self._journals.drop(path)
        else:
            self.take(path, mode, oid, data)

    def mend(self, mend: Mend) -> None:
        """Put what the next landing will write in place of what people did by hand."""
        self.flush()
        self._journals.close()  # the next number that may be given rests on it
        files, refused = mend(self._db)
        self._fresh = False  # from here on rows are replaced, not only made
        for path, (oid, data) in files.items():
            self.replace(path, rows.PLAIN, oid if data is not None else None, data)
            self._db.execute("INSERT OR REPLACE INTO meta VALUES(?, ?)", (f"mended:{rows.stored(path)}", data))
        self.flush()
        for path, (oid, reason) in refused.items():
            self._quarantine(path, None, oid, reason)

    def unmend(self) -> None:
        """What stood only here is no ground for what stands here next."""
        found = self._db.execute("SELECT substr(name, 8) FROM meta WHERE name LIKE 'mended:journal/%'").fetchall()
        self._journals.forget_mended([str(name) for (name,) in found])
        self._db.execute("DELETE FROM meta WHERE name LIKE 'mended:%'")

    def _entity(self, entity: Entity, path: str, oid: str) -> None:
        if entity.kind in rows.NESTED and not self._wins(entity.kind, entity.id, path, oid, entity):
            return
        self._entities.append(rows.row(entity, path, oid))
        if rows.is_active_claim(entity):
            self._scopes += [(key, entity.id) for key in rows.scope_keys(entity.values)]
            self._tokens.append((entity.id, str(entity.values.get("lease_token") or "")))
        if len(self._entities) >= _CHUNK:
            self.flush()

    def _file(self, path: str, mode: str | None, oid: str, data: bytes, *, kept: bool) -> None:
        """What is no entity: kept with its content, or only remembered when we do not know what it is."""
        if kept:
            rows.refuse_mode(mode)
            if len(data) > LIMIT:
                raise Malformed(f"{len(data)} bytes; a file has at most {LIMIT}")
        values = (rows.stored(path), mode or "", oid, data if kept else None)
        self._db.execute("INSERT OR REPLACE INTO files VALUES(?, ?, ?, ?)", values)

    def _quarantine(self, path: str, mode: str | None, oid: str, reason: str) -> None:
        values = (rows.stored(path), 0, mode or "", oid, reason[:300])
        self._db.execute("INSERT OR REPLACE INTO quarantine VALUES(?, ?, ?, ?, ?)", values)

    # Two paths with one id: the first in order stands, the others wait in ``rivals``.

    def _wins(self, kind: str, id: str, path: str, oid: str, entity: Entity) -> bool:
        holder = self._holder(kind, id)
        if self._fresh:
            self._nested[kind, id] = path if holder is None else min(path, holder)
        if holder is None:
            return True
        if holder < path:
            self._db.execute(_INSERT.replace("entities", "rivals"), rows.row(entity, path, oid))
            return False
        self.flush()
        self._move("entities", "rivals", holder)
        return True

    def _holder(self, kind: str, id: str) -> str | None:
        if self._fresh:
            return self._nested.get((kind, id))
        self.flush()
        found = self._db.execute("SELECT path FROM entities WHERE kind = ? AND id = ?", (kind, id)).fetchone()
        return None if found is None else str(found[0])

    def _move(self, source: str, target: str, path: str) -> None:
        self._db.execute(f"INSERT INTO {target} SELECT * FROM {source} WHERE path = ?", (path,))  # noqa: S608
        self._db.execute(f"DELETE FROM {source} WHERE path = ?", (path,))  # noqa: S608

    def index(self) -> None:
        """After the rows of a rebuild. A tree that names a path twice is illegal, but git can carry it."""
        from gitcoord.cache.schema import create_indexes, drop_indexes

        try:
            create_indexes(self._db)
        except sqlite3.IntegrityError:
            drop_indexes(self._db)
            self._part_twins()
            create_indexes(self._db)

    def _part_twins(self) -> None:
        """Of two files with one path the one with the lower object id is read."""
        twins = "SELECT path, max(oid) FROM entities GROUP BY kind, id HAVING count(*) > 1"
        for path, oid in self._db.execute(twins).fetchall():
            self._quarantine(path, rows.PLAIN, oid, "the tree names this path twice")
        self._db.execute(
            "DELETE FROM entities WHERE rowid NOT IN"
            " (SELECT rowid FROM (SELECT rowid, min(oid) FROM entities GROUP BY kind, id))"
        )

    # What stood at a path before.

    def _forget(self, path: str) -> None:
        name = rows.stored(path)
        place = kind_of_path(path)
        if place is not None:
            self._forget_entity(*place, name)
        self._db.execute("DELETE FROM quarantine WHERE path = ? AND line = 0", (name,))
        self._db.execute("DELETE FROM files WHERE path = ?", (name,))

    def _forget_entity(self, kind: str, id: str, name: str) -> None:
        sql = "SELECT rowid, path, state, doc FROM entities WHERE kind = ? AND id = ?"
        found = self._db.execute(sql, (kind, id)).fetchone()
        if kind in rows.NESTED:
            self._db.execute("DELETE FROM rivals WHERE path = ?", (name,))
        if found is None or found[1] != name:
            return
        self._db.execute("DELETE FROM entities WHERE rowid = ?", found[:1])
        if kind == "claim" and found[2] == "active":
            keys = rows.scope_keys(loads(found[3]))
            self._db.executemany("DELETE FROM scopes WHERE key = ? AND id = ?", [(key, id) for key in keys])
            self._ended.add(id)
        if kind in rows.NESTED:
            next_ = self._db.execute("SELECT min(path) FROM rivals WHERE kind = ? AND id = ?", (kind, id)).fetchone()
            if next_[0] is not None:
                self._move("rivals", "entities", next_[0])

    # Writing.

    def flush(self) -> None:
        self._db.executemany(_INSERT, self._entities)
        self._db.executemany("INSERT OR IGNORE INTO scopes VALUES(?, ?)", self._scopes)
        self._entities.clear()
        self._scopes.clear()

    def close(self) -> None:
        self._journals.close()
        clocks.restart(self._db, self._observed)
        clocks.note_tokens(self._db, self._tokens, self._observed)
        ended = self._ended.difference(id for id, _ in self._tokens)
        self._db.executemany("DELETE FROM observations WHERE claim_id = ?", [(id,) for id in ended])
        clocks.bound(self._db, self._journals.arrived, self._observed)
