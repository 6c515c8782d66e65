from __future__ import annotations

from typing import Any

from gitcoord.rules.owners.infer import Touch, rows, touches


def told(*found: tuple[str, str]) -> list[tuple[str, str, int, int]]:
    return [(e["agent"], e["path"], e["files"], e["of"]) for e in rows(Touch(*each, "claimed") for each in found)]


def test_a_folder_is_whose_most_of_its_touched_paths_are() -> None:
    assert told(("sky", "src/a.py"), ("sky", "src/b.py"), ("kit", "src/c.py"), ("kit", "docs/x"), ("kit", "docs/y")) == [
        ("kit", "docs/", 2, 2), ("sky", "src/", 2, 3),
    ]  # fmt: skip
    assert told(("sky", "src/a"), ("kit", "src/b"), ("sky", "src/c"), ("kit", "src/d")) == []
    assert told(("sky", "src/a"), ("sky", "src/a")) == []


def test_a_folder_within_one_that_is_told_is_left_out_unless_it_is_anothers() -> None:
    found = told(*(("sky", f"src/a/{n}") for n in range(6)), ("kit", "src/b/1"), ("kit", "src/b/2"))
    assert found == [("sky", "src/", 6, 8), ("kit", "src/b/", 2, 2)]


def test_patterns_and_folders_count_where_they_begin() -> None:
    assert told(("sky", "src/**/*.py"), ("sky", "src/x/")) == [("sky", "src/", 2, 2)]
    assert told(("sky", "*.py"), ("sky", "top.md")) == []


def test_claims_handoffs_and_tasks_tell_who_works_on_what(desk: Any) -> None:
    desk.takes("sky", "src/a.py", "branch:main")
    desk.does("kit", "handoff.write", files=["docs/x.md"])
    desk.task("river", owned_paths=["lib/x"])
    desk.does("river", "task.claim", task="TASK-1")
    every = [each for kind in ("claim", "handoff", "task") for each in desk.snapshot.find(kind)]
    assert {(e.agent, e.path, e.source) for e in touches(every, desk.now - 9)} == {
        ("sky", "src/a.py", "claimed"), ("kit", "docs/x.md", "handed over"), ("river", "lib/x", "task"),
        *({("river", "lib/x", "claimed")} if desk.snapshot.find("claim", scope="lib/x") else set()),
    }  # fmt: skip
    assert touches(every, desk.now + 9) == []
