"""One fetch at a time in a clone, whatever number of commands asks for it."""

from __future__ import annotations

import time

from gitcoord import clock
from gitcoord.store import register as replies
from gitcoord.store.locks import ProcessLock
from gitcoord.store.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.workspace.workspace import Workspace

_TRIES = 5


def fetch(ws: Workspace, deadline: float, ask: Callable[[float], replies.Reply]) -> replies.Reply:
    """What the remote answered. Whoever waited for another's fetch finds fresh knowledge and does not ask again."""
    ws.make_home()
    started = clock.elapsed()
    try:
        lock = ProcessLock(ws.repo.home + "/locks/fetch")
        held = lock.acquire(time.monotonic() + deadline)
    except OSError:
        return _answered(deadline, ask)
    try:
        fresh = State(ws.repo.home)
        if fresh.text("boot") == clock.boot_id() and fresh.number("fetched_elapsed") > started:
            ws.state.values = fresh.values
            return replies.Reply(replies.LANDED)
        return _answered(deadline, ask)
    finally:
        if held:
            lock.release()


def _answered(deadline: float, ask: Callable[[float], replies.Reply]) -> replies.Reply:
    """A landing of this very clone may move the tracking ref under a fetch; then it is asked again."""
    ends = time.monotonic() + deadline
    for _ in range(_TRIES):
        reply = ask(max(0.1, ends - time.monotonic()))
        if reply.kind != replies.LOST_RACE or time.monotonic() >= ends:
            break
    return reply
