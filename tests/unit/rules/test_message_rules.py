"""Messages: addresses, groups that are decided when read, acknowledging, answering, closing."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.model.entity import Entity
from gitcoord.model.ids import derived_ulid, new_ulid
from gitcoord.rules.addresses import Addressee, canonical
from gitcoord.rules.asked import Refusal
from gitcoord.rules.events import meaningful

DAY = 86400


@pytest.fixture
def team(desk: Any) -> Any:
    """river and sky in one co-op; wren, a reviewer of backends, outside of it."""
    desk.login = desk.coop("river", slug="login")
    desk.does("sky", "coop.join", coop=desk.login)
    desk.does("river", "agent.describe", strengths=["backend"])
    desk.does("wren", "agent.describe", role="reviewer", strengths=["backend"])
    return desk


def send(desk: Any, who: str, *to: str, text: str = "hello", **args: Any) -> Entity:
    return desk.the("message", desk.does(who, "msg.send", to=list(to), text=text, **args)["messages"][0]["id"])


def reads(desk: Any, handle: str, message: Entity) -> bool:
    """Whether the message, as it stands now, is for this agent."""
    known = desk.snapshot.find("agent", handle=handle)
    me = Addressee(desk.snapshot, handle, known[0].id if known else derived_ulid("nobody", handle))
    return me.is_for(desk.the("message", message.id))


def add_thread(desk: Any, *participants: str) -> str:
    id = new_ulid(desk.now)
    desk.snapshot.apply([Entity("thread", {"id": id, "alias": "THR-1", "participants": list(participants)})], 99)
    return id


# Addresses.


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("sky", "agent:sky"), ("agent:sky", "agent:sky"), ("@sky", "agent:sky"), ("@Sky", "agent:sky"), ("SKY", "agent:sky"),
        ("Sky login", "agent:sky"), ("workers", "workers"), ("Workers", "workers"), ("reviewers:Backend", "reviewers:backend"),
        ("workers:api design", "workers:api design"), ("all", "all"), ("human", "human"), ("human:alex", "human:alex"),
        ("human:Ægir", "human:Ægir"), ("thread:THR-1", "thread:THR-1"), ("THR-1", "thread:THR-1"),
        ("THREAD-001", "thread:THR-1"), (" sky\u200b ", "agent:sky"),
    ],
)  # fmt: skip
def test_what_people_write_is_stored_in_one_form(team: Any, written: str, stored: str) -> None:
    add_thread(team, "sky")
    assert send(team, "river", written).get("to") == [stored]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("nobody", "not-found"), ("agent:nobody", "not-found"), ("@nobody", "not-found"), ("TASK-1", "not-found"),
        ("thread:THR-9", "not-found"), ("agent:workers", "not-found"), ("testers:x", "invalid-arguments"),
        ("all:backend", "invalid-arguments"), ("workers:", "invalid-arguments"), ("human:", "invalid-arguments"),
        ("human:two words", "invalid-arguments"), ("", "invalid-arguments"), ("@", "invalid-arguments"),
        ("\u202e", "invalid-arguments"), ("agent:", "invalid-arguments"), (":", "invalid-arguments"),
    ],
)  # fmt: skip
def test_what_means_nobody_is_refused_by_kind(team: Any, written: str, code: str) -> None:
    refusal = team.refused("river", "msg.send", to=[written], text="hello")
    assert refusal.code == code


def test_a_misspelt_name_comes_back_with_the_near_ones(team: Any) -> None:
    assert "sky" in team.refused("river", "msg.send", to=["sly"], text="hello").details["candidates"]


@pytest.mark.parametrize("name", ["Ольга", "空", "Ægir", "Zoë", "नदी", "מים"])
def test_a_name_in_any_script_is_found_without_case_and_composition(desk: Any, name: str) -> None:
    import unicodedata

    desk.coop(name, slug="login")
    for spelled in (name, name.upper(), name.casefold(), unicodedata.normalize("NFD", name)):
        assert canonical(desk.snapshot, "@" + spelled) == "agent:" + name


def test_two_agents_with_one_visible_name_are_never_guessed_among(desk: Any) -> None:
    desk.coop("sky-3f9k", slug="login")
    desk.coop("sky-77aa", slug="docs")
    refusal = desk.refused("river", "msg.send", to=["Sky"], text="hello")
    assert (refusal.code, refusal.details["candidates"]) == ("ambiguous", ["sky-3f9k", "sky-77aa"])
    assert send(desk, "river", "sky-77aa").get("to") == ["agent:sky-77aa"]


def test_who_is_at_work_comes_before_a_namesake_who_has_left(desk: Any) -> None:
    desk.coop("sky-3f9k", slug="login")
    desk.does("sky-3f9k", "coop.leave")
    desk.coop("sky-77aa", slug="docs")
    assert canonical(desk.snapshot, "sky") == "agent:sky-77aa"


def test_an_agent_is_found_by_the_beginning_of_its_id(team: Any) -> None:
    agent = team.snapshot.find("agent", handle="sky")[0]
    assert canonical(team.snapshot, agent.id) == canonical(team.snapshot, agent.id[:12]) == "agent:sky"


def test_an_agent_that_is_called_like_a_group_is_reached_as_agent(desk: Any) -> None:
    desk.task("workers")
    assert canonical(desk.snapshot, "workers") == "workers"
    assert canonical(desk.snapshot, "agent:workers") == "agent:workers"


def test_a_known_person_keeps_the_spelling_of_the_handle(desk: Any) -> None:
    desk.task("human:Alex")
    assert canonical(desk.snapshot, "human:alex") == "human:Alex"
    assert canonical(desk.snapshot, "Alex") == "human:Alex"


def test_a_message_has_each_address_once_and_not_too_many(team: Any) -> None:
    assert send(team, "river", "sky", "@Sky", "agent:sky", "all").get("to") == ["agent:sky", "all"]
    people = [f"human:p{n}" for n in range(21)]
    assert team.refused("river", "msg.send", to=people, text="x").code == "cap-exceeded"
    assert team.refused("river", "msg.send", to=[], text="x").code == "invalid-arguments"


# Groups: who belongs is decided when the message is read.

ROUTES = [
    # to, in the co-op of river and sky: who reads
    ("workers", True, {"sky"}), ("workers", False, {"sky", "nova"}), ("workers:backend", False, set()),
    ("workers:docs", False, {"nova"}), ("reviewers", True, set()), ("reviewers", False, {"wren"}),
    ("reviewers:backend", False, {"wren"}), ("reviewers:docs", False, set()), ("all", True, {"sky"}),
    ("all", False, {"sky", "wren", "nova", "human:alex"}), ("human", True, {"human:alex"}),
    ("human:alex", False, {"human:alex"}), ("human:bo", False, set()), ("sky", True, {"sky"}),
    ("thread:THR-1", True, {"wren", "sky"}),
]  # fmt: skip


@pytest.mark.parametrize(("to", "inside", "readers"), ROUTES)
def test_the_routing_table(team: Any, to: str, inside: bool, readers: set[str]) -> None:
    team.does("nova", "agent.describe", strengths=["docs"])
    team.task("human:alex")
    add_thread(team, "wren", team.snapshot.find("session", agent="sky")[0].id, "river")
    message = send(team, "river", to, coop=team.login if inside else "")
    everybody = ("river", "sky", "wren", "nova", "human:alex", "human:bo", "stranger")
    assert {who for who in everybody if reads(team, who, message)} - {"stranger"} == readers | (
        {"human:bo"} if to in ("human", "human:bo") or (to == "all" and not inside) else set()
    )


def test_membership_of_a_group_is_that_of_the_moment_of_reading(team: Any) -> None:
    message = send(team, "river", "reviewers")
    assert reads(team, "wren", message) and not reads(team, "sky", message)
    team.does("wren", "agent.describe", role="worker")
    team.does("sky", "agent.describe", role="reviewer")
    assert reads(team, "sky", message) and not reads(team, "wren", message)


def test_who_joins_the_co_op_later_reads_what_was_sent_to_all_of_it_and_who_left_does_not(team: Any) -> None:
    message = send(team, "river", "all", coop=team.login)
    assert not reads(team, "wren", message)
    team.does("wren", "coop.join", coop=team.login)
    team.does("sky", "coop.leave")
    assert reads(team, "wren", message) and not reads(team, "sky", message)


def test_nobody_hears_himself_in_a_group_but_may_write_to_himself_by_name(team: Any) -> None:
    assert not reads(team, "river", send(team, "river", "all"))
    assert reads(team, "river", send(team, "river", "river"))


def test_a_person_reviews_only_after_taking_that_role(team: Any) -> None:
    message = send(team, "river", "reviewers")
    assert not reads(team, "human:alex", message)
    team.does("human:alex", "agent.describe", role="reviewer")
    assert reads(team, "human:alex", message)


# What is sent.


def test_a_message_is_an_event_with_its_addresses_and_its_thread(team: Any) -> None:
    thread = add_thread(team, "sky")
    message = send(team, "river", "sky", "all", text="first\nsecond", thread="THR-1", question=True)
    event = next(each for each in team.snapshot.events[::-1] if each.type == "msg.sent")
    assert event.refs == {"message": message.id, "thread": thread}
    assert (event.body["to"], event.body["thread_id"]) == (["agent:sky", "all"], thread)
    assert (message.get("title"), message.body, message.get("question")) == ("first", "first\nsecond", True)
    assert not meaningful(event.type)  # third parties do not hear of it


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "invalid-arguments"), (" \n\t", "invalid-arguments"), ("\u200b\u202e", "invalid-arguments"),
        ("x" * 32769, "cap-exceeded"), ("é" * 16385, "cap-exceeded"), ("nul \0", "invalid-arguments"),
    ],
)  # fmt: skip
def test_a_text_that_says_nothing_or_too_much_is_refused(team: Any, text: str, code: str) -> None:
    assert team.refused("river", "msg.send", to=["sky"], text=text).code == code


def test_what_is_stored_has_no_characters_that_nobody_sees(team: Any) -> None:
    message = send(team, "river", "sky", text="a\x1b[31m\u202eb\u200b\nc\x07\td")
    assert (message.get("title"), message.body) == ("a[31mb", "a[31mb\nc\td")


def test_deciding_twice_gives_the_same_message(team: Any) -> None:
    intent = team.intent("river", "msg.send", {"to": ["sky"], "text": "hello"})
    one, other = team.decide(intent), team.decide(intent)
    assert [each.values for each in one.changes] == [each.values for each in other.changes]
    assert team.land(intent).result["outcome"] == "sent"
    assert team.land(intent).result["replayed"] is True
    assert len(team.snapshot.find("message")) == 1


def test_a_message_to_somebody_who_is_gone_when_it_lands_is_contested_and_keeps_its_words(team: Any) -> None:
    result = team.does("river", "msg.send", to=["nobody"], text="important words", _provisional=True)
    assert (result["outcome"], result["code"]) == ("contested", "not-found")
    assert "important words" in team.the("attic", result["attic"][0]["id"]).get("loser")["request"]


# Taking.


def test_a_message_by_name_is_done_when_everybody_has_acknowledged_it(team: Any) -> None:
    message = send(team, "river", "sky", "wren")
    assert team.does("sky", "msg.ack", messages=["MSG-1"])["messages"][0]["state"] == "open"
    assert team.does("wren", "msg.ack", messages=[message.id])["messages"][0]["state"] == "done"
    assert team.the("message", "MSG-1").get("acked_by") == ["sky", "wren"]


def test_acknowledging_twice_changes_nothing(team: Any) -> None:
    send(team, "river", "sky")
    team.does("sky", "msg.ack", messages=["MSG-1"])
    revision = team.snapshot.revision
    assert team.does("sky", "msg.ack", messages=["MSG-1", "MSG-1"])["outcome"] == "already-acked"
    assert team.snapshot.revision == revision


def test_what_is_addressed_to_another_is_not_mine_to_take(team: Any) -> None:
    send(team, "river", "sky")
    send(team, "river", "wren")
    refusal = team.refused("wren", "msg.ack", messages=["MSG-2", "MSG-1"])
    assert refusal.code == "check-failed"
    assert "agent:sky" in refusal.message
    assert not team.the("message", "MSG-2").get("acked_by")  # all of them or none


@pytest.mark.parametrize("args", [{"messages": ["MSG-77"]}, {"messages": ["zzzz"]}])
def test_an_unknown_message_is_named(team: Any, args: dict[str, Any]) -> None:
    assert team.refused("sky", "msg.ack", **args).code == "not-found"


def test_nothing_and_too_much_at_once_are_refused(team: Any) -> None:
    assert team.refused("sky", "msg.ack", messages=[]).code == "invalid-arguments"
    assert team.refused("sky", "msg.ack", messages=["MSG-1"] * 201).code == "cap-exceeded"


def test_a_message_to_a_group_stays_open_whoever_took_it(team: Any) -> None:
    send(team, "river", "all")
    assert team.does("sky", "msg.ack", messages=["MSG-1"])["messages"][0]["state"] == "open"


def test_of_human_one_person_is_enough(team: Any) -> None:
    send(team, "river", "human")
    assert team.does("human:alex", "msg.ack", messages=["MSG-1"])["messages"][0]["state"] == "done"


# Answering.


def test_a_question_is_done_when_it_is_answered_not_when_it_is_taken(team: Any) -> None:
    send(team, "river", "sky", text="Which port?", question=True, coop=team.login)
    assert team.does("sky", "msg.ack", messages=["MSG-1"])["messages"][0]["state"] == "open"
    result = team.does("sky", "msg.reply", message="MSG-1", text="port 8080\nbecause")
    assert result["outcome"] == "answered"
    asked, reply = team.the("message", "MSG-1"), team.the("message", "MSG-2")
    assert (asked.get("state"), asked.get("answered_by"), asked.get("answer")) == ("done", "sky", "port 8080")
    assert (reply.get("to"), reply.get("reply_to"), reply.get("coop")) == (["agent:river"], asked.id, team.login)
    assert "msg.answered" in team.told()


def test_the_first_answer_stays_and_the_second_is_a_message_all_the_same(team: Any) -> None:
    send(team, "river", "all", text="Which port?", question=True)
    team.does("sky", "msg.reply", message="MSG-1", text="8080")
    assert team.does("wren", "msg.reply", message="MSG-1", text="9090")["outcome"] == "replied"
    asked = team.the("message", "MSG-1")
    assert (asked.get("answer"), asked.get("acked_by")) == ("8080", ["sky", "wren"])
    assert team.the("message", "MSG-3").get("title") == "9090"


def test_a_reply_takes_a_plain_message(team: Any) -> None:
    send(team, "human:alex", "sky", text="please look")
    assert team.does("sky", "msg.reply", message="MSG-1", text="done")["outcome"] == "replied"
    assert team.the("message", "MSG-1").get("state") == "done"
    assert team.the("message", "MSG-2").get("to") == ["human:alex"]


def test_only_who_was_asked_may_answer(team: Any) -> None:
    send(team, "river", "sky", text="Which port?", question=True)
    assert team.refused("wren", "msg.reply", message="MSG-1", text="8080").code == "check-failed"
    assert team.refused("sky", "msg.reply", message="MSG-1", text=" ").code == "invalid-arguments"


# Closing.


def test_the_sender_closes_and_for_a_group_whoever_is_in_it(team: Any) -> None:
    send(team, "river", "sky")
    send(team, "river", "all")
    assert team.refused("wren", "msg.close", messages=["MSG-1"]).code == "check-failed"
    assert team.refused("sky", "msg.close", messages=["MSG-1"]).code == "check-failed"
    assert team.does("river", "msg.close", messages=["MSG-1"])["messages"][0]["state"] == "done"
    assert team.does("wren", "msg.close", messages=["MSG-2"])["outcome"] == "closed"
    assert team.does("river", "msg.close", messages=["MSG-2"])["outcome"] == "already-closed"


def test_old_messages_to_groups_are_closed_by_the_next_sender_and_nothing_else_is(team: Any) -> None:
    group, named, asked = send(team, "river", "all"), send(team, "river", "sky"), send(team, "river", "all", question=True)
    both = send(team, "river", "all", "sky")
    every = [each.id for each in (group, named, asked, both)]
    team.wait(7 * DAY)
    team.does("wren", "msg.send", to=["sky"], text="x", _overdue=every)
    assert [team.the("message", id).get("state") for id in every] == ["open"] * 4
    team.wait(1)
    team.does("wren", "msg.send", to=["sky"], text="x", _overdue=[*every, "zzz", derived_ulid("no such")])
    assert [team.the("message", id).get("state") for id in every] == ["done", "open", "open", "open"]
    team.does("sky", "msg.ack", messages=[both.id])
    team.does("wren", "msg.send", to=["sky"], text="x", _overdue=every)
    assert team.the("message", both.id).get("closed_by") == "messages.keep"


def test_how_long_is_a_setting_of_the_team(team: Any) -> None:
    group = send(team, "river", "all")
    team.team = {"messages": {"keep": "1h"}}
    team.wait(3601)
    team.does("wren", "msg.send", to=["sky"], text="x", _overdue=[group.id])
    assert team.the("message", group.id).get("state") == "done"


# No other way in.


def test_a_generic_write_makes_or_changes_no_message(team: Any) -> None:
    id = new_ulid(team.now)
    values = {"title": "obey", "to": ["agent:sky"], "agent": "river"}
    assert team.refused("wren", "entity.put", {"ids": [id]}, kind="message", id=id, values=values).code == "invalid-arguments"
    message = send(team, "river", "sky")
    for change in ({"acked_by": ["sky"]}, {"title": "other words"}, {"to": ["agent:wren"]}, {"state": "done"}):
        assert team.refused("wren", "entity.put", kind="message", id=message.id, values=change).code == "invalid-arguments"


def test_canonical_of_the_stored_form_is_itself(team: Any) -> None:
    add_thread(team, "sky")
    for stored in ("agent:sky", "human:alex", "human", "all", "workers", "reviewers:backend", "thread:THR-1"):
        assert canonical(team.snapshot, stored) == stored
    with pytest.raises(Refusal):
        canonical(team.snapshot, "agent:agent:sky")
