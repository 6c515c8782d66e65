"""A job: a clone of the hub that nobody ran gitcoord in, and that cannot reach anything once it has fetched."""

from __future__ import annotations

import pytest

from tests.conftest import Clone, World


class Job(Clone):
    """``check`` looks at a branch of the hub as a pipeline would, with the network gone."""

    def see(self) -> Job:
        self.git("remote", "set-url", "origin", self.hub)
        self.git("fetch", "-q", "origin")
        self.git("remote", "set-url", "origin", "/nowhere")
        return self

    def check(self, branch: str, *words: str, base: str = "origin/main", **env: str):
        return self.run("ci", "check", "--base", base, "--head", f"origin/{branch}", "--branch", branch, *words, **env)

    def found(self, branch: str, *words: str, **env: str) -> dict:
        return self.check(branch, "--json", "--budget", "1500", *words, **env).json


def job_of(world: World, name: str = "job") -> Job:
    made = world.clone(name)
    job = Job(made.path, made.env)
    job.hub = f"file://{world.hub}"
    return job.see()


@pytest.fixture
def job(world: World) -> Job:
    return job_of(world)


def publish(clone: Clone, branch: str) -> None:
    clone.git("push", "-q", "--no-verify", "-f", "origin", f"HEAD:refs/heads/{branch}")
