"""The one entry: idempotency, expected revisions, clocks, formats, and what lands along with every intent."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.model.outcome import Denied, Landed
from gitcoord.rules import TABLE
from gitcoord.rules.intents import INTENTS, rule_of


def test_every_kind_of_intent_has_a_rule_and_declared_arguments() -> None:
    assert set(TABLE) == set(INTENTS)
    assert all(callable(rule_of(kind)) for kind in TABLE)


def test_the_same_key_again_gives_the_first_outcome_and_changes_nothing(desk: Any) -> None:
    first = desk.does("sky", "blocker.ask", {"key": "ask-once"}, text="Which port?")
    for _ in range(2):
        again = desk.land(desk.intent("sky", "blocker.ask", {"text": "Which port?"}, key="ask-once"))
        assert isinstance(again, Landed)
        assert not again.changes and not again.events
        assert again.result["replayed"] is True
        assert again.result["blockers"] == first["blockers"]
        assert again.result["revision"] == 1
    assert len(desk.snapshot.find("blocker")) == 1


def test_the_same_key_with_another_content_is_refused(desk: Any) -> None:
    desk.does("sky", "blocker.ask", {"key": "k"}, text="Which port?")
    assert desk.refused("sky", "blocker.ask", {"key": "k"}, text="Which host?").code == "idempotency-mismatch"


def test_an_intent_that_landed_is_not_decided_again_by_anyone(desk: Any) -> None:
    intent = desk.intent("sky", "task.add", {"title": "once"})
    desk.land(intent)
    outcome = desk.decide(intent)
    assert isinstance(outcome, Landed) and outcome.changes == []


def test_a_stale_expected_revision_is_refused_with_both_numbers(desk: Any) -> None:
    desk.task()
    seen = desk.snapshot.revision
    desk.does("sky", "task.add", {"expected_revision": seen}, title="in time")
    denied = desk.refused("river", "task.add", {"expected_revision": seen}, title="too late")
    assert denied.code == "state-revision-conflict"
    assert denied.details == {"expected": seen, "actual": seen + 1}


def test_a_retry_with_an_expected_revision_that_has_passed_is_still_a_replay(desk: Any) -> None:
    intent = desk.intent("sky", "task.add", {"title": "once"}, expected_revision=0)
    desk.land(intent)
    assert desk.decide(intent).result["replayed"] is True


def test_a_kind_that_is_not_known_was_written_by_a_newer_version(desk: Any) -> None:
    denied = desk.refused("sky", "dream.share", text="hello")
    assert denied.code == "invalid-arguments"
    assert "written by a newer gitcoord" in denied.message


def test_a_branch_of_a_newer_format_is_not_written(desk: Any) -> None:
    desk.does("sky", "store.init")
    desk.snapshot._files["format.yml"] = b"# next\nformat: 2\n"
    assert desk.refused("sky", "task.add", title="x").code == "format-newer"


def test_a_writer_whose_clock_is_more_than_a_day_ahead_is_refused(desk: Any) -> None:
    assert desk.refused("sky", "task.add", {"at": desk.now + 86401}, title="x").code == "clock-implausible"
    desk.does("sky", "task.add", {"at": desk.now + 86000}, title="x")


def test_an_intent_that_waited_offline_for_days_lands(desk: Any) -> None:
    desk.does("sky", "task.add", {"at": desk.now - 9 * 86400}, title="from the train")


def test_the_first_write_of_an_agent_registers_it_and_binds_its_session(desk: Any) -> None:
    desk.task("sky")
    (agent,) = desk.snapshot.find("agent")
    (session,) = desk.snapshot.find("session")
    assert (agent.get("handle"), session.get("agent"), session.get("agent_id")) == ("sky", "sky", agent.id)
    assert desk.told() == ["task.added", "agent.registered", "session.bound"]
    desk.task("sky", title="second")
    assert desk.told()[3:] == ["task.added"]


def test_two_clones_that_name_one_agent_mean_one_agent(desk: Any) -> None:
    desk.task("sky")
    elsewhere = desk.intent("sky", "task.add", {"title": "from another clone"}, session="other-window")
    elsewhere.actor["agent_id"] = elsewhere.ids[0]
    outcome = desk.land(elsewhere)
    assert len(desk.snapshot.find("agent")) == 1
    assert outcome.changes[-1].get("agent_id") == desk.snapshot.find("agent")[0].id == elsewhere.agent_id


def test_a_new_agent_never_takes_over_the_record_of_another(desk: Any) -> None:
    desk.task("sky")
    sky = desk.snapshot.find("agent")[0]
    thief = desk.intent("mallory", "task.add", {"title": "x"})
    thief.actor["agent_id"] = sky.id
    desk.land(thief)
    assert desk.snapshot.get("agent", sky.id) == sky
    assert [each.get("handle") for each in desk.snapshot.find("agent")].count("mallory") == 1


def test_a_sub_agent_in_a_session_does_not_take_the_session_over(desk: Any) -> None:
    desk.task("sky", title="a")
    desk.does("sky-helper", "task.add", {"session": "sky"}, title="b")
    (session,) = desk.snapshot.find("session")
    assert session.get("agent") == "sky"


def test_names_in_one_session_and_sessions_of_one_name_never_block_each_other(desk: Any, file_scope: Any) -> None:
    desk.does("alex/claude/main", "claim.acquire", {"session": "w1"}, scopes=[file_scope("src/a.py")])
    desk.does("alex/claude/sub", "claim.acquire", {"session": "w1"}, scopes=[file_scope("src/a.py")])
    desk.does("alex/claude/main", "claim.acquire", {"session": "w2"}, scopes=[file_scope("src/a.py")])
    denied = desk.refused("alex/codex/main", "claim.acquire", {"session": "w3"}, scopes=[file_scope("src/a.py")])
    assert denied.code == "claim-conflict"


def test_a_session_that_left_begins_a_new_epoch_with_its_next_write(desk: Any) -> None:
    desk.coop("sky")
    desk.does("sky", "coop.leave")
    desk.task("sky")
    (session,) = desk.snapshot.find("session")
    assert (session.get("state"), session.get("epoch"), session.get("coop")) == ("active", 2, None)


def test_any_landed_write_renews_leases_that_are_more_than_half_used(desk: Any) -> None:
    (claim,) = desk.claim("sky", "src/a.py", ttl=3600)
    desk.wait(1700)
    desk.task("sky", title="early")
    assert desk.the("claim", claim["id"]).get("lease_token") == claim["lease_token"]
    desk.wait(200)
    result = desk.does("sky", "task.add", title="late")
    kept = desk.the("claim", claim["id"])
    assert kept.get("lease_token") != claim["lease_token"]
    assert kept.get("fence") == claim["fence"]
    assert result["renewed"][0]["lease_token"] == kept.get("lease_token")
    assert desk.told()[-1] == "claim.renewed"


def test_each_renewal_along_the_way_has_a_token_of_its_own(desk: Any) -> None:
    (claim,) = desk.claim("sky", "src/a.py", ttl=3600)
    tokens = {claim["lease_token"]}
    for n in range(3):
        desk.wait(2000)
        desk.task("sky", title=f"task {n}")
        tokens.add(desk.the("claim", claim["id"]).get("lease_token"))
    assert len(tokens) == 4


def test_a_write_of_somebody_else_renews_nothing_of_mine(desk: Any) -> None:
    (claim,) = desk.claim("sky", "src/a.py", ttl=3600)
    desk.wait(3000)
    desk.task("river")
    assert desk.the("claim", claim["id"]).get("lease_token") == claim["lease_token"]


def test_a_decision_that_changes_nothing_registers_and_renews_nothing(desk: Any) -> None:
    coop = desk.coop("sky")
    desk.claim("sky", "src/a.py", ttl=3600)
    desk.wait(3000)
    outcome = desk.decide(desk.intent("sky", "coop.join", {"coop": coop}))
    assert isinstance(outcome, Landed)
    assert (outcome.changes, outcome.events, outcome.files) == ([], [], {})


def test_whatever_changes_something_tells_it_in_an_event(desk: Any) -> None:
    """The intent's record travels on its first event: without one, a retry could not find that it landed."""
    coop = desk.coop("sky")
    for kind, args in (
        ("coop.join", {"coop": coop}), ("claim.acquire", {"scopes": [{"kind": "file", "scope": "a"}]}),
        ("claim.acquire", {"scopes": [{"kind": "file", "scope": "a"}], "_provisional": True}),
        ("coop.leave", {}), ("store.init", {}), ("coop.close", {"coop": coop}),
    ):  # fmt: skip
        outcome = desk.land(desk.intent("river", kind, args))
        if isinstance(outcome, Landed) and (outcome.changes or outcome.files):
            assert outcome.events, kind
            assert outcome.subject


