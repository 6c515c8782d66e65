"""Co-ops: start, join, leave, close; names; how alive one is."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.rules.coops import FIRST_NAMES
from gitcoord.rules.lifecycle import lifecycle
from gitcoord.settings import Settings

MINUTE, HOUR, DAY = 60, 3600, 86400
NOW = 1_790_000_000.0


def _coop(age: float = HOUR, status: str = "active") -> Entity:
    return Entity("coop", {"id": "x", "slug": "s", "status": status, "created_at": rfc3339(NOW - age)})


@pytest.mark.parametrize(
    ("silence", "state"),
    [
        (0, "active"), (29 * MINUTE + 59, "active"), (30 * MINUTE, "active"), (30 * MINUTE + 1, "idle"),
        (2 * HOUR, "idle"), (2 * HOUR + 1, "stale"), (6 * HOUR, "stale"), (6 * HOUR + 1, "expired"), (-5, "active"),
    ],
)  # fmt: skip
def test_status_follows_silence_to_the_second(silence: float, state: str) -> None:
    assert lifecycle(_coop(), NOW - silence, False, NOW, Settings([])) == state
    assert lifecycle(_coop(), rfc3339(NOW - silence), False, NOW, Settings([])) == state


def test_a_live_thread_keeps_a_co_op_active() -> None:
    assert lifecycle(_coop(), NOW - 5 * HOUR, True, NOW, Settings([])) == "active"


def test_a_co_op_expires_after_its_lifetime_however_busy_it_is() -> None:
    assert lifecycle(_coop(7 * DAY), NOW, True, NOW, Settings([])) == "active"
    assert lifecycle(_coop(7 * DAY + 1), NOW, True, NOW, Settings([])) == "expired"
    assert lifecycle(_coop(3 * DAY), NOW, False, NOW, Settings([("t", {"coops.max_lifetime": "2d"})])) == "expired"


def test_closed_is_closed() -> None:
    assert lifecycle(_coop(status="closed"), NOW, True, NOW, Settings([])) == "closed"


def test_a_co_op_of_which_nothing_was_heard_counts_from_its_start() -> None:
    assert lifecycle(_coop(HOUR), None, False, NOW, Settings([])) == "idle"


def test_start_opens_a_co_op_and_joins_it(desk: Any) -> None:
    result = desk.does("sky", "coop.start", slug="hmi-settings-flow", title="HMI settings flow", goal="settings API and UI")
    (coop,), (session,) = result["coops"], result["sessions"]
    assert result["outcome"] == "started"
    assert (coop["title"], coop["goal"], coop["members"]) == ("HMI settings flow", "settings API and UI", [session["id"]])
    assert (session["coop"], session["name"]) == (coop["id"], "Sky hmi-settings-flow")
    assert desk.told()[:2] == ["coop.started", "coop.joined"]


def test_starting_what_another_clone_has_just_started_joins_it(desk: Any) -> None:
    first = desk.does("sky", "coop.start", slug="login", title="Login")
    second = desk.does("river", "coop.start", slug="login", title="Login")
    assert second["outcome"] == "joined-existing"
    assert second["coops"][0]["id"] == first["coops"][0]["id"]
    assert len(second["coops"][0]["members"]) == 2


def test_starting_again_what_i_have_started_changes_nothing(desk: Any) -> None:
    desk.coop("sky")
    revision = desk.snapshot.revision
    assert desk.does("sky", "coop.start", slug="login-flow", title="x")["outcome"] == "joined-existing"
    assert desk.snapshot.revision == revision


def test_a_name_that_a_closed_co_op_had_is_given_a_number(desk: Any) -> None:
    coop = desk.coop("sky")
    desk.does("sky", "coop.close", coop=coop)
    again = desk.does("sky", "coop.start", slug="login-flow", title="x")
    assert (again["outcome"], again["coops"][0]["slug"]) == ("started", "login-flow-2")


def test_joining_twice_is_joining_once(desk: Any) -> None:
    coop = desk.coop("sky")
    assert desk.does("river", "coop.join", coop=coop)["outcome"] == "joined"
    revision = desk.snapshot.revision
    assert desk.does("river", "coop.join", coop="login-flow")["outcome"] == "already-joined"
    assert desk.snapshot.revision == revision


def test_visible_names_stay_distinct_when_two_agents_want_the_same(desk: Any) -> None:
    coop = desk.coop("river")
    names = {"River login-flow"}
    for n in range(5):
        result = desk.does(f"alex/claude/{n}", "coop.join", coop=coop, name="River login-flow")
        names.add(result["sessions"][0]["name"])
    assert len(names) == 6
    assert all(name.endswith(" login-flow") for name in names)
    assert all(name.split()[0] in FIRST_NAMES for name in names)


def test_names_do_not_run_out(desk: Any) -> None:
    desk.team["coops.max_members"] = 60
    coop = desk.coop("a/b/c")
    for n in range(50):
        desk.does(f"a/b/{n}", "coop.join", coop=coop)
    names = [each.get("name") for each in desk.snapshot.find("session", coop=coop)]
    assert len(set(names)) == 51


def test_the_eleventh_member_is_refused_until_the_team_allows_more(desk: Any) -> None:
    coop = desk.coop("agent-0")
    for n in range(1, 10):
        desk.does(f"agent-{n}", "coop.join", coop=coop)
    denied = desk.refused("agent-10", "coop.join", coop=coop)
    assert denied.code == "cap-exceeded"
    assert denied.details["limit"] == 10
    desk.does("agent-3", "coop.leave")
    desk.does("agent-10", "coop.join", coop=coop)
    desk.team["coops.max_members"] = 12
    desk.does("agent-11", "coop.join", coop=coop)


def test_joining_another_co_op_leaves_the_first(desk: Any) -> None:
    first, second = desk.coop("sky", "one"), desk.coop("river", "two")
    desk.does("sky", "coop.join", coop=second)
    assert desk.the("coop", first).get("members") == []
    assert desk.told()[-2:] == ["coop.joined", "coop.left"]


@pytest.mark.parametrize("end", ["close", "age"])
def test_an_ended_co_op_cannot_be_joined(desk: Any, end: str) -> None:
    coop = desk.coop("sky")
    if end == "close":
        desk.does("sky", "coop.close", coop=coop)
    else:
        desk.wait(8 * DAY)
    denied = desk.refused("river", "coop.join", coop=coop)
    assert denied.code == "not-found"
    assert "closed" in denied.message or "expired" in denied.message


def test_a_co_op_that_was_silent_over_night_can_be_joined(desk: Any) -> None:
    coop = desk.coop("sky")
    desk.wait(12 * HOUR)
    assert desk.does("river", "coop.join", coop=coop)["outcome"] == "joined"


def test_leaving_releases_my_claims_keeps_blockers_and_writes_a_handoff(desk: Any) -> None:
    coop = desk.coop("sky")
    desk.does("river", "coop.join", coop=coop)
    desk.claim("sky", "src/a.py", "src/b.py")
    desk.claim("river", "src/c.py")
    asked = desk.does("sky", "blocker.ask", text="Which port?", coop=coop)["blockers"][0]
    result = desk.does("sky", "coop.leave", reason="context limit", handoff={"stopped": "in the tests", "files": ["src/a.py"]})
    assert [each["scope"] for each in result["claims"]] == ["src/a.py", "src/b.py"]
    assert [each.get("scope") for each in desk.snapshot.find("claim", state="active")] == ["src/c.py"]
    assert desk.the("blocker", asked["id"]).get("state") == "open"
    (handoff,) = result["handoffs"]
    assert handoff["alias"] == "HND-1"
    assert (handoff["title"], handoff["stopped"], handoff["blockers"]) == ("context limit", "in the tests", [asked["id"]])
    (session,) = result["sessions"]
    assert (session["state"], session["left_reason"]) == ("left", "context limit")
    assert session["id"] not in desk.the("coop", coop).get("members")
    assert {"coop.left", "handoff.written", "claim.released", "work.files_changed"} <= set(desk.told())


def test_leaving_also_releases_what_i_claimed_before_i_joined(desk: Any, file_scope: Any) -> None:
    desk.does("sky", "claim.acquire", {"session": "before"}, scopes=[file_scope("src/a.py")])
    desk.coop("sky")
    assert [each["scope"] for each in desk.does("sky", "coop.leave")["claims"]] == ["src/a.py"]


def test_leaving_one_window_keeps_what_my_other_window_holds(desk: Any, file_scope: Any) -> None:
    coop = desk.coop("sky")
    desk.does("sky", "coop.join", {"session": "second"}, coop=coop)
    desk.does("sky", "claim.acquire", {"session": "second"}, scopes=[file_scope("src/a.py")])
    assert desk.does("sky", "coop.leave")["claims"] == []


def test_leaving_needs_no_argument_and_having_joined(desk: Any) -> None:
    coop = desk.coop("sky")
    assert desk.refused("river", "coop.leave").code == "not-joined"
    assert desk.refused("river", "coop.leave", coop=coop).code == "not-joined"
    assert desk.does("sky", "coop.leave")["outcome"] == "left"
    assert desk.refused("sky", "coop.leave").code == "not-joined"


def test_a_claim_that_was_taken_over_does_not_come_back_to_its_sleeper_on_leave(desk: Any) -> None:
    desk.coop("sky")
    (old,) = desk.claim("sky", "src/a.py", ttl=60)
    desk.wait(2 * HOUR)
    (new,) = desk.claim("river", "src/a.py")
    assert desk.does("sky", "coop.leave")["claims"] == []
    assert desk.the("claim", old["id"]).get("state") == "superseded"
    assert desk.the("claim", new["id"]).get("state") == "active"


def test_closing_ends_it_for_everybody_and_keeps_the_questions(desk: Any) -> None:
    coop = desk.coop("sky")
    desk.does("river", "coop.join", coop=coop)
    desk.claim("river", "src/a.py", coop=coop)
    desk.does("river", "blocker.ask", text="Which port?", coop=coop)
    result = desk.does("sky", "coop.close", coop=coop, reason="done")
    assert result["coops"][0]["status"] == "closed"
    assert [each["state"] for each in result["claims"]] == ["released"]
    assert len(desk.snapshot.find("blocker", state="open")) == 1
    assert {each.get("state") for each in desk.snapshot.find("session")} == {"left"}
    assert desk.does("sky", "coop.close", coop=coop)["outcome"] == "already-closed"


def test_a_closed_coop_is_joined_again_once_it_was_reopened(desk: Any) -> None:
    coop = desk.coop("sky")
    desk.does("sky", "coop.close", coop=coop)
    refusal = desk.refused("river", "coop.join", coop=coop)
    assert (refusal.code, refusal.hint) == ("not-found", "gitcoord reopen login-flow")
    again = desk.does("river", "coop.reopen", coop="login-flow", reason="one more thing")["coops"][0]
    assert (again["status"], again["members"], again["reopened_by"]) == ("active", [], "river")
    assert again.get("closed_at") is None and again.get("closed_by") is None
    assert desk.told()[-1] != "coop.joined" and "coop.reopened" in desk.told()
    assert desk.does("sky", "coop.join", coop=coop)["outcome"] == "joined"
    assert len(desk.the("coop", coop).get("members")) == 1


def test_what_is_open_cannot_be_reopened(desk: Any) -> None:
    coop = desk.coop("sky")
    assert desk.refused("river", "coop.reopen", coop=coop).code == "check-failed"
    assert desk.refused("river", "coop.reopen", coop="nowhere").code == "not-found"
    desk.wait(3 * 86400)  # silent for long, and still young enough: the next word brings it back
    assert desk.refused("river", "coop.reopen", coop=coop).code == "check-failed"


def test_a_coop_that_outlived_its_time_begins_a_new_life_when_it_is_reopened(desk: Any) -> None:
    coop = desk.coop("sky")
    desk.wait(8 * 86400)
    refusal = desk.refused("river", "coop.join", coop=coop)
    assert "expired" in refusal.message and refusal.hint == "gitcoord reopen login-flow"
    desk.does("river", "coop.reopen", coop=coop)
    assert desk.the("coop", coop).get("members") == []
    desk.wait(6 * 86400)
    assert desk.does("river", "coop.join", coop=coop)["outcome"] == "joined"
    desk.wait(2 * 86400)
    assert desk.refused("sky", "coop.join", coop=coop).code == "not-found"


def test_a_coop_may_have_a_lifetime_of_its_own(desk: Any) -> None:
    coop = desk.coop("sky", max_lifetime=2 * 86400)
    assert desk.the("coop", coop).get("max_lifetime") == 2 * 86400
    desk.wait(86400)
    assert desk.does("river", "coop.join", coop=coop)["outcome"] == "joined"
    desk.wait(86401)
    assert "expired" in desk.refused("brook", "coop.join", coop=coop).message
    for seconds in (0, -5, 59, 366 * 86400):
        assert desk.refused("sky", "coop.start", slug="other", max_lifetime=seconds).code == "invalid-arguments"
