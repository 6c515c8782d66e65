"""Questions to the projection. The same answers from the file, from memory, and at any revision."""

from __future__ import annotations

from gitcoord.cache.database import Observed
from gitcoord.cache.history import History
from gitcoord.fastjson import loads
from gitcoord.model.ids import is_ulid, parse_alias, parse_provisional

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from typing import Any

    from gitcoord.model.entity import Entity

#: Columns of the same name as the field that they hold, when that is a text.
_COLUMNS = frozenset({"id", "agent_id", "session_id", "coop"})
#: Per kind, fields that stand in a column of another name.
_RENAMED = {
    ("coop", "slug"): "name", ("agent", "handle"): "name", ("coop", "status"): "state", ("decision", "status"): "state",
    ("thread_message", "thread"): "parent", ("attic", "of_id"): "parent",
}  # fmt: skip
#: Fields with an index of their own, of which few entities have the same value.
_SELECTIVE = frozenset({"agent_id", "session_id", "parent", "coop"})
_PLAIN_STATE = frozenset({"coop", "decision"})
#: A question for a prefix or a tail of an id shows at most so many.
_MOST = 50
_PAGE, _LARGE = 500, 2000
_CLOSED = "SELECT id FROM entities WHERE kind = 'coop' AND state = 'closed'"


