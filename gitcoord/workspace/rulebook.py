"""The rules as this clone applies them: with the team's settings of the very tip on which something is decided."""

from __future__ import annotations

from gitcoord import clock
from gitcoord.settings import DEFAULT_ORIGIN
from gitcoord.workspace.layers import TEAM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings
    from gitcoord.workspace.workspace import Workspace


class Rulebook:
    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._settings: dict[bytes | None, Settings] = {}

    def decide(self, snapshot: Snapshot, intent: Intent, now: float) -> Outcome:
        """What becomes of an intent. The next try may stand on another tip, whose settings are others."""
        from gitcoord import rules

        ws, team = self._ws, snapshot.file(TEAM)
        if team not in self._settings:
            self._settings[team] = ws.settings_of(snapshot)
        settings = self._settings[team]
        if settings.get("signing.mode") == "strict" and not ws.machine_settings().get("signing.key"):
            from gitcoord.workspace import trust

            return trust.no_key()
        if ws.outbox.is_provisional(intent.id):
            intent.args["_provisional"] = True
        return rules.decide(snapshot, intent, now, settings)

    def forged(self, snapshot: Snapshot, intent: Intent, carrier: str) -> object:
        """Of an intent on another clone's carrier: whether it speaks for somebody else, or asks for more than a branch may."""
        from gitcoord.rules import carried

        ws = self._ws
        branch = str(ws.machine_settings().get("sync.carrier_prefix")) + carrier
        return carried.parked(snapshot, intent, branch, clock.now(), ws.settings_of(snapshot))

    def pages(self, snapshot: Snapshot, pending: Callable[[str], str | None]) -> dict[str, str]:
        """The branch's README, when it says something else than before. Its title is the team's word, never this
        machine's: the page is the same whoever lands."""
        from gitcoord.rules import readme

        ws, here = self._ws, snapshot.file(TEAM)
        changed, known = pending(TEAM), self._settings.get(here)
        name, origin = known.origin("repo.id") if known is not None else ("", "")
        if changed is not None or origin not in (DEFAULT_ORIGIN, TEAM):
            name = ws.team_settings(changed.encode() if changed is not None else here).get("repo.id")
        text = readme.branch_readme(snapshot, str(name))
        return {} if snapshot.file(readme.FILE) == text.encode() else {readme.FILE: text}
