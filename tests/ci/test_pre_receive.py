"""A server of one's own: pushes to a bare repository with the hook, judged before they are accepted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Clone, World


def push(clone: Clone, *words: str, **env: str) -> tuple[int, str]:
    done = subprocess.run(
        ["git", "push", "--no-verify", *words], cwd=clone.path, env=clone.environment(**env), capture_output=True, check=False
    )
    return done.returncode, done.stderr.decode()


@pytest.fixture
def guarded(world: World) -> World:
    hook = world.hub / "hooks/pre-receive"
    clone = world.clone("setup")
    clone.ok("ci", "template", "pre-receive", "--output", str(hook))
    world.at_hub("config", "gitcoord.command", str(Path(sys.executable).parent / "gitcoord"))
    world.at_hub("config", "receive.advertisePushOptions", "true")
    return world


@pytest.fixture
def both(guarded: World) -> tuple[Clone, Clone]:
    """The sync branch is made and written through the hook: it passes."""
    river, sky = guarded.clone("river", agent="river"), guarded.clone("sky", agent="sky")
    river.ok("init", "--yes")
    sky.ok("init", "--yes")
    river.ok("claim", "src/part1.py")
    sky.git("switch", "-q", "-c", "sky-work")
    return river, sky


def test_a_push_over_anothers_live_claim_is_refused_and_the_holder_named(both, guarded: World) -> None:
    _, sky = both
    sky.commit("src/part1.py", "mine now\n")
    for target in ("sky-work", "main"):
        code, said = push(sky, "origin", f"HEAD:refs/heads/{target}")
        assert code != 0 and "river until" in said and "CLM-1" in said and "src/part1.py" in said
    assert "sky-work" not in guarded.at_hub("branch")
    assert not (guarded.hub / "gitcoord").exists(), "a check leaves nothing in the repository"
    sky.git("reset", "-q", "--hard", "HEAD~1")
    sky.commit("src/part2.py", "free\n")
    assert push(sky, "origin", "HEAD:refs/heads/sky-work")[0] == 0


def test_the_holder_passes_by_its_branch_by_its_name_and_by_gitcoord_push(both, guarded: World) -> None:
    river, _ = both
    river.git("switch", "-q", "-c", "river-work")
    river.commit("src/part1.py", "mine\n")
    code, said = push(river, "origin", "HEAD:refs/heads/unknown")
    assert code != 0 and "gitcoord push" in said, "a name that nobody knows is nobody's"
    assert push(river, "-o", "gitcoord.agent=river", "origin", "HEAD:refs/heads/unknown")[0] == 0
    assert push(river, "-o", "gitcoord.agent=nobody", "origin", "HEAD:refs/heads/other")[0] == 0, "could not be checked: said"
    river.ok("push", "origin", "HEAD:refs/heads/fenced")
    river.ok("claim", "src/part3.py")
    river.commit("src/part3.py", "mine\n")
    assert push(river, "origin", "HEAD:refs/heads/river-work")[0] == 0


def test_a_sync_branch_that_comes_with_the_push_cannot_take_the_claim_away(both, guarded: World) -> None:
    _, sky = both
    sky.commit("src/part1.py", "mine now\n")
    sky.git("fetch", "-q", "origin")
    sky.git("worktree", "add", "-q", "../state", "origin/gitcoord-sync")
    state = Clone(sky.path.parent / "state", sky.env)
    state.git("rm", "-q", "-r", "claims")
    state.git("commit", "-q", "-m", "no claims")
    tip = state.git("rev-parse", "HEAD").strip()
    refused, said = push(sky, "--atomic", "origin", "HEAD:refs/heads/w", f"{tip}:refs/heads/gitcoord-sync")
    assert refused != 0 and "river until" in said


def test_the_sync_branch_goes_forward_and_is_not_deleted(both, guarded: World) -> None:
    river, _ = both
    tip = guarded.tip
    river.git("fetch", "-q", "origin")
    for words in ((":refs/heads/gitcoord-sync",), ("--force", "origin/gitcoord-sync~1:refs/heads/gitcoord-sync")):
        code, said = push(river, "origin", *words)
        assert code != 0 and "refs/heads/gitcoord-sync is refused" in said and guarded.tip == tip, said
    assert river.ok("claim", "src/part4.py")["state"] == "confirmed"


def test_tags_deletions_and_what_landed_elsewhere_pass(both, guarded: World) -> None:
    river, sky = both
    sky.commit("src/part2.py", "x\n")
    assert push(sky, "origin", "HEAD:refs/heads/sky-work", "HEAD:refs/tags/v1")[0] == 0
    river.ok("push", "origin", "HEAD:refs/heads/river-work")
    river.commit("src/part1.py", "landed\n")
    river.ok("push", "origin", "HEAD:refs/heads/main")
    sky.git("fetch", "-q", "origin")
    sky.git("merge", "-q", "--no-edit", "origin/main")
    assert push(sky, "origin", "HEAD:refs/heads/sky-work")[0] == 0
    assert push(sky, "origin", ":refs/heads/sky-work")[0] == 0


def test_without_gitcoord_the_server_says_so_and_lets_go_or_refuses_as_it_was_told(both, guarded: World) -> None:
    _, sky = both
    sky.commit("src/part1.py", "mine now\n")
    guarded.at_hub("config", "gitcoord.command", "/no/such/gitcoord")
    code, said = push(sky, "origin", "HEAD:refs/heads/one")
    assert code == 0 and "not installed" in said and "not checked" in said
    guarded.at_hub("config", "gitcoord.unchecked", "refuse")
    code, said = push(sky, "origin", "HEAD:refs/heads/two")
    assert code != 0 and "refuses what it cannot check" in said


def test_a_hub_without_a_sync_branch_takes_everything(guarded: World) -> None:
    clone = guarded.clone("plain")
    clone.commit("a.txt", "x\n")
    assert push(clone, "origin", "HEAD:refs/heads/main")[0] == 0


def test_garbage_on_standard_input_ends_in_an_answer(both, guarded: World) -> None:
    hub = Clone(guarded.hub, guarded.env)
    for stdin, code in ((b"", 0), (b"garbage\n", 0), (b"a b\n", 0), (b"\xff\xfe x y z\n", 0), (b"1 2 refs/heads/x\n", 8)):
        said = hub.run("ci", "pre-receive", stdin=stdin)
        assert said.code == code and "Traceback" not in said.err, (stdin, said)
