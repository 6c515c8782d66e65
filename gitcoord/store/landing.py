"""Landing: decide intents on the newest tip known, build one commit, push it if the tip has not moved.

Guarantees: an intent has one effect, by whatever road and however often it is landed; what is settled as
``confirmed`` was seen on the register; a refusal is settled only when the tip on which it was decided is
known to be current. Whoever holds the process lock lands everybody's intents.
"""

from __future__ import annotations

import os
import random
import time

from gitcoord import clock
from gitcoord.codec import yaml
from gitcoord.codec.journal import encode_line
from gitcoord.errors import Busy, ClockImplausible, HistoryRewritten
from gitcoord.model.ids import derived_ulid, nth_after
from gitcoord.model.kinds import path_of_values
from gitcoord.model.outcome import Denied, Landed
from gitcoord.store import register as replies
from gitcoord.store.writer import commit_message, write_commit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from gitcoord.model.entity import Entity
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.store.git import Git
    from gitcoord.store.objects import Objects
    from gitcoord.store.outbox import Outbox
    from gitcoord.store.register import Register

    class Ledger(Protocol):
        """The projection that landing decides on and brings along. The workspace implements it."""

        def open(self, tip: str) -> Snapshot:
            """The state at this tip; a savepoint is open until :meth:`discard`."""

        def discard(self) -> None:
            """Forget what was applied since :meth:`open`."""

        def advance(self, commit: str, revision: int, files: dict[str, bytes], at: int) -> None:
            """The commit landed: take the same changes. Must never fail the write."""

        def fetched(self) -> None:
            """The register was just seen to stand at the known tip."""


DAY = 86400
#: A carried intent that lost this often against the tip goes on the carrier branch.
LOCK_TRIES = 5


