from __future__ import annotations

import random

from gitcoord.rules.claims.conflict import conflicts
from gitcoord.rules.claims.overlap import matches
from gitcoord.rules.claims.verify import blamed
from gitcoord.settings import Settings
from tests.unit.claims.claims_world import NOON, USUAL, Board, a_claim, agent_id, granted, scope

SKY = ({agent_id("sky")}, {"session of sky"})


def told(paths: list[str], *claims, **more) -> list[tuple[str, str]]:
    return [(path, claim.alias) for path, claim in blamed(paths, claims, *SKY, **more)]


def test_each_path_under_anothers_claim_is_told_with_the_claim() -> None:
    claims = [a_claim("src/", n=1), a_claim("docs/*.md", n=2), a_claim("a.py", n=3), a_claim("**/x.ts", n=4)]
    paths = ["src/deep/a.py", "docs/a.md", "docs/deep/a.md", "a.py", "b.py", "p/q/x.ts", "src/x.ts"]
    assert sorted(told(paths, *claims)) == [
        ("a.py", "CLM-3"), ("docs/a.md", "CLM-2"), ("p/q/x.ts", "CLM-4"), ("src/deep/a.py", "CLM-1"),
        ("src/x.ts", "CLM-1"), ("src/x.ts", "CLM-4"),
    ]  # fmt: skip


def test_my_claims_my_sessions_claims_shared_and_ended_ones_pass() -> None:
    claims = [
        a_claim("a", "sky"), a_claim("a", "river", session_id="session of sky"), a_claim("shared:a"),
        a_claim("a", mode="shared"), a_claim("a", state="released"), a_claim("a", state="superseded"),
        a_claim("branch:a"),
    ]  # fmt: skip
    assert told(["a"], *claims) == []
    assert told(["a"]) == []


def test_a_claim_that_may_be_taken_over_blocks_no_push() -> None:
    claim = a_claim("src/")
    assert told(["src/a"], claim, now=NOON + 3700, settings=USUAL) == [("src/a", "CLM-1")]
    assert told(["src/a"], claim, now=NOON + 4500, settings=USUAL) == []
    assert told(["src/a"], claim, now=NOON + 3700, settings=USUAL, seen=lambda claim: {"offset": [0, 1]}) == []
    assert told(["src/a"], claim) == [("src/a", "CLM-1")], "without a clock there is no evidence"


def test_what_was_granted_side_by_side_can_be_pushed_by_both() -> None:
    board = Board()
    granted(board.claims("river", "src/a.py"))
    granted(board.claims("sky", "src/a.py#login"))
    granted(board.claims("wren", "src/a.py#logout"))
    for who in ("river", "sky", "wren"):
        assert blamed(["src/a.py"], board.active(), {agent_id(who)}, set(), now=NOON, settings=USUAL) == []
    assert blamed(["src/a.py"], board.active(), {agent_id("ash")}, set())


def test_a_team_that_folds_case_is_blamed_in_either_case() -> None:
    assert told(["SRC/a.py"], a_claim("src/A.py"), a_claim("Src/", n=2), fold_case=True) == [
        ("SRC/a.py", "CLM-2"), ("SRC/a.py", "CLM-1"),
    ]  # fmt: skip
    assert told(["SRC/a.py"], a_claim("src/A.py")) == []


def test_a_push_is_judged_as_a_claim_of_its_paths_would_be() -> None:
    dice = random.Random(7)
    targets = ["src/", "src/a/", "src/**", "src/*.py", "**/*.py", "src/a.py", "lib/a.py", "lib/*", "[a-m]*/**"]
    targets += ["shared:lib/a.py"]
    paths = ["src/a.py", "src/a/b.py", "lib/a.py", "lib/b.ts", "docs/x", "src/b.py", "README.md"]
    for _ in range(60):
        board = Board(settings=Settings([]))
        for n in range(4):
            mode, began = dice.choice(["exclusive", "shared"]), NOON - dice.choice([0, 3700, 9000])
            claim = a_claim(dice.choice(targets), dice.choice(["river", "wren", "sky"]), n=n, mode=mode, began=began)
            board.apply([claim], 10)
            board.facts[claim.id] = dice.choice([{}, {"offset": [-5, 5]}, {"token_seen_for": 9e9}])
        said = {(path, claim.id) for path, claim in blamed(
            paths, board.active(), *SKY, seen=board.seen, now=NOON, settings=board.settings)}  # fmt: skip
        for path in paths:
            would = conflicts(board, scope(path), *SKY, "exclusive", NOON, board.settings)
            shared = {each.id for each in would if each.get("mode") == "shared" or each.get("kind") == "shared"}
            assert {id for at, id in said if at == path} == {each.id for each in would} - shared


def test_a_large_push_against_many_claims_is_judged_by_index() -> None:
    """10,000 paths and 5,000 claims: as a product, 50 million comparisons, it would take minutes."""
    claims = [a_claim(f"src/m{n}/", f"agent{n % 50}", n=n) for n in range(3000)]
    claims += [a_claim(f"src/m{n}/**/*.ts", f"agent{n % 50}", n=n) for n in range(3000, 4000)]
    claims += [a_claim(f"src/m{n}/x.py", f"agent{n % 50}", n=n) for n in range(4000, 4990)]
    claims += [a_claim(f"**/*.gen{n}", "river", n=n) for n in range(4990, 5000)]
    paths = [f"src/m{n % 5000}/f{n}.{'ts' if n % 2 else 'py'}" for n in range(10_000)]
    found = blamed(paths, claims, *SKY)
    assert len(found) == 6000 + 1000
    assert all(matches(scope(claim.get("scope")), path) for path, claim in found[::500])
