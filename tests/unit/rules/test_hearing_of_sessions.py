"""When a session was last heard of: by the journal, and within a landing before the journal shows it."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.cache.database import open_memory
from gitcoord.cache.snapshot import SqlSnapshot
from gitcoord.rules.ahead import Ahead
from gitcoord.rules.memory import MemorySnapshot


def _in_sql() -> SqlSnapshot:
    connection = open_memory()
    connection.execute(
        "INSERT INTO event_lines VALUES(1, 1, 'e1', 3, 50.0, 'task.added', 'a', 'sky', NULL, NULL, NULL, '{}', 0)"
    )
    connection.execute(
        "INSERT INTO event_lines VALUES(1, 2, 'e2', 2, 70.0, 'claim.renewed', 'a', 'sky', NULL, NULL, NULL, '{}', 0)"
    )
    return SqlSnapshot(connection)


def _in_memory() -> MemorySnapshot:
    snapshot = MemorySnapshot()
    snapshot.heard("sky", 50.0)
    snapshot.heard("sky", 70.0)
    return snapshot


@pytest.mark.parametrize("make", [_in_sql, _in_memory, lambda: Ahead(_in_memory(), [])], ids=["sql", "memory", "ahead"])
def test_the_newest_of_its_events_counts_whatever_its_type(make: Any) -> None:
    snapshot = make()
    assert snapshot.heard_of("sky") == 70.0
    assert snapshot.heard_of("river") is None
    snapshot.heard("sky", 60.0)
    assert snapshot.heard_of("sky") == 70.0
    snapshot.heard("sky", 90.0)
    snapshot.heard("river", 80.0)
    assert (snapshot.heard_of("sky"), snapshot.heard_of("river")) == (90.0, 80.0)
