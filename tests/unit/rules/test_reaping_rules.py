"""Who is reaped: a table of silent and not so silent sessions, to the second. A sign of life is enough to be kept."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import derived_ulid
from gitcoord.rules.memory import MemorySnapshot

MINUTE, HOUR = 60, 3600
OID = "a" * 40


def _session(name: str) -> str:
    return derived_ulid("session-of", name)


def _reap(desk: Any, by: str = "river", of: str = "sky", **args: Any) -> Any:
    """``evidence`` beside what the reaper must know: the last event."""
    last = desk.snapshot.heard_of(_session(of)) or 0.0
    evidence = {"last_event_at": rfc3339(last), **args.pop("evidence", {})}
    return desk.land(desk.intent(by, "session.reap", {"session": _session(of), "evidence": evidence, **args}))


def _kept(desk: Any, **args: Any) -> str:
    before = desk.snapshot.everything()
    outcome = _reap(desk, **args)
    assert outcome.__class__.__name__ == "Denied", outcome.result
    assert outcome.code == "check-failed", outcome.message
    assert desk.snapshot.everything() == before
    return str(outcome.message)


@pytest.fixture
def scene(desk: Any) -> Any:
    """Sky works in a co-op with a claim of a quarter of an hour; River is there too."""
    desk.coop("river")
    desk.does("sky", "coop.join", coop="login-flow")
    desk.claim("sky", "src/a.py", ttl=15 * MINUTE)
    return desk


#: silence -> what becomes of a session that holds one claim of a quarter of an hour (takeable 15 m after its end).
@pytest.mark.parametrize(
    ("silence", "outcome"),
    [
        (0, ""), (29 * MINUTE + 59, ""), (30 * MINUTE, "released"), (2 * HOUR - 1, "released"), (2 * HOUR, "reaped"),
        (30 * HOUR, "reaped"),
    ],
)  # fmt: skip
def test_silence_is_measured_to_the_second(scene: Any, silence: float, outcome: str) -> None:
    scene.wait(silence)
    if not outcome:
        assert "of silence are needed" in _kept(scene)
        return
    assert _reap(scene).result["outcome"] == outcome
    assert scene.snapshot.find("claim", state="active") == []
    assert scene.the("session", _session("sky")).get("state") == ("left" if outcome == "reaped" else "active")


@pytest.mark.parametrize("ttl", [MINUTE, HOUR, 4 * HOUR, 24 * HOUR])
def test_a_claim_whose_lease_cannot_be_taken_over_keeps_its_session(scene: Any, ttl: int) -> None:
    """T3: the end by the holder's clock and the margin of a quarter of an hour, to the second."""
    scene.claim("sky", "src/b.py", ttl=ttl)
    begun = scene.now
    takeable = max(begun + ttl + 15 * MINUTE, begun + 2 * HOUR)
    scene.now = takeable - 1
    if takeable > begun + 2 * HOUR:
        released = _reap(scene).result
        assert [each["scope"] for each in released["claims"]] == ["src/a.py"]
        assert "cannot be taken over yet" in _kept(scene)
    scene.now = takeable
    assert _reap(scene).result["outcome"] == "reaped"


@pytest.mark.parametrize(
    ("act", "args"),
    [
        ("update.post", {"text": "still thinking hard"}), ("claim.renew", {}), ("task.add", {"title": "found more"}),
        ("blocker.ask", {"text": "which port?"}),
    ],
)  # fmt: skip
def test_any_newer_event_keeps_a_session(scene: Any, act: str, args: dict[str, Any]) -> None:
    scene.wait(3 * HOUR)
    if act == "claim.renew":
        args = {"claims": [{"id": each.id} for each in scene.snapshot.find("claim", state="active")]}
    looked = rfc3339(scene.snapshot.heard_of(_session("sky")))
    scene.does("sky", act, **args)
    assert "of silence are needed" in _kept(scene)
    scene.wait(3 * HOUR)
    assert "since you looked" in _kept(scene, evidence={"last_event_at": looked})


