"""What this machine alone knows: bindings, cursors, leases, costs. Migrated by numbered steps, never dropped.

A ``local.db`` that cannot be opened or written costs convenience, never a command: a read-only one is read, a
damaged one is set aside and kept for whoever wants to look, and in the worst case all of it lives in memory.
:attr:`Local.problem` says which it was.
"""

from __future__ import annotations

import os
import time

from gitcoord.cache.database import is_outside
from gitcoord.sql import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

#: Each step brings the database from its index to the next version. A newer gitcoord only adds steps, so that its
#: database can be used here as it is.
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
    """
    CREATE TABLE acknowledged(intent_id TEXT PRIMARY KEY, at REAL NOT NULL);
    """,
    """
    ALTER TABLE meter ADD COLUMN given INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE work(day TEXT NOT NULL, agent TEXT NOT NULL, tokens INTEGER NOT NULL, PRIMARY KEY(day, agent));
    """,
    """
    CREATE TABLE processes(
      session_id TEXT PRIMARY KEY, worktree TEXT NOT NULL, agent TEXT NOT NULL, pid INTEGER NOT NULL, started TEXT NOT NULL,
      boot_id TEXT NOT NULL);
    """,
    """
    CREATE TABLE confirmed(session_id TEXT PRIMARY KEY, worktree TEXT NOT NULL, branch TEXT NOT NULL);
    """,
)
#: Seconds to wait for another process's transaction.
PATIENCE = 2.0
_BINDING = ("worktree", "agent", "agent_id", "session_id", "coop", "name", "bound_at")
_LEASE = ("claim_id", "lease_token", "boot_id", "elapsed", "wall", "ttl")
_PROCESS = ("session_id", "worktree", "agent", "pid", "started", "boot_id")
_METER = ("day", "agent", "command", "calls", "tokens", "given")
#: A database that no file holds: for whoever only looks.
MEMORY = ":memory:"
#: Outcomes are told once; whoever asks after so many seconds may be told again.
_REMEMBERED = 90 * 86400.0


