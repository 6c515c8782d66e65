"""What this clone's own clocks say about the claims and the clocks of others."""

from __future__ import annotations

import sqlite3
from typing import Any

from gitcoord.cache import database, projector
from gitcoord.cache.queries import Reader
from gitcoord.clock import rfc3339
from tests.cache.trees import NOON, Tree, a_claim, an_event, lines, observed, ulid

RIVER = ulid("session", "river")
SEGMENT = f"journal/{RIVER}/2026-11-18.jsonl"


def _seen(connection: sqlite3.Connection, now: Any, n: int = 1, token: str = "token-1") -> dict[str, Any]:
    return Reader(connection, observed=now).seen(a_claim(n, lease_token=token))


def _step(connection: sqlite3.Connection, tree: Tree, old: dict[str, Any], revision: int, now: Any) -> None:
    database.applied(connection)
    projector.apply(connection, f"c{revision}", revision, tree.since(old), now)


def _first(tree: Tree, now: Any) -> sqlite3.Connection:
    connection = database.open_memory()
    projector.rebuild(connection, "c1", 1, tree.entries(), now)
    return connection


# For how long a lease token was seen.


def test_a_token_is_seen_from_the_moment_it_first_came() -> None:
    connection = _first(Tree(a_claim(1)), observed(100))
    assert _seen(connection, observed(100))["token_seen_for"] == 0
    assert _seen(connection, observed(4000))["token_seen_for"] == 3900
    assert _seen(connection, observed(4000), token="another")["token_seen_for"] is None
    assert _seen(connection, observed(4000), n=2)["token_seen_for"] is None


def test_a_renewal_begins_anew_and_nothing_else_does() -> None:
    tree = Tree(a_claim(1))
    connection = _first(tree, observed(100))
    old = dict(tree.files)
    tree.put(a_claim(1, description="another word"))
    _step(connection, tree, old, 2, observed(500))
    assert _seen(connection, observed(600))["token_seen_for"] == 500
    old = dict(tree.files)
    tree.put(a_claim(1, lease_token="token-2"))
    _step(connection, tree, old, 3, observed(700))
    assert _seen(connection, observed(800), token="token-2")["token_seen_for"] == 100


def test_a_rebuild_does_not_forget_what_was_seen() -> None:
    tree = Tree(a_claim(1), a_claim(2))
    connection = _first(tree, observed(100))
    projector.rebuild(connection, "c2", 2, Tree(a_claim(1)).entries(), observed(900))
    assert _seen(connection, observed(1000))["token_seen_for"] == 900
    assert connection.execute("SELECT count(*) FROM observations").fetchone() == (1,)


def test_a_claim_that_ended_is_not_observed_any_more() -> None:
    tree = Tree(a_claim(1))
    connection = _first(tree, observed(100))
    old = dict(tree.files)
    tree.put(a_claim(1, state="released"))
    _step(connection, tree, old, 2, observed(200))
    assert connection.execute("SELECT count(*) FROM observations").fetchone() == (0,)


def test_after_a_reboot_the_clock_that_never_jumps_is_another_one() -> None:
    tree = Tree(a_claim(1))
    connection = _first(tree, observed(9000))
    assert _seen(connection, observed(9999, boot="second"))["token_seen_for"] is None
    _step(connection, tree, dict(tree.files), 2, observed(50, boot="second"))
    assert _seen(connection, observed(80, boot="second"))["token_seen_for"] == 30


# How far another's clock can be off.


def _landed(written: float, landed: float, n: int = 1, **values: Any) -> bytes:
    event = an_event(n, ts=rfc3339(landed), **values)
    event["intent"]["at"] = rfc3339(written)
    return lines(event)


def _bounds(written: float, landed: float, *, ahead: float = 0.0, **values: Any) -> list[float] | None:
    """We looked at NOON + 100 and again at NOON + 160; in between river wrote and landed, with a clock ``ahead``."""
    tree = Tree(a_claim(1))
    connection = _first(tree, observed(100, previous=NOON + 40))
    old = dict(tree.files)
    tree.write(SEGMENT, _landed(NOON + written + ahead, NOON + landed + ahead, **values))
    _step(connection, tree, old, 2, observed(160, previous=NOON + 100))
    found: list[float] | None = _seen(connection, observed(160))["offset"]
    return found


