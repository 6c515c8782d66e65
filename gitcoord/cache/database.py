"""Opens the cache: a disposable SQLite file. Whatever is wrong with it, the answer is a sound one or none.

A cache of another version, repository or branch, a damaged, empty or missing one is replaced by an empty one, of
a newer version left alone (ours then stands beside it). Locked for long, read-only or unwritable: None, and the
caller uses memory. Never looks into git; what the rows mean is in ``schema.py``.

A database that others may have open is not repaired in place but replaced, under a lock, in this order: the old
name goes, then its ``-wal`` and ``-shm``, then a complete new file takes the name. Nobody creates by opening, so
no log of the old file is ever read into the new one.
"""

from __future__ import annotations

import os
from zlib import crc32

from gitcoord.fastjson import loads
from gitcoord.model.entity import Entity
from gitcoord.sql import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

VERSION = 4
#: Seconds to wait for another process's transaction.
PATIENCE = 2.0
#: Errors of SQLite that tell of the surroundings and not of the file's content.
_OUTSIDE = frozenset({"BUSY", "LOCKED", "READONLY", "CANTOPEN", "PERM", "FULL", "NOMEM", "AUTH"})


class Connection(sqlite3.Connection):
    """``base`` is what :func:`applied` last said here: the ground on which the caller computed its changes.
    ``reading`` tells that the open transaction is a :class:`Reader`'s, which nobody needs to keep."""

    base: tuple[str, int] | None = None
    reading = False


class _Unfit(Exception):
    """The file is no cache of ours; another may take its place."""


class _Newer(Exception):
    """A later gitcoord's: not ours to replace."""


def open_cache(file: str, *, key: str, readonly: bool = False) -> sqlite3.Connection | None:
    """A usable cache of this repository and branch, or None.

    Args:
        key: names repository and branch; a cache with another key was copied here and is not used.
        readonly: neither make nor replace one.
    """
    try:
        for _ in range(3):
            try:
                return _opened(file, key, readonly)
            except _Newer:
                file = f"{file}.v{VERSION}"
            except _Unfit:
                if readonly:
                    return None
                _replace(file, key)
    except (OSError, sqlite3.Error):
        pass
    return None


def open_memory() -> sqlite3.Connection:
    """The same tables in memory: what every command falls back on."""
    connection = sqlite3.connect(":memory:", isolation_level=None, factory=Connection)
    _create(connection, "")
    return connection


def discard(file: str) -> None:
    """Remove a cache that turned out to be damaged while it was read. Whoever has it open keeps reading his."""
    try:
        with _Lock(file):
            _remove(file)
    except OSError:
        pass


def _opened(file: str, key: str, readonly: bool) -> sqlite3.Connection:
    if os.path.islink(file):
        raise _Unfit
    try:
        before = os.stat(file)
    except FileNotFoundError:
        raise _Unfit from None
    connection = None
    try:
        connection = _connect(file, readonly)
        _check(connection, key)
        # The log is found by name: a file that was replaced under us must not be read with the new one's.
        if os.stat(file).st_ino != before.st_ino:
            raise _Unfit
        return connection
    except BaseException as problem:
        if connection is not None:
            connection.close()
        if isinstance(problem, sqlite3.Error) and not is_outside(problem):
            raise _Unfit from problem
        if isinstance(problem, UnicodeDecodeError):  # of the message: it quotes the damage
            raise _Unfit from problem
        raise


def is_outside(problem: sqlite3.Error) -> bool:
    """Whether this error leaves the file itself above suspicion: it is locked, read-only, the disk is full."""
    name = getattr(problem, "sqlite_errorname", "") or ""
    return name.removeprefix("SQLITE_").partition("_")[0] in _OUTSIDE


def _connect(file: str, readonly: bool = False) -> Connection:
    quoted = os.path.abspath(file).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    connection = sqlite3.connect(
        f"file:{quoted}?mode={'ro' if readonly else 'rw'}", uri=True, timeout=PATIENCE, isolation_level=None,
        factory=Connection,
    )  # fmt: skip
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA cell_size_check=ON")
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection


def _check(connection: sqlite3.Connection, key: str) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise _Newer
    if version != VERSION:
        raise _Unfit
    found = connection.execute("SELECT value FROM meta WHERE name = 'key'").fetchone()
    if found is None or found[0] != key:
        raise _Unfit


