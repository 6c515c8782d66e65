"""One commit made by hand, as the rules see it."""

from __future__ import annotations

from gitcoord.model.ids import derived_ulid

#: 2000 and 2100: whatever a person's clock says, a segment of the journal is named for a day.
_EARLIEST, _LATEST = 946_684_800, 4_102_444_800


class Change:
    """A file that differs: its mode and content now, both None when it is gone. ``author``: name and address of the person
    who wrote it, where that is somebody else than who merged it."""

    __slots__ = ("author", "data", "mode", "oid", "path")

    def __init__(self, path: str, mode: str | None, oid: str | None, data: bytes | None) -> None:
        self.path, self.mode, self.oid, self.data = path, mode, oid, data
        self.author: tuple[str, str] | None = None


class Step:
    """A commit: who brought it (``who`` is empty when git does not tell), when (seconds), and what it changed.

    ``unsigned``: gitcoord is said to have landed it, in a team whose landings are signed, and no allowed key signed it.
    """

    __slots__ = ("at", "changes", "email", "oid", "revision", "subject", "unsigned", "who")

    def __init__(self, oid: str, revision: int, at: int, who: str, email: str, subject: str) -> None:
        self.oid, self.revision, self.who, self.email, self.subject = oid, revision, who, email, subject
        self.at = min(max(at, _EARLIEST), _LATEST)
        self.changes: list[Change] = []
        self.unsigned = False

    @property
    def id(self) -> str:
        """The same on every machine: what is told of this commit is told once."""
        return derived_ulid("by hand", self.oid)

    @property
    def name(self) -> str:
        return shown_name(self.who)


def shown_name(who: str) -> str:
    from gitcoord.text import one_line

    return one_line(who, 60) or "somebody"


def person_id(email: str) -> str:
    """An id for a person, which does not give the address away."""
    return derived_ulid("person", email or "unknown")
