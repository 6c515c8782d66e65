"""Starts a ``gitcoord sync`` that outlives its parent: what was written here reaches the remote without anybody waiting."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

def sync(directory: str, environ: Mapping[str, str]) -> bool:
    """A sync of this repository in a session of its own, with no terminal and no pipes. False when none could be started;
    the writes then wait in the outbox for the next command."""
    env = {name: value for name, value in environ.items() if not name.startswith("GIT_")}
    env["PYTHONPATH"] = os.pathsep.join(each for each in sys.path if each)
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    argv = [sys.executable, "-P", "-m", "gitcoord", "-C", directory, "sync", "--unheard", "--timeout", "30"]
    try:
        os.posix_spawn(sys.executable, argv, env, file_actions=actions, setsid=True)
    except OSError:
        return False
    return True
