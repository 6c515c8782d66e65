"""Helpers: the doctor's whole answer (the command line cuts long ones), and people who edit the branch by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Clone

BRANCH = "refs/heads/gitcoord-sync"
_RUN = "import json, sys; from gitcoord import doctor; print(json.dumps(doctor.run('.', **json.loads(sys.argv[1]))))"


class Examined:
    def __init__(self, answer: dict[str, Any]) -> None:
        self.ok, self.repaired, self.checks = answer["ok"], answer["repaired"], answer["checks"]

    def of(self, name: str) -> list[dict[str, Any]]:
        return [each for each in self.checks if each["name"] == name]

    def bad(self, name: str = "") -> list[dict[str, Any]]:
        return [each for each in self.checks if not each["ok"] and name in ("", each["name"])]

    def one(self, name: str) -> dict[str, Any]:
        """The only thing that is wrong under this name."""
        found = self.bad(name)
        assert len(found) == 1, self
        return found[0]

    def __repr__(self) -> str:
        return "\n".join(f"{each['level']} {each['name']}: {each['detail']} -> {each['fix']}" for each in self.checks)


@pytest.fixture
def examine() -> Callable[..., Examined]:
    def run(clone: Clone, **options: Any) -> Examined:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _RUN, json.dumps(options)], cwd=clone.path, env=clone.environment(),
            capture_output=True, timeout=100, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        return Examined(json.loads(done.stdout))

    return run


@pytest.fixture
def by_hand() -> Callable[..., str]:
    """Commits files onto the tip of the branch, as a person with an editor does, and pushes."""

    def commit(clone: Clone, files: dict[str, str | None], message: str = "tidy up", force: str = "") -> str:
        clone.git("fetch", "-q", "origin", f"+{BRANCH}:refs/tidy/tip")
        parent = force or clone.git("rev-parse", "refs/tidy/tip").strip()
        index = {"GIT_INDEX_FILE": str(clone.path / ".git/tidy-index")}

        def git(*words: str, stdin: str = "") -> str:
            done = subprocess.run(
                ["git", *words], cwd=clone.path, env={**clone.environment(), **index}, input=stdin.encode("latin-1"),
                capture_output=True, check=True,
            )  # fmt: skip
            return done.stdout.decode().strip()

        git("read-tree", parent)
        for path, text in files.items():
            if text is None:
                git("rm", "-q", "--cached", path)
            else:
                blob = git("hash-object", "-w", "--stdin", stdin=text)
                git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
        made = git("commit-tree", git("write-tree"), "-p", parent, "-m", message)
        os.unlink(index["GIT_INDEX_FILE"])
        clone.git("push", "-q", "--no-verify", *(["--force"] if force else []), "origin", f"{made}:{BRANCH}")
        return made

    return commit


@pytest.fixture
def branch_file() -> Callable[[Clone, str], str]:
    """A file of the branch as the hub has it."""

    def read(clone: Clone, path: str) -> str:
        clone.git("fetch", "-q", "origin", f"+{BRANCH}:refs/tidy/tip")
        return clone.git("show", f"refs/tidy/tip:{path}")

    return read
