"""Journal segments -> one row a line. Append-only: of a segment that grew only the new lines are parsed.

A line that is no event is quarantined by its number. A segment whose landed lines were changed or removed is read
again from its beginning, so that the rows stay a function of the tree, and remembered as a finding of this clone.
"""

from __future__ import annotations

from gitcoord.cache.database import proof
from gitcoord.cache.rows import refuse_mode, stored
from gitcoord.clock import parse_instant
from gitcoord.codec.errors import Malformed
from gitcoord.codec.journal import decode_lines
from gitcoord.fastjson import loads
from gitcoord.hashes import sha1, sha256
from gitcoord.model.ids import parse_alias
from gitcoord.model.kinds import BY_PLURAL
from gitcoord.sql import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIMIT = 64 << 20
"""Bytes in one segment."""
_BOM = b"\xef\xbb\xbf"
_INSERT = "INSERT INTO event_lines VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)"


class Journals:
    """Takes segments within one transaction; :meth:`close` writes what is a total over all of them."""

    def __init__(self, connection: sqlite3.Connection, commit: str, *, fresh: bool) -> None:
        self._db, self._commit, self._fresh = connection, commit, fresh
        self._numbers: dict[str, int] = {}
        self._recount = False
        #: Of each new intent: its session, when it was written, when it landed. By their clocks, as text.
        self.arrived: list[tuple[str, str, str]] = []

    def take(self, path: str, mode: str | None, oid: str, data: bytes) -> None:
        """The content of a segment. Raises Malformed when it is none."""
        name = stored(path)
        known = self._known(name)
        try:
            refuse_mode(mode)
            if path.count("/") != 2 or not path.endswith(".jsonl"):
                raise Malformed("not where a journal segment stands")
            if len(data) > LIMIT:
                raise Malformed(f"{len(data)} bytes; a segment has at most {LIMIT}")
        except Malformed:
            self.drop(path)
            raise
        start = lines = 0
        if known is not None:
            id, before, length, counted = known
            if _begins(data, before, length) and data[length : length + 3] != _BOM:
                start, lines = length, counted
            else:
                if length:
                    self._find(name, "lines that had landed were changed or removed")
                self._empty(name, id)
        else:
            self._db.execute("INSERT INTO journals(path, oid, length, lines) VALUES(?, '', 0, 0)", (name,))
            id = int(self._db.execute("SELECT last_insert_rowid()").fetchone()[0])
        count = self._parse(name, id, data[start:], lines)
        # Without a newline at its end the last line is not known to be whole: such a segment is read again.
        length, count = (len(data), count) if data[-1:] == b"\n" else (0, 0)
        self._db.execute("UPDATE journals SET oid = ?, length = ?, lines = ? WHERE id = ?", (oid, length, count, id))

    def drop(self, path: str) -> None:
        """The segment is gone from the tree."""
        name = stored(path)
        known = self._known(name)
        if known is not None:
            if known[2]:
                self._find(name, "a segment that had landed was removed")
            self._empty(name, known[0])
            self._db.execute("DELETE FROM journals WHERE id = ?", (known[0],))

    def forget_mended(self, segments: list[str]) -> None:
        """Lines of these segments stood only here, not in the tree: they are read again, and nobody is told."""
        for name in segments:
            known = self._known(name)
            if known is not None:
                self._empty(name, known[0])
                self._db.execute("UPDATE journals SET length = 0, lines = 0, oid = '' WHERE id = ?", known[:1])

    def close(self) -> None:
        """Write the totals. May be called again when more was taken."""
        if self._recount:
            self._recount = False
            self._db.execute("DELETE FROM numbers")
            self._numbers.clear()
            for (doc,) in self._db.execute("SELECT doc FROM event_lines WHERE intent IS NOT NULL"):
                self._count(loads(doc))
        self._db.executemany(
            "INSERT INTO numbers VALUES(?, ?) ON CONFLICT(kind) DO UPDATE SET highest = max(highest, excluded.highest)",
            self._numbers.items(),
        )

    def _known(self, name: str) -> tuple[int, str, int, int] | None:
        found: tuple[int, str, int, int] | None = self._db.execute(
            "SELECT id, oid, length, lines FROM journals WHERE path = ?", (name,)
        ).fetchone()
        return found

    def _find(self, name: str, reason: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO findings VALUES(?, ?, ?)", (name, self._commit, reason))

    def _empty(self, name: str, id: int) -> None:
        self._db.execute("DELETE FROM event_lines WHERE journal = ?", (id,))
        self._db.execute("DELETE FROM quarantine WHERE path = ? AND line > 0", (name,))
        self._recount = True

    def _parse(self, name: str, id: int, data: bytes, number: int) -> int:
        """Rows of these lines; returns the number of the last line."""
        rows: list[tuple[Any, ...]] = []
        bad: list[tuple[Any, ...]] = []
        for line in data.removesuffix(b"\n").split(b"\n") if data else ():
            number += 1
            events, problems = decode_lines(line)
            if events:
                rows.append(self._row(id, number, events[0], line.removeprefix(_BOM).strip().decode()))
            elif problems:
                bad.append((name, number, "", "", f"line {number}: {problems[0].partition(': ')[2]}"[:300]))
            if len(rows) >= 2000:
                self._db.executemany(_INSERT, rows)
                rows.clear()
        self._db.executemany(_INSERT, rows)
        self._db.executemany("INSERT OR REPLACE INTO quarantine VALUES(?,?,?,?,?)", bad)
        return number

    def _row(self, id: int, number: int, event: dict[str, Any], line: str) -> tuple[Any, ...]:
        actor, refs = event.get("actor") or {}, event.get("refs") or {}
        intent = event.get("intent_id") if isinstance(event.get("intent"), dict) else None
        key = None
        if intent is not None:
            key = str(event["intent"].get("key") or intent)
            self._count(event)
            if not self._fresh and not event.get("via"):
                self.arrived.append((actor.get("session_id") or "", str(event["intent"].get("at")), event["ts"]))
        return (
            id, number, event["event_id"], event.get("revision") or 0, _instant(event["ts"]), event["type"],
            actor.get("agent_id"), actor.get("session_id"), refs.get("coop"), intent, key if key != intent else None, line,
            proof("event", event["event_id"], line),
        )  # fmt: skip

    def _count(self, event: dict[str, Any]) -> None:
        """Numbers that were given once are never given again, also when the file of their entity is gone."""
        result = event["intent"].get("result")
        if not isinstance(result, dict):
            return
        for plural, entities in result.items():
            if plural not in BY_PLURAL or not isinstance(entities, list):
                continue
            for each in entities:
                named = each.get("alias") if isinstance(each, dict) else None
                found = parse_alias(named) if isinstance(named, str) else None
                if found is not None and found[1] > self._numbers.get(found[0], 0):
                    self._numbers[found[0]] = found[1]


def _begins(data: bytes, oid: str, length: int) -> bool:
    """Whether the segment begins with the blob that we have read: git's own id of that blob says so."""
    if length == 0 or length > len(data):
        return False
    hasher = sha256 if len(oid) == 64 else sha1
    return bool(hasher(b"blob %d\0" % length + data[:length]).hexdigest() == oid)


def _instant(text: str) -> float | None:
    try:
        return parse_instant(text)
    except ValueError:
        return None
