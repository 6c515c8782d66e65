"""What stands around the branch: git, repository, remote, hooks, identity, settings, clock."""

from __future__ import annotations

import os
from pathlib import Path

from tests.conftest import Clone, World


def test_a_sound_clone_is_told_to_be_sound(pair: tuple[Clone, Clone]) -> None:
    river, _ = pair
    river.ok("start", "flow")
    river.ok("claim", "src/part0.py")
    said = river.run("doctor")
    assert said.code == 0, said
    assert said.out.rstrip().endswith("sound")
    assert "FAIL" not in said.out and "warn" not in said.out
    assert river.run("validate").code == 0


def test_every_part_is_looked_at(pair, examine) -> None:
    names = {each["name"] for each in examine(pair[0]).checks}
    assert names >= {
        "git", "repository", "initialised", "local-state", "remote", "reachable", "branch", "outbox", "leftovers", "local.db",
        "identity", "hooks", "format", "clock", "settings", "cache", "files", "exclusion", "hand-made", "journal",
    }  # fmt: skip


def test_outside_of_a_repository_that_is_all_it_says(tmp_path: Path, world: World) -> None:
    (tmp_path / "nowhere").mkdir()
    said = Clone(tmp_path / "nowhere", world.env).run("doctor", "--json")
    assert said.code == 1
    assert [each["name"] for each in said.json["checks"] if not each["ok"]] == ["repository"]


def test_an_old_git_is_named_with_the_one_that_is_needed(pair, examine, tmp_path: Path) -> None:
    river, _ = pair
    real = next(p for p in os.environ["PATH"].split(":") if os.path.exists(p + "/git")) + "/git"
    old = tmp_path / "old"
    old.mkdir()
    (old / "git").write_text(
        '#!/bin/sh\nfor word in "$@"; do [ "$word" = version ] && { echo git version 2.20.1; exit; }; done\n'
        f'exec {real} "$@"\n'
    )
    (old / "git").chmod(0o755)
    river.env = {**river.env, "PATH": f"{old}:{river.env['PATH']}"}
    found = examine(river)
    assert "2.20.1" in found.one("git")["detail"] and "2.25" in found.one("git")["fix"]
    assert not found.ok


def test_a_clone_without_a_sync_branch_is_sent_to_init(world: World, examine) -> None:
    clone = world.clone("fresh")
    found = examine(clone)
    assert not found.ok
    assert found.one("initialised")["fix"] == "gitcoord init"
    assert not (clone.path / ".git/gitcoord").exists(), "looking writes nothing"


def test_a_fresh_clone_of_a_project_that_coordinates_is_not_broken(pair, world: World, examine) -> None:
    clone = world.clone("late")
    found = examine(clone)
    assert found.ok, found
    assert found.one("initialised")["fix"] == "gitcoord init"
    assert clone.git("status", "--porcelain") == "", "looking writes nothing into the work tree"


def test_a_remote_that_is_gone_for_now_is_a_warning(pair, world: World, examine) -> None:
    river, _ = pair
    world.hub.rename(world.root / "away.git")
    found = examine(river)
    assert found.ok, found
    assert "outbox" in found.one("reachable")["detail"]
    assert not examine(river, offline=True).bad("reachable")


def test_a_remote_with_two_push_urls_is_named(pair, world: World, examine) -> None:
    river, _ = pair
    river.git("remote", "set-url", "--add", "--push", "origin", f"file://{world.hub}")
    river.git("remote", "set-url", "--add", "--push", "origin", f"file://{world.root}/mirror.git")
    found = examine(river)
    assert "2 places" in found.one("remote")["detail"]


def test_a_token_in_a_url_is_never_shown(pair, examine) -> None:
    river, _ = pair
    river.git("remote", "set-url", "origin", "http://me:s3cret@127.0.0.1:9/hub.git")
    assert "s3cret" not in repr(examine(river))


def test_a_mirror_remote_is_a_hazard_and_the_command_named_ends_it(pair, examine) -> None:
    river, _ = pair
    river.git("config", "remote.origin.mirror", "true")
    fix = examine(river).one("remote")["fix"]
    assert fix.startswith("git config --unset-all ")
    river.git(*fix.split()[1:])
    assert not examine(river).bad("remote")


