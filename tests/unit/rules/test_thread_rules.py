"""Threads: caps that hold, states in their order, and a summary at the end of each."""

from __future__ import annotations

import json
import random
from itertools import product
from typing import Any

import pytest

from gitcoord.clock import rfc3339
from gitcoord.codec import yaml
from gitcoord.model.entity import Entity
from gitcoord.model.ids import new_ulid
from gitcoord.model.outcome import Denied, Landed
from gitcoord.rules.threads import states
from gitcoord.rules.threads.close import MAX_SUMMARY, as_of, automatic, summary
from gitcoord.text import estimate_tokens

MINUTE = 60


@pytest.fixture
def team(desk: Any) -> Any:
    """River, Sky and Ash in one co-op, Mallory outside."""
    coop = desk.coop("river")
    desk.does("sky", "coop.join", coop=coop)
    desk.does("ash", "coop.join", coop=coop)
    desk.does("mallory", "task.add", title="something else")
    desk.inside = coop
    return desk


def begin(team: Any, *people: str, by: str = "river", **args: Any) -> str:
    told = {"topic": "which port?", "coop": team.inside, "participants": list(people or ["sky"]), **args}
    return str(team.does(by, "thread.start", **told)["threads"][0]["id"])


def say(team: Any, agent: str, thread: str, text: str = "a word") -> dict[str, Any]:
    found: dict[str, Any] = team.does(agent, "thread.reply", thread=thread, text=text)
    return found


def outcome(team: Any, agent: str, thread: str, text: str = "a word") -> str:
    return str(say(team, agent, thread, text)["outcome"])


def spoken(team: Any, thread: str) -> list[Entity]:
    found: list[Entity] = team.snapshot.find("thread_message", thread=thread)
    return found


# States.

ALLOWED = {
    ("open", "open"), ("open", "waiting"), ("open", "resolved"), ("open", "expired"), ("waiting", "open"),
    ("waiting", "waiting"), ("waiting", "resolved"), ("waiting", "expired"), ("resolved", "summarized"),
    ("expired", "summarized"), ("summarized", "archived"),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), list(product(states.STATES, repeat=2)))
def test_a_thread_moves_only_along_the_table(before: str, after: str) -> None:
    thread = Entity("thread", {"id": "t", "state": before})
    if (before, after) in ALLOWED:
        assert states.moved(thread, after).get("state") == after
    else:
        with pytest.raises(ValueError, match="does not go"):
            states.moved(thread, after)


def test_the_end_that_it_passed_through_is_remembered() -> None:
    thread = Entity("thread", {"id": "t", "state": "waiting"})
    assert states.moved(thread, "expired", "summarized").get("ended") == "expired"
    assert states.moved(thread, "resolved", "summarized", "archived").get("ended") == "resolved"


def test_it_waits_for_those_who_have_not_answered(team: Any) -> None:
    thread = begin(team, "sky", "ash")
    assert (team.the("thread", thread).get("state"), team.the("thread", thread).get("waiting_for")) == ("open", ["ash", "sky"])
    for who, state, waited in (
        ("river", "waiting", ["ash", "sky"]), ("sky", "waiting", ["ash"]), ("ash", "open", []),
        ("ash", "waiting", ["river", "sky"]), ("river", "waiting", ["sky"]), ("sky", "open", []),
    ):  # fmt: skip
        say(team, who, thread)
        found = team.the("thread", thread)
        assert (who, found.get("state"), found.get("waiting_for")) == (who, state, waited)


@pytest.mark.parametrize(("age", "state"), [(0, "open"), (1799, "open"), (1800, "expired"), (86400, "expired")])
def test_a_reader_sees_the_end_of_its_time_before_anybody_landed_it(team: Any, age: int, state: str) -> None:
    thread = team.the("thread", begin(team))
    assert states.state_of(thread, team.now + age) == state
    assert states.is_live(thread, team.now + age) is (state == "open")


