"""A push judged to the symbol: what was touched is given here; whose it is, the rules say."""

from __future__ import annotations

import random

import pytest

from gitcoord.rules.claims.touch import Touch
from gitcoord.rules.claims.verify import blamed, judged, uncovered
from tests.unit.claims.claims_world import NOON, USUAL, Board, a_claim, agent_id, granted

FILE = "src/a.py"
IMPORTS, MODULE = "the imports", "module level"


def verdict(board: Board, who: str, *names: str, path: str = FILE, reason: str = "", session: str = "") -> list[tuple]:
    """``(alias, names)`` of every claim that stops the push."""
    found = judged(
        [path], board.active(), {agent_id(who)}, {session}, now=NOON, settings=USUAL, seen=board.seen,
        touched=lambda path: Touch(dict.fromkeys(names, 1), reason),
    )  # fmt: skip
    return [(each.claim.alias, *sorted(each.names)) for each in found]


def held(*pairs: tuple[str, str]) -> Board:
    board = Board()
    for who, target in pairs:
        granted(board.claims(who, target))
    return board


SIDE_BY_SIDE = held(("river", f"{FILE}#A::m,login"), ("sky", f"{FILE}#A::n"), ("sky", f"{FILE}#B"))


@pytest.mark.parametrize(("who", "names", "stopped"), [
    ("sky", ["A::n", "B", "B::x::y"], []),
    ("sky", ["login"], [("CLM-1", "login")]),
    ("sky", ["A::m", "A::m::inner", "B"], [("CLM-1", "A::m", "A::m::inner")]),
    ("sky", ["A"], []),
    ("sky", ["A::mm", "loginn", "log"], []),
    ("sky", [IMPORTS, MODULE], []),
    ("river", ["A::n"], [("CLM-2", "A::n")]),
    ("river", ["A::n", "B::x"], [("CLM-2", "A::n"), ("CLM-3", "B::x")]),
    ("wren", ["A::n", "login"], [("CLM-1", "login"), ("CLM-2", "A::n")]),
    ("wren", ["C"], []),
])  # fmt: skip
def test_symbol_claims_forbid_their_symbols_and_nothing_else(who: str, names: list, stopped: list) -> None:
    assert sorted(verdict(SIDE_BY_SIDE, who, *names)) == stopped


NARROWED = held(("river", FILE), ("sky", f"{FILE}#A"), ("sky", f"{FILE}#login"))


@pytest.mark.parametrize(("who", "names", "stopped"), [
    ("sky", ["A", "A::m", "login"], []),
    ("sky", ["A", IMPORTS], [("CLM-1", IMPORTS)]),
    ("sky", [MODULE, "logout"], [("CLM-1", "logout", MODULE)]),
    ("river", ["logout", IMPORTS, MODULE], []),
    ("river", ["A::m", "logout"], [("CLM-2", "A::m")]),
    ("wren", ["logout"], [("CLM-1",)]),
    ("wren", ["A"], [("CLM-1",), ("CLM-2", "A")]),
])  # fmt: skip
def test_a_narrowed_file_is_divided_between_its_holder_and_the_symbols(who: str, names: list, stopped: list) -> None:
    assert sorted(verdict(NARROWED, who, *names)) == stopped


@pytest.mark.parametrize("board", [SIDE_BY_SIDE, NARROWED])
@pytest.mark.parametrize("who", ["river", "sky", "wren"])
def test_what_is_not_known_counts_as_everything(board: Board, who: str) -> None:
    others = sorted(each.alias for each in board.active() if each.get("agent") != who)
    assert sorted(alias for alias, *_ in verdict(board, who, reason="it does not parse")) == others


def test_a_symbol_claim_that_names_none_is_of_all() -> None:
    board = Board(a_claim(f"{FILE}#x", scope=FILE, symbols=None))
    assert verdict(board, "sky", "anything", IMPORTS) == [("CLM-1", "anything", IMPORTS)]


def test_the_symbols_of_ones_own_session_and_lapsed_ones_stop_nobody() -> None:
    board = Board(a_claim(f"{FILE}#x", session_id="theirs and mine"))
    assert verdict(board, "sky", "x", session="theirs and mine") == []
    assert verdict(board, "sky", "x") == [("CLM-1", "x")]
    lapsed = Board(a_claim(f"{FILE}#x", began=NOON - 9000))
    assert verdict(lapsed, "sky", "x") == []


def test_a_folder_that_gave_way_to_symbols_of_one_file_keeps_the_others() -> None:
    board = Board()
    granted(board.claims("river", "src/", narrowable=True))
    granted(board.claims("sky", f"{FILE}#A"))
    assert verdict(board, "sky", "A") == []
    assert verdict(board, "sky", "A", path="src/b.py") == [("CLM-1",)]
    assert blamed([FILE, "src/b.py"], board.active(), {agent_id("sky")}, set())[0][0] == "src/b.py"


def test_files_are_looked_at_only_where_symbols_decide_and_only_once() -> None:
    board = held(("river", "src/b.py"), ("river", f"{FILE}#A"), ("wren", f"{FILE}#B"), ("sky", f"{FILE}#C"))
    asked: list[str] = []

    def touched(path: str) -> Touch:
        asked.append(path)
        return Touch({"C": 1})

    found = judged([FILE, "src/b.py", "src/c.py"], board.active(), {agent_id("sky")}, set(), touched=touched)
    assert [each.path for each in found] == ["src/b.py"]
    assert asked == [FILE]


def test_imports_beside_the_symbols_of_others_are_worth_a_word() -> None:
    def words(board: Board, who: str, *names: str) -> list[tuple]:
        touches = {FILE: Touch(dict.fromkeys(names, 1))}
        found = uncovered(touches, board.active(), {agent_id(who)}, set())
        return [(each.claim.alias, *each.names) for each in found]

    assert words(SIDE_BY_SIDE, "sky", IMPORTS, "B") == [("CLM-1", IMPORTS)]
    assert words(SIDE_BY_SIDE, "sky", "B") == []
    assert words(NARROWED, "river", IMPORTS) == [], "who holds the file holds its imports"
    assert words(held(("sky", f"{FILE}#A")), "sky", IMPORTS) == [], "nobody else is there"


def test_with_every_symbol_touched_the_verdict_of_whole_paths_is_never_milder() -> None:
    dice = random.Random(3)
    targets = [FILE, f"{FILE}#A", f"{FILE}#A::m", f"{FILE}#B", "src/", "src/*.py", f"shared:{FILE}"]
    stopped = 0
    for _ in range(300):
        board = Board()
        for _ in range(4):
            board.claims(dice.choice(["river", "wren", "sky"]), dice.choice(targets))
        whole = {each.alias for _, each in blamed([FILE], board.active(), {agent_id("sky")}, set())}
        found = {alias for alias, *_ in verdict(board, "sky", reason="not known")}
        assert whole <= found
        assert found == {alias for alias, *_ in verdict(board, "sky", "A", "A::m", "B", IMPORTS)} | whole
        stopped += bool(found)
    assert stopped > 50
