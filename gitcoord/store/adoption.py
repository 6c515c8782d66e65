"""Lands what was written on agents' branches: each once, in its writer's name, and with the branch that it came on.

Either an intent lands (as what it asked for, or as contested) or its refusal does; nothing of it stays in an outbox here,
so a crash loses nothing and whoever adopts next finds it on its branch again.
"""

from __future__ import annotations

import time

from gitcoord.model.intent import Intent
from gitcoord.model.outcome import Denied, Landed
from gitcoord.store import register as replies
from gitcoord.store.deciding import take
from gitcoord.store.landing import Lander

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.model.snapshot import Snapshot
    from gitcoord.store.adoptable import Brought
    from gitcoord.store.rounds import Decided, Round

    #: What becomes of an intent that a branch brought: the intent that lands, and its outcome; None: nothing.
    Judge = Callable[[Snapshot, Intent, Brought, float], tuple[Intent, Landed | Denied] | None]

#: Intents of one commit: others get their turn in between.
AT_ONCE = 200


class Adopter(Lander):
    _brought: list[tuple[Brought, Intent]]
    _judge: Judge

    def adopt(self, brought: list[Brought], judge: Judge, deadline: float, network: float) -> list[Decided]:
        """Land what these branches bring, in the order in which it was written. Returns what landed.

        Raises:
            Stopped: what is not landed stays on its branch.
            HistoryRewritten, ClockImplausible, NeedsRepair, Busy: as of :meth:`land`.
        """
        self._judge = judge
        everything = sorted(((each, intent) for each in brought for intent in each.intents), key=lambda pair: pair[1].id)
        landed: list[Decided] = []
        for first in range(0, len(everything), AT_ONCE):
            self._brought = everything[first : first + AT_ONCE]
            landed += self._adopted(deadline, network)
            if time.monotonic() > deadline:
                break
        return landed

    def preview(self, brought: list[Brought], judge: Judge) -> list[Decided]:
        """What :meth:`adopt` would land on the tip known here. Writes nothing."""
        self._judge = judge
        self._brought = sorted(((each, intent) for each in brought for intent in each.intents), key=lambda pair: pair[1].id)
        tip = self._register.known_tip()
        if tip is None:
            return []
        round_ = self._decided(tip)
        self._ledger.discard()
        return round_.decided

    def _adopted(self, deadline: float, network: float) -> list[Decided]:
        while True:
            tip = self._register.known_tip()
            if tip is None:
                self._fetch(deadline, network)
                continue
            round_ = self._decided(tip)
            if not round_.decided:
                self._ledger.discard()
                return []
            reply = self._push(round_, deadline, network)
            if reply.kind == replies.LANDED:
                return round_.decided
            self._after(reply, deadline, network)

    def _decided(self, tip: str) -> Round:
        round_, snapshot, now = self._decider.opened(tip)
        for brought, written in self._brought:
            if snapshot.landed(written.id) is not None or round_.of_key(written.key) is not None:
                continue
            found = self._judge(snapshot, written, brought, now)
            if found is None:
                continue
            intent, outcome = found
            if isinstance(outcome, Landed) and (outcome.changes or outcome.events or outcome.files):
                take(round_, snapshot, intent, outcome, now, f"{brought.road} {brought.branch}")
        if round_.decided:
            self._decider.paged(round_, snapshot)
        return round_
