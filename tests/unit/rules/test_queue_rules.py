"""Waiting: who is granted what, in which order, when something is given back. All with a clock that is told."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.clock import parse_instant
from gitcoord.model.outcome import Landed
from gitcoord.rules import decide, events


def _scope(path: str) -> dict[str, Any]:
    if "#" in path:
        return {"kind": "symbol", "scope": path, "symbols": path.partition("#")[2].split(",")}
    return {"kind": "directory" if path.endswith("/") else "file", "scope": path, "symbols": []}


def waits(desk: Any, agent: str, *paths: str, wait: int = 600, **args: Any) -> dict[str, Any]:
    """The queue entry of an agent that claims what it must wait for."""
    result = desk.does(agent, "claim.acquire", scopes=[_scope(path) for path in paths], wait=wait, **args)
    assert result["outcome"] == "queued", result
    return dict(result["queue"][0])


def release(desk: Any, agent: str) -> dict[str, Any]:
    held = desk.snapshot.find("claim", agent=agent, state="active")
    return dict(desk.does(agent, "claim.release", claims=[{"id": each.id} for each in held]))


def holder(desk: Any, path: str = "src/a.py") -> str:
    (claim,) = desk.snapshot.find("claim", scope=path, state="active")
    return str(claim.get("agent"))


def test_what_is_free_is_granted_at_once_whoever_would_have_waited(desk: Any) -> None:
    result = desk.does("sky", "claim.acquire", scopes=[_scope("src/a.py")], wait=600)
    assert result["outcome"] == "granted"
    assert desk.snapshot.find("queue") == []


def test_a_waiter_has_a_place_and_an_end(desk: Any) -> None:
    desk.claim("river", "src/a.py")
    entry = waits(desk, "sky", "src/a.py", wait=300, description="login")
    assert (entry["alias"], entry["state"], entry["position"], entry["urgency"]) == ("QUE-1", "waiting", 1, "normal")
    assert parse_instant(entry["expires_at"]) == desk.now + 300
    assert desk.the("queue", "QUE-1").get("description") == "login"
    assert desk.told()[-1] == "queue.joined" or "queue.joined" in desk.told()


@pytest.mark.parametrize("wait", [-1, 601, 3600, 10**9])
def test_a_wait_beyond_ten_minutes_is_refused_not_cut(desk: Any, wait: int) -> None:
    assert desk.refused("sky", "claim.acquire", scopes=[_scope("src/a.py")], wait=wait).code == "invalid-arguments"


def test_an_unknown_urgency_is_refused(desk: Any) -> None:
    denied = desk.refused("sky", "claim.acquire", scopes=[_scope("src/a.py")], wait=5, urgency="now")
    assert denied.code == "invalid-arguments"


@pytest.mark.parametrize("wait", [0, None])
def test_who_does_not_wait_is_refused(desk: Any, wait: int | None) -> None:
    desk.claim("river", "src/a.py")
    args = {} if wait is None else {"wait": wait}
    assert desk.refused("sky", "claim.acquire", scopes=[_scope("src/a.py")], **args).code == "claim-conflict"


def test_three_waiters_are_granted_in_the_order_of_arrival(desk: Any) -> None:
    desk.claim("river", "src/a.py")
    for agent in ("sky", "wren", "finch"):
        desk.wait(1)
        waits(desk, agent, "src/a.py")
    served, fences = [], []
    for agent in ("river", "sky", "wren"):
        desk.wait(1)
        told = release(desk, agent)["served"]
        served += [each["agent"] for each in told]
        fences += [each["fence"] for each in told]
        assert holder(desk) == served[-1]
    assert served == ["sky", "wren", "finch"]
    assert fences == sorted(set(fences))


def test_the_grant_is_in_the_intent_that_gives_back(desk: Any) -> None:
    desk.claim("river", "src/a.py")
    entry = waits(desk, "sky", "src/a.py", ttl=7200)
    revision = desk.snapshot.revision
    result = release(desk, "river")
    assert desk.snapshot.revision == revision + 1
    (claim,) = desk.snapshot.find("claim", state="active")
    assert (claim.get("agent"), claim.get("fence"), claim.get("queue")) == ("sky", revision + 1, entry["id"])
    assert desk.the("queue", "QUE-1").get("claims") == [claim.id]
    assert result["served"][0]["claims"] == [claim.alias]
    assert {"claim.released", "queue.left", "claim.granted"} <= set(desk.told())
    assert all(events.known(each) for each in desk.told())


def test_deciding_again_gives_the_same_claims(desk: Any) -> None:
    desk.claim("river", "src/a.py", "src/b.py")
    waits(desk, "sky", "src/a.py")
    waits(desk, "wren", "src/b.py")
    held = desk.snapshot.find("claim", agent="river")
    intent = desk.intent("river", "claim.release", {"claims": [{"id": each.id} for each in held]})
    first, second = (decide(desk.snapshot.copy(), intent, desk.now, desk.settings) for _ in "12")
    assert isinstance(first, Landed) and isinstance(second, Landed)
    assert first.changes == second.changes and first.result == second.result
    granted = [each for each in first.changes if each.kind == "claim" and each.get("state") == "active"]
    assert len({each.id for each in granted}) == len({each.alias for each in granted}) == 2


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [
        ("normal", "normal", "sky"), ("normal", "high", "wren"), ("high", "blocking", "wren"), ("low", "normal", "wren"),
        ("blocking", "blocking", "sky"), ("high", "low", "sky"), ("blocking", "high", "sky"),
    ],
)  # fmt: skip
def test_the_more_urgent_goes_first_then_who_came_first(desk: Any, first: str, second: str, winner: str) -> None:
    desk.claim("river", "src/a.py")
    waits(desk, "sky", "src/a.py", urgency=first)
    desk.wait(1)
    waits(desk, "wren", "src/a.py", urgency=second)
    release(desk, "river")
    assert holder(desk) == winner


@pytest.mark.parametrize(("boost", "after", "winner"), [(60, 59, "wren"), (60, 61, "sky"), (0, 500, "wren"), (10, 11, "sky")])
def test_waiting_makes_more_urgent_unless_that_is_off(desk: Any, boost: int, after: int, winner: str) -> None:
    desk.team = {"queue": {"age_boost": boost}}
    desk.claim("river", "src/a.py")
    waits(desk, "sky", "src/a.py")
    desk.wait(after)
    waits(desk, "wren", "src/a.py", urgency="high")
    release(desk, "river")
    assert holder(desk) == winner


@pytest.mark.parametrize(
    ("decay", "after", "urgency", "winner"),
    [
        (300, 299, "high", "wren"), (300, 300, "high", "sky"), (0, 599, "high", "wren"), (100, 100, "high", "sky"),
        (300, 599, "blocking", "wren"), (200, 400, "blocking", "sky"), (1, 599, "normal", "sky"),
    ],
)  # fmt: skip
def test_an_urgency_above_normal_wears_off(desk: Any, decay: int, after: int, urgency: str, winner: str) -> None:
    desk.team = {"queue": {"decay": decay, "age_boost": 0}}
    desk.claim("river", "src/a.py")
    waits(desk, "sky", "src/a.py")
    waits(desk, "wren", "src/a.py", urgency=urgency)
    desk.wait(after)
    release(desk, "river")
    assert holder(desk) == winner


def test_what_is_normal_or_less_never_wears_off(desk: Any) -> None:
    desk.team = {"queue": {"decay": 1, "age_boost": 0}}
    desk.claim("river", "src/a.py")
    waits(desk, "sky", "src/a.py", urgency="low")
    waits(desk, "wren", "src/a.py")
    desk.wait(599)
    release(desk, "river")
    assert holder(desk) == "wren"


@pytest.mark.parametrize(("after", "winner"), [(60, "wren"), (599, "wren")])
def test_age_lifts_by_one_level_and_no_more(desk: Any, after: int, winner: str) -> None:
    desk.claim("river", "src/a.py")
    waits(desk, "sky", "src/a.py", urgency="low")
    desk.wait(after)
    waits(desk, "wren", "src/a.py", urgency="high")
    release(desk, "river")
    assert holder(desk) == winner


def test_no_age_makes_more_urgent_than_blocking(desk: Any) -> None:
    desk.claim("river", "src/a.py")
    waits(desk, "sky", "src/a.py", urgency="blocking")
    waits(desk, "wren", "src/a.py", urgency="low")
    desk.wait(599)
    release(desk, "river")
    assert holder(desk) == "sky"


@pytest.mark.parametrize(("fairness", "overtaken"), [(10, 9), (3, 2), (1, 1)])
def test_the_oldest_is_served_after_so_many_have_overtaken_it(desk: Any, fairness: int, overtaken: int) -> None:
    desk.team = {"queue": {"fairness": fairness, "age_boost": 0}}
    desk.claim("river", "src/a.py")
    waits(desk, "sky", "src/a.py", urgency="low")
    last, passed = "river", 0
    while holder(desk) != "sky":
        waits(desk, f"wren{passed}", "src/a.py", urgency="blocking")
        release(desk, last)
        last, passed = holder(desk), passed + (holder(desk) != "sky")
        assert passed < 15
    assert passed == overtaken


def test_without_fairness_the_urgent_always_overtake(desk: Any) -> None:
    desk.team = {"queue": {"fairness": 0, "age_boost": 0}}
    desk.claim("river", "src/a.py")
    waits(desk, "sky", "src/a.py", urgency="low")
    last = "river"
    for n in range(14):
        waits(desk, f"wren{n}", "src/a.py", urgency="blocking")
        release(desk, last)
        last = holder(desk)
    assert last == "wren13"


def test_an_entry_is_granted_whole_or_not_at_all(desk: Any) -> None:
    desk.claim("river", "src/a.py")
    desk.claim("finch", "src/b.py")
    waits(desk, "sky", "src/a.py", "src/b.py")
    assert "served" not in release(desk, "river")
    assert desk.snapshot.find("claim", agent="sky") == []
    assert release(desk, "finch")["served"][0]["claims"] == ["CLM-3", "CLM-4"]


def test_a_later_waiter_overtakes_an_earlier_one_only_where_they_do_not_meet(desk: Any) -> None:
    desk.claim("river", "src/a.py", "src/c.py")
    desk.claim("finch", "src/b.py")
    waits(desk, "sky", "src/a.py", "src/b.py")
    waits(desk, "wren", "src/a.py")
    waits(desk, "robin", "src/c.py")
    assert [each["agent"] for each in release(desk, "river")["served"]] == ["robin"]
    assert [each["agent"] for each in release(desk, "finch")["served"]] == ["sky"]
    assert [each["agent"] for each in release(desk, "sky")["served"]] == ["wren"]


def test_shared_waiters_are_granted_together(desk: Any) -> None:
    desk.claim("river", "src/a.py")
    waits(desk, "sky", "src/a.py", mode="shared")
    waits(desk, "wren", "src/a.py", mode="shared")
    waits(desk, "finch", "src/a.py")
    assert [each["agent"] for each in release(desk, "river")["served"]] == ["sky", "wren"]
    release(desk, "sky")
    assert release(desk, "wren")["served"][0]["agent"] == "finch"


def test_leaving_closing_and_finishing_a_task_serve_the_queue(desk: Any) -> None:
    coop = desk.coop("river")
    desk.claim("river", "src/a.py", coop=coop)
    waits(desk, "sky", "src/a.py")
    desk.does("river", "coop.leave", reason="done", coop=coop)
    assert holder(desk) == "sky"
    waits(desk, "wren", "src/a.py")
    task = desk.task("sky")
    desk.does("sky", "task.claim", task=task, paths=[_scope("src/b.py")])
    waits(desk, "finch", "src/b.py")
    desk.does("sky", "task.done", task=task)
    assert holder(desk, "src/b.py") == "finch"


def test_an_entry_whose_time_is_over_is_passed_over_and_marked_later(desk: Any) -> None:
    desk.claim("river", "src/a.py")
    waits(desk, "sky", "src/a.py", wait=60)
    waits(desk, "wren", "src/a.py", wait=600)
    desk.wait(61)
    assert release(desk, "river")["served"][0]["agent"] == "wren"
    assert desk.the("queue", "QUE-1").get("state") == "waiting"  # somebody's clock may be fast: not yet marked
    desk.wait(900)
    waits(desk, "finch", "src/a.py")
    assert desk.the("queue", "QUE-1").get("state") == "expired"


def test_the_queue_of_a_session_that_left_is_no_ghost(desk: Any) -> None:
    desk.claim("river", "src/a.py")
    coop = desk.coop("sky")
    waits(desk, "sky", "src/a.py")
    waits(desk, "wren", "src/a.py")
    desk.does("sky", "coop.leave", reason="done", coop=coop)
    assert desk.the("queue", "QUE-1").get("state") == "cancelled"
    assert release(desk, "river")["served"][0]["agent"] == "wren"


def test_only_who_waits_can_cancel(desk: Any) -> None:
    desk.claim("river", "src/a.py")
    waits(desk, "sky", "src/a.py")
    denied = desk.refused("river", "queue.cancel", entry="QUE-1")
    assert denied.code == "claim-conflict" and "sky" in denied.message
    assert desk.does("sky", "queue.cancel", entry="QUE-1")["outcome"] == "cancelled"
    assert desk.does("sky", "queue.cancel", entry="QUE-1")["outcome"] == "cancelled"
    assert "served" not in release(desk, "river")


def test_cancelling_lets_those_behind_go_on(desk: Any) -> None:
    desk.claim("river", "src/a.py")
    desk.claim("finch", "src/b.py")
    waits(desk, "sky", "src/a.py", "src/b.py")
    waits(desk, "wren", "src/a.py")
    release(desk, "river")
    assert desk.does("sky", "queue.cancel", entry="QUE-1")["served"][0]["agent"] == "wren"


def test_a_grant_that_nobody_waited_for_any_more_is_given_back(desk: Any) -> None:
    desk.claim("river", "src/a.py")
    waits(desk, "sky", "src/a.py")
    waits(desk, "wren", "src/a.py")
    release(desk, "river")
    assert desk.does("sky", "queue.cancel", entry="QUE-1")["outcome"] == "granted"
    assert holder(desk) == "sky"
    result = desk.does("sky", "queue.cancel", entry="QUE-1", give_back=True)
    assert (result["outcome"], result["served"][0]["agent"], holder(desk)) == ("released", "wren", "wren")


def test_a_newcomer_does_not_overtake_those_who_wait(desk: Any) -> None:
    desk.claim("river", "src/a.py", ttl=60)
    waits(desk, "sky", "src/a.py")
    desk.wait(400)
    desk.snapshot._facts = lambda claim: {"token_seen_for": 400.0} if claim.get("agent") == "river" else {}
    denied = desk.refused("wren", "claim.acquire", scopes=[_scope("src/a.py")])
    assert denied.code == "claim-conflict" and denied.details["queue"][0]["agent"] == "sky"
    result = desk.does("wren", "claim.acquire", scopes=[_scope("src/a.py")], wait=60)
    assert result["outcome"] == "queued" and result["served"][0]["agent"] == "sky"
    assert holder(desk) == "sky"
    (taken,) = desk.snapshot.find("claim", state="superseded")
    assert taken.get("evidence")["rule"] == "T1"


def asked(desk: Any, agent: str, path: str, **args: Any) -> str:
    """What becomes of a claim on one path: its outcome, or the code of its refusal."""
    outcome = desk.land(desk.intent(agent, "claim.acquire", {"scopes": [_scope(path)], **args}))
    return str(outcome.result["outcome"] if isinstance(outcome, Landed) else outcome.code)


def test_who_waits_to_share_stands_in_the_way_of_those_alone_who_do_not(desk: Any) -> None:
    desk.claim("wren", "src/a.py")
    waits(desk, "river", "src/", mode="shared")
    assert asked(desk, "sky", "src/b.py", mode="shared") == "granted"
    assert asked(desk, "finch", "src/c.py") == "claim-conflict", "river came first"


def test_symbols_are_granted_beside_who_waits_for_their_file(desk: Any) -> None:
    desk.claim("wren", "src/b.py")
    waits(desk, "river", "src/a.py", "src/b.py")
    assert asked(desk, "sky", "src/a.py") == "claim-conflict"
    assert asked(desk, "sky", "src/a.py#login") in ("granted", "coexisting")


def test_nobody_stands_in_their_own_way(desk: Any) -> None:
    desk.claim("wren", "src/a.py")
    desk.claim("finch", "docs/x.md")
    waits(desk, "river", "src/a.py", "lib/x.py")
    waits(desk, "river", "docs/x.md", "lib/x.py")
    assert [each["agent"] for each in release(desk, "finch")["served"]] == ["river"]
    assert holder(desk, "lib/x.py") == "river"


def test_a_waiter_asks_to_be_served_when_the_holder_has_lapsed(desk: Any) -> None:
    desk.claim("river", "src/a.py", ttl=60)
    waits(desk, "sky", "src/a.py")
    assert desk.does("sky", "queue.settle", entry="QUE-1")["outcome"] == "waiting"
    desk.snapshot._facts = lambda claim: {"token_seen_for": 400.0}
    assert desk.does("sky", "queue.settle", entry="QUE-1")["outcome"] == "granted"
    assert holder(desk) == "sky"


def test_a_waiting_command_that_died_holds_its_grant_for_two_minutes_only(desk: Any) -> None:
    desk.claim("river", "src/a.py", "src/b.py")
    waits(desk, "sky", "src/a.py", ttl=7200, blocking=True)
    waits(desk, "wren", "src/b.py", ttl=7200)
    release(desk, "river")
    (short,), (full,) = (desk.snapshot.find("claim", agent=who) for who in ("sky", "wren"))
    assert (short.get("ttl"), full.get("ttl")) == (120, 7200)
    desk.does("sky", "claim.renew", claims=[{"id": short.id, "fence": short.get("fence")}], ttl=7200)
    assert desk.the("claim", short.id).get("ttl") == 7200


@pytest.mark.parametrize(
    ("setting", "value", "agents"), [("max_per_agent", 2, ["sky"] * 3), ("max_depth", 2, ["sky", "wren", "finch"])]
)
def test_more_waiters_than_a_cap_are_told_when_to_come_back(desk: Any, setting: str, value: int, agents: list[str]) -> None:
    desk.team = {"queue": {setting: value}}
    desk.claim("river", "src/a.py")
    for agent in agents[:-1]:
        waits(desk, agent, "src/a.py", wait=90)
    denied = desk.refused(agents[-1], "claim.acquire", scopes=[_scope("src/a.py")], wait=60)
    assert denied.code == "rate-limited" and 1 <= denied.details["retry_after"] <= 90
    desk.wait(91)
    waits(desk, agents[-1], "src/a.py")


def test_an_agent_holds_no_more_claims_than_its_cap(desk: Any) -> None:
    desk.team = {"claims": {"max_per_agent": 2}}
    desk.claim("sky", "src/a.py", "src/b.py")
    denied = desk.refused("sky", "claim.acquire", scopes=[_scope("src/c.py")])
    assert denied.code == "rate-limited" and denied.details["retry_after"] > 0
    desk.claim("sky", "src/a.py")  # what is held already is renewed


def test_a_wait_written_offline_is_no_wait_once_it_lands(desk: Any) -> None:
    desk.claim("river", "src/a.py")
    result = desk.does("sky", "claim.acquire", scopes=[_scope("src/a.py")], wait=600, _provisional=True)
    assert result["outcome"] == "contested"
    assert desk.snapshot.find("queue") == []


def test_where_claims_only_warn_nobody_waits(desk: Any) -> None:
    desk.team = {"claims": {"mode": "warn"}}
    desk.claim("river", "src/a.py")
    result = desk.does("sky", "claim.acquire", scopes=[_scope("src/a.py")], wait=600)
    assert result["outcome"] == "granted" and result["warnings"]


def test_two_places_of_one_agent_are_served_together(desk: Any) -> None:
    desk.claim("river", "src/a.py")
    waits(desk, "sky", "src/a.py")
    waits(desk, "sky", "src/a.py")
    assert [each["alias"] for each in release(desk, "river")["served"]] == ["QUE-1", "QUE-2"]
    assert len(desk.snapshot.find("claim", agent="sky")) == 1


def test_an_entry_that_cannot_be_read_keeps_nobody_from_giving_back(desk: Any) -> None:
    from gitcoord.model.entity import Entity

    desk.claim("river", "src/a.py")
    ends = "2030-01-01T00:00:00Z"
    bad = [
        {"scopes": ["../etc"]}, {"scopes": ["src/a.py"], "created_at": "soon"}, {"scopes": []}, {"scopes": None},
        {"scopes": ["src/a.py"], "urgency": "??", "position": "x", "ttl": -5, "agent": "", "agent_id": "", "session_id": ""},
    ]  # fmt: skip
    desk.snapshot.apply(
        [
            Entity("queue", {"id": f"01jd8zk3w6v9q0s7m2x4c5b00{n}", "state": "waiting", "expires_at": ends, **each})
            for n, each in enumerate(bad)
        ],
        desk.snapshot.revision,
    )
    assert release(desk, "river")["outcome"] == "released"