def test_no_file_gives_a_thread_more_than_an_hour_or_more_than_the_hard_caps(team: Any) -> None:
    forged = team.the("thread", begin(team)).changed(expires_at="2099-01-01T00:00:00Z", max_messages=99, max_tokens=10**9)
    assert states.is_live(forged, team.now + 3599) and not states.is_live(forged, team.now + 3600)
    assert (states.cap(forged, "max_messages"), states.cap(forged, "max_tokens")) == (10, 1000)
    bare = Entity("thread", {"id": "t"})
    assert not states.is_live(bare, team.now)
    assert [states.cap(bare, name) for name in states.CAPS] == [6, 800, 2]


@pytest.mark.parametrize("state", ["resolved", "expired", "archived", "gone", "summarized"])
def test_no_state_that_a_file_may_have_breaks_a_reply_or_a_close(team: Any, state: str) -> None:
    thread = begin(team)
    team.snapshot.apply([team.the("thread", thread).changed(state=state)], team.snapshot.revision + 1)
    assert outcome(team, "sky", thread) == "too-late"
    assert team.does("sky", "thread.close", thread=thread, outcome="so")["outcome"] in ("closed", "too-late")


# Caps.


def test_the_caps_are_the_published_ones(team: Any) -> None:
    thread = team.the("thread", begin(team))
    assert [thread.get(name) for name in states.CAPS] == [6, 800, 2]
    assert thread.get("expires_at") == rfc3339(team.now + 30 * MINUTE)
    assert thread.alias == "THR-1"


@pytest.mark.parametrize("most", [None, 2, 9, 10])
def test_so_many_messages_fit_and_not_one_more(team: Any, most: int | None) -> None:
    thread = begin(team, **({"max_messages": most} if most else {}))
    said = [outcome(team, "river" if n % 2 else "sky", thread) for n in range((most or 6) + 2)]
    assert said == ["replied"] * (most or 6) + ["too-late"] * 2
    assert team.the("thread", thread).get("message_count") == len(spoken(team, thread)) == (most or 6)


def test_the_message_that_comes_with_the_start_counts(team: Any) -> None:
    thread = begin(team, text="8080 or 9090?", max_messages=2)
    found = team.the("thread", thread)
    assert (found.get("message_count"), found.get("last_by")) == (1, "river")
    assert found.get("tokens_est") == estimate_tokens("8080 or 9090?")
    assert [outcome(team, "sky", thread), outcome(team, "river", thread)] == ["replied", "too-late"]


@pytest.mark.parametrize(
    ("cap", "value", "code"),
    [
        ("max_messages", 10, ""), ("max_messages", 11, "cap-exceeded"), ("max_messages", 1, "invalid-arguments"),
        ("max_messages", -3, "invalid-arguments"), ("max_tokens", 1000, ""), ("max_tokens", 1001, "cap-exceeded"),
        ("max_tokens", 49, "invalid-arguments"), ("lifetime", 3600, ""), ("lifetime", 3601, "cap-exceeded"),
        ("lifetime", 59, "invalid-arguments"), ("lifetime", 60, ""),
    ],
)  # fmt: skip
def test_no_request_goes_beyond_a_hard_cap(team: Any, cap: str, value: int, code: str) -> None:
    args = {"topic": "t", "participants": ["sky"], cap: value}
    if code:
        assert team.refused("river", "thread.start", **args).code == code
    else:
        assert team.does("river", "thread.start", **args)["outcome"] == "started"


def test_no_setting_goes_beyond_a_hard_cap(team: Any) -> None:
    team.team = {"threads": {"max_messages": 50, "max_tokens": 9000, "lifetime": "1d", "max_participants": 40}}
    thread = team.the("thread", begin(team))
    assert [thread.get(name) for name in states.CAPS] == [10, 1000, 4]
    assert thread.get("expires_at") == rfc3339(team.now + 60 * MINUTE)
    for name in ("max_messages", "max_tokens", "lifetime", "max_participants"):
        assert team.refused("river", "settings.set", name=f"threads.{name}", value=9000).code == "invalid-arguments"


