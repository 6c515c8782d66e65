"""Profiles, and the ranking of tasks by them."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.model.entity import Entity
from gitcoord.model.ids import derived_ulid
from gitcoord.rules.profiles import role_of, strengths_of
from gitcoord.rules.suggestions import suggest

IDS = sorted(derived_ulid("task", str(n)) for n in range(9))


def agent(desk: Any, handle: str) -> Entity:
    return desk.snapshot.find("agent", handle=handle)[0]


def test_strengths_are_added_and_dropped_and_the_role_is_kept(desk: Any) -> None:
    desk.does("sky", "agent.describe", strengths=["Backend", " tests "], role="reviewer")
    result = desk.does("sky", "agent.describe", strengths=["docs"], drop=["TESTS", "never there"])
    assert result["outcome"] == "described"
    assert (agent(desk, "sky").get("strengths"), role_of(agent(desk, "sky"))) == (["backend", "docs"], "reviewer")


def test_saying_the_same_again_is_no_commit(desk: Any) -> None:
    desk.does("sky", "agent.describe", strengths=["backend"])
    revision = desk.snapshot.revision
    assert desk.does("sky", "agent.describe", strengths=["BACKEND"], role="worker")["outcome"] == "unchanged"
    assert desk.snapshot.revision == revision


def test_an_agent_whose_file_is_older_than_roles_is_a_worker(desk: Any) -> None:
    desk.task("sky")
    assert "role" not in agent(desk, "sky").values
    assert role_of(agent(desk, "sky")) == "worker"
    assert strengths_of(None) == frozenset()


def test_a_reviewer_is_good_at_reviews(desk: Any) -> None:
    desk.does("sky", "agent.describe", role="reviewer", strengths=["docs"])
    assert strengths_of(agent(desk, "sky")) == {"docs", "review"}


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"role": "boss"}, "invalid-arguments"), ({"strengths": [""]}, None), ({"strengths": ["x" * 41]}, "invalid-arguments"),
        ({"strengths": ["a,b"]}, "invalid-arguments"), ({"strengths": ["-x"]}, "invalid-arguments"),
        ({"strengths": [f"s{n}" for n in range(21)]}, "cap-exceeded"), ({"strengths": "backend"}, "invalid-arguments"),
        ({"strengths": ["前端", "тесты"]}, None),
    ],
)  # fmt: skip
def test_a_profile_is_a_few_plain_words(desk: Any, args: dict[str, Any], code: str | None) -> None:
    outcome = desk.decide(desk.intent("sky", "agent.describe", args))
    assert getattr(outcome, "code", None) == code


def test_nobody_describes_another_by_a_generic_write(desk: Any) -> None:
    desk.task("sky")
    for change in ({"strengths": ["cobol"]}, {"role": "reviewer"}):
        put = {"kind": "agent", "id": agent(desk, "sky").id, "values": change}
        assert desk.refused("mallory", "entity.put", **put).code == "invalid-arguments"


def a_task(n: int, **values: Any) -> Entity:
    return Entity("task", {"id": IDS[n], "alias": f"TASK-{n}", "state": "open", **values})


RANKINGS: list[tuple[str, list[Entity], list[str], list[str]]] = [
    ("nothing to do", [], ["backend"], []),
    ("the older first", [a_task(2), a_task(1)], [], ["TASK-1", "TASK-2"]),
    ("priority before age", [a_task(1), a_task(2, priority=1)], [], ["TASK-2", "TASK-1"]),
    ("strength before priority", [a_task(1, priority=0), a_task(2, specialty="Backend", priority=9)], ["backend"],
     ["TASK-2", "TASK-1"]),
    ("another's strength counts for nothing", [a_task(1), a_task(2, specialty="docs")], ["backend"], ["TASK-1", "TASK-2"]),
    ("what unblocks most", [a_task(1), a_task(2), a_task(3, depends_on=[IDS[2]]), a_task(4, depends_on=[IDS[2]])], [],
     ["TASK-2", "TASK-1", "TASK-3", "TASK-4"]),
    ("priority before unblocking", [a_task(1, priority=1), a_task(2), a_task(3, depends_on=[IDS[2]])], [],
     ["TASK-1", "TASK-2", "TASK-3"]),
    ("what waits comes last whatever it is", [a_task(1), a_task(2, depends_on=[IDS[1]], specialty="backend", priority=0)],
     ["backend"], ["TASK-1", "TASK-2"]),
    ("what was finished is not waited for", [a_task(1), a_task(2, depends_on=[IDS[8]], priority=0)], [], ["TASK-2", "TASK-1"]),
    ("only open ones", [a_task(1, state="in_progress"), a_task(2, state="blocked"), a_task(3)], [], ["TASK-3"]),
    ("not another's", [a_task(1, assignee_id="other"), a_task(2, assignee_id="me")], [], ["TASK-2"]),
    ("a priority that is no number is the usual one", [a_task(1, priority="high"), a_task(2, priority=1)], [],
     ["TASK-2", "TASK-1"]),
]  # fmt: skip


@pytest.mark.parametrize(("tasks", "strengths", "order"), [each[1:] for each in RANKINGS], ids=[each[0] for each in RANKINGS])
def test_the_ranking_table(tasks: list[Entity], strengths: list[str], order: list[str]) -> None:
    assert [each.task.name for each in suggest(tasks, strengths, agent_id="me")] == order
    assert [each.task.name for each in suggest(tasks[::-1], strengths, agent_id="me")] == order


def test_each_suggestion_says_why() -> None:
    tasks = [a_task(1, specialty="Backend", priority=1), a_task(2, depends_on=[IDS[1]], specialty="docs")]
    assert [each.why for each in suggest(tasks, ["backend"])] == [
        "suits: backend; priority 1; unblocks 1", "asks for: docs; priority 2; waits for TASK-1",
    ]  # fmt: skip