class Stopped(Exception):
    """Landing could not go on; the intents stay in the outbox. ``reason`` is a class of the register."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


class Decided:
    """One intent of the commit being built."""

    __slots__ = ("intent", "landed", "revision")

    def __init__(self, intent: Intent, landed: Landed, revision: int) -> None:
        self.intent, self.landed, self.revision = intent, landed, revision


class Lander:
    """Lands the outbox of one clone on its register. Hold the landing lock while calling :meth:`land`."""

    def __init__(
        self,
        *,
        git: Git,
        objects: Objects,
        register: Register,
        outbox: Outbox,
        ledger: Ledger,
        decide: Callable[[Snapshot, Intent, float], Outcome],
        project: str,
        clone_id: str,
    ) -> None:
        self._git, self._objects, self._register, self._outbox = git, objects, register, outbox
        self._ledger, self._decide, self._project, self._clone = ledger, decide, project, clone_id
        self.pushes = 0

    def land(self, deadline: float, network: float) -> None:
        """Settle every pending intent of the outbox, or raise.

        Args:
            deadline: ``time.monotonic`` after which no further try is started.
            network: seconds that one git command may take on the network.

        Raises:
            Stopped: unreachable, refused, or out of time; what is not settled stays pending.
            HistoryRewritten, ClockImplausible, NeedsRepair, Busy: as their docstrings say.
        """
        current = False
        lost = locked = 0
        while True:
            pending = self._outbox.pending()
            if not pending:
                return
            tip = self._register.known_tip()
            if tip is None:
                if current:
                    raise HistoryRewritten("The sync branch is gone from the remote.", hint="gitcoord doctor")
                current = self._fetch(deadline, network)
                continue
            decided, settled, refused = self._decide_all(tip, pending)
            if not decided and refused and not current:
                self._ledger.discard()
                current = self._fetch(deadline, network)
                continue
            reply = None
            if decided:
                commit, revision, files, at = self._build(tip, decided)
                self._ledger.discard()
                reply = self._push(commit, tip, deadline, network)
                if reply.kind == replies.LANDED:
                    self._ledger.advance(commit, revision, files, at)
                    for each in decided:
                        self._settle_landed(each, commit)
            else:
                self._ledger.discard()
            if reply is None or reply.kind == replies.LANDED:
                for intent, found in settled:
                    self._settle_replayed(intent, found)
                for intent, denial in refused:
                    self._settle_denied(intent, denial)
                current = False
                continue
            if reply.kind == replies.LOCKED:
                locked += 1
                if locked >= LOCK_TRIES:
                    raise Busy(
                        f"A lock was left on the sync branch: {reply.detail[:200]}",
                        hint="Remove that lock file on the remote if no process holds it, then: gitcoord sync",
                    )
            elif reply.kind == replies.REFUSED:
                raise Stopped(replies.REFUSED, reply.detail)
            elif reply.kind == replies.UNREACHABLE:
                raise Stopped(replies.UNREACHABLE, reply.detail)
            if reply.kind != replies.LOCKED:
                lost += 1
            self._back_off(lost + locked * 3, deadline, reply.kind)
            current = self._fetch(deadline, network)

    def _fetch(self, deadline: float, network: float) -> bool:
        left = deadline - time.monotonic()
        if left <= 0:
            raise Stopped(replies.UNREACHABLE, "out of time")
        reply = self._register.fetch(min(network, left))
        if reply.kind == replies.LANDED:
            self._ledger.fetched()
            return True
        if reply.kind == replies.LOST_RACE:
            return False
        if reply.kind in (replies.REWRITTEN, replies.ABSENT):
            raise HistoryRewritten(
                "The sync branch on the remote is gone or was rewritten; nothing was written.", hint="gitcoord doctor"
            )
        raise Stopped(reply.kind, reply.detail)

    def _back_off(self, tries: int, deadline: float, kind: str) -> None:
        if time.monotonic() > deadline:
            raise Stopped(replies.INDETERMINATE if kind == replies.INDETERMINATE else replies.LOST_RACE, "out of time")
        if tries > 1:
            time.sleep(random.uniform(0, min(0.02 * 2 ** min(tries, 6), 1.0)))  # noqa: S311

    def _push(self, commit: str, tip: str, deadline: float, network: float) -> replies.Reply:
        self.pushes += 1
        return self._register.push(commit, tip, max(1.0, min(network, deadline - time.monotonic())))

    def _decide_all(
        self, tip: str, pending: list[Intent]
    ) -> tuple[list[Decided], list[tuple[Intent, dict[str, Any]]], list[tuple[Intent, Denied]]]:
        snapshot = self._ledger.open(tip)
        now = clock.now()
        parent_at = self._objects.commit(tip).at
        if now < parent_at - DAY:
            self._ledger.discard()
            raise ClockImplausible(
                f"This machine's clock is more than a day behind the newest record ({clock.rfc3339(parent_at)}).",
                hint="Set the clock, then: gitcoord sync",
            )
        decided: list[Decided] = []
        settled: list[tuple[Intent, dict[str, Any]]] = []
        refused: list[tuple[Intent, Denied]] = []
        revision = snapshot.revision
        for intent in pending:
            found = snapshot.landed(intent.id)
            if found is not None:
                settled.append((intent, found))
                continue
            outcome = self._decide(snapshot, intent, now)
            if isinstance(outcome, Denied):
                refused.append((intent, outcome))
            elif not outcome.changes and not outcome.events and not outcome.files:
                settled.append((intent, {"result": outcome.result, "revision": revision, "commit": tip, "again": True}))
            else:
                revision += 1
                snapshot.apply(outcome.changes, revision)
                decided.append(Decided(intent, outcome, revision))
        return decided, settled, refused

    def _build(self, tip: str, decided: list[Decided]) -> tuple[str, int, dict[str, bytes], int]:
        parent = self._objects.commit(tip)
        at = max(int(clock.now()), parent.at)
        files: dict[str, bytes] = {}
        for each in decided:
            for entity in each.landed.changes:
                path = path_of_values(entity.kind, entity.values)
                files[path] = self._encoded(tip, path, entity, files.get(path))
            for path, text in each.landed.files.items():
                files[path] = text.encode()
            self._append_journal(tip, files, each, at)
        revision = decided[-1].revision
        message = commit_message(
            _subject(decided), [each.landed.subject for each in decided], revision,
            [each.intent.id for each in decided], self._clone,
        )  # fmt: skip
        authors = {each.intent.agent for each in decided}
        author = authors.pop() if len(authors) == 1 else "several agents"
        nonce = f"{self._clone[-6:]}-{os.getpid()}-{self.pushes}"
        commit = write_commit(
            self._git, parent=tip, files=files, message=message, author=author, at=at, nonce=nonce
        )  # fmt: skip
        return commit, revision, files, at

    def _encoded(self, tip: str, path: str, entity: Entity, pending: bytes | None) -> bytes:
        """The file's new bytes; what a person added to it survives."""
        found = (tip, pending) if pending is not None else self._objects.read(f"{tip}:{path}")
        return yaml.encode(entity) if found is None else yaml.edit(entity, found[1])

    def _append_journal(self, tip: str, files: dict[str, bytes], each: Decided, at: int) -> None:
        intent = each.intent
        writer = intent.session_id or derived_ulid("writer", intent.agent)
        path = f"journal/{writer}/{clock.rfc3339(at)[:10]}.jsonl"
        if path not in files:
            found = self._objects.read(f"{tip}:{path}")
            files[path] = found[1] if found else b""
        files[path] += "".join(self._lines(each, at)).encode()

    def _lines(self, each: Decided, at: int) -> list[str]:
        intent, landed = each.intent, each.landed
        lines = []
        for n, event in enumerate(landed.events):
            record: dict[str, Any] = {
                "event_id": nth_after(intent.id, n),
                "ts": clock.rfc3339(at),
                "project": self._project,
                "type": event.type,
                "actor": {"agent": intent.agent, "agent_id": intent.agent_id, "session_id": intent.session_id},
                "refs": event.refs,
                "body": event.body,
                "intent_id": intent.id,
                "revision": each.revision,
            }
            if intent.key != intent.id:
                record["idempotency_key"] = intent.key
            if n == 0:
                record["intent"] = {
                    "kind": intent.kind, "key": intent.key, "digest": intent.digest(), "result": landed.result,
                    "subject": landed.subject, "at": clock.rfc3339(intent.at), "seen": intent.seen,
                }  # fmt: skip
            lines.append(encode_line(record))
        return lines

    def _settle_landed(self, each: Decided, commit: str) -> None:
        outcome = {
            **each.landed.result, "intent_id": each.intent.id, "replayed": False, "state": "confirmed",
            "revision": each.revision, "commit": commit, "sync": self._register.transport,
        }  # fmt: skip
        self._outbox.settle(each.intent.id, {"ok": outcome})

    def _settle_replayed(self, intent: Intent, found: dict[str, Any]) -> None:
        result = found.get("result") or {}
        again = bool(found.get("again")) and not result.get("replayed")
        outcome = {
            **result, "intent_id": found.get("intent_id") or intent.id, "replayed": not again, "state": "confirmed",
            "revision": found.get("revision"), "commit": found.get("commit"), "sync": self._register.transport,
        }  # fmt: skip
        self._outbox.settle(intent.id, {"ok": outcome})

    def _settle_denied(self, intent: Intent, denial: Denied) -> None:
        self._outbox.settle(
            intent.id,
            {
                "denied": {
                    "code": denial.code, "message": denial.message, "hint": denial.hint, "details": denial.details
                },
                "intent_id": intent.id,
            },
        )  # fmt: skip


def _subject(decided: list[Decided]) -> str:
    if len(decided) == 1:
        return decided[0].landed.subject
    counts: dict[str, int] = {}
    for each in decided:
        counts[each.intent.kind] = counts.get(each.intent.kind, 0) + 1
    return f"{len(decided)} intents: " + ", ".join(f"{kind} x{count}" for kind, count in sorted(counts.items()))
