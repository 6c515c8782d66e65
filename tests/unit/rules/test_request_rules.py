"""Asking a holder for its claim: what a request does to it, who may answer what, and that no answer is lost."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.clock import parse_instant, rfc3339
from gitcoord.codec import yaml
from gitcoord.rules import events

HOUR = 3600


def _scope(path: str, kind: str = "") -> dict[str, Any]:
    names = path.partition("#")[2]
    found = kind or ("symbol" if names else "glob" if "*" in path else "directory" if path.endswith("/") else "file")
    return {"kind": found, "scope": path, "symbols": names.split(",") if names else []}


def held(desk: Any, path: str = "src/a.py", ttl: int = 4 * HOUR, **args: Any) -> str:
    return str(desk.does("river", "claim.acquire", scopes=[_scope(path)], ttl=ttl, **args)["claims"][0]["alias"])


def ask(desk: Any, agent: str = "sky", claim: str = "CLM-1", **args: Any) -> dict[str, Any]:
    return dict(desk.does(agent, "request.file", claim=claim, reason="the fix is blocked", **args))


def answer(desk: Any, word: str, agent: str = "river", request: str = "REQ-1", **args: Any) -> dict[str, Any]:
    return dict(desk.does(agent, "request.respond", request=request, answer=word, **args))


def left(desk: Any, claim: str = "CLM-1") -> float:
    return parse_instant(desk.the("claim", claim).get("expires_at")) - desk.now


def timeline(desk: Any, request: str = "REQ-1") -> list[str]:
    return [line.partition(" ")[2] for line in desk.the("request", request).get("timeline")]


@pytest.mark.parametrize(
    ("ttl", "waited", "remains"), [(4 * HOUR, 0, 300), (4 * HOUR, HOUR, 300), (600, 400, 200), (300, 0, 300)]
)
def test_what_is_left_of_the_claim_is_cut_to_five_minutes(desk: Any, ttl: int, waited: int, remains: int) -> None:
    held(desk, ttl=ttl)
    desk.wait(waited)
    result = ask(desk)
    assert (result["outcome"], result["requests"][0]["alias"], result["requests"][0]["holder"]) == ("filed", "REQ-1", "river")
    assert left(desk) == remains


def test_a_request_leaves_token_fence_and_ttl_as_they_were(desk: Any) -> None:
    """Others measure with the TTL how long they have seen the token: a shorter one would be taken over at once."""
    held(desk)
    before = desk.the("claim", "CLM-1")
    ask(desk)
    after = desk.the("claim", "CLM-1")
    assert [after.get(n) for n in ("lease_token", "fence", "ttl")] == [before.get(n) for n in ("lease_token", "fence", "ttl")]
    assert after.get("clamped_from") == before.get("expires_at")
    desk.snapshot._facts = lambda claim: {"token_seen_for": 400.0}
    denied = desk.refused("wren", "claim.acquire", scopes=[_scope("src/a.py")])
    assert denied.code == "claim-conflict"


def test_a_claim_that_is_asked_for_is_not_renewed_until_it_is_answered(desk: Any) -> None:
    held(desk)
    ask(desk)
    named = {"id": desk.the("claim", "CLM-1").id}
    for kind, args in (("claim.renew", {"claims": [named], "ttl": HOUR}), ("claim.acquire", {"scopes": [_scope("src/a.py")]})):
        denied = desk.refused("river", kind, **args)
        assert denied.code == "check-failed" and "REQ-1" in denied.message and "respond REQ-1" in denied.hint
    desk.does("river", "blocker.ask", text="why?")  # would have renewed it along the way
    assert left(desk) == 300
    answer(desk, "deny")
    desk.does("river", "claim.renew", claims=[named], ttl=HOUR)
    assert left(desk) == HOUR


def test_once_the_request_ran_out_unanswered_the_holder_may_renew(desk: Any) -> None:
    held(desk)
    ask(desk)
    desk.wait(601)
    desk.does("river", "claim.renew", claims=[{"id": desk.the("claim", "CLM-1").id}], ttl=HOUR)
    assert left(desk) == HOUR
    assert desk.the("claim", "CLM-1").get("clamped_from") is None


@pytest.mark.parametrize(
    ("args", "code"),
    [({"reason": ""}, "invalid-arguments"), ({"claim": "CLM-9"}, "not-found"), ({"urgency": "now"}, "invalid-arguments"),
     ({"wait": 601}, "invalid-arguments"), ({"reason": "x" * 500}, "invalid-arguments")],
)  # fmt: skip
def test_a_request_that_says_too_little_or_too_much_is_refused(desk: Any, args: dict[str, Any], code: str) -> None:
    held(desk)
    assert desk.refused("sky", "request.file", **{"claim": "CLM-1", "reason": "please", **args}).code == code


def test_nobody_asks_himself_or_for_what_is_gone(desk: Any) -> None:
    held(desk)
    assert desk.refused("river", "request.file", claim="CLM-1", reason="please").code == "invalid-arguments"
    desk.does("river", "claim.release", claims=[{"id": desk.the("claim", "CLM-1").id}])
    assert desk.refused("sky", "request.file", claim="CLM-1", reason="please").code == "check-failed"


def test_asking_twice_is_one_request(desk: Any) -> None:
    held(desk)
    ask(desk)
    assert ask(desk)["outcome"] == "already-filed"
    assert len(desk.snapshot.find("request")) == 1


def test_approved_the_claim_ends_and_the_requester_who_waits_gets_it(desk: Any) -> None:
    held(desk)
    filed = ask(desk, wait=300)
    assert filed["queue"][0]["scopes"] == ["src/a.py"]
    result = answer(desk, "approve")
    assert (result["outcome"], result["served"][0]["agent"]) == ("approved", "sky")
    (claim,) = desk.snapshot.find("claim", state="active")
    assert (claim.get("agent"), claim.get("scope")) == ("sky", "src/a.py")
    assert timeline(desk) == ["filed by sky", "responded: approve by river", "resolved: approved"]


def test_denied_the_old_end_is_back_and_what_passed_has_passed(desk: Any) -> None:
    held(desk, ttl=HOUR)
    ask(desk, wait=300)
    desk.wait(120)
    result = answer(desk, "deny", reason="ten more minutes")
    assert result["outcome"] == "denied" and result["requests"][0]["answer_reason"] == "ten more minutes"
    assert left(desk) == HOUR - 120
    entry = desk.the("queue", "QUE-1")
    assert (entry.get("state"), entry.get("end_reason")) == ("cancelled", "denied by river")


def test_with_two_requests_the_old_end_is_back_after_the_last_denial(desk: Any) -> None:
    held(desk, ttl=HOUR)
    ask(desk, "sky")
    ask(desk, "wren")
    answer(desk, "deny", request="REQ-1")
    assert left(desk) == 300
    answer(desk, "deny", request="REQ-2")
    assert left(desk) == HOUR


@pytest.mark.parametrize(
    ("path", "to"), [("src/", "src/auth/"), ("src/**/*.py", "src/x/*.py"), ("src/a.py", "src/a.py#Session")]
)
def test_narrowed_the_holder_keeps_a_part(desk: Any, path: str, to: str) -> None:
    held(desk, path)
    ask(desk)
    result = answer(desk, "narrow", to=[_scope(to)])
    claim = desk.the("claim", "CLM-1")
    assert (result["outcome"], claim.get("scope"), claim.get("state")) == ("narrowed", to, "active")
    assert left(desk) == 4 * HOUR
    assert "claim.narrowed" in desk.told()


@pytest.mark.parametrize(
    ("path", "to", "code"),
    [("src/auth/", "src/", "scope-invalid"), ("src/a.py", "src/b.py", "scope-invalid"),
     ("src/*.py", "src/**/*.py", "scope-invalid"), ("src/", "src/", "invalid-arguments"),
     ("src/", "../x", "scope-invalid"), ("src/", "branch:main", "scope-invalid")],
)  # fmt: skip
def test_a_part_that_is_none_is_refused(desk: Any, path: str, to: str, code: str) -> None:
    held(desk, path)
    ask(desk)
    kind = "branch" if ":" in to else ""
    assert desk.refused("river", "request.respond", request="REQ-1", answer="narrow", to=[_scope(to, kind)]).code == code
    assert desk.refused("river", "request.respond", request="REQ-1", answer="narrow").code == "invalid-arguments"


def test_narrowed_the_requester_who_waits_for_the_rest_gets_it(desk: Any) -> None:
    held(desk, "src/")
    ask(desk, wait=300, wanted=[_scope("src/b.py")])
    result = answer(desk, "narrow", to=[_scope("src/auth/")])
    assert result["served"][0]["agent"] == "sky"
    assert [each.get("scope") for each in desk.snapshot.find("claim", agent="sky")] == ["src/b.py"]


def test_narrowed_to_what_the_requester_wanted_it_waits_no_more(desk: Any) -> None:
    held(desk, "src/")
    ask(desk, wait=300, wanted=[_scope("src/auth/login.py")])
    answer(desk, "narrow", to=[_scope("src/auth/")])
    assert desk.the("queue", "QUE-1").get("end_reason") == "narrowed to src/auth/"


def test_coexisting_both_name_each_other_and_exclude_third_ones(desk: Any) -> None:
    held(desk)
    ask(desk, wait=300)
    result = answer(desk, "coexist")
    mine, theirs = desk.the("claim", "CLM-1"), desk.the("claim", "CLM-2")
    assert (result["outcome"], theirs.get("agent"), theirs.get("mode")) == ("coexisting", "sky", "shared")
    assert mine.get("coexists_with") == [theirs.id] and theirs.get("coexists_with") == [mine.id]
    assert (left(desk), theirs.get("fence")) == (4 * HOUR, desk.snapshot.revision)
    assert desk.the("queue", "QUE-1").get("claims") == [theirs.id]
    assert desk.refused("wren", "claim.acquire", scopes=[_scope("src/a.py")]).code == "claim-conflict"
    assert desk.the("request", "REQ-1").get("granted") == theirs.id


@pytest.mark.parametrize(
    ("path", "words", "scope"),
    [("src/a.py", ["Session::refresh"], "src/a.py#Session::refresh"), ("src/a.py", ["b", "a"], "src/a.py#a,b"),
     ("src/", ["src/a.py#Session"], "src/a.py#Session"), ("src/a.py#Other", ["Session"], "src/a.py#Session")],
)  # fmt: skip
def test_coexisting_on_symbols_alone(desk: Any, path: str, words: list[str], scope: str) -> None:
    held(desk, path)
    ask(desk)
    answer(desk, "coexist", symbols=words)
    theirs = desk.the("claim", "CLM-2")
    assert (theirs.get("kind"), theirs.get("scope"), theirs.get("mode")) == ("symbol", scope, "exclusive")
    link = "coexists_with" if "#" in path else "narrowed_by"
    assert desk.the("claim", "CLM-1").get(link) == [theirs.id]


@pytest.mark.parametrize(
    ("path", "words"),
    [("src/", ["Session"]), ("src/a.py", ["src/b.py#Session"]), ("src/a.py#Session", ["Session::refresh"]), ("src/a.py", [""]),
     ("src/", ["src/a.py#A", "src/b.py#B"])],
)  # fmt: skip
def test_symbols_that_the_holder_cannot_give_are_refused(desk: Any, path: str, words: list[str]) -> None:
    held(desk, path)
    ask(desk)
    denied = desk.refused("river", "request.respond", request="REQ-1", answer="coexist", symbols=words)
    assert denied.code == "scope-invalid"


def test_a_sibling_never_meets_the_claim_of_a_third(desk: Any) -> None:
    held(desk)
    desk.does("wren", "claim.acquire", scopes=[_scope("src/a.py#Session")])
    ask(desk)
    denied = desk.refused("river", "request.respond", request="REQ-1", answer="coexist", symbols=["Session"])
    assert denied.code == "claim-conflict" and "wren" in denied.message


@pytest.mark.parametrize("word", ["approve", "deny", "narrow", "coexist"])
def test_only_the_holder_or_a_person_answers(desk: Any, word: str) -> None:
    held(desk)
    ask(desk)
    for agent in ("sky", "wren", "alex/claude/main", "humanoid"):
        denied = desk.refused(agent, "request.respond", request="REQ-1", answer=word)
        assert denied.code == "claim-conflict", agent


@pytest.mark.parametrize("who", ["human:alex", "human/alex", "river"])
def test_a_person_has_the_last_word(desk: Any, who: str) -> None:
    held(desk)
    ask(desk)
    assert answer(desk, "approve", agent=who)["outcome"] == "approved"


def test_another_agent_of_the_same_session_may_answer(desk: Any) -> None:
    held(desk)
    ask(desk)
    result = desk.does("wren", "request.respond", {"session": "river"}, request="REQ-1", answer="deny")
    assert result["outcome"] == "denied"


def test_the_second_answer_is_refused_with_the_first(desk: Any) -> None:
    held(desk)
    ask(desk)
    answer(desk, "deny")
    denied = desk.refused("river", "request.respond", request="REQ-1", answer="approve")
    assert denied.code == "check-failed" and denied.details["first"]["answer"] == "deny"
    assert "deny by river" in denied.message


def test_a_late_answer_changes_nothing_and_is_kept(desk: Any) -> None:
    held(desk)
    ask(desk)
    desk.wait(601)
    assert answer(desk, "approve")["outcome"] == "responded-late"
    assert desk.the("claim", "CLM-1").get("state") == "active"
    assert timeline(desk) == ["filed by sky", "expired without an answer", "responded-late: approve by river"]
    assert desk.the("request", "REQ-1").get("state") == "expired"
    assert answer(desk, "deny")["outcome"] == "responded-late"
    assert len(timeline(desk)) == 4


def test_an_answer_after_the_claim_is_gone_is_kept_too(desk: Any) -> None:
    held(desk)
    ask(desk)
    desk.does("river", "claim.release", claims=[{"id": desk.the("claim", "CLM-1").id}])
    assert timeline(desk) == ["filed by sky", "resolved: CLM-1 was released"]
    assert answer(desk, "deny")["outcome"] == "responded-late"
    assert timeline(desk)[-1] == "responded-late: deny by river"


def test_late_answers_do_not_fill_the_branch(desk: Any) -> None:
    held(desk)
    ask(desk)
    desk.wait(601)
    for _ in range(28):
        answer(desk, "deny")
    assert desk.refused("river", "request.respond", request="REQ-1", answer="deny").code == "cap-exceeded"


def test_a_holder_that_lands_anything_is_told_once(desk: Any) -> None:
    held(desk)
    ask(desk)
    (warning,) = desk.does("river", "blocker.ask", text="which port?")["warnings"]
    assert "REQ-1" in warning and "“the fix is blocked”" in warning
    assert "warnings" not in desk.does("river", "blocker.ask", text="which host?")
    answer(desk, "approve")
    assert timeline(desk) == ["filed by sky", "notified river", "responded: approve by river", "resolved: approved"]


def test_old_requests_get_their_last_state_when_somebody_files_another(desk: Any) -> None:
    held(desk, ttl=24 * HOUR)
    ask(desk)
    desk.wait(600 + 900)
    held(desk, "src/b.py")
    ask(desk, claim="CLM-2")
    assert desk.the("request", "REQ-1").get("state") == "expired"


def test_one_agent_has_only_so_many_requests_open(desk: Any) -> None:
    desk.team = {"queue": {"max_per_agent": 2}}
    for n in range(3):
        held(desk, f"src/{n}.py")
    ask(desk, claim="CLM-1")
    ask(desk, claim="CLM-2")
    denied = desk.refused("sky", "request.file", claim="CLM-3", reason="please")
    assert denied.code == "rate-limited" and denied.details["retry_after"] == 600


def test_who_was_denied_does_not_ask_again_at_once(desk: Any) -> None:
    held(desk)
    ask(desk)
    answer(desk, "deny")
    desk.wait(100)
    denied = desk.refused("sky", "request.file", claim="CLM-1", reason="please")
    assert denied.code == "rate-limited" and denied.details["retry_after"] == 500
    assert ask(desk, "wren")["outcome"] == "filed"
    desk.wait(500)
    assert ask(desk)["outcome"] == "filed"


def test_a_take_over_by_the_queue_ends_the_requests_too(desk: Any) -> None:
    held(desk, ttl=60)
    ask(desk, wait=600)
    desk.snapshot._facts = lambda claim: {"token_seen_for": 400.0}
    desk.does("sky", "queue.settle", entry="QUE-1")
    assert timeline(desk) == ["filed by sky", "resolved: CLM-1 was superseded"]
    assert desk.the("claim", "CLM-1").get("requests") is None


def test_everything_that_is_written_is_known_to_journal_and_codec(desk: Any) -> None:
    held(desk, "src/")
    ask(desk, wait=60, wanted=[_scope("src/b.py")], urgency="high")
    answer(desk, "coexist", symbols=["src/b.py#X"], reason="fine\nby me")
    for entity in desk.snapshot.everything():
        assert yaml.decode(entity.kind, yaml.encode(entity)) == yaml.normal(entity)
    assert all(events.known(each) for each in desk.told())
    instants = [line.partition(" ")[0] for line in desk.the("request", "REQ-1").get("timeline")]
    assert instants == [rfc3339(desk.now)] * 3
