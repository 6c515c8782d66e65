"""A sealed world for tests with real git: own HOME, no system configuration, a fixed identity, no network."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# The same examples in every run, however slow the machine: what fails here fails again. To look further: EXPLORE=1.
hypothesis.settings.register_profile(
    "same", derandomize="EXPLORE" not in os.environ, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("same")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Run in the background of a script, children would inherit that nobody can interrupt them.
    signal.signal(signal.SIGINT, signal.default_int_handler)

SEALED = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "file:http",
    "GIT_AUTHOR_NAME": "Test",
    "GIT_AUTHOR_EMAIL": "test@example.org",
    "GIT_COMMITTER_NAME": "Test",
    "GIT_COMMITTER_EMAIL": "test@example.org",
    "LANG": "C.UTF-8",
}


class Said:
    """What a command answered."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.err)["error"]
        return found

    def __repr__(self) -> str:
        return f"exit {self.code}\n--- out\n{self.out}\n--- err\n{self.err}"


class Clone:
    """A checkout and the commands that people run in it."""

    def __init__(self, path: Path, env: dict[str, str], agent: str = "") -> None:
        self.path, self.env, self.agent = path, env, agent

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-P", "-m", "gitcoord", *words]

    def environment(self, **extra: str) -> dict[str, str]:
        named = {"GITCOORD_AGENT": self.agent} if self.agent else {}
        return {**self.env, **named, **extra}

    def run(self, *words: str, cwd: Path | None = None, stdin: bytes = b"", **env: str) -> Said:
        """``gitcoord WORDS`` as a whole process."""
        done = subprocess.run(
            self.command(*words), cwd=cwd or self.path, env=self.environment(**env), input=stdin, capture_output=True,
            timeout=100, check=False,
        )  # fmt: skip
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    def ok(self, *words: str, **env: str) -> dict[str, Any]:
        """The JSON of a command that must succeed."""
        said = self.run(*words, "--json", **env)
        assert said.code == 0, said
        return said.json

    def spawn(self, *words: str, **env: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(*words), cwd=self.path, env=self.environment(**env), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def git(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(["git", *words], cwd=self.path, env=self.environment(), capture_output=True, check=False)
        assert not check or done.returncode == 0, (words, done.stderr.decode())
        return done.stdout.decode()

    def write(self, name: str, text: str) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, name: str = "file.txt", text: str = "text\n") -> str:
        self.write(name, text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", f"change {name}")
        return self.git("rev-parse", "HEAD").strip()


class World:
    """A hub and the clones of it. ``hub`` is a bare repository with one commit on ``main``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "home").mkdir()
        self.env = {**SEALED, "HOME": str(root / "home"), "PATH": os.environ["PATH"]}
        self.hub = root / "hub.git"
        self.git("init", "-q", "--bare", "--initial-branch=main", str(self.hub))
        seed = self.clone("seed")
        for n in range(6):
            seed.write(f"src/part{n}.py", f"x = {n}\n")
        seed.write("README.md", "a project\n")
        seed.git("add", "-A")
        seed.git("commit", "-q", "-m", "first")
        seed.git("push", "-q", "origin", "HEAD:refs/heads/main")

    def git(self, *words: str, cwd: Path | None = None, check: bool = True, stdin: bytes = b"") -> str:
        done = subprocess.run(
            ["git", *words], cwd=cwd or self.root, env=self.env, capture_output=True, check=False, input=stdin
        )
        assert not check or done.returncode == 0, (words, done.stderr.decode())
        return done.stdout.decode()

    def clone(self, name: str, *options: str, agent: str = "") -> Clone:
        url = f"file://{self.hub}"
        self.git("clone", "-q", *options, url, str(self.root / name))
        clone = Clone(self.root / name, self.env, agent)
        if not options and name != "seed":
            clone.git("switch", "-q", "-C", "main", "origin/main")
        return clone

    def at_hub(self, *words: str) -> str:
        return self.git(*words, cwd=self.hub)

    @property
    def tip(self) -> str:
        return self.at_hub("rev-parse", "refs/heads/gitcoord-sync").strip()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def pair(world: World) -> tuple[Clone, Clone]:
    """River and Sky, each in a clone of its own, both initialised."""
    river, sky = world.clone("river", agent="river"), world.clone("sky", agent="sky")
    river.ok("init", "--yes")
    sky.ok("init", "--yes")
    return river, sky
