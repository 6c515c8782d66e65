from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.claims import outcome_table
from tests.unit.claims.outcome_table import ASKED, HELD, outcome

PAGE = Path(__file__).resolve().parents[3] / "docs/claims.md"


def test_the_page_shows_what_the_rules_decide() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert outcome_table.rewritten(page) == page, "PYTHONPATH=. python -m tests.unit.claims.outcome_table docs/claims.md"


NAMED = {each[0].replace("`", ""): each for each in [*HELD, *ASKED]}


@pytest.mark.parametrize(("held", "asked", "becomes"), [
    ("file", "A", "narrowed"), ("file, --narrowable no", "A", "denied"), ("directory", "A", "denied"),
    ("directory, --narrowable yes", "A::m", "narrowed"), ("glob", "A::m", "denied"), ("shared file", "A", "denied"),
    ("symbol A", "A::m", "denied"), ("symbol A::m", "A", "denied"), ("symbol A::m", "A::m", "denied"),
    ("symbol A::n", "A::m", "coexisting"), ("symbol A::m", "file", "denied"), ("symbol A::m", "directory", "denied"),
    ("file, shared mode", "file, shared mode", "granted"), ("shared file", "shared file", "granted"),
    ("file, shared mode", "A", "denied"),
])  # fmt: skip
def test_what_was_promised_about_symbols(held: str, asked: str, becomes: str) -> None:
    assert outcome(NAMED[held], NAMED[asked], "sky") == becomes


def test_nobody_is_in_his_own_way() -> None:
    assert {outcome(held, asked, "river") for held in HELD for asked in ASKED} == {"granted", "renewed"}
