"""Blockers, decisions, check-ins and handoffs."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.rules.handoffs import EIGHT


def test_a_question_opens_a_blocker_with_the_next_number(desk: Any) -> None:
    first = desk.does("sky", "blocker.ask", text="Which port?")["blockers"][0]
    second = desk.does("river", "blocker.ask", text="Which host?", to="sky")["blockers"][0]
    assert (first["alias"], second["alias"]) == ("BLK-1", "BLK-2")
    assert (second["state"], second["to"], second["asked_by"]) == ("open", "sky", "river")
    assert desk.snapshot.events[0].type == "blocker.opened"


def test_a_long_question_keeps_all_of_its_words(desk: Any) -> None:
    text = "Which port?\n\n" + "Because. " * 200
    blocker = desk.the("blocker", desk.does("sky", "blocker.ask", text=text)["blockers"][0]["id"])
    assert blocker.get("title") == "Which port?"
    assert blocker.body.split() == text.split()


def test_a_decision_resolves_its_blocker_and_stays_linked_to_it(desk: Any) -> None:
    blocker = desk.does("sky", "blocker.ask", text="Which port?")["blockers"][0]
    desk.wait(60)
    result = desk.does("river", "decision.make", blocker=blocker["id"], text="8080")
    (decision,), (resolved,) = result["decisions"], result["blockers"]
    assert (decision["alias"], decision["question"], decision["decided_by"]) == ("DEC-1", "Which port?", "river")
    assert (resolved["state"], resolved["decision"], resolved["resolved_by"]) == ("resolved", decision["id"], "river")
    assert [e.type for e in desk.snapshot.events if e.type.startswith(("decision", "blocker.r"))] == [
        "decision.made", "blocker.resolved",
    ]  # fmt: skip


@pytest.mark.parametrize("reference", ["BLK-1", "BLOCK-001", "blk-1"])
def test_a_blocker_is_found_by_any_spelling_of_its_alias(desk: Any, reference: str) -> None:
    desk.does("sky", "blocker.ask", text="Which port?")
    assert desk.does("river", "decision.make", blocker=reference, text="8080")["blockers"][0]["alias"] == "BLK-1"


def test_a_blocker_is_resolved_once_and_the_refusal_names_the_decision(desk: Any) -> None:
    blocker = desk.does("sky", "blocker.ask", text="Which port?")["blockers"][0]["id"]
    desk.does("river", "decision.make", blocker=blocker, text="8080")
    denied = desk.refused("sky", "decision.make", blocker=blocker, text="9090")
    assert denied.code == "check-failed"
    assert "DEC-1" in denied.message and "8080" in denied.message


def test_a_late_offline_decision_is_contested_and_keeps_its_words(desk: Any) -> None:
    blocker = desk.does("sky", "blocker.ask", text="Which port?")["blockers"][0]["id"]
    desk.does("river", "decision.make", blocker=blocker, text="8080")
    result = desk.does("sky", "decision.make", blocker=blocker, text="9090", _provisional=True)
    assert (result["outcome"], result["code"]) == ("contested", "check-failed")
    assert "9090" in desk.the("attic", result["attic"][0]["id"]).get("loser")["request"]


def test_a_decision_needs_no_question(desk: Any) -> None:
    assert desk.does("sky", "decision.make", text="We use tabs.")["decisions"][0]["alias"] == "DEC-1"


def test_a_decision_on_a_question_of_a_co_op_belongs_to_it(desk: Any) -> None:
    coop = desk.coop("sky")
    blocker = desk.does("sky", "blocker.ask", text="Which port?", coop=coop)["blockers"][0]["id"]
    assert desk.does("river", "decision.make", blocker=blocker, text="8080")["decisions"][0]["coop"] == coop


def test_a_check_in_says_who_did_what_in_which_co_op(desk: Any) -> None:
    coop = desk.coop("sky")
    result = desk.does("sky", "update.post", text="login form works", done=["form"], open_items=["tests", "docs"])
    (checkin,) = result["checkins"]
    assert (checkin["summary"], checkin["done"], checkin["open_items"]) == ("login form works", ["form"], ["docs", "tests"])
    assert (checkin["coop"], checkin["branch"], checkin["agent"]) == (coop, "main", "sky")


def test_a_check_in_needs_a_co_op(desk: Any) -> None:
    assert desk.refused("sky", "update.post", text="login form works").code == "not-joined"


@pytest.mark.parametrize("text", ["still working", "Still working...", "heartbeat", " WIP ", "no update."])
def test_a_bare_sign_of_life_is_no_commit(desk: Any, text: str) -> None:
    desk.coop("sky")
    revision = desk.snapshot.revision
    assert desk.does("sky", "update.post", text=text)["outcome"] == "not-stored"
    assert desk.snapshot.revision == revision


def test_a_sign_of_life_that_lists_what_is_done_is_stored(desk: Any) -> None:
    desk.coop("sky")
    assert desk.does("sky", "update.post", text="still working", done=["the form"])["outcome"] == "posted"


def test_the_same_note_again_is_no_commit_but_after_another_one_it_is(desk: Any) -> None:
    desk.coop("sky")
    outcomes = [desk.does("sky", "update.post", text=text)["outcome"] for text in ("on a", "on a", "on b", "on a")]
    assert outcomes == ["posted", "not-stored", "posted", "posted"]


def test_another_agent_may_say_the_same(desk: Any) -> None:
    coop = desk.coop("sky")
    desk.does("river", "coop.join", coop=coop)
    assert [desk.does(agent, "update.post", text="tests pass")["outcome"] for agent in ("sky", "river")] == ["posted"] * 2


def test_a_handoff_has_all_eight_fields(desk: Any) -> None:
    desk.does("sky", "blocker.ask", text="Which port?")
    stated = {
        "stopped": "in the form", "changed": "the parser", "files": ["b.py", "a.py", "a.py"], "tests": ["pytest -q"],
        "risks": "none known", "next": "write the docs", "do_not_redo": "the parser",
    }  # fmt: skip
    result = desk.does("sky", "handoff.write", title="parser done", head="abc123", commits=["2nd", "1st"], **stated)
    (handoff,) = result["handoffs"]
    assert [handoff[name] for name in EIGHT if name not in ("files", "blockers")] == [
        stated[name] for name in EIGHT if name not in ("files", "blockers")
    ]
    assert handoff["files"] == ["a.py", "b.py"]
    assert handoff["blockers"] == [desk.the("blocker", "BLK-1").id]
    assert (handoff["title"], handoff["state"], handoff["head"]) == ("parser done", "open", "abc123")
    assert handoff["commits"] == ["2nd", "1st"]


def test_a_field_that_nobody_stated_is_absent_not_invented(desk: Any) -> None:
    (handoff,) = desk.does("sky", "handoff.write")["handoffs"]
    assert not set(EIGHT) & set(handoff)


def test_a_handoff_tells_which_files_changed_and_which_tests_ran(desk: Any) -> None:
    desk.does("sky", "handoff.write", files=["a.py"], tests=["pytest"])
    assert desk.told()[:3] == ["handoff.written", "work.files_changed", "work.tests_run"]


def test_a_handoff_too_large_for_one_file_is_refused(desk: Any) -> None:
    commits = [f"{n} {'c' * 900}" for n in range(80)]
    assert desk.refused("sky", "handoff.write", commits=commits).code == "cap-exceeded"
