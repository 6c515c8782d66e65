from __future__ import annotations

import pytest

from gitcoord.model.entity import Entity
from gitcoord.model.outcome import Landed
from gitcoord.rules.claims.conflict import conflicts
from gitcoord.rules.claims.objects import claim_object, shown_state
from gitcoord.settings import Settings
from tests.unit.claims.claims_world import NOON, USUAL, Board, a_claim, agent_id, granted, refused, scope

LATE = NOON + 3600 + 900


def test_a_free_file_is_granted_with_token_fence_and_end() -> None:
    board = Board()
    outcome = board.claims("river", "src/x.py", description="fix login", branch="login")
    [shown] = granted(outcome)
    assert isinstance(outcome, Landed)
    assert outcome.result["outcome"] == "granted"
    assert outcome.subject == "claim src/x.py by river"
    assert [each.type for each in outcome.events] == ["claim.granted"]
    assert (shown["alias"], shown["state"], shown["fence"]) == ("CLM-1", "active", 11)
    assert shown["expires_at"] == "2025-11-21T16:00:00Z"
    assert shown["lease_token"].endswith("-0")
    [claim] = board.active()
    assert claim.get("narrowable") and claim.get("branch") == "login" and claim.get("description") == "fix login"


def test_a_held_file_is_refused_with_holder_time_and_options() -> None:
    board = Board(a_claim("src/auth/", "river"))
    denied = refused(board.claims("sky", "src/auth/login.py"))
    assert denied.message == "src/auth/login.py is claimed by river until 13:00Z (CLM-1, src/auth/; 1 h left)."
    assert "src/auth/login.py --wait 10m" in denied.hint and "request-release CLM-1" in denied.hint
    [conflict] = denied.details["conflicts"]
    assert conflict["requested"] == "src/auth/login.py"
    assert conflict["claim"] == {
        "id": conflict["claim"]["id"], "alias": "CLM-1", "kind": "directory", "scope": "src/auth/", "mode": "exclusive",
        "agent": "river", "expires_at": "2025-11-21T13:00:00Z", "fence": 1, "state": "active",
    }  # fmt: skip
    assert denied.details["options"] == ["wait", "narrow", "escalate", "override"]


def test_all_targets_are_granted_or_none() -> None:
    board = Board(a_claim("src/b.py", "river"))
    before = len(board.active())
    refused(board.claims("sky", "src/a.py", "src/b.py", "branch:dev"))
    assert len(board.active()) == before
    shown = granted(board.claims("sky", "src/a.py", "src/c.py", "branch:dev"))
    assert [each["alias"] for each in shown] == ["CLM-2", "CLM-3", "CLM-4"]
    assert len({each["lease_token"] for each in shown}) == 3


def test_every_conflict_of_a_request_is_told() -> None:
    board = Board(a_claim("src/a.py", "river", n=1), a_claim("src/b.py", "wren", n=2))
    denied = refused(board.claims("sky", "src/a.py", "src/b.py"))
    assert [each["claim"]["agent"] for each in denied.details["conflicts"]] == ["river", "wren"]
    assert denied.message.endswith("1 more claim is in the way.")


def test_the_same_target_twice_is_one_claim() -> None:
    assert len(granted(Board().claims("sky", "src/a.py", "./src/a.py"))) == 1


def test_claiming_again_what_i_hold_renews_it() -> None:
    board = Board()
    [first] = granted(board.claims("river", "src/x.py", ttl=3600))
    outcome = board.claims("river", "src/x.py", ttl=7200, at=NOON + 600)
    [again] = granted(outcome)
    assert isinstance(outcome, Landed) and outcome.result["outcome"] == "renewed"
    assert (again["id"], again["fence"]) == (first["id"], first["fence"])
    assert again["lease_token"] != first["lease_token"]
    assert again["expires_at"] == "2025-11-21T14:10:00Z"
    assert [each.type for each in outcome.events] == ["claim.renewed"]


