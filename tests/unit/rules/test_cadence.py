"""How soon to look again: the states of the loop at their exact bounds."""

from __future__ import annotations

import pytest

from gitcoord.rules.cadence import pace
from gitcoord.settings import Settings

NOW = 1_800_000_000.0
MINUTE, HOUR = 60, 3600


@pytest.mark.parametrize(
    ("silent", "state", "interval"),
    [
        (0, "active", 10 * MINUTE),
        (30 * MINUTE, "active", 10 * MINUTE),
        (30 * MINUTE + 1, "normal", 30 * MINUTE),
        (2 * HOUR, "normal", 30 * MINUTE),
        (2 * HOUR + 1, "stale", 2 * HOUR),
        (6 * HOUR, "stale", 2 * HOUR),
        (6 * HOUR + 1, "stopped", 0),
        (-HOUR, "active", 10 * MINUTE),
    ],
)
def test_the_pace_follows_the_last_thing_that_mattered(silent: float, state: str, interval: int) -> None:
    found = pace(NOW - silent, False, NOW, Settings([]))
    assert (found.state, found.interval) == (state, interval)
    assert found.why


@pytest.mark.parametrize("silent", [0, HOUR, 5 * HOUR, 30 * HOUR])
def test_a_participant_of_a_live_thread_looks_every_minute(silent: float) -> None:
    found = pace(NOW - silent, True, NOW, Settings([]), 5 * HOUR, False)
    assert (found.state, found.interval) == ("live-thread", MINUTE)


def test_a_period_is_the_normal_interval_and_without_adapting_the_only_one() -> None:
    settings = Settings([])
    adapted = [pace(NOW - silent, False, NOW, settings, 45 * MINUTE).interval for silent in (0, HOUR, 3 * HOUR, 7 * HOUR)]
    assert adapted == [10 * MINUTE, 45 * MINUTE, 2 * HOUR, 0]
    fixed = [pace(NOW - silent, False, NOW, settings, 45 * MINUTE, False).interval for silent in (0, HOUR, 3 * HOUR, 7 * HOUR)]
    assert fixed == [45 * MINUTE, 45 * MINUTE, 45 * MINUTE, 0]


def test_the_team_sets_the_intervals() -> None:
    settings = Settings([("settings.yml", {"loop": {"active": "2m", "stop": "1h"}})])
    assert pace(NOW, False, NOW, settings).interval == 2 * MINUTE
    assert pace(NOW - HOUR - 1, False, NOW, settings).state == "stopped"
