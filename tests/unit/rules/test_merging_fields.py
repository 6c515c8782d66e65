"""Three-way merge: by strategy, and nothing that somebody wrote is lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitcoord.model.fields import UNION
from gitcoord.model.kinds import KINDS
from gitcoord.rules.merge import UNKNOWN, merge

WORDS = st.one_of(st.none(), st.sampled_from(["", "a", "b", "c"]))
LISTS = st.one_of(st.none(), st.lists(st.sampled_from("pqrs"), unique=True, max_size=3).map(sorted))
NUMBERS = st.one_of(st.none(), st.integers(0, 4))
TASKS = st.fixed_dictionaries(
    {},
    optional={
        "title": WORDS, "created_by": WORDS, "depends_on": LISTS, "fence": NUMBERS, "body": WORDS, "priority": NUMBERS,
        "of-somebody-else": st.one_of(WORDS, LISTS, st.dictionaries(st.sampled_from("xy"), st.integers(0, 2))),
    },
)  # fmt: skip


def _empty(value: Any) -> bool:
    return value in (None, "", [])


def _merged(base: Any, earlier: Any, later: Any, field: str = "title") -> tuple[Any, list[Any]]:
    values, lost = merge("task", {field: base}, {field: earlier}, {field: later})
    return values[field], [(each.loser, each.winner) for each in lost]


@pytest.mark.parametrize(
    ("base", "earlier", "later", "result", "lost"),
    [
        ("a", "a", "b", "b", []), ("a", "b", "a", "b", []), ("a", "b", "b", "b", []), ("a", "b", "c", "c", [("b", "c")]),
        ("a", None, "b", "b", []), ("a", "b", None, None, [("b", None)]), (None, "b", "c", "c", [("b", "c")]),
        (UNKNOWN, "b", "c", "c", [("b", "c")]), (UNKNOWN, "b", "b", "b", []),
    ],
)  # fmt: skip
def test_the_change_that_lands_later_wins_and_the_other_is_kept(
    base: Any, earlier: Any, later: Any, result: Any, lost: Any
) -> None:
    assert _merged(base, earlier, later) == (result, lost)


def test_what_either_side_added_to_a_set_is_in_and_what_either_removed_is_out() -> None:
    assert _merged(["a", "b", "c"], ["a", "b", "x"], ["b", "c", "y"], "depends_on") == (["b", "x", "y"], [])


def test_the_larger_number_stands() -> None:
    assert _merged(1, 5, 3, "fence") == (5, [(3, 5)])
    assert _merged(1, 3, 5, "fence") == (5, [(3, 5)])


def test_what_never_changes_keeps_its_first_value() -> None:
    assert _merged("river", "river", "mallory", "created_by") == ("river", [("mallory", "river")])
    assert _merged(None, None, "river", "created_by") == ("river", [])


@settings(max_examples=200, deadline=None)
@given(TASKS, TASKS, TASKS)
def test_no_written_value_is_lost(base: dict[str, Any], earlier: dict[str, Any], later: dict[str, Any]) -> None:
    values, lost = merge("task", base, earlier, later)
    for side in (earlier, later):
        for name, written in side.items():
            if _empty(written):
                continue
            if name in KINDS["task"].by_name and KINDS["task"].by_name[name].merge == UNION:
                kept = [*(values[name] or []), *(base.get(name) or [])]
                assert set(written) <= set(kept)
                continue
            losers = [each.loser for each in lost if each.field == name]
            assert written in (values[name], base.get(name), *losers)


@settings(max_examples=150, deadline=None)
@given(TASKS, TASKS)
def test_one_sided_changes_merge_without_loss_in_either_order(base: dict[str, Any], changed: dict[str, Any]) -> None:
    mutable = {name: value for name, value in changed.items() if name not in ("created_by", "fence")}
    before = {name: value for name, value in base.items() if name not in ("created_by", "fence")}
    for earlier, later in ((mutable, before), (before, mutable)):
        values, lost = merge("task", before, earlier, later)
        assert lost == []
        assert all(values[name] == value or (_empty(values[name]) and _empty(value)) for name, value in mutable.items())


@settings(max_examples=100, deadline=None)
@given(TASKS, TASKS)
def test_merging_equal_sides_gives_that_side(base: dict[str, Any], side: dict[str, Any]) -> None:
    values, lost = merge("task", {}, side, dict(side))
    assert lost == []
    assert values == side
