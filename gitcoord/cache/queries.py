"""Questions to the projection. The same answers from the file, from memory, and at any revision."""

from __future__ import annotations

import json
import sqlite3

from gitcoord.cache.database import Observed, applied, documents
from gitcoord.model.entity import Entity
from gitcoord.model.ids import is_ulid, parse_alias, parse_provisional

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_COLUMNS = {"id": "id", "agent_id": "agent_id", "session_id": "session_id", "coop": "coop", "number": "number"}
_NAMED = {"slug", "handle"}
#: Kinds whose ``state`` column is filled from a field of this name.
_STATES = {"state", "status"}
_ENTITY = "SELECT kind, doc, body FROM entities"


def _condition(name: str, value: Any) -> tuple[str, list[Any]]:
    if value is None:
        return f"json_extract(doc, '$.\"{name}\"') IS NULL", []
    column = _COLUMNS.get(name) or ("state" if name in _STATES else "name" if name in _NAMED else "")
    if column:
        return f"{column} = ?", [value]
    if not name.replace("_", "").isalnum():
        return "0", []
    if isinstance(value, bool):
        value = int(value)
    return f"json_extract(doc, '$.\"{name}\"') = ?", [value]


class Reader:
    """Reads one projection. ``observed`` and ``fold_case`` serve the rules' port."""

    def __init__(
        self, connection: sqlite3.Connection, *, fold_case: bool = False, observed: Observed | None = None
    ) -> None:
        self._db = connection
        self._fold, self._observed = fold_case, observed
        found = applied(connection)
        self.commit, self._revision = found if found is not None else ("", 0)

    def fold_case(self, fold: bool) -> None:
        """Whether paths that differ only in case are the same: a setting, which is read with this reader."""
        self._fold = fold

    @property
    def revision(self) -> int:
        return self._revision

    def get(self, kind: str, id: str) -> Entity | None:
        found = self._db.execute(_ENTITY + " WHERE id = ? AND kind = ?", (id, kind)).fetchone()
        return None if found is None else Entity(found[0], json.loads(found[1]), found[2])

    def find(self, kind: str, *, order: str = "id", limit: int | None = None, **equals: Any) -> list[Entity]:
        """Entities of a kind whose fields equal the given values. ``order`` is a field, ``-`` before it: falling."""
        wheres, values = ["kind = ?"], [kind]
        for name, value in equals.items():
            where, more = _condition(name, value)
            wheres.append(where)
            values += more
        field = order.lstrip("-")
        by = _COLUMNS.get(field) or f"json_extract(doc, '$.\"{field}\"')"
        down = " DESC" if order.startswith("-") else ""
        bound = f" LIMIT {int(limit)}" if limit is not None else ""
        sql = f"{_ENTITY} WHERE {' AND '.join(wheres)} ORDER BY {by}{down}, id{down}{bound}"
        return list(documents(self._db.execute(sql, values)))

    def count(self, kind: str, **equals: Any) -> int:
        wheres, values = ["kind = ?"], [kind]
        for name, value in equals.items():
            where, more = _condition(name, value)
            wheres.append(where)
            values += more
        sql = f"SELECT count(*) FROM entities WHERE {' AND '.join(wheres)}"  # noqa: S608
        return int(self._db.execute(sql, values).fetchone()[0])

    def resolve(self, kind: str | None, reference: str) -> list[Entity]:
        """Everything that an alias, id, prefix of an id (4 characters or more), slug or handle may mean."""
        text = reference.strip()
        alias = parse_alias(text)
        if alias is not None:
            if kind is not None and alias[0] != kind:
                return []
            return self._all("kind = ? AND number = ?", *alias)
        waiting = parse_provisional(text)
        if waiting is not None:
            return [e for e in self._all("kind = ? AND id LIKE ?", waiting[0], "%" + waiting[1]) if kind in (None, e.kind)]
        of_kind, values = ("kind = ? AND ", [kind]) if kind is not None else ("", [])
        lowered = text.lower()
        if is_ulid(lowered):
            return self._all(of_kind + "id = ?", *values, lowered)
        if kind in ("coop", "agent", None):
            named = self._all(of_kind + "name = ?", *values, text)
            if named:
                return named
        if len(lowered) >= 4 and lowered.isascii() and lowered.isalnum():
            return self._all(of_kind + "id >= ? AND id < ?", *values, lowered, lowered + "{")
        return []

    def _all(self, where: str, *values: Any) -> list[Entity]:
        sql = f"{_ENTITY} WHERE {where} ORDER BY id LIMIT 50"
        return list(documents(self._db.execute(sql, values)))

    def overlap_candidates(self, scope_kind: str, scope: str) -> list[Entity]:
        """A superset of the active claims that overlap, by index."""
        from gitcoord.rules.claims.overlap import prefix_probe

        exact, below = prefix_probe(scope_kind, scope)
        if self._fold:
            return self.claims(active=True)
        marks = ",".join("?" * len(exact))
        sql = f"SELECT id FROM scopes WHERE key IN ({marks})"  # noqa: S608
        values: list[Any] = list(exact)
        if below is not None:
            sql += " UNION SELECT id FROM scopes WHERE key >= ? AND key < ?"
            values += [below or "\x01", below + "\U0010ffff"]
        rows = self._db.execute(f"{_ENTITY} WHERE id IN ({sql}) ORDER BY id", values)
        return list(documents(rows))

    def claims(
        self, active: bool = True, agent_id: str | None = None, session_id: str | None = None, coop: str | None = None
    ) -> list[Entity]:
        equals = {"agent_id": agent_id, "session_id": session_id, "coop": coop}
        wanted: dict[str, Any] = {name: value for name, value in equals.items() if value is not None}
        return self.find("claim", **({"state": "active"} if active else {}), **wanted)

    def next_number(self, kind: str) -> int:
        found = self._db.execute("SELECT max(number) FROM entities WHERE kind = ?", (kind,)).fetchone()
        return int(found[0] or 0) + 1

    def landed(self, key: str) -> dict[str, Any] | None:
        """The record of the intent that landed under this id or key."""
        sql = (
            "SELECT i.key, i.intent_id, i.digest, i.revision, e.line FROM intents i JOIN events e USING(event_id) WHERE "
        )
        found = self._db.execute(sql + "i.key = ?", (key,)).fetchone()
        if found is None:
            found = self._db.execute(sql + "i.intent_id = ?", (key,)).fetchone()
        if found is None:
            return None
        result = (json.loads(found[4]).get("intent") or {}).get("result") or {}
        return {
            "key": found[0], "intent_id": found[1], "digest": found[2], "revision": found[3], "result": result,
            "commit": self.commit,
        }  # fmt: skip

    def seen(self, claim: Entity) -> dict[str, Any]:
        """What this clone's own clocks say of a claim (protocol section 4)."""
        facts: dict[str, Any] = {"token_seen_for": None, "offset": None, "newest_commit_at": self.newest_at()}
        now = self._observed
        if now is None:
            return facts
        sql = "SELECT token, boot_id, elapsed, wall FROM observations WHERE id = ?"
        row = self._db.execute(sql, (claim.id,)).fetchone()
        if row is not None and row[0] == claim.get("lease_token"):
            same_boot = row[1] == now.boot_id
            facts["token_seen_for"] = max(0.0, now.elapsed - row[2]) if same_boot else None
        sql = "SELECT low, high, at FROM clock_bounds WHERE session_id = ?"
        bounds = self._db.execute(sql, (claim.get("session_id"),)).fetchone()
        if bounds is not None and now.wall - bounds[2] < 86400:
            facts["offset"] = [bounds[0], bounds[1]]
        return facts

    def newest_at(self) -> float:
        from gitcoord.clock import parse_instant

        found = self._db.execute("SELECT ts FROM events ORDER BY revision DESC, event_id DESC LIMIT 1").fetchone()
        try:
            return parse_instant(found[0]) if found is not None else 0.0
        except ValueError:
            return 0.0

    def file(self, path: str) -> bytes | None:
        """A file of the tree that is no entity."""
        found = self._db.execute("SELECT data FROM files WHERE path = ?", (path,)).fetchone()
        return None if found is None else bytes(found[0])

    # History.

    def events(
        self,
        since: int = 0,
        until: int | None = None,
        limit: int | None = None,
        types: list[str] | None = None,
        agent: str | None = None,
        session: str | None = None,
        ref: str | None = None,
        newest_first: bool = False,
    ) -> list[dict[str, Any]]:
        """Events after revision ``since`` up to ``until``, without the record of the intent that they carry."""
        wheres, values = ["revision > ?"], [since]
        if until is not None:
            wheres.append("revision <= ?")
            values.append(until)
        if types:
            wheres.append(f"type IN ({','.join('?' * len(types))})")
            values += types  # type: ignore[arg-type]
        for column, value in (("agent_id", agent), ("session_id", session)):
            if value is not None:
                wheres.append(f"{column} = ?")
                values.append(value)  # type: ignore[arg-type]
        if ref is not None:
            wheres.append("event_id IN (SELECT event_id FROM event_refs WHERE ref = ?)")
            values.append(ref)  # type: ignore[arg-type]
        down = " DESC" if newest_first else ""
        bound = f" LIMIT {int(limit)}" if limit is not None else ""
        sql = f"SELECT line FROM events WHERE {' AND '.join(wheres)} ORDER BY revision{down}, event_id{down}{bound}"  # noqa: S608
        found = []
        for (line,) in self._db.execute(sql, values):
            event = json.loads(line)
            event.pop("intent", None)
            found.append(event)
        return found

    def intents(self, since: int = 0, until: int | None = None, limit: int | None = None) -> list[dict[str, Any]]:
        """Landed intents, oldest first."""
        sql = (
            "SELECT i.intent_id, i.revision, e.line FROM intents i JOIN events e USING(event_id) WHERE i.revision > ?"
            " AND (? IS NULL OR i.revision <= ?) ORDER BY i.revision"
        )
        bound = f" LIMIT {int(limit)}" if limit is not None else ""
        found = []
        for intent_id, revision, line in self._db.execute(sql + bound, (since, until, until)):
            event = json.loads(line)
            actor, intent = event.get("actor") or {}, event.get("intent") or {}
            found.append({
                "revision": revision, "intent_id": intent_id, "kind": intent.get("kind"), "agent": actor.get("agent"),
                "session_id": actor.get("session_id"), "at": event.get("ts"), "commit": None, "refs": event.get("refs") or {},
                "subject": intent.get("subject"),
            })  # fmt: skip
        return found

    def last_activity(self, coop_id: str) -> str | None:
        sql = (
            "SELECT max(e.ts) FROM events e JOIN event_refs r USING(event_id) WHERE r.ref = ?"
            " AND e.type NOT IN ('claim.renewed', 'session.bound')"
        )
        found = self._db.execute(sql, (coop_id,)).fetchone()
        return None if found is None or found[0] is None else str(found[0])

    def revision_at(self, instant: float) -> int | None:
        from gitcoord.clock import rfc3339

        found = self._db.execute("SELECT max(revision) FROM events WHERE ts <= ?", (rfc3339(instant),)).fetchone()
        return None if found is None or found[0] is None else int(found[0])

    # Everything.

    def query(
        self,
        kind: str | None = None,
        where: dict[str, Any] | None = None,
        since: Any = None,
        until: Any = None,
        agent: str | None = None,
        coop: str | None = None,
        fields: list[str] | None = None,
        limit: int | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Entities as flat objects, by rising id. ``since`` and ``until`` are revisions of the last change."""
        wheres, values = ["1"], []
        for name, value in {"kind": kind, "coop": coop}.items():
            if value is not None:
                wheres.append(f"{name} = ?")
                values.append(value)
        for name, value in (where or {}).items():
            condition, more = _condition(name, value)
            wheres.append(condition)
            values += more
        if agent is not None:
            known = self.find("agent", handle=agent)
            wheres.append("agent_id = ?")
            values.append(known[0].id if known else agent)
        for sign, value in ((">", since), ("<=", until)):
            if value is not None:
                wheres.append(f"revision {sign} ?")
                values.append(int(value))
        bound = f" LIMIT {int(limit)}" if limit is not None else ""
        sql = f"{_ENTITY} WHERE {' AND '.join(wheres)} ORDER BY id{bound}"
        for entity in documents(self._db.execute(sql, values)):
            found = {"kind": entity.kind, **entity.as_json()}
            yield {name: found.get(name) for name in fields} if fields else found

    def quarantined(self) -> list[dict[str, str]]:
        rows = self._db.execute("SELECT path, reason FROM quarantine ORDER BY path")
        return [{"path": path, "reason": reason} for path, reason in rows]

    def digest(self) -> str:
        """A hash of the whole state: equal for equal trees, whatever the road to them."""
        from gitcoord.hashes import sha256

        hasher = sha256()
        for table in ("entities", "files", "journals", "quarantine"):
            for path, oid in self._db.execute(f"SELECT path, oid FROM {table} ORDER BY path"):  # noqa: S608
                hasher.update(f"{table} {path} {oid}\n".encode("utf-8", "surrogateescape"))
        return hasher.hexdigest()
