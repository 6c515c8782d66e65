"""Random histories of claiming, waiting, giving back, asking and answering: nobody ever holds what another holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitcoord.clock import parse_instant
from gitcoord.codec import yaml
from gitcoord.model.outcome import Landed
from gitcoord.rules import decide
from gitcoord.rules.claims.overlap import overlaps
from gitcoord.rules.claims.scope import from_stored
from gitcoord.rules.queue import entries
from gitcoord.rules.queue.grants import grants

AGENTS = ["sky", "river", "wren", "finch"]
TARGETS = [
    ("file", "src/a.py", []), ("file", "src/b.py", []), ("directory", "src/", []), ("glob", "**/*.py", []),
    ("symbol", "src/a.py#Session", ["Session"]), ("symbol", "src/a.py#Token", ["Token"]), ("branch", "branch:main", []),
]  # fmt: skip
AGENT, TARGET = st.sampled_from(AGENTS), st.sampled_from(TARGETS)
STEP = st.one_of(
    st.tuples(
        st.just("claim"), AGENT, st.lists(TARGET, min_size=1, max_size=2, unique_by=lambda each: each[1]),
        st.sampled_from([0, 0, 60, 600]), st.sampled_from(["low", "normal", "high", "blocking"]), st.booleans(),
    ),
    st.tuples(st.sampled_from(["release", "cancel", "settle", "leave"]), AGENT),
    st.tuples(st.just("ask"), AGENT, st.sampled_from([0, 300])),
    st.tuples(st.just("answer"), AGENT, st.sampled_from(["approve", "deny", "narrow", "coexist", "symbols"])),
    st.tuples(st.just("wait"), st.just(""), st.sampled_from([1, 30, 90, 400, 1300])),
)  # fmt: skip


def _intent(desk: Any, step: Any) -> Any:
    verb, agent = step[0], step[1]
    snapshot = desk.snapshot
    if verb == "claim":
        scopes = [{"kind": kind, "scope": scope, "symbols": names} for kind, scope, names in step[2]]
        more = {"wait": step[3], "urgency": step[4]} if step[3] else {}
        mode = "shared" if step[5] and step[4] == "low" else "exclusive"
        return desk.intent(agent, "claim.acquire", {"scopes": scopes, "ttl": 300, "mode": mode, **more})
    if verb == "release":
        held = snapshot.find("claim", agent=agent, state="active")[-1:]
        return desk.intent(agent, "claim.release", {"claims": [{"id": each.id} for each in held]}) if held else None
    if verb in ("cancel", "settle"):
        mine = snapshot.find("queue", agent=agent, state="waiting")
        args = {"entry": mine[0].id, **({"give_back": True} if verb == "cancel" else {})} if mine else {}
        return desk.intent(agent, f"queue.{verb}", args) if mine else None
    if verb == "leave":
        return desk.intent(agent, "coop.leave", {"reason": "done"})
    if verb == "ask":
        others = [each for each in snapshot.find("claim", state="active") if each.get("agent") != agent]
        return desk.intent(agent, "request.file", {"claim": others[0].id, "reason": "x", "wait": step[2]}) if others else None
    asked = [each for each in snapshot.find("request", state="pending") if each.get("holder") == agent]
    if not asked:
        return None
    args = {"request": asked[0].id, "answer": step[2].replace("symbols", "coexist")}
    if step[2] == "symbols":
        args["symbols"] = ["src/a.py#Token"]
    if step[2] == "narrow":
        args["to"] = [{"kind": "file", "scope": "src/b.py"}]
    return desk.intent(agent, "request.respond", args)


def _linked(one: Any, other: Any) -> bool:
    beside = [*one.get("coexists_with", []), *one.get("narrowed_by", [])]
    return other.id in beside or one.id in [*other.get("coexists_with", []), *other.get("narrowed_by", [])]


def _scope(claim: Any) -> Any:
    return from_stored(claim.get("kind"), claim.get("scope"), tuple(claim.get("symbols") or ()))


def _check(desk: Any) -> None:
    active = desk.snapshot.find("claim", state="active")
    for n, one in enumerate(active):
        for other in active[n + 1 :]:
            if one.get("agent_id") == other.get("agent_id") or "shared" == one.get("mode") == other.get("mode"):
                continue
            assert not overlaps(_scope(one), _scope(other)) or _linked(one, other), (one.values, other.values)


def _played(desk: Any, steps: Any) -> None:
    for agent in AGENTS:
        desk.does(agent, "coop.start", slug=agent, title=agent)
    # Whoever has not renewed for six minutes is taken to be gone, by everybody's own clock.
    desk.snapshot._facts = lambda claim: {"token_seen_for": desk.now - parse_instant(claim.get("renewed_at"))}
    for step in steps:
        if step[0] == "wait":
            desk.wait(step[2])
            continue
        intent = _intent(desk, step)
        if intent is None:
            continue
        again = decide(desk.snapshot.copy(), intent, desk.now, desk.settings)
        before = {each.id: each for each in desk.snapshot.find("claim")}
        outcome = desk.land(intent)
        assert type(outcome) is type(again)
        if isinstance(outcome, Landed) and isinstance(again, Landed):
            assert outcome.changes == again.changes and outcome.result == again.result
            _check(desk)
            _check_fences(desk, before)
            _check_queue(desk, outcome)


def _check_fences(desk: Any, before: dict[str, Any]) -> None:
    """Every new claim has a higher fence than all that were granted before."""
    highest = max((int(each.get("fence")) for each in before.values()), default=0)
    for claim in desk.snapshot.find("claim"):
        assert claim.id in before or claim.get("fence") > highest


def _check_queue(desk: Any, outcome: Landed) -> None:
    """Nobody waits for what was just given back: looking again grants nothing that this intent should have granted."""
    freed = [each for each in outcome.changes if each.kind == "claim" and each.get("state") == "released"]
    if freed:
        assert grants(desk.snapshot, desk.now, desk.settings, desk.snapshot.revision + 1).told == []


@pytest.fixture
def fresh_desk(desk: Any) -> Any:
    return type(desk)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=10, max_size=40))
def test_no_history_has_two_holders(fresh_desk: Any, steps: Any) -> None:
    desk = fresh_desk()
    _played(desk, steps)
    for entity in desk.snapshot.everything():
        assert yaml.decode(entity.kind, yaml.encode(entity)) == yaml.normal(entity)
    aliases = [each.alias for each in desk.snapshot.everything() if each.alias]
    assert len(aliases) == len(set(aliases))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=10, max_size=40))
def test_when_all_give_back_everybody_who_waits_is_served(fresh_desk: Any, steps: Any) -> None:
    desk = fresh_desk()
    _played(desk, steps)
    for _ in range(20):
        held = desk.snapshot.find("claim", state="active")
        if not held:
            break
        agent = held[0].get("agent")
        mine = [{"id": each.id} for each in held if each.get("agent") == agent]
        desk.does(agent, "claim.release", claims=mine)
    assert desk.snapshot.find("claim", state="active") == []
    assert entries.live(desk.snapshot, desk.now) == []
