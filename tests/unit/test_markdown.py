"""Peer text in Markdown: it shows as itself and takes no effect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitcoord.markdown import code, prose, quoted

#: What would take effect if it stood there bare.
HOSTILE = (
    "# heading", "[a](javascript:alert(1))", "![i](http://x)", "<script>alert(1)</script>", "<!-- hidden", "```", "~~~sh",
    "| a | b |", "|--|--|", "--- ", "===", "* item", "- item", "+ item", "1. item", "12) item", "> quote", "&lt;b&gt;",
    "**bold**", "_em_", "~~gone~~", "$x$", "[ref]: http://evil", ":-:", "http://evil.example", "see www.evil.example",
    "a\\", "\\*", "a`b`c", "<http://x>", "[^1]", "- [x] done", "\u202egnp.exe", "zero\u200bwidth", "\x1b[31mred", "a\r\n# b",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_special_stands_bare(text: str) -> None:
    shown = prose(text)
    assert bare(shown) == [], shown
    assert shown.isprintable()


def bare(shown: str) -> list[str]:
    """Characters with a meaning in Markdown that no backslash precedes. Read as CommonMark reads escapes."""
    found, at = [], 0
    while at < len(shown):
        if shown[at] == "\\" and at + 1 < len(shown) and not shown[at + 1].isalnum() and shown[at + 1] != " ":
            at += 2
            continue
        starts = at == 0 and shown[0] in "-+=:"
        listed = shown[at] in ".)" and at and shown[:at].isascii() and shown[:at].isdigit()
        if shown[at] in "\\`*[]<>|~&$#" or starts or listed or shown.startswith(("://", "www."), at):
            found.append(shown[at])
        if shown[at] == "_" and not (_alnum(shown, at, -1) and _alnum(shown, at, 1)):
            found.append("_")
        at += 1
    return found


def _alnum(text: str, at: int, step: int) -> bool:
    while 0 <= at < len(text) and text[at] == "_":
        at += step
    return 0 <= at < len(text) and text[at].isalnum()


@given(st.text(alphabet=st.sampled_from("ab1.)_*`#|<>[]()!&~$\\-+=: \n\t\u200b\u202ewhtp/"), max_size=40))
def test_no_text_has_an_effect(text: str) -> None:
    assert bare(prose(text)) == [], prose(text)
    for line in quoted(text):
        assert line.startswith(">")
        assert bare(line[2:].rstrip(" ").lstrip("\u00a0")) == [], line


@given(st.text(alphabet=st.sampled_from("ab`| \\"), max_size=20))
def test_a_code_span_ends_where_it_should(text: str) -> None:
    shown = code(text, cell=True)
    if not shown:
        return
    fence = shown[: len(shown) - len(shown.lstrip("`"))]
    inside = shown[len(fence) : -len(fence)]
    assert shown.endswith(fence) and "|" not in shown
    assert fence not in ["`" * n for n in _runs(inside)]


def _runs(text: str) -> list[int]:
    return [len(run) for run in "".join(c if c == "`" else " " for c in text).split()]


def test_snake_case_stays_legible() -> None:
    assert prose("call handle_login in src/auth_v2 then __init__") == r"call handle_login in src/auth_v2 then \_\_init\_\_"


def test_a_quotation_keeps_lines_and_indentation() -> None:
    assert quoted("def f():\n    return 1\n\n# not a heading\n") == [
        "> def f():  ", "> \u00a0\u00a0\u00a0\u00a0return 1", ">", "> \\# not a heading",
    ]  # fmt: skip
    assert quoted("") == [] and quoted("\n\n") == [] and quoted(None) == []