def test_what_is_partly_mine_is_granted_with_a_renewal() -> None:
    board = Board()
    [first] = granted(board.claims("river", "src/x.py"))
    outcome = board.claims("river", "src/x.py", "src/", at=NOON + 60)
    assert isinstance(outcome, Landed) and outcome.result["outcome"] == "granted"
    assert outcome.result["claims"][0]["id"] == first["id"]
    assert len(board.active()) == 2, "one's own claims may overlap"


def test_deciding_twice_gives_the_same_tokens() -> None:
    one, two = Board(), Board()
    assert granted(one.claims("river", "a", "b")) == granted(two.claims("river", "a", "b"))


def test_two_names_in_one_session_do_not_conflict() -> None:
    board = Board()
    granted(board.claims("river/a", "src/x.py", session="window-1"))
    granted(board.claims("river/b", "src/", session="window-1"))
    refused(board.claims("river/c", "src/x.py", session="window-2"))
    granted(board.claims("river/a", "src/x.py", session="window-3"))


def test_a_holder_without_a_session_is_not_everybody() -> None:
    board = Board(a_claim("src/x.py", "river", session_id=""))
    claim = board.active()[0]
    assert conflicts(board, scope("src/x.py"), {agent_id("sky")}, {""}, "exclusive", NOON, USUAL) == [claim]


def test_shared_beside_shared_and_nothing_else() -> None:
    board = Board()
    [one] = granted(board.claims("river", "shared:package-lock.json"))
    assert (one["mode"], one["expires_at"]) == ("shared", "2025-11-21T14:00:00Z")
    granted(board.claims("sky", "shared:*.json"))
    granted(board.claims("wren", "package-lock.json", mode="shared"))
    refused(board.claims("ash", "package-lock.json"))
    assert not any(each.get("narrowable") for each in board.active())


def test_one_who_shares_gets_it_alone_only_when_the_others_are_gone() -> None:
    board = Board()
    granted(board.claims("river", "src/", mode="shared"))
    [other] = granted(board.claims("sky", "src/", mode="shared"))
    refused(board.claims("river", "src/"))
    granted(board.releases("sky", board.get("claim", other["id"])))
    [alone] = granted(board.claims("river", "src/"))
    assert alone["mode"] == "exclusive"


@pytest.mark.parametrize("kind", ["branch", "task", "component", "env", "runner"])
def test_a_named_thing_is_held_by_one(kind: str) -> None:
    board = Board()
    [shown] = granted(board.claims("river", f"{kind}:one"))
    refused(board.claims("sky", f"{kind}:one"))
    granted(board.claims("sky", f"{kind}:two"))
    assert shown["expires_at"] == ("2025-11-21T12:30:00Z" if kind in ("env", "runner") else "2025-11-21T16:00:00Z")


def test_a_task_is_one_thing_by_all_its_names() -> None:
    task = Entity("task", {"id": "0" * 26, "alias": "TASK-4", "title": "x"})
    board = Board(task)
    [shown] = granted(board.claims("river", f"task:{task.id}"))
    assert shown["scope"] == "task:TASK-4"
    refused(board.claims("sky", "task:TASK-004"))


def test_a_claim_can_be_linked_to_a_task_that_is_there() -> None:
    task = Entity("task", {"id": "0" * 26, "alias": "TASK-4", "title": "x"})
    board = Board(task)
    granted(board.claims("river", "a.py", task="task-4"))
    assert board.active()[0].get("task") == task.id
    refused(board.claims("river", "b.py", task="TASK-5"), "not-found")


# Symbols


def test_disjoint_symbols_of_one_file_coexist_and_know_each_other() -> None:
    board = Board()
    [one] = granted(board.claims("river", "src/a.py#Session::refresh"))
    outcome = board.claims("sky", "src/a.py#login")
    [two] = granted(outcome)
    assert isinstance(outcome, Landed) and outcome.result["outcome"] == "coexisting"
    assert board.get("claim", one["id"]).get("coexists_with") == [two["id"]]
    assert board.get("claim", two["id"]).get("coexists_with") == [one["id"]]
    refused(board.claims("wren", "src/a.py#Session"))
    refused(board.claims("wren", "src/a.py"))
    refused(board.claims("wren", "src/"))