def _replace(file: str, key: str) -> None:
    """Put an empty cache under this name, unless another process just did."""
    os.makedirs(os.path.dirname(os.path.abspath(file)), mode=0o700, exist_ok=True)
    with _Lock(file):
        try:
            _opened(file, key, False).close()
            return
        except _Unfit:
            pass
        fresh = f"{file}.{os.getpid()}.new"
        _remove(fresh)
        try:
            connection = sqlite3.connect(fresh, isolation_level=None)
            connection.execute("PRAGMA page_size=8192")  # a rebuild takes a fifth less time than with 4096
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute("PRAGMA journal_mode=WAL")
            _create(connection, key)
            connection.close()
            os.chmod(fresh, 0o600)
            _remove(file)
            os.replace(fresh, file)
        finally:
            _remove(fresh)


def _create(connection: sqlite3.Connection, key: str) -> None:
    from gitcoord.cache.schema import statements

    connection.execute("BEGIN IMMEDIATE")
    for statement in statements():
        connection.execute(statement)
    connection.execute("INSERT INTO meta VALUES('key', ?)", (key,))
    connection.execute(f"PRAGMA user_version={VERSION}")
    connection.execute("COMMIT")


def _remove(file: str) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        try:
            os.unlink(file + suffix)
        except FileNotFoundError:
            pass


class _Lock:
    """Of the few who find the cache unfit at once, one replaces it. Raises OSError when that takes too long."""

    def __init__(self, file: str) -> None:
        self._file = file + ".lock"
        self._descriptor = -1

    def __enter__(self) -> None:
        import time
        from fcntl import LOCK_EX, LOCK_NB, flock

        self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                flock(self._descriptor, LOCK_EX | LOCK_NB)
                return
            except OSError:
                if time.monotonic() > deadline:
                    os.close(self._descriptor)
                    raise
                time.sleep(0.01)

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


# What every user of a connection shares.


class Observed:
    """When this clone saw what it projects: on a clock without jumps and on the wall, in seconds.

    ``previous`` is the wall time of the fetch before, None when there was none.
    """

    __slots__ = ("boot_id", "elapsed", "previous", "wall")

    def __init__(self, boot_id: str, elapsed: float, wall: float, previous: float | None = None) -> None:
        self.boot_id, self.elapsed, self.wall, self.previous = boot_id, elapsed, wall, previous


def applied(connection: sqlite3.Connection) -> tuple[str, int] | None:
    """The commit and revision that the rows show now; None before the first projection."""
    settle(connection)
    found = mark_of(connection)
    if isinstance(connection, Connection):
        connection.base = found
    return found


def mark_of(connection: sqlite3.Connection) -> tuple[str, int] | None:
    """The commit and revision, in whatever transaction the connection is."""
    try:
        rows = dict(connection.execute("SELECT name, value FROM meta WHERE name IN ('commit', 'revision')").fetchall())
        return (str(rows["commit"]), int(rows["revision"])) if len(rows) == 2 else None
    except (ValueError, KeyError) as problem:
        raise damaged(problem) from problem


def damaged(problem: Exception) -> sqlite3.DatabaseError:
    """What to raise for an error that only damage can cause. SQLite quotes what is damaged in its message, and Python
    cannot always read the quotation: a UnicodeDecodeError from any statement is such an error."""
    return sqlite3.DatabaseError(f"the cache is damaged: {type(problem).__name__}")


def hold(connection: sqlite3.Connection) -> None:
    """From here on every answer shows one state, whatever other processes write."""
    if not connection.in_transaction:
        connection.execute("BEGIN")
        if isinstance(connection, Connection):
            connection.reading = True


def settle(connection: sqlite3.Connection) -> None:
    """End what :func:`hold` began. A writer's transaction is left alone."""
    if isinstance(connection, Connection) and connection.reading:
        connection.reading = False
        if connection.in_transaction:
            connection.execute("COMMIT")


def proof(kind: str, id: str, doc: str, body: str = "") -> int:
    """A checksum over what a reader is given of a row."""
    return crc32(f"{kind}\0{id}\0{doc}\0{body}".encode())


def checked(doc: str, written: int, kind: str, id: str, body: str = "") -> Any:
    """The JSON of a row. Raises sqlite3.DatabaseError when the row is not what was written."""
    if crc32(f"{kind}\0{id}\0{doc}\0{body}".encode()) != written:
        raise sqlite3.DatabaseError(f"the row of {kind} {id} is damaged")
    return loads(doc)


def documents(rows: Iterable[tuple[str, str, str, str, int]]) -> Iterator[Entity]:
    """Entities of rows ``(kind, id, doc, body, proof)``. Raises as :func:`checked` does."""
    for kind, id, doc, body, written in rows:
        yield Entity(kind, checked(doc, written, kind, id, body), body)
