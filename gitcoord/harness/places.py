"""Where a hook call happens: the repository of a file, the paths in it, and who acts in this session of a tool."""

from __future__ import annotations

import os

from gitcoord.cache import database
from gitcoord.harness import marks
from gitcoord.workspace import Workspace
from gitcoord.workspace import identity as identities

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.harness.payload import Call

#: Seconds to wait for a cache that another process has locked; then git answers, within the same deadline.
_PATIENCE = 0.5


def opened(call: Call, directory: str, *, offline: bool) -> Workspace:
    """The workspace in which this tool's session acts as one agent. Raises GitcoordError where there is none."""
    environ = dict(os.environ)
    environ.setdefault("AI_AGENT", call.tool)
    if offline:
        database.PATIENCE = _PATIENCE
    ws = Workspace.open(directory, environ=environ, offline=offline)
    if call.session and not environ.get("GITCOORD_SESSION_ID"):
        call.session = marks.known_as(ws, call)
        environ["GITCOORD_SESSION_ID"] = identities.session_of_tool(call.tool, call.session)
    ws.agent = handle(ws, call)
    return ws


def handle(ws: Workspace, call: Call) -> str:
    """The name that is set, else the one that this session is bound to, else ``human/tool/slot``. A sub-agent of the
    tool acts in the same session under a name of its own."""
    named = ws.environ.get("GITCOORD_AGENT", "")
    if not named:
        pinned = identities.pinned_session(ws.environ)
        bound = [each["agent"] for each in ws.local.bindings(ws.place) if each["session_id"] == pinned]
        mine = [each for each in bound if not _is_sub(each)]
        human = identities.default_handle(ws.environ).partition("/")[0]
        slot = "".join(letter for letter in call.session if letter.isalnum())[:6] or "main"
        named = mine[0] if mine else f"{human}/{call.tool}/{slot}"
    if not call.sub:
        return named
    sub = "".join(letter for letter in call.sub if letter.isalnum())[:8]
    return f"{named}{identities.SUB}{sub}"[: identities.MAX_HANDLE]


def _is_sub(name: str) -> bool:
    return identities.SUB in name


def directory_of(call: Call, path: str) -> str:
    """The nearest existing folder of a file that may not exist yet."""
    folder = os.path.dirname(os.path.join(call.cwd or os.getcwd(), path))
    while folder and not os.path.isdir(folder) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    return folder or "."


def apart(call: Call) -> list[tuple[str, list[str]]]:
    """The files about to be edited by the work tree in which they lie, each with a folder of it."""
    if len(call.paths) == 1:
        return [(directory_of(call, call.paths[0]), call.paths)]
    found: dict[str, tuple[str, list[str]]] = {}
    for path in call.paths:
        folder = directory_of(call, path)
        found.setdefault(_top(folder), (folder, []))[1].append(path)
    return list(found.values())


def _top(folder: str) -> str:
    """The folder of the work tree that holds this one; empty when none does."""
    folder = os.path.realpath(folder)
    while not os.path.lexists(os.path.join(folder, ".git")):
        if folder == os.path.dirname(folder):
            return ""
        folder = os.path.dirname(folder)
    return folder


def inside(ws: Workspace, call: Call, path: str) -> str:
    """The path from the root of its work tree; empty when it is outside, or git's own."""
    root = ws.repo.worktree
    if root is None:
        return ""
    full = os.path.join(call.cwd or os.getcwd(), path.replace("\\", "/") if os.sep == "\\" else path)
    folder, name = os.path.split(os.path.normpath(full))
    relative = os.path.relpath(os.path.join(os.path.realpath(folder), name), os.path.realpath(root))
    if relative.startswith("..") or relative in (".", ".git") or relative.startswith(".git" + os.sep):
        return ""
    return relative.replace(os.sep, "/")