class Reader(History):
    """Reads one projection, at one revision from the first question to the last.

    Args:
        fold_case: what the team's setting says; the index of scopes knows no case, so candidates are the same.
        observed: this clone's clocks; read when first needed otherwise.
        heal: see :class:`History`.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        fold_case: bool = False,
        observed: Observed | None = None,
        heal: Callable[[], sqlite3.Connection] | None = None,
    ) -> None:
        super().__init__(connection, heal)
        self._fold, self._observed = fold_case, observed

    def fold_case(self, fold: bool) -> None:
        """Whether paths that differ only in case are the same: a setting, which is read with this reader."""
        self._fold = fold

    # One, or those whose fields have these values.

    def get(self, kind: str, id: str) -> Entity | None:
        found = self._entities("WHERE kind = ? AND id = ?", (kind, id))
        return found[0] if found else None

    def find(
        self, kind: str, *, order: str = "id", limit: int | None = None, hot: Any = False, **equals: Any
    ) -> list[Entity]:
        """Entities of a kind whose fields equal the given values; None means that the field is absent.

        ``order`` is a field, ``-`` before it: falling; entities that lack it come first. ``hot`` leaves out what belongs
        to a co-op that was closed.
        """
        where, values = _condition(kind, equals)
        if hot:
            where += f" AND (coop IS NULL OR coop NOT IN ({_CLOSED}))"
        down = " DESC" if order.startswith("-") else ""
        field = order.lstrip("-")
        by = f"id{down}" if field == "id" else f"{_expression(kind, field, '')}{down}, id{down}"
        if limit is None and not _SELECTIVE.isdisjoint(equals):
            by = "+" + by  # else SQLite walks all of a state in the order of ids, to save sorting the few that are wanted
        bound = f" LIMIT {int(limit)}" if limit is not None else ""
        return self._entities(f"WHERE {where} ORDER BY {by}{bound}", values)

    def newest(self, kind: str, most: int, **equals: Any) -> list[Entity]:
        return self.find(kind, order="-id", limit=most, **equals)

    def falling(self, kind: str, most: int, **equals: Any) -> Iterator[Entity]:
        """What :meth:`newest` gives, page by page, so that few are in memory at a time."""
        where, values = _condition(kind, equals)
        below: list[str] = []
        while most > 0:
            rest = f"WHERE {where}{' AND id < ?' if below else ''} ORDER BY id DESC LIMIT {min(_LARGE, most)}"
            page = self._entities(rest, (*values, *below))
            yield from page
            if len(page) < _LARGE:
                return
            most, below = most - len(page), [page[-1].id]

    def count(self, kind: str, *, hot: Any = False, **equals: Any) -> int:
        where, values = _condition(kind, equals)
        sql = f"SELECT count(*) FROM entities WHERE {where}"  # noqa: S608
        total = int(self._ask(sql, values)[0][0])
        # Counted apart: both counts then read an index alone.
        return total - int(self._ask(f"{sql} AND coop IN ({_CLOSED})", values)[0][0]) if hot and total else total

    def claims(
        self, active: bool = True, agent_id: str | None = None, session_id: str | None = None, coop: str | None = None
    ) -> list[Entity]:
        equals = {"agent_id": agent_id, "session_id": session_id, "coop": coop}
        wanted: dict[str, Any] = {name: value for name, value in equals.items() if value is not None}
        if active:
            wanted["state"] = "active"
        return self.find("claim", **wanted)

    def mail(self, words: list[str], taken_by: str = "") -> Iterator[Entity]:
        """Open messages with at least one of these words in their fields, oldest first, page by page.

        What somebody of this handle has acknowledged is left out, unless it is a question. Found in the index of what
        is open; ``acked_by`` is the last field of a message, and quotes within texts are escaped.
        """
        some = " OR ".join("instr(doc, ?)" for _ in words) or "0"
        where, values = f"kind = 'message' AND state = 'open' AND ({some})", list(words)
        if taken_by:
            quoted = taken_by.replace("\\", "\\\\").replace('"', '\\"')
            field = "instr(doc, '\"acked_by\":[')"
            where += f" AND (NOT ({field} AND instr(substr(doc, {field}), ?)) OR instr(doc, '\"question\":true'))"
            values.append(f'"{quoted}"')
        last = ""
        while True:
            page = self._entities(f"WHERE {where} AND id > ? ORDER BY id LIMIT {_PAGE}", (*values, last))
            yield from page
            if len(page) < _PAGE:
                return
            last = page[-1].id

    # By what people call it.

    def resolve(self, kind: str | None, reference: str) -> list[Entity]:
        """Everything that an alias, provisional alias, id, prefix of an id (4 characters or more), slug or handle may
        mean, by rising id. An exact name means nothing else."""
        text = reference.strip()
        known = parse_alias(text)
        if known is not None:
            return self._entities("WHERE kind = ? AND number = ? ORDER BY id", known) if kind in (None, known[0]) else []
        waiting = parse_provisional(text)
        if waiting is not None:
            return self._ending(*waiting) if kind in (None, waiting[0]) else []
        lowered = text.lower()
        kinds = [kind] if kind is not None else _all_kinds()
        marks = ",".join("?" * len(kinds))
        if is_ulid(lowered):
            return self._entities(f"WHERE kind IN ({marks}) AND id = ? ORDER BY kind", (*kinds, lowered))
        if _is_text(text):
            named = self._entities(f"WHERE name = ? AND kind IN ({marks}) ORDER BY id", (text, *kinds))
            if named:
                return named
        if not 4 <= len(lowered) < 26 or not lowered.isascii() or not lowered.isalnum():
            return []
        where = f"WHERE kind IN ({marks}) AND id >= ? AND id < ? ORDER BY id LIMIT {_MOST}"
        return self._entities(where, (*kinds, lowered, lowered + "{"))

    def _ending(self, kind: str, tail: str) -> list[Entity]:
        return self._entities(f"WHERE kind = ? AND substr(id, ?) = ? ORDER BY id LIMIT {_MOST}", (kind, -len(tail), tail))

    # What the rules ask.

    def overlap_candidates(self, scope_kind: str, scope: str) -> list[Entity]:
        """A superset of the active claims that overlap, by index. A file's name need not be text; what a claim names is."""
        from gitcoord.rules.claims.overlap import prefix_probe

        exact, below = prefix_probe(scope_kind, scope, True)
        keys = [each for each in exact if _is_text(each)]
        if below is not None and not _is_text(below):
            below = None
        sql = f"SELECT id FROM scopes WHERE key IN ({','.join('?' * len(keys))})"  # noqa: S608
        if below is not None:
            sql += " UNION SELECT id FROM scopes WHERE key >= ?"
            keys.append(below or "\x01")  # what is no path begins with a NUL
            if below:
                sql += " AND key < ?"
                keys.append(below[:-1] + chr(ord(below[-1]) + 1))
        return self._entities(f"WHERE kind = 'claim' AND id IN ({sql}) ORDER BY id", keys)

    def next_number(self, kind: str) -> int:
        """The number of the next alias: never given before, also not to an entity whose file is gone."""
        sql = "SELECT max(number) FROM entities WHERE kind = ?1 UNION ALL SELECT highest FROM numbers WHERE kind = ?1"
        return max((int(number or 0) for (number,) in self._ask(sql, (kind,))), default=0) + 1

    def seen(self, claim: Entity) -> dict[str, Any]:
        """What this clone's own clocks say of a claim (protocol section 4)."""
        from gitcoord.cache import clocks

        now = self._clocks()
        token, session = str(claim.get("lease_token") or ""), str(claim.get("session_id") or "")
        return {
            "token_seen_for": clocks.seen_for(self._db, claim.id, token, now) if token else None,
            "offset": clocks.offset(self._db, session, now),
            "newest_commit_at": self.newest_at(),
        }

    def _clocks(self) -> Observed:
        if self._observed is None:
            from gitcoord import clock

            self._observed = Observed(clock.boot_id(), clock.elapsed(), clock.now())
        return self._observed

    def file(self, path: str) -> bytes | None:
        """A file of the tree that is no entity: ``settings.yml``, ``format.yml``, ``policy/…``."""
        if not _is_text(path):
            return None
        found = self._ask("SELECT data FROM files WHERE path = ?", (path,))
        return None if not found or found[0][0] is None else bytes(found[0][0])

    def format(self) -> int:
        """The format of the branch; 0 before ``init`` and when ``format.yml`` names none."""
        from gitcoord.codec import yaml
        from gitcoord.codec.errors import Malformed

        try:
            found = yaml.decode_tree(self.file("format.yml") or b"").get("format")
        except Malformed:
            return 0
        return found if type(found) is int else 0

    # Everything.

    def query(
        self,
        kind: str | None = None,
        where: dict[str, Any] | None = None,
        since: int | None = None,
        until: int | None = None,
        agent: str | None = None,
        coop: str | None = None,
        fields: list[str] | None = None,
        limit: int | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Entities as flat objects, by rising id, with the kind of entity under ``entity``.

        Args:
            where: field to value; fields that are lists contain the value.
            since, until: revisions; those to which an event after the one and up to the other refers.
            agent: id or handle of whoever made, holds or is assigned it.
            fields: only these, absent ones as null.
        """
        touched = self._touched(since, until) if since is not None or until is not None else None
        known = set() if agent is None else {agent, *(each.id for each in self.resolve("agent", agent))}
        left = limit if limit is not None else -1
        for entity in self._paged(kind, coop):
            if left == 0:
                return
            values = entity.as_json()
            if touched is not None and entity.id not in touched:
                continue
            if known and not any(isinstance(v, str) and v in known for n, v in values.items() if n in _BY):
                continue
            if where and not all(_holds(values.get(name), value) for name, value in where.items()):
                continue
            left -= 1
            found = {"entity": entity.kind, "kind": entity.kind, **values}
            yield {name: found.get(name) for name in fields} if fields else found

    def has_field(self, name: str) -> bool:
        """Whether any entity has a value under this key, declared or not."""
        expression = _expression("", name, 0)
        return bool(self._ask(f"SELECT 1 FROM entities WHERE {expression} IS NOT NULL LIMIT 1"))  # noqa: S608

    def _paged(self, kind: str | None, coop: str | None) -> Iterator[Entity]:
        wheres, values = ["1"], []
        if kind is not None:
            wheres, values = ["kind = ?"], [kind]
        if coop is not None:
            wheres.append("(coop = ? OR id = ?)")
            values += [coop, coop]
        last = ("", "")
        while True:
            rest = f"WHERE {' AND '.join(wheres)} AND (kind, id) > (?, ?) ORDER BY kind, id LIMIT {_PAGE}"
            page = self._entities(rest, (*values, *last))
            yield from page
            if len(page) < _PAGE:
                return
            last = (page[-1].kind, page[-1].id)

    def _touched(self, since: int | None, until: int | None) -> set[str]:
        wheres = ["revision > ?"] if since else ["1"]
        values = [since] if since else []
        if until is not None:
            wheres.append("revision <= ?")
            values.append(until)
        sql = f"SELECT json_extract(doc, '$.refs') FROM event_lines WHERE {' AND '.join(wheres)}"  # noqa: S608
        return {id for (refs,) in self._ask(sql, values) if refs for id in loads(refs).values()}

    def quarantined(self) -> list[dict[str, str]]:
        """Files, and lines of journals, that cannot be read, with the reason. They are left where they are."""
        rows = self._ask("SELECT path, reason FROM quarantine UNION ALL SELECT path, NULL FROM rivals ORDER BY path, reason")
        return [{"path": path, "reason": reason or "another file has the same id"} for path, reason in rows]

    def findings(self) -> list[dict[str, str]]:
        """What this clone saw that the tip alone does not tell: landed journal lines that were changed or removed."""
        rows = self._ask("SELECT path, reason, commit_oid FROM findings ORDER BY path")
        return [{"path": path, "reason": reason, "commit": commit} for path, reason, commit in rows]

    def digest(self) -> str:
        """A hash of the whole state, file by file: equal for equal trees, whatever the road to them."""
        from gitcoord.hashes import sha256

        hasher = sha256()
        rows = self._ask(
            "SELECT path, '100644' AS mode, oid FROM entities UNION ALL SELECT path, '100644', oid FROM rivals"
            " UNION ALL SELECT path, '100644', oid FROM journals UNION ALL SELECT path, mode, oid FROM files"
            " UNION ALL SELECT path, mode, oid FROM quarantine WHERE line = 0 ORDER BY 1, 2, 3"
        )
        for path, mode, oid in rows:
            hasher.update(f"{mode} {oid} {path}\0".encode())
        found: str = hasher.hexdigest()
        return found


_BY = frozenset({
    "agent", "agent_id", "assignee", "assignee_id", "created_by", "asked_by", "decided_by", "handle", "reviewer",
})  # fmt: skip


def _all_kinds() -> list[str]:
    from gitcoord.model.kinds import KINDS

    return list(KINDS)


def _is_text(value: Any) -> bool:
    """SQLite takes neither lone surrogates nor what else has no UTF-8."""
    if type(value) is not str:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_storable(value: Any) -> bool:
    if isinstance(value, int):
        return -(1 << 63) <= value < 1 << 63
    return _is_text(value) if isinstance(value, str) else bool(value == value)  # SQLite takes NaN for null


def _holds(found: Any, value: Any) -> bool:
    if isinstance(found, list) and not isinstance(value, list):
        return value in found
    return bool(found == value)


def _expression(kind: str, field: str, value: Any) -> str:
    """Where a field of this kind stands: a column when it holds texts, else in the document."""
    if type(value) is str or value is None:
        if field in _COLUMNS:
            return field
        if field == "state" and kind not in _PLAIN_STATE:
            return "state"
        if (kind, field) in _RENAMED:
            return _RENAMED[kind, field]
    if not field.replace("_", "").isalnum() or not field.isascii():
        return "NULL"
    return f"json_extract(doc, '$.{field}')"


def _condition(kind: str, equals: dict[str, Any]) -> tuple[str, list[Any]]:
    wheres, values = ["kind = ?"], [kind]
    for name, value in equals.items():
        if name == "state" and value == "active" and kind not in _PLAIN_STATE:
            wheres.append("state = 'active'")  # said, not bound: so the small indexes of what is active serve
        elif isinstance(value, (list, tuple, dict)):
            wheres.append(f"{_expression(kind, name, 0)} IS json(?)")
            import json

            values.append(json.dumps(value, ensure_ascii=False))
        elif not _is_storable(value):
            wheres.append("0")
        else:
            # An index of the rows that have a value at all serves "=" and never "IS".
            wheres.append(f"{_expression(kind, name, value)} {'IS' if value is None else '='} ?")
            values.append(value)
    return " AND ".join(wheres), values