def test_what_was_absent_at_one_look_and_present_at_the_next_bounds_the_clock_of_its_writer() -> None:
    for ahead in (0.0, 3600.0, -86400.0):
        low, high = _bounds(110, 111, ahead=ahead) or (0.0, 0.0)
        assert low <= ahead <= high
        assert (low, high) == (ahead - 50, ahead + 12)


def test_a_stamp_that_the_parent_commit_pushed_ahead_does_not_make_the_clock_fast() -> None:
    """A commit never precedes its parent: its time can be later than the clock of who made it, never earlier."""
    low, high = _bounds(110, 111 + 7200) or (0.0, 0.0)
    assert low <= 0 <= high
    assert low == -50


def test_an_intent_that_waited_offline_does_not_make_the_clock_slow() -> None:
    low, high = _bounds(110 - 7200, 111) or (0.0, 0.0)
    assert low <= 0 <= high


def test_what_a_peer_adopted_says_nothing_about_the_author() -> None:
    assert _bounds(110, 111, via="gitcoord-carrier") is None


def test_nothing_is_known_without_an_earlier_look() -> None:
    connection = _first(Tree(a_claim(1)), observed(100))
    assert _seen(connection, observed(100))["offset"] is None
    tree = Tree(a_claim(1))
    tree.write(SEGMENT, _landed(NOON, NOON))
    assert _seen(_first(tree, observed(100, previous=NOON + 40)), observed(100))["offset"] is None


def test_a_fetch_that_nobody_looked_at_does_not_count_as_a_look() -> None:
    """We projected at 100, fetched at 130 without projecting, and fetch again at 160. What is new may have come with the
    fetch at 130, so that only the one before our projection is sure not to have had it."""
    tree = Tree(a_claim(1))
    connection = _first(tree, observed(100, previous=NOON + 40))
    old = dict(tree.files)
    tree.write(SEGMENT, _landed(NOON + 110, NOON + 111))
    _step(connection, tree, old, 2, observed(160, previous=NOON + 130))
    assert _seen(connection, observed(160))["offset"] == [-50, 72]


def test_later_evidence_narrows_and_contrary_evidence_replaces() -> None:
    tree = Tree(a_claim(1))
    connection = _first(tree, observed(100, previous=NOON + 40))
    at = 100.0
    for n, (ahead, written, expected) in enumerate([(0, 59, [-1, 61]), (0, 10, [-1, 12]), (900, 10, [850, 912])]):
        old = dict(tree.files)
        before = tree.files.get(SEGMENT, ("", b""))[1]
        stamp = NOON + at + written + ahead
        tree.write(SEGMENT, before + _landed(stamp, stamp + 1, n=n + 1))
        _step(connection, tree, old, n + 2, observed(at + 60, previous=NOON + at))
        assert _seen(connection, observed(at + 60))["offset"] == expected
        at += 60


def test_when_our_own_clock_is_set_the_bounds_move_with_it() -> None:
    tree = Tree(a_claim(1))
    connection = _first(tree, observed(100, previous=NOON + 40))
    old = dict(tree.files)
    tree.write(SEGMENT, _landed(NOON + 110, NOON + 111))
    _step(connection, tree, old, 2, observed(160, previous=NOON + 100))
    assert _seen(connection, observed(200))["offset"] == [-50, 12]
    assert _seen(connection, observed(200, wall=NOON + 200 + 600))["offset"] == [-650, -588]
    assert _seen(connection, observed(200, boot="second"))["offset"] is None
    assert _seen(connection, observed(160 + 2 * 86400))["offset"] is None


def test_the_newest_commit_is_as_new_as_its_events_and_what_the_store_says() -> None:
    tree = Tree(a_claim(1))
    tree.write(SEGMENT, _landed(NOON, NOON + 5, revision=1))
    connection = _first(tree, observed(100))
    assert _seen(connection, observed(100))["newest_commit_at"] == NOON + 5
    projector.rebuild(connection, "c1", 1, tree.entries(), observed(100), at=NOON + 9)
    assert _seen(connection, observed(100))["newest_commit_at"] == NOON + 9
    assert _seen(_first(Tree(), observed(1)), observed(1))["newest_commit_at"] == 0


def test_our_own_clocks_are_asked_when_nobody_hands_them_over() -> None:
    connection = database.open_memory()
    from gitcoord import clock

    now = database.Observed(clock.boot_id(), clock.elapsed() - 50, clock.now() - 50)
    projector.rebuild(connection, "c1", 1, Tree(a_claim(1)).entries(), now)
    assert 50 <= Reader(connection).seen(a_claim(1))["token_seen_for"] < 5000
