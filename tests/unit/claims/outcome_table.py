"""What becomes of a claim beside another one, kind by kind, as ``docs/claims.md`` shows it. Decided by the rules, not written:

    PYTHONPATH=. python -m tests.unit.claims.outcome_table docs/claims.md
"""

from __future__ import annotations

import sys
from pathlib import Path

from gitcoord.model.outcome import Landed
from tests.unit.claims.claims_world import Board

BEGIN, END = "<!-- outcomes: written by tests/unit/claims/outcome_table.py -->", "<!-- outcomes end -->"
#: Words for people, the target, and options of the claim.
HELD = [
    ("file", "src/a.py", {}),
    ("file, `--narrowable no`", "src/a.py", {"narrowable": False}),
    ("file, shared mode", "src/a.py", {"mode": "shared"}),
    ("directory", "src/", {}),
    ("directory, `--narrowable yes`", "src/", {"narrowable": True}),
    ("glob", "src/*.py", {}),
    ("symbol `A`", "src/a.py#A", {}),
    ("symbol `A::m`", "src/a.py#A::m", {}),
    ("symbol `A::n`", "src/a.py#A::n", {}),
    ("shared file", "shared:src/a.py", {}),
    ("branch, task, component, env, runner", "env:staging", {}),
]
ASKED = [
    ("file", "src/a.py", {}), ("file, shared mode", "src/a.py", {"mode": "shared"}), ("directory", "src/", {}),
    ("glob", "src/*.py", {}), ("`A`", "src/a.py#A", {}), ("`A::m`", "src/a.py#A::m", {}),
    ("shared file", "shared:src/a.py", {}), ("same env", "env:staging", {}),
]  # fmt: skip


def outcome(held: tuple, asked: tuple, who: str) -> str:
    """One decision of the rules: River holds, ``who`` asks."""
    board = Board()
    first = board.claims("river", held[1], **held[2])
    assert isinstance(first, Landed), held
    found = board.claims(who, asked[1], **asked[2])
    return str(found.result["outcome"]) if isinstance(found, Landed) else "denied"


def table(who: str) -> list[str]:
    rows = [["held \\ asked", *(words for words, *_ in ASKED)]]
    rows += [[held[0], *(outcome(held, asked, who) for asked in ASKED)] for held in HELD]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return [lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]


def section() -> str:
    return "\n".join([BEGIN, "Another agent asks; all paths are or contain one file:", "", *table("sky"), END])


def rewritten(page: str) -> str:
    before, rest = page.split(BEGIN)
    return before + section() + rest.split(END, 1)[1]


if __name__ == "__main__":
    for name in sys.argv[1:]:
        file = Path(name)
        file.write_text(rewritten(file.read_text(encoding="utf-8")), encoding="utf-8")
