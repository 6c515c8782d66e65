"""Deciding: what all intents that wait become on one tip, as one :class:`Round`. Fetches and pushes nothing.

Each intent is decided on what those before it made. The ledger is left open; whoever asked discards it.
"""

from __future__ import annotations

from gitcoord import clock
from gitcoord.errors import ClockImplausible
from gitcoord.model.outcome import Denied, Landed
from gitcoord.store.rounds import Decided, Round
from gitcoord.store.writable import check_writable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.store.objects import Objects

    class Ledger(Protocol):
        """The projection that landing decides on and brings along. The workspace implements it."""

        def open(self, tip: str) -> Snapshot:
            """The state at this tip; a savepoint is open until :meth:`discard`."""

        def discard(self) -> None:
            """Forget what was applied since :meth:`open`."""

        def advance(self, commit: str, revision: int, files: dict[str, bytes | None], at: int) -> None:
            """The commit landed: take the same changes. Must never fail the write."""

        def mended(self) -> dict[str, bytes | None]:
            """Files that people made otherwise by hand, as they have to be (None: gone); of the state that is open."""

        def fetched(self) -> None:
            """The register was just seen to stand at the known tip."""

    class Rulebook(Protocol):
        """The rules as a clone applies them. The workspace implements it."""

        def decide(self, snapshot: Snapshot, intent: Intent, now: float) -> Outcome:
            """What becomes of an intent."""

        def forged(self, snapshot: Snapshot, intent: Intent, carrier: str) -> object:
            """Why an intent on another clone's carrier does not speak for whom it names; something false when it does."""

        def pages(self, snapshot: Snapshot, pending: Callable[[str], str | None]) -> dict[str, str]:
            """Files (path to text) that go into the same commit; ``pending`` gives what the round makes of a file."""


DAY = 86400
_DAMAGED = (TypeError, ValueError, AttributeError, KeyError, IndexError, RecursionError)


class Decider:
    """Decides with these rules on the states of this ledger."""

    def __init__(self, ledger: Ledger, objects: Objects, rules: Rulebook) -> None:
        self._ledger, self._objects, self._rules = ledger, objects, rules

    def decide(self, tip: str, pending: list[Intent], parked: dict[str, list[Intent]]) -> Round:
        """Decide this clone's own intents, then those that others parked (by carrier).

        Raises:
            ClockImplausible: the clock here is more than :data:`DAY` seconds behind the newest record.
        """
        round_, snapshot, now = self.opened(tip)
        for intent in pending:
            self._one(round_, snapshot, intent, now, "")
        for carrier, intents in parked.items():
            before = len(round_.decided)
            for intent in intents:
                self._one(round_, snapshot, intent, now, carrier)
            if len(round_.decided) > before:
                round_.waiting.append(carrier)
        if round_.own:
            self.paged(round_, snapshot)
        return round_

    def opened(self, tip: str) -> tuple[Round, Snapshot, float]:
        """An empty round on this tip, the state to decide on, and the time that counts."""
        round_ = Round(tip)
        snapshot = self._ledger.open(tip)
        round_.mended = self._ledger.mended()
        now = clock.now()
        round_.at = self._objects.commit(tip).at
        if now < round_.at - DAY:
            self._ledger.discard()
            raise ClockImplausible(
                f"This machine's clock is more than a day behind the newest record ({clock.rfc3339(round_.at)}).",
                hint="Set the clock, then: gitcoord sync",
            )
        return round_, snapshot, now

    def paged(self, round_: Round, snapshot: Snapshot) -> None:
        """The generated pages of the branch as they are after this round."""
        round_.files = self._rules.pages(snapshot, round_.file)

    def _one(self, round_: Round, snapshot: Snapshot, intent: Intent, now: float, via: str) -> None:
        found = snapshot.landed(intent.id)
        if found is not None:
            if not via:
                round_.settled.append((intent, found))
            return
        twin = round_.of_key(intent.key)
        if twin is not None:
            if not via:
                _same_key(round_, intent, twin)
            return
        outcome = self._decided(round_, snapshot, intent, now, via)
        if outcome is None:
            return
        if isinstance(outcome, Denied):
            if not via:  # a carried intent is refused by its own clone, which can tell its author
                round_.refused.append((intent, outcome))
        elif not outcome.changes and not outcome.events and not outcome.files:
            if not via:
                found = {"result": outcome.result, "revision": snapshot.revision, "commit": round_.tip, "again": True}
                round_.settled.append((intent, found))
        else:
            take(round_, snapshot, intent, outcome, now, via)

    def _decided(self, round_: Round, snapshot: Snapshot, intent: Intent, now: float, via: str) -> Outcome | None:
        if intent.kind == "settings.set":
            text = round_.file("settings.yml")
            if text is None:
                text = (snapshot.file("settings.yml") or b"").decode("utf-8", "replace")
            intent.args["_settings"] = text
        if not via:
            try:
                return self._rules.decide(snapshot, intent, now)
            except _DAMAGED as problem:  # a record that anybody may have written: the other intents land all the same
                words = f"{intent.kind} cannot be decided: a record that it meets is damaged ({type(problem).__name__})."
                return Denied("needs-repair", words, "gitcoord doctor")
        try:
            if self._rules.forged(snapshot, intent, via):
                return None
            outcome = self._rules.decide(snapshot, intent, now)
            if isinstance(outcome, Landed):
                check_writable(intent, outcome)
            return outcome
        except Exception:  # foreign: whatever it breaks, our own intents land
            return None


def take(round_: Round, snapshot: Snapshot, intent: Intent, outcome: Landed, now: float, via: str) -> None:
    """It goes into the commit of this round; what is decided after it stands on it."""
    revision = snapshot.next_revision
    snapshot.apply(outcome.changes, revision, outcome.files)
    snapshot.heard(intent.session_id, now)
    round_.decided.append(Decided(intent, outcome, revision, via))


def _same_key(round_: Round, intent: Intent, twin: Decided) -> None:
    if twin.intent.digest() == intent.digest():
        round_.twins.append((intent, twin))
        return
    words = f"The key {intent.key[:60]!r} was used for something else."
    round_.refused.append((intent, Denied("idempotency-mismatch", words, "Use a new --idempotency-key.")))
