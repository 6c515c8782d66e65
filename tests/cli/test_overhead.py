"""What coordination costs is counted on this machine, and answers get shorter when it is too much."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from gitcoord.text import estimate_tokens


@pytest.fixture
def river(pair: Any) -> Any:
    pair[0].ok("start", "login flow")
    return pair[0]


def _spent(report: dict[str, Any], command: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in report["commands"] if each["command"] == command)
    return found


def test_every_call_is_counted_with_what_it_answered(river: Any) -> None:
    told = [river.run("status"), river.run("status", "--json"), river.run("show", "TASK-77")]
    report = river.ok("budget", "report", "--of", "river")
    status = _spent(report, "status")
    assert status["calls"] == 2
    assert status["told"] == sum(estimate_tokens(each.out) for each in told[:2])
    assert _spent(report, "show")["told"] == estimate_tokens(told[2].err), "refusals cost tokens as well"
    assert report["total"]["calls"] >= 3 and report["agents"][0]["agent"] == "river"
    again = _spent(river.ok("budget", "report"), "status")
    assert again["calls"] == 2, "no line is counted twice"


def test_over_five_percent_tightens_the_budgets_and_says_so(river: Any) -> None:
    for n in range(18):
        river.ok("ask", f"question number {n}: which of the many possible ways shall we take for part {n}?")
    before = estimate_tokens(river.run("blockers").out)
    told = river.run("budget", "work", "20000")
    assert told.code == 0 and "75 %" in told.out, told
    after = estimate_tokens(river.run("blockers").out)
    assert after <= 300 < before <= 400
    assert "more" in river.run("blockers").out, "what is left out is said"
    river.ok("budget", "work", "90000000")
    assert estimate_tokens(river.run("blockers").out) > 300, "well below the promise they loosen again"


def test_without_a_session_total_the_diff_is_shown_and_nothing_tightens(river: Any) -> None:
    river.commit("src/new.py", "x = 1\n" * 50)
    report = river.ok("budget", "report")
    assert report["basis"] == "diff" and report["work"] > 100 and report["budgets"] == 100
    assert "budget work" in river.run("budget", "report").out


def test_the_team_sets_budgets_and_none_is_raised_over_its_hard_cap(river: Any) -> None:
    for n in range(18):
        river.ok("ask", f"question number {n}: which of the many possible ways shall we take for part {n}?")
    river.ok("config", "set", "budgets.list", "150")
    assert estimate_tokens(river.run("blockers").out) <= 150
    assert river.run("config", "set", "budgets.list", "99999").code == 2
    assert estimate_tokens(river.run("blockers", GITCOORD_BUDGETS_LIST="99999").out) <= 800
    assert estimate_tokens(river.run("blockers", "--budget", "99999").out) <= 800


def test_a_meter_that_cannot_be_written_costs_no_answer(river: Any) -> None:
    home = Path(river.git("rev-parse", "--git-common-dir").strip())
    home = home if home.is_absolute() else river.path / home
    log = home / "gitcoord/log/meter"
    log.unlink(missing_ok=True)
    os.mkdir(log)
    assert river.run("status").code == 0


def test_nonsense_is_refused(river: Any) -> None:
    assert river.run("budget", "work", "many").code == 2
    assert river.run("budget", "work", "0").code == 2
    assert river.run("budget", "report", "--days", "0").code == 2
