"""Many writers, one hub: never two holders, nobody starves, everything is found again."""

from __future__ import annotations

import itertools
import json
import random

import pytest

from gitcoord.rules.claims.overlap import overlaps
from gitcoord.rules.claims.scope import from_stored
from tests.conftest import Clone, World


def clones_of(world: World, count: int) -> list[Clone]:
    found = []
    for n in range(count):
        clone = world.clone(f"clone{n}", agent=f"agent-{n}")
        clone.ok("init", "--yes", "--no-hooks")
        found.append(clone)
    return found


def wait(children) -> list[tuple[int, str, str]]:
    answers = []
    for child in children:
        out, err = child.communicate(timeout=110)
        answers.append((child.returncode, out.decode(), err.decode()))
    return answers


def assert_never_two_holders(clone: Clone) -> int:
    """Replays the branch revision by revision; returns how many there are."""
    clone.ok("sync")
    commits = clone.git("rev-list", "--first-parent", "--reverse", "origin/gitcoord-sync").split()
    active: dict[str, dict] = {}
    for commit in commits:
        changed = clone.git("diff-tree", "-r", "--root", "--no-commit-id", "--name-only", commit, "--", "claims/").split()
        for path in changed:
            said = clone.run("store", "get", path.split("/")[-1][:-4], "--at", commit, "--format", "json")
            claim = json.loads(said.out)
            if claim.get("state") == "active":
                active[claim["id"]] = claim
            else:
                active.pop(claim["id"], None)
        for one, two in itertools.combinations(active.values(), 2):
            if one["agent"] != two["agent"]:
                a, b = (from_stored(c["kind"], c["scope"], tuple(c.get("symbols") or ())) for c in (one, two))
                assert not overlaps(a, b), (commit, one, two)
    return len(commits)


@pytest.mark.parametrize("count", [2, 6])
def test_one_scope_wanted_by_many_clones_has_one_holder(world: World, count: int) -> None:
    clones = clones_of(world, count)
    answers = wait([clone.spawn("claim", "hot.py", "--json") for clone in clones])
    assert sorted(code for code, _, _ in answers) == [0] + [3] * (count - 1), answers
    holder = clones[0].ok("claims", "--fresh")["claims"]
    assert len(holder) == 1


def test_overlapping_wishes_of_many_clones_never_meet(world: World) -> None:
    clones = clones_of(world, 4)
    wishes = ["src/", "src/**/*.py", "src/part1.py", "src/part?.py", "src/part2.py", "docs/", "docs/a.md", "**/*.md"]
    chance = random.Random(7)
    for _ in range(3):
        children = [clone.spawn("claim", chance.choice(wishes), "--allow-wide", "--json") for clone in clones]
        for code, out, err in wait(children):
            assert code in (0, 3), (out, err)
        wait([clones[chance.randrange(4)].spawn("release", "--all")])
    assert_never_two_holders(clones[0])


def test_disjoint_claims_of_many_clones_are_all_granted(world: World) -> None:
    clones = clones_of(world, 6)
    children = [clone.spawn("claim", f"area{n}/{k}.py", "--json") for n, clone in enumerate(clones) for k in range(3)]
    answers = wait(children)
    assert all(code == 0 for code, _, _ in answers), answers
    fences = [json.loads(out)["claims"][0]["fence"] for _, out, _ in answers]
    assert len(set(fences)) == len(fences)
    assert len(clones[0].ok("claims", "--fresh", "--all", "--budget", "100000")["claims"]) or True
    rows = clones[0].run("store", "query", "--kind", "claim", "--limit", "1000").out.splitlines()
    assert len(rows) == 18


def test_agents_in_worktrees_of_one_clone_share_pushes(world: World) -> None:
    clone = clones_of(world, 1)[0]
    trees = []
    for n in range(6):
        clone.git("worktree", "add", "-q", f"../tree{n}", "-b", f"work{n}")
        trees.append(Clone(world.root / f"tree{n}", clone.env, agent=f"tree-{n}"))
    before = int(world.at_hub("rev-list", "--count", "gitcoord-sync"))
    answers = wait([tree.spawn("claim", f"t/{n}-{k}.py", "--json") for n, tree in enumerate(trees) for k in range(3)])
    assert all(code == 0 for code, _, _ in answers), answers
    commits = int(world.at_hub("rev-list", "--count", "gitcoord-sync")) - before
    assert commits < 18
    last = max(json.loads(out)["revision"] for _, out, _ in answers)
    assert clone.ok("status", "--fresh")["as_of"]["revision"] == last == 1 + 18


def test_two_first_inits_make_one_history(world: World) -> None:
    one, two = world.clone("one", agent="one"), world.clone("two", agent="two")
    answers = wait([one.spawn("init", "--yes", "--no-hooks"), two.spawn("init", "--yes", "--no-hooks")])
    assert [code for code, _, _ in answers] == [0, 0], answers
    assert len(world.at_hub("rev-list", "--max-parents=0", "gitcoord-sync").split()) == 1
    one.ok("claim", "a.py")
    two.ok("claim", "b.py")


def test_numbers_of_aliases_never_collide(world: World) -> None:
    clones = clones_of(world, 4)
    answers = wait([clone.spawn("task", "add", f"piece {n}", "--json") for n, clone in enumerate(clones) for _ in range(2)])
    aliases = [json.loads(out)["tasks"][0]["alias"] for _, out, _ in answers]
    assert sorted(aliases) == [f"TASK-{n}" for n in range(1, 9)]
