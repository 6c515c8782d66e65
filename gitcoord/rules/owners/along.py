"""What any landing does for the policy along the way: keep a good copy, and share what has become too hot.

Nothing sweeps. A hand edit that can be used is copied by the next landing, so that a later slip takes nothing away. A
file is promoted to a shared one by the landing that brings its contacts to ``hotspots.promote_at`` (0, the default:
never), and demoted by one that finds it quiet for ``hotspots.demote_window``. Each such act is a ``policy.changed`` event
with its reason. Entries without the mark ``# auto-promoted=DATE``, and those pinned, are never touched.
"""

from __future__ import annotations

from gitcoord.model.outcome import Event
from gitcoord.rules.owners.policy import FILE, GOOD
from gitcoord.text import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.model.outcome import Landed
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.rules.hotspots import Heat
    from gitcoord.settings import Settings

#: Paths that one landing looks at.
MOST = 5


def along(
    snapshot: Snapshot, changes: list[Entity], landed: Landed, now: float, settings: Settings
) -> tuple[dict[str, str], list[Event]]:
    """Files and events that land with what was decided."""
    at = int(settings.get("hotspots.promote_at"))
    text = landed.files.get(FILE)
    data = snapshot.file(FILE) if text is None else text.encode()
    if data is None and not at:
        return {}, []
    files: dict[str, str] = {}
    if data is not None:
        from gitcoord.rules.owners.policy import Broken, read

        try:
            read(data)
        except Broken:
            return {}, []
        if GOOD not in landed.files and snapshot.file(GOOD) != data:
            files[GOOD] = data.decode()
    if not at:
        return files, []
    changed, events = _Hot(snapshot, changes, data or b"", now, settings, at).act()
    if events:
        files[FILE] = files[GOOD] = changed.decode()
    return files, events


class _Hot:
    """Promotion and demotion within one landing."""

    def __init__(
        self, snapshot: Snapshot, changes: list[Entity], data: bytes, now: float, settings: Settings, at: int
    ) -> None:
        from gitcoord.rules.ahead import Ahead

        self.view, self.changes, self.data, self.now, self.settings, self.at = (
            Ahead(snapshot, changes), changes, data, now, settings, at,
        )  # fmt: skip
        self.events: list[Event] = []
        self.fold = bool(settings.get("claims.fold_case"))

    def act(self) -> tuple[bytes, list[Event]]:
        for path in self._met():
            self._promote(path)
        self._demote()
        return self.data, self.events

    def _met(self) -> list[str]:
        """Files on which this very landing made a contact."""
        from gitcoord.rules.hotspots import ranked

        fresh = self._heat(
            [each for each in self.changes if each.kind == "claim"],
            [each for each in self.changes if each.kind == "request"],
            [each for each in self.changes if each.kind == "queue"],
            [each for each in self.changes if each.kind == "attic"], self.now - 2,
        )  # fmt: skip
        return [each.path for each in ranked(fresh, 1) if each.plain][:MOST]

    def _heat(self, claims: Any, requests: Any, queue: Any, contested: Any, since: float) -> dict[str, Heat]:
        from gitcoord.rules.hotspots import heat

        return heat(claims, requests, queue, contested, since, self.now, lambda id: self.view.get("claim", id))

    def _contacts(self, path: str, window: float) -> int:
        """Contacts of one path, or of all below a pattern, in the last seconds."""
        from gitcoord.rules.claims.overlap import matches
        from gitcoord.rules.claims.scope import of_pattern

        view, plain = self.view, not set("*?[\\") & set(path) and not path.endswith("/")
        if plain:
            named = [*view.find("claim", scope=path), *view.find("claim", scope=f"shared:{path}")]
            claims = {each.id: each for each in (*view.overlap_candidates("file", path), *named, *self.changes)
                      if each.kind == "claim"}  # fmt: skip
        else:
            claims = {each.id: each for each in view.find("claim")}
        requests = [each for id in claims for each in view.find("request", claim=id)]
        found = self._heat(
            claims.values(), requests, view.find("queue"), view.find("attic", of_kind="claim"), self.now - window
        )
        scope = of_pattern(path)
        return sum(each.contention for each in found.values() if matches(scope, each.path, self.fold))

    def _promote(self, path: str) -> None:
        from gitcoord.rules.owners.edit import PROMOTED
        from gitcoord.rules.owners.policy import read

        if self.data and read(self.data).sharing(path, self.fold):
            return
        window = float(self.settings.get("hotspots.promote_window"))
        count = self._contacts(path, window)
        if count >= self.at:
            share = {"do": "share", "path": path, "comment": PROMOTED + self._today}
            self._edit([share], f"auto-promote: {counted(count, 'contact')} in {counted(int(window // 86400), 'day')}", path)
            self._gather(path)

    def _gather(self, path: str) -> None:
        """Several promoted files of one folder become the folder."""
        from gitcoord.rules.owners.edit import PROMOTED, marks

        folder, least = path.rpartition("/")[0], int(self.settings.get("hotspots.subtree_min"))
        if not folder or not least:
            return
        found = [
            each for each, mark in marks(self.data).items()
            if mark.promoted and not mark.permanent and each.rpartition("/")[0] == folder and not each.endswith("*")
        ]  # fmt: skip
        if len(found) >= least:
            whole = {"do": "share", "path": f"{folder}/**", "comment": PROMOTED + self._today}
            edits = [whole, *({"do": "unshare", "path": each} for each in found)]
            self._edit(edits, f"auto-promote: {len(found)} shared files in {folder}", f"{folder}/**")

    def _demote(self) -> None:
        """At most one entry a landing, and each at most once a window: one that is still hot is dated anew."""
        from gitcoord.clock import rfc3339
        from gitcoord.rules.owners.edit import PROMOTED, marks

        window = float(self.settings.get("hotspots.demote_window"))
        if not window or not self.data:
            return
        before = rfc3339(self.now - window)[:10]
        due = sorted(
            (mark.promoted, path) for path, mark in marks(self.data).items()
            if mark.promoted and not mark.permanent and mark.promoted < before
        )  # fmt: skip
        if not due:
            return
        path = due[0][1]
        count, days = self._contacts(path, window), int(window // 86400)
        if count < self.at:
            why = f"auto-demote: {counted(count, 'contact')} in {counted(days, 'day')}"
            self._edit([{"do": "unshare", "path": path}], why, path)
        else:
            again = {"do": "mark", "path": path, "word": PROMOTED + self._today}
            self._edit([again], f"still hot: {counted(count, 'contact')} in {counted(days, 'day')}", path)

    @property
    def _today(self) -> str:
        from gitcoord.clock import rfc3339

        return rfc3339(self.now)[:10]

    def _edit(self, edits: list[dict[str, Any]], reason: str, path: str) -> None:
        """An edit that cannot be made is left out: it must never keep somebody's write from landing."""
        from gitcoord.codec.errors import Malformed
        from gitcoord.errors import GitcoordError
        from gitcoord.rules.owners.edit import edited
        from gitcoord.rules.owners.policy import Broken, read

        try:
            changed, told = edited(self.data, edits)
            read(changed)
        except (GitcoordError, Broken, Malformed):
            return
        if told:
            self.data = changed
            body = {"file": FILE, "path": path, "changes": told[:10], "reason": reason, "automatic": True}
            self.events.append(Event("policy.changed", {}, body))
