"""Lands one intent together with code refs, or leaves no trace: it never waits in the outbox, so nobody else can land
the record of a push without its code, and a killed process has pushed both or nothing."""

from __future__ import annotations

import time

from gitcoord import clock
from gitcoord.errors import Busy, CouldNotCheck, GitcoordError, RemoteRefused, RevisionConflict, Unreachable
from gitcoord.model.intent import Intent
from gitcoord.store import register as replies
from gitcoord.store.fenced import FencedRegister
from gitcoord.store.landing import Lander, Stopped
from gitcoord.store.locks import ProcessLock
from gitcoord.store.outbox import Outbox
from gitcoord.workspace import submission
from gitcoord.workspace.rulebook import Rulebook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.store.fenced import CodeRef
    from gitcoord.workspace.identity import Identity
    from gitcoord.workspace.workspace import Workspace

_TWO_STEP = "gitcoord push --two-step   (the code first, after a check, then the record: not fenced)"


class _InHand(Outbox):
    """An outbox in memory that holds one intent and its outcome."""

    def __init__(self, intent: Intent) -> None:
        super().__init__("")
        self._intent = intent
        self.found: dict[str, Any] | None = None

    def count(self) -> int:
        return 0 if self.found else 1

    def pending(self) -> list[Intent]:
        return [] if self.found else [self._intent]

    def settle(self, intent_id: str, outcome: dict[str, Any]) -> None:
        self.found = outcome

    def is_provisional(self, intent_id: str) -> bool:
        return False


def intent_of(ws: Workspace, args: dict[str, Any], identity: Identity) -> Intent:
    who = ws.actor(identity)
    reader = ws.reader()
    seen = {"revision": reader.revision, "commit": reader.commit}
    return Intent(
        id=ws.new_ids(1)[0], kind="code.push", at=clock.now(), actor=who, args=args, key=ws.key, seen=seen
    )


def land(ws: Workspace, intent: Intent, code: list[CodeRef], identity: Identity) -> dict[str, Any]:
    """Push code and record as one. Returns the write object; raises the refusal, or why nothing was pushed."""
    started = (clock.elapsed(), clock.now())
    total = float(ws.timeout or 60)
    deadline = time.monotonic() + total * 0.8
    network = total * 0.8 if ws.timeout else float(ws.machine_settings().get("sync.network_deadline"))
    ws.make_home()
    held = _InHand(intent)
    state = ws.state
    register = FencedRegister(ws.repo, state.text("remote"), state.text("branch"), state.text("push_url"), code)
    lock = ProcessLock(ws.repo.home + "/locks/landing")
    if not lock.acquire(deadline):
        raise Busy("Another process of this machine is landing; nothing was pushed.", hint="gitcoord push")
    try:
        ws.written = True
        _lander(ws, held, register).land(deadline, network)
    except Stopped as stop:
        raise _stopped(register, stop) from None
    finally:
        lock.release()
    ws.forget()
    outcome = held.found or {}
    if "denied" in outcome:
        raise ws.refusal(outcome["denied"])
    result: dict[str, Any] = outcome["ok"]
    submission.remember_leases(ws, result, started)
    if not identity.bound:
        submission.bind(ws, identity)
    return result


def _lander(ws: Workspace, held: Outbox, register: FencedRegister) -> Lander:
    return Lander(
        git=ws.repo.git, objects=ws.objects, register=register, outbox=held, ledger=ws.ledger, rules=Rulebook(ws),
        state=ws.state, sign=submission.signer(ws),
    )  # fmt: skip


def _stopped(register: FencedRegister, stop: Stopped) -> GitcoordError:
    said = stop.detail[:300]
    if stop.reason == replies.MOVED:
        return RevisionConflict(
            f"The remote has moved: {said}. Nothing was pushed.",
            hint=f"git fetch {register.name}, rebase or merge, then: gitcoord push",
        )
    if register.doubtful or stop.reason == replies.INDETERMINATE:
        return CouldNotCheck(
            f"It is not known whether the push landed ({stop.reason}: {said}).",
            hint="gitcoord sync, then push again: what has landed is not pushed twice",
        )
    if stop.reason == replies.NOT_ATOMIC:
        return CouldNotCheck(
            "The remote cannot take code and record as one (no atomic push); nothing was pushed.", hint=_TWO_STEP
        )
    if stop.reason == replies.REFUSED:
        return RemoteRefused(f"The remote refused; nothing was pushed: {said}", hint=_TWO_STEP)
    if stop.reason == replies.UNREACHABLE:
        return Unreachable(f"The remote could not be reached; nothing was pushed: {said}", hint="gitcoord push")
    return Busy(f"Others kept landing; nothing was pushed ({said}).", hint="gitcoord push")
