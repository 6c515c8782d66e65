"""Real pushes from real clones: what is stopped, what passes, and what the pusher is told."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import Clone, World


def push(clone: Clone, *words: str, **env: str) -> tuple[int, str]:
    """``git push`` by somebody who fetched the sync branch just before: the check refreshes only old knowledge."""
    env = {"GITCOORD_SYNC_MAX_AGE": "0", **env}
    path = f"{os.path.dirname(clone.command()[0])}:{clone.env['PATH']}"
    done = subprocess.run(
        ["git", "push", "-q", *words], cwd=clone.path, env=clone.environment(PATH=path, **env), capture_output=True, check=False
    )
    return done.returncode, done.stderr.decode()


def test_a_push_into_anothers_claim_is_stopped_and_says_who_and_until_when(pair) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.commit("src/part1.py", "mine now\n")
    code, said = push(sky, "origin", "HEAD:refs/heads/work")
    assert code != 0
    assert "src/part1.py" in said and "river" in said and "CLM-1" in said and "--no-verify" in said


@pytest.mark.skipif(sys.platform != "linux", reason="other file systems take only names that are text")
@pytest.mark.parametrize("held", ["src/", "src/*.txt", "src/part1.py"])
def test_a_file_whose_name_is_no_text_is_checked_like_any_other_and_hides_nothing(pair, held: str) -> None:
    river, sky = pair
    river.ok("claim", held)
    with open(os.fsencode(sky.path) + b"/src/caf\xe9.txt", "w") as file:
        file.write("hello\n")
    sky.commit("src/part1.py", "mine now\n")
    assert "caf" in sky.git("show", "--stat", "--format=")
    code, said = push(sky, "origin", "HEAD:refs/heads/work")
    assert code != 0 and "river" in said and "CLM-1" in said and "could not" not in said
    river.ok("release", "--all")
    code, said = push(sky, "origin", "HEAD:refs/heads/work")
    assert code == 0 and "could not" not in said


def test_my_own_claim_and_free_paths_pass(pair) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    river.commit("src/part1.py", "mine\n")
    assert push(river, "origin", "HEAD:refs/heads/work")[0] == 0
    sky.commit("src/part2.py", "free\n")
    assert push(sky, "origin", "HEAD:refs/heads/other")[0] == 0


def test_no_verify_is_the_bypass(pair) -> None:
    river, sky = pair
    river.ok("claim", "src/")
    sky.commit("src/part1.py", "x\n")
    assert push(sky, "--no-verify", "origin", "HEAD:refs/heads/work")[0] == 0


def test_a_released_claim_no_longer_stops(pair) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.commit("src/part1.py", "x\n")
    assert push(sky, "origin", "HEAD:refs/heads/work")[0] != 0
    river.ok("release", "--all")
    sky.ok("sync")
    assert push(sky, "origin", "HEAD:refs/heads/work")[0] == 0


def test_from_a_linked_worktree_the_same(pair) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.git("worktree", "add", "-q", "../sky-tree", "-b", "tree")
    tree = Clone(sky.path.parent / "sky-tree", sky.env, agent="sky")
    tree.commit("src/part1.py", "x\n")
    code, said = push(tree, "origin", "tree")
    assert code != 0 and "river" in said


def test_nobody_is_blamed_for_what_landed_upstream(pair) -> None:
    river, sky = pair
    sky.commit("mine.txt", "sky's own\n")
    assert push(sky, "origin", "HEAD:refs/heads/work")[0] == 0
    river.ok("claim", "src/part1.py")
    river.commit("src/part1.py", "river's work\n")
    assert push(river, "origin", "HEAD:refs/heads/main")[0] == 0
    sky.git("fetch", "-q", "origin")
    sky.git("merge", "-q", "--no-edit", "origin/main")
    sky.ok("sync")
    assert push(sky, "origin", "HEAD:refs/heads/work")[0] == 0
    sky.git("rebase", "-q", "origin/main")
    assert push(sky, "-f", "origin", "HEAD:refs/heads/work")[0] == 0


def test_both_names_of_a_rename_count(pair) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.git("mv", "src/part1.py", "elsewhere.py")
    sky.git("commit", "-q", "-m", "move")
    assert push(sky, "origin", "HEAD:refs/heads/work")[0] != 0


@pytest.mark.parametrize("what", ["delete", "tag", "up-to-date"])
def test_pushes_that_change_no_claimed_path_pass_at_once(pair, what: str) -> None:
    river, sky = pair
    sky.commit("free.txt", "x\n")
    assert push(sky, "origin", "HEAD:refs/heads/work")[0] == 0
    river.ok("claim", "**", "--allow-wide")
    words = {"delete": [":refs/heads/work"], "tag": ["HEAD:refs/tags/v1"], "up-to-date": ["HEAD:refs/heads/work"]}[what]
    assert push(sky, "origin", *words)[0] == 0


def test_every_pushed_ref_is_checked(pair) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.git("switch", "-q", "-c", "good")
    sky.commit("free.txt", "x\n")
    sky.git("switch", "-q", "-c", "bad", "origin/main")
    sky.commit("src/part1.py", "x\n")
    code, said = push(sky, "origin", "good", "bad")
    assert code != 0 and "src/part1.py" in said


def test_warn_tells_and_lets_go_and_off_is_silent(pair) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.commit("src/part1.py", "x\n")
    code, said = push(sky, "origin", "HEAD:refs/heads/one", GITCOORD_HOOKS_PRE_PUSH="warn")
    assert code == 0 and "river" in said
    code, said = push(sky, "origin", "HEAD:refs/heads/two", GITCOORD_HOOKS_PRE_PUSH="off")
    assert code == 0 and "river" not in said


def test_old_knowledge_is_advice_or_a_refusal_by_the_mode_of_the_team(world: World, pair) -> None:
    _, sky = pair
    sky.commit("free.txt", "x\n")
    elsewhere = world.root / "elsewhere.git"
    world.git("init", "-q", "--bare", str(elsewhere))
    sky.git("remote", "set-url", "origin", str(world.root / "gone.git"))
    env = {"GITCOORD_SYNC_MAX_AGE": "0"}
    code, said = push(sky, str(elsewhere), "HEAD:refs/heads/work", **env)
    assert code == 0 and "gitcoord" in said
    code, said = push(sky, str(elsewhere), "HEAD:refs/heads/work2", GITCOORD_HOOKS_PRE_PUSH="enforce", **env)
    assert code != 0 and "enforce" in said


def test_in_a_repository_without_gitcoord_the_hook_is_silent(world: World) -> None:
    clone = world.clone("plain")
    clone.commit("a.txt", "x\n")
    done = subprocess.run(
        clone.command("githook", "pre-push", "origin", "url"), cwd=clone.path, env=clone.environment(), capture_output=True,
        input=b"refs/heads/main " + b"1" * 40 + b" refs/heads/main " + b"0" * 40 + b"\n", check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("stdin", [b"", b"garbage\n", b"a b c d e f\n", b"\xff\xfe \x00 x y\n"])
def test_garbage_on_standard_input_stops_nothing(pair, stdin: bytes) -> None:
    said = pair[0].run("githook", "pre-push", "origin", "url", stdin=stdin)
    assert said.code == 0 and "Traceback" not in said.err
