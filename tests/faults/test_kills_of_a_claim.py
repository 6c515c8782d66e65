"""A claim killed around every call of git: nothing that was reported is lost, nothing happens twice."""

from __future__ import annotations

import pytest

from tests.conftest import Clone, World
from tests.faults.conftest import Breaker


def everything(clone: Clone) -> list[dict]:
    return clone.ok("claims", "--all", "--fresh")["claims"]


@pytest.mark.parametrize("how", ["before", "after", "orphan"])
def test_killed_at_every_call_of_git_the_claim_lands_once(world: World, pair, breaker: Breaker, how: str) -> None:
    river, sky = pair
    river.ok("claim", "warm.py")
    calls = 0
    for at in range(1, 8):
        breaker.arm(how, at)
        died = river.run("claim", f"area/{how}/f{at}.py", PATH=breaker.path(river.env["PATH"]))
        calls = breaker.disarm()
        if died.code == 0:
            break
        again = river.run("sync", "--json")
        assert again.code == 0, again
        mine = [each for each in everything(sky) if each["scope"] == f"area/{how}/f{at}.py"]
        assert len(mine) <= 1, mine
        if not mine:  # it died before the intent was written: then the command can simply be given again
            river.ok("claim", f"area/{how}/f{at}.py")
        granted = [each for each in everything(sky) if each["scope"] == f"area/{how}/f{at}.py"]
        assert [each["agent"] for each in granted] == ["river"]
    assert 2 <= calls <= 7
    world.at_hub("fsck", "--strict")
    river.git("fsck", "--strict")


def test_the_next_command_of_anyone_lands_what_a_killed_one_left(world: World, pair, breaker: Breaker) -> None:
    river, _ = pair
    river.ok("claim", "warm.py")
    breaker.arm("before", 2)
    river.run("claim", "left/behind.py", PATH=breaker.path(river.env["PATH"]))
    breaker.disarm()
    other = Clone(river.path, river.env, agent="wren")
    other.ok("claim", "mine.py")
    scopes = {each["scope"]: each["agent"] for each in everything(other)}
    assert scopes["left/behind.py"] == "river" and scopes["mine.py"] == "wren"


def test_the_same_idempotency_key_has_one_effect_however_often_it_is_given(pair) -> None:
    river, sky = pair
    first = river.ok("claim", "a.py", "--idempotency-key", "k1")
    second = river.ok("claim", "a.py", "--idempotency-key", "k1")
    assert not first["replayed"] and second["replayed"]
    assert second["claims"][0]["id"] == first["claims"][0]["id"]
    assert len(everything(sky)) == 1
    other = river.run("claim", "b.py", "--idempotency-key", "k1", "--json")
    assert other.code == 4 and other.error["code"] == "idempotency-mismatch"
