"""The snapshot port on dictionaries: for tests of rules and for simulating many writers in one process.

Indexed well enough for that: a lookup by field or by overlap does not walk over all entities.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from gitcoord.model.ids import is_ulid, parse_alias, parse_provisional
from gitcoord.model.kinds import KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Event, Landed, Outcome
    from gitcoord.settings import Settings

#: A reference shorter than this is no prefix of an id.
MIN_PREFIX = 4


class MemorySnapshot:
    """Implements the port (``model/snapshot.py``); :meth:`land` also does what the store does with an outcome.

    ``facts`` tells what this clone knows of a claim's age (``seen``); without it, nothing is known but the time of
    the newest commit.
    """

    def __init__(
        self,
        entities: Iterable[Entity] = (),
        revision: int = 0,
        files: dict[str, bytes] | None = None,
        *,
        fold_case: bool = False,
        facts: Callable[[Entity], dict[str, Any]] | None = None,
    ) -> None:
        self._revision = revision
        self._files = dict(files or {})
        self._fold_case, self._facts = fold_case, facts
        self._kinds: dict[str, dict[str, Entity]] = {name: {} for name in KINDS}
        self._ids: dict[str, list[str]] = {name: [] for name in KINDS}
        self._fields: dict[tuple[str, str], dict[Any, set[str]]] = {}
        self._numbers: dict[str, int] = {}
        self._landed: dict[str, dict[str, Any]] = {}
        self._places: list[tuple[str, str]] = []
        self._heard: dict[str, float] = {}
        self.newest_commit_at = 0.0
        self.events: list[Event] = []
        for each in entities:
            self._put(each)

    # The port.

    @property
    def revision(self) -> int:
        return self._revision

    @property
    def next_revision(self) -> int:
        return self._revision + 1

    def get(self, kind: str, id: str) -> Entity | None:
        return self._kinds[kind].get(id)

    def find(self, kind: str, **equals: Any) -> list[Entity]:
        """By rising id. A value that is a list is compared whole."""
        every = self._kinds[kind]
        indexed = {name: value for name, value in equals.items() if not isinstance(value, (list, dict))}
        if not indexed:
            ids: Iterable[str] = self._ids[kind]
        else:
            sets = [self._index(kind, name).get(value, set()) for name, value in indexed.items()]
            ids = sorted(sorted(sets, key=len)[0])
        found = (every[id] for id in ids)
        return [each for each in found if all(each.values.get(name) == value for name, value in equals.items())]

    def newest(self, kind: str, most: int, **equals: Any) -> list[Entity]:
        return self.find(kind, **equals)[::-1][:most]

    def count(self, kind: str, **equals: Any) -> int:
        return len(self.find(kind, **equals))

    def resolve(self, kind: str, reference: str) -> list[Entity]:
        every, word = self._kinds[kind], reference.strip()
        known, waiting = parse_alias(word), parse_provisional(word)
        if known is not None:
            name = self._alias(kind, known[1]) if known[0] == kind else ""
            return [e for id in self._index(kind, "alias").get(name, ()) for e in [every[id]]] if name else []
        if waiting is not None:
            return [every[id] for id in self._ids[kind] if waiting[0] == kind and id.endswith(waiting[1])]
        lower = word.lower()
        if is_ulid(lower):
            return [every[lower]] if lower in every else []
        named = [e for field in ("slug", "handle") if field in KINDS[kind].by_name for e in self.find(kind, **{field: word})]
        return named or (self._with_prefix(kind, lower) if len(lower) >= MIN_PREFIX else [])

    def overlap_candidates(self, scope_kind: str, scope: str) -> list[Entity]:
        from gitcoord.rules.claims.overlap import prefix_probe

        exact, below = prefix_probe(scope_kind, scope, self._fold_case)
        ids = {id for key in exact for id in self._at(key)}
        if below is not None:
            ids.update(self._below(below))
        claims = self._kinds["claim"]
        return [claims[id] for id in sorted(ids)]

    def next_number(self, kind: str) -> int:
        return self._numbers.get(kind, 0) + 1

    def landed(self, key: str) -> dict[str, Any] | None:
        return self._landed.get(key)

    def seen(self, claim: Entity) -> dict[str, Any]:
        known = {"token_seen_for": None, "offset": None, "newest_commit_at": self.newest_commit_at}
        return {**known, **self._facts(claim)} if self._facts else known

    def heard_of(self, session_id: str) -> float | None:
        return self._heard.get(session_id)

    def file(self, path: str) -> bytes | None:
        return self._files.get(path)

    def apply(self, changes: Iterable[Entity], revision: int, files: dict[str, str] | None = None) -> None:
        for each in changes:
            self._put(each)
        self._files.update({path: text.encode() for path, text in (files or {}).items()})
        self._revision = revision

    def heard(self, session_id: str, at: float) -> None:
        self._heard[session_id] = max(at, self._heard.get(session_id, at))

    # What the store does with an outcome.

    def land(self, intent: Intent, now: float, settings: Settings) -> Outcome:
        """Decide, and take the changes when there are any."""
        from gitcoord.model.outcome import Denied
        from gitcoord.rules import decide

        outcome = decide(self, intent, now, settings)
        if isinstance(outcome, Denied) or not (outcome.changes or outcome.events or outcome.files):
            return outcome
        self.take(intent, outcome, now)
        return outcome

    def take(self, intent: Intent, landed: Landed, now: float) -> None:
        """What an outcome changes, and that the intent has landed."""
        self.apply(landed.changes, self._revision + 1, landed.files)
        self.events += landed.events
        self.newest_commit_at = max(self.newest_commit_at, now)
        self.heard(intent.session_id, now)
        record = {
            "intent_id": intent.id, "key": intent.key, "digest": intent.digest(), "revision": self._revision,
            "result": landed.result, "commit": "",
        }  # fmt: skip
        self._landed[intent.id] = record
        self._landed.setdefault(intent.key, record)

    def copy(self) -> MemorySnapshot:
        """Another one with the same state; changing either leaves the other as it is."""
        every = (each for kind in self._kinds.values() for each in kind.values())
        twin = MemorySnapshot(every, self._revision, self._files, fold_case=self._fold_case, facts=self._facts)
        twin._landed, twin._numbers = dict(self._landed), dict(self._numbers)
        twin._heard = dict(self._heard)
        twin.newest_commit_at, twin.events = self.newest_commit_at, list(self.events)
        return twin

    def everything(self) -> list[Entity]:
        """Every entity, by kind and id."""
        return [self._kinds[kind][id] for kind in self._kinds for id in self._ids[kind]]

    # Indexes.

    def _put(self, entity: Entity) -> None:
        kind, id = entity.kind, entity.id
        before = self._kinds[kind].get(id)
        if before is None:
            insort(self._ids[kind], id)
        for (of, name), index in self._fields.items():
            if of == kind:
                if before is not None:
                    index.get(_key(before, name), set()).discard(id)
                index.setdefault(_key(entity, name), set()).add(id)
        self._kinds[kind][id] = entity
        known = parse_alias(entity.alias)
        if known is not None:
            self._numbers[kind] = max(self._numbers.get(kind, 0), known[1])
        if kind == "claim":
            self._place(before, entity)

    def _index(self, kind: str, name: str) -> dict[Any, set[str]]:
        """Ids by the value of a field; made when it is first asked for, and kept from then on."""
        index = self._fields.get((kind, name))
        if index is None:
            index = self._fields[kind, name] = {}
            for id, entity in self._kinds[kind].items():
                index.setdefault(_key(entity, name), set()).add(id)
        return index

    def _alias(self, kind: str, number: int) -> str:
        from gitcoord.model.ids import alias

        return alias(kind, number)

    def _with_prefix(self, kind: str, prefix: str) -> list[Entity]:
        ids = self._ids[kind]
        at = bisect_left(ids, prefix)
        found = []
        while at < len(ids) and ids[at].startswith(prefix):
            found.append(self._kinds[kind][ids[at]])
            at += 1
        return found

    def _place(self, before: Entity | None, claim: Entity) -> None:
        """Keep active claims, and only these, under the key at which an overlap is looked for."""
        from gitcoord.rules.claims.conflict import scope_of
        from gitcoord.rules.claims.overlap import keys_of

        for each, present in ((before, False), (claim, True)):
            if each is None or each.get("state") != "active":
                continue
            for key in keys_of(scope_of(each), self._fold_case):
                place = (key, each.id)
                at = bisect_left(self._places, place)
                found = at < len(self._places) and self._places[at] == place
                if present and not found:
                    self._places.insert(at, place)
                elif found and not present:
                    del self._places[at]

    def _at(self, key: str) -> list[str]:
        at = bisect_left(self._places, (key, ""))
        ids = []
        while at < len(self._places) and self._places[at][0] == key:
            ids.append(self._places[at][1])
            at += 1
        return ids

    def _below(self, prefix: str) -> list[str]:
        at = bisect_left(self._places, (prefix, ""))
        ids = []
        while at < len(self._places) and self._places[at][0].startswith(prefix):
            if not self._places[at][0].startswith("\0"):
                ids.append(self._places[at][1])
            at += 1
        return ids


def _key(entity: Entity, name: str) -> Any:
    """What an index files a value under: lists and mappings are never looked up by it."""
    value = entity.values.get(name)
    return None if isinstance(value, (list, dict)) else value
