"""The cache: usable, of this repository, and row by row what git says."""

from __future__ import annotations

import os
import sqlite3

from gitcoord.doctor.finding import broken, good, warned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.doctor.finding import Finding
    from gitcoord.doctor.patient import Patient

REBUILD = "gitcoord rebuild-index"


def cache(patient: Patient) -> Iterator[Finding]:
    file = patient.home + "/cache.db"
    if not os.path.exists(file):
        yield good("cache", "none yet; the next command makes one")
        return
    connection = opened(patient)
    if connection is None:
        yield warned("cache", "damaged, locked, or of another repository; commands answer from git meanwhile, slowly", REBUILD)
        return
    try:
        yield from _compared(patient, connection)
    except sqlite3.Error as problem:
        yield warned("cache", f"damaged ({problem})", REBUILD)
    finally:
        connection.close()


def opened(patient: Patient) -> sqlite3.Connection | None:
    """The cache as it is, or None. Neither makes nor replaces one."""
    from gitcoord.cache import database

    state = patient.state
    key = f"{state.text('repo_id')} {state.text('branch')} {state.text('remote')}"
    return database.open_cache(patient.home + "/cache.db", key=key, readonly=True)


def findings_of(patient: Patient) -> list[tuple[str, str, str]]:
    """``(path, commit, reason)`` of what this clone saw happen to landed journal lines."""
    connection = opened(patient)
    if connection is None:
        return []
    try:
        return list(connection.execute("SELECT path, commit_oid, reason FROM findings ORDER BY path"))
    except sqlite3.Error:
        return []
    finally:
        connection.close()


def _compared(patient: Patient, connection: sqlite3.Connection) -> Iterator[Finding]:
    from gitcoord.cache import database
    from gitcoord.cache.queries import Reader

    said = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    if said != "ok":
        yield warned("cache", f"damaged ({said})", REBUILD)
        return
    applied = database.applied(connection)
    if applied is None:
        yield good("cache", "empty; the next command fills it")
        return
    commit, revision = applied
    if patient.objects.read(commit) is None:
        yield warned("cache", f"it shows {commit[:12]}, which is not here any more", REBUILD)
        return
    fresh = patient.projection(commit, mended=True)
    shown = Reader(connection)
    if (fresh.revision, fresh.digest()) != (revision, shown.digest()) or _rows(shown) != _rows(fresh):
        detail = f"it shows something else than git at {commit[:12]} (revision {revision} there, {fresh.revision} in git)"
        yield broken("cache", detail, REBUILD)
    else:
        yield good("cache", f"as git has it at revision {revision}")


def _rows(reader: object) -> list[tuple[object, ...]]:
    """What a digest of paths and object ids does not see: a row that changed after it was written."""
    connection: sqlite3.Connection = reader._db  # type: ignore[attr-defined]
    found: list[tuple[object, ...]] = []
    for table, columns in (("entities", "kind, id, doc, body"), ("scopes", "key, id"), ("files", "path, data")):
        found += connection.execute(f"SELECT '{table}', {columns} FROM {table} ORDER BY {columns}")  # noqa: S608
    return found
