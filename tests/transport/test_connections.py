"""How often a command asks the remote: on a slow network each connection is what a user waits for."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Clone, World
from tests.faults.conftest import executable
from tests.transport.conftest import PREFIX, rules

Count = Callable[[Clone], Callable[[], list[str]]]


@pytest.fixture
def counted(tmp_path: Path) -> Count:
    """From now on each connection of a clone leaves a line; calling what this returns takes them up."""

    def begin(clone: Clone) -> Callable[[], list[str]]:
        log = tmp_path / f"trips-{clone.path.name}"
        for service in ("upload-pack", "receive-pack"):
            said = f'#!/bin/sh\necho {service} >>{log}\nexec git-{service} "$@"\n'
            script = executable(tmp_path / f"{service}-{clone.path.name}", said)
            clone.git("config", f"remote.origin.{service.replace('-', '')}", script)

        def taken() -> list[str]:
            lines = log.read_text().split() if log.exists() else []
            log.unlink(missing_ok=True)
            return lines

        return taken

    return begin


@pytest.mark.parametrize("protocol", ["0", "1", "2"])
def test_a_sync_with_nothing_new_asks_once(peer: Clone, counted: Count, protocol: str) -> None:
    peer.git("config", "protocol.version", protocol)
    peer.ok("sync")
    before = peer.ok("status")["as_of"]
    trips = counted(peer)
    said = peer.ok("sync")
    assert trips() == ["upload-pack"]
    assert said["outcome"] == "synced" and said["fetched"] is True
    after = peer.ok("status")["as_of"]
    assert (after["revision"], after["commit"]) == (before["revision"], before["commit"])
    assert after["fetched_at"] >= before["fetched_at"] and after["age_seconds"] <= 5 and not trips()


def test_a_sync_behind_a_moved_tip_asks_twice(world: World, peer: Clone, counted: Count) -> None:
    other = world.clone("other", agent="other")
    revision = other.ok("claim", "src/part1.py")["claims"][0]["fence"]
    trips = counted(peer)
    assert peer.ok("sync")["revision"] == revision
    assert trips() == ["upload-pack", "upload-pack"]


def test_a_team_that_adopts_nothing_asks_once_even_when_the_tip_has_moved(world: World, peer: Clone, counted: Count) -> None:
    peer.ok("config", "set", "sync.adopt", "false")
    other = world.clone("other", agent="other")
    revision = other.ok("claim", "src/part1.py")["claims"][0]["fence"]
    trips = counted(peer)
    assert peer.ok("sync")["revision"] == revision
    assert trips() == ["upload-pack"]


def test_what_waits_on_a_branch_is_adopted_by_the_one_look(world: World, peer: Clone, sandboxed, counted: Count) -> None:
    rules(world, PREFIX)
    river = sandboxed("river")
    assert river.run("claim", "src/part1.py").code == 6
    trips = counted(peer)
    assert peer.ok("sync")["adopted_total"] == 1
    assert trips() == ["upload-pack", "upload-pack", "receive-pack"], "a look, that branch, and the landing"
    assert not peer.ok("sync").get("adopted_total")
    assert trips() == ["upload-pack"]


def test_a_harvest_with_nothing_to_bring_asks_once(peer: Clone, counted: Count) -> None:
    peer.ok("sync")
    trips = counted(peer)
    assert peer.ok("harvest")["outcome"] == "harvested"
    assert trips() == ["upload-pack"]


def test_a_remote_that_does_not_answer_is_asked_once_and_said(peer: Clone, tmp_path: Path) -> None:
    peer.ok("sync")
    log = tmp_path / "asked"
    peer.git("config", "remote.origin.uploadpack", executable(tmp_path / "dead", f"#!/bin/sh\necho x >>{log}\nexit 1\n"))
    said = peer.run("sync", "--json")
    assert said.code == 8 and said.json["fetched"] is False and "could not be reached" in said.json["note"], said
    assert log.read_text().split() == ["x"]


def test_a_deleted_and_a_rolled_back_branch_are_said_as_ever(world: World, peer: Clone) -> None:
    peer.ok("claim", "src/part1.py")
    tip = world.at_hub("rev-parse", "gitcoord-sync").strip()
    world.at_hub("update-ref", "refs/heads/gitcoord-sync", f"{tip}~1")
    for _ in range(2):
        said = peer.run("sync", "--json")
        assert said.code == 8 and "gone or was rewritten" in said.json["note"], said
        world.at_hub("update-ref", "-d", "refs/heads/gitcoord-sync")
    world.at_hub("update-ref", "refs/heads/gitcoord-sync", tip)
    assert peer.ok("sync")["fetched"] is True


def test_a_tip_whose_commit_was_lost_here_is_fetched_again(world: World, peer: Clone) -> None:
    peer.ok("claim", "src/part1.py")
    tip = world.at_hub("rev-parse", "gitcoord-sync").strip()
    lost = peer.path / ".git/objects" / tip[:2] / tip[2:]
    lost.unlink()
    peer.run("sync")
    assert peer.git("cat-file", "-t", tip).strip() == "commit"


def test_a_remote_that_hangs_costs_a_sync_its_time_once(peer: Clone, tmp_path: Path) -> None:
    peer.ok("sync")
    peer.git("config", "remote.origin.uploadpack", executable(tmp_path / "hang", "#!/bin/sh\nexec sleep 60\n"))
    started = time.monotonic()
    said = peer.run("sync", "--timeout", "2s", "--json")
    assert said.code == 8 and "could not be reached" in said.json["note"], said
    assert 2 <= time.monotonic() - started < 3.8


@pytest.mark.parametrize("how", ["--depth=1", "--single-branch"])
def test_a_clone_of_less_asks_once_and_sees_what_moves(world: World, peer: Clone, counted: Count, how: str) -> None:
    path = world.root / "part"
    peer.git("clone", "-q", how, f"file://{world.hub}", str(path))
    part = Clone(path, world.env, "part")
    part.ok("init", "--yes", "--no-hooks")
    trips = counted(part)
    part.ok("sync")
    assert trips() == ["upload-pack"]
    fence = peer.ok("claim", "src/part2.py")["claims"][0]["fence"]
    assert part.ok("sync")["revision"] == fence
    assert trips() == ["upload-pack", "upload-pack"]


def test_a_branch_that_is_gone_is_forgotten_and_one_that_moves_is_looked_at(world: World, peer: Clone, sandboxed) -> None:
    rules(world, PREFIX)
    river = sandboxed("river")
    assert river.run("claim", "src/part1.py").code == 6
    assert peer.ok("sync")["adopted_total"] == 1
    assert "adopted_total" not in peer.ok("sync")
    assert river.run("claim", "src/part2.py").code == 6
    assert peer.ok("sync")["adopted_total"] == 1
    assert peer.git("for-each-ref", "refs/gitcoord/agents")
    for line in world.at_hub("for-each-ref", "--format=%(refname)", "refs/heads/claude").split():
        world.at_hub("update-ref", "-d", line)
    peer.ok("sync")
    assert not peer.git("for-each-ref", "refs/gitcoord/agents")
