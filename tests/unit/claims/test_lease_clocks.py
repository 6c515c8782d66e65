"""Many leases under clocks that differ: a living holder is never robbed, a dead one is followed by somebody."""

from __future__ import annotations

import random
from typing import Any

import pytest

from gitcoord.model.entity import Entity
from gitcoord.rules.claims import lease
from tests.unit.claims.claims_world import NOON, USUAL, Board, a_claim

HOUR = 3600.0


class Life:
    """One holder in true time: it is granted a claim, renews it a few times, and then dies without a word."""

    def __init__(self, dice: random.Random, offset: float) -> None:
        self.offset, self.ttl = offset, dice.choice([60, 300, 1800, 4 * 3600])
        self.latency = dice.uniform(0, 20)
        began = NOON + dice.uniform(0, 100)
        claim = a_claim(ttl=self.ttl, began=began + offset, lease_token="t0")
        #: (start of the push, when it landed, the claim as it landed)
        self.grants: list[tuple[float, float, Entity]] = [(began, began + self.latency, claim)]
        for n in range(dice.randint(0, 4)):
            began += self.ttl * dice.uniform(0.35, 0.8)
            claim = lease.renewed(claim, f"t{n + 1}", self.ttl, began + offset)
            self.grants.append((began, began + self.latency, claim))

    def seen_at(self, moment: float) -> tuple[float, Entity] | None:
        landed = [(at, claim) for _, at, claim in self.grants if at <= moment]
        return landed[-1] if landed else None

    def believes_until(self) -> float:
        """In true time; before each but the last of its renewals it is alive and renews in time."""
        return lease.deadline(self.grants[-1][0], self.ttl)


class Watcher:
    """One contender that fetches now and then, and knows what its fetches can tell it."""

    def __init__(self, offset: float) -> None:
        self.offset = offset
        self.last_fetch: float | None = None
        self.first_seen: dict[str, float] = {}
        self.bounds: list[float] | None = None
        self.newest = 0.0

    def fetch(self, life: Life, moment: float) -> tuple[Entity, dict[str, Any]] | None:
        found = life.seen_at(moment)
        if found is not None:
            self._learn(life, found[1], moment)
        self.last_fetch = moment
        if found is None:
            return None
        facts = {
            "token_seen_for": moment - self.first_seen[found[1].get("lease_token")], "offset": self.bounds,
            "newest_commit_at": self.newest,
        }  # fmt: skip
        return found[1], facts

    def _learn(self, life: Life, claim: Entity, moment: float) -> None:
        token = claim.get("lease_token")
        if token in self.first_seen:
            return
        self.first_seen[token] = moment
        landed = next(at for _, at, each in life.grants if each.get("lease_token") == token)
        stamp = landed + life.offset
        self.newest = max(self.newest, stamp)
        if self.last_fetch is not None:  # the commit was absent then, and is present now
            low, high = stamp - (moment + self.offset), stamp - (self.last_fetch + self.offset)
            old = self.bounds or [low, high]
            self.bounds = [max(low, old[0]), min(high, old[1])]


def lives(seed: int, count: int, skew: float, knows: bool) -> list[tuple[Life, Watcher, random.Random]]:
    dice = random.Random(seed)
    found = []
    for _ in range(count):
        life, watcher = Life(dice, dice.uniform(-skew, skew)), Watcher(dice.uniform(-skew, skew))
        if knows:
            watcher.fetch(life, NOON - dice.uniform(0, 300))
        found.append((life, watcher, random.Random(dice.random())))
    return found