@pytest.mark.parametrize(
    ("age", "kept"), [(0, True), (HOUR, True), (2 * HOUR - 1, True), (2 * HOUR, False), (-HOUR, True), (9 * HOUR, False)]
)
def test_a_fresh_commit_on_its_branch_keeps_a_session(scene: Any, age: float, kept: bool) -> None:
    scene.wait(10 * HOUR)
    evidence = {"branch_commit_at": rfc3339(scene.now - age), "head": OID}
    if kept:
        assert "its branch has a commit" in _kept(scene, evidence=evidence)
    else:
        assert _reap(scene, evidence=evidence).result["handoffs"][0]["head"] == OID


def test_an_agent_that_thinks_for_days_and_commits_every_hour_is_never_reaped(scene: Any) -> None:
    for _ in range(72):
        scene.wait(HOUR)
        assert _kept(scene, evidence={"branch_commit_at": rfc3339(scene.now - 59 * MINUTE)})


def test_a_process_that_runs_on_this_machine_is_never_reaped(scene: Any) -> None:
    scene.wait(300 * HOUR)
    assert "alive" in _kept(scene, evidence={"process": "alive"}, take_over_live=True, max_age=MINUTE)


def test_elsewhere_the_other_clock_may_be_behind_by_the_margin(scene: Any) -> None:
    session = scene.the("session", _session("sky"))
    scene.snapshot.apply([session.changed(host_id="another")], scene.snapshot.revision)
    scene.wait(2 * HOUR + 15 * MINUTE - 1)
    assert _reap(scene).result["outcome"] == "released"
    scene.wait(1)
    assert _reap(scene).result["outcome"] == "reaped"


@pytest.mark.parametrize(("offset", "early"), [([-600.0, -590.0], 600), ([0.0, 5.0], 0), ([300.0, 310.0], -300)])
def test_a_clock_that_is_known_is_reckoned_with(offset: list[float], early: float, request: Any) -> None:
    desk = request.getfixturevalue("desk")
    desk.snapshot = MemorySnapshot(facts=lambda claim: {"offset": offset})
    desk.coop("river")
    desk.does("sky", "coop.join", coop="login-flow")
    desk.snapshot.apply([desk.the("session", _session("sky")).changed(host_id="another")], desk.snapshot.revision)
    desk.wait(2 * HOUR + early - 1)
    assert _kept(desk)
    desk.wait(1)
    assert _reap(desk).result["outcome"] == "reaped"


def test_a_reaper_whose_clock_is_behind_the_newest_commit_reaps_nobody(scene: Any) -> None:
    session = scene.the("session", _session("sky"))
    scene.snapshot.apply([session.changed(host_id="another")], scene.snapshot.revision)
    scene.wait(5 * HOUR)
    scene.snapshot.newest_commit_at = scene.now + 60
    assert _kept(scene)


def test_what_lands_late_is_judged_by_the_clock_on_which_it_was_written(scene: Any) -> None:
    scene.wait(HOUR)
    last = rfc3339(scene.snapshot.heard_of(_session("sky")))
    args = {"session": _session("sky"), "evidence": {"last_event_at": last}}
    early = scene.intent("river", "session.reap", args)
    scene.wait(9 * HOUR)
    assert scene.land(early).result["outcome"] == "released"


def test_thresholds_are_the_team_s_and_0_is_never(scene: Any) -> None:
    scene.team.update({"reap.after": 0, "sessions.idle": 0})
    scene.wait(90 * HOUR)
    assert "are 0" in _kept(scene)
    scene.team.update({"sessions.idle": "10h"})
    assert _reap(scene).result["outcome"] == "released"
    assert _reap(scene, max_age=24 * HOUR).result["outcome"] == "reaped"


def test_an_age_may_be_asked_for_but_none_below_a_minute(scene: Any) -> None:
    scene.wait(40 * MINUTE)
    assert _reap(scene, max_age=59).code == "invalid-arguments"
    assert _reap(scene, max_age=41 * MINUTE).result["outcome"] == "released"
    assert _reap(scene, max_age=40 * MINUTE).result["outcome"] == "reaped"


def test_an_idle_session_is_told_which_claims_it_lost(scene: Any) -> None:
    scene.wait(HOUR)
    _reap(scene)
    session = scene.the("session", _session("sky"))
    assert (session.get("lapsed"), session.get("left_by"), session.get("state")) == (["CLM-1"], "river", "active")
    assert session.get("coop") and session.id in scene.the("coop", "login-flow").get("members")


