"""Owners that are teams of a forge, or addresses: whom they stand for, and how that is written down."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.rules.owners import codeowners
from gitcoord.rules.owners.edit import edited
from gitcoord.rules.owners.policy import Broken, read

TEXT = """\
# asked for by the board
modules:
  api:
    paths:
    - src/api/
    owners:
    - "@Acme/Backend"
    enforcement: hard

teams:
  acme/backend:   # as on the forge
  - "@river"   # on call
  - alex
  pat@example.org:
  - "@kit"
"""


@pytest.mark.parametrize(
    ("agent", "owns"),
    [("river", True), ("River/claude", True), ("alex/claude/main", True), ("sky", False), ("acme/backend", False)],
)
def test_a_team_owns_for_its_members(agent: str, owns: bool) -> None:
    assert read(TEXT.encode()).modules["api"].owned_by(agent) is owns


def test_without_its_members_a_team_owns_for_nobody_and_that_is_known() -> None:
    policy = read(TEXT.partition("\nteams")[0].encode() + b"\n")
    assert not policy.modules["api"].owned_by("river")
    assert policy.unmatched(["river", "sky"]) == ["@Acme/Backend"]
    assert read(TEXT.encode()).unmatched(["alex/claude"]) == []


@pytest.mark.parametrize(
    "teams", ["teams: [a]\n", "teams: {a: b}\n", "teams: {a: ['']}\n", "teams: {'a b': [c]}\n", "teams: {a: [b], b: [c]}\n"]
)
def test_teams_that_cannot_be_used_say_why(teams: str) -> None:
    with pytest.raises(Broken, match="team"):
        read(teams.encode())


def test_members_come_and_go_and_comments_stay() -> None:
    more, told = edited(TEXT.encode(), [{"do": "enlist", "team": "@ACME/backend", "owners": ["@sky"]}])
    assert told == ["acme/backend is @river, alex, @sky"]
    assert read(more).modules["api"].owned_by("sky")
    less, _ = edited(more, [{"do": "dismiss", "team": "acme/backend", "owners": ["alex"]}])
    assert b"# on call" in less and b"# as on the forge" in less and b"alex" not in less
    none, told = edited(less, [{"do": "dismiss", "team": "acme/backend"}])
    assert told == ["acme/backend is nobody any more"]
    assert list(read(none).teams) == ["pat@example.org"] and b"# asked for by the board" in none
    anew, _ = edited(b"", [{"do": "enlist", "team": "acme/web", "owners": ["@kit", "@kit"]}])
    assert read(anew).teams == {"acme/web": ("kit",)}


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        ({"do": "enlist", "team": "a"}, "invalid-arguments"), ({"do": "enlist", "owners": ["b"]}, "invalid-arguments"),
        ({"do": "dismiss", "team": "a"}, "not-found"), ({"do": "enlist", "team": "a", "owners": ["b c"]}, "invalid-arguments"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_team_is_refused(desk: Any, edit: dict[str, Any], code: str) -> None:
    assert desk.refused("river", "owners.set", edits=[edit]).code == code


def _imported(before: bytes, text: str, enforcement: str | None = None) -> bytes:
    lines, _ = codeowners.read(text)
    return edited(before, codeowners.edits(lines, enforcement, dict(read(before).modules)))[0]


def test_importing_again_keeps_the_order_of_the_file_and_what_was_said_here() -> None:
    first = _imported(b"", "* @a\n/src/ @b\n")
    hard = edited(first, [{"do": "add", "module": "src", "enforcement": "hard"}])[0]
    again = _imported(hard, "* @c\n/src/ @b\n")
    assert list(read(again).modules) == ["everything", "src"], "else everything would win over src"
    assert read(again).modules["src"].hard
    between = _imported(again, "* @c\n/docs/ @d\n/src/ @b\n")
    assert list(read(between).modules) == ["everything", "docs", "src"]
    assert _imported(between, "* @c\n/docs/ @d\n/src/ @b\n") == between
    soft = _imported(between, "* @c\n/docs/ @d\n/src/ @b\n", "soft")
    assert not read(soft).modules["src"].hard
