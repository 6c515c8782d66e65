"""Files of the sync branch -> rows. One transaction records the rows and the commit that they come from.

A file that cannot be read is quarantined by path with the reason; its neighbours are not affected. Built at
once or step by step, in any order, the rows are the same.
"""

from __future__ import annotations

import json
import sqlite3

from gitcoord.cache.database import Observed, applied
from gitcoord.clock import parse_instant
from gitcoord.codec import yaml
from gitcoord.codec.errors import Malformed
from gitcoord.codec.journal import decode_lines
from gitcoord.hashes import sha256
from gitcoord.model.ids import is_ulid, parse_alias
from gitcoord.model.kinds import kind_of_path
from gitcoord.rules.claims.overlap import literal_prefix
from gitcoord.rules.claims.scope import from_stored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from gitcoord.model.entity import Entity

FOLDERS = frozenset({
    "agents", "sessions", "coops", "claims", "requests", "queue", "tasks", "reviews", "blockers", "decisions", "handoffs",
    "checkins", "threads", "messages", "artifacts", "runs", "attic",
})  # fmt: skip
_KEPT = ("README.md", "format.yml", "settings.yml", ".gitattributes")
_CHUNK = 2000
_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def rebuild(
    connection: sqlite3.Connection,
    commit: str,
    revision: int,
    entries: Iterable[tuple[str, str, str, bytes]],
    observed: Observed,
) -> None:
    """Either all rows of this commit stand there afterwards, or those from before."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for table in ("entities", "scopes", "events", "event_refs", "intents", "journals", "files", "quarantine"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608
        chunk: list[tuple[str, str | None, str | None, bytes | None]] = []
        for entry in entries:
            chunk.append(entry)
            if len(chunk) >= _CHUNK:
                _write(connection, chunk, revision, observed, fresh=True)
                chunk = []
        _write(connection, chunk, revision, observed, fresh=True)
        _prune_observations(connection)
        _mark(connection, commit, revision)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def apply(
    connection: sqlite3.Connection,
    commit: str,
    revision: int,
    changed: Iterable[tuple[str, str | None, str | None, bytes | None]],
    observed: Observed,
) -> None:
    """The changed files of one step; mode, oid and data are None for a file that is gone."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        _write(connection, list(changed), revision, observed, fresh=False)
        _mark(connection, commit, revision)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _mark(connection: sqlite3.Connection, commit: str, revision: int) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO meta VALUES(?, ?)", [("commit", commit), ("revision", str(revision))]
    )


