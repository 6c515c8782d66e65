"""A question that was decided before is told so: by words in common."""

from __future__ import annotations

import pytest

from gitcoord.model.entity import Entity
from gitcoord.rules.decisions import already_decided


def a_decision(title: str, question: str = "", n: int = 1) -> Entity:
    return Entity("decision", {"id": f"01k{n:023d}", "alias": f"DEC-{n}", "title": title, "question": question})


DECIDED = [
    a_decision("Use project-local JSON for v1; defer SQLite", "Should settings persist to JSON or SQLite?", 1),
    a_decision("port 8080", "Which port may the demo use?", 2),
    a_decision("Python 3.11 and newer", n=3),
    a_decision("设置保存为项目内的文件", "设置保存在哪里?", 4),
]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Do we store settings in JSON or in SQLite?", ["DEC-1"]),
        ("which port does the demo listen on", ["DEC-2"]),
        ("May I use ports above 9000?", []),
        ("Which colour has the button?", []),
        ("Is Python 3.11 the oldest?", ["DEC-3"]),
        ("设置应该保存在哪里?", ["DEC-4"]),
        ("", []),
        ("the and or", []),
    ],
)
def test_words_in_common_tell(question: str, found: list[str]) -> None:
    assert [each.alias for each in already_decided(question, DECIDED)] == found


def test_the_likeliest_comes_first_and_at_most_three() -> None:
    many = [a_decision(f"cache tokens in memory {n}", n=n) for n in range(1, 9)]
    best = a_decision("cache refresh tokens in memory for ten minutes", n=9)
    found = already_decided("cache refresh tokens in memory?", [*many, best])
    assert len(found) == 3 and found[0].alias == "DEC-9"
