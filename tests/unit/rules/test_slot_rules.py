"""The landing slot: one holder, given back when what it was for has landed, and only the very grant that was seen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rules.conftest import Desk

HEAD = "c" * 40


def takes(desk: Desk, agent: str, **args: Any) -> dict[str, Any]:
    return desk.does(agent, "slot.take", **{"base": "main", "branch": f"{agent}-work", "head": HEAD, "ttl": 1800, **args})


def refused(desk: Desk, agent: str, **args: Any) -> Any:
    return desk.refused(agent, "slot.take", **{"base": "main", "branch": f"{agent}-work", "head": HEAD, "ttl": 1800, **args})


def seen(slot: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": slot["id"], "fence": slot["fence"], "lease_token": None}]


def test_the_slot_is_an_exclusive_claim_on_the_branch_that_knows_what_lands(desk: Desk) -> None:
    (slot,) = takes(desk, "river")["claims"]
    claim = desk.the("claim", slot["id"])
    assert (claim.get("scope"), claim.get("head"), claim.get("branch")) == ("branch:main", HEAD, "river-work")
    assert refused(desk, "sky").code == "claim-conflict"
    assert takes(desk, "sky", base="release")["outcome"] == "granted"


def test_taking_it_again_renews_it_for_the_newer_commit(desk: Desk) -> None:
    (slot,) = takes(desk, "river")["claims"]
    assert takes(desk, "river", head="d" * 40)["outcome"] == "renewed"
    assert desk.the("claim", slot["id"]).get("head") == "d" * 40


def test_one_that_has_landed_is_given_back_on_the_way(desk: Desk) -> None:
    (slot,) = takes(desk, "river")["claims"]
    result = takes(desk, "sky", landed=seen(slot))
    assert [each["alias"] for each in result["released"]] == [slot["alias"]] and result["outcome"] == "granted"
    assert desk.the("claim", slot["id"]).get("end_reason") == "landed: river-work is in it"
    assert [e.type for e in desk.snapshot.events].count("claim.released") == 1


@pytest.mark.parametrize("wrong", ["fence", "branch", "plain"])
def test_what_is_not_that_slot_is_not_given_back(desk: Desk, wrong: str) -> None:
    if wrong == "plain":
        scope = {"kind": "branch", "scope": "branch:main", "symbols": [], "files": None}
        (slot,) = desk.does("river", "claim.acquire", scopes=[scope])["claims"]
    else:
        (slot,) = takes(desk, "river", base="main" if wrong == "fence" else "release")["claims"]
    named = [{**seen(slot)[0], "fence": slot["fence"] + (wrong == "fence")}]
    if wrong == "branch":
        takes(desk, "sky", landed=named)
    else:
        assert refused(desk, "sky", landed=named).code == "claim-conflict"
    assert desk.the("claim", slot["id"]).get("state") == "active"


def test_out_of_turn_is_recorded(desk: Desk) -> None:
    takes(desk, "river", out_of_turn=True, before=["sky-work"])
    (event,) = [e for e in desk.snapshot.events if e.type == "slot.taken"]
    assert event.body["out_of_turn"] is True and event.body["before"] == ["sky-work"]


def test_a_slot_without_branches_is_refused(desk: Desk) -> None:
    assert refused(desk, "river", base="").code == "invalid-arguments"
    assert refused(desk, "river", branch="").code == "invalid-arguments"
