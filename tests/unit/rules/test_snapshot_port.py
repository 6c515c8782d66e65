"""One suite for everything that stands behind the snapshot port."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gitcoord.cache.database import open_memory
from gitcoord.cache.snapshot import SqlSnapshot
from gitcoord.model.entity import Entity
from gitcoord.model.ids import derived_ulid
from gitcoord.rules.ahead import Ahead
from gitcoord.rules.memory import MemorySnapshot

IDS = sorted(derived_ulid("entity", str(n)) for n in range(40))


def _in_sql(entities: list[Entity]) -> SqlSnapshot:
    snapshot = SqlSnapshot(open_memory())
    snapshot.begin()
    snapshot.apply(entities, 7)
    return snapshot


def _in_memory(entities: list[Entity]) -> MemorySnapshot:
    return MemorySnapshot(entities, 7)


def _ahead(entities: list[Entity]) -> Ahead:
    return Ahead(MemorySnapshot(entities, 7), [])


@pytest.fixture(params=[_in_memory, _in_sql, _ahead], ids=["memory", "sql", "ahead"])
def snapshot_of(request: pytest.FixtureRequest) -> Callable[[list[Entity]], Any]:
    return request.param


def _task(n: int, **values: Any) -> Entity:
    return Entity("task", {"id": IDS[n], "alias": f"TASK-{n + 1}", "title": f"t{n}", "state": "open", **values})


def _claim(n: int, kind: str, scope: str, state: str = "active", **values: Any) -> Entity:
    basic = {"id": IDS[n], "alias": f"CLM-{n + 1}", "state": state, "kind": kind, "scope": scope, "mode": "exclusive"}
    return Entity("claim", {**basic, "agent": "sky", "agent_id": "a", "session_id": "s", **values})


def test_an_entity_is_found_by_its_id_and_only_as_its_kind(snapshot_of: Any) -> None:
    snapshot = snapshot_of([_task(0)])
    assert snapshot.get("task", IDS[0]).get("title") == "t0"
    assert snapshot.get("task", IDS[1]) is None
    assert snapshot.get("claim", IDS[0]) is None
    assert snapshot.revision == 7


def test_entities_are_found_by_fields_in_the_order_of_their_ids(snapshot_of: Any) -> None:
    snapshot = snapshot_of([_task(n, assignee="sky" if n % 2 else "river") for n in (5, 3, 1, 4, 2)])
    assert [each.id for each in snapshot.find("task")] == [IDS[n] for n in (1, 2, 3, 4, 5)]
    assert [each.id for each in snapshot.find("task", assignee="sky", state="open")] == [IDS[n] for n in (1, 3, 5)]
    assert snapshot.find("task", state="done") == []


def test_as_many_are_counted_as_are_found(snapshot_of: Any) -> None:
    snapshot = snapshot_of([_task(n, assignee="sky" if n % 2 else "river") for n in range(5)])
    assert (snapshot.count("task"), snapshot.count("task", assignee="sky"), snapshot.count("claim")) == (5, 2, 0)
    ahead = Ahead(snapshot, [_task(1, assignee="river"), _task(7, assignee="sky"), _task(9, assignee="sky")])
    assert ahead.count("task", assignee="sky") == len(ahead.find("task", assignee="sky")) == 3


def test_what_lies_ahead_is_met_as_if_it_had_landed(snapshot_of: Any) -> None:
    snapshot = snapshot_of([_claim(1, "file", "src/a.py"), _claim(2, "file", "src/b.py")])
    ahead = Ahead(snapshot, [_claim(1, "file", "src/a.py", "released"), _claim(3, "file", "src/a.py")])
    assert [each.id for each in ahead.overlap_candidates("file", "src/a.py")] == [IDS[3]]
    assert {each.id for each in ahead.overlap_candidates("directory", "src/")} == {IDS[2], IDS[3]}
    assert ahead.next_number("claim") == 5
    ahead.take([_claim(2, "file", "src/b.py", "superseded")])
    assert [each.id for each in ahead.overlap_candidates("directory", "src/")] == [IDS[3]]


def test_the_newest_come_first_and_are_no_more_than_asked_for(snapshot_of: Any) -> None:
    snapshot = snapshot_of([_task(n, state="done" if n % 2 else "open") for n in range(8)])
    assert [each.id for each in snapshot.newest("task", 3)] == [IDS[n] for n in (7, 6, 5)]
    assert [each.id for each in snapshot.newest("task", 9, state="open")] == [IDS[n] for n in (6, 4, 2, 0)]
    assert (snapshot.count("task"), snapshot.count("task", state="done"), snapshot.count("claim")) == (8, 4, 0)
    snapshot.apply([_task(6, state="done"), _task(9)], 8)
    assert [each.id for each in snapshot.newest("task", 2, state="open")] == [IDS[n] for n in (9, 4)]
    assert (snapshot.count("task", state="open"), snapshot.count("task", state="done")) == (4, 5)


def test_a_change_that_was_applied_is_seen_at_once(snapshot_of: Any) -> None:
    snapshot = snapshot_of([_task(1)])
    assert len(snapshot.find("task", state="open")) == 1
    snapshot.apply([_task(1, state="done"), _task(2)], 8)
    assert snapshot.revision == 8
    assert [each.id for each in snapshot.find("task", state="open")] == [IDS[2]]
    assert snapshot.get("task", IDS[1]).get("state") == "done"


def test_a_reference_is_an_alias_an_id_a_prefix_of_it_or_a_name(snapshot_of: Any) -> None:
    coop = Entity("coop", {"id": IDS[9], "slug": "login-flow", "status": "active"})
    agent = Entity("agent", {"id": IDS[10], "handle": "alex/claude/main"})
    snapshot = snapshot_of([*(_task(n) for n in range(4)), coop, agent])
    for reference in ("TASK-3", "task-3", "TASK-003", IDS[2], IDS[2].upper(), IDS[2][:10], f"TASK-~{IDS[2][-4:]}"):
        assert [each.id for each in snapshot.resolve("task", reference)] == [IDS[2]], reference
    assert [each.id for each in snapshot.resolve("coop", "login-flow")] == [IDS[9]]
    assert [each.id for each in snapshot.resolve("agent", "alex/claude/main")] == [IDS[10]]
    for nothing in ("TASK-9", "CLM-3", "", "zz", "nothing-like-it", IDS[30]):
        assert snapshot.resolve("task", nothing) == [], nothing


def test_a_prefix_that_several_have_gives_all_of_them(snapshot_of: Any) -> None:
    alike = [Entity("task", {"id": "01abcd" + tail * 20, "alias": f"TASK-{n}"}) for n, tail in enumerate("xyz", 1)]
    assert len(snapshot_of(alike).resolve("task", "01abcd")) == 3


def test_the_next_number_is_above_all_that_were_given(snapshot_of: Any) -> None:
    snapshot = snapshot_of([_task(0), _task(4), _claim(5, "file", "a")])
    assert (snapshot.next_number("task"), snapshot.next_number("claim"), snapshot.next_number("blocker")) == (6, 7, 1)


def test_candidates_are_a_superset_of_what_overlaps_and_active_only(snapshot_of: Any) -> None:
    claims = [
        _claim(0, "file", "src/auth/login.py"), _claim(1, "directory", "src/"), _claim(2, "glob", "src/**/*.ts"),
        _claim(3, "symbol", "src/auth/login.py#Session", symbols=["Session"]), _claim(4, "file", "docs/a.md"),
        _claim(5, "file", "src/auth/login.py", "released"), _claim(6, "branch", "branch:main"),
        _claim(7, "glob", "**/*.md"), _claim(8, "file", "src"),
    ]  # fmt: skip
    snapshot = snapshot_of(claims)

    def found(kind: str, scope: str) -> set[int]:
        return {IDS.index(each.id) for each in snapshot.overlap_candidates(kind, scope)}

    assert {0, 1, 3} <= found("file", "src/auth/login.py") <= {0, 1, 2, 3, 7}
    assert {0, 1, 2, 3, 7, 8} <= found("directory", "src/") <= {0, 1, 2, 3, 7, 8}
    assert {4, 7} <= found("file", "docs/a.md") <= {4, 7}
    assert found("branch", "branch:main") == {6}
    assert found("branch", "branch:dev") == set()
    assert {0, 1, 2, 3, 4, 7, 8} <= found("glob", "**") <= {0, 1, 2, 3, 4, 7, 8}


def test_a_claim_that_ended_is_no_candidate_any_more(snapshot_of: Any) -> None:
    snapshot = snapshot_of([_claim(0, "file", "a.py")])
    snapshot.apply([_claim(0, "file", "a.py", "released")], 8)
    assert snapshot.overlap_candidates("file", "a.py") == []


def test_what_never_landed_is_not_found(snapshot_of: Any) -> None:
    assert snapshot_of([]).landed(IDS[0]) is None
    assert snapshot_of([]).file("settings.yml") is None


def test_without_observations_nothing_is_known_of_a_claims_age(snapshot_of: Any) -> None:
    known = snapshot_of([_claim(0, "file", "a.py")]).seen(_claim(0, "file", "a.py"))
    assert (known["token_seen_for"], known["offset"]) == (None, None)


def test_looking_ahead_leaves_the_snapshot_below_as_it_is() -> None:
    below = MemorySnapshot([_task(1)], 7)
    ahead = Ahead(below, [_task(1, state="done"), _task(2)])
    assert [each.id for each in ahead.find("task", state="open")] == [IDS[2]]
    assert ahead.get("task", IDS[1]).get("state") == "done"
    assert ahead.resolve("task", "TASK-2")[0].get("state") == "done"
    assert [each.id for each in below.find("task", state="open")] == [IDS[1]]


def test_looking_ahead_counts_and_finds_the_newest_of_both() -> None:
    below = MemorySnapshot([_task(n) for n in range(4)], 7)
    ahead = Ahead(below, [_task(3, state="done"), _task(5), Entity("agent", {"id": IDS[30], "handle": "x"})])
    assert [each.id for each in ahead.newest("task", 2, state="open")] == [IDS[n] for n in (5, 2)]
    assert [ahead.count("task", state=state) for state in ("open", "done")] == [4, 1]
    assert ahead.count("agent") == 1 and below.count("task", state="open") == 4


def test_a_copy_goes_its_own_way(desk: Any) -> None:
    desk.task()
    twin = desk.snapshot.copy()
    desk.task(title="only here")
    assert (len(twin.find("task")), len(desk.snapshot.find("task"))) == (1, 2)
    assert twin.next_number("task") == 2
