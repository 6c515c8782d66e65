"""Mail is found by searching the stored form of messages: the search finds exactly what the rules say is for somebody."""

from __future__ import annotations

import random
from typing import Any

import pytest

from gitcoord.actions.messages import MOST, for_me
from gitcoord.cache.database import open_memory
from gitcoord.cache.snapshot import SqlSnapshot
from gitcoord.model.entity import Entity
from gitcoord.model.ids import derived_ulid
from gitcoord.rules.addresses import Addressee, of_agent
from gitcoord.settings import Settings
from gitcoord.workspace.identity import Identity

NASTY = ['a"b', "back\\slash", "Ольга", "x'y", "sky", "sky2", "human:alex", 'acked_by":["sky"]', "%_", "agent:sky"]
ROLES = ("worker", "reviewer", None)


class Desk:
    """What an action asks of a workspace when it only reads."""

    settings = Settings([])

    def now(self) -> float:
        return 1_795_252_000.0


def a_message(n: int, **values: Any) -> Entity:
    basic = {
        "id": derived_ulid("message", str(n)), "alias": f"MSG-{n + 1}", "title": "words", "state": "open",
        "agent": "river", "agent_id": derived_ulid("agent", "river"), "created_at": "2026-11-21T09:30:00Z",
    }  # fmt: skip
    return Entity("message", {**basic, **values})


def snapshot_of(*entities: Entity) -> SqlSnapshot:
    snapshot = SqlSnapshot(open_memory())
    snapshot.begin()
    snapshot.apply(entities, 7)
    return snapshot


def an_agent(handle: str, **values: Any) -> Entity:
    return Entity("agent", {"id": derived_ulid("agent", handle), "handle": handle, **values})


@pytest.mark.parametrize("seed", range(12))
def test_the_search_finds_what_the_rules_mean_and_nothing_less(seed: int) -> None:
    chance = random.Random(seed)
    agents = [an_agent(h, **({"role": r} if (r := chance.choice(ROLES)) else {}), strengths=["backend"]) for h in NASTY]
    groups = ["workers", "reviewers", "workers:backend", "reviewers:docs", "all", "human"]
    addresses = [*map(of_agent, NASTY), *groups, "human:ALEX"]
    messages = [
        a_message(
            n, to=chance.sample(addresses, chance.randint(1, 3)), title=chance.choice(["words", *NASTY]),
            state=chance.choice(["open", "open", "done"]),
            **({"question": True} if chance.random() < 0.3 else {}),
            **({"acked_by": chance.sample(NASTY, 3)} if chance.random() < 0.6 else {}),
        )
        for n in range(60)
    ]  # fmt: skip
    snapshot = snapshot_of(*agents, *messages)
    for handle in NASTY:
        me = Addressee(snapshot, handle, derived_ulid("agent", handle))
        wanted = [
            each.id
            for each in sorted(messages, key=lambda each: each.id)
            if each.get("state") == "open" and me.is_for(each) and (each.get("question") or not me.has_acked(each))
        ]
        assert [each.id for each in snapshot.mail(me.words(), handle) if me.is_for(each)] == wanted, handle


def test_more_than_one_page_comes_in_order_and_once() -> None:
    snapshot = snapshot_of(*(a_message(n, to=["all"]) for n in range(1203)))
    found = [each.id for each in snapshot.mail(['"all"'])]
    assert len(found) == 1203
    assert found == sorted(set(found))


def test_read_is_told_questions_first_and_no_more_than_it_can_show() -> None:
    many = [a_message(n, to=["agent:sky"]) for n in range(60)]
    asked = a_message(99, to=["agent:sky"], question=True, acked_by=["sky"], title="Which port?")
    snapshot = snapshot_of(an_agent("sky"), *many, asked)
    who = Identity("sky", derived_ulid("agent", "sky"), derived_ulid("session", "sky"))
    found = for_me(Desk(), snapshot, who)  # type: ignore[arg-type]
    assert len(found) == MOST
    assert (found[0]["title"], found[0]["question"]) == ("Which port?", True)
    assert set(found[1]) == {"id", "alias", "from", "title", "since"}


def test_old_messages_to_groups_are_not_told_and_questions_are() -> None:
    old = "2026-11-01T09:30:00Z"
    snapshot = snapshot_of(
        an_agent("sky"), a_message(1, to=["all"], created_at=old), a_message(2, to=["all"], created_at=old, question=True),
        a_message(3, to=["agent:sky"], created_at=old),
    )  # fmt: skip
    who = Identity("sky", derived_ulid("agent", "sky"), derived_ulid("session", "sky"))
    assert sorted(each["alias"] for each in for_me(Desk(), snapshot, who)) == ["MSG-3", "MSG-4"]  # type: ignore[arg-type]
