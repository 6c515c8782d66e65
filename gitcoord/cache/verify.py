"""Whether a cache says what git says: its rows beside those of a fresh projection of the same commit.

A checksum in each row finds a flipped bit when the row is read; a row or an index entry that is *missing* is found
only here.
"""

from __future__ import annotations

import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_EVENTS = (
    "SELECT path, line, event_id, revision, at, type, agent_id, session_id, coop, intent, key, doc FROM event_lines"
    " JOIN journals ON journals.id = journal"
)
#: Every table that is a function of the tree, by what names a row for people.
PROJECTED = {
    "entities": "SELECT path, * FROM entities",
    "rivals": "SELECT path, * FROM rivals",
    "scopes": "SELECT id, * FROM scopes",
    "journals": "SELECT path, oid, length, lines FROM journals",
    "events": _EVENTS,
    "numbers": "SELECT * FROM numbers",
    "files": "SELECT * FROM files",
    "quarantine": "SELECT * FROM quarantine",
    "meta": "SELECT name, value FROM meta WHERE name IN ('commit', 'revision')",
}


def differences(cache: sqlite3.Connection, fresh: sqlite3.Connection) -> list[str]:
    """``table name`` of each row that only one of the two has; empty when they say the same."""
    return sorted({f"{table} {name}" for table, sql in PROJECTED.items() for name in _odd(cache, fresh, sql)})


def is_sound(cache: sqlite3.Connection) -> bool:
    """What SQLite itself can tell: pages, and that indexes and tables agree. Reads the whole file."""
    try:
        return bool(cache.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok")
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return False


def _odd(cache: sqlite3.Connection, fresh: sqlite3.Connection, sql: str) -> Iterator[str]:
    ours, theirs = _rows(cache, sql), _rows(fresh, sql)
    return (str(row[0]) for row in ours ^ theirs)


def _rows(connection: sqlite3.Connection, sql: str) -> set[tuple[Any, ...]]:
    return set(connection.execute(sql))