def test_a_symbol_narrows_a_file_claim_and_its_holder_is_told() -> None:
    board = Board()
    [whole] = granted(board.claims("river", "src/a.py"))
    outcome = board.claims("sky", "src/a.py#login")
    [part] = granted(outcome)
    assert isinstance(outcome, Landed) and outcome.result["outcome"] == "narrowed"
    assert board.get("claim", whole["id"]).get("narrowed_by") == [part["id"]]
    assert board.get("claim", whole["id"]).get("state") == "active"
    assert [each.type for each in outcome.events] == ["claim.narrowed", "claim.granted"]


@pytest.mark.parametrize("held", ["src/", "src/*.py", "shared:src/a.py"])
def test_only_file_claims_are_narrowed(held: str) -> None:
    board = Board()
    granted(board.claims("river", held))
    refused(board.claims("sky", "src/a.py#login"))


# Time


def test_a_lapsed_claim_is_taken_over_in_the_same_step_with_its_evidence() -> None:
    board = Board(a_claim("src/", "river"))
    outcome = board.claims("sky", "src/a.py", at=LATE)
    [shown] = granted(outcome)
    assert isinstance(outcome, Landed)
    [old] = [each for each in board.find("claim") if each.get("agent") == "river"]
    assert (old.get("state"), old.get("ended_by"), old.get("ended_at")) == ("superseded", "sky", "2025-11-21T13:15:00Z")
    assert old.get("evidence")["rule"] == "T3" and old.get("evidence")["lease_token"] == "token-1"
    assert [each.type for each in outcome.events] == ["claim.superseded", "claim.granted"]
    assert outcome.events[0].body["by"] == "sky" and outcome.events[0].body["holder"] == "river"
    assert outcome.result["superseded"][0]["alias"] == "CLM-1"
    assert shown["fence"] > old.get("fence")


def test_one_lapsed_claim_is_taken_over_once_by_several_targets() -> None:
    board = Board(a_claim("src/", "river"))
    outcome = board.claims("sky", "src/a.py", "src/b.py", at=LATE)
    assert isinstance(outcome, Landed)
    assert [each.type for each in outcome.events].count("claim.superseded") == 1
    assert len({each.id for each in outcome.changes}) == len(outcome.changes) == 3


def test_the_passing_of_time_alone_frees_nothing() -> None:
    board = Board(a_claim("src/x.py", "river"))
    denied = refused(board.claims("sky", "src/x.py", at=NOON + 3700))
    assert denied.message == (
        "src/x.py is claimed by river until 13:00Z (CLM-1): that is over,"
        " and it can be taken over from about 13:15Z on."
    )
    board.facts[board.active()[0].id] = {"offset": [-1, 1]}
    granted(board.claims("sky", "src/x.py", at=NOON + 3700))


def test_a_take_over_of_a_living_holder_names_its_rule() -> None:
    board = Board(a_claim("src/x.py", "river"))
    outcome = board.claims("sky", "src/x.py", take_over_live=True)
    granted(outcome)
    assert isinstance(outcome, Landed) and outcome.events[0].body["rule"] == "T4"
    old = next(each for each in board.find("claim") if each.get("agent") == "river")
    assert "took it over, with time left" in refused(board.renews("river", old), "lease-token-conflict").message


def test_a_lapsed_claim_of_mine_is_simply_renewed() -> None:
    board = Board(a_claim("src/x.py", "river"))
    outcome = board.claims("river", "src/x.py", at=LATE)
    assert isinstance(outcome, Landed) and outcome.result["outcome"] == "renewed"


