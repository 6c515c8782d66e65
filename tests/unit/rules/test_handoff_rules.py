"""Handoffs: how their fields fill, what may be carried, who takes one; and what leaving does to tasks and sessions."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.model.ids import derived_ulid
from gitcoord.rules.asked import Refusal
from gitcoord.rules.handoffs import carried, is_carry_branch
from gitcoord.views.handoffs import packet

OID = "0123456789abcdef0123456789abcdef01234567"
CARRY = {"branch": "gitcoord-wip/sky", "commit": OID, "base": OID, "index_commit": OID, "index_tree": OID, "work_tree": OID}


def _session(name: str) -> str:
    return derived_ulid("session-of", name)


def test_what_is_stated_wins_over_what_is_known(desk: Any) -> None:
    coop = desk.coop("sky")
    desk.does("sky", "update.post", text="in the parser", coop=coop, done=["lexer"], open_items=["loop"])
    result = desk.does("sky", "handoff.write", title="t", coop=coop, stopped="here", next="that", changed="all of it")
    (handoff,) = result["handoffs"]
    assert (handoff["stopped"], handoff["next"], handoff["changed"]) == ("here", "that", "all of it")


def test_what_is_not_stated_comes_from_the_session_s_own_words_and_runs(desk: Any) -> None:
    coop = desk.coop("sky")
    desk.does("river", "coop.join", coop=coop)
    desk.does("river", "update.post", text="not of this session", coop=coop, done=["nothing of sky"])
    desk.does("river", "run.record", command="cargo test", exit_code=0)
    desk.does("sky", "update.post", text="first", coop=coop, done=["lexer"], open_items=["parser", "loop"])
    desk.does("sky", "update.post", text="parser works", coop=coop, done=["parser"])
    desk.does("sky", "run.record", command="pytest -q", exit_code=1)
    desk.does("sky", "run.record", command="pytest -q", exit_code=0)
    result = desk.does("sky", "coop.leave", handoff={"where": "on login, at abc", "tests": ["by hand: fine"]})
    (handoff,) = result["handoffs"]
    assert handoff["stopped"] == "parser works (on login, at abc)"
    assert (handoff["changed"], handoff["next"]) == ("lexer; parser", "loop")
    assert handoff["tests"] == ["by hand: fine", "pytest -q: exit 1", "pytest -q: exit 0"]


def test_of_a_silent_session_the_commits_tell_what_changed(desk: Any) -> None:
    desk.coop("sky")
    stated = {"commits": ["abc one", "def two", "abc one"], "where": "on login"}
    (handoff,) = desk.does("sky", "coop.leave", reason="done for today", handoff=stated)["handoffs"]
    assert (handoff["changed"], handoff["stopped"]) == ("abc one; def two", "done for today (on login)")


def test_a_field_of_which_nothing_is_known_says_so(desk: Any) -> None:
    desk.coop("sky")
    (handoff,) = desk.does("sky", "coop.leave")["handoffs"]
    shown = packet(handoff)
    assert len(shown) == 8
    assert sum(line.endswith(": none stated") for line in shown) == 7
    assert "where I stopped: “left”" in shown[0]


@pytest.mark.parametrize(
    "name", ["main", "gitcoord-sync", "gitcoord-wip/", "gitcoord-wip/a/b", "gitcoord-wip/-a", "gitcoord-wip/..",
             "gitcoord-wip/A", "gitcoord-wip/a b", "gitcoord-wip/a:b", "x" + "gitcoord-wip/a", "gitcoord-wip/" + "a" * 101,
             "gitcoord-wip/\u00e4"],
)  # fmt: skip
def test_a_record_may_name_only_a_branch_that_carries_work(desk: Any, name: str) -> None:
    assert not is_carry_branch(name)
    desk.coop("sky")
    assert desk.refused("sky", "handoff.write", title="t", carry={**CARRY, "branch": name}).code == "invalid-arguments"


@pytest.mark.parametrize("value", ["HEAD", "--upload-pack=x", OID[:-1], OID.upper(), 7, ["x"]])
@pytest.mark.parametrize("field", ["commit", "base", "index_tree", "work_tree", "index_commit"])
def test_an_id_of_a_record_is_an_object_id_and_nothing_else(field: str, value: object) -> None:
    with pytest.raises(Refusal):
        carried({**CARRY, field: value})


def test_a_record_keeps_what_was_left_out_within_bounds(desk: Any) -> None:
    desk.coop("sky")
    carry = {**CARRY, "left_out": [f"f{n}: big" for n in range(90)], "unknown": {"deep": 1}}
    (handoff,) = desk.does("sky", "handoff.write", title="t", carry=carry)["handoffs"]
    assert len(handoff["carry"]["left_out"]) == 60
    assert "unknown" not in handoff["carry"]


def test_one_takes_a_handoff_and_the_next_is_told_who(desk: Any) -> None:
    desk.coop("sky")
    (handoff,) = desk.does("sky", "coop.leave")["handoffs"]
    taken = desk.does("river", "handoff.take", handoff="HND-1")
    assert (taken["outcome"], taken["handoffs"][0]["taken_by"]) == ("taken", "river")
    denied = desk.refused("wren", "handoff.take", handoff=handoff["id"])
    assert (denied.code, denied.details["taken_by"]) == ("claim-conflict", "river")
    assert "river" in denied.message
    revision = desk.snapshot.revision
    assert desk.does("river", "handoff.take", handoff="HND-1")["outcome"] == "already-taken"
    assert desk.snapshot.revision == revision
    assert "handoff.taken" in desk.told()


def test_a_handoff_is_not_taken_by_a_generic_write(desk: Any) -> None:
    desk.coop("sky")
    (handoff,) = desk.does("sky", "coop.leave")["handoffs"]
    for values in ({"state": "taken"}, {"taken_by": "mallory"}, {"carry": CARRY}):
        denied = desk.refused("mallory", "entity.put", kind="handoff", id=handoff["id"], values=values)
        assert denied.code == "invalid-arguments"


@pytest.mark.parametrize(("code", "refused"), [(0, False), (255, False), (-9, False), (256, True), (-256, True)])
def test_a_run_is_recorded_with_a_code_that_a_process_can_have(desk: Any, code: int, refused: bool) -> None:
    desk.coop("sky")
    if refused:
        assert desk.refused("sky", "run.record", command="pytest", exit_code=code).code == "invalid-arguments"
        return
    (run,) = desk.does("sky", "run.record", command="pytest", exit_code=code)["runs"]
    assert (run["alias"], run["exit_code"], run["state"]) == ("RUN-1", code, "completed")
    assert "run.completed" in desk.told()


def test_whoever_took_a_handoff_says_that_it_was_read_and_nobody_else(desk: Any) -> None:
    coop = desk.coop("sky")
    desk.does("river", "coop.join", coop=coop)
    (handoff,) = desk.does("sky", "handoff.write", title="t", coop=coop)["handoffs"]
    nobody = desk.land(desk.intent("river", "handoff.ack", {"handoff": "HND-1"}))
    assert (nobody.code, nobody.hint) == ("check-failed", "gitcoord claim-handoff HND-1")
    desk.does("river", "handoff.take", handoff="HND-1")
    other = desk.land(desk.intent("ash", "handoff.ack", {"handoff": "HND-1"}))
    assert other.code == "claim-conflict" and "taken by river" in other.message
    assert desk.does("river", "handoff.ack", handoff="HND-1")["outcome"] == "acknowledged"
    at = desk.the("handoff", handoff["id"]).get("acked_at")
    desk.wait(60)
    assert desk.does("river", "handoff.ack", handoff="HND-1")["outcome"] == "already-acknowledged"
    assert desk.the("handoff", handoff["id"]).get("acked_at") == at


# Leaving.


def test_a_task_goes_back_to_those_who_can_take_it(desk: Any) -> None:
    desk.coop("sky")
    task = desk.task("sky", body="long words")
    desk.does("sky", "task.claim", task=task)
    result = desk.does("sky", "coop.leave")
    assert result["handoffs"][0]["tasks"] == [task]
    back = desk.the("task", task)
    assert (back.get("state"), back.get("assignee"), back.get("assignee_id")) == ("open", None, None)
    assert back.body == "long words\n\nleft by sky: HND-1"
    assert desk.does("river", "task.claim", task=task)["tasks"][0]["assignee"] == "river"


def test_a_task_that_my_other_window_holds_stays_in_progress(desk: Any) -> None:
    coop = desk.coop("sky")
    task = desk.task("sky")
    desk.does("sky", "coop.join", {"session": "second"}, coop=coop)
    desk.does("sky", "task.claim", {"session": "second"}, task=task)
    result = desk.does("sky", "coop.leave")
    assert (result["handoffs"][0]["tasks"], result["tasks"]) == ([task], [])
    assert desk.the("task", task).get("state") == "in_progress"
    desk.does("sky", "coop.leave", {"session": "second"})
    assert desk.the("task", task).get("state") == "open"


def test_a_task_without_a_claim_is_left_only_by_the_last_window(desk: Any) -> None:
    coop = desk.coop("sky")
    task = desk.task("sky")
    desk.does("sky", "task.update", task=task, state="in_progress")
    desk.does("sky", "coop.join", {"session": "second"}, coop=coop)
    desk.does("sky", "coop.leave")
    assert desk.the("task", task).get("state") == "in_progress"
    desk.does("sky", "coop.leave", {"session": "second"})
    assert desk.the("task", task).get("state") == "open"


def test_others_tasks_are_left_alone(desk: Any) -> None:
    coop = desk.coop("sky")
    desk.does("river", "coop.join", coop=coop)
    task = desk.task("river")
    desk.does("river", "task.claim", task=task)
    desk.does("sky", "coop.leave")
    assert desk.the("task", task).get("state") == "in_progress"


def _restarted(desk: Any, place: str, other_place: str, agent: str = "sky") -> Any:
    """The same agent joined, claimed, and joined again under another session; leaves for the second."""
    coop = desk.coop(agent)
    desk.claim(agent, "src/a.py")
    for name, at in ((agent, place), ("second", other_place)):
        intent = desk.intent("sky", "coop.join", {"coop": coop}, session=name)
        intent.actor["place_id"] = at
        if name == agent and agent != "sky":
            intent.actor.update(agent=agent, agent_id=derived_ulid("agent-of", agent))
        desk.land(intent)
    if agent == "sky":
        touch = desk.intent("sky", "task.add", {"title": "x"})
        touch.actor["place_id"] = place
        desk.land(touch)
    leave = desk.intent("sky", "coop.leave", {"coop": coop, "sessions": [_session(agent)]}, session="second")
    leave.actor["place_id"] = other_place
    return desk.land(leave).result


def test_an_agent_that_was_started_again_leaves_for_the_session_before_too(desk: Any) -> None:
    result = _restarted(desk, "here", "here")
    assert [each["scope"] for each in result["claims"]] == ["src/a.py"]
    assert {each["state"] for each in result["sessions"]} == {"left"}
    assert result["coops"][0]["members"] == []


@pytest.mark.parametrize(("place", "other", "agent"), [("here", "there", "sky"), ("", "", "sky"), ("here", "here", "river")])
def test_nobody_leaves_for_another_worktree_or_agent(desk: Any, place: str, other: str, agent: str) -> None:
    result = _restarted(desk, place, other, agent)
    assert result["claims"] == []
    assert desk.the("session", _session(agent)).get("state") == "active"
