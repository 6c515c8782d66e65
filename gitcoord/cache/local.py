"""What this machine alone knows: bindings, cursors, leases. Migrated by numbered steps, never dropped.

A ``local.db`` that cannot be opened or written costs convenience, never a command: then it lives in memory.
"""

from __future__ import annotations

import os
import sqlite3
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Each step brings the database from its index to the next version.
STEPS = (
    """
    CREATE TABLE bindings(
      worktree TEXT NOT NULL, agent TEXT NOT NULL, agent_id TEXT NOT NULL, session_id TEXT NOT NULL, coop TEXT NOT NULL,
      name TEXT NOT NULL, bound_at REAL NOT NULL, PRIMARY KEY(worktree, agent));
    CREATE TABLE cursors(agent_id TEXT PRIMARY KEY, revision INTEGER NOT NULL);
    CREATE TABLE leases(
      claim_id TEXT PRIMARY KEY, lease_token TEXT NOT NULL, boot_id TEXT NOT NULL, elapsed REAL NOT NULL, wall REAL NOT NULL,
      ttl REAL NOT NULL);
    CREATE TABLE meter(
      day TEXT NOT NULL, agent TEXT NOT NULL, command TEXT NOT NULL, calls INTEGER NOT NULL, tokens INTEGER NOT NULL,
      PRIMARY KEY(day, agent, command));
    """,
)
_BINDING = ("worktree", "agent", "agent_id", "session_id", "coop", "name", "bound_at")


class Local:
    def __init__(self, file: str) -> None:
        self._file = file
        self._db: sqlite3.Connection | None = None

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            try:
                self._db = self._opened(self._file)
            except (sqlite3.Error, OSError):
                self._set_aside()
                try:
                    self._db = self._opened(self._file)
                except (sqlite3.Error, OSError):
                    self._db = self._opened(":memory:")
        return self._db

    def _opened(self, file: str) -> sqlite3.Connection:
        connection = sqlite3.connect(file, timeout=2.0, isolation_level=None)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version < len(STEPS):
            if version == 0:
                connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("BEGIN IMMEDIATE")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            for step in STEPS[version:]:
                for statement in step.split(";"):
                    if statement.strip():
                        connection.execute(statement)
            connection.execute(f"PRAGMA user_version={len(STEPS)}")
            connection.execute("COMMIT")
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    def _set_aside(self) -> None:
        """A damaged database is kept for whoever wants to look, and a new one begun."""
        try:
            with open(self._file, "rb") as file:
                damaged = file.read(16) != b"SQLite format 3\0"
            if damaged or self._fails():
                os.replace(self._file, f"{self._file}.damaged-{int(time.time())}")
        except OSError:
            pass

    def _fails(self) -> bool:
        try:
            connection = sqlite3.connect(self._file, timeout=0.1)
            connection.execute("PRAGMA quick_check").fetchone()
            connection.close()
        except sqlite3.OperationalError:
            return False
        except sqlite3.DatabaseError:
            return True
        return False

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def _run(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._open().execute(sql, values).fetchall()
        except sqlite3.Error:
            return []

    # Who is bound where.

    def bindings(self, worktree: str) -> list[dict[str, Any]]:
        """The agents that act in a worktree, latest first."""
        rows = self._run(
            f"SELECT {', '.join(_BINDING)} FROM bindings WHERE worktree = ? ORDER BY bound_at DESC", (worktree,)  # noqa: S608
        )
        return [dict(zip(_BINDING, row, strict=True)) for row in rows]

    def bind(self, worktree: str, agent: str, agent_id: str, session_id: str, coop: str = "", name: str = "") -> None:
        values = (worktree, agent, agent_id, session_id, coop, name, time.time())
        self._run("INSERT OR REPLACE INTO bindings VALUES(?,?,?,?,?,?,?)", values)

    def unbind(self, worktree: str, agent: str) -> None:
        self._run("DELETE FROM bindings WHERE worktree = ? AND agent = ?", (worktree, agent))

    # How far each agent has read.

    def cursor(self, agent_id: str) -> int | None:
        rows = self._run("SELECT revision FROM cursors WHERE agent_id = ?", (agent_id,))
        return int(rows[0][0]) if rows else None

    def set_cursor(self, agent_id: str, revision: int) -> None:
        self._run("INSERT OR REPLACE INTO cursors VALUES(?, ?)", (agent_id, revision))

    # Until when this machine believes in its claims.

    def put_lease(self, claim_id: str, token: str, boot_id: str, elapsed: float, wall: float, ttl: float) -> None:
        self._run("INSERT OR REPLACE INTO leases VALUES(?,?,?,?,?,?)", (claim_id, token, boot_id, elapsed, wall, ttl))

    def lease(self, claim_id: str) -> dict[str, Any] | None:
        names = ("claim_id", "lease_token", "boot_id", "elapsed", "wall", "ttl")
        rows = self._run(f"SELECT {', '.join(names)} FROM leases WHERE claim_id = ?", (claim_id,))  # noqa: S608
        return dict(zip(names, rows[0], strict=True)) if rows else None

    # What coordination costs.

    def meter(self, day: str, agent: str, command: str, tokens: int) -> None:
        self._run(
            "INSERT INTO meter VALUES(?,?,?,1,?) ON CONFLICT(day, agent, command) DO UPDATE SET calls = calls + 1,"
            " tokens = tokens + excluded.tokens",
            (day, agent, command, tokens),
        )
