"""Joins what git has of commits made by hand with the rules about them and with the rows of the cache."""

from __future__ import annotations

from gitcoord.store import byhand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.cache.projector import Mend
    from gitcoord.rules.byhand.mend import Mended
    from gitcoord.sql import sqlite3
    from gitcoord.store.objects import Objects


def mend_of(objects: Objects, tip: str, oid_length: int, anchor: str = "") -> Mend | None:
    """How the rows of this tip are to be mended; None where gitcoord landed it, the usual case."""
    since = byhand.since_landing(objects, tip, anchor)
    if not since.steps:
        return None

    def mend(connection: sqlite3.Connection) -> tuple[dict[str, tuple[str, bytes | None]], dict[str, tuple[str, str]]]:
        from gitcoord.store.objects import object_id

        found = mended_at(objects, tip, since, connection)
        files = {
            path: ("" if data is None else object_id(b"blob", data, oid_length), data) for path, data in found.files.items()
        }
        # What stays where it is, unreadable, has been told by whoever read it.
        return files, {path: why for path, why in found.refused.items() if path in files}

    return mend


def mended_at(objects: Objects, tip: str, since: byhand.Since, connection: sqlite3.Connection) -> Mended:
    """What is to become of the commits made by hand, decided on the rows of the tree as it is."""
    from gitcoord.cache.snapshot import SqlSnapshot
    from gitcoord.rules.byhand.mend import mended

    return mended(
        SqlSnapshot(connection), since.steps, lambda path: objects.file(f"{since.base}:{path}"),
        lambda path: objects.file(f"{tip}:{path}"),
    )  # fmt: skip