def test_tokens_are_counted_to_the_last(team: Any) -> None:
    words = "word " * 40
    each = estimate_tokens(words.strip())
    thread = begin(team, max_tokens=3 * each, max_messages=10)
    assert [outcome(team, "sky", thread, words) for _ in range(4)] == ["replied"] * 3 + ["too-late"]
    assert team.the("thread", thread).get("tokens_est") == 3 * each


@pytest.mark.parametrize(("seconds", "told"), [(1799, "replied"), (1800, "too-late"), (1801, "too-late")])
def test_a_reply_in_time_is_a_reply(team: Any, seconds: int, told: str) -> None:
    thread = begin(team)
    team.wait(seconds)
    assert outcome(team, "sky", thread) == told


@pytest.mark.parametrize("n", [1, 2, 3])
def test_up_to_three_may_be_named(team: Any, n: int) -> None:
    team.does("mallory", "task.add", title="here")
    thread = team.the("thread", begin(team, *["sky", "ash", "mallory"][:n]))
    assert len(thread.get("participants")) == n + 1
    assert thread.get("max_participants") == max(2, n + 1)


@pytest.mark.parametrize(
    ("people", "code"),
    [
        ([], "invalid-arguments"), (["river"], "invalid-arguments"), ([""], "invalid-arguments"), (["nobody"], "not-found"),
        (["sky", "nobody"], "not-found"), (["sky", "ash", "mallory", "four"], "cap-exceeded"), (["a"] * 2001, "cap-exceeded"),
    ],
)  # fmt: skip
def test_nobody_oneself_strangers_and_crowds_are_refused(team: Any, people: list[str], code: str) -> None:
    assert team.refused("river", "thread.start", topic="t", participants=people).code == code


@pytest.mark.parametrize(
    ("topic", "code"), [("", "invalid-arguments"), (" \u200b\n", "invalid-arguments"), ("x" * 201, "cap-exceeded")]
)
def test_a_topic_is_one_line_of_words(team: Any, topic: str, code: str) -> None:
    assert team.refused("river", "thread.start", topic=topic, participants=["sky"]).code == code


def test_a_start_whose_message_does_not_fit_starts_nothing(team: Any) -> None:
    denied = team.refused("river", "thread.start", topic="t", participants=["sky"], text="word " * 900)
    assert denied.code == "cap-exceeded"


def test_a_thread_in_a_closed_co_op_is_refused(team: Any) -> None:
    team.does("river", "coop.close", coop=team.inside)
    assert team.refused("river", "thread.start", topic="t", participants=["sky"], coop=team.inside).code == "not-joined"


# Who may speak.


def test_a_member_joins_by_replying_while_there_is_room(team: Any) -> None:
    team.team = {"threads": {"max_participants": 3}}
    thread = begin(team)
    assert outcome(team, "ash", thread) == "replied"
    assert team.the("thread", thread).get("participants") == ["ash", "river", "sky"]
    assert team.the("thread", thread).get("waiting_for") == ["river", "sky"]


def test_a_member_is_refused_when_there_is_none(team: Any) -> None:
    denied = team.refused("ash", "thread.reply", thread=begin(team), text="me too")
    assert denied.code == "cap-exceeded" and "river, sky" in denied.message and denied.hint


def test_a_stranger_is_told_to_join(team: Any) -> None:
    denied = team.refused("mallory", "thread.reply", thread=begin(team), text="me too")
    assert (denied.code, denied.hint) == ("not-joined", "gitcoord join login-flow")


def test_a_stranger_cannot_close(team: Any) -> None:
    assert team.refused("mallory", "thread.close", thread=begin(team), outcome="mine").code == "check-failed"


def test_a_stranger_leaves_nothing_behind_in_a_thread_that_is_over(team: Any) -> None:
    thread = begin(team)
    team.does("sky", "thread.close", thread=thread, outcome="done")
    assert team.refused("mallory", "thread.reply", thread=thread, text="me").code == "check-failed"


@pytest.mark.parametrize("field", ["max_messages", "message_count", "expires_at", "state", "participants", "title", "x-own"])
def test_a_generic_write_never_moves_a_cap(team: Any, field: str) -> None:
    value = {"participants": ["mallory"], "expires_at": "2099-01-01T00:00:00Z", "state": "waiting", "title": "y"}.get(field, 5)
    denied = team.refused("mallory", "entity.put", kind="thread", id=begin(team), values={field: value})
    assert denied.code == "invalid-arguments"


