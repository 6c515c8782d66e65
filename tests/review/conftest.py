"""People who review: a clone of the sync branch, plain git, and no gitcoord."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Clone, World

BRANCH = "gitcoord-sync"


class Person(Clone):
    """Somebody with a checkout of the sync branch who knows git only."""

    def path_of(self, folder: str, words: str = "") -> str:
        """The only file of a folder (that has these words)."""
        found = [file for file in sorted((self.path / folder).rglob("*")) if file.is_file() and words in file.read_text()]
        assert len(found) == 1, (folder, words, found)
        return str(found[0].relative_to(self.path))

    def read(self, path: str) -> str:
        return (self.path / path).read_text()

    def save(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def push(self) -> None:
        self.git("push", "-q", "origin", f"HEAD:{BRANCH}")


@pytest.fixture
def person(world: World) -> Callable[[str], Person]:
    def make(name: str) -> Person:
        place = Path(world.root) / f"{name.lower()}-reviews"
        world.git("clone", "-q", "-b", BRANCH, f"file://{world.hub}", str(place))
        email = f"{name.lower()}@example.org"
        env = {name: value for name, value in world.env.items() if not name.startswith("GITCOORD")}
        for role in ("AUTHOR", "COMMITTER"):
            env.update({f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": email})
        return Person(place, {**env, "PATH": os.environ["PATH"]})

    return make
