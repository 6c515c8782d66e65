"""The port through which rules see the state at one revision. No implementation lives here.

Two stand behind it, held to one test suite: ``rules/memory.py`` (a dict, for tests and simulation) and
``cache/snapshot.py`` (indexed SQL).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Protocol

    from gitcoord.model.entity import Entity

    class Snapshot(Protocol):
        @property
        def revision(self) -> int:
            """Position of the store; 0 at the root commit."""

        @property
        def next_revision(self) -> int:
            """That of what lands next: one more than the highest that this clone knows, also of a history that is gone."""

        def get(self, kind: str, id: str) -> Entity | None: ...

        def find(self, kind: str, **equals: Any) -> list[Entity]:
            """Entities of a kind whose fields equal the given values, by rising id."""

        def newest(self, kind: str, most: int, **equals: Any) -> list[Entity]:
            """Of those that :meth:`find` gives at most so many, by falling id; costs no more however many there are."""

        def count(self, kind: str, **equals: Any) -> int:
            """How many :meth:`find` would give."""

        def resolve(self, kind: str, reference: str) -> list[Entity]:
            """All that an alias, provisional alias, ULID, unique prefix of it (4 characters or more), slug or
            handle may mean: none, one, or several."""

        def overlap_candidates(self, scope_kind: str, scope: str) -> list[Entity]:
            """A superset of the *active* claims whose scope overlaps this one, found by index."""

        def next_number(self, kind: str) -> int:
            """The number of the next alias: never given before."""

        def landed(self, key: str) -> dict[str, Any] | None:
            """The record of the intent that landed under this id or idempotency key:
            ``{"intent_id", "key", "digest", "revision", "result", "commit"}``."""

        def seen(self, claim: Entity) -> dict[str, Any]:
            """What this clone knows about the age of a claim, by its own clocks (protocol section 4):
            ``token_seen_for`` (seconds since this clone first saw this very lease token, on a clock without
            jumps, or None), ``offset`` (``[low, high]`` seconds that the holder's clock is ahead of ours, or
            None), ``newest_commit_at`` (time of the newest commit, seconds since the epoch)."""

        def heard_of(self, session_id: str) -> float | None:
            """When this session last landed anything: seconds since the epoch, by the stamp of that commit; None: never."""

        def file(self, path: str) -> bytes | None:
            """A file of the tree that is no entity: ``settings.yml``, ``format.yml``, ``policy/…``."""

        def heard(self, session_id: str, at: float) -> None:
            """Let later decisions of the same landing know that this session has just landed something."""

        def apply(self, changes: Iterable[Entity], revision: int, files: dict[str, str] | None = None) -> None:
            """Let later decisions of the same landing see what an earlier one changed: entities and other files."""
