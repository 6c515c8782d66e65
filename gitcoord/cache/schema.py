"""The tables of the cache, version 4, and the views for a person who opens it with ``sqlite3``.

Everything but ``observations``, ``clock_bounds``, ``findings`` and ``landings`` is a function of the tree of one
commit: built at once or step by step, the rows are the same. Imported only when a cache is made or rebuilt.
"""

from __future__ import annotations

from gitcoord.model.fields import FLAG
from gitcoord.model.kinds import KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from gitcoord.model.fields import Field, Kind

#: ``doc`` is the front matter as JSON, ``body`` the Markdown, ``proof`` a CRC-32 over what a reader is given: SQLite
#: returns a flipped bit of a row as if it were true. ``rivals`` holds files whose id another path has.
_ENTITY = """
  kind TEXT NOT NULL, id TEXT NOT NULL, number INTEGER, state TEXT, name TEXT, agent_id TEXT, session_id TEXT, coop TEXT,
  parent TEXT, path TEXT NOT NULL, oid TEXT NOT NULL, doc TEXT NOT NULL, body TEXT NOT NULL, proof INTEGER NOT NULL
"""
TABLES = (
    # ``mended:<path>``: a file that stands in the rows otherwise than in the tree, until the next landing writes it: what
    # people did by hand, mended. NULL where nothing is to stand.
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    f"CREATE TABLE entities({_ENTITY})",
    f"CREATE TABLE rivals({_ENTITY})",
    # Active claims, by where an overlapping scope looks for them.
    "CREATE TABLE scopes(key TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY(key, id)) WITHOUT ROWID",
    "CREATE TABLE journals(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, oid TEXT NOT NULL, length INTEGER NOT NULL,"
    " lines INTEGER NOT NULL)",
    # One row a line. ``intent`` and ``key`` stand only in the line that carries the record of its intent.
    "CREATE TABLE event_lines(journal INTEGER NOT NULL, line INTEGER NOT NULL, event_id TEXT NOT NULL, revision INTEGER NOT"
    " NULL, at REAL, type TEXT NOT NULL, agent_id TEXT, session_id TEXT, coop TEXT, intent TEXT, key TEXT, doc TEXT NOT NULL,"
    " proof INTEGER NOT NULL)",
    "CREATE TABLE numbers(kind TEXT PRIMARY KEY, highest INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE files(path TEXT PRIMARY KEY, mode TEXT NOT NULL, oid TEXT NOT NULL, data BLOB) WITHOUT ROWID",
    # ``line`` is 0 for a whole file, else the line of a journal, without mode and oid.
    "CREATE TABLE quarantine(path TEXT NOT NULL, line INTEGER NOT NULL, mode TEXT NOT NULL, oid TEXT NOT NULL, reason TEXT"
    " NOT NULL, PRIMARY KEY(path, line)) WITHOUT ROWID",
    "CREATE TABLE observations(claim_id TEXT PRIMARY KEY, token TEXT NOT NULL, boot_id TEXT NOT NULL, elapsed REAL NOT NULL,"
    " wall REAL NOT NULL) WITHOUT ROWID",
    "CREATE TABLE clock_bounds(session_id TEXT PRIMARY KEY, low REAL NOT NULL, high REAL NOT NULL, boot_id TEXT NOT NULL,"
    " elapsed REAL NOT NULL, wall REAL NOT NULL) WITHOUT ROWID",
    "CREATE TABLE findings(path TEXT PRIMARY KEY, commit_oid TEXT NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE landings(revision INTEGER PRIMARY KEY, commit_oid TEXT NOT NULL)",
)
#: Made after the rows at a rebuild: random ids into a growing index cost three times as much. ``id`` stands last where a
#: few newest are asked for: without it SQLite walks all of a state in the order of ids to find them.
INDEXES = {
    "entity_by_id": "UNIQUE INDEX entity_by_id ON entities(kind, id)",
    "entity_by_state": "INDEX entity_by_state ON entities(kind, state, id)",
    "entity_by_number": "INDEX entity_by_number ON entities(kind, number)",
    "entity_by_name": "INDEX entity_by_name ON entities(name) WHERE name IS NOT NULL",
    "entity_by_parent": "INDEX entity_by_parent ON entities(parent) WHERE parent IS NOT NULL",
    "entity_of_coop": "INDEX entity_of_coop ON entities(coop, kind, state, id) WHERE coop IS NOT NULL",
    "active_by_agent": "INDEX active_by_agent ON entities(agent_id, kind, id) WHERE state = 'active'",
    "active_by_session": "INDEX active_by_session ON entities(session_id, kind, id) WHERE state = 'active'",
    "event_in_order": "INDEX event_in_order ON event_lines(revision, event_id)",
    "event_of_session": "INDEX event_of_session ON event_lines(session_id, revision)",
    "event_of_coop": "INDEX event_of_coop ON event_lines(coop, at) WHERE coop IS NOT NULL",
    "event_of_intent": "INDEX event_of_intent ON event_lines(intent) WHERE intent IS NOT NULL",
    "event_of_key": "INDEX event_of_key ON event_lines(key) WHERE key IS NOT NULL",
}
#: Emptied at a rebuild; the rest is what this clone saw, and stays.
PROJECTED = ("entities", "rivals", "scopes", "journals", "event_lines", "numbers", "files", "quarantine")


def statements() -> Iterator[str]:
    """Every statement that makes an empty cache."""
    yield from TABLES
    for rest in INDEXES.values():
        yield f"CREATE {rest}"
    yield from _views()


def create_indexes(connection: sqlite3.Connection) -> None:
    """Raises sqlite3.IntegrityError when two rows have one id."""
    for rest in INDEXES.values():
        connection.execute(f"CREATE {rest}")


def drop_indexes(connection: sqlite3.Connection) -> None:
    for name in INDEXES:
        connection.execute(f"DROP INDEX IF EXISTS {name}")


def _views() -> Iterator[str]:
    for kind in KINDS.values():
        columns = ", ".join(_column(field) for field in kind.fields)
        rows = f"{columns}{_body(kind)}, path FROM entities WHERE kind = '{kind.name}'"
        yield f"CREATE VIEW {kind.plural} AS SELECT {rows}"
    yield (
        "CREATE VIEW events AS SELECT event_id, revision, json_extract(doc, '$.ts') AS ts, type,"
        " json_extract(doc, '$.actor.agent') AS agent, agent_id, session_id, json_extract(doc, '$.intent_id') AS intent_id,"
        " json_extract(doc, '$.refs') AS refs, json_extract(doc, '$.body') AS body FROM event_lines ORDER BY revision, event_id"
    )
    yield (
        "CREATE VIEW intents AS SELECT revision, intent AS intent_id, json_extract(doc, '$.intent.kind') AS kind,"
        " json_extract(doc, '$.actor.agent') AS agent, session_id, json_extract(doc, '$.ts') AS ts,"
        " json_extract(doc, '$.intent.subject') AS subject FROM event_lines WHERE intent IS NOT NULL ORDER BY revision"
    )


def _column(field: Field) -> str:
    """Lists and trees show as JSON, flags as true and false. (``->`` would need SQLite 3.38.)"""
    value = f"json_extract(doc, '$.{field.name}')"
    if field.type == FLAG:
        value = f"iif({value}, 'true', 'false')"
    return f'{value} AS "{field.name}"'


def _body(kind: Kind) -> str:
    return ", body" if kind.has_body else ""
