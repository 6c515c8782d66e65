"""The README of the branch: who holds what now, from the state alone, small whatever the state is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from gitcoord.model.entity import Entity
from gitcoord.model.ids import derived_ulid
from gitcoord.rules.memory import MemorySnapshot
from gitcoord.rules.readme import MAX_BYTES, branch_readme

EVIL = "x` | [click](javascript:alert(1))\n# heading <img src=x> \u202e \x1b[31m ``` **b**"


def id_(n: int) -> str:
    return f"01{n:04d}" + "x" * 20


def a_claim(n: int, **values: Any) -> Entity:
    basic = {"id": id_(n), "alias": f"CLM-{n}", "state": "active", "kind": "file", "scope": f"src/part{n}.py", "agent": "sky"}
    return Entity("claim", {**basic, "expires_at": "2026-11-21T09:30:00Z", **values})


def test_of_an_empty_branch_it_says_what_the_branch_is() -> None:
    text = branch_readme(MemorySnapshot())
    assert text.startswith("# Coordination of this repository\n")
    assert "never merged" in text and "Nothing is claimed." in text and "##" not in text
    assert branch_readme(MemorySnapshot(), "acme/app").startswith("# Coordination of acme/app\n")


def test_it_tells_who_holds_what_until_when(desk: Any) -> None:
    desk.coop("river", "login-flow", goal="Users can log in")
    desk.does("sky", "coop.join", coop="login-flow")
    desk.claim("sky", "src/a.py")
    desk.does("river", "blocker.ask", text="Which port?", to="sky")
    desk.does("river", "decision.make", text="JSON for v1")
    text = branch_readme(desk.snapshot)
    assert "| `src/a.py` | sky | 2026-11-21 13:30 | CLM-1 |\n" in text
    assert "- **BLK-1** (river, to sky): Which port?\n" in text
    assert "- **login-flow** (river, sky): Users can log in\n" in text
    assert "- **DEC-1** (river): JSON for v1\n" in text


def test_what_is_over_is_not_on_it(desk: Any) -> None:
    coop = desk.coop("river", "login-flow")
    claim = desk.claim("river", "src/a.py")[0]
    desk.does("river", "blocker.ask", text="Which port?")
    desk.does("river", "claim.release", claims=[{"id": claim["id"]}])
    desk.does("river", "decision.make", blocker="BLK-1", text="8080")
    desk.does("river", "coop.close", coop=coop)
    text = branch_readme(desk.snapshot)
    assert "src/a.py" not in text and "## Open questions" not in text and "## Co-ops" not in text
    assert "(on: Which port?)" in text


def test_the_newest_stand_first_and_the_rest_is_counted() -> None:
    text = branch_readme(MemorySnapshot(a_claim(n) for n in range(1, 101)))
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == 30 and "CLM-100 |" in rows[0] and "CLM-71 |" in rows[-1]
    assert "and 70 more: `gitcoord claims`" in text


def test_it_stays_small_whatever_the_state_is() -> None:
    wide = "漢字" * 400
    state = [a_claim(n, scope=wide, agent=wide, alias=wide) for n in range(60)]
    for n in range(60):
        common = {"id": id_(n), "alias": wide, "title": wide, "slug": wide, "goal": wide, "question": wide, "to": wide}
        state += [Entity(kind, {**common, "state": "open"}) for kind in ("blocker", "decision")]
        state.append(Entity("coop", {**common, "status": "active", "members": [id_(n)] * 40}))
        state.append(Entity("session", {"id": id_(n), "agent": wide}))
    text = branch_readme(MemorySnapshot(state), wide)
    assert len(text.encode()) <= MAX_BYTES
    for part in ("## Claims", "## Open questions", "## Co-ops", "## Newest decisions"):
        assert part in text


def test_nothing_that_a_peer_wrote_breaks_out() -> None:
    evil = {"title": EVIL, "slug": EVIL, "goal": EVIL, "question": EVIL, "asked_by": EVIL, "decided_by": EVIL, "to": EVIL}
    state = [a_claim(1, scope=EVIL, agent=EVIL, alias=EVIL, expires_at=EVIL)]
    state += [Entity(kind, {"id": id_(1), "alias": EVIL, "state": "open", **evil}) for kind in ("blocker", "decision")]
    state.append(Entity("coop", {"id": id_(1), "status": "active", "members": [id_(1)], **evil}))
    state.append(Entity("session", {"id": id_(1), "agent": EVIL}))
    text = branch_readme(MemorySnapshot(state), EVIL)
    assert "\u202e" not in text and "\x1b" not in text
    outside = re.sub(r"(`+) .*? \1(?!`)", "", text)  # within a code span a tag is a word
    assert "<" not in outside.replace("\\<", "") and "](java" not in outside.replace("\\](", "")
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        line for line in text.splitlines() if line.startswith(("# Coordination", "## "))
    ]
    row = next(line for line in text.splitlines() if line.startswith("| ``"))
    assert row.replace("\\|", "").count("|") == 5


@pytest.mark.parametrize("odd", [None, 3, True, [], ["x"], {"a": 1}, "", "99999-99-99T00:00:00Z"])
def test_no_value_that_a_hand_may_have_written_stops_it(odd: Any) -> None:
    fields = ("alias", "scope", "agent", "expires_at", "mode", "title", "slug", "goal", "members", "to", "asked_by", "question")
    state = [Entity(kind, {"id": id_(1), **dict.fromkeys(fields, odd)}) for kind in ("decision", "session")]
    state.append(Entity("claim", {"id": id_(2), **dict.fromkeys(fields, odd), "state": "active"}))
    state.append(Entity("blocker", {"id": id_(2), **dict.fromkeys(fields, odd), "state": "open"}))
    state.append(Entity("coop", {"id": id_(2), **dict.fromkeys(fields, odd), "status": "active"}))
    assert branch_readme(MemorySnapshot([each for each in state if not _unplaceable(each)])).endswith("\n")


def _unplaceable(entity: Entity) -> bool:
    return entity.kind == "claim" and not isinstance(entity.get("scope"), str)


def test_of_thousands_only_the_newest_are_read() -> None:
    """By the plan of the questions: every one goes through an index and stops at its limit."""
    from gitcoord.cache.database import open_memory
    from gitcoord.cache.snapshot import SqlSnapshot

    connection = open_memory()
    asked: list[str] = []
    snapshot = SqlSnapshot(connection)
    snapshot.begin()
    snapshot.apply([a_claim(n, id=derived_ulid("c", str(n))) for n in range(300)], 7)
    connection.set_trace_callback(asked.append)
    branch_readme(snapshot)
    connection.set_trace_callback(None)
    plans = [row[3] for sql in asked if sql.startswith("SELECT") for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert plans and all("USING" in plan and "INDEX" in plan for plan in plans), plans
    assert not [plan for plan in plans if "TEMP B-TREE" in plan], plans
