"""The stage of the demo: a throw-away hub, three clones of it, and commands whose promises are checked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from typing import Any

from gitcoord.errors import CheckFailed
from gitcoord.program import program
from gitcoord.store import repository

AGENTS = ("river", "sky", "wren")
_WIDTH = 100
#: Never a module of the folder in which it runs, which may be a clone of gitcoord itself.
PROGRAM = program()


class Said:
    """What one command answered."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out or self.err or "{}")
        return found


class Stage:
    """Use in a ``with``: everything is removed at the end, whatever happened."""

    def __init__(self, directory: str) -> None:
        self.source = repository.find(directory)
        self.root = tempfile.mkdtemp(prefix="gitcoord-demo-")
        self.hub = self.root + "/hub.git"
        self.broken: list[str] = []
        self.checked = 0

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    def environment(self, agent: str) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITCOORD_"))}
        beside = os.path.dirname(os.path.abspath(sys.argv[0])) if sys.argv[0].endswith("gitcoord") else ""
        env["PATH"] = os.pathsep.join(filter(None, [beside, os.path.dirname(sys.executable), env.get("PATH", "")]))
        for role in ("AUTHOR", "COMMITTER"):
            env[f"GIT_{role}_NAME"], env[f"GIT_{role}_EMAIL"] = agent.title(), f"{agent}@example.org"
        env["GITCOORD_AGENT"] = agent
        env["GIT_TERMINAL_PROMPT"] = "0"
        return env

    def clone(self, agent: str) -> str:
        return f"{self.root}/{agent}"

    def build(self) -> list[str]:
        """The hub and the clones; returns the tracked files of the repository, shortest paths first."""
        if not self.source.head()[1]:
            raise CheckFailed("The demo needs a repository with a commit.", hint="git commit, then: gitcoord demo")
        source = self.source.worktree or self.source.common_dir
        self._git("clone", "--quiet", "--bare", "--no-local", "--single-branch", source, self.hub)
        for agent in AGENTS:
            self._git("clone", "--quiet", self.hub, self.clone(agent))
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=self.clone("river"), capture_output=True, check=True, env=self.environment("river")
        )
        files = [name for name in listed.stdout.decode("utf-8", "replace").split("\0") if name and "\n" not in name]
        if len(files) < 4:
            raise CheckFailed("The demo needs a repository with at least four files.", hint="gitcoord -C DIR demo")
        return sorted((name for name in files if not set(name) & set("*?[\\#:\"'")), key=len)

    def _git(self, *args: str) -> None:
        done = subprocess.run(["git", *args], capture_output=True, env=self.environment("river"), check=False)
        if done.returncode:
            raise CheckFailed(f"git {args[0]} failed: {done.stderr.decode('utf-8', 'replace').strip()[:300]}")

    def title(self, text: str) -> None:
        print(f"\n== {text}", flush=True)

    def say(self, text: str) -> None:
        print(f"   {text}", flush=True)

    def run(self, agent: str, *words: str, show: bool = True) -> Said:
        """Run a command in an agent's clone and show what it answered."""
        argv = [*PROGRAM, *words[1:]] if words[0] == "gitcoord" else list(words)
        done = subprocess.run(
            argv, cwd=self.clone(agent), capture_output=True, env=self.environment(agent), timeout=120, check=False
        )
        said = Said(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
        if show:
            self._show(agent, words, said)
        return said

    def together(self, first: tuple[str, ...], second: tuple[str, ...]) -> tuple[Said, Said]:
        """Two agents at the same moment; each tuple is the agent and its words."""
        started = []
        for agent, *words in (first, second):
            started.append(
                subprocess.Popen(
                    [*PROGRAM, *words[1:]],
                    cwd=self.clone(agent),
                    env=self.environment(agent),
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
            )
        answers = []
        for (agent, *words), process in zip((first, second), started, strict=True):
            out, err = process.communicate(timeout=120)
            said = Said(process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))
            self._show(agent, tuple(words), said)
            answers.append(said)
        return answers[0], answers[1]

    def _show(self, agent: str, words: tuple[str, ...], said: Said) -> None:
        quoted = " ".join(word if word.replace("-", "").isalnum() or "/" in word else f'"{word}"' for word in words)
        print(f"\n   {agent}$ {quoted}")
        for line in (said.out + said.err).rstrip("\n").splitlines()[:24]:
            print(f"      {line[: _WIDTH * 2]}")
        if said.code:
            print(f"      (exit {said.code})")
        sys.stdout.flush()

    def expect(self, promise: str, kept: bool) -> None:
        self.checked += 1
        print(f"   {'ok    ' if kept else 'BROKEN'}  {promise}", flush=True)
        if not kept:
            self.broken.append(promise)
