"""Pages of the radar, of landing and of pushes stay under their caps, whatever branches and files are called."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from gitcoord.text import estimate_tokens
from gitcoord.views import render
from gitcoord.views.budget import CAPS, LISTS
from tests.unit.views.test_caps import NOW, records, text


def a_result(chance: random.Random, count: int) -> dict[str, Any]:
    held = [{"alias": "CLM-1", "agent": text(chance), "scope": text(chance)}] * 3
    rows = [
        {
            "a": text(chance), "b": text(chance), "files": [text(chance)] * 5, "more": 9, "agents": [text(chance)] * 3,
            "claims": held, "branch": text(chance), "conflicts_with": [text(chance)] * 9, "reason": text(chance),
            "ref": text(chance), "old": "a" * 40, "new": "b" * 40,
        }
        for _ in range(count)
    ]  # fmt: skip
    return {
        "outcome": "pushed", "base": text(chance), "branch": text(chance), "conflicts": rows, "unchecked": rows, "order": rows,
        "before": rows, "refs": rows, "claims": records(chance, count), "warnings": [text(chance)] * 30, "branches": count,
        "slot": {**records(chance, 1)[0], "branch": text(chance)}, "pairs": count, "elsewhere": 3, "fenced": False,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["radar", "land", "push"])
@pytest.mark.parametrize("count", [0, 3, 40])
def test_no_page_is_over_its_hard_cap(name: str, count: int) -> None:
    result, hard = a_result(random.Random(count), count), CAPS.get(name, LISTS)[1]
    for as_json in (False, True):
        shown = render(name, result, as_json=as_json, now=NOW, budget=10**6)
        assert estimate_tokens(shown) <= hard
        assert "\x1b" not in shown and "\u202e" not in shown
        assert not as_json or json.loads(shown)["schema"] == f"gitcoord.{name}/1"