class Local:
    """Opened when first asked. No method fails; one that writes says whether it was kept."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._db: sqlite3.Connection | None = None
        self.problem = ""

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    # Who is bound where.

    def bindings(self, worktree: str) -> list[dict[str, Any]]:
        """The agents that act in a worktree, latest first."""
        sql = f"SELECT {', '.join(_BINDING)} FROM bindings WHERE worktree = ? ORDER BY bound_at DESC, agent"  # noqa: S608
        found = [dict(zip(_BINDING, row, strict=True)) for row in self._ask(sql, _text(worktree))]
        return [{**each, "worktree": worktree} for each in found]

    def bind(self, worktree: str, agent: str, agent_id: str, session_id: str, coop: str = "", name: str = "") -> bool:
        values = (*map(_text, (worktree, agent, agent_id, session_id, coop, name)), time.time())
        return self._write("INSERT OR REPLACE INTO bindings VALUES(?,?,?,?,?,?,?)", *values)

    def unbind(self, worktree: str, agent: str) -> bool:
        return self._write("DELETE FROM bindings WHERE worktree = ? AND agent = ?", _text(worktree), _text(agent))

    def unbind_session(self, session_id: str) -> bool:
        """In whatever worktree it acts: a session that took a handoff over acts in two."""
        return self._write("DELETE FROM bindings WHERE session_id = ?", session_id)

    def all_bindings(self) -> list[dict[str, Any]]:
        """The agents of every worktree of this clone, latest first."""
        sql = f"SELECT {', '.join(_BINDING)} FROM bindings ORDER BY bound_at DESC, agent"  # noqa: S608
        return [dict(zip(_BINDING, row, strict=True)) for row in self._ask(sql)]

    # Which process of this machine each session is.

    def process(self, session_id: str) -> dict[str, Any] | None:
        rows = self._ask(f"SELECT {', '.join(_PROCESS)} FROM processes WHERE session_id = ?", session_id)  # noqa: S608
        return dict(zip(_PROCESS, rows[0], strict=True)) if rows else None

    def put_process(self, session_id: str, worktree: str, agent: str, pid: int, started: str, boot_id: str) -> bool:
        """Written only when it differs from what stands there."""
        values = (session_id, _text(worktree), _text(agent), pid, started, boot_id)
        known = self.process(session_id)
        if known is not None and tuple(known.values()) == values:
            return True
        return self._write("INSERT OR REPLACE INTO processes VALUES(?,?,?,?,?,?)", *values)

    def confirmed(self, session_id: str) -> tuple[str, str] | None:
        """Where this session was said to work: worktree and branch."""
        found = self._ask("SELECT worktree, branch FROM confirmed WHERE session_id=?", session_id)
        return (_text(found[0][0]), str(found[0][1])) if found else None

    def confirm(self, session_id: str, worktree: str, branch: str) -> bool:
        return self._write("INSERT OR REPLACE INTO confirmed VALUES(?,?,?)", session_id, worktree, branch)

    def sessions_at(self, worktree: str, agent: str) -> list[str]:
        """Every session that this agent ever had in this worktree, as far as this clone remembers."""
        sql = "SELECT session_id FROM processes WHERE worktree = ? AND agent = ?"
        return [id for (id,) in self._ask(sql, _text(worktree), _text(agent))]

    # How far each agent has read.

    def cursor(self, agent_id: str) -> int | None:
        rows = self._ask("SELECT revision FROM cursors WHERE agent_id = ?", agent_id)
        return int(rows[0][0]) if rows else None

    def set_cursor(self, agent_id: str, revision: int) -> bool:
        return self._write("INSERT OR REPLACE INTO cursors VALUES(?, ?)", agent_id, revision)

    def lower_cursors(self, revision: int) -> bool:
        """What came after this revision is new to everybody here."""
        return self._write("UPDATE cursors SET revision = ? WHERE revision > ?", revision, revision)

    # Until when this machine believes in its claims.

    def put_lease(self, claim_id: str, token: str, boot_id: str, elapsed: float, wall: float, ttl: float) -> bool:
        """``elapsed`` and ``wall``: this machine's clocks at the start of the push that granted or renewed it."""
        return self._write("INSERT OR REPLACE INTO leases VALUES(?,?,?,?,?,?)", claim_id, token, boot_id, elapsed, wall, ttl)

    def lease(self, claim_id: str) -> dict[str, Any] | None:
        rows = self._ask(f"SELECT {', '.join(_LEASE)} FROM leases WHERE claim_id = ?", claim_id)  # noqa: S608
        return dict(zip(_LEASE, rows[0], strict=True)) if rows else None

    def drop_lease(self, claim_id: str) -> bool:
        return self._write("DELETE FROM leases WHERE claim_id = ?", claim_id)

    # What coordination costs.

    def meter(self, day: str, agent: str, command: str, calls: int, given: int, told: int) -> bool:
        """Add calls, the tokens that the agent wrote for them and those that it was answered."""
        return self._write(
            "INSERT INTO meter(day, agent, command, calls, given, tokens) VALUES(?,?,?,?,?,?) ON CONFLICT(day, agent, command)"
            " DO UPDATE SET calls = calls + excluded.calls, given = given + excluded.given, tokens = tokens + excluded.tokens",
            day, _text(agent), command, calls, given, told,
        )  # fmt: skip

    def put_work(self, day: str, agent: str, tokens: int) -> bool:
        """All tokens of an agent's day, as whoever runs it counted them; the larger number stays."""
        return self._write(
            "INSERT INTO work VALUES(?,?,?) ON CONFLICT(day, agent) DO UPDATE SET tokens = max(tokens, excluded.tokens)",
            day, _text(agent), tokens,
        )  # fmt: skip

    def work(self, since: str = "", agent: str | None = None) -> dict[tuple[str, str], int]:
        """``{(day, agent): tokens}`` from a day on."""
        named = None if agent is None else _text(agent)
        rows = self._ask("SELECT day, agent, tokens FROM work WHERE day >= ? AND (? IS NULL OR agent = ?)", since, named, named)
        return {(day, name): int(tokens) for day, name, tokens in rows}

    def costs(self, since: str = "", agent: str | None = None) -> list[dict[str, Any]]:
        """Calls and estimated tokens for each day, agent and command, from a day (``2026-11-21``) on."""
        sql = f"SELECT {', '.join(_METER)} FROM meter WHERE day >= ? AND (? IS NULL OR agent = ?) ORDER BY 1, 2, 3"  # noqa: S608
        named = None if agent is None else _text(agent)
        return [dict(zip(_METER, row, strict=True)) for row in self._ask(sql, since, named, named)]

    # Which outcomes their author has been told.

    def acknowledge(self, intent_id: str) -> bool:
        now = time.time()
        self._write("DELETE FROM acknowledged WHERE at < ?", now - _REMEMBERED)
        return self._write("INSERT OR REPLACE INTO acknowledged VALUES(?, ?)", intent_id, now)

    def unacknowledged(self, intent_ids: Iterable[str]) -> list[str]:
        known = {id for (id,) in self._ask("SELECT intent_id FROM acknowledged")}
        return [id for id in intent_ids if id not in known]

    # The database.

    def _ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        for _ in range(2):
            try:
                return self._open().execute(sql, values).fetchall()
            except sqlite3.Error as problem:
                if not self._replaced(problem):
                    break
        return []

    def _write(self, sql: str, *values: Any) -> bool:
        for _ in range(2):
            try:
                self._open().execute(sql, values)
                return not self.problem
            except sqlite3.Error as problem:
                if not self._replaced(problem):
                    break
        return False

    def _replaced(self, problem: sqlite3.Error) -> bool:
        """Whether it is worth another try: a damaged database was set aside, or memory takes over."""
        if self._db is None or is_outside(problem):
            self.problem = self.problem or f"local.db: {problem}"
            return False
        self.close()
        return self._set_aside()

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = self._opened()
        return self._db

    def _opened(self) -> sqlite3.Connection:
        for mode in () if self._file == MEMORY else ("rwc", "rwc", "ro", "ro&immutable=1"):
            try:
                return _connected(self._file, mode)
            except sqlite3.Error as problem:
                self.problem = f"local.db: {problem}"
                if not is_outside(problem) and self._set_aside():
                    continue
            except OSError as problem:
                self.problem = f"local.db: {problem.strerror}"
        connection = sqlite3.connect(MEMORY, isolation_level=None)
        _migrate(connection)
        return connection

    def _set_aside(self) -> bool:
        """Move a database that SQLite cannot read out of the way; with its log, which belongs to no other."""
        if not _is_damaged(self._file):
            return False
        aside = f"{self._file}.damaged-{time.time_ns()}"
        try:
            os.rename(self._file, aside)
            for suffix in ("-wal", "-shm"):
                if os.path.lexists(self._file + suffix):
                    os.rename(self._file + suffix, aside + suffix)
        except OSError:
            return False
        self.problem = ""
        return True


