"""The journal's lines about commits that people made by hand. They carry the revision of that commit, and ids that are
the same whoever writes them down."""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.codec.journal import encode_line
from gitcoord.model.ids import derived_ulid, nth_after
from gitcoord.model.kinds import KINDS, kind_of_path
from gitcoord.model.outcome import Event
from gitcoord.rules.byhand.step import person_id, shown_name
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.rules.byhand.step import Step

WRITER = derived_ulid("writer", "by hand")
#: Lines about one commit; what there is beyond is told as a number.
MOST = 200
KIND = "branch.edited"


class Journal:
    """Gathers the lines of one commit after another. ``files``: the segments as they are to be."""

    def __init__(self, tip: Callable[[str], bytes | None]) -> None:
        self._tip = tip
        self.files: dict[str, bytes | None] = {}
        self._step: Step | None = None
        self._events: list[Event] = []
        self._authors: dict[int, tuple[str, str]] = {}
        self._made: dict[str, list[dict[str, Any]]] = {}
        self._rest = 0

    def begin(self, step: Step) -> None:
        self._step, self._events, self._made, self._rest = step, [], {}, 0
        self._authors = {}

    def add(self, event: Event, entity: Entity, author: tuple[str, str] | None = None) -> None:
        """``author``: whom the event is told of, where that is not who brought the commit."""
        if len(self._events) >= MOST:
            self._rest += 1
            return
        if author is not None and self._step is not None and author[1] != self._step.email:
            self._authors[len(self._events)] = author
            event.body["merged_by"] = self._step.name
        self._events.append(event)
        named = {"id": entity.id, **({"alias": entity.alias} if entity.alias else {})}
        self._made.setdefault(KINDS[entity.kind].plural, []).append(named)

    def refused(self, path: str, reason: str, before: Entity | None) -> None:
        if len(self._events) >= MOST:
            self._rest += 1
            return
        assert self._step is not None
        place = kind_of_path(path)
        refs = {place[0]: place[1]} if place is not None and before is not None else {}
        body = {"path": one_line(path, 200), "reason": one_line(reason, 200), "commit": self._step.oid[:12]}
        if before is not None:
            body["alias"] = before.name
        self._events.append(Event("edit.refused", refs, body))

    def changed(self, path: str) -> None:
        assert self._step is not None
        self._events.append(Event("policy.changed", {}, {"file": path, "reason": "by hand", "commit": self._step.oid[:12]}))

    def end(self) -> list[Event]:
        step = self._step
        if step is None or not self._events:
            return []
        if self._rest:
            self._events.append(Event("entity.edited", {}, {"outcome": "more", "count": self._rest, "commit": step.oid[:12]}))
        path = f"journal/{WRITER}/{rfc3339(step.at)[:10]}.jsonl"
        found = self.files[path] if path in self.files else self._tip(path)
        text = "".join(self._line(step, n, event) for n, event in enumerate(self._events))
        self.files[path] = (found or b"") + text.encode()
        return self._events

    def _line(self, step: Step, n: int, event: Event) -> str:
        at = rfc3339(step.at)
        who, email = self._authors.get(n, (step.who, step.email))
        record: dict[str, Any] = {
            "event_id": nth_after(step.id, n), "ts": at, "type": event.type,
            "actor": {"agent": shown_name(who), "agent_id": person_id(email), "session_id": WRITER}, "refs": event.refs,
            "body": event.body, "intent_id": step.id, "revision": step.revision, "via": f"commit {step.oid}",
        }  # fmt: skip
        if n == 0:
            subject = one_line(step.subject, 120)
            record["intent"] = {
                "kind": KIND, "key": step.id, "digest": "", "result": {"outcome": "edited", **self._made},
                "subject": f"{subject} (by hand, {step.name})", "at": at, "seen": {},
            }  # fmt: skip
        return encode_line(record)
