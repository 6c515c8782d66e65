"""Whether a scope is a part of another: never yes when some path says no."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitcoord.errors import ScopeInvalid
from gitcoord.rules.claims.cover import covers
from gitcoord.rules.claims.overlap import matches, overlaps
from gitcoord.rules.claims.scope import parse


def scope(text):
    return parse(text, is_directory=lambda path: False)


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("src/", "src/a.py"), ("src/", "src/auth/"), ("src/", "src/**/*.py"), ("src/", "src/a.py#Session"), ("src/", "src/"),
        ("src/**", "src/auth/"), ("src/**/*.py", "src/a/b.py"), ("src/**/*.py", "src/*.py"), ("**", "src/"),
        ("**/*.ts", "a.ts"),
        ("src/*", "src/a.py"), ("src/*.py", "src/a*.py"), ("src/[a-c]*.py", "src/[ab]*.py"), ("src/?.py", "src/a.py"),
        ("src/a.py", "src/a.py#foo"), ("src/a.py#Session", "src/a.py#Session::refresh"), ("src/a.py#A,B", "src/a.py#B"),
        ("src/**/test/**", "src/a/test/b/c.py"), ("shared:a/", "shared:a/b.json"), ("branch:main", "branch:main"),
        ("**/a/**", "x/a/**"),
    ],
)  # fmt: skip
def test_a_part_is_seen(outer: str, inner: str) -> None:
    assert covers(scope(outer), scope(inner))


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("src/a.py", "src/b.py"), ("src/a.py", "src/"), ("src/auth/", "src/"), ("src/*.py", "src/**/*.py"), ("src/**", "src/"),
        ("src/*", "src/auth/"), ("src/?.py", "src/*.py"), ("src/[ab].py", "src/[a-c].py"), ("src/a.py#A", "src/a.py"),
        ("src/a.py#A::b", "src/a.py#A"), ("src/a.py#A", "src/b.py#A"), ("shared:a/", "a/b.json"), ("a/", "shared:a/b.json"),
        ("branch:main", "branch:dev"), ("module:auth", "src/auth/"), ("src/auth/", "module:auth"), ("src/auth", "src/authx"),
        ("src/[a-c].py", "src/[ab].py"),  # git also matches a file of that very name
    ],
)  # fmt: skip
def test_what_is_not_surely_a_part_is_refused(outer: str, inner: str) -> None:
    assert not covers(scope(outer), scope(inner))


PART = st.sampled_from(["a", "b", "ab", "*", "?", "a*", "*b", "[ab]", "[!a]", "**", "a?", "*a*"])
PATTERN = st.builds(
    lambda parts, slash: "/".join(parts) + slash, st.lists(PART, min_size=1, max_size=3), st.sampled_from(["", "", "/"])
)
NAMES = ["a", "b", "ab", "ba", "c"]
PATHS = [*NAMES, *(f"{x}/{y}" for x in NAMES for y in NAMES)]
PATHS += [f"{x}/{y}/{z}" for x in NAMES[:4] for y in NAMES[:4] for z in NAMES]


@settings(max_examples=600, deadline=None)
@given(PATTERN, PATTERN, PATTERN)
def test_no_path_of_a_part_lies_outside(outer: str, inner: str, third: str) -> None:
    try:
        whole, part, other = scope(outer), scope(inner), scope(third)
    except ScopeInvalid:
        return
    if not covers(whole, part):
        return
    assert [path for path in PATHS if matches(part, path) and not matches(whole, path)] == []
    if overlaps(part, other):  # so whoever is not in the way of the whole is not in the way of the part
        assert overlaps(whole, other)


@settings(max_examples=200, deadline=None)
@given(PATTERN)
def test_every_scope_is_a_part_of_itself_and_of_everything(text: str) -> None:
    try:
        found = scope(text)
    except ScopeInvalid:
        return
    assert covers(found, found)
    assert covers(scope("**"), found)


@settings(max_examples=300, deadline=None)
@given(PATTERN, st.sampled_from(PATHS))
def test_for_a_single_file_the_answer_is_exact(text: str, path: str) -> None:
    try:
        found = scope(text)
    except ScopeInvalid:
        return
    assert covers(found, scope(path)) == matches(found, path)
