"""Agents at their command lines: real clones of a real hub, in a sealed home."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


class Said:
    """What a command answered."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        return json.loads(self.err)["error"]

    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


class Agent:
    """One agent in one checkout."""

    def __init__(self, place: Path, env: dict[str, str], name: str = "") -> None:
        self.place, self.env, self.name = place, env, name

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "gitcoord", *words]

    def __call__(self, *words: str, code: int = 0, cwd: Path | None = None, stdin: str = "", **env: str) -> Said:
        named = {"GITCOORD_AGENT": self.name} if self.name else {}
        done = subprocess.run(
            self.command(*words),
            cwd=cwd or self.place,
            env={**self.env, **named, **env},
            input=stdin.encode(),
            capture_output=True,
            timeout=90,
            check=False,
        )
        said = Said(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert said.code == code, f"gitcoord {' '.join(words)}: exit {said.code}\n{said.out}\n{said.err}"
        assert "Traceback" not in said.err
        return said

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.place, env=self.env, capture_output=True, check=True)
        return done.stdout.decode().strip()

    def write(self, path: str, text: str) -> None:
        file = self.place / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT", "XDG"))}
    config = home / "gitconfig"
    config.write_text(
        "[user]\n\tname = Pat\n\temail = pat@example.org\n[init]\n\tdefaultBranch = main\n[protocol]\n\tallow = never\n"
        '[protocol "file"]\n\tallow = always\n'
    )
    return {
        **kept,
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C.UTF-8",
    }


@pytest.fixture
def hub(tmp_path: Path, env: dict[str, str]) -> Path:
    """A bare repository with a few files on main."""
    place, seed = tmp_path / "hub.git", tmp_path / "seed"
    seed.mkdir()
    for words in (["init", "-q", "-b", "main"], ["init", "-q", "--bare", "-b", "main", str(place)]):
        subprocess.run(["git", *words], cwd=seed, env=env, check=True, capture_output=True)
    for path in ("src/app.py", "src/auth/login.py", "src/auth/token.py", "docs/guide.md", "README.md"):
        file = seed / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# {path}\n")
    for words in (["add", "."], ["commit", "-q", "-m", "first"], ["push", "-q", str(place), "main"]):
        subprocess.run(["git", *words], cwd=seed, env=env, check=True, capture_output=True)
    return place


@pytest.fixture
def clone(tmp_path: Path, env: dict[str, str], hub: Path) -> Callable[..., Agent]:
    def make(name: str = "", folder: str = "") -> Agent:
        place = tmp_path / (folder or name or "somebody") / "app"
        subprocess.run(["git", "clone", "-q", str(hub), str(place)], env=env, check=True, capture_output=True)
        return Agent(place, env, name)

    return make


@pytest.fixture
def river(clone: Callable[..., Agent]) -> Agent:
    """Initialised, and in a co-op of its own making."""
    agent = clone("river")
    agent("init")
    agent("start", "login flow")
    return agent


@pytest.fixture
def sky(clone: Callable[..., Agent], river: Agent) -> Agent:
    """In another clone, in the same co-op."""
    agent = clone("sky")
    agent("join")
    return agent