def test_a_generic_write_neither_adds_nor_rewrites_a_message(team: Any) -> None:
    thread = begin(team, text="first")
    values = {"thread": thread}
    assert team.refused("sky", "entity.put", kind="thread_message", id=new_ulid(team.now), values=values).hint
    (message,) = spoken(team, thread)
    assert team.refused("river", "entity.put", kind="thread_message", id=message.id, values={}, body="other").code
    assert team.refused("river", "entity.put", kind="thread", id=thread, values={}, body="other").code == "invalid-arguments"


def test_a_message_cannot_take_the_id_of_another(team: Any) -> None:
    (message,) = spoken(team, begin(team, text="first"))
    ids = [new_ulid(team.now), message.id]
    assert team.refused("sky", "thread.start", {"ids": ids}, topic="t", participants=["river"], text="mine").code
    thread = begin(team)
    assert team.refused("sky", "thread.reply", {"ids": [message.id]}, thread=thread, text="mine").code == "invalid-arguments"


# Too late.


def kept_words(team: Any, result: dict[str, Any]) -> str:
    record = team.the("attic", result["attic"][0]["id"])
    return str(json.loads(record.get("loser")["request"])["text"])


@pytest.mark.parametrize("why", ["full", "long", "expired", "closed"])
def test_late_words_are_kept_whole_told_and_change_nothing(team: Any, why: str) -> None:
    words = "wörter, 漢字 and\nlines" * (99 if why == "long" else 1)
    thread = begin(team, max_messages=2, text="one")
    if why == "full":
        say(team, "sky", thread)
    elif why == "expired":
        team.wait(1800)
    elif why == "closed":
        team.does("river", "thread.close", thread=thread, outcome="8080")
    before, told = len(spoken(team, thread)), team.told()
    result = say(team, "sky", thread, words)
    assert result["outcome"] == "too-late"
    assert result["code"] == ("check-failed" if why == "closed" else "cap-exceeded")
    assert kept_words(team, result) == words
    assert result["attic"][0]["id"] in result["message"]
    assert team.the("attic", result["attic"][0]["id"]).get("of_id") == thread
    assert len(spoken(team, thread)) == before
    after = team.told()[len(told) :]
    assert "thread.word_kept" in after and "thread.replied" not in after
    if why in ("expired", "closed"):
        assert result["summary"]["type"] == "thread_summary"


@pytest.mark.parametrize("why", ["full", "expired", "closed"])
def test_late_words_from_offline_are_contested_and_kept_the_same_way(team: Any, why: str) -> None:
    thread = begin(team, max_messages=2, text="one")
    if why == "full":
        say(team, "sky", thread)
    elif why == "expired":
        team.wait(1800)
    else:
        team.does("river", "thread.close", thread=thread, outcome="8080")
    result = team.does("sky", "thread.reply", thread=thread, text="late", _provisional=True)
    assert (result["outcome"], result["code"]) == ("contested", "check-failed" if why == "closed" else "cap-exceeded")
    assert kept_words(team, result) == "late"
    assert team.the("attic", result["attic"][0]["id"]).get("of_id") == thread


def test_two_who_send_the_last_message_at_once_are_decided_one_after_the_other(team: Any) -> None:
    thread = begin(team, max_messages=2, text="one")
    first = team.intent("river", "thread.reply", {"thread": thread, "text": "from river"})
    second = team.intent("sky", "thread.reply", {"thread": thread, "text": "from sky"})
    ahead = team.snapshot.copy()
    told = [ahead.land(each, team.now, team.settings).result["outcome"] for each in (second, first)]
    assert told == ["replied", "too-late"]
    assert [team.land(each).result["outcome"] for each in (first, second)] == ["replied", "too-late"]
    assert team.the("thread", thread).get("message_count") == 2


