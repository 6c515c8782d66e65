"""The loop: it looks often, writes nothing, and stops with a handoff when there is work to hand over."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gitcoord import clock
from gitcoord.actions import loop
from gitcoord.workspace import Workspace

HOUR = 3600


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Moves the clocks of this process; git and the commands run as whole processes keep the real ones."""
    moved = [0.0]
    wall, steady = clock.now, clock.elapsed
    monkeypatch.setattr(clock, "now", lambda: wall() + moved[0])
    monkeypatch.setattr(clock, "elapsed", lambda: steady() + moved[0])

    def move(seconds: float) -> None:
        moved[0] += seconds

    return move


def _looks(clone: Any, **asked: Any) -> dict[str, Any]:
    with Workspace.open(str(clone.path), environ=clone.environment()) as ws:
        return loop.once(ws, **asked)


def test_once_says_when_to_look_again_and_what_is_new(pair: Any) -> None:
    river, sky = pair
    river.ok("start", "login")
    sky.ok("join")
    sky.ok("read")
    quiet = sky.ok("loop", "--once")
    assert (quiet["cadence"], quiet["next_in"], quiet["new"]) == ("active", 600, 0)
    river.ok("ask", "which port?")
    told = sky.ok("loop", "--once")
    assert told["new"] == 1 and told["next"] == "gitcoord read"
    assert "1 new: gitcoord read" in sky.run("loop", "--once").out


def test_a_day_of_three_agents_with_nothing_to_say_lands_not_one_commit(world: Any, pair: Any, later: Any) -> None:
    river, sky = pair
    ash = world.clone("ash", agent="ash")
    river.ok("start", "login")
    sky.ok("join")
    ash.ok("join")
    before, passed, next_look = world.tip, 0, dict.fromkeys(("river", "sky", "ash"), 0)
    seen = set()
    while passed < 24 * HOUR:
        for clone in (river, sky, ash):
            if next_look[clone.agent] <= passed:
                found = _looks(clone)
                seen.add(found["cadence"])
                next_look[clone.agent] = passed + (found["next_in"] or 100 * HOUR)
        step = min(min(next_look.values()), 24 * HOUR) - passed
        later(step)
        passed += step
    assert world.tip == before
    assert {"active", "normal", "stale", "stopped"} <= seen


def test_six_hours_of_silence_hand_over_what_is_held(world: Any, pair: Any, later: Any) -> None:
    river, _ = pair
    river.ok("start", "login")
    river.ok("claim", "src/part1.py", "--ttl", "20h")
    later(6 * HOUR + 60)
    found = _looks(river)
    assert found["cadence"] == "stopped" and found["next_in"] == 0
    assert [each["alias"] for each in found["handoffs"]] == ["HND-1"]
    assert found["state"] == "confirmed"


def test_the_loop_goes_on_until_it_is_told_to_stop(pair: Any) -> None:
    river, _ = pair
    river.ok("start", "login")
    said = river.run("loop", "--period", "1s", "--times", "2", "--json")
    looks = [json.loads(line) for line in said.out.splitlines()]
    assert said.code == 0 and [each["next_in"] for each in looks] == [1, 1]
    assert river.run("loop", "--times", "0").code == 2
    assert river.run("loop", "--period", "soon").code == 2


def test_nobody_loops_who_has_not_joined(world: Any, pair: Any) -> None:
    stranger = world.clone("stranger")
    assert stranger.run("loop", "--once").code == 10


def test_a_loop_that_is_bound_to_its_session_asks_once_and_stops_on_another_branch(pair: Any) -> None:
    river, _ = pair
    river.ok("start", "login")
    asked = river.run("loop", "--once", "--while-session", "--json")
    assert asked.code == 1 and asked.error["branch"] == "main"
    assert river.run(*asked.error["hint"].split()[1:]).code == 0
    for _ in range(2):
        assert river.run("loop", "--once", "--while-session").code == 0
    river.git("switch", "-q", "-c", "other")
    moved = river.run("loop", "--times", "2", "--while-session")
    assert moved.code == 1 and "on main" in moved.err and "on other" in moved.err
    assert river.run("loop", "--once").code == 0
    river.git("switch", "-q", "main")
    assert river.run("loop", "--once", "--while-session").code == 0
    river.git("switch", "-q", "other")
    assert river.run("loop", "--once", "--while-session", "--confirm").code == 0
    river.git("switch", "-q", "main")
    assert river.run("loop", "--once", "--while-session").code == 1
