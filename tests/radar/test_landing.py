"""Four branches land one at a time, in the order that avoids what can be avoided."""

from __future__ import annotations

import pytest

from tests.conftest import Clone, World


def works_on(world: World, name: str, files: dict[str, str]) -> Clone:
    clone = world.clone(name, agent=name)
    clone.ok("init", "--yes", "--no-hooks")
    clone.git("switch", "-q", "-c", f"{name}-work")
    for path, text in files.items():
        clone.write(path, text)
    clone.git("add", "-A")
    clone.git("commit", "-q", "-m", f"{name} works")
    clone.ok("claim", f"task-notes/{name}.md")
    clone.git("push", "-q", "--no-verify", "origin", "HEAD")
    return clone


@pytest.fixture
def four(world: World) -> dict[str, Clone]:
    """``amy`` is in conflict with each of the three others, which do not meet."""
    made = {
        "amy": works_on(world, "amy", {f"src/part{n}.py": "amy\n" for n in (1, 2, 3)}),
        "bob": works_on(world, "bob", {"src/part1.py": "bob\n"}),
        "cat": works_on(world, "cat", {"src/part2.py": "cat\n"}),
        "dan": works_on(world, "dan", {"src/part3.py": "dan\n"}),
    }
    for clone in made.values():
        clone.git("fetch", "-q")
        clone.git("remote", "set-head", "origin", "main")
    return made


def test_four_branches_avoid_every_avoidable_conflict(world: World, four: dict[str, Clone]) -> None:
    said = four["amy"].run("land", "acquire", "--json", "--fresh")
    assert said.code == 3 and [each["branch"] for each in said.error["before"]] == ["bob-work", "cat-work", "dan-work"]
    order = four["amy"].ok("land", "order")
    assert order["turn"] is False and [each["branch"] for each in order["order"]][-1] == "amy-work"
    conflicts = 0
    left = ["dan", "bob", "cat", "amy"]
    for name in list(left):
        left.remove(name)
        clone = four[name]
        clone.git("fetch", "-q")
        found = clone.ok("land", "acquire", "--fresh")
        assert found["outcome"] == "granted" and found["claims"][0]["scope"] == "branch:main"
        assert all(four[each].run("push", "origin", "HEAD:main").code in (3, 4) for each in left)
        conflicts += "CONFLICT" in clone.git("merge", "--no-edit", "origin/main", check=False)
        if conflicts:
            clone.git("checkout", "-q", "--ours", ".")
            clone.git("add", "-A")
            clone.git("commit", "-q", "-m", "settle")
        clone.ok("push", "origin", "HEAD:main")
    assert conflicts == 1
    assert not [each for each in four["amy"].ok("claims", "--fresh")["claims"] if each["kind"] == "branch"]


def test_out_of_turn_is_possible_and_recorded(world: World, four: dict[str, Clone]) -> None:
    amy = four["amy"]
    found = amy.ok("land", "acquire", "--out-of-turn", "--fresh")
    assert found["claims"][0]["agent"] == "amy"
    said = world.at_hub("log", "-1", "-p", "--format=", "gitcoord-sync")
    assert '"out_of_turn":true' in said and "bob-work" in said
    held = four["bob"].run("land", "acquire", "--json")
    assert held.code == 3 and "amy" in held.error["message"]
    assert amy.ok("land", "release")["claims"][0]["state"] == "released"
    assert four["bob"].ok("land", "acquire")["outcome"] == "granted"


@pytest.mark.parametrize("how", ["merge", "squash"])
def test_a_slot_goes_back_when_its_branch_has_landed_by_whatever_way(world: World, four: dict[str, Clone], how: str) -> None:
    bob, cat = four["bob"], four["cat"]
    bob.ok("land", "acquire", "--fresh")
    assert cat.run("land", "acquire").code == 3
    cat.ok("land", "order", "--fresh")
    forge = world.clone("forge")
    if how == "merge":
        forge.git("merge", "-q", "--no-ff", "--no-edit", "origin/bob-work")
    else:
        forge.git("merge", "-q", "--squash", "origin/bob-work")
        forge.git("commit", "-q", "-m", "squashed")
    forge.git("push", "-q", "--no-verify", "origin", "HEAD:main")
    found = cat.ok("land", "acquire")
    assert found["outcome"] == "granted" and [each["agent"] for each in found["released"]] == ["bob"]
    assert "landed" in world.at_hub("log", "-1", "-p", "--format=", "gitcoord-sync")


def test_the_holder_whose_branch_is_in_gives_its_slot_back(world: World, four: dict[str, Clone]) -> None:
    bob = four["bob"]
    bob.ok("land", "acquire", "--fresh")
    bob.git("push", "-q", "--no-verify", "origin", "HEAD:main")
    bob.git("fetch", "-q")
    assert bob.ok("land", "acquire")["claims"][0]["state"] == "released"
    assert bob.run("land", "acquire").code == 1


def test_where_there_is_nothing_to_land_it_says_so(world: World, pair) -> None:
    river, _ = pair
    said = river.run("land", "acquire", "--json")
    assert said.code == 1 and "nothing to land" in said.error["message"]
    assert river.ok("land", "order")["slot"] is None and "free" in river.run("land").out


def test_what_my_task_depends_on_lands_first(world: World) -> None:
    one = works_on(world, "one", {"a.txt": "1\n"})
    one.ok("task", "add", "first")
    two = works_on(world, "two", {"b.txt": "2\n"})
    two.ok("task", "add", "second", "--depends-on", "TASK-1")
    one.ok("claim", "x.txt", "--task", "TASK-1")
    two.ok("claim", "y.txt", "--task", "TASK-2", "--fresh")
    two.git("fetch", "-q")
    said = two.run("land", "acquire", "--json")
    assert said.code == 3 and [each["branch"] for each in said.error["before"]] == ["one-work"]