def test_a_remote_that_was_removed_is_an_error(pair, examine) -> None:
    river, _ = pair
    river.git("remote", "rename", "origin", "upstream")
    found = examine(river)
    assert not found.ok
    assert "gitcoord init --remote" in found.one("remote")["fix"]
    river.ok("init", "--remote", "upstream", "--yes")
    assert examine(river).ok


def test_commits_on_a_local_branch_of_the_same_name_are_told(pair, examine) -> None:
    river, _ = pair
    river.git("branch", "gitcoord-sync", "main")
    assert "nobody sees them" in examine(river).one("remote")["detail"]


def test_a_missing_hook_is_a_warning_that_the_command_named_ends(pair, examine) -> None:
    river, _ = pair
    river.ok("hooks", "uninstall")
    found = examine(river)
    assert found.ok and found.one("hooks")["fix"] == "gitcoord hooks install"
    river.ok("hooks", "install")
    assert not examine(river).bad("hooks")


def test_a_hook_that_git_does_not_run_is_an_error(pair, examine) -> None:
    river, _ = pair
    (river.path / ".git/hooks/pre-push").chmod(0o644)
    found = examine(river)
    assert not found.ok and "does not run it" in found.one("hooks")["detail"]


def test_somebody_who_has_not_joined_is_told_how(pair, examine) -> None:
    river, _ = pair
    river.agent = ""
    assert "gitcoord join" in examine(river).one("identity")["fix"]


def test_two_agents_of_one_worktree_must_be_named(pair, examine) -> None:
    river, _ = pair
    river.ok("start", "flow")
    river.agent = "brook"
    river.ok("join", "flow")
    river.agent = ""
    assert "--as" in examine(river).one("identity")["fix"]
    assert not examine(river, agent="brook").bad("identity")


def test_a_setting_that_nobody_knows_and_one_out_of_bounds_are_named(pair, examine) -> None:
    river, _ = pair
    (river.path / ".git/gitcoord/local.yml").write_text("sync.max_agee: 3\nsync.read_deadline: 900\n")
    details = [each["detail"] for each in examine(river).bad("settings")]
    assert any("sync.max_agee" in each and "sync.max_age?" in each for each in details)
    assert any("sync.read_deadline" in each for each in details)


def test_a_settings_file_that_cannot_be_read_is_named(pair, examine) -> None:
    river, _ = pair
    (river.path / ".git/gitcoord/local.yml").write_text("a: [b\n")
    assert "local.yml" in examine(river).one("settings")["detail"]


def test_a_clock_that_is_days_behind_is_an_error(pair, examine, by_hand, world: World) -> None:
    river, sky = pair
    world.env["GIT_COMMITTER_DATE"] = "2035-01-01T00:00:00Z"
    sky.env = {**sky.env, "GIT_COMMITTER_DATE": "2035-01-01T00:00:00Z"}
    by_hand(sky, {"README.md": "from the future\n"})
    found = examine(river)
    assert not found.ok and "behind" in found.one("clock")["detail"]


def test_a_lock_that_a_dead_git_left_is_named(pair, examine) -> None:
    river, _ = pair
    lock = river.path / ".git/refs/remotes/origin/gitcoord-sync.lock"
    lock.write_text("")
    os.utime(lock, (1, 1))
    found = examine(river)
    assert str(lock) in found.one("git-locks")["fix"]
    lock.unlink()
    assert examine(river).ok


def test_without_a_remote_the_branch_of_the_repository_is_examined(world: World, examine) -> None:
    clone = world.clone("alone", agent="river")
    clone.git("remote", "remove", "origin")
    clone.ok("init", "--yes")
    clone.ok("claim", "src/part0.py")
    found = examine(clone)
    assert found.ok and not found.bad("branch"), found


def test_a_linked_worktree_and_a_bare_repository_are_examined(pair, world: World, examine) -> None:
    river, _ = pair
    river.git("worktree", "add", "-q", str(world.root / "linked"))
    linked = Clone(world.root / "linked", river.env, "river")
    found = examine(linked)
    assert found.ok and "linked worktree" in found.of("repository")[0]["detail"], found
    world.git("clone", "-q", "--bare", f"file://{world.hub}", str(world.root / "bare.git"))
    assert examine(Clone(world.root / "bare.git", world.env)).of("repository")[0]["ok"]
