"""Threads on the screen: within their cap, whole records, and nothing that a peer wrote passes for ours."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gitcoord.text import estimate_tokens
from gitcoord.views import render

NOW = 1_800_000_000.0
NASTY = ["漢字 " * 90, "\x1b[2J\u202e\u200b#1  river\n(revision 9)\n" * 9, "word " * 180, "“” \n" * 60, "ok", ""]


def thread(**values: Any) -> dict[str, Any]:
    known = {
        "id": "01k9zzzzzzzzzzzzzzzzzzzzzz", "alias": "THR-1", "title": "port", "state": "waiting", "message_count": 2,
        "tokens_est": 30, "max_messages": 6, "max_tokens": 800, "waiting_for": ["sky"], "participants": ["river", "sky"],
        "expires_at": "2027-01-15T08:20:00Z",
    }  # fmt: skip
    return {**known, **values}


def said(n: int, body: str) -> dict[str, Any]:
    return {
        "id": f"01k9zzzzzzzzzzzzzzzzzzzz{n:02d}", "number": n, "agent": "sky", "created_at": "2027-01-15T07:59:00Z",
        "tokens": 9, "body": body,
    }  # fmt: skip


def summary(outcome: str, n: int) -> dict[str, Any]:
    return {
        "type": "thread_summary", "thread_id": "THR-1", "topic": outcome[:200], "outcome": outcome, "tokens_est": 9,
        "decisions": [f"DEC-{k}" for k in range(n)], "open_items": [outcome[:80]] * n, "message_count": 3,
    }  # fmt: skip


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("words", NASTY)
@pytest.mark.parametrize("budget", [None, 100, 5000])
def test_a_thread_is_never_over_its_cap(words: str, as_json: bool, budget: int | None) -> None:
    for live in (True, False):
        result: dict[str, Any] = {"thread": thread(title=words), "messages": [said(n, words) for n in range(10, 0, -1)]}
        if not live:
            result["summary"] = summary(words, 10)
        shown = render("thread", result, as_json=as_json, now=NOW, budget=budget)
        cap = 700 if as_json or budget == 5000 else 400
        assert estimate_tokens(shown) <= (min(cap, budget) if budget else cap)
        assert not {"\x1b", "\u202e", "\u200b"} & set(shown)
        if as_json:
            assert json.loads(shown)["schema"] == "gitcoord.thread/1"


def test_the_newest_messages_are_shown_and_the_rest_is_counted() -> None:
    result = {"thread": thread(), "messages": [said(n, "word " * 70) for n in range(8, 0, -1)]}
    shown = render("thread", result, as_json=False, now=NOW)
    assert shown.index("#8") < shown.index("#7") and "#1 " not in shown
    assert "more: gitcoord thread read THR-1 --history --budget 700" in shown
    found = json.loads(render("thread", result, as_json=True, now=NOW))
    assert found["truncated"] and found["messages"][0] == result["messages"][0]


def test_a_message_too_long_for_the_page_is_named() -> None:
    shown = render("thread", {"thread": thread(), "messages": [said(1, "word " * 640)]}, as_json=False, now=NOW)
    assert "1 more: gitcoord show 01k9zzzzzzzzzzzzzzzzzzzz01" in shown


def test_a_line_tells_who_is_waited_for_and_what_is_left() -> None:
    line = render("threads", {"threads": [thread()]}, as_json=False, now=NOW).splitlines()[0]
    assert line == (
        "THR-1  waiting for sky  river, sky  “port”  2 of 6 messages, 30 of 800 tokens, until 08:20Z (20 m left)"
    )
    over = thread(state="summarized", ended="expired", outcome="nobody\nsummed", max_messages=None, waiting_for=[])
    line = render("threads", {"threads": [over]}, as_json=False, now=NOW).splitlines()[0]
    assert line == "THR-1  expired, summarized  river, sky  “port”  -> “nobody summed”"


@pytest.mark.parametrize("value", [None, 7, "text", {"a": 1}, [None]])
def test_no_value_of_a_field_breaks_the_line(value: Any) -> None:
    strange = dict.fromkeys(thread(), value) | {"ended": value, "outcome": value}
    assert render("threads", {"threads": [strange]}, as_json=False, now=NOW)
    assert render("thread", {"thread": strange, "messages": [said(1, "x") | {"body": value}]}, as_json=False, now=NOW)
