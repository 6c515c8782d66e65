"""What one push lands: a round of decided intents, and the commit that is made of it. Decides and pushes nothing."""

from __future__ import annotations

import os

from gitcoord import clock
from gitcoord.codec import yaml
from gitcoord.codec.errors import Malformed
from gitcoord.codec.journal import encode_line
from gitcoord.model.ids import derived_ulid, nth_after
from gitcoord.model.kinds import path_of_values
from gitcoord.store.writer import commit_message, write_commit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Denied, Landed
    from gitcoord.store.git import Git
    from gitcoord.store.objects import Objects


class Decided:
    """One intent of the commit being built; ``via`` names the carrier that brought it."""

    __slots__ = ("intent", "landed", "revision", "via")

    def __init__(self, intent: Intent, landed: Landed, revision: int, via: str) -> None:
        self.intent, self.landed, self.revision, self.via = intent, landed, revision, via


class Round:
    """What deciding all intents on one tip gave."""

    __slots__ = ("at", "decided", "files", "mended", "refused", "settled", "tip", "twins", "waiting")

    def __init__(self, tip: str) -> None:
        self.tip = tip
        self.at = 0
        self.decided: list[Decided] = []
        self.files: dict[str, str] = {}
        self.mended: dict[str, bytes | None] = {}
        self.settled: list[tuple[Intent, dict[str, Any]]] = []
        self.refused: list[tuple[Intent, Denied]] = []
        self.twins: list[tuple[Intent, Decided]] = []
        self.waiting: list[str] = []

    def of_key(self, key: str) -> Decided | None:
        """The intent of this very round that came under the same idempotency key."""
        return next((each for each in self.decided if each.intent.key == key), None)

    def file(self, path: str) -> str | None:
        """What an earlier intent of this round made of a file."""
        return next((each.landed.files[path] for each in reversed(self.decided) if path in each.landed.files), None)

    @property
    def own(self) -> bool:
        return any(not each.via for each in self.decided)


class Commits:
    """Makes the commits of one lander: files of what changed, lines of the journal, a message that names every intent.

    ``sign`` gives the same commit with a signature.
    """

    def __init__(
        self, git: Git, objects: Objects, project: str, clone: str, sign: Callable[[str], str] | None = None
    ) -> None:
        self._git, self._objects, self._project, self._clone, self._sign = git, objects, project, clone, sign
        self._built = 0

    def build(self, round_: Round) -> tuple[str, dict[str, bytes | None], int]:
        """The commit, its files (None: gone) and its time. Nothing refers to it yet."""
        self._built += 1
        at = max(int(clock.now()), round_.at)
        files: dict[str, bytes | None] = dict(round_.mended)
        for each in round_.decided:
            for entity in each.landed.changes:
                path = path_of_values(entity.kind, entity.values)
                files[path] = self._encoded(round_.tip, path, entity, files.get(path))
            for path, text in each.landed.files.items():
                files[path] = text.encode()
            self._append_journal(round_.tip, files, each, at)
        files.update((path, text.encode()) for path, text in round_.files.items())
        message = commit_message(
            _subject(round_.decided), [each.landed.subject for each in round_.decided], round_.decided[-1].revision,
            [each.intent.id for each in round_.decided], self._clone,
        )  # fmt: skip
        authors = {each.intent.agent for each in round_.decided}
        author = authors.pop() if len(authors) == 1 else "several agents"
        nonce = f"{self._clone[-6:]}-{os.getpid()}-{self._built}"
        commit = write_commit(
            self._git, parent=round_.tip, files=files, message=message, author=author, at=at, nonce=nonce
        )
        return (commit if self._sign is None else self._sign(commit)), files, at

    def _encoded(self, tip: str, path: str, entity: Entity, pending: bytes | None) -> bytes:
        """The file's new bytes; what a person added to it survives. One that nobody can read is written anew: what it
        said stays in the history."""
        found = (tip, pending) if pending is not None else self._objects.read(f"{tip}:{path}")
        if found is not None:
            try:
                return yaml.edit(entity, found[1])
            except Malformed:
                pass
        return yaml.encode(entity)

    def _append_journal(self, tip: str, files: dict[str, bytes | None], each: Decided, at: int) -> None:
        intent = each.intent
        writer = intent.session_id or derived_ulid("writer", intent.agent)
        path = f"journal/{writer}/{clock.rfc3339(at)[:10]}.jsonl"
        if path not in files:
            found = self._objects.read(f"{tip}:{path}")
            files[path] = found[1] if found else b""
        files[path] = (files[path] or b"") + "".join(self._lines(each, at)).encode()

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
            if each.via:
                record["via"] = each.via
            if n == 0:
                record["intent"] = {
                    "kind": intent.kind, "key": intent.key, "digest": intent.digest(), "result": landed.result,
                    "subject": landed.subject, "at": clock.rfc3339(intent.at), "seen": intent.seen,
                }  # fmt: skip
            lines.append(encode_line(record))
        return lines


def _subject(decided: list[Decided]) -> str:
    if len(decided) == 1:
        return decided[0].landed.subject
    counts: dict[str, int] = {}
    for each in decided:
        counts[each.intent.kind] = counts.get(each.intent.kind, 0) + 1
    return f"{len(decided)} intents: " + ", ".join(f"{kind} x{count}" for kind, count in sorted(counts.items()))
