"""Journal lines: what is written comes back, and a bad line is named and spares its neighbours."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitcoord.codec import Malformed
from gitcoord.codec.journal import decode_lines, encode_line

EVENT = {
    "event_id": "01mccf9rmrw51nkhxxrbhzhawe", "ts": "2026-11-21T09:30:00Z", "type": "claim.granted",
    "actor": {"agent": "river"}, "refs": {"claim": "01mccf9rmrw51nkhxxrbhzhawf"}, "body": {"scope": "src/**"},
    "revision": 7,
}  # fmt: skip
LINE = encode_line(EVENT)

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
bodies = st.dictionaries(
    texts, st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
)


@settings(max_examples=100, deadline=None)
@given(st.lists(bodies, max_size=3))
def test_lines_come_back(bodies: list[dict[str, object]]) -> None:
    events = [{**EVENT, "body": body} for body in bodies]
    text = "".join(map(encode_line, events))
    assert decode_lines(text.encode()) == (events, [])
    assert len(text.splitlines()) == len(events)


def test_a_line_shows_no_control_character() -> None:
    line = encode_line({**EVENT, "body": {"text": "a\x9bb\u202ec\u2028d\x7f"}})
    assert "\\u009b" in line and "\\u202e" in line and "\\u2028" in line and "\\u007f" in line


BAD = {
    "not JSON": ("{", "not JSON"),
    "two objects": (LINE.strip() + LINE.strip(), "not JSON"),
    "a list": ("[]", "not a JSON object"),
    "a key twice": ('{"event_id": "a", "event_id": "b"}', "twice"),
    "a nested key twice": ('{"body": {"a": 1, "a": 1}}', "twice"),
    "5,000 digits": ('{"revision": ' + "9" * 5000 + "}", "63 bits"),
    "2**63": ('{"revision": 9223372036854775808}', "63 bits"),
    "infinity": ('{"x": Infinity}', "finite"),
    "an infinite exponent": ('{"x": 1e999}', "finite"),
    "100,000 brackets": ("[" * 100000, "not JSON: RecursionError"),
    "40 levels": (LINE.strip().replace('"src/**"', "[" * 40 + "]" * 40), "nested deeper"),
    "an escaped NUL": (LINE.strip().replace("src", "\\u0000"), "NUL"),
    "a lone surrogate": (LINE.strip().replace("src", "\\ud800"), "surrogate"),
    "a raw NUL": ("{\0}", "NUL"),
    "conflict markers": ("<<<<<<< HEAD", "conflict markers"),
    "no type": ('{"event_id": "a", "ts": "b"}', "no type"),
    "a revision that is text": (LINE.strip().replace("7", '"7"'), "field revision"),
    "a revision that is true": (LINE.strip().replace(":7", ":true"), "field revision"),
    "references that are numbers": (LINE.strip().replace('"01mccf9rmrw51nkhxxrbhzhawf"', "1"), "field refs"),
    "a line of two megabytes": ('{"x": "' + "a" * 2_000_000 + '"}', "at most"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_named_and_its_neighbours_are_read(name: str) -> None:
    line, reason = BAD[name]
    events, problems = decode_lines(f"{LINE}{line}\n\n{LINE}".encode())
    assert events == [EVENT, EVENT]
    assert len(problems) == 1 and problems[0].startswith("line 2: ") and reason in problems[0]


def test_a_byte_order_mark_windows_line_ends_and_a_missing_newline_are_no_problem() -> None:
    data = b"\xef\xbb\xbf" + (LINE + LINE).replace("\n", "\r\n").encode().rstrip()
    assert decode_lines(data) == ([EVENT, EVENT], [])


def test_bytes_that_are_no_text_spoil_only_their_line() -> None:
    events, problems = decode_lines(b"\xff\n" + LINE.encode())
    assert events == [EVENT] and problems == ["line 1: not UTF-8 at byte 0"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", "a\0b", object(), {1, 2}])
def test_what_is_no_json_is_not_written(value: object) -> None:
    with pytest.raises(Malformed):
        encode_line({**EVENT, "body": {"x": value}})


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100))
def test_no_bytes_raise_anything(data: bytes) -> None:
    decode_lines(data)