@pytest.mark.parametrize(
    ("skew", "knows", "pause"),
    [(HOUR, True, 600.0), (240.0, True, 7200.0), (240.0, False, 600.0), (0.0, False, 3600.0)],
    ids=["an hour off, fetching often", "minutes off, fetching rarely", "minutes off, in a fresh clone", "in step"],
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_living_holder_is_robbed_and_every_dead_one_is_followed(
    skew: float, knows: bool, pause: float, seed: int
) -> None:
    rules: dict[str, int] = {}
    for life, watcher, dice in lives(seed, 80, skew, knows):
        moment = NOON + dice.uniform(0, 600)
        limit = life.believes_until() + 3 * life.ttl + 2 * pause + HOUR
        while True:
            assert moment < limit, f"a dead holder (ttl {life.ttl}) was never followed"
            found = watcher.fetch(life, moment)
            if found is not None:
                evidence = lease.takeable(*found, moment + watcher.offset, USUAL)
                if evidence is not None:
                    assert moment >= life.believes_until(), (evidence, life.ttl, life.offset, watcher.offset)
                    rules[evidence["rule"]] = rules.get(evidence["rule"], 0) + 1
                    break
            moment += dice.uniform(1, pause)
    assert sum(rules.values()) == 80
    assert "T4" not in rules


def test_comparing_wall_clocks_would_rob_the_living() -> None:
    """The simulation can tell: the obvious rule fails it."""
    robbed = 0
    for life, watcher, dice in lives(1, 80, HOUR, True):
        moment = NOON
        while (found := watcher.fetch(life, moment)) is None or moment + watcher.offset < lease.ends_at(found[0]):
            moment += dice.uniform(1, 60)
        robbed += moment < life.believes_until()
    assert robbed > 20


def rule(claim: Entity, now: float, **facts: Any) -> str | None:
    evidence = lease.takeable(claim, facts, now, USUAL)
    return evidence["rule"] if evidence else None


def test_a_token_that_stayed_the_same_for_its_ttl_and_grace_may_be_taken() -> None:
    claim = a_claim(ttl=3600)
    assert rule(claim, NOON, token_seen_for=3959) is None
    assert rule(claim, NOON, token_seen_for=3960) == "T1"
    assert rule(a_claim(ttl=60), NOON, token_seen_for=119) is None
    assert rule(a_claim(ttl=60), NOON, token_seen_for=120) == "T1"


def test_a_calibrated_clock_allows_a_take_over_a_minute_after_the_end() -> None:
    claim = a_claim(ttl=3600)
    assert rule(claim, NOON + 3600 + 59, offset=[0, 0]) is None
    assert rule(claim, NOON + 3600 + 60, offset=[0, 0]) == "T2"
    assert rule(claim, NOON + 3600 + 60, offset=[-30, 30]) is None, "the uncertainty is added"
    assert rule(claim, NOON + 3600 + 90, offset=[-30, 30]) == "T2"
    assert rule(claim, NOON + 60, offset=[3600, 3610]) == "T2", "the holder's clock is an hour ahead of ours"


def test_without_evidence_the_margin_must_have_passed() -> None:
    claim = a_claim(ttl=3600)
    assert rule(claim, NOON + 3600 + 899) is None
    assert rule(claim, NOON + 3600 + 900) == "T3"
    assert rule(claim, NOON + 3600 + 900, newest_commit_at=NOON + 3600 + 901) is None, "our own clock is behind"


def test_what_is_known_of_a_clock_stops_the_rule_for_those_who_know_nothing() -> None:
    claim = a_claim(ttl=3600)
    late = NOON + 3600 + 900
    assert rule(claim, late, offset=[-3650, -3600]) is None, "the holder's clock is an hour behind: it lives"
    assert rule(claim, late + 3600, offset=[-3650, -3600]) == "T2"
    assert rule(claim, late, offset=[-9000, 2000]) == "T3", "that is hardly knowledge"
    assert rule(claim, late, offset=[-9000, -2000]) is None, "but half an hour behind it is for sure"


def test_lifting_the_guard_by_name_is_a_rule_of_its_own() -> None:
    evidence = lease.takeable(a_claim(), {}, NOON, USUAL, take_over_live=True)
    assert evidence is not None
    assert (evidence["rule"], evidence["lease_token"]) == ("T4", "token-1")


def test_a_record_that_claims_a_century_ends_within_a_day() -> None:
    claim = a_claim(expires_at="2125-01-01T00:00:00Z", ttl=10**12)
    assert rule(claim, NOON + 86400 + 899) is None
    assert rule(claim, NOON + 86400 + 900) == "T3"
    assert rule(claim, NOON, token_seen_for=86400 * 1.1) == "T1"


def test_a_record_without_readable_times_is_not_free_for_all() -> None:
    mute = a_claim(expires_at="soon", renewed_at=None, acquired_at=None, ttl=None)
    assert rule(mute, NOON * 2, offset=[0, 0]) is None
    assert rule(mute, NOON, token_seen_for=4.4 * 3600) == "T1"
    assert rule(a_claim(expires_at=None, ttl=60), NOON + 960) == "T3", "its beginning and TTL tell the end"


def test_the_holder_stops_believing_before_anybody_may_follow() -> None:
    for ttl in (60.0, 3600.0, 86400.0):
        assert lease.deadline(0, ttl) == 0.95 * ttl < ttl + lease.grace(ttl)


def test_a_write_renews_what_has_less_than_half_of_its_time_left() -> None:
    early, late, over, gone = (
        a_claim(path=f"{n}.py", n=n, began=NOON - age) for n, age in enumerate((1700, 1900, 3700, 9000))
    )
    board = Board(early, late, over, gone, a_claim(holder="sky", began=NOON - 1900))
    due = lease.renewals_due(board, early.get("session_id"), NOON, USUAL, "intent")
    assert sorted(each.get("scope") for each in due) == ["1.py", "2.py"]
    assert {each.get("expires_at") for each in due} == {"2025-11-21T13:00:00Z"}
    assert len({each.get("lease_token") for each in due}) == 2
    assert lease.renewals_due(board, "", NOON, USUAL) == []
