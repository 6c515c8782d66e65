"""Clones that were made with a filter, as CI jobs and sandboxes make them: the sync branch is needed whole."""

from __future__ import annotations

import pytest

from tests.conftest import Clone, World

PATHS = ("src/part1.py", "src/part2.py", "src/part3.py")


@pytest.fixture
def partial(world: World, pair: tuple[Clone, Clone]) -> Clone:
    """A third clone, whose sync branch has commits and folders but no contents. Three claims are held."""
    pair[0].ok("claim", *PATHS)
    world.at_hub("config", "uploadpack.allowFilter", "true")
    clone = world.clone("partial", "--filter=blob:none", agent="zoe")
    assert missing(clone)
    return clone


def missing(clone: Clone) -> int:
    shown = clone.git("rev-list", "--objects", "--missing=print", "--no-walk", "origin/gitcoord-sync")
    return sum(line.startswith("?") for line in shown.splitlines())


def held(clone: Clone, *words: str) -> set[str]:
    return {each["scope"] for each in clone.ok("claims", *words)["claims"]}


def test_it_reads_and_claims_like_any_other(partial: Clone) -> None:
    assert held(partial) == set(PATHS)
    assert partial.run("claim", "src/part1.py").code == 3
    assert partial.ok("claim", "src/part4.py")["state"] == "confirmed"
    assert partial.run("--no-cache", "claims", "--json").json["claims"] == partial.ok("claims")["claims"]


def test_what_gitcoord_fetches_comes_whole(pair: tuple[Clone, Clone], partial: Clone) -> None:
    held(partial)
    pair[1].ok("claim", "src/part5.py")
    partial.ok("sync")
    assert missing(partial) == 0
    assert "src/part5.py" in held(partial, "--offline")


def test_what_the_users_own_fetch_left_out_is_got_when_it_is_needed(pair: tuple[Clone, Clone], partial: Clone) -> None:
    held(partial)
    pair[1].ok("claim", "src/part5.py")
    partial.git("fetch", "-q")
    assert missing(partial)
    assert "src/part5.py" in held(partial)
    assert missing(partial) == 0


def test_without_the_remote_it_says_what_is_missing_and_the_command_that_brings_it(partial: Clone) -> None:
    said = partial.run("--offline", "claims")
    assert said.code == 9 and "partial clone" in said.err and "Traceback" not in said.err
    command = next(line for line in said.err.splitlines() if line.startswith("git fetch"))
    partial.git(*command.split()[1:])
    assert held(partial, "--offline") == set(PATHS)


def test_a_remote_that_does_not_give_them_is_told_as_such(world: World, partial: Clone) -> None:
    partial.git("remote", "set-url", "origin", f"file://{world.root}/nowhere.git")
    said = partial.run("claims")
    assert said.code == 9 and "could not be fetched" in said.err and "git fetch --refetch" in said.err


def test_a_clone_without_folders_reads_and_claims_like_any_other(world: World, pair: tuple[Clone, Clone]) -> None:
    pair[0].ok("claim", *PATHS)
    world.at_hub("config", "uploadpack.allowFilter", "true")
    clone = world.clone("treeless", "--filter=tree:0", agent="zoe")
    assert missing(clone)
    assert held(clone) == set(PATHS)
    assert clone.run("claim", "src/part1.py").code == 3
    pair[1].ok("claim", "src/part5.py")
    clone.git("fetch", "-q")
    assert clone.ok("claim", "src/part4.py")["state"] == "confirmed"
    assert held(clone, "--no-cache") == {*PATHS, "src/part4.py", "src/part5.py"}
    assert clone.run("doctor").code == 0