@pytest.mark.parametrize("ttl", [-1, 0, 59, 86401, 10**12, True, "45m", 3600.5])
def test_a_ttl_out_of_range_is_refused(ttl: object) -> None:
    board = Board(a_claim())
    assert "1 m to 1 d" in refused(board.claims("river", "src/y.py", ttl=ttl), "invalid-arguments").message
    refused(board.renews("river", *board.active(), ttl=ttl), "invalid-arguments")  # type: ignore[arg-type]


def test_a_usual_ttl_is_cut_to_what_the_team_allows() -> None:
    board = Board(settings=Settings([("team", {"claims.max_ttl": "1h"})]))
    assert granted(board.claims("river", "x.py"))[0]["expires_at"] == "2025-11-21T13:00:00Z"
    refused(board.claims("river", "y.py", ttl=7200), "invalid-arguments")


# Warnings, limits


@pytest.mark.parametrize("how", ["setting", "option"])
def test_where_the_team_only_warns_a_claim_lands_with_a_warning(how: str) -> None:
    board = Board(a_claim("src/x.py", "river"))
    if how == "setting":
        board.settings = Settings([("team", {"claims.mode": "warn"})])
    outcome = board.claims("sky", "src/x.py", mode="exclusive" if how == "setting" else "warn")
    [shown] = granted(outcome)
    assert isinstance(outcome, Landed)
    assert "river" in outcome.result["warnings"][0]
    assert shown["mode"] == "shared", "no two exclusive claims ever overlap"
    assert granted(board.claims("sky", "src/y.py", mode="warn"))[0]["mode"] == "exclusive"


def test_a_team_may_limit_claims_to_a_folder() -> None:
    board = Board(settings=Settings([("team", {"claims.scope": "apps/web/"})]))
    granted(board.claims("river", "apps/web/a.ts", "apps/web/**/*.css", "branch:main"))
    for outside in ("apps/api/a.ts", "apps/**", "**/*.ts", "shared:package.json"):
        assert refused(board.claims("river", outside), "scope-invalid").hint


def test_an_intent_from_elsewhere_with_a_foreign_scope_is_refused() -> None:
    board = Board()
    for kind, text in [("file", "/etc/passwd"), ("potato", "x"), ("glob", "*a" * 9000), ("directory", "a/../../b/")]:
        args = {"scopes": [{"kind": kind, "scope": text}]}
        from gitcoord.rules.claims.acquire import acquire

        refused(board._decide(acquire, "claim.acquire", "sky", "", NOON, args, 1), "scope-invalid")
    refused(board.claims("sky"), "invalid-arguments")
    refused(board.claims("sky", "a", mode="potato"), "invalid-arguments")
    refused(board.claims("sky", "a", description="x" * 1001), "cap-exceeded")


# Release and renewal


def test_the_holder_releases_and_another_can_claim_at_once() -> None:
    board = Board(a_claim("src/x.py", "river"))
    [claim] = board.active()
    outcome = board.releases("river", claim, reason="done")
    assert isinstance(outcome, Landed) and outcome.result["claims"][0]["state"] == "released"
    assert [each.type for each in outcome.events] == ["claim.released"]
    granted(board.claims("sky", "src/x.py"))


def test_releasing_again_is_done_already() -> None:
    board = Board(a_claim("src/x.py", "river"))
    [claim] = board.active()
    granted(board.releases("river", claim))
    outcome = board.releases("river", claim, lease_token="an old one")
    assert isinstance(outcome, Landed) and not outcome.changes and not outcome.events
    assert outcome.result["claims"][0]["state"] == "released"


def test_another_agents_claim_can_be_neither_released_nor_renewed() -> None:
    board = Board(a_claim("src/x.py", "river"))
    for act in (board.releases, board.renews):
        denied = refused(act("sky", *board.active()), "lease-token-conflict")
        assert "river's" in denied.message and denied.details["holder"] == "river"
    granted(board.releases("sub", *board.active(), session="river"))


