"""Opens the cache: a disposable SQLite file. Whatever is wrong with it, the answer is a fresh one or none.

Schema version 1 (``user_version``). Another version, another repository's cache or damage: deleted and built
again. Locked for long, read-only or unwritable: None, and the caller uses memory.
"""

from __future__ import annotations

import json
import os
import sqlite3

from gitcoord.model.entity import Entity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VERSION = 1
#: Seconds to wait for another process's transaction.
PATIENCE = 2.0

SCHEMA = """
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE entities(
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, number INTEGER, state TEXT, name TEXT, agent_id TEXT, session_id TEXT,
  coop TEXT, path TEXT NOT NULL UNIQUE, oid TEXT NOT NULL, revision INTEGER NOT NULL, doc TEXT NOT NULL, body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX by_kind ON entities(kind, state, id);
CREATE INDEX by_number ON entities(kind, number);
CREATE INDEX by_name ON entities(kind, name) WHERE name IS NOT NULL;
CREATE INDEX by_agent ON entities(agent_id, kind, state);
CREATE INDEX by_session ON entities(session_id, kind, state);
CREATE TABLE scopes(key TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY(key, id)) WITHOUT ROWID;
CREATE INDEX scopes_of ON scopes(id);
CREATE TABLE events(
  event_id TEXT PRIMARY KEY, revision INTEGER NOT NULL, ts TEXT NOT NULL, type TEXT NOT NULL, agent_id TEXT,
  session_id TEXT, intent_id TEXT, path TEXT NOT NULL, line TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX events_in_order ON events(revision, event_id);
CREATE INDEX events_of_session ON events(session_id, revision);
CREATE INDEX events_of_path ON events(path);
CREATE TABLE event_refs(ref TEXT NOT NULL, event_id TEXT NOT NULL, PRIMARY KEY(ref, event_id)) WITHOUT ROWID;
CREATE INDEX refs_of_event ON event_refs(event_id);
CREATE TABLE intents(
  key TEXT PRIMARY KEY, intent_id TEXT NOT NULL, event_id TEXT NOT NULL, digest TEXT, revision INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX intents_in_order ON intents(revision);
CREATE INDEX intents_by_id ON intents(intent_id);
CREATE TABLE journals(path TEXT PRIMARY KEY, oid TEXT NOT NULL, length INTEGER NOT NULL, head TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files(path TEXT PRIMARY KEY, oid TEXT NOT NULL, data BLOB) WITHOUT ROWID;
CREATE TABLE quarantine(path TEXT PRIMARY KEY, oid TEXT, reason TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE observations(
  id TEXT PRIMARY KEY, token TEXT NOT NULL, boot_id TEXT NOT NULL, elapsed REAL NOT NULL, wall REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE clock_bounds(session_id TEXT PRIMARY KEY, low REAL NOT NULL, high REAL NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
"""
_VIEWED = (
    "agent", "session", "coop", "claim", "task", "blocker", "decision", "handoff", "checkin", "attic", "request", "queue",
    "review", "thread", "thread_message", "message", "artifact", "run",
)  # fmt: skip


def _schema() -> str:
    """The tables, and a view of each kind for a person with ``sqlite3``. Built only when a cache is made."""
    from gitcoord.model.kinds import KINDS

    views = []
    for kind in _VIEWED:
        declared = KINDS[kind]
        columns = ", ".join(f"json_extract(doc, '$.\"{field.name}\"') AS \"{field.name}\"" for field in declared.fields)
        body = ", body" if declared.has_body else ""
        views.append(f"CREATE VIEW {declared.plural} AS SELECT {columns}{body} FROM entities WHERE kind = '{kind}';")
    return SCHEMA + "\n".join(views)


def open_cache(file: str, *, key: str, readonly: bool = False) -> sqlite3.Connection | None:
    """A usable cache of this repository and branch, or None.

    Args:
        key: names repository and branch; a cache with another key was copied here and is not used.
    """
    for _ in range(2):
        try:
            return _opened(file, key)
        except sqlite3.OperationalError as problem:
            words = str(problem).lower()
            if "locked" in words or "busy" in words or "readonly" in words or "unable to open" in words:
                return None
        except sqlite3.DatabaseError:
            pass
        except OSError:
            return None
        if not _removed(file):
            return None
    return None


def _opened(file: str, key: str) -> sqlite3.Connection:
    if os.path.islink(file):
        raise sqlite3.DatabaseError("the cache is a symbolic link")
    connection = _connect(file)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0 and connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
            _create(connection, key)
        elif version != VERSION:
            raise sqlite3.DatabaseError("another version of the schema")
        else:
            found = connection.execute("SELECT value FROM meta WHERE name = 'key'").fetchone()
            if found is None or found[0] != key:
                raise sqlite3.DatabaseError("the cache of another repository")
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(file: str) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None, cached_statements=64)
    connection.execute("PRAGMA trusted_schema=OFF")
    return connection


def _create(connection: sqlite3.Connection, key: str) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
            for statement in _schema().split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute("INSERT INTO meta VALUES('key', ?)", (key,))
            connection.execute(f"PRAGMA user_version={VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def open_memory() -> sqlite3.Connection:
    """The same tables in memory: what every command falls back on."""
    connection = _connect(":memory:")
    _create(connection, "")
    return connection


def _removed(file: str) -> bool:
    try:
        for suffix in ("", "-wal", "-shm", "-journal"):
            if os.path.lexists(file + suffix):
                os.unlink(file + suffix)
    except OSError:
        return False
    return True


class Observed:
    """When this clone saw what it projects: on a clock without jumps and on the wall, in seconds.

    ``previous`` is the wall time of the fetch before, None when there was none.
    """

    __slots__ = ("boot_id", "elapsed", "previous", "wall")

    def __init__(self, boot_id: str, elapsed: float, wall: float, previous: float | None = None) -> None:
        self.boot_id, self.elapsed, self.wall, self.previous = boot_id, elapsed, wall, previous


def applied(connection: sqlite3.Connection) -> tuple[str, int] | None:
    """The commit and revision that the rows show; None before the first projection."""
    rows = dict(connection.execute("SELECT name, value FROM meta WHERE name IN ('commit', 'revision')"))
    if "commit" not in rows:
        return None
    return rows["commit"], int(rows["revision"])


def documents(rows: Iterable[tuple[str, str, str]]) -> Iterator[Entity]:
    """Entities of rows ``(kind, doc, body)``."""
    for kind, doc, body in rows:
        yield Entity(kind, json.loads(doc), body)
