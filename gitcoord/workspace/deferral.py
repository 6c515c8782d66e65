"""A write that does not wait: durable in the outbox, landed by a process of its own.

For whoever is about to be ended, such as a session-end hook. Imports nothing that decides or lands.
"""

from __future__ import annotations

import os

from gitcoord import clock
from gitcoord.model.intent import Intent
from gitcoord.program import program
from gitcoord.workspace import scan, transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.workspace.identity import Identity
    from gitcoord.workspace.workspace import Workspace


def defer(ws: Workspace, kind: str, args: dict[str, Any], ids: int, identity: Identity) -> dict[str, Any]:
    """Put the intent where the next landing of anybody finds it, and start that landing. Never waits for it.

    Nobody would write it again after a refusal: what looks like a token is left out of it, and the answer says so.
    Returns the write object of protocol section 6, ``provisional``.
    """
    args, fields = scan.cleaned(ws, args)
    intent = write(ws, kind, args, ids, identity)
    ws.outbox.mark_provisional(intent.id)
    started = start_sync(ws)
    result = {
        "outcome": "provisional", "intent_id": intent.id, "replayed": False, "state": "provisional", "revision": None,
        "sync": transport.known(ws)[0], "reason": "it lands in the background" if started else "not landed yet",
    }  # fmt: skip
    return {**result, "warnings": scan.warning(fields)} if fields else result


def write(ws: Workspace, kind: str, args: dict[str, Any], ids: int, identity: Identity) -> Intent:
    """The intent, durable in the outbox; whoever lands next takes it along."""
    made = ws.new_ids(1 + ids)
    who = ws.actor(identity)
    intent = Intent(id=made[0], kind=kind, at=clock.now(), actor=who, args=args, ids=made[1:], key=ws.key)
    ws.make_home()
    ws.outbox.put(intent)
    ws.written = True
    return intent


def start_sync(ws: Workspace) -> bool:
    """``gitcoord sync`` in a session of its own, without our input and outputs. False when it cannot be started."""
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        actions: list[tuple[int, ...]] = [(os.POSIX_SPAWN_DUP2, nowhere, fd) for fd in range(3)]
        actions += [(os.POSIX_SPAWN_CLOSE, fd) for fd in _inherited()]
        argv = [*program(), "-C", ws.place, "sync", "--unheard"]
        try:
            os.posix_spawn(argv[0], argv, dict(ws.environ), file_actions=actions, setsid=True)
        except NotImplementedError:
            os.posix_spawn(argv[0], argv, dict(ws.environ), file_actions=actions, setpgroup=0)
        os.close(nowhere)
    except Exception:  # whoever waits for us must not hear of it; the next command lands the intent
        return False
    return True


def _inherited() -> list[int]:
    """Descriptors that a child would get too: a hook's runner may wait until the last of them is closed."""
    found = []
    for name in os.listdir("/dev/fd"):
        try:
            if int(name) > 2 and os.get_inheritable(int(name)):
                found.append(int(name))
        except (OSError, ValueError):
            continue
    return found
