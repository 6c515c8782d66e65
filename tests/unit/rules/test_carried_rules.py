"""Whose word a branch may carry: writes that came on the branch of somebody who may not push the sync branch."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.model.intent import Intent
from gitcoord.model.outcome import Denied, Landed
from gitcoord.rules import carried
from tests.unit.rules.conftest import Desk

HOUR = 3600


def written(desk: Desk, agent: str = "river", kind: str = "task.add", **terms: Any) -> Intent:
    """An intent of a session that works on ``branch``, in ``clone``."""
    actor = {name: terms.pop(name) for name in ("branch", "clone", "via") if name in terms}
    intent = desk.intent(agent, kind, terms.pop("args", {"title": "one step"}), **terms)
    intent.actor.update(actor)
    return intent


def at_work(desk: Desk, agent: str = "river", branch: str = "claude/login", **terms: Any) -> None:
    assert isinstance(desk.land(written(desk, agent, branch=branch, **terms)), Landed)


def judged(desk: Desk, intent: Intent, branch: str) -> Denied | None:
    return carried.refusal(desk.snapshot, intent, branch, desk.now, desk.settings)


def test_a_session_speaks_from_the_branch_that_it_has_checked_out_and_from_no_other(desk: Desk) -> None:
    at_work(desk)
    assert judged(desk, written(desk), "claude/login") is None
    refusal = judged(desk, written(desk), "claude/other")
    assert refusal is not None and refusal.code == "session-binding-conflict" and "claude/other" in refusal.message


def test_a_session_that_came_on_a_branch_speaks_from_it_whatever_it_has_checked_out(desk: Desk) -> None:
    at_work(desk, branch="main", via="claude/first")
    assert judged(desk, written(desk), "claude/first") is None
    assert judged(desk, written(desk), "main") is None
    assert judged(desk, written(desk), "claude/second") is not None


def test_another_name_in_somebodys_session_is_refused_and_named(desk: Desk) -> None:
    at_work(desk)
    at_work(desk, "sky", branch="claude/sky")
    refusal = judged(desk, written(desk, "sky", session="river"), "claude/login")
    assert refusal is not None and "river" in refusal.message and "sky" in refusal.message


def test_a_sub_agent_of_a_session_speaks_from_its_branch_under_a_name_that_nobody_has(desk: Desk) -> None:
    at_work(desk)
    assert judged(desk, written(desk, "river/tests", session="river"), "claude/login") is None
    assert judged(desk, written(desk, "river/tests", session="river"), "claude/other") is not None


def test_a_newcomer_may_come_on_any_branch_but_not_under_a_name_that_works_elsewhere(desk: Desk) -> None:
    at_work(desk)
    assert judged(desk, written(desk, "wren", session="new"), "claude/wren") is None
    assert judged(desk, written(desk, session="new"), "claude/login") is None, "a second session beside the first"
    refusal = judged(desk, written(desk, session="new"), "claude/elsewhere")
    assert refusal is not None and "works elsewhere" in refusal.message and "--as" in refusal.hint


@pytest.mark.parametrize("over", ["left", "silent"])
def test_a_name_is_free_when_its_sessions_have_left_or_could_be_reaped(desk: Desk, over: str) -> None:
    desk.team["reap"] = {"after": HOUR}
    at_work(desk, kind="coop.start", args={"slug": "login-flow", "title": "login flow"})
    assert judged(desk, written(desk, session="new"), "claude/elsewhere") is not None
    if over == "left":
        desk.does("river", "coop.leave")
    else:
        desk.wait(HOUR + 1)
    assert judged(desk, written(desk, session="new"), "claude/elsewhere") is None


def test_silence_frees_no_name_where_nobody_is_reaped(desk: Desk) -> None:
    desk.team["reap"] = {"after": 0}
    at_work(desk)
    desk.wait(48 * HOUR)
    assert judged(desk, written(desk, session="new"), "claude/elsewhere") is not None


def test_a_carrier_speaks_for_the_clone_in_its_name_and_for_no_other(desk: Desk) -> None:
    at_work(desk, clone="abc")
    mine = "gitcoord-carrier/abc" + carried.SUFFIX
    assert judged(desk, written(desk, clone="abc"), mine) is None
    assert judged(desk, written(desk, clone="xyz"), mine) is not None, "it was written in another clone"
    other = "gitcoord-carrier/xyz" + carried.SUFFIX
    assert judged(desk, written(desk, clone="xyz"), other) is not None, "the session lives in another clone"
    nameless = judged(desk, written(desk, "wren"), mine)
    assert nameless is not None and "without a name" in nameless.message


def test_a_fork_names_its_branches_as_it_likes_so_only_what_came_on_it_speaks_from_it(desk: Desk) -> None:
    at_work(desk)
    assert judged(desk, written(desk), "mallory:claude/login") is not None
    at_work(desk, "wren", clone="abc")
    assert judged(desk, written(desk, "wren", clone="abc"), "mallory:gitcoord-carrier/abc" + carried.SUFFIX) is not None
    at_work(desk, "sky", branch="main", via="sky-fork:main")
    assert judged(desk, written(desk, "sky"), "sky-fork:main") is None


@pytest.mark.parametrize("kind", ["store.init", "settings.set", "owners.set", "session.reap", "carrier.refuse"])
def test_what_needs_the_right_to_push_the_branch_travels_on_none(desk: Desk, kind: str) -> None:
    refusal = judged(desk, written(desk, kind=kind, args={}), "claude/login")
    assert refusal is not None and refusal.code == "remote-refused" and kind in refusal.message
    assert carried.parked(desk.snapshot, written(desk, kind=kind, args={}), "claude/login", desk.now, desk.settings) is not None


def test_what_was_written_too_long_ago_is_refused_with_its_age(desk: Desk) -> None:
    desk.team["sync"] = {"adopt_max_age": 24 * HOUR}
    intent = written(desk)
    desk.wait(24 * HOUR)
    assert judged(desk, intent, "claude/login") is None
    desk.wait(1)
    refusal = judged(desk, intent, "claude/login")
    assert refusal is not None and refusal.code == "expired" and "1 d" in refusal.message


def test_a_lease_that_would_be_over_is_not_begun(desk: Desk) -> None:
    desk.team["claims"] = {"clock_margin": 300}
    intent = written(desk, kind="claim.acquire", args={"scopes": [], "ttl": 1800})
    desk.wait(1800 + 300)
    assert carried.stale(desk.snapshot, intent, desk.now, desk.settings) is None
    desk.wait(1)
    refusal = carried.stale(desk.snapshot, intent, desk.now, desk.settings)
    assert refusal is not None and refusal.code == "expired" and "gitcoord claim" in refusal.hint


@pytest.mark.parametrize(("kind", "setting"), [("claim.acquire", "file"), ("task.claim", "task"), ("slot.take", "branch")])
def test_a_lease_without_a_term_is_measured_against_the_teams(desk: Desk, kind: str, setting: str) -> None:
    desk.team["claims"] = {"clock_margin": 0, "ttl": {setting: 600}}
    intent = written(desk, kind=kind, args={})
    desk.wait(600)
    assert carried.stale(desk.snapshot, intent, desk.now, desk.settings) is None
    desk.wait(1)
    assert carried.stale(desk.snapshot, intent, desk.now, desk.settings) is not None


def test_what_is_no_lease_is_never_too_late_for_it_and_a_take_over_always(desk: Desk) -> None:
    late = written(desk)
    desk.wait(30 * 24 * HOUR)
    assert carried.stale(desk.snapshot, late, desk.now, desk.settings) is None
    grab = written(desk, kind="claim.acquire", args={"scopes": [], "ttl": 1800, "take_over_live": True})
    refusal = carried.stale(desk.snapshot, grab, desk.now, desk.settings)
    assert refusal is not None and refusal.code == "claim-conflict" and "request-release" in refusal.hint
    assert carried.parked(desk.snapshot, grab, "claude/login", desk.now, desk.settings) is not None


def test_a_write_that_changes_nothing_lands_as_a_word_to_its_author_and_one_that_does_as_itself(desk: Desk) -> None:
    nothing = Landed([], [], {"outcome": "same"}, "")
    told = carried.met(written(desk), nothing)
    assert [each.type for each in told.events] == ["intent.met"] and told.result == nothing.result and told.subject
    again = Landed([], [], {"replayed": True}, "")
    for something in (Landed([], told.events, {}, "x"), Landed([], [], {}, "x", {"a": "b"}), again):
        assert carried.met(written(desk), something) is something