def test_an_act_under_an_older_token_or_fence_is_refused() -> None:
    board = Board(a_claim("src/x.py", "river"))
    [claim] = board.active()
    for named in ({"lease_token": "other"}, {"fence": 0}, {"lease_token": "token-1", "fence": 2}):
        refused(board.releases("river", claim, **named), "lease-token-conflict")
        refused(board.renews("river", claim, **named), "lease-token-conflict")
    granted(board.renews("river", claim, at=NOON + 1800, lease_token="token-1", fence=1))
    refused(board.releases("river", claim, lease_token="token-1"), "lease-token-conflict")


def test_a_holder_that_overslept_is_told_who_holds_it_now() -> None:
    board = Board(a_claim("src/x.py", "river"))
    [old] = board.active()
    [taken] = granted(board.claims("sky", "src/x.py", at=LATE))
    for act in (board.releases, board.renews):
        denied = refused(act("river", old, at=LATE), "lease-token-conflict")
        assert "sky took it over" in denied.message and "sky holds it now (CLM-2)" in denied.message
        assert (denied.details["holder"], denied.details["fence"]) == ("sky", taken["fence"])
    granted(board.releases("sky", board.get("claim", taken["id"])))
    assert "nobody holds it now" in refused(board.releases("river", old), "lease-token-conflict").message


def test_all_claims_of_a_release_or_none() -> None:
    board = Board(a_claim("a.py", "river", n=1), a_claim("b.py", "sky", n=2))
    refused(board.releases("river", *board.active()), "lease-token-conflict")
    assert len(board.active()) == 2
    ghost = a_claim("ghost.py", "river", n=9)
    refused(board.releases("river", ghost), "not-found")
    refused(board.renews("river", ghost), "not-found")


def test_a_renewal_moves_the_end_and_keeps_the_fence() -> None:
    board = Board(a_claim("src/x.py", "river"))
    [claim] = board.active()
    [shown] = granted(board.renews("river", claim, at=NOON + 1200))
    assert (shown["fence"], shown["expires_at"]) == (1, "2025-11-21T13:20:00Z")
    assert shown["lease_token"] != "token-1"


def test_a_bare_renewal_lands_at_most_once_per_third_of_the_ttl() -> None:
    board = Board(a_claim("src/x.py", "river"))
    outcome = board.renews("river", *board.active(), at=NOON + 1199)
    assert isinstance(outcome, Landed) and not outcome.changes
    assert outcome.result["outcome"] == "renewed" and outcome.result["still_valid"]
    assert outcome.result["claims"][0]["lease_token"] == "token-1"
    assert board.renews("river", *board.active(), at=NOON + 5, ttl=7200).changes  # type: ignore[union-attr]


def test_a_late_renewal_works_while_nobody_took_over_and_a_released_claim_stays_released() -> None:
    board = Board(a_claim("src/x.py", "river"))
    [claim] = board.active()
    granted(board.renews("river", claim, at=LATE + 5000))
    granted(board.releases("river", claim, at=LATE + 5000))
    refused(board.renews("river", claim, at=LATE + 5001), "lease-token-conflict")


# What is shown


def test_a_claim_is_called_expired_once_it_may_be_taken() -> None:
    claim = a_claim()
    assert shown_state(claim, NOON + 3600) == "active"
    assert shown_state(claim, LATE) == "expired"
    assert shown_state(claim.changed(state="released"), LATE) == "released"
    assert shown_state(claim.changed(expires_at="?"), LATE) == "active"


def test_a_claim_object_has_the_fields_of_the_protocol() -> None:
    small = claim_object(a_claim(), NOON)
    assert list(small) == ["id", "alias", "kind", "scope", "mode", "agent", "expires_at", "fence", "state"]
    assert {"lease_token", "session_id"} <= set(claim_object(a_claim(), NOON, own=True))
    full = claim_object(a_claim(description="why", branch="b"), NOON, full=True)
    assert {"agent_id", "session_id", "lease_token", "branch", "description", "acquired_at", "renewed_at"} <= set(full)
    assert "lease_token" not in small
