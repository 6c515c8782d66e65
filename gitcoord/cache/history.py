"""Questions to the journals: events, landed intents, and what was when. The reader builds on it."""

from __future__ import annotations

from gitcoord.cache.database import checked, damaged, documents, hold, mark_of, settle
from gitcoord.sql import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from gitcoord.model.entity import Entity

ENTITY = "SELECT kind, id, doc, body, proof FROM entities"
#: What happens along the way and is no sign of life of a co-op.
_INCIDENTAL = "('claim.renewed', 'session.bound')"
_PAGE = 500


class History:
    """Asks one connection. All answers show one revision, whatever other processes write meanwhile.

    ``heal`` gives another connection to the same state when this one turns out to be damaged; without it the
    error is the caller's.
    """

    #: The highest revision that this clone knows of a history which a rewrite took away.
    floor = 0

    def __init__(self, connection: sqlite3.Connection, heal: Callable[[], sqlite3.Connection] | None = None) -> None:
        self._db, self._heal = connection, heal
        self.commit, self._revision = "", 0
        self._look()

    def _look(self) -> None:
        hold(self._db)
        found = mark_of(self._db)
        self.commit, self._revision = found if found is not None else ("", 0)

    @property
    def revision(self) -> int:
        return self._revision

    @property
    def next_revision(self) -> int:
        return max(self._revision, self.floor) + 1

    def close(self) -> None:
        """Let go of the state that was held; later questions show whatever stands there then."""
        settle(self._db)

    def _ask(self, sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        return self._healed(lambda db, bound: db.execute(sql, bound).fetchall(), values)

    def _entities(self, rest: str, values: Iterable[Any] = ()) -> list[Entity]:
        return self._healed(lambda db, bound: list(documents(db.execute(f"{ENTITY} {rest}", bound))), values)

    def _events(self, rest: str, values: Iterable[Any] = ()) -> list[dict[str, Any]]:
        """Lines of the journals, by their rows."""
        sql = f"SELECT event_id, doc, proof FROM event_lines WHERE {rest}"  # noqa: S608
        return self._healed(
            lambda db, bound: [checked(doc, written, "event", id) for id, doc, written in db.execute(sql, bound)], values
        )

    def _healed(self, ask: Callable[[sqlite3.Connection, tuple[Any, ...]], list[Any]], values: Iterable[Any]) -> list[Any]:
        bound = tuple(values)
        try:
            return ask(self._db, bound)
        except (sqlite3.DatabaseError, UnicodeDecodeError) as problem:
            if self._heal is None:
                raise (problem if isinstance(problem, sqlite3.DatabaseError) else damaged(problem)) from problem
        heal, self._heal = self._heal, None
        self._db = heal()
        return ask(self._db, bound)

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
        """Events after revision ``since`` up to ``until``, without the record of the intent that some carry.

        ``agent`` is an id, ``ref`` an id that the event refers to under whatever noun.
        """
        wheres, values = _between(since, until)
        if types is not None:
            wheres.append(f"type IN ({','.join('?' * len(types))})")
            values += types
        for name, value in (("agent_id", agent), ("session_id", session)):
            if value is not None:
                wheres.append(f"{name} = ?")
                values.append(value)
        if ref is not None:
            wheres.append("instr(doc, ?) > 0")
            values.append(ref)
        found: list[dict[str, Any]] = []
        for event in self._lines(wheres, values, newest_first, limit):
            if limit is not None and len(found) >= limit:
                break
            if ref is None or ref in (event.get("refs") or {}).values():
                event.pop("intent", None)
                found.append(event)
        return found

    def _lines(
        self, wheres: list[str], values: list[Any], newest_first: bool = False, limit: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """In the order of landing. A line that stands in two segments (merged by hand) is given once."""
        order, past = ("DESC", "<") if newest_first else ("", ">")
        last: tuple[Any, ...] = ()
        page = min(_PAGE, max(limit, 1)) if limit is not None else _PAGE
        while True:
            after = [f"(revision, event_id) {past} (?, ?)"] if last else []
            rest = f"{' AND '.join(wheres + after)} ORDER BY revision {order}, event_id {order} LIMIT {page}"
            found = self._events(rest, (*values, *last))
            for event in found:
                place = (event.get("revision") or 0, event["event_id"])
                if place != last:
                    last = place
                    yield event
            if len(found) < page:
                return

    def of_coop(self, coop: str, ids: Iterable[str]) -> list[dict[str, Any]]:
        """Events that name this co-op; and, among those that name none, what refers to one of these ids or was done by a
        session that ever joined it. In the order of landing, each once, without the record of the intent."""
        import json

        joined = "SELECT json_extract(doc, '$.refs.session') FROM event_lines WHERE coop = ?1 AND type = 'coop.joined'"
        refers = "EXISTS (SELECT 1 FROM json_each(doc, '$.refs') AS r WHERE r.value IN (SELECT value FROM json_each(?2)))"
        where = f"coop = ?1 OR (coop IS NULL AND (session_id IN ({joined}) OR {refers})) ORDER BY revision, event_id"
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        for event in self._events(where, (coop, json.dumps(list(ids)))):
            event.pop("intent", None)
            found.setdefault((event.get("revision") or 0, event["event_id"]), event)
        return list(found.values())

    def intents(self, since: int = 0, until: int | None = None, limit: int | None = None) -> list[dict[str, Any]]:
        """Landed intents after revision ``since`` up to ``until``, oldest first.

        ``refs`` are those of all its events; of several entities of one noun the first. ``commit`` is known here
        only where this clone saw it land; the history of the branch knows the rest.
        """
        wheres, values = _between(since, until)
        commits = dict(self._ask("SELECT revision, commit_oid FROM landings WHERE revision > ?", (since,)))
        found: list[dict[str, Any]] = []
        for event in self._lines([*wheres, "intent IS NOT NULL"], values, limit=limit):
            if limit is not None and len(found) >= limit:
                break
            actor, intent, revision = event.get("actor") or {}, event["intent"], event.get("revision") or 0
            found.append({
                "revision": revision, "intent_id": event["intent_id"], "kind": intent.get("kind"),
                "agent": actor.get("agent"), "agent_id": actor.get("agent_id"), "session_id": actor.get("session_id"),
                "at": event["ts"], "commit": commits.get(revision), "refs": dict(event.get("refs") or {}),
                "subject": intent.get("subject"),
            })  # fmt: skip
        if found:
            self._add_refs(found)
        return found

    def _add_refs(self, intents: list[dict[str, Any]]) -> None:
        by_id = {each["intent_id"]: each["refs"] for each in intents}
        wheres, values = _between(intents[0]["revision"] - 1, intents[-1]["revision"])
        for event in self._lines([*wheres, "intent IS NULL"], values):
            refs = by_id.get(event.get("intent_id"), {})
            for noun, id in (event.get("refs") or {}).items():
                refs.setdefault(noun, id)

    def landed(self, key: str) -> dict[str, Any] | None:
        """The record of the intent that landed under this id or idempotency key; the earliest, should there be two."""
        found = self._events("intent = ? ORDER BY revision, event_id LIMIT 1", (key,))
        found = found or self._events("key = ? ORDER BY revision, event_id LIMIT 1", (key,))
        if not found:
            return None
        event = found[0]
        intent, revision = event["intent"], event.get("revision") or 0
        commit = self._ask("SELECT commit_oid FROM landings WHERE revision = ?", (revision,))
        return {
            "intent_id": event["intent_id"], "key": intent.get("key") or event["intent_id"], "digest": intent.get("digest"),
            "revision": revision, "result": intent.get("result") or {}, "commit": commit[0][0] if commit else None,
        }  # fmt: skip

    def last_activity(self, coop_id: str) -> str | None:
        """When something last happened in a co-op: an event that names it, or an act of one of its sessions. Every
        ``read`` asks: the newest of each index is looked up, whatever the length of the history."""
        newest = f"type NOT IN {_INCIDENTAL} ORDER BY"
        found = self._ask(
            "SELECT max(at) FROM (SELECT * FROM (SELECT at FROM event_lines"  # noqa: S608
            f" WHERE coop = ?1 AND {newest} at DESC LIMIT 1) UNION ALL SELECT (SELECT at FROM event_lines"
            f" WHERE session_id = entities.id AND (coop IS NULL OR coop = ?1) AND {newest} revision DESC LIMIT 1) AS at"
            " FROM entities WHERE kind = 'session' AND coop = ?1)",
            (coop_id,),
        )[0][0]
        if found is None:
            return None
        from gitcoord.clock import rfc3339

        return rfc3339(found)

    def heard_of(self, session_id: str) -> float | None:
        """When a session last landed anything, by the stamp of that commit; None when it never did."""
        found = self._ask("SELECT max(at) FROM event_lines WHERE session_id = ?", (session_id,))[0][0]
        return None if found is None else float(found)

    def revision_at(self, instant: float) -> int | None:
        """The last revision whose events had happened by then, None before the first."""
        found = self._ask("SELECT max(revision) FROM event_lines WHERE at <= ?", (instant,))[0][0]
        return None if found is None else int(found)

    def newest_at(self) -> float:
        """Time of the newest commit, as far as it is known here: seconds since the epoch."""
        found = self._ask(
            "SELECT max(at) FROM (SELECT value AS at FROM meta WHERE name = 'commit_at' UNION ALL SELECT max(at) FROM"
            " event_lines WHERE revision = (SELECT max(revision) FROM event_lines WHERE revision <= ?))",
            (self._revision,),
        )[0][0]
        return float(found or 0.0)


def _between(since: int, until: int | None) -> tuple[list[str], list[Any]]:
    wheres, values = ["revision > ?"] if since > 0 else ["1"], [since] if since > 0 else []
    if until is not None:
        wheres.append("revision <= ?")
        values.append(until)
    return wheres, values
