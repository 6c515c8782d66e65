"""Tasks: states, taking one together with its paths, finishing it."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.rules.tasks import TRANSITIONS


def test_a_task_gets_the_next_number_and_is_open(desk: Any) -> None:
    result = desk.does("sky", "task.add", title="refresh tokens", body="before they expire", priority=1)
    (task,) = result["tasks"]
    assert (task["alias"], task["state"], task["priority"], task["body"]) == ("TASK-1", "open", 1, "before they expire")
    assert desk.the("task", desk.task()).alias == "TASK-2"


def test_numbers_are_never_given_twice(desk: Any) -> None:
    aliases = [desk.the("task", desk.task(title=f"t{n}")).alias for n in range(5)]
    assert aliases == [f"TASK-{n}" for n in range(1, 6)]


def test_taking_a_task_claims_it_and_its_paths_in_one_intent(desk: Any, file_scope: Any) -> None:
    task = desk.task()
    result = desk.does("sky", "task.claim", task=task, paths=[file_scope("src/a.py"), file_scope("src/b.py")])
    assert [each["scope"] for each in result["claims"]] == ["task:TASK-1", "src/a.py", "src/b.py"]
    (taken,) = result["tasks"]
    assert (taken["state"], taken["assignee"], taken["fence"]) == ("in_progress", "sky", desk.snapshot.revision)
    assert sorted(taken["claims"]) == sorted(each["id"] for each in result["claims"])
    assert {each.get("task") for each in desk.snapshot.find("claim")} == {task}
    assert desk.told()[3:5] == ["task.started", "claim.granted"]


def test_all_or_none_when_one_path_is_held(desk: Any, file_scope: Any) -> None:
    task = desk.task()
    desk.claim("river", "src/b.py")
    denied = desk.refused("sky", "task.claim", task=task, paths=[file_scope("src/a.py"), file_scope("src/b.py")])
    assert denied.code == "claim-conflict"
    assert denied.details["conflicts"][0]["claim"]["agent"] == "river"
    assert desk.the("task", task).get("state") == "open"


def test_a_task_is_taken_by_one_agent_only(desk: Any) -> None:
    task = desk.task()
    desk.does("sky", "task.claim", task=task)
    assert desk.refused("river", "task.claim", task=task).code == "claim-conflict"


def test_claiming_the_scope_of_a_task_by_hand_takes_it_from_others_too(desk: Any) -> None:
    task = desk.task()
    desk.does("sky", "claim.acquire", scopes=[{"kind": "task", "scope": "task:TASK-1"}])
    assert desk.refused("river", "task.claim", task=task).code == "claim-conflict"
    assert desk.does("sky", "task.claim", task=task)["tasks"][0]["assignee"] == "sky"


def test_taking_again_what_i_have_renews_and_starts_nothing(desk: Any) -> None:
    task = desk.task()
    desk.does("sky", "task.claim", task=task)
    started = desk.the("task", task).get("started_at")
    desk.wait(600)
    result = desk.does("sky", "task.claim", task=task)
    assert result["outcome"] == "renewed"
    assert desk.the("task", task).get("started_at") == started
    assert desk.told().count("task.started") == 1


def test_finishing_releases_the_task_and_the_paths(desk: Any, file_scope: Any) -> None:
    task = desk.task()
    desk.does("sky", "task.claim", task=task, paths=[file_scope("src/a.py")])
    desk.claim("sky", "src/unrelated.py")
    result = desk.does("sky", "task.done", task=task, summary="tokens refresh in time")
    assert (result["outcome"], result["tasks"][0]["state"], result["tasks"][0]["done_by"]) == ("done", "done", "sky")
    assert [each["scope"] for each in result["claims"]] == ["task:TASK-1", "src/a.py"]
    assert [each.get("scope") for each in desk.snapshot.find("claim", state="active")] == ["src/unrelated.py"]
    assert "tokens refresh in time" in desk.the("task", task).body
    desk.claim("river", "src/a.py")


def test_finishing_twice_is_finishing_once(desk: Any) -> None:
    task = desk.task()
    desk.does("sky", "task.done", task=task)
    revision = desk.snapshot.revision
    assert desk.does("sky", "task.done", task="TASK-1")["outcome"] == "already-done"
    assert desk.snapshot.revision == revision


def test_nobody_finishes_what_another_holds(desk: Any) -> None:
    task = desk.task()
    desk.does("sky", "task.claim", task=task)
    denied = desk.refused("river", "task.done", task=task)
    assert denied.code == "claim-conflict"
    assert "sky" in denied.message and "CLM-1" in denied.message


def test_a_task_whose_holder_has_gone_can_be_finished_by_anybody(desk: Any) -> None:
    desk.coop("sky")
    task = desk.task()
    desk.does("sky", "task.claim", task=task)
    desk.does("sky", "coop.leave")
    assert desk.does("river", "task.done", task=task)["tasks"][0]["done_by"] == "river"


def test_whoever_slept_through_a_take_over_is_told_by_the_fence(desk: Any) -> None:
    task = desk.task()
    old = desk.does("sky", "task.claim", task=task, ttl=60)["tasks"][0]
    desk.wait(7200)
    new = desk.does("river", "task.claim", task=task)["tasks"][0]
    assert new["fence"] > old["fence"]
    assert desk.refused("sky", "task.done", task=task).code == "lease-token-conflict"
    assert desk.refused("sky", "task.done", task=task, fence=old["fence"]).code == "lease-token-conflict"
    assert desk.refused("sky", "task.done", task=task, lease_token=old["lease_token"]).code == "lease-token-conflict"
    assert desk.does("river", "task.done", task=task, fence=new["fence"])["outcome"] == "done"


@pytest.mark.parametrize("before", TRANSITIONS)
@pytest.mark.parametrize("after", TRANSITIONS)
def test_the_state_machine_allows_its_table_and_nothing_else(desk: Any, before: str, after: str) -> None:
    task = desk.task()
    if before != "open":
        desk.does("sky", "task.update", task=task, state=before)
    if after in TRANSITIONS[before] or after == before:
        desk.does("sky", "task.update", task=task, state=after)
        assert desk.the("task", task).get("state") == after
        return
    denied = desk.refused("sky", "task.update", task=task, state=after)
    assert denied.code == "check-failed"
    assert denied.details["possible"] == list(TRANSITIONS[before])
    assert all(state in denied.message for state in (before, *TRANSITIONS[before]))


def test_a_state_that_does_not_exist_is_refused_with_those_that_do(desk: Any) -> None:
    denied = desk.refused("sky", "task.update", task=desk.task(), state="paused")
    assert denied.code == "invalid-arguments"
    assert "in_progress" in denied.message


def test_a_finished_task_is_not_taken_again_before_it_is_opened(desk: Any) -> None:
    task = desk.task()
    desk.does("sky", "task.done", task=task)
    assert desk.refused("sky", "task.claim", task=task).code == "check-failed"
    desk.does("sky", "task.update", task=task, state="open")
    assert desk.does("river", "task.claim", task=task)["tasks"][0]["assignee"] == "river"


def test_putting_a_task_back_releases_it_and_clears_its_assignee(desk: Any) -> None:
    task = desk.task()
    desk.does("sky", "task.claim", task=task)
    desk.does("sky", "task.update", task=task, state="open")
    assert desk.the("task", task).get("assignee") is None
    desk.does("river", "task.claim", task=task)


def test_a_blocked_task_keeps_its_claims(desk: Any) -> None:
    task = desk.task()
    desk.does("sky", "task.claim", task=task)
    desk.does("sky", "task.update", task=task, state="blocked")
    assert len(desk.snapshot.find("claim", state="active")) == 1


def test_starting_a_task_by_its_state_names_who_does_it(desk: Any) -> None:
    task = desk.task()
    desk.does("sky", "task.update", task=task, state="in_progress")
    assert desk.the("task", task).get("assignee") == "sky"


def test_fields_change_together_with_the_state_or_alone(desk: Any) -> None:
    task = desk.task()
    desk.does("sky", "task.update", task=task, title="better title", priority=0, state="blocked")
    desk.does("sky", "task.update", task=task, specialty="backend", body="more words")
    found = desk.the("task", task)
    names = ("title", "priority", "state", "specialty")
    assert [found.get(name) for name in names] == ["better title", 0, "blocked", "backend"]
    assert found.body == "more words"


def test_an_update_that_changes_nothing_lands_nothing(desk: Any) -> None:
    task = desk.task(title="same")
    revision = desk.snapshot.revision
    assert desk.does("sky", "task.update", task=task, title="same")["outcome"] == "unchanged"
    assert desk.snapshot.revision == revision


def test_dependencies_are_tasks_and_never_a_circle(desk: Any) -> None:
    one = desk.task(title="one")
    two = desk.task(title="two", depends_on=["TASK-1"])
    assert desk.the("task", two).get("depends_on") == [one]
    assert desk.refused("sky", "task.update", task=one, depends_on=[two]).code == "invalid-arguments"
    assert desk.refused("sky", "task.update", task=one, depends_on=[one]).code == "invalid-arguments"


def test_taking_a_task_that_waits_for_another_warns(desk: Any) -> None:
    one = desk.task(title="one")
    two = desk.task(title="two", depends_on=[one])
    assert desk.does("sky", "task.claim", task=two)["warnings"] == ["TASK-2 depends on TASK-1, not done yet"]