def test_deciding_a_late_reply_twice_gives_the_same_bytes(team: Any) -> None:
    thread = begin(team, max_messages=2, text="one")
    say(team, "sky", thread)
    intent = team.intent("river", "thread.reply", {"thread": thread, "text": "late"})
    one, two = team.decide(intent), team.decide(intent)
    assert isinstance(one, Landed) and isinstance(two, Landed)
    assert [yaml.encode(each) for each in one.changes] == [yaml.encode(each) for each in two.changes]
    assert one.result == two.result


def test_late_words_again_under_the_same_key_are_one_record(team: Any) -> None:
    thread = begin(team)
    team.does("river", "thread.close", thread=thread, outcome="8080")
    args = {"thread": thread, "text": "late"}
    first = team.does("sky", "thread.reply", {"key": "k"}, **args)
    again = team.does("sky", "thread.reply", {"key": "k"}, **args)
    assert again["replayed"] and again["attic"] == first["attic"]
    assert len(team.snapshot.find("attic")) == 1


def test_restoring_late_words_says_that_they_are_still_late(team: Any) -> None:
    thread = begin(team)
    team.does("river", "thread.close", thread=thread, outcome="8080")
    record = say(team, "sky", thread)["attic"][0]["id"]
    denied = team.refused("sky", "attic.restore", attic=record)
    assert denied.code == "check-failed" and "was closed" in denied.message
    assert len(team.snapshot.find("attic")) == 1


@pytest.mark.parametrize("text", ["", " \n ", "\u200b\u202e", "\x1b"])
def test_a_message_without_words_is_refused(team: Any, text: str) -> None:
    assert team.refused("sky", "thread.reply", thread=begin(team), text=text).code == "invalid-arguments"


def test_what_cannot_be_seen_is_not_stored(team: Any) -> None:
    say(team, "sky", (thread := begin(team)), "a\x1b[2Jb\u202ec\u200bd\r\ne\x07")
    assert spoken(team, thread)[0].body == "a[2Jbcd\ne"


@pytest.mark.parametrize("text", ["---\nstate: archived\n---\n", "thread: x\n", "# THR-9\n- a\n", "…" * 90, "\tx\n\n\ny"])
def test_a_message_that_looks_like_a_file_of_ours_is_only_words(team: Any, text: str) -> None:
    say(team, "sky", (thread := begin(team)), text)
    (message,) = spoken(team, thread)
    assert yaml.decode("thread_message", yaml.encode(message)).body == message.body == text.strip()
    assert yaml.decode("thread", yaml.encode(team.the("thread", thread))).get("state") == "open"


def test_a_megabyte_is_refused_before_anything_is_counted(team: Any) -> None:
    assert team.refused("sky", "thread.reply", thread=begin(team), text="x" * (1 << 20)).code == "cap-exceeded"


def test_the_longest_late_reply_is_kept_whole(team: Any) -> None:
    words = "é" * 16_000
    result = say(team, "sky", begin(team), words)
    records = [team.the("attic", each["id"]) for each in result["attic"]]
    assert all(len(yaml.encode(each)) < yaml.LIMIT for each in records)
    assert json.loads("".join(each.get("loser")["request"] for each in records))["text"] == words


# The end.


def test_closing_writes_the_summary(team: Any) -> None:
    decision = team.does("sky", "decision.make", text="8080")["decisions"][0]["id"]
    thread = begin(team, text="8080 or 9090?")
    say(team, "sky", thread, "8080")
    result = team.does(
        "river", "thread.close", thread=thread, outcome="8080 it is", decisions=[decision], open_items=["tell ops", "tell ops"]
    )
    assert result["outcome"] == "closed"
    tokens = estimate_tokens("8080 or 9090?") + estimate_tokens("8080")
    assert result["summary"] == {
        "type": "thread_summary", "thread_id": "THR-1", "topic": "which port?", "outcome": "8080 it is",
        "decisions": ["DEC-1"], "open_items": ["tell ops"], "tokens_est": tokens, "message_count": 2,
    }  # fmt: skip
    closed = team.the("thread", thread)
    assert (closed.get("state"), closed.get("ended"), closed.get("closed_by")) == ("summarized", "resolved", "river")
    assert summary(team.snapshot, closed) == result["summary"]
    assert "thread.closed" in team.told()


