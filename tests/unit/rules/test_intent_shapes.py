"""Intents come from other machines too: none of these may land, and none may crash whoever decides it."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.model.ids import new_ulid
from gitcoord.model.intent import Intent
from gitcoord.model.outcome import Denied

HOSTILE_ARGS: list[tuple[str, dict[str, Any], str]] = [
    ("task.add", {"title": ["a", "list"]}, "invalid-arguments"),
    ("task.add", {"title": "x", "priority": True}, "invalid-arguments"),
    ("task.add", {"title": "x", "priority": 99}, "invalid-arguments"),
    ("task.add", {"title": "x", "owned_paths": "src/"}, "invalid-arguments"),
    ("task.add", {"title": "x", "owned_paths": [1]}, "invalid-arguments"),
    ("task.add", {"title": "nul \0"}, "invalid-arguments"),
    ("task.add", {"title": "half a character \ud800"}, "invalid-arguments"),
    ("task.add", {"title": "x", "body": "y" * 32769}, "cap-exceeded"),
    ("task.add", {"title": "x" * 201}, "cap-exceeded"),
    ("task.add", {"title": " \u200b "}, "invalid-arguments"),
    ("task.add", {"title": "x", "owned_paths": ["p"] * 2001}, "cap-exceeded"),
    ("task.add", {"title": "x", "extra": float("nan")}, "invalid-arguments"),
    ("task.add", {"title": "x", "extra": [[[[[[[[[["deep"]]]]]]]]]]}, "invalid-arguments"),
    ("task.add", {"title": "x", "depends_on": ["TASK-77"]}, "not-found"),
    ("blocker.ask", {"text": "y" * 40_000}, "cap-exceeded"),
    ("blocker.ask", {"text": "  \n "}, "invalid-arguments"),
    ("claim.acquire", {"scopes": [{"kind": "file"}]}, "invalid-arguments"),
    ("claim.acquire", {"scopes": ["src/a.py"]}, "invalid-arguments"),
    ("claim.acquire", {"scopes": [{"kind": "file", "scope": "a", "symbols": [7]}]}, "invalid-arguments"),
    ("claim.release", {"claims": [{"id": "../../etc"}]}, "invalid-arguments"),
    ("claim.renew", {"claims": ["x"]}, "invalid-arguments"),
    ("coop.start", {"slug": "../up", "title": "t"}, "invalid-arguments"),
    ("coop.start", {"slug": "7", "title": "t"}, "invalid-arguments"),
    ("coop.start", {"slug": "ok", "title": "t", "goal": "g" * 2001}, "cap-exceeded"),
    ("handoff.write", {"risks": "r" * 4001}, "cap-exceeded"),
    ("handoff.write", {"files": ["f" * 1001]}, "cap-exceeded"),
    ("entity.put", {"kind": "task", "id": "../../x", "values": {}}, "invalid-arguments"),
    ("entity.put", {"kind": "gadget", "id": "x", "values": {}}, "invalid-arguments"),
]


@pytest.mark.parametrize(("kind", "args", "code"), HOSTILE_ARGS)
def test_a_malformed_or_oversized_request_is_refused_by_name(desk: Any, kind: str, args: dict[str, Any], code: str) -> None:
    ids = [new_ulid(desk.now) for _ in range(3)]
    outcome = desk.decide(desk.intent("sky", kind, args, ids=ids))
    assert isinstance(outcome, Denied)
    assert outcome.code == code
    assert len(outcome.message) < 300


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("agent", ""), ("agent", "two words"), ("agent", "-x"), ("agent", "x" * 65), ("agent", "bell\x07"),
        ("agent", "r\u202eevil"), ("agent_id", "me"), ("session_id", ""), ("session_id", "../x"), ("branch", "b" * 300),
        ("tool", 7),
    ],
)  # fmt: skip
def test_an_author_who_is_not_properly_named_is_refused(desk: Any, field: str, value: Any) -> None:
    intent = desk.intent("sky", "task.add", {"title": "x"})
    intent.actor[field] = value
    assert desk.decide(intent).code == "invalid-arguments"


@pytest.mark.parametrize("ids", [["../../format.yml"], ["short"], [7], []])
def test_an_id_that_could_not_be_a_file_name_is_refused(desk: Any, ids: list[Any]) -> None:
    intent = desk.intent("sky", "task.add", {"title": "x"})
    intent.ids = ids
    assert desk.decide(intent).code == "invalid-arguments"


def test_one_id_for_two_entities_is_refused(desk: Any, file_scope: Any) -> None:
    id = new_ulid(desk.now)
    denied = desk.refused("sky", "claim.acquire", {"ids": [id, id]}, scopes=[file_scope("a"), file_scope("b")])
    assert denied.code == "invalid-arguments"


def test_an_intent_cannot_overwrite_an_entity_by_naming_its_id(desk: Any) -> None:
    task = desk.task("river")
    assert "already" in desk.refused("mallory", "task.add", {"ids": [task]}, title="mine").message


def test_a_key_that_is_no_word_is_refused(desk: Any) -> None:
    assert desk.refused("sky", "task.add", {"key": "k" * 300}, title="x").code == "invalid-arguments"
    assert desk.refused("sky", "task.add", {"key": "a\nb"}, title="x").code == "invalid-arguments"


def test_an_intent_survives_the_road_as_json(desk: Any) -> None:
    intent = Intent.from_json(desk.intent("sky", "task.add", {"title": "über alles ✓"}).to_json())
    assert desk.land(intent).result["tasks"][0]["title"] == "über alles ✓"


def test_titles_are_one_clean_line_whatever_a_peer_wrote(desk: Any) -> None:
    title = desk.does("sky", "task.add", title="fix\x1b[31m the\n\u202e login\u200b")["tasks"][0]["title"]
    assert title == "fix[31m the login"