def test_deciding_twice_on_one_state_gives_equal_outcomes(desk: Any) -> None:
    coop = desk.coop("sky")
    desk.claim("sky", "src/a.py")
    for kind, args in (
        ("coop.join", {"coop": coop}), ("task.add", {"title": "x"}), ("blocker.ask", {"text": "why?"}),
        ("claim.acquire", {"scopes": [{"kind": "file", "scope": "src/a.py"}], "_provisional": True}),
    ):  # fmt: skip
        intent = desk.intent("river", kind, args)
        one, two = desk.decide(intent), desk.decide(intent)
        assert (one.changes, one.result, one.subject) == (two.changes, two.result, two.subject)
        assert [(e.type, e.refs, e.body) for e in one.events] == [(e.type, e.refs, e.body) for e in two.events]


@pytest.mark.parametrize("kind", sorted(TABLE))
def test_an_intent_without_any_argument_is_answered_not_crashed_on(desk: Any, kind: str) -> None:
    outcome = desk.decide(desk.intent("sky", kind, {}))
    assert isinstance(outcome, (Landed, Denied))


def test_a_refusal_leaves_no_trace_for_the_next_intent_of_the_same_landing(desk: Any) -> None:
    desk.refused("newcomer", "coop.join", coop="nowhere")
    desk.task("newcomer")
    assert [each.get("handle") for each in desk.snapshot.find("agent")] == ["newcomer"]
