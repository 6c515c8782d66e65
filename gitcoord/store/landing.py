"""Landing: decide intents on the newest tip known, build one commit, push it if the tip has not moved.

Guarantees: an intent has one effect, by whatever road and however often it is landed; what is settled as
``confirmed`` was seen on the register; a refusal is settled only when the tip on which it was decided is
known to be current. Whoever holds the process lock lands everybody's intents.

Between machines, whoever loses the race twice parks its intents on a carrier, and the next to land takes
all that is parked along. Naive retries starve: with 300 ms of latency the last winner keeps winning, since
it alone knows the tip. Who lands next is an order that all can compute from the tip and the carriers.
"""

from __future__ import annotations

import time

from gitcoord import clock
from gitcoord.errors import Busy, HistoryRewritten
from gitcoord.store import carriers as carrying
from gitcoord.store import register as replies
from gitcoord.store.deciding import Decider
from gitcoord.store.rounds import Commits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitcoord.model.intent import Intent
    from gitcoord.store.carriers import Carriers
    from gitcoord.store.deciding import Ledger, Rulebook
    from gitcoord.store.git import Git
    from gitcoord.store.objects import Objects
    from gitcoord.store.outbox import Outbox
    from gitcoord.store.register import Register
    from gitcoord.store.rounds import Decided, Round
    from gitcoord.store.state import State


LOCK_TRIES = 5
#: A remote that gives no answer so often in a row (HTTP 503 for hours) is not asked until the time is over.
DOUBTFUL_TRIES = 6
#: A clone that saw contention looks at the carriers before it lands, for so many seconds.
CONTENDED = 5.0
#: In a burst of landings (less than BURST_GAP seconds apart), look at the carriers before every n-th:
#: a clone that never loses would otherwise never learn that others wait.
BURST, BURST_GAP = 4, 2.0


