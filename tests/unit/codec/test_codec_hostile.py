"""Bytes that somebody wrote to hurt: each is refused with a reason, and nothing else happens."""

# ruff: noqa: E501 (a case a line)
from __future__ import annotations

import pytest

from gitcoord.codec import Malformed, yaml
from gitcoord.codec.yaml import LIMIT

ID = "01mccf9rmrw51nkhxxrbhzhawe"
LAUGHS = "a0: &a0 [x,x,x,x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1},*a{n - 1},*a{n - 1}]\n" for n in range(1, 30))

HOSTILE = {
    "nothing": ("", "no keys"),
    "a scalar": ("hello\n", "not a mapping"),
    "a list": ("- a\n- b\n", "not a mapping"),
    "tabs": (f"id: {ID}\n\ttitle: x\n", "not YAML"),
    "unclosed quote": ('title: "x\n', "not YAML"),
    "unclosed bracket": ("title: [x\n", "not YAML"),
    "a directive": (f"%YAML 1.1\n---\nid: {ID}\n", "directive"),
    "an unknown version": ("%YAML 9.9\n---\na: b\n", "not YAML"),
    "a tag directive": ("%TAG ! tag:x,2000:\n---\na: b\n", "directive"),
    "two documents": (f"id: {ID}\n---\nid: {ID}\n", "several YAML documents"),
    "5,000 digits": ("x: " + "1" * 5000 + "\n", "63 bits"),
    "5,000 hexadecimal digits": ("x: 0x" + "f" * 5000 + "\n", "63 bits"),
    "2**63": (f"x: {2**63}\n", "63 bits"),
    "infinity": ("x: .inf\n", "finite"),
    "not a number": ("x: .NaN\n", "finite"),
    "an infinite exponent": ("x: 1e999\n", "finite"),
    "an integer tag": ("x: !!int foo\n", "tag"),
    "a boolean tag": ("x: !!bool foo\n", "tag"),
    "a timestamp tag": ("x: !!timestamp foo\n", "tag"),
    "a string tag": ("x: !!str 12\n", "tag"),
    "the non-specific tag": ("x: ! 12\n", "tag"),
    "code in a tag": ("x: !!python/object/apply:os.system [id]\n", "tag"),
    "binary": ("x: !!binary aGk=\n", "tag"),
    "an anchor": ("x: &a 1\n", "anchor"),
    "an anchored key": ("&a x: 1\n", "anchor"),
    "an alias": ("x: *a\n", "alias"),
    "a thousand million laughs": (LAUGHS, "anchor"),
    "a recursive alias": ("x: &a [*a]\n", "anchor"),
    "20,000 anchors": ("x: [" + ",".join(f"&a{n} 1" for n in range(6000)) + "]\n", "anchor"),
    "a merge key": ("<<: {a: 1}\n", "merge key"),
    "the same key twice": (f"id: {ID}\ntitle: a\ntitle: b\n", "'title' stands twice"),
    "the same canonical key twice": (f"id: {ID}\n\ntitle: a\n\ntitle: b\n", "'title' stands twice"),
    "the same nested key twice": ("x: {a: 1, a: 2}\n", "'a' stands twice"),
    "the same key spelt twice": ('a: 1\n"a": 2\n', "'a' stands twice"),
    "a number as a key": ("1: x\n", "key that is not a string"),
    "a boolean as a key": ("true: x\n", "key that is not a string"),
    "no key": (": x\n", ""),
    "a list as a key": ("[a, b]: x\n", "key that is not a string"),
    "a mapping as a key": ("? {a: b}\n: x\n", "key that is not a string"),
    "a long key": ("k" * 200 + ": x\n", "a key of 200 characters"),
    "explicit keys in one another": ("? " * 5000 + "\n", "nested deeper"),
    "1,000 brackets": ("x: " + "[" * 1000 + "\n", "nested deeper"),
    "60,000 brackets": ("x: " + "[" * 60000 + "\n", "nested deeper"),
    "closed brackets": ("x: " + "[" * 9 + "]" * 9 + "\n", "nested deeper"),
    "60,000 braces": ("x: " + "{" * 60000 + "\n", "nested deeper"),
    "dashes": ("x:\n" + "- " * 3000 + "x\n", "nested deeper"),
    "deep blocks": ("".join("  " * n + "k:\n" for n in range(20)), "nested deeper"),
    "deep blocks in canonical form": ("\n\n".join("  " * n + "k:" for n in range(9)) + "\n", "nested deeper"),
    "an escaped NUL": ('x: "\\0"\n', "NUL"),
    "a surrogate": ('x: "\\ud800"\n', "not YAML"),
    "a raw escape character": ("x: \x1b[31m\n", "not YAML"),
    "an unprintable": ("x: \uffff\n", "not YAML"),
    "conflict markers": (f"<<<<<<< HEAD\nid: {ID}\n=======\nid: x\n>>>>>>> theirs\n", "conflict markers"),
    "conflict markers inside": (f"id: {ID}\n<<<<<<< HEAD\ntitle: a\n=======\ntitle: b\n>>>>>>> b\n", "conflict markers"),
    "a text where a number belongs": (f"id: {ID}\npriority: high\n", "field priority: expected a whole number, found 'high'"),
    "a number where a text belongs": (f"id: {ID}\ntitle: 404\n", "field title: expected text, found 404"),
    "a boolean where a text belongs": (f"id: {ID}\ntitle: true\n", "field title: expected text, found true"),
    "a boolean where a number belongs": (f"id: {ID}\npriority: true\n", "field priority: expected a whole number, found true"),
    "a fraction where a number belongs": (f"id: {ID}\npriority: 1.0\n", "field priority"),
    "a list where a text belongs": (f"id: {ID}\n\ntitle:\n- a\n", "field title: expected text, found a list"),
    "a text where a list belongs": (f"id: {ID}\n\ndepends_on: a\n", "field depends_on: expected a list of texts, found 'a'"),
    "a list of numbers": (f"id: {ID}\n\ndepends_on:\n- 1\n", "field depends_on: expected a list of texts, found a list"),
    "a mapping where a text belongs": (f"id: {ID}\ntitle: {{a: b}}\n", "field title: expected text, found a mapping"),
    "no instant": (f"id: {ID}\ncreated_at: 2024-13-45\n", "field created_at: expected an instant"),
    "an instant of no zone": (f"id: {ID}\ncreated_at: 2024-11-21T10:00:00\n", "field created_at: expected an instant"),
    "an instant in the year 0": (f"id: {ID}\n\ncreated_at: \"0000-01-01T00:00:00Z\"\n", "field created_at: expected an instant"),
    "an infinite fraction": (f'id: {ID}\ncreated_at: "2024-01-01T00:00:00.1e999Z"\n', "field created_at: expected an instant"),
    "an instant and a newline": (f'id: {ID}\ncreated_at: "2024-01-01T00:00:00Z\\n"\n', "field created_at: expected an instant"),
    "no id": ("title: x\n", "no id"),
    "an empty id": ('id: ""\n', "no id"),
    "an id that is a path": ("id: ../../etc/passwd\n", "not a ULID"),
    "an id in capitals": (f"id: {ID.upper()}\n", "not a ULID"),
    "a number as id": ("id: 1\n", "field id: expected text, found 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_header_is_refused_with_its_reason(name: str) -> None:
    header, reason = HOSTILE[name]
    if "---\n" not in header:
        with pytest.raises(Malformed) as refused:
            yaml.decode("task", f"---\n{header}---\n".encode())
        assert reason in refused.value.reason
    kind = "request" if "field" not in reason else None
    if kind:
        with pytest.raises(Malformed) as refused:
            yaml.decode(kind, header.encode())
        assert reason in refused.value.reason
        assert "\n" not in refused.value.reason and len(refused.value.reason) < 200


BYTES = {
    "bytes that are not UTF-8": (b"---\nid: \xff\n---\n", "not UTF-8 at byte 8"),
    "an overlong NUL": (b"---\nid: \xc0\x80\n---\n", "not UTF-8"),
    "an encoded surrogate": (b"---\nid: \xed\xa0\x80\n---\n", "not UTF-8"),
    "UTF-16": (f"---\nid: {ID}\n---\n".encode("utf-16"), "NUL"),
    "a raw NUL": (f"---\nid: {ID}\n---\n\na\0b\n".encode(), "NUL"),
    "a file beyond the limit": (f"---\nid: {ID}\n---\n".encode() + b"x" * LIMIT, "at most 65536"),
    "200 MB": (b"a" * 1000 * LIMIT, "at most 65536"),
    "no front matter": (b"# A heading\n\nText.\n", "no front matter"),
    "front matter without an end": (f"---\nid: {ID}\n".encode(), "no front matter"),
    "front matter that begins late": (f"\n---\nid: {ID}\n---\n".encode(), "no front matter"),
    "a whole file in conflict": (f"<<<<<<< a\n---\nid: {ID}\n---\n=======\n---\nid: {ID}\n---\n>>>>>>> b\n".encode(), "conflict markers"),
}  # fmt: skip


@pytest.mark.parametrize("name", BYTES)
def test_hostile_bytes_are_refused_with_their_reason(name: str) -> None:
    data, reason = BYTES[name]
    with pytest.raises(Malformed) as refused:
        yaml.decode("task", data)
    assert reason in refused.value.reason


def test_a_file_that_claims_to_be_another_is_refused() -> None:
    data = f"---\nid: {ID}\n---\n".encode()
    assert yaml.decode("task", data, id=ID).id == ID
    with pytest.raises(Malformed, match="the file name says"):
        yaml.decode("task", data, id="01mccf9rmrw51nkhxxrbhzhaw0")


@pytest.mark.parametrize(("header", "value"), [
    ("x: no", "no"), ("x: on", "on"), ("x: y", "y"), ("x: 12:30:45", "12:30:45"), ("x: 1_000", "1_000"), ("x: =", "="),
    ("x: 2024-13-45", "2024-13-45"), ("x: 2024-01-01", "2024-01-01"), ("x: 0b11", "0b11"), ("x: 0o17", 15), ("x: 017", 17),
    ("x: 0x1F", 31), ("x: +12", 12), ("x: 1e3", 1000.0), ("x: ~", None), ("x:", None), ("x: Null", None), ("x: TRUE", True),
    ("on: no", "no"), ('"<<": a', "a"), ("x: |\n  a\n  b\n", "a\nb\n"), ("x: >-\n  a\n  b\n", "a b"), ("x: a\n  b", "a b"),
    ("x: {a: [1, {b: c}]}", {"a": [1, {"b": "c"}]}), ("x: 'it''s'", "it's"), ('x: "\\x41\\u00e9"', "Aé"),
    ("# hello\nx: a # b", "a"), ("---\nx: a", "a"), ("x: a\n...", "a"), ("? x\n: a", "a"), ("\ufeffx: a", "a"),
])  # fmt: skip
def test_what_people_write_is_read_as_yaml_1_2(header: str, value: object) -> None:
    found = yaml.decode_tree(header.encode())
    assert list(found.values()) == [value]


def test_a_settings_file_of_nothing_but_comments_is_empty() -> None:
    for text in ("", "\n", "# nothing yet\n", "---\n", "{}\n", "---\n# x\n"):
        assert yaml.decode_tree(text.encode()) == {}


@pytest.mark.parametrize("value", [
    float("inf"), float("nan"), 2**63, -(2**63) - 1, "a\0b", "\ud800", {1: 2}, {"": 1}, {"k" * 200: 1}, object(), {"a", "b"},
    [[[[[[[[[1]]]]]]]]],
])  # fmt: skip
def test_what_nobody_could_read_is_not_written(value: object) -> None:
    with pytest.raises(Malformed):
        yaml.encode_tree({"x": value})
