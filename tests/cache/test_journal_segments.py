"""Segments grow at their end; only what is new is parsed, and what was changed is noticed."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from gitcoord.cache import journals
from gitcoord.cache.queries import Reader
from tests.cache.trees import Tree, an_event, lines, projected, step, ulid

SEGMENT = f"journal/{ulid('session', 'river')}/2026-11-18.jsonl"


def _grown(before: bytes, after: bytes | None) -> sqlite3.Connection:
    tree = Tree()
    tree.write(SEGMENT, before)
    connection = projected(tree)
    old = dict(tree.files)
    if after is None:
        del tree.files[SEGMENT]
    else:
        tree.write(SEGMENT, after)
    step(connection, tree, old, 4)
    return connection


def _ids(connection: sqlite3.Connection) -> list[str]:
    return [each["event_id"] for each in Reader(connection).events()]


def test_only_the_new_lines_of_a_segment_are_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []
    original = journals.decode_lines
    monkeypatch.setattr(journals, "decode_lines", lambda data: parsed.append(data) or original(data))  # type: ignore[func-returns-value]
    connection = _grown(lines(an_event(1), an_event(2)), lines(an_event(1), an_event(2), an_event(3)))
    assert len(parsed) == 3
    assert _ids(connection) == [ulid("event", 1), ulid("event", 2), ulid("event", 3)]
    assert Reader(connection).findings() == []


@pytest.mark.parametrize("after", [lines(an_event(1, type="changed"), an_event(2)), lines(an_event(2)), b"", None])
def test_landed_lines_that_were_changed_or_removed_are_a_finding(after: bytes | None) -> None:
    connection = _grown(lines(an_event(1), an_event(2)), after)
    (found,) = Reader(connection).findings()
    assert (found["path"], found["commit"]) == (SEGMENT, "c4")
    assert "landed" in found["reason"]
    assert len(_ids(connection)) == (after or b"").count(b"\n")


def test_a_line_that_was_not_finished_is_read_again_when_it_is() -> None:
    whole = lines(an_event(1), an_event(2))
    connection = _grown(whole[:-30], whole)
    assert _ids(connection) == [ulid("event", 1), ulid("event", 2)]
    assert Reader(connection).quarantined() == []
    assert Reader(connection).findings() == []
    connection = _grown(whole[:-1], whole + lines(an_event(3)))
    assert len(_ids(connection)) == 3


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense", b"[]", b'{"type": "x"}', b"\xff\xfe", b'{"event_id": "\\ud800", "ts": "x", "type": "y"}',
        b'{"event_id": "e", "ts": "x", "type": "y", "revision": 9223372036854775808}',
        b'{"event_id": "e", "ts": "x", "type": "y", "revision": true}', b"[" * 5000, b"<<<<<<< ours",
        b'{"event_id": "e", "ts": "x\\u0000", "type": "y"}', b'{"event_id": 7, "ts": "x", "type": "y"}',
    ],
)  # fmt: skip
def test_a_line_that_is_no_event_is_named_and_its_neighbours_are_read(line: bytes) -> None:
    data = lines(an_event(1)) + line + b"\n" + lines(an_event(2))
    tree = Tree()
    tree.write(SEGMENT, data)
    reader = Reader(projected(tree))
    (found,) = reader.quarantined()
    assert found["path"] == SEGMENT
    assert found["reason"].startswith("line 2: ")
    assert len(reader.events()) == 2


def test_events_with_strange_but_lawful_values_are_taken() -> None:
    odd = {"tasks": [1, {"alias": []}], "nope": [{"alias": "TASK-9"}], "claims": None}
    strange: list[dict[str, Any]] = [
        {"event_id": "e1", "ts": "not a time", "type": "x"},
        {"event_id": "e2", "ts": "2026-11-18T11:06:40Z", "type": "x", "revision": (1 << 63) - 1, "intent": {}},
        {
            "event_id": "e3",
            "ts": "",
            "type": "",
            "intent_id": "i",
            "intent": {"key": 7, "result": odd},
        },
        {"event_id": "e4", "ts": "x", "type": "\u2028 \x1b[31m 🦀", "refs": {"coop": ""}, "revision": -5},
    ]
    tree = Tree()
    tree.write(SEGMENT, lines(*strange))
    reader = Reader(projected(tree))
    assert reader.quarantined() == []
    assert {each["event_id"] for each in reader.events()} == {"e1", "e2", "e3", "e4"}
    assert reader.landed("7") is not None
    assert reader.intents()[0]["kind"] is None
    assert reader.next_number("task") == 1
    assert isinstance(reader.newest_at(), float)


def test_a_segment_with_a_byte_order_mark_or_windows_line_ends_is_read() -> None:
    data = b"\xef\xbb\xbf" + lines(an_event(1), an_event(2)).replace(b"\n", b"\r\n")
    connection = _grown(data, data + lines(an_event(3)))
    assert len(_ids(connection)) == 3
    assert Reader(connection).quarantined() == []


def test_the_id_of_what_was_read_may_be_a_sha_256() -> None:
    import hashlib

    data = lines(an_event(1))
    oid = hashlib.sha256(b"blob %d\0" % len(data) + data).hexdigest()
    assert journals._begins(data + b"more", oid, len(data))
    assert not journals._begins(b"x" + data, oid, len(data))


def test_numbers_of_a_segment_that_was_rewritten_are_counted_again() -> None:
    connection = _grown(lines(an_event(1), an_event(9)), lines(an_event(1)))
    assert Reader(connection).next_number("task") == 2
