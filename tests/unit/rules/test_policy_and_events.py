"""Team settings, the first files of the branch, and the published types of events."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from importlib import import_module
from typing import Any

import pytest

import gitcoord.rules
from gitcoord.codec import yaml
from gitcoord.rules import events
from gitcoord.rules.initial import format_of


def test_the_first_commit_lays_out_the_branch_and_joins_nobody(desk: Any) -> None:
    result = desk.does("sky", "store.init", settings={"claims": {"ttl": {"file": "2h"}}})
    assert (result["outcome"], desk.snapshot.revision) == ("initialised", 1)
    assert desk.snapshot.everything() == []
    assert yaml.decode_tree(desk.snapshot.file("format.yml")) == {"format": 1}
    assert yaml.decode_tree(desk.snapshot.file("settings.yml")) == {"claims": {"ttl": {"file": 7200}}}
    assert b"text eol=lf" in desk.snapshot.file(".gitattributes")
    assert desk.snapshot.file("README.md").startswith(b"# ")
    assert desk.does("river", "store.init")["outcome"] == "already-initialised"
    assert desk.snapshot.revision == 1


@pytest.mark.parametrize(
    ("data", "number"),
    [(b"format: 1\n", 1), (b'# x\nformat: "3" # y\n', 3), (b"", 1), (b"format: many\n", 1), (b"\xff", 1)],
)
def test_the_format_is_read_from_what_a_person_may_have_written(data: bytes, number: int) -> None:
    assert format_of(data) == number


def test_a_setting_changes_the_file_and_keeps_its_comments(desk: Any) -> None:
    desk.does("sky", "store.init")
    text = "# ours\nclaims:\n  # short, we are quick\n  max_ttl: 8h\nx-board: kept\n"
    result = desk.does("sky", "settings.set", name="claims.ttl.file", value="45m", _settings=text)
    assert (result["outcome"], result["value"]) == ("set", 2700)
    written = desk.snapshot.file("settings.yml").decode()
    assert "# short, we are quick" in written and "x-board: kept" in written
    assert yaml.decode_tree(written.encode())["claims"] == {"max_ttl": "8h", "ttl": {"file": 2700}}
    assert desk.told()[1] == "policy.changed"
    assert desk.snapshot.events[1].body == {"name": "claims.ttl.file", "value": 2700, "before": 14400}


def test_two_settings_one_after_the_other_both_stand(desk: Any) -> None:
    desk.does("sky", "settings.set", name="claims.ttl.file", value="45m")
    desk.does("sky", "settings.set", name="claims.mode", value="warn")
    assert yaml.decode_tree(desk.snapshot.file("settings.yml")) == {"claims": {"ttl": {"file": 2700}, "mode": "warn"}}
    desk.does("sky", "settings.set", unset="claims.ttl.file")
    assert yaml.decode_tree(desk.snapshot.file("settings.yml")) == {"claims": {"mode": "warn"}}


def test_setting_what_is_set_lands_nothing(desk: Any) -> None:
    desk.does("sky", "settings.set", name="claims.mode", value="warn")
    revision = desk.snapshot.revision
    assert desk.does("sky", "settings.set", name="claims.mode", value="warn")["outcome"] == "unchanged"
    assert desk.snapshot.revision == revision


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("claims.tll.file", "4h", "not-found"), ("sync.remote", "origin", "invalid-arguments"),
        ("claims.ttl.file", "soon", "invalid-arguments"), ("claims.max_ttl", "3d", "invalid-arguments"),
        ("claims.mode", "maybe", "invalid-arguments"), ("claims.mode", None, "invalid-arguments"), ("", "x", "not-found"),
        ("budgets.read", 5000, "invalid-arguments"),
    ],
)  # fmt: skip
def test_a_setting_that_nobody_would_obey_is_refused(desk: Any, name: str, value: Any, code: str) -> None:
    assert desk.refused("sky", "settings.set", name=name, value=value).code == code


def test_a_settings_file_that_cannot_be_read_is_not_overwritten(desk: Any) -> None:
    text = "claims: [unclosed\n"
    assert desk.refused("sky", "settings.set", name="claims.mode", value="warn", _settings=text).code == "needs-repair"


def test_a_misspelt_setting_is_answered_with_the_near_one(desk: Any) -> None:
    assert "claims.ttl.file" in desk.refused("sky", "settings.set", name="claims.ttl.fil", value="4h").message


def test_every_type_of_event_is_published_with_its_meaning() -> None:
    assert all(meaning and "." in type for type, meaning in events.TAXONOMY.items())
    assert events.known("claim.granted") and events.known("x-ours.done") and not events.known("claim.stolen")


def test_every_type_that_a_rule_writes_is_in_the_taxonomy() -> None:
    written = set()
    for found in pkgutil.walk_packages(gitcoord.rules.__path__, "gitcoord.rules."):
        for node in ast.walk(ast.parse(inspect.getsource(import_module(found.name)))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Event", "_event"):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant):
                    written.add(first.value)
    assert len(written) > 15
    assert written <= set(events.TAXONOMY)


@pytest.mark.parametrize("type", ["claim.renewed", "session.heartbeat", "session.bound", "agent.registered"])
def test_routine_is_not_worth_anybodys_attention(type: str) -> None:
    assert not events.meaningful(type)


@pytest.mark.parametrize("type", ["claim.granted", "decision.made", "handoff.written", "claim.contested", "x-anything"])
def test_what_others_must_know_is_meaningful(type: str) -> None:
    assert events.meaningful(type)


@pytest.mark.parametrize("text", ["", "still working", "WIP...", "ping!", "no changes"])
def test_words_that_say_nothing_are_recognised(text: str) -> None:
    assert not events.says_something(text)


@pytest.mark.parametrize("text", ["still working on the parser", "done", "ok, port 8080 it is"])
def test_words_that_say_something_are_too(text: str) -> None:
    assert events.says_something(text)