class Stopped(Exception):
    """Landing could not go on; the intents stay in the outbox. ``reason`` is a class of the register."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


class Lander:
    """Lands the outbox of one clone on its register. Hold the landing lock while calling :meth:`land`.

    Without ``carriers`` nobody else's intents are taken along. ``sign`` gives the same commit with a signature.
    """

    def __init__(
        self,
        *,
        git: Git,
        objects: Objects,
        register: Register,
        outbox: Outbox,
        ledger: Ledger,
        rules: Rulebook,
        state: State,
        carriers: Carriers | None = None,
        sign: Callable[[str], str] | None = None,
    ) -> None:
        self._register, self._outbox = register, outbox
        self._ledger, self._state, self._carriers = ledger, state, carriers
        self._decider = Decider(ledger, objects, rules)
        self._commits = Commits(git, objects, state.text("repo_id"), state.text("clone_id"), sign)
        self._current = False
        self._lost = self._locked = self._patience = self._doubtful = 0
        self._tip_waited = ""
        self._parked: list[str] = []
        self._round_trip = 0.05

    def land(self, deadline: float, network: float) -> None:
        """Settle every pending intent of the outbox, or raise.

        Args:
            deadline: ``time.monotonic`` after which no further try is started.
            network: seconds that one git command may take on the network.

        Raises:
            Stopped: unreachable, refused, or out of time; what is not settled stays pending.
            HistoryRewritten, ClockImplausible, NeedsRepair, Busy: as their docstrings say.
        """
        if self._outbox.count() and self._should_look_first():
            self._fetch(deadline, network)
        while pending := self._outbox.pending():
            tip = self._register.known_tip()
            if tip is None:
                self._fetch(deadline, network)
                continue
            round_ = self._decider.decide(tip, pending, self._carriers.waiting() if self._carriers is not None else {})
            if self._hopeless(round_, deadline, network):
                continue
            if not round_.own:
                self._ledger.discard()
                self._settle_rest(round_)
                continue
            if self._should_wait(round_, pending, deadline, network):
                continue
            reply = self._push(round_, deadline, network)
            if reply.kind != replies.LANDED:
                self._after(reply, deadline, network)

    def judge(self, deadline: float, network: float) -> list[Intent]:
        """Fetch, settle what the branch tells of and what it refuses, and return the rest. Pushes nothing.

        Raises:
            Stopped, HistoryRewritten, ClockImplausible, NeedsRepair: as of :meth:`land`.
        """
        self._carriers = None
        self._fetch(deadline, network)
        tip = self._register.known_tip()
        if tip is not None:
            round_ = self._decider.decide(tip, self._outbox.pending(), {})
            self._ledger.discard()
            if round_.decided:  # that nothing changes may rest on what has not landed: then it is not so yet
                round_.settled = [(intent, found) for intent, found in round_.settled if not _rests(found)]
            self._settle_rest(round_)
        return self._outbox.pending()

    # Looking.

    def _should_look_first(self) -> bool:
        if self._carriers is None:
            return False
        state = self._state
        if state.text("boot") != clock.boot_id():
            return False
        if clock.elapsed() < state.number("contended_until"):
            return True
        burst = clock.elapsed() - state.number("landed_elapsed") < BURST_GAP
        return burst and state.number("landed_in_a_row") >= BURST

    def _fetch(self, deadline: float, network: float) -> None:
        """Bring the known tip up to date; afterwards it is current."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise Stopped(replies.UNREACHABLE, "out of time")
        started = time.monotonic()
        if self._carriers is not None and not isinstance(self._register, replies.LocalRegister):
            reply = self._register.fetch(min(network, left), (self._carriers.refspec,))
            if reply.kind == replies.LANDED:
                self._carriers.load()
        else:
            reply = self._register.fetch(min(network, left))
        self._round_trip = time.monotonic() - started
        if reply.kind == replies.LANDED:
            self._ledger.fetched()
            self._state.save(landed_in_a_row=0)
            self._current = True
        elif reply.kind in (replies.REWRITTEN, replies.ABSENT):
            raise HistoryRewritten(
                "The sync branch on the remote is gone or was rewritten; nothing was written there.", hint="gitcoord doctor"
            )
        elif reply.kind != replies.LOST_RACE:
            raise Stopped(reply.kind, reply.detail)

    def _hopeless(self, round_: Round, deadline: float, network: float) -> bool:
        """A refusal, and that nothing changes, stand only on a tip that is known to be current; look before anyone
        hears it. What landed with a key stays landed."""
        if self._current or round_.own or not (round_.refused or any(_rests(found) for _, found in round_.settled)):
            return False
        self._ledger.discard()
        self._fetch(deadline, network)
        return True

    # Waiting.

    def _should_wait(self, round_: Round, pending: list[Intent], deadline: float, network: float) -> bool:
        """Under contention: park, and let the one whose turn it is land for all. True when time has passed."""
        if self._carriers is None or not (self._parked or round_.waiting or self._lost >= 2):
            return False
        if not round_.waiting and self._lost < 2:
            return False
        self._state.save(contended_until=clock.elapsed() + CONTENDED)
        own = [intent for intent in pending if any(each.intent is intent for each in round_.decided)]
        if [intent.id for intent in own] != self._parked:
            self._ledger.discard()
            if self._carriers.park(own, max(1.0, min(network, deadline - time.monotonic()))):
                self._parked = [intent.id for intent in own]
                self._fetch(deadline, network)
                return True
            return False
        if round_.tip != self._tip_waited:
            self._tip_waited, self._patience = round_.tip, 0
        else:
            self._patience += 1
        if carrying.rank(round_.tip, self._carriers.mine, round_.waiting) <= self._patience:
            return False
        self._ledger.discard()
        time.sleep(min(0.25, self._round_trip * _between(0.2, 0.6)))
        self._fetch(deadline, network)
        return True

    # Publishing.

    def _push(self, round_: Round, deadline: float, network: float) -> replies.Reply:
        commit, files, at = self._commits.build(round_)
        self._ledger.discard()
        reply = self._register.push(commit, round_.tip, max(1.0, min(network, deadline - time.monotonic())))
        if reply.kind == replies.LANDED:
            self._ledger.advance(commit, round_.decided[-1].revision, files, at)
            for each in round_.decided:
                if not each.via:
                    self._settle_landed(each, commit)
            for intent, twin in round_.twins:
                found = {"result": twin.landed.result, "intent_id": twin.intent.id, "revision": twin.revision, "commit": commit}
                self._settle_found(intent, found)
            self._settle_rest(round_)
            burst = clock.elapsed() - self._state.number("landed_elapsed") < BURST_GAP
            row = self._state.number("landed_in_a_row") + 1 if burst else 1
            changes = {"landed_elapsed": clock.elapsed(), "landed_in_a_row": row}
            if round_.waiting:
                changes["contended_until"] = clock.elapsed() + CONTENDED
            self._state.save(**changes)
            self._current = False
            self._lost = 0
        return reply

    def _after(self, reply: replies.Reply, deadline: float, network: float) -> None:
        """A push that is not known to have landed: stop, or look at the branch and decide again."""
        if reply.kind == replies.LOCKED:
            self._locked += 1
            if self._locked >= LOCK_TRIES:
                raise Busy(
                    f"A lock was left on the sync branch: {reply.detail[:200]}",
                    hint="If no process holds it, remove that lock file on the remote; then: gitcoord sync",
                )
        elif reply.kind in (replies.REFUSED, replies.UNREACHABLE, replies.MOVED, replies.NOT_ATOMIC):
            raise Stopped(reply.kind, reply.detail)
        else:
            self._lost += 1
            self._doubtful = self._doubtful + 1 if reply.kind == replies.INDETERMINATE else 0
            if self._doubtful >= DOUBTFUL_TRIES:
                self._fetch(deadline, network)  # a last look; whoever asks next looks again
                raise Stopped(reply.kind, reply.detail)
            if self._carriers is not None:
                self._state.save(contended_until=clock.elapsed() + CONTENDED)
        if time.monotonic() > deadline:
            raise Stopped(reply.kind, "out of time")
        tries = self._lost + 3 * self._locked
        if tries > 1:
            time.sleep(_between(0, min(0.01 * 2 ** min(tries, 7), 1.0)))
        self._fetch(deadline, network)

    # Settling.

    def _settle_rest(self, round_: Round) -> None:
        for intent, found in round_.settled:
            self._settle_found(intent, found)
        for intent, denial in round_.refused:
            denied = {
                "code": denial.code, "message": denial.message, "hint": denial.hint, "details": denial.details,
            }  # fmt: skip
            self._settle(intent, {"denied": denied, "intent_id": intent.id})

    def _settle_landed(self, each: Decided, commit: str) -> None:
        outcome = {
            **each.landed.result, "intent_id": each.intent.id, "replayed": False, "state": "confirmed",
            "revision": each.revision, "commit": commit, "sync": self._register.transport,
        }  # fmt: skip
        self._settle(each.intent, {"ok": outcome})

    def _settle_found(self, intent: Intent, found: dict[str, Any]) -> None:
        """It is on the branch already: by an earlier try whose answer was lost, by a peer, or by its key."""
        result = found.get("result") or {}
        first = result.get("intent_id") or found.get("intent_id") or intent.id
        mine = first == intent.id and not result.get("replayed")
        outcome = {
            **result, "intent_id": first, "replayed": not mine, "state": "confirmed",
            "revision": result.get("revision") or found.get("revision"), "commit": found.get("commit"),
            "sync": self._register.transport,
        }  # fmt: skip
        self._settle(intent, {"ok": outcome})

    def _settle(self, intent: Intent, outcome: dict[str, Any]) -> None:
        """``session``: whom it concerns, for those who tell only their own."""
        self._outbox.settle(intent.id, {**outcome, "session": intent.session_id})


def _rests(found: dict[str, Any]) -> bool:
    """Whether an outcome without changes is one of this round, and not the first one of a key that has landed."""
    return bool(found.get("again")) and not (found.get("result") or {}).get("replayed")


def _between(low: float, high: float) -> float:
    import random  # only whoever lost a race waits; the others need not load it

    return random.uniform(low, high)  # noqa: S311
