"""Branch holds: what was given back before it landed stands in others' way, and for how long."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rules.conftest import Desk

PATH = "src/auth/login.py"
COMMIT, LATER = "c" * 40, "d" * 40
DAY = 86400


def held(desk: Desk, *paths: str, agent: str = "river", **work: Any) -> dict[str, Any]:
    (claim,) = desk.claim(agent, *(paths or (PATH,)))
    told = {"commit": COMMIT, "base": "b" * 40, "branch": "feature", "paths": list(paths or (PATH,)), **work}
    (hold,) = desk.does(agent, "claim.release", claims=[{"id": claim["id"]}], work={claim["id"]: told})["claims"]
    assert hold["state"] == "hold"
    return hold


def asked(desk: Desk, agent: str, path: str = PATH, **args: Any) -> Any:
    """The refusal of a claim on the path; None when it is granted."""
    scopes = [{"kind": "glob" if "*" in path else "file", "scope": path, "symbols": [], "files": None}]
    outcome = desk.land(desk.intent(agent, "claim.acquire", {"scopes": scopes, **args}))
    return outcome if hasattr(outcome, "code") else None


def test_others_are_refused_with_the_commit_and_three_ways_on(desk: Desk) -> None:
    hold = held(desk)
    refusal = asked(desk, "sky")
    assert refusal.code == "claim-conflict" and refusal.details["options"] == ["merge", "wait", "accept-divergence"]
    (conflict,) = refusal.details["conflicts"]
    assert conflict["requested"] == PATH and conflict["claim"]["alias"] == hold["alias"]
    assert all(word in refusal.message for word in ("river", COMMIT[:12], "feature")) and "accept-divergence" in refusal.hint


def test_it_is_not_in_its_owners_way_nor_in_that_of_a_shared_claim_nor_beside_its_paths(desk: Desk) -> None:
    held(desk)
    assert asked(desk, "sky", "src/auth/logout.py") is None
    assert asked(desk, "sky", PATH, mode="shared") is None
    assert asked(desk, "river") is not None, "the shared one is"
    other = Desk()
    held(other)
    assert asked(other, "river") is None


def test_who_has_the_commit_below_may_go_on_and_the_hold_stands(desk: Desk) -> None:
    held(desk)
    assert asked(desk, "sky", contains=[LATER]).code == "claim-conflict", "another commit is not the work"
    assert asked(desk, "sky", contains=[COMMIT]) is None
    assert desk.the("claim", "CLM-1").get("state") == "hold"


def test_who_lifts_it_by_name_leaves_a_trace_and_the_hold(desk: Desk) -> None:
    held(desk)
    assert asked(desk, "sky", accept_divergence=True) is None
    (event,) = [each for each in desk.snapshot.events if each.type == "claim.diverged"]
    assert event.body["by"] == "sky" and event.body["commit"] == COMMIT[:12]
    assert desk.the("claim", "CLM-1").get("state") == "hold"


def test_what_has_landed_ends_with_the_very_claim_that_found_out(desk: Desk) -> None:
    held(desk)
    assert asked(desk, "sky", landed=[LATER]).code == "claim-conflict"
    assert asked(desk, "sky", landed=[COMMIT]) is None
    over = desk.the("claim", "CLM-1")
    assert over.get("state") == "released" and over.get("end_reason") == f"landed: {COMMIT[:12]}"
    assert [e.body["commit"] for e in desk.snapshot.events if e.type == "claim.landed"] == [COMMIT[:12]]


def test_a_claim_on_two_held_paths_needs_both_to_be_out_of_the_way(desk: Desk) -> None:
    held(desk, "src/a.py")
    held(desk, "src/b.py", agent="wren", commit=LATER)
    refusal = asked(desk, "sky", "src/**", landed=[COMMIT])
    assert refusal.code == "claim-conflict" and [c["requested"] for c in refusal.details["conflicts"]] == ["src/**"]
    assert refusal.details["conflicts"][0]["claim"]["agent"] == "wren"
    assert desk.the("claim", "CLM-1").get("state") == "hold", "a refusal changes nothing"
    assert asked(desk, "sky", "src/**", landed=[COMMIT, LATER]) is None


def test_it_is_forgotten_at_its_end_and_not_a_second_before(desk: Desk) -> None:
    desk.team["claims"] = {"hold_ttl": 7 * DAY}
    held(desk)
    desk.wait(7 * DAY - 1)
    assert asked(desk, "sky").code == "claim-conflict"
    desk.wait(1)
    assert asked(desk, "sky") is None


@pytest.mark.parametrize("lenient", ["setting", "intent"])
def test_where_claims_only_warn_a_hold_does_not_refuse(desk: Desk, lenient: str) -> None:
    held(desk)
    if lenient == "setting":
        desk.team["claims"] = {"mode": "warn"}
    assert asked(desk, "sky", **({"mode": "warn"} if lenient == "intent" else {})) is None


def test_landing_ends_the_holds_of_these_commits_and_no_others(desk: Desk) -> None:
    held(desk, "src/a.py")
    held(desk, "src/b.py", commit=LATER)
    ended = desk.does("sky", "claim.land", landed=[COMMIT])["claims"]
    assert [each["scope"] for each in ended] == ["src/a.py"]
    assert desk.told().count("claim.landed") == 1
    assert desk.the("claim", "CLM-2").get("state") == "hold"
    assert desk.does("sky", "claim.land", landed=[COMMIT])["claims"] == [], "twice has one effect"


@pytest.mark.parametrize("commit", ["c" * 39, "C" * 40, "--upload-pack=x" + "0" * 30, "g" * 40, "c" * 65])
def test_a_commit_that_is_no_object_id_is_never_shown_nor_handed_to_git(desk: Desk, commit: str) -> None:
    held(desk, commit=commit)
    refusal = asked(desk, "sky")
    assert refusal.code == "claim-conflict" and commit not in refusal.message + refusal.hint and "git merge" not in refusal.hint


def test_names_are_cut_and_paths_are_counted(desk: Desk) -> None:
    held(desk, branch="x" * 300 + "\n# Done", paths=[f"p{n:03}" for n in range(80)] + [7, None])
    work = desk.the("claim", "CLM-1").get("hold")
    assert len(work["branch"]) <= 200 and "\n" not in work["branch"] and len(work["paths"]) == 50
    assert len(asked(desk, "sky").message) < 300