def test_closing_without_words_puts_them_together(team: Any) -> None:
    thread = begin(team, text="one\ntwo")
    said = team.does("river", "thread.close", thread=thread)["summary"]["outcome"]
    assert said.splitlines()[1:] == ["river: 1 message, 4 tokens; last: “one two”", "no word from sky"]
    again = team.does("sky", "thread.close", thread=thread, outcome="8080")
    assert (again["outcome"], again["summary"]["outcome"]) == ("closed", "8080")
    assert not team.the("thread", thread).get("automatic")


def test_closing_what_is_closed_is_nothing_or_kept(team: Any) -> None:
    thread = begin(team)
    team.does("river", "thread.close", thread=thread, outcome="8080", open_items=["a"])
    for args in ({"outcome": "8080"}, {"outcome": "8080", "open_items": ["a"]}, {}):
        assert team.does("sky", "thread.close", thread=thread, **args)["outcome"] == "already-closed"
    result = team.does("sky", "thread.close", thread=thread, outcome="9090")
    assert (result["outcome"], result["code"]) == ("too-late", "check-failed")
    assert team.the("thread", thread).get("outcome") == "8080"
    assert "9090" in team.the("attic", result["attic"][0]["id"]).get("loser")["request"]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"outcome": "word " * 400}, "cap-exceeded"), ({"outcome": "漢" * 200}, "cap-exceeded"),
        ({"open_items": [f"item {n}" for n in range(11)]}, "cap-exceeded"), ({"decisions": ["DEC-9"]}, "not-found"),
        ({"open_items": ["word " * 190] * 1 + ["other " * 150]}, "cap-exceeded"),
    ],
)  # fmt: skip
def test_a_summary_is_short(team: Any, args: dict[str, Any], code: str) -> None:
    assert team.refused("sky", "thread.close", thread=begin(team), **args).code == code


@pytest.mark.parametrize("who", ["mallory", "sky", "newcomer"])
def test_whoever_lands_next_closes_what_is_overdue(team: Any, who: str) -> None:
    thread = begin(team, text="hello?")
    team.wait(1800)
    before = as_of(team.snapshot, team.the("thread", thread), team.now)
    team.wait(5000)
    team.does(who, "task.add", title="anything")
    closed = team.the("thread", thread)
    assert (closed.get("state"), closed.get("ended"), closed.get("automatic")) == ("summarized", "expired", True)
    assert yaml.encode(closed) == yaml.encode(before)
    assert "hello?" in closed.get("outcome") and closed.get("closed_at") == closed.get("expires_at")
    assert team.told().count("thread.closed") == 1
    team.does(who, "task.add", title="anything else")
    assert team.told().count("thread.closed") == 1


def test_a_write_that_lands_nothing_closes_nothing(team: Any) -> None:
    begin(team)
    team.wait(1800)
    team.does("river", "coop.join", coop=team.inside)
    assert "thread.closed" not in team.told()


def test_a_landing_closes_a_few_and_the_next_one_the_rest(team: Any) -> None:
    threads = [begin(team) for _ in range(7)]
    team.wait(3600)
    counts = []
    for n in range(3):
        team.does("ash", "task.add", title=f"t{n}")
        counts.append(sum(team.the("thread", each).get("state") == "summarized" for each in threads))
    assert counts == [5, 7, 7]


def test_a_late_word_for_an_overdue_thread_closes_it_too(team: Any) -> None:
    thread = begin(team)
    team.wait(1800)
    assert outcome(team, "sky", thread) == "too-late"
    assert team.the("thread", thread).get("ended") == "expired"


def test_a_participant_may_still_say_what_came_of_an_expired_thread(team: Any) -> None:
    one, two = begin(team, text="hello?"), begin(team)
    team.wait(1800)
    assert team.does("sky", "thread.close", thread=one, outcome="8080")["summary"]["outcome"] == "8080"
    assert team.the("thread", two).get("automatic") is True
    team.does("sky", "thread.close", thread=two, outcome="9090")
    for each, said in ((one, "8080"), (two, "9090")):
        found = team.the("thread", each)
        assert (found.get("ended"), found.get("outcome"), found.get("automatic")) == ("expired", said, None)


