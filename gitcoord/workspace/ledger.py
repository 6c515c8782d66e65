"""Joins store and cache: brings the projection to a commit, and is what landing decides on.

The cache may be absent, damaged, locked or read-only at any moment; then the same tables are built in
memory from git, and every answer is the same, only slower.
"""

from __future__ import annotations

from gitcoord import clock
from gitcoord.cache import database
from gitcoord.cache.database import Observed
from gitcoord.errors import HistoryRewritten
from gitcoord.sql import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitcoord.cache import projector
    from gitcoord.cache.snapshot import SqlSnapshot
    from gitcoord.store.objects import Objects
    from gitcoord.store.repository import Repository
    from gitcoord.store.state import State

FILE_MODE = "100644"
#: So often a cache that other processes move is brought back before memory is used, which costs a whole rebuild.
_TRIES = 4


class Ledger:
    """One projection for the life of a command."""

    def __init__(
        self, repository: Repository, objects: Callable[[], Objects], state: State, *, file: str, key: str,
        use_cache: bool, mending: bool = True,
    ) -> None:
        self._repository, self._open_objects, self._state = repository, objects, state
        self._file, self._key, self._use_cache = file, key, use_cache
        self._mending, self._past = mending, False
        self._connection: sqlite3.Connection | None = None
        self._left: list[sqlite3.Connection] = []
        self._snapshot: SqlSnapshot | None = None
        self.in_memory = False
        #: Whether this machine asks for signatures, whatever the team does.
        self.strict_here: Callable[[], bool] = lambda: False
        self.fold_case = False

    @property
    def _objects(self) -> Objects:
        """Opened only when the projection is behind."""
        return self._open_objects()

    def connection(self) -> sqlite3.Connection:
        if self._connection is None:
            found = database.open_cache(self._file, key=self._key) if self._use_cache else None
            self.in_memory = found is None
            self._connection = found if found is not None else database.open_memory()
        return self._connection

    def abandon(self) -> None:
        """The cache turned out to be damaged in the middle of an answer: remove it, go on in memory."""
        self._snapshot = None
        if self._connection is not None and not self.in_memory:
            self._connection.close()
            database.discard(self._file)
        self._use_cache = False
        self._connection = None

    def _in_memory_instead(self) -> sqlite3.Connection:
        """The file stays open: a reader of this command may still answer from it."""
        if self._connection is not None and not self.in_memory:
            self._left.append(self._connection)
        self._connection, self.in_memory = database.open_memory(), True
        return self._connection

    def observed(self) -> Observed:
        return Observed(
            clock.boot_id(), clock.elapsed(), clock.now(), self._state.number("previous_fetch") or None
        )

    def bring(self, tip: str, *, past: bool = False) -> sqlite3.Connection:
        """The projection at exactly this commit; ``past``: an older one, asked for by name.

        Raises:
            HistoryRewritten: the tip does not descend from the last one that this clone saw.
        """
        self._past = past
        if not past:
            self.check_descent(tip)
        try:
            return self._bring(self.connection(), tip)
        except sqlite3.Error:
            return self._bring(self._in_memory_instead(), tip)

    def _bring(self, connection: sqlite3.Connection, tip: str) -> sqlite3.Connection:
        applied = database.applied(connection)
        if applied is not None and applied[0] == tip:
            return connection
        from gitcoord.cache import projector
        from gitcoord.store import history

        known = {} if applied is None else {applied[0]: applied[1]}
        revision = history.revision_of(self._objects, tip, known)
        commit = self._objects.commit(tip)
        mend = self._mend(tip)
        if applied is None or self._objects.read(applied[0]) is None:
            entries = self._entries(commit.tree)
            projector.rebuild(connection, tip, revision, entries, self.observed(), at=commit.at, mend=mend)
        else:
            changed = self._objects.differences(self._objects.commit(applied[0]).tree, commit.tree)
            paths = projector.mended_files(connection).keys() - {path for path, _, _ in changed}
            changed += [self._objects.entry(commit.tree, path) for path in sorted(paths)]
            projector.apply(connection, tip, revision, self._changes(changed), self.observed(), at=commit.at, mend=mend)
        return connection

    def _mend(self, tip: str) -> projector.Mend | None:
        """Of a tip that people made by hand: how its rows are to be mended."""
        from gitcoord.store import history

        if not self._mending:
            return None
        anchor = self.anchor(tip)
        if not anchor and history.landed_revision(self._objects, self._objects.commit(tip)) is not None:
            return None
        from gitcoord.workspace import byhand

        return byhand.mend_of(self._objects, tip, self._repository.oid_length, anchor)

    def anchor(self, tip: str) -> str:
        """The newest landing that is trusted, where only signed ones are; empty where all are."""
        from gitcoord.workspace import trust

        return trust.anchor_of(self._repository, self._objects, self._state, tip, self.strict_here, past=self._past)

    def mended(self) -> dict[str, bytes | None]:
        """What the next landing has to write beside what it decides."""
        from gitcoord.cache import projector

        return projector.mended_files(self.connection())

    def rebuild(self, tip: str) -> sqlite3.Connection:
        """The projection from nothing."""
        from gitcoord.cache import projector
        from gitcoord.store import history

        commit = self._objects.commit(tip)
        revision = history.revision_of(self._objects, tip, {})
        entries, mend = self._entries(commit.tree), self._mend(tip)
        projector.rebuild(self.connection(), tip, revision, entries, self.observed(), at=commit.at, mend=mend)
        return self.connection()

    def _entries(self, tree: str) -> Iterator[tuple[str, str, str, bytes]]:
        files = self._objects.walk(tree)
        readable = [(path, mode, oid) for path, mode, oid in files if mode != "160000"]
        contents = self._objects.blobs(oid for _, _, oid in readable)
        yield from ((path, mode, oid, b"") for path, mode, oid in files if mode == "160000")
        for (path, mode, oid), data in zip(readable, contents, strict=True):
            yield path, mode, oid, data

    def _changes(
        self, changed: list[tuple[str, str | None, str | None]]
    ) -> Iterator[tuple[str, str | None, str | None, bytes | None]]:
        readable = [oid for _, mode, oid in changed if oid is not None and mode != "160000"]
        contents = self._objects.blobs(readable)
        for path, mode, oid in changed:
            if oid is None:
                yield path, None, None, None
            else:
                yield path, mode, oid, b"" if mode == "160000" else next(contents)

    def check_descent(self, tip: str) -> None:
        seen = self._state.text("seen")
        if seen == tip:
            return
        from gitcoord.store import history

        if seen and not history.descends(self._repository.git, self._objects, tip, seen):
            self._keep_lost(seen)
            raise HistoryRewritten(
                f"The sync branch was rewritten: {tip[:12]} does not descend from {seen[:12]}, which this clone saw.",
                hint="gitcoord doctor   (the old tip is kept under refs/gitcoord/lost/)",
                seen=seen,
                found=tip,
            )
        self._state.save(seen=tip)

    def _keep_lost(self, oid: str) -> None:
        if self._objects.read(oid) is not None:
            self._repository.git.run(["update-ref", f"refs/gitcoord/lost/{oid[:16]}", oid], check=False)

    # What landing needs.

    def open(self, tip: str) -> SqlSnapshot:
        """What a decision at this commit asks, and may try out. Others move the cache meanwhile: it is brought again."""
        from gitcoord.cache.snapshot import Moved

        self.discard()
        for _ in range(_TRIES):
            try:
                return self._begun(self.bring(tip))
            except Moved:
                continue
            except sqlite3.Error:  # locked or read-only: decide in memory, from git
                break
        return self._begun(self._bring(self._in_memory_instead(), tip))

    def _begun(self, connection: sqlite3.Connection) -> SqlSnapshot:
        from gitcoord.cache.snapshot import SqlSnapshot

        self._snapshot = SqlSnapshot(connection, fold_case=self.fold_case, observed=self.observed())
        self._snapshot.begin()
        self._snapshot.floor = int(self._state.number("revision_floor"))
        return self._snapshot

    def discard(self) -> None:
        snapshot, self._snapshot = self._snapshot, None
        if snapshot is not None:
            snapshot.rollback()

    def advance(self, commit: str, revision: int, files: dict[str, bytes | None], at: int) -> None:
        from gitcoord.cache import projector
        from gitcoord.store.objects import object_id

        self.fetched(commit)
        length = self._repository.oid_length
        changed: list[projector.Change] = [
            (path, None, None, None) if data is None else (path, FILE_MODE, object_id(b"blob", data, length), data)
            for path, data in files.items()
        ]
        try:
            projector.apply(self.connection(), commit, revision, changed, self.observed(), at=at)
        except sqlite3.Error:
            pass  # the write stands; the next reader catches up from git

    def fetched(self, tip: str = "") -> None:
        now = clock.now()
        changes: dict[str, object] = {
            "fetched_at": now, "fetched_elapsed": clock.elapsed(), "boot": clock.boot_id(),
            "previous_fetch": self._state.number("fetched_at"),
        }  # fmt: skip
        if tip:
            changes["seen"] = tip
        self._state.save(**changes)

    def close(self) -> None:
        self.discard()
        for each in (*self._left, self._connection):
            if each is not None:
                each.close()
        self._left, self._connection = [], None