def _text(value: str) -> str:
    """Folders may have names that are no UTF-8, which SQLite does not take."""
    return value.encode("utf-8", "backslashreplace").decode()


def _connected(file: str, mode: str) -> sqlite3.Connection:
    quoted = os.path.abspath(file).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    connection = sqlite3.connect(f"file:{quoted}?mode={mode}", uri=True, timeout=PATIENCE, isolation_level=None)
    try:
        connection.execute("PRAGMA trusted_schema=OFF")
        if mode == "rwc":
            _migrate(connection)
        else:
            connection.execute("SELECT count(*) FROM bindings").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    if version >= len(STEPS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for step in STEPS[version:]:
            for statement in step.split(";"):
                if statement.strip():
                    connection.execute(statement)
        if version < len(STEPS):
            connection.execute(f"PRAGMA user_version={len(STEPS)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _is_damaged(file: str) -> bool:
    """Whether the content itself is unreadable. A lock, a missing right or a full disk is no damage."""
    if not os.path.isfile(file):
        return False
    try:
        connection = sqlite3.connect(file, timeout=0.1)
        try:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
            version = connection.execute("PRAGMA user_version").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.Error as problem:
        return not is_outside(problem)
    return bool(found[0] != "ok" or (version > 0 and not {"bindings", "cursors", "leases", "meter"} <= tables))