def _prune_observations(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM observations WHERE id NOT IN (SELECT id FROM scopes)")


def _write(
    connection: sqlite3.Connection,
    changed: list[tuple[str, str | None, str | None, bytes | None]],
    revision: int,
    observed: Observed,
    *,
    fresh: bool,
) -> None:
    entities: list[tuple[Any, ...]] = []
    scopes: list[tuple[str, str]] = []
    seen: list[tuple[Any, ...]] = []
    for path, mode, oid, data in sorted(changed, key=lambda each: each[0]):
        if not fresh:
            _forget(connection, path)
        if oid is None or data is None:
            continue
        top = path.partition("/")[0]
        if top == "journal":
            _journal(connection, path, mode, oid, data, observed, fresh=fresh)
        elif top not in FOLDERS:
            if path in _KEPT or top == "policy":
                connection.execute("INSERT OR REPLACE INTO files VALUES(?, ?, ?)", (path, oid, data[:1_000_000]))
        else:
            try:
                entity = _read(path, mode, data)
                entities.append(row(entity, path, oid, revision))
                if entity.kind == "claim" and entity.values.get("state") == "active":
                    scopes.append((key_of(entity), entity.id))
                    seen.append((
                        entity.id, str(entity.values.get("lease_token") or ""), observed.boot_id, observed.elapsed,
                        observed.wall,
                    ))  # fmt: skip
            except (Malformed, UnicodeError, OverflowError) as problem:
                _quarantine(connection, path, oid, str(problem))
    _insert(connection, entities, fresh=fresh)
    connection.executemany("INSERT OR IGNORE INTO scopes VALUES(?, ?)", scopes)
    connection.executemany(
        "INSERT INTO observations VALUES(?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET token = excluded.token, boot_id ="
        " excluded.boot_id, elapsed = excluded.elapsed, wall = excluded.wall WHERE token <> excluded.token",
        seen,
    )


def _insert(connection: sqlite3.Connection, rows: list[tuple[Any, ...]], *, fresh: bool) -> None:
    """Two files with one id: the first path stands, the other is quarantined."""
    try:
        connection.execute("SAVEPOINT entities")
        connection.executemany("INSERT INTO entities VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)", rows)
        connection.execute("RELEASE entities")
    except sqlite3.IntegrityError:
        connection.execute("ROLLBACK TO entities")
        connection.execute("RELEASE entities")
        for each in rows:
            try:
                connection.execute("INSERT INTO entities VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)", each)
            except sqlite3.IntegrityError:
                _quarantine(connection, each[8], each[9], f"another file has the id {each[0]}")


def _forget(connection: sqlite3.Connection, path: str) -> None:
    found = connection.execute("SELECT id FROM entities WHERE path = ?", (path,)).fetchone()
    if found is not None:
        connection.execute("DELETE FROM scopes WHERE id = ?", found)
        connection.execute("DELETE FROM entities WHERE id = ?", found)
    connection.execute("DELETE FROM quarantine WHERE path = ?", (path,))
    connection.execute("DELETE FROM files WHERE path = ?", (path,))


def _quarantine(connection: sqlite3.Connection, path: str, oid: str | None, reason: str) -> None:
    shown = path.encode("utf-8", "backslashreplace").decode()
    connection.execute("INSERT OR REPLACE INTO quarantine VALUES(?, ?, ?)", (shown, oid, reason[:300]))


def _read(path: str, mode: str | None, data: bytes) -> Entity:
    if mode != "100644":
        kinds = {"120000": "a symbolic link", "160000": "a submodule", "100755": "executable"}
        raise Malformed(f"not a plain file: {kinds.get(str(mode), str(mode))}")
    place = kind_of_path(path)
    if place is None:
        raise Malformed("no entity stands at such a path")
    return yaml.decode(place[0], data, id=place[1])


def row(entity: Entity, path: str, oid: str, revision: int) -> tuple[Any, ...]:
    """The row of an entity, as the table ``entities`` has its columns."""
    values = entity.values
    named = parse_alias(str(values.get("alias") or ""))
    number = named[1] if named is not None and named[0] == entity.kind else None
    return (
        entity.id, entity.kind, number, values.get("state") or values.get("status"), values.get("slug") or values.get("handle"),
        values.get("agent_id"), values.get("session_id"), values.get("coop"), path, oid, revision, _dumps(values), entity.body,
    )  # fmt: skip


def key_of(claim: Entity) -> str:
    """The index key of an active claim."""
    values = claim.values
    return literal_prefix(from_stored(str(values.get("kind")), str(values.get("scope"))))


def _journal(
    connection: sqlite3.Connection, path: str, mode: str | None, oid: str, data: bytes, observed: Observed, *, fresh: bool
) -> None:
    """Append-only: only what is new is parsed. A changed beginning is a finding, and all of it is read again."""
    if mode != "100644":
        _quarantine(connection, path, oid, "not a plain file")
        return
    start = 0
    known = connection.execute("SELECT length, head FROM journals WHERE path = ?", (path,)).fetchone()
    if known is not None:
        if known[0] <= len(data) and sha256(data[: known[0]]).hexdigest() == known[1]:
            start = known[0]
        else:
            _forget_journal(connection, path)
            _quarantine(connection, path, oid, "lines that had landed were changed or removed")
    events, problems = decode_lines(data[start:])
    if problems:
        _quarantine(connection, path, oid, problems[0])
    rows, refs, intents = [], [], []
    for event in events:
        if not is_ulid(str(event.get("event_id"))) or not isinstance(event.get("revision"), int):
            _quarantine(connection, path, oid, "an event without an id or a revision")
            continue
        actor = event.get("actor") or {}
        rows.append((
            event["event_id"], event["revision"], str(event.get("ts")), str(event.get("type")), actor.get("agent_id"),
            actor.get("session_id"), event.get("intent_id"), path, _dumps(event),
        ))  # fmt: skip
        refs += [(str(ref), event["event_id"]) for ref in (event.get("refs") or {}).values()]
        intent = event.get("intent")
        if isinstance(intent, dict):
            key = str(intent.get("key") or event.get("intent_id"))
            intents.append(
                (key, str(event.get("intent_id")), event["event_id"], str(intent.get("digest") or ""), event["revision"])
            )
    connection.executemany("INSERT OR IGNORE INTO events VALUES(?,?,?,?,?,?,?,?,?)", rows)
    connection.executemany("INSERT OR IGNORE INTO event_refs VALUES(?, ?)", refs)
    connection.executemany("INSERT OR IGNORE INTO intents VALUES(?,?,?,?,?)", intents)
    head = sha256(data).hexdigest()
    connection.execute("INSERT OR REPLACE INTO journals VALUES(?, ?, ?, ?)", (path, oid, len(data), head))
    if not fresh and rows:
        _bound_clocks(connection, rows, observed)


def _forget_journal(connection: sqlite3.Connection, path: str) -> None:
    ids = "SELECT event_id FROM events WHERE path = ?"
    connection.execute(f"DELETE FROM event_refs WHERE event_id IN ({ids})", (path,))  # noqa: S608
    connection.execute(f"DELETE FROM intents WHERE event_id IN ({ids})", (path,))  # noqa: S608
    connection.execute("DELETE FROM events WHERE path = ?", (path,))


def _bound_clocks(connection: sqlite3.Connection, rows: list[tuple[Any, ...]], observed: Observed) -> None:
    """A stamp that was absent at one fetch and present at the next bounds the offset of the writer's clock."""
    if observed.previous is None:
        return
    session, stamp = rows[-1][5], rows[-1][2]
    if not session:
        return
    try:
        at = parse_instant(stamp)
    except ValueError:
        return
    connection.execute(
        "INSERT OR REPLACE INTO clock_bounds VALUES(?, ?, ?, ?)",
        (session, at - observed.wall - 1, at - observed.previous + 1, observed.wall),
    )


__all__ = ["Observed", "applied", "apply", "key_of", "rebuild", "row"]
