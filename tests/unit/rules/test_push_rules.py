"""Whether a push may land on this tip: whose claims it runs under, whose stand in its way, what is recorded."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.rules.carried import parked, refusal
from gitcoord.rules.pushes import packed, unpacked
from tests.unit.rules.conftest import Desk

OLD, NEW = "a" * 40, "b" * 40


def refs(branch: str = "work", old: str = OLD, new: str = NEW) -> list[dict[str, str]]:
    return [{"ref": f"refs/heads/{branch}", "old": old, "new": new}]


def named(*claims: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": each["id"], "fence": each["fence"], "lease_token": None} for each in claims]


def pushed(desk: Desk, agent: str, *paths: str, branch: str = "work", **args: Any) -> dict[str, Any]:
    return desk.does(agent, "code.push", refs=refs(branch), paths=packed(list(paths)), **args)


def refused(desk: Desk, agent: str, *paths: str, branch: str = "work", **args: Any) -> Any:
    return desk.refused(agent, "code.push", refs=refs(branch), paths=packed(list(paths)), **args)


def branch_claim(desk: Desk, agent: str, name: str = "main", **args: Any) -> dict[str, Any]:
    scope = {"kind": "branch", "scope": f"branch:{name}", "symbols": [], "files": None}
    return dict(desk.does(agent, "claim.acquire", scopes=[scope], **args)["claims"][0])


def test_a_push_under_my_claim_is_recorded_with_its_fence(desk: Desk) -> None:
    (claim,) = desk.claim("river", "src/a.py")
    result = pushed(desk, "river", "src/a.py", under=named(claim))
    assert result["outcome"] == "pushed" and result["fenced"] is True
    event = desk.snapshot.events[-1]
    assert event.type == "code.pushed" and event.body["refs"] == refs()
    assert event.body["claims"] == [{"id": claim["id"], "alias": "CLM-1", "fence": claim["fence"]}]
    assert event.body["fenced"] is True


def test_a_push_of_free_paths_needs_no_claim(desk: Desk) -> None:
    desk.claim("sky", "src/b.py")
    assert pushed(desk, "river", "src/a.py")["outcome"] == "pushed"


def test_a_push_that_changes_no_claim_still_registers_its_author(desk: Desk) -> None:
    pushed(desk, "river", "src/a.py")
    assert "agent.registered" in desk.told()


def test_a_claim_taken_over_stops_the_push_and_names_the_holder(desk: Desk) -> None:
    (claim,) = desk.claim("river", "src/a.py")
    desk.claim("sky", "src/a.py", take_over_live=True)
    refusal = refused(desk, "river", "src/a.py", under=named(claim))
    assert refusal.code == "lease-token-conflict"
    assert "sky" in refusal.message and refusal.details["holder"] == "sky" and refusal.details["held_as"] == "CLM-2"


def test_a_claim_taken_over_stops_the_push_also_when_its_taker_has_gone(desk: Desk) -> None:
    (claim,) = desk.claim("river", "src/a.py")
    taken = desk.claim("sky", "src/a.py", take_over_live=True)
    desk.does("sky", "claim.release", claims=named(*taken))
    assert refused(desk, "river", "src/a.py", under=named(claim)).code == "lease-token-conflict"


def test_an_older_fence_stops_the_push(desk: Desk) -> None:
    (claim,) = desk.claim("river", "src/a.py")
    desk.does("river", "claim.release", claims=named(claim))
    (again,) = desk.claim("river", "src/a.py")
    stale = {**named(again)[0], "fence": claim["fence"]}
    assert refused(desk, "river", "src/a.py", under=[stale]).code == "lease-token-conflict"


def test_a_claim_released_meanwhile_stops_the_push(desk: Desk) -> None:
    (claim,) = desk.claim("river", "src/a.py")
    desk.does("river", "claim.release", claims=named(claim))
    assert refused(desk, "river", "src/a.py", under=named(claim)).code == "lease-token-conflict"


def test_the_claim_of_another_is_no_ground_to_push_under(desk: Desk) -> None:
    (claim,) = desk.claim("sky", "src/a.py")
    assert refused(desk, "river", "src/b.py", under=named(claim)).code == "lease-token-conflict"


def test_a_renewed_claim_is_still_the_same(desk: Desk) -> None:
    (claim,) = desk.claim("river", "src/a.py")
    desk.wait(7200)
    desk.does("river", "claim.renew", claims=named(claim))
    assert pushed(desk, "river", "src/a.py", under=named(claim))["outcome"] == "pushed"


@pytest.mark.parametrize(("kind", "scope"), [("file", "src/a.py"), ("directory", "src/"), ("glob", "src/*.py")])
def test_anothers_claim_on_a_changed_path_stops_the_push(desk: Desk, kind: str, scope: str) -> None:
    desk.does("sky", "claim.acquire", scopes=[{"kind": kind, "scope": scope, "symbols": [], "files": 1}])
    refusal = refused(desk, "river", "docs/x.md", "src/a.py")
    assert refusal.code == "claim-conflict"
    (conflict,) = refusal.details["conflicts"]
    assert conflict["files"] == ["src/a.py"] and conflict["claim"]["agent"] == "sky"


def test_among_many_changed_paths_the_one_claim_is_found(desk: Desk) -> None:
    desk.claim("sky", "src/f77.py")
    refusal = refused(desk, "river", *(f"src/f{n}.py" for n in range(3000)))
    assert refusal.details["conflicts"][0]["files"] == ["src/f77.py"]


def test_a_lapsed_claim_of_another_stands_in_nobodys_way(desk: Desk) -> None:
    desk.claim("sky", "src/a.py", ttl=60)
    desk.wait(3600)
    assert pushed(desk, "river", "src/a.py")["outcome"] == "pushed"


def test_claims_that_were_granted_beside_each_other_can_both_be_pushed(desk: Desk) -> None:
    one = {"kind": "symbol", "scope": "src/a.py#f", "symbols": ["f"], "files": None}
    two = {"kind": "symbol", "scope": "src/a.py#g", "symbols": ["g"], "files": None}
    mine = desk.does("river", "claim.acquire", scopes=[one])["claims"]
    desk.does("sky", "claim.acquire", scopes=[two])
    assert pushed(desk, "river", "src/a.py", under=named(*mine))["outcome"] == "pushed"


def test_shared_files_pass(desk: Desk) -> None:
    desk.does("sky", "claim.acquire", scopes=[{"kind": "shared", "scope": "shared:lock.json", "symbols": [], "files": None}])
    assert pushed(desk, "river", "lock.json")["outcome"] == "pushed"


def test_the_landing_slot_of_another_stops_a_push_to_its_branch_only(desk: Desk) -> None:
    branch_claim(desk, "sky", "main")
    assert refused(desk, "river", "src/a.py", branch="main").code == "claim-conflict"
    assert pushed(desk, "river", "src/a.py", branch="maintenance")["outcome"] == "pushed"


@pytest.mark.parametrize("mode", ["warn", "off"])
def test_where_the_team_only_warns_the_push_lands_and_says_so(desk: Desk, mode: str) -> None:
    desk.claim("sky", "src/a.py")
    desk.team = {"hooks.pre_push": mode}
    result = pushed(desk, "river", "src/a.py")
    assert "sky" in result["warnings"][0]
    assert [e.body["ignored"] for e in desk.snapshot.events if e.type == "code.pushed"] == [["CLM-1"]]


def test_an_override_is_recorded_and_lifts_no_other_guard(desk: Desk) -> None:
    (mine,) = desk.claim("river", "src/a.py")
    desk.claim("sky", "src/b.py")
    pushed(desk, "river", "src/a.py", "src/b.py", under=named(mine), ignore_claims=True)
    assert [e.body["ignored"] for e in desk.snapshot.events if e.type == "code.pushed"] == [["CLM-2"]]
    desk.claim("sky", "src/a.py", take_over_live=True)
    assert refused(desk, "river", "src/a.py", under=named(mine), ignore_claims=True).code == "lease-token-conflict"


def test_release_gives_back_what_the_push_ran_under_in_the_same_intent(desk: Desk) -> None:
    one, two = desk.claim("river", "src/a.py", "src/b.py")
    result = pushed(desk, "river", "src/a.py", under=named(one), release=True)
    assert [each["state"] for each in result["claims"]] == ["released"]
    assert desk.the("claim", one["id"]).get("state") == "released"
    assert desk.the("claim", two["id"]).get("state") == "active"


def test_a_landing_slot_goes_back_when_its_branch_lands(desk: Desk) -> None:
    slot = branch_claim(desk, "river")
    (file,) = desk.claim("river", "src/a.py")
    pushed(desk, "river", "src/a.py", branch="main", under=named(slot, file), landed=[slot["id"], file["id"]])
    assert desk.the("claim", slot["id"]).get("state") == "released"
    assert desk.the("claim", file["id"]).get("state") == "active"


def test_a_record_of_what_has_happened_is_never_refused_and_says_what_was_lost(desk: Desk) -> None:
    (claim,) = desk.claim("river", "src/a.py")
    desk.claim("sky", "src/a.py", take_over_live=True)
    result = pushed(desk, "river", "src/a.py", under=named(claim), two_step=True)
    assert result["fenced"] is False and result["claims"] == []
    assert any("no longer yours" in each and "sky" in each for each in result["warnings"])
    (event,) = [e for e in desk.snapshot.events if e.type == "code.pushed"]
    assert event.body["fenced"] is False and "claims" not in event.body


def test_a_push_under_a_claim_that_is_over_is_refused_with_the_way_to_have_it_again(desk: Desk) -> None:
    (claim,) = desk.claim("river", "src/a.py")
    desk.does("river", "claim.release", claims=[{"id": claim["id"]}])
    refusal = refused(desk, "river", "src/a.py", under=named(claim))
    assert refusal.hint == "gitcoord claim src/a.py   then: gitcoord push"


@pytest.mark.parametrize(
    "wrong",
    [
        [], None, "refs/heads/x", [{"ref": "refs/heads/x"}], [{"ref": "refs/tags/x", "old": OLD, "new": NEW}],
        [{"ref": "refs/heads/x", "old": OLD, "new": ""}], [{"ref": "refs/heads/x", "old": "xyz", "new": NEW}],
        [{"ref": "refs/heads/x", "old": OLD, "new": NEW}] * 21,
    ],
)  # fmt: skip
def test_malformed_refs_are_refused(desk: Desk, wrong: Any) -> None:
    assert desk.refused("river", "code.push", refs=wrong, paths=[]).code == "invalid-arguments"


@pytest.mark.parametrize("paths", [[], ["a"], ["a/b.py", "ü/漢.md"], [f"some/folder/file{n}.py" for n in range(20_000)]])
def test_paths_are_carried_in_few_texts_and_come_back(paths: list[str]) -> None:
    texts = packed(paths)
    assert unpacked(texts) == paths
    assert all(len(text.encode()) <= 32 * 1024 for text in texts) and len(texts) < 100


def test_names_that_no_text_can_hold_do_not_stop_a_push() -> None:
    assert len(unpacked(packed(["a\nb", "caf\udce9.txt", "x\0y"]))) == 3


def test_deciding_twice_gives_the_same(desk: Desk) -> None:
    (claim,) = desk.claim("river", "src/a.py")
    intent = desk.intent("river", "code.push", {"refs": refs(), "paths": ["src/a.py"], "under": named(claim), "release": True})
    one, two = desk.decide(intent), desk.decide(intent)
    assert one.result == two.result and [e.body for e in one.events] == [e.body for e in two.events]


def test_the_record_of_a_fenced_push_is_never_landed_from_another_branch(desk: Desk) -> None:
    """Parked by somebody who makes things up, it would tell of a push that never was; a note of two steps may wait."""
    terms = {"refs": refs(), "paths": packed(["src/a.py"])}
    fenced = desk.intent("river", "code.push", terms)
    noted = desk.intent("river", "code.push", {**terms, "two_step": True})
    for judge in (parked, refusal):
        assert judge(desk.snapshot, fenced, "claude/work", desk.now, desk.settings) is not None
        assert judge(desk.snapshot, noted, "claude/work", desk.now, desk.settings) is None