def test_the_guard_of_the_lease_is_lifted_by_name_and_recorded(scene: Any) -> None:
    scene.claim("sky", "src/long.py", ttl=24 * HOUR)
    scene.wait(3 * HOUR)
    released = _reap(scene, take_over_live=True).result
    assert released["outcome"] == "reaped"
    rules = {scene.the("claim", each["id"]).get("evidence")["rule"] for each in released["claims"]}
    assert rules == {"T3", "T4"}


def test_what_is_reaped_ends_as_if_it_had_left(scene: Any) -> None:
    coop = scene.the("coop", "login-flow").id
    task = scene.task("river")
    scene.does("sky", "task.claim", task=task, ttl=15 * MINUTE)
    asked = scene.does("sky", "blocker.ask", text="Which port?", coop=coop)["blockers"][0]
    scene.does("sky", "run.record", command="pytest -q", exit_code=1)
    scene.does("sky", "update.post", text="parser half done", coop=coop, done=["lexer"], open_items=["loop", "lexer"])
    scene.wait(3 * HOUR)
    result = _reap(scene, evidence={"head": OID}).result
    (handoff,) = result["handoffs"]
    assert (handoff["agent"], handoff["session_id"], handoff["written_by"]) == ("sky", _session("sky"), "river")
    assert handoff["title"].startswith("reaped: silent since ")
    assert (handoff["files"], handoff["tests"]) == (["src/a.py"], ["pytest -q: exit 1"])
    assert (handoff["changed"], handoff["next"], handoff["blockers"]) == ("lexer", "loop", [asked["id"]])
    assert handoff["stopped"].startswith("parser half done (on main, silent since ")
    session = scene.the("session", _session("sky"))
    assert (session.get("state"), session.get("left_by"), session.get("handoff")) == ("left", "river", handoff["id"])
    assert session.id not in scene.the("coop", "login-flow").get("members")
    (claim,) = [each for each in scene.snapshot.find("claim") if each.get("scope") == "src/a.py"]
    assert (claim.get("state"), claim.get("end_reason"), claim.get("ended_by")) == ("released", "reaped", "river")
    assert claim.get("evidence")["rule"] == "T3"
    assert (scene.the("task", task).get("state"), scene.the("blocker", asked["id"]).get("state")) == ("open", "open")
    assert {"session.reaped", "handoff.written", "claim.released", "task.updated"} <= set(scene.told())
    assert _reap(scene).result["outcome"] == "already-left"


def test_work_that_was_carried_before_stays_reachable(scene: Any) -> None:
    carry = {"branch": "gitcoord-wip/sky", "commit": OID, "base": OID, "index_commit": OID, "index_tree": OID, "work_tree": OID}
    scene.does("sky", "handoff.write", title="on my way", carry=carry)
    scene.wait(3 * HOUR)
    (handoff,) = _reap(scene).result["handoffs"]
    assert {name: handoff["carry"][name] for name in carry} == carry
    assert handoff["carry"]["notes"] == ["as of HND-1"]


def test_whoever_holds_nothing_leaves_no_handoff(desk: Any) -> None:
    desk.task("sky")
    desk.wait(3 * HOUR)
    result = _reap(desk).result
    assert (result["outcome"], "handoffs" in result) == ("reaped", False)


def test_coming_back_and_joining_again_is_a_new_epoch(scene: Any) -> None:
    scene.wait(3 * HOUR)
    _reap(scene)
    scene.does("sky", "coop.join", coop="login-flow")
    session = scene.the("session", _session("sky"))
    assert (session.get("state"), session.get("epoch"), session.get("left_reason")) == ("active", 2, None)


def test_nobody_reaps_itself(scene: Any) -> None:
    scene.wait(9 * HOUR)
    assert _reap(scene, by="sky").code == "invalid-arguments"


def test_an_event_of_the_same_landing_is_a_sign_of_life(scene: Any) -> None:
    """The journal shows it only after the commit; the snapshot is told of it at once."""
    scene.wait(3 * HOUR)
    scene.snapshot.heard(_session("sky"), scene.now)
    assert _kept(scene)


def test_a_heard_session_is_heard_through_a_snapshot_ahead() -> None:
    from gitcoord.rules.ahead import Ahead

    below = MemorySnapshot()
    ahead = Ahead(below, [Entity("session", {"id": "s"})])
    assert ahead.heard_of("s") is None
    ahead.heard("s", 5.0)
    assert below.heard_of("s") == 5.0