def test_closing_the_co_op_archives_its_threads(team: Any) -> None:
    closed, live, overdue = begin(team), begin(team, text="hello?"), begin(team, lifetime=60)
    team.does("river", "thread.close", thread=closed, outcome="8080")
    team.wait(61)
    team.does("ash", "coop.close", coop=team.inside)
    found = [team.the("thread", each) for each in (closed, live, overdue)]
    assert [each.get("state") for each in found] == ["archived"] * 3
    assert [each.get("ended") for each in found] == ["resolved", "resolved", "expired"]
    assert found[0].get("outcome") == "8080" and "hello?" in found[1].get("outcome")
    assert outcome(team, "sky", live) == "too-late"


def test_an_automatic_summary_is_small_whatever_was_said(team: Any) -> None:
    thread = begin(team, "sky", "ash", "mallory", text="漢字" * 120, max_tokens=1000)
    for who in ("sky", "ash", "mallory"):
        say(team, who, thread, "“quoted” ” and\nlines " * 12)
    assert estimate_tokens(automatic(team.snapshot, team.the("thread", thread))) < 2 * MAX_SUMMARY


def test_references_are_those_of_everything(team: Any) -> None:
    begin(team)
    assert say(team, "sky", "THREAD-001")["threads"][0]["message_count"] == 1
    assert isinstance(team.decide(team.intent("sky", "thread.reply", {"thread": "THR-7", "text": "x"})), Denied)


@pytest.mark.parametrize("seed", range(12))
def test_no_history_breaks_a_cap_or_loses_a_word(team: Any, seed: int) -> None:
    """Whatever is asked in whatever order, online or from offline: at each revision the caps hold, and every message
    of a participant is in its thread or in the attic."""
    chance = random.Random(seed)
    said: set[str] = set()
    for n in range(120):
        team.wait(chance.choice([1, 20, 300]))
        alive = team.snapshot.find("thread")
        act = chance.choice(["start", "reply", "reply", "reply", "reply", "reply", "close"])
        who = chance.choice(["river", "sky", "ash", "mallory"])
        if act == "start" or not alive:
            others = chance.sample(["river", "sky", "ash", "mallory"], chance.randint(1, 3))
            args = {"topic": f"t{n}", "participants": others, "max_messages": chance.randint(2, 10), "coop": team.inside}
            intent = team.intent(who, "thread.start", args)
        elif act == "reply":
            text = f"message {n}." + " word" * chance.choice([0, 5, 90, 400])
            args = {"thread": chance.choice(alive[-3:]).id, "text": text}
            intent = team.intent(who, "thread.reply", args | ({"_provisional": True} if chance.random() < 0.3 else {}))
        else:
            intent = team.intent(who, "thread.close", {"thread": chance.choice(alive[-3:]).id, "outcome": f"so {n}"})
        outcome_ = team.land(intent)
        if act == "reply" and alive and isinstance(outcome_, Landed):
            said.add(f"message {n}.")
        kept = {e.body.split(" word")[0] for e in team.snapshot.find("thread_message")}
        kept |= {json.loads(e.get("loser")["request"]).get("text", "").split(" word")[0] for e in team.snapshot.find("attic")}
        assert said <= kept
        for thread in team.snapshot.find("thread"):
            messages = spoken(team, thread.id)
            assert len(messages) == thread.get("message_count") <= thread.get("max_messages") <= 10
            assert sum(each.get("tokens") for each in messages) == thread.get("tokens_est") <= 800
            assert sorted(each.get("number") for each in messages) == list(range(1, len(messages) + 1))
            people = set(thread.get("participants"))
            assert {each.get("agent") for each in messages} <= people and len(people) <= 4
            assert thread.get("state") in ("open", "waiting", "summarized")
    assert team.snapshot.find("thread", state="summarized") and team.snapshot.find("attic")
