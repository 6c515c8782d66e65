"""The gate before a trial merge, and the order in which the fewest branches meet a conflict."""

from __future__ import annotations

import itertools
import random

import pytest

from gitcoord.rules.radar import EXACT, Changes, before_me, cost, landing_order


def pairs(*words: str) -> set[frozenset[str]]:
    """``pairs("ab", "cd")``: a conflicts with b, c with d."""
    return {frozenset(word) for word in words}


def fewest(names: str, conflicts: set[frozenset[str]], after: dict[str, set[str]]) -> int:
    """By looking at every order."""
    best = len(names)
    for order in itertools.permutations(names):
        if all(order.index(each) < order.index(name) for name, needed in after.items() for each in needed):
            best = min(best, cost(order, conflicts))
    return best


def test_who_conflicts_with_three_lands_last() -> None:
    conflicts = pairs("ab", "ac", "ad")
    order = landing_order("abcd", conflicts, {})
    assert order[-1] == "a" and cost(order, conflicts) == 1 and cost("abcd", conflicts) == 3


def test_a_dependency_lands_first_whatever_it_costs() -> None:
    conflicts = pairs("ab", "ac", "ad")
    order = landing_order("abcd", conflicts, {"b": {"a"}, "c": {"a"}, "d": {"a"}})
    assert order[0] == "a"


def test_a_circle_of_dependencies_still_gives_an_order() -> None:
    assert sorted(landing_order("abc", set(), {"a": {"b"}, "b": {"c"}, "c": {"a"}})) == list("abc")


def test_every_clone_computes_the_same_order() -> None:
    conflicts = pairs("ab", "bc", "cd", "da")
    orders = {tuple(landing_order(names, set(conflicts), {})) for names in itertools.permutations("abcd")}
    assert len(orders) == 1


@pytest.mark.parametrize("seed", range(60))
def test_no_order_does_better(seed: int) -> None:
    chance = random.Random(seed)
    names = "abcdef"[: chance.randint(2, 6)]
    every = [frozenset(pair) for pair in itertools.combinations(names, 2)]
    conflicts = set(chance.sample(every, chance.randint(0, len(every))))
    after: dict[str, set[str]] = {}
    for early, late in itertools.combinations(names, 2):
        if chance.random() < 0.15:
            after.setdefault(late, set()).add(early)
    order = landing_order(names, conflicts, after)
    assert sorted(order) == sorted(names)
    assert cost(order, conflicts) == fewest(names, conflicts, after)
    assert all(order.index(each) < order.index(name) for name, needed in after.items() for each in needed)


@pytest.mark.parametrize("seed", range(20))
def test_many_branches_are_ordered_quickly_and_never_worse_than_by_name(seed: int) -> None:
    chance = random.Random(seed)
    names = [f"b{n:02}" for n in range(40)]
    conflicts = {frozenset(pair) for pair in itertools.combinations(names, 2) if chance.random() < 0.1}
    order = landing_order(names, conflicts, {})
    assert sorted(order) == names and cost(order, conflicts) <= cost(names, conflicts)


def test_it_is_my_turn_when_going_first_costs_nothing() -> None:
    assert before_me("b", "abcd", pairs("ab", "ac", "ad"), {}) == []
    assert before_me("z", "abcz", pairs("ab"), {}) == []
    assert before_me("a", "ab", pairs("ab"), {}) == []


def test_it_is_not_my_turn_when_others_would_meet_conflicts_for_it() -> None:
    assert before_me("a", "abcd", pairs("ab", "ac", "ad"), {}) == ["b", "c", "d"]


def test_it_is_not_my_turn_before_what_my_task_depends_on() -> None:
    assert before_me("b", "ab", set(), {"b": {"a"}}) == ["a"]


def test_two_that_depend_on_each_other_do_not_wait_for_ever() -> None:
    circle = {"b": {"a"}, "a": {"b"}}
    assert [] in (before_me("a", "ab", set(), circle), before_me("b", "ab", set(), circle))


@pytest.mark.parametrize("size", [3, 5, EXACT])
def test_whoever_lands_when_it_is_their_turn_avoids_every_avoidable_conflict(size: int) -> None:
    """Whichever of those who may go asks first."""
    for seed in range(30):
        conflicts, landed = everybody_lands(seed, size)
        assert cost(landed, conflicts) == cost(landing_order(landed, conflicts, {}), conflicts)


def test_among_many_somebody_may_always_go_and_nearly_all_avoidable_conflicts_are_avoided() -> None:
    for seed in range(10):
        conflicts, landed = everybody_lands(seed, EXACT + 6)
        assert cost(landed, conflicts) <= cost(sorted(landed), conflicts)


def everybody_lands(seed: int, size: int) -> tuple[set[frozenset[str]], list[str]]:
    chance = random.Random(seed)
    names = [f"n{n:02}" for n in range(size)]
    conflicts = {frozenset(pair) for pair in itertools.combinations(names, 2) if chance.random() < 0.3}
    left, landed = list(names), list[str]()
    while left:
        broken = [name for name in left if any(frozenset((name, each)) in conflicts for each in landed)]
        ready = [name for name in left if not before_me(name, left, conflicts, {}, broken)]
        assert ready, "somebody may always go"
        landed.append(chance.choice(ready))
        left.remove(landed[-1])
    return conflicts, landed


def test_what_is_in_conflict_with_the_base_already_goes_last_of_its_group() -> None:
    assert landing_order("ab", pairs("ab"), {}, ["a"]) == ["b", "a"]
    assert before_me("a", "ab", pairs("ab"), {}, ["a"]) == ["b"]


# The gate.


@pytest.mark.parametrize(
    ("one", "two", "meets"),
    [
        ("M a.py", "M a.py", True), ("M a.py", "M b.py", False), ("M src/a.py", "A src/b.py", False),
        ("A x", "A x/y.py", True), ("A x/y/z.py", "A x", True), ("A xy", "A x/y.py", False),
        ("D old/a.py|A new/a.py", "A old/b.py", True), ("A old/b/c.py", "D old/a.py|A new/a.py", True),
        ("D old/a.py|A new/a.py", "M old/a.py", True), ("D old/a.py|A new/a.py", "A other/b.py", False),
        ("D a.py|A src/a.py", "A b/c.py", True), ("D src/a.py|A a.py", "A b/c.py", False), ("", "M a.py", False),
    ],
)  # fmt: skip
def test_the_gate_lets_pass_what_could_meet(one: str, two: str, meets: bool) -> None:
    def changes(text: str) -> Changes:
        return Changes((line[0], line[2:]) for line in text.split("|") if line)

    assert changes(one).meets(changes(two)) is meets
    assert changes(two).meets(changes(one)) is meets
