"""Random histories of several agents: what must hold after every one of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitcoord.codec import yaml
from gitcoord.model.outcome import Landed
from gitcoord.rules import events
from gitcoord.rules.claims.overlap import overlaps
from gitcoord.rules.claims.scope import from_stored

AGENTS = st.sampled_from(["sky", "river", "wren"])
SCOPES = [("file", "src/a.py"), ("file", "src/b.py"), ("directory", "src/"), ("glob", "**/*.py"), ("branch", "branch:main")]
STEPS = st.lists(
    st.one_of(
        st.tuples(AGENTS, st.just("claim"), st.sampled_from(SCOPES), st.booleans()),
        st.tuples(AGENTS, st.sampled_from(["release", "leave", "start", "ask", "decide", "take", "done", "put"])),
        st.tuples(st.just(""), st.just("wait"), st.sampled_from([30, 1900, 20_000])),
    ),
    min_size=5, max_size=30,
)  # fmt: skip


@pytest.fixture
def fresh_desk(desk: Any) -> Any:
    return type(desk)


def _intent(desk: Any, step: Any) -> Any:
    agent, verb = step[0], step[1]
    snapshot = desk.snapshot
    if verb == "claim":
        asked = {"scopes": [{"kind": step[2][0], "scope": step[2][1], "symbols": []}], "ttl": 3600}
        return desk.intent(agent, "claim.acquire", {**asked, "_provisional": True} if step[3] else asked)
    if verb == "release":
        claims = [{"id": each.id} for each in snapshot.find("claim", agent=agent)][-1:]
        return desk.intent(agent, "claim.release", {"claims": claims})
    tasks, blockers = snapshot.find("task"), snapshot.find("blocker", state="open")
    task = tasks[-1].id if tasks else "TASK-1"
    return desk.intent(agent, *{
        "leave": ("coop.leave", {"reason": "out of context"}),
        "start": ("coop.start", {"slug": "login", "title": "Login"}),
        "ask": ("blocker.ask", {"text": f"{agent} asks?\nreally?"}),
        "decide": ("decision.make", {"text": "yes", "blocker": blockers[0].id if blockers else None}),
        "take": ("task.claim", {"task": task, "paths": [{"kind": "file", "scope": "src/a.py"}]}),
        "done": ("task.done", {"task": task}),
        "put": ("entity.put", {"kind": "task", "id": task, "values": {"title": f"by {agent}"}, "base_revision": 0})
        if tasks
        else ("task.add", {"title": "a task"}),
    }[verb])  # fmt: skip


def _run(desk: Any, steps: Any) -> None:
    for step in steps:
        if step[1] == "wait":
            desk.wait(step[2])
            continue
        desk.land(_intent(desk, step))
        _check_exclusion(desk)


def _check_exclusion(desk: Any) -> None:
    active = list(desk.snapshot.find("claim", state="active"))
    for n, one in enumerate(active):
        for other in active[n + 1 :]:
            if one.get("agent_id") != other.get("agent_id"):
                scopes = [from_stored(each.get("kind"), each.get("scope")) for each in (one, other)]
                assert not overlaps(*scopes), (one.values, other.values)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_history_has_two_holders_and_every_record_fits_its_file(fresh_desk: Any, steps: Any) -> None:
    desk = fresh_desk()
    _run(desk, steps)
    for entity in desk.snapshot.everything():
        written = yaml.encode(entity)
        assert yaml.decode(entity.kind, written) == yaml.normal(entity)
    assert all(events.known(each.type) for each in desk.snapshot.events)
    aliases = [each.alias for each in desk.snapshot.everything() if each.alias]
    assert len(aliases) == len(set(aliases))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_every_intent_landed_twice_has_one_effect(fresh_desk: Any, steps: Any) -> None:
    once, doubled = fresh_desk(), fresh_desk()
    for step in steps:
        if step[1] == "wait":
            once.wait(step[2])
            doubled.wait(step[2])
            continue
        intent = _intent(once, step)
        first = once.land(intent)
        same = doubled.land(intent)
        again = doubled.land(intent)
        assert type(first) is type(same) is type(again)
        if isinstance(first, Landed) and first.changes:
            assert again.changes == [] and again.result["replayed"] is True
    assert once.snapshot.everything() == doubled.snapshot.everything()
    assert once.snapshot.revision == doubled.snapshot.revision


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_fences_rise_with_every_grant(fresh_desk: Any, steps: Any) -> None:
    desk = fresh_desk()
    _run(desk, steps)
    claims = desk.snapshot.find("claim")
    fences = [each.get("fence") for each in sorted(claims, key=lambda each: int(each.alias.partition("-")[2]))]
    assert fences == sorted(fences)
