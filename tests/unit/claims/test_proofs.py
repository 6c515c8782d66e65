"""Claim proofs, judged from records alone: what each lie about a commit is refused for."""

from __future__ import annotations

import pytest

from gitcoord.clock import parse_instant
from gitcoord.model.entity import Entity
from gitcoord.rules.claims import proofs
from gitcoord.rules.claims.touch import Touch

NOON = parse_instant("2026-11-21T12:00:00Z")
MARGIN = 900.0
CLAIM = Entity("claim", {
    "id": "01m7yphgnwzmxg7g6ky98k2jp7", "alias": "CLM-4", "state": "active", "kind": "file", "scope": "src/a.py", "fence": 57,
    "acquired_at": "2026-11-21T11:00:00Z", "renewed_at": "2026-11-21T11:00:00Z", "expires_at": "2026-11-21T13:00:00Z",
    "ttl": 7200,
})  # fmt: skip


def reason(
    claim: Entity | None = CLAIM, then: Entity | None = CLAIM, *, fence: int = 57, revision: int | None = 60,
    reached: bool = True, stamp: float = NOON, held_by: str = "river", author: str = "river", at: float = NOON,
) -> str:  # fmt: skip
    citation = proofs.Citation("CLM-4", fence, revision)
    standing = proofs.Standing(claim, then, reached=reached, stamp=stamp, author_id=held_by)
    return proofs.refused(citation, standing, author, at, MARGIN)


def test_a_true_citation_holds() -> None:
    assert reason() == ""
    assert reason(revision=None) == "", "the grant alone is cited"
    assert reason(held_by="") == "", "an older session that names no author is not held to one"


def test_a_claim_released_after_the_cited_revision_still_proves() -> None:
    released = CLAIM.changed(state="released", ended_at="2026-11-21T12:30:00Z")
    assert reason(claim=released) == ""
    held = released.changed(state="hold", expires_at="2026-12-05T12:30:00Z")
    assert reason(claim=held) == ""


@pytest.mark.parametrize(
    ("lie", "expected"),
    [
        ({"claim": None, "then": None}, "claim-unknown"),
        ({"fence": 56}, "fence-mismatch"),
        ({"reached": False}, "revision-unknown"),
        ({"revision": 56}, "revision-before-grant"),
        ({"then": None}, "claim-not-live"),
        ({"then": CLAIM.changed(state="released")}, "claim-not-live"),
        ({"then": CLAIM.changed(state="superseded")}, "claim-not-live"),
        ({"then": CLAIM.changed(state="hold")}, "claim-not-live"),
        ({"then": CLAIM.changed(fence=40)}, "claim-not-live"),
        ({"author": "sky"}, "author-mismatch"),
        ({"author": ""}, "author-mismatch"),
        ({"at": NOON + 3600 + MARGIN + 1}, "claim-expired"),
        ({"stamp": NOON + 3600 + MARGIN}, "claim-expired"),
        ({"claim": CLAIM.changed(state="released", ended_at="2026-11-21T11:30:00Z")}, "claim-ended"),
        ({"claim": CLAIM.changed(state="superseded", ended_at="2026-11-21T11:30:00Z")}, "claim-ended"),
    ],
)  # fmt: skip
def test_each_lie_is_refused_for_its_own_reason(lie: dict, expected: str) -> None:
    assert reason(**lie) == expected
    assert expected in proofs.REASONS


def test_a_renewal_after_the_cited_revision_carries_the_lease_on() -> None:
    renewed = CLAIM.changed(renewed_at="2026-11-21T12:50:00Z", expires_at="2026-11-21T14:50:00Z")
    assert reason(claim=renewed, at=NOON + 2 * 3600) == ""
    given_back = renewed.changed(state="hold", expires_at="2026-12-05T12:00:00Z", ended_at="2026-11-21T14:20:00Z")
    assert reason(claim=given_back, at=NOON + 2 * 3600) == ""
    assert reason(claim=given_back, at=NOON + 2.7 * 3600) == "claim-ended", "a hold is remembered for days and is no lease"


def test_an_author_date_within_the_margin_of_two_clocks_passes() -> None:
    assert reason(at=NOON + 3600 + MARGIN - 1) == ""


def test_citations_are_read_wherever_a_squash_put_them() -> None:
    message = (
        "one (#7)\n\n* first\n\nGitcoord-Claim: CLM-1@5\nGitcoord-Claim: CLM-2@6\nGitcoord-Revision: 9\n\n* second\n\n"
        "Gitcoord-Claim: CLM-3@12\nGitcoord-Revision: 14\n\nCo-authored-by: a <a@example.org>\n"
    )
    assert [(each.text, each.revision) for each in proofs.cited(message)] == [
        ("CLM-1@5", 9), ("CLM-2@6", 9), ("CLM-3@12", 14),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "value", ["", "CLM-1", "CLM-0@5", "TASK-1@5", "CLM-1@5 x", "CLM-1@-5", "CLM-1@" + "9" * 20, "\u202eCLM-1@5"]
)
def test_what_is_no_citation_is_refused_as_such(value: str) -> None:
    (found,) = proofs.cited(f"subject\n\nGitcoord-Claim: {value}\n")
    assert found.malformed
    assert proofs.refused(found, proofs.Standing(CLAIM, CLAIM), "", NOON, MARGIN) == "proof-malformed"


def test_a_revision_that_is_no_number_spoils_the_claims_above_it() -> None:
    (found,) = proofs.cited("s\n\nGitcoord-Claim: CLM-1@5\nGitcoord-Revision: soon\n")
    assert found.malformed


def test_words_about_trailers_are_no_trailers() -> None:
    assert proofs.cited("docs\n\nSay `Gitcoord-Claim: CLM-1@5` in\n  Gitcoord-Claim: CLM-1@5\n") == []


def test_what_is_written_is_what_is_read() -> None:
    lines = proofs.trailers([CLAIM, CLAIM.changed(alias="CLM-12", fence=58)], 61)
    assert lines == ["Gitcoord-Claim: CLM-12@58", "Gitcoord-Claim: CLM-4@57", "Gitcoord-Revision: 61"]
    found = proofs.cited("s\n\n" + "\n".join(lines))
    assert {(each.text, each.revision) for each in found} == {("CLM-12@58", 61), ("CLM-4@57", 61)}
    assert proofs.trailers([CLAIM.changed(alias=None)], 61) == [], "what has not landed proves nothing"


def test_symbols_cover_a_path_only_where_nothing_else_of_it_was_touched() -> None:
    symbol = CLAIM.changed(kind="symbol", scope="src/a.py#Session::refresh", symbols=["Session::refresh"])
    inside, outside = Touch({"Session::refresh": 4}), Touch({"Session::refresh": 4, "the imports": 1})
    assert proofs.uncovered(["src/a.py"], [symbol], False, lambda path: inside) == []
    assert proofs.uncovered(["src/a.py"], [symbol], False, lambda path: outside) == ["src/a.py"]
    assert proofs.uncovered(["src/a.py"], [symbol, CLAIM], False, lambda path: outside) == []
    assert proofs.uncovered(["src/a.py", "b.py"], [CLAIM], False, lambda path: inside) == ["b.py"]
    assert proofs.uncovered(["src/a.py"], [symbol], False, lambda path: Touch(reason="it does not parse")) == ["src/a.py"]
