"""The inbox of handoffs: which one waits longest, taking it, and saying that it was read. Brings no work along."""

from __future__ import annotations

import time

from gitcoord import clock
from gitcoord.actions.handoffs import with_names
from gitcoord.actions.references import one
from gitcoord.errors import TimedOut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace

#: Between two looks at what this clone knows already, in seconds: a file is read, nothing more.
GLANCE = 0.2


def next_one(ws: Workspace, watch: float = 0) -> dict[str, Any]:
    """The oldest open handoff of another agent. ``watch``: wait so many seconds for one; the remote is asked at the
    pace of ``queue.poll``.

    Raises:
        TimedOut: none came in that time.
    """
    found = _waiting(ws) if watch <= 0 else _watched(ws, watch)
    if found is None and ws.look_again():
        found = _waiting(ws)
    if found is None:
        return {"handoffs": [], "as_of": ws.as_of()}
    return with_names(ws, {"handoffs": [found.as_json()], "next_commands": [taking(found)], "as_of": ws.as_of()})


def claim(ws: Workspace, reference: str) -> dict[str, Any]:
    """Take a handoff, so that nobody else does. What it carries stays on its branch until ``takeover`` brings it.

    Raises:
        ClaimConflict: somebody else has it; who is named.
    """
    from gitcoord.actions.takeover import what_to_claim

    identity = ws.identity()
    handoff = one(ws, reference, "handoff")
    result = ws.submit("handoff.take", {"handoff": handoff.id}, identity=identity)
    brings = [f"gitcoord takeover {handoff.name}"] if handoff.get("carry") else []
    then = [*brings, *what_to_claim(ws, handoff, identity), f"gitcoord ack-handoff {handoff.name}"]
    return {**with_names(ws, result), "carry": bool(brings), "next_commands": then, "agent": identity.agent}


def acknowledge(ws: Workspace, reference: str) -> dict[str, Any]:
    """Say that I have read a handoff of mine and go on from there."""
    return ws.submit("handoff.ack", {"handoff": one(ws, reference, "handoff").id})


def taking(handoff: Entity) -> str:
    """The command that takes it, with the work that it carries."""
    return f"gitcoord {'takeover' if handoff.get('carry') else 'claim-handoff'} {handoff.name}"


def _waiting(ws: Workspace) -> Entity | None:
    me = ws.identity().agent_id
    found = ws.reader().find("handoff", order="created_at", state="open")
    return next((each for each in found if each.get("agent_id") != me), None)


def _watched(ws: Workspace, watch: float) -> Entity:
    poll = float(ws.machine_settings().get("queue.poll"))
    began = asked = clock.elapsed()
    tip: str | None = ""
    while True:
        now = clock.elapsed()
        last = now - began >= watch
        if now - asked >= poll or last:
            ws.again(max_age=poll * 0.9)
            asked = now
        elif ws.register.known_tip() != tip:
            ws.again()
        if ws.register.known_tip() != tip or last:
            tip = ws.register.known_tip()
            found = _waiting(ws)
            if found is not None:
                return found
        if last:
            raise TimedOut(f"No handoff waited within {watch:g} s.", hint="gitcoord handoffs --all")
        time.sleep(min(GLANCE, max(began + watch - now, 0.01)))
