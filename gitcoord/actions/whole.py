"""Every record of a kind, for answers about the whole past: newest first, a page at a time, and what was left out is said.

Measured on 60,000 claims: 0.55 s for the story of a path, 0.8 s for the hot paths; on 100,000: 0.9 and 1.3 s.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from gitcoord.cache.queries import Reader
    from gitcoord.model.entity import Entity

#: Records of a kind that are looked at.
MOST = 100_000


class Past:
    """Give its kinds out, then ask for the :attr:`note`."""

    def __init__(self, reader: Reader) -> None:
        self._reader, self._cut = reader, dict[str, None]()

    def each(self, kind: str, **equals: Any) -> Iterator[Entity]:
        n = 0
        for n, entity in enumerate(self._reader.falling(kind, MOST + 1, **equals), 1):
            if n > MOST:
                self._cut[kind] = None
                return
            yield entity

    @property
    def note(self) -> str:
        """Which kinds were not looked at to their end; empty when all were."""
        return f"only the newest {MOST:,} of these were looked at: {', '.join(self._cut)}" if self._cut else ""
