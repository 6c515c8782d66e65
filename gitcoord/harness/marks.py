"""Marks of what was done in a session: each thing once, whichever of two wirings comes first, and when it began."""

from __future__ import annotations

import os

from gitcoord import clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.harness.payload import Call
    from gitcoord.workspace import Workspace

#: The mark whose time says when the session began.
START = "start"
#: Seconds after which the mark of a call means nothing more.
_KEPT = 7 * 86400


def first_time(ws: Workspace, call: Call, what: str = "") -> bool:
    """Two settings files may fire for one edit: the second call finds the mark of the first."""
    once = what or call.once or f"{call.event} {call.paths} {int(clock.now())}"
    if not once or not call.session:
        return True
    mark = file(ws, call, once)
    try:
        os.makedirs(os.path.dirname(mark), mode=0o700, exist_ok=True)
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    except OSError:
        pass
    return True


def sweep(ws: Workspace) -> None:
    """Marks of sessions that are long over."""
    folder, now = f"{ws.repo.home}/seen", clock.now()
    try:
        for name in os.listdir(folder):
            if now - os.stat(f"{folder}/{name}").st_mtime > _KEPT:
                os.unlink(f"{folder}/{name}")
    except OSError:
        pass


def file(ws: Workspace, call: Call, once: str) -> str:
    from gitcoord.hashes import sha256

    sub = "" if once == START else call.sub
    name = sha256("\0".join((call.session, sub, once)).encode()).hexdigest()[:24]
    return f"{ws.repo.home}/seen/{name}"
