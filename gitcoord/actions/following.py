"""Waiting for messages: what another process of this machine lands is seen at once, what others push at each poll."""

from __future__ import annotations

import time

from gitcoord.actions import messages
from gitcoord.errors import InvalidArguments, TimedOut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace
    from gitcoord.workspace.identity import Identity

#: Seconds between two looks at this clone's own knowledge of the branch: one small file.
_GLANCE = 0.5
#: While the remote cannot be reached, it is asked less and less often, at least once in so many seconds.
_RARELY = 300.0


def follow(
    ws: Workspace, me: Identity, pause: Callable[[float], bool], *, timeout: float | None = None, limit: int | None = None
) -> Iterator[Entity]:
    """Messages to me, each once in this run: first what waits already, then what arrives.

    ``pause`` sleeps for so many seconds and says whether anybody still listens. Ends when nobody does, after ``limit``
    messages, or after ``timeout`` seconds.

    Raises:
        TimedOut: nothing came within ``timeout`` seconds.
    """
    if ws.at is not None:
        raise InvalidArguments("--at shows the past; nothing arrives there.", hint="Leave --at out.")
    seen: set[str] = set()
    started, tip = time.monotonic(), ""
    poll = _Poll(ws)
    known = False
    while True:
        left = None if timeout is None else timeout - (time.monotonic() - started)
        if known:  # what is known here is told first, the remote is asked right after
            poll.ask(left)
        known = True
        now_at = ws.register.known_tip() or ""
        if now_at != tip or not tip:
            tip = now_at
            for each in _fresh(ws, me, seen):
                yield each
                seen.add(each.id)
                if limit is not None and len(seen) >= limit:
                    return
        left = _GLANCE if timeout is None else timeout - (time.monotonic() - started)
        if left <= 0 and not seen:
            raise TimedOut(f"Nothing came within {timeout:g} s.", hint="gitcoord msg recv --follow")
        if left <= 0 or not pause(min(_GLANCE, left)):
            return


def _fresh(ws: Workspace, me: Identity, seen: set[str]) -> list[Entity]:
    ws.forget()
    found = [each for each in messages.waiting_for(ws, me) if each.id not in seen]
    ws.reader().close()  # a look that stays open would keep the cache from being tidied up
    return found


class _Poll:
    """When the remote is asked: at once, then every ``messages.poll``, and less often while it does not answer."""

    def __init__(self, ws: Workspace) -> None:
        self._ws, settings = ws, ws.machine_settings()
        self._every = self._wait = float(settings.get("messages.poll"))
        self._deadline = float(settings.get("sync.network_deadline"))
        self._next = 0.0

    def ask(self, left: float | None) -> None:
        """``left``: seconds that the whole run still has."""
        if self._ws.offline or not self._ws.register.name or time.monotonic() < self._next:
            return
        limit = self._deadline if left is None else min(self._deadline, max(1.0, left))
        reached = self._ws.refresh(deadline=limit)
        self._wait = self._every if reached else min(_RARELY, self._wait * 2)
        self._next = time.monotonic() + self._wait


def as_line(message: Entity) -> dict[str, Any]:
    """A message as a program reads it: whole, whatever its length."""
    told = {**messages.brief(message), "body": message.body or message.get("title")}
    told.pop("body_bytes", None)
    return {"schema": "gitcoord.message/1", **told}
