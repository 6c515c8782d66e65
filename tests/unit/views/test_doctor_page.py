"""The doctor's answer keeps its cap whatever it finds, and what is broken is the last thing that is left out."""

from __future__ import annotations

import json
import random

import pytest

from gitcoord.text import estimate_tokens
from gitcoord.views import render
from gitcoord.views.budget import CAPS

HARD = CAPS["doctor"][1]
NASTY = ("x" * 600, "漢字" * 300, "🚀" * 300, '"\\' * 300, "a-b_c.d/" * 75, "0f3a" * 150, "", "files are fine")
LEVELS = ("ok", "warning", "error", "could-not-check")


def checks(dice: random.Random, many: int) -> list[dict]:
    found = [
        {"name": dice.choice(NASTY)[:60], "ok": level == "ok", "level": level, "detail": dice.choice(NASTY),
         "fix": dice.choice(NASTY)}
        for level in (dice.choice(LEVELS) for _ in range(many))
    ]  # fmt: skip
    return sorted(found, key=lambda each: (each["ok"], each["level"] != "error"))


@pytest.mark.parametrize("name", ["doctor", "validate"])
@pytest.mark.parametrize("budget", [None, 1, 200, 99_999])
def test_no_finding_makes_it_larger_than_its_cap(name: str, budget: int | None) -> None:
    dice = random.Random(6)
    for many in (0, 1, 2, 3, 7, 25, 60, 400):
        result = {"checks": checks(dice, many), "ok": False, "repaired": [dice.choice(NASTY) for _ in range(many)]}
        for as_json in (True, False):
            said = render(name, result, as_json=as_json, now=1_800_000_000.0, budget=budget)
            assert estimate_tokens(said) <= (HARD if budget is None else max(40, min(budget, HARD))), (many, as_json)
            if as_json:
                assert json.loads(said)["schema"] == f"gitcoord.{name}/1"


def test_the_broken_check_stays_when_sound_ones_have_to_go() -> None:
    sound = [{"name": f"check-{n}", "ok": True, "level": "ok", "detail": "as it should be, " * 6, "fix": ""} for n in range(60)]
    broken = {"name": "exclusion", "ok": False, "level": "error", "detail": "two claims overlap", "fix": "gitcoord claims"}
    said = json.loads(render("doctor", {"checks": [broken, *sound], "ok": False}, as_json=True, now=0.0))
    assert said["checks"][0] == broken and said["truncated"] and said["next"] == "gitcoord doctor --budget 1500"
