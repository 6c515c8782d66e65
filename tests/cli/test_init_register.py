"""On which register a clone coordinates: chosen by ``init``, kept, and changed without losing or mixing anything."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import World


def test_mode_local_uses_no_remote_and_is_kept_until_told_otherwise(world: World) -> None:
    river = world.clone("river", agent="river")
    assert river.ok("init", "--yes", "--mode", "local")["remote"] is None
    river.ok("start", "solo")
    river.ok("init", "--yes")
    (river.path / ".git/gitcoord/state.json").unlink()
    assert river.ok("claim", "src/part0.py")["state"] == "confirmed"
    assert "gitcoord-sync" not in world.at_hub("for-each-ref")
    river.git("worktree", "add", "-q", "../beside")
    assert river.run("--as", "sky", "check", "src/part0.py", cwd=world.root / "beside").code == 3


def test_what_was_landed_without_a_remote_comes_along_to_the_first_one(world: World) -> None:
    river = world.clone("river", agent="river")
    river.git("remote", "rename", "origin", "away")
    river.git("remote", "remove", "away")
    river.ok("init", "--yes")
    river.ok("start", "solo")
    river.ok("claim", "src/part0.py")
    river.git("remote", "add", "origin", f"file://{world.hub}")
    assert river.ok("status")["claims"], "a remote that comes later changes nothing by itself"
    assert "what this clone has landed" in river.ok("init", "--yes")["created"][0]
    said = river.run("doctor")
    assert said.code == 0 and "rewritten" not in said.out, said
    sky = world.clone("sky", agent="sky")
    assert [each["scope"] for each in sky.ok("claims")["claims"]] == ["src/part0.py"]
    river.ok("init", "--yes", "--mode", "local")
    river.ok("claim", "src/part1.py")
    river.ok("init", "--yes", "--mode", "remote")
    assert len(sky.ok("claims", "--fresh")["claims"]) == 2, "nobody else landed anything meanwhile"


def test_two_histories_are_never_mixed_and_a_refused_move_changes_nothing(world: World) -> None:
    river, sky = world.clone("river", agent="river"), world.clone("sky", agent="sky")
    river.ok("init", "--yes", "--mode", "local")
    river.ok("claim", "src/part0.py")
    sky.ok("init", "--yes")
    sky.ok("claim", "src/part1.py")
    before, tip = (river.path / ".git/gitcoord/local.yml").read_bytes(), world.tip
    for words in ((), ("--dry-run",)):
        said = river.run("init", "--yes", "--mode", "remote", *words)
        assert said.code == 1 and "gitcoord init --mode local" in said.err and "uninstall" in said.err
    assert (river.path / ".git/gitcoord/local.yml").read_bytes() == before and world.tip == tip
    assert [each["scope"] for each in river.ok("claims")["claims"]] == ["src/part0.py"]


def test_where_the_branch_may_not_be_created_it_is_said_who_can_and_nothing_moves(world: World) -> None:
    river = world.clone("river", agent="river")
    river.ok("init", "--yes", "--mode", "local")
    hook = world.hub / "hooks/update"
    hook.write_text("#!/bin/sh\necho only claude/* may be pushed >&2\nexit 1\n")
    hook.chmod(0o755)
    said = river.run("init", "--yes", "--mode", "remote")
    assert said.code == 8 and "only claude/* may be pushed" in said.err and "Whoever may push it" in said.err
    assert river.ok("claim", "src/part0.py")["state"] == "confirmed"


def test_init_again_keeps_the_remote_that_was_chosen(world: World, tmp_path: Path) -> None:
    river = world.clone("river", agent="river")
    world.git("clone", "-q", "--bare", str(world.hub), str(tmp_path / "upstream.git"))
    river.git("remote", "add", "upstream", f"file://{tmp_path}/upstream.git")
    river.ok("init", "--yes", "--remote", "upstream")
    assert river.ok("init", "--yes")["remote"] == "upstream"
    (river.path / ".git/gitcoord/state.json").unlink()
    assert river.ok("init", "--yes")["remote"] == "upstream"
    assert "gitcoord-sync" not in world.at_hub("for-each-ref")


def test_init_again_keeps_the_branch_that_was_chosen(world: World) -> None:
    river = world.clone("river", agent="river")
    river.ok("init", "--yes", GITCOORD_SYNC_BRANCH="claude/gitcoord-sync")
    river.ok("claim", "src/part0.py")
    assert river.ok("init", "--yes")["branch"] == "claude/gitcoord-sync"
    assert world.at_hub("for-each-ref", "--format=%(refname:short)").split() == ["claude/gitcoord-sync", "main"]


def test_a_mode_that_cannot_be_is_refused(world: World) -> None:
    river = world.clone("river")
    assert river.run("init", "--mode", "local", "--remote", "origin").code == 2
    river.git("remote", "remove", "origin")
    said = river.run("init", "--mode", "remote")
    assert said.code == 5 and "git remote add" in said.err
    assert not (river.path / ".git/gitcoord").exists()
