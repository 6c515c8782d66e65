"""Hubs that treat pushes as the platforms do on which agents run: by hooks of real bare repositories."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Clone, World
from tests.faults.conftest import executable

#: Of whoever has PUSHER set nothing is refused: the hub's own people.
HEAD = '#!/bin/sh\ncase "$PUSHER" in peer) exit 0;; esac\n'
#: Only branches under claude/ may be written; no deletions, no tags.
PREFIX = HEAD + """
case "$3" in *[!0]*) ;; *) echo "ERR 403: branch deletion is refused" >&2; exit 1;; esac
case "$1" in refs/heads/claude/*) exit 0;; esac
echo "ERR 403: only claude/* may be pushed" >&2; exit 1
"""
#: Only the branch that the session works on.
ONE_BRANCH = HEAD + """
case "$3" in *[!0]*) ;; *) echo "ERR 403: branch deletion is refused" >&2; exit 1;; esac
[ "$1" = "refs/heads/claude/$SESSION" ] && exit 0
echo "ERR 403: pushes go to the session's own branch" >&2; exit 1
"""
NOTHING = HEAD + 'echo "ERR 403: pushes are refused" >&2; exit 1\n'


def rules(world: World, text: str) -> Path:
    file = world.hub / "hooks" / "update"
    executable(file, text)
    return file


@pytest.fixture
def peer(world: World) -> Clone:
    """May push everything, and adopts."""
    clone = world.clone("peer", agent="peer")
    clone.env = {**clone.env, "PUSHER": "peer"}
    clone.ok("init", "--yes", "--no-hooks")
    return clone


@pytest.fixture
def sandboxed(world: World, peer: Clone) -> Callable[..., Clone]:
    """A fresh clone on a branch of its own, as a cloud session has it."""

    def make(name: str, branch: str = "") -> Clone:
        clone = world.clone(name, agent=name)
        clone.env = {**clone.env, "SESSION": name}
        clone.git("switch", "-q", "-c", branch or f"claude/{name}")
        return clone

    return make


def publish(clone: Clone) -> None:
    """What an agent does at the end of its turn: everything it has goes on its branch."""
    clone.git("add", "-A")
    clone.git("commit", "-q", "-m", "work", "--allow-empty")
    clone.git("push", "-q", "origin", "HEAD")
