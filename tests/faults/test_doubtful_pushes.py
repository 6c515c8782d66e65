"""Pushes whose answer is cut, late or missing: the branch tells what became of them."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.conftest import World
from tests.faults.conftest import executable


def hub_hook(world: World, name: str, text: str) -> Path:
    file = world.hub / "hooks" / name
    executable(file, "#!/bin/sh\n" + text)
    return file


def scopes(clone) -> list[str]:
    return [each["scope"] for each in clone.ok("claims", "--all", "--fresh")["claims"]]


def test_killed_while_the_hub_still_decides_the_claim_lands_once(world: World, pair, tmp_path: Path) -> None:
    river, sky = pair
    gate, reached = tmp_path / "gate", tmp_path / "reached"
    hook = hub_hook(world, "pre-receive", f"touch {reached}; while [ ! -e {gate} ]; do sleep 0.02; done\n")
    child = river.spawn("claim", "a.py")
    while not reached.exists():
        assert child.poll() is None
    child.send_signal(signal.SIGKILL)
    child.communicate()
    gate.touch()
    hook.unlink()
    assert river.run("sync").code == 0
    assert scopes(sky) == ["a.py"]


def test_killed_after_the_hub_moved_the_ref_the_claim_is_there_once(world: World, pair, tmp_path: Path) -> None:
    river, sky = pair
    gate, reached = tmp_path / "gate", tmp_path / "reached"
    hook = hub_hook(world, "post-receive", f"touch {reached}; while [ ! -e {gate} ]; do sleep 0.02; done\n")
    child = river.spawn("claim", "a.py")
    while not reached.exists():
        assert child.poll() is None
    child.send_signal(signal.SIGKILL)
    child.communicate()
    gate.touch()
    hook.unlink()
    assert river.run("sync").code == 0
    assert scopes(sky) == ["a.py"]


@pytest.mark.parametrize("kept", [0, 100, 150, 200, 205, 210, 215, 220, 240, 300])
def test_an_answer_cut_after_some_bytes_is_never_taken_for_an_outcome(world: World, pair, tmp_path: Path, kept: int) -> None:
    river, sky = pair
    cut = executable(tmp_path / "cut", f'#!/bin/sh\ngit-receive-pack "$@" | head -c {kept}\n')
    river.git("config", "remote.origin.receivepack", cut)
    said = river.run("claim", "a.py", "--timeout", "4s", "--json")
    landed = world.at_hub("log", "--format=%B", "gitcoord-sync").count("claim a.py")
    assert said.code in (0, 6, 8), said
    if said.code == 0:
        assert landed == 1
    river.git("config", "--unset", "remote.origin.receivepack")
    assert river.run("sync").code == 0
    assert scopes(sky) == ["a.py"]


def test_a_hub_that_hangs_is_given_up_and_the_claim_stays_provisional(world: World, pair, tmp_path: Path) -> None:
    river, sky = pair
    hang = executable(tmp_path / "hang", "#!/bin/sh\nexec sleep 600\n")
    for service in ("receivepack", "uploadpack"):
        river.git("config", f"remote.origin.{service}", hang)
    said = river.run("claim", "a.py", "--timeout", "2s", "--json")
    assert said.code == 6 and said.json["state"] == "provisional", said
    assert river.run("status", "--offline", "--json").json["outbox"]["pending"] == 1
    for service in ("receivepack", "uploadpack"):
        river.git("config", "--unset", f"remote.origin.{service}")
    assert river.ok("sync")["confirmed"]
    assert scopes(sky) == ["a.py"]


def test_a_hub_that_refuses_is_asked_once_and_said(world: World, pair, tmp_path: Path) -> None:
    river, _ = pair
    asked = tmp_path / "asked"
    hook = hub_hook(world, "pre-receive", f"cut -d' ' -f3 >>{asked}; echo 'GH006: protected branch' >&2; exit 1\n")
    said = river.run("claim", "a.py", "--json")
    assert said.code == 6 and said.json["state"] == "provisional" and said.json["sync"] == "local", said
    assert "protected branch" in said.out or "declined" in said.out
    assert asked.read_text().splitlines().count("refs/heads/gitcoord-sync") == 1
    hook.unlink()
    assert river.ok("sync", "--probe")["confirmed"]


def test_a_lock_left_on_the_hub_is_said_with_its_path_and_nothing_is_lost(world: World, pair) -> None:
    river, sky = pair
    lock = world.hub / "refs/heads/gitcoord-sync.lock"
    lock.touch()
    said = river.run("claim", "a.py", "--json")
    assert said.code == 8 and "gitcoord-sync.lock" in said.err, said
    lock.unlink()
    assert river.run("sync").code == 0
    assert scopes(sky) == ["a.py"]


def test_a_rolled_back_branch_is_needs_repair_and_nothing_is_written(world: World, pair) -> None:
    river, _ = pair
    river.ok("claim", "a.py")
    river.ok("claim", "b.py")
    old = world.at_hub("rev-parse", "gitcoord-sync~1").strip()
    lost = world.tip
    world.at_hub("update-ref", "refs/heads/gitcoord-sync", old)
    said = river.run("claim", "c.py", "--json")
    assert said.code == 9 and said.error["code"] == "history-rewritten", said
    assert world.tip == old
    river.git("cat-file", "-e", lost)
    assert "waits on this machine" in said.error["message"], said
    assert "was rewritten (gitcoord doctor); the branch known here is used" in river.run("init", "--tool", "none").out
    assert river.ok("status")["outbox"]["pending"] == 1
    world.at_hub("update-ref", "refs/heads/gitcoord-sync", lost)
    assert river.ok("sync")["confirmed"], "what was said to wait lands once the branch is mended"


def test_a_deleted_branch_is_never_made_anew_by_a_write(world: World, pair) -> None:
    river, _ = pair
    world.at_hub("update-ref", "-d", "refs/heads/gitcoord-sync")
    said = river.run("claim", "c.py", "--json")
    assert said.code == 9, said
    assert "gitcoord-sync" not in world.at_hub("for-each-ref")
