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
#: A clear ends one session and begins the next within moments.
_SOON = 60


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


# A person who clears the conversation gives the tool a new session; the agent, its files and its claims stay the same.


def clear(ws: Workspace, call: Call) -> None:
    """This session was cleared: the one that begins next in this worktree goes on as it."""
    _write(_path(ws, "cleared", call.tool, ws.place), known_as(ws, call))


def go_on(ws: Workspace, call: Call) -> None:
    """This session begins after a clear: from now on it is the one that was cleared a moment ago."""
    left = _path(ws, "cleared", call.tool, ws.place)
    try:
        old = clock.now() - os.stat(left).st_mtime > _SOON
        with open(left, encoding="utf-8") as text:
            session = text.read()
        os.unlink(left)
    except OSError:
        return
    if session and session != call.session and not old:
        _write(_path(ws, "is", call.tool, call.session), session)


def known_as(ws: Workspace, call: Call) -> str:
    """The session as which this one acts: itself, or the one that it goes on as."""
    try:
        with open(_path(ws, "is", call.tool, call.session), encoding="utf-8") as text:
            return text.read() or call.session
    except OSError:
        return call.session


def _write(path: str, text: str) -> None:
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(path, "w", encoding="utf-8") as mark:
            mark.write(text)
    except OSError:
        pass


def _path(ws: Workspace, *words: str) -> str:
    from gitcoord.hashes import sha256

    return f"{ws.repo.home}/seen/{sha256(chr(0).join(words).encode()).hexdigest()[:24]}"


def file(ws: Workspace, call: Call, once: str) -> str:
    return _path(ws, call.session, "" if once == START else call.sub, once)
