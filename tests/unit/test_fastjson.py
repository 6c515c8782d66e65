"""The quick JSON gives and reads what the package of the standard library does."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitcoord import fastjson
from gitcoord.views import budget

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_both_ways_agree_with_the_package(value: Any) -> None:
    assert fastjson.dumps(value) == json.dumps(value, ensure_ascii=False)
    compact = fastjson.dumps(value, fastjson.COMPACT)
    assert compact == json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    assert fastjson.loads(f" {compact}\n") == json.loads(compact)
    assert json.loads(fastjson.dumps_ascii(value)) == value and fastjson.dumps_ascii(value).isascii()
    assert budget.dumps(value) == json.dumps(value, ensure_ascii=False) + "\n"


def test_what_is_no_json_is_refused_as_there() -> None:
    for text in ("", "{", '{"a": 1} x', "nul", "[1,]", '"\x01"'):
        with pytest.raises(ValueError):
            fastjson.loads(text)
    with pytest.raises(TypeError):
        fastjson.dumps({"a": object()})
    assert math.isnan(fastjson.loads(fastjson.dumps(math.nan)))


def test_names_in_another_encoding_survive_a_file() -> None:
    assert fastjson.loads(fastjson.dumps_ascii(["caf\udce9"]).encode().decode()) == ["caf\udce9"]


def test_the_quick_ways_are_taken_here() -> None:
    assert fastjson._scan is not None and set(fastjson._ENCODERS) == {fastjson.WIDE, fastjson.COMPACT}
