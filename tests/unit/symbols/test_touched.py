"""Which names a change touches: both sides of the difference, innermost declarations, renames under the old name."""

from __future__ import annotations

import difflib
import random

import pytest

from gitcoord.symbols import touched as module
from gitcoord.symbols.declared import Unreadable
from gitcoord.symbols.outline import outline
from gitcoord.symbols.touched import IMPORTS, MODULE, touched

CODE = """\
import os

LIMIT = 3


# What login does.
@traced
def login(user):
    token = 1

    return token


def logout():
    pass


class Session:
    size = 1

    def refresh(self):
        return 1

    def close(self):
        return 2


print(LIMIT)
"""
SCRIPT = """\
import { a } from "./a";

/** What login does. */
export function login(user: string) {
  return a(user);
}

export class Session {
  size = 1;

  @traced()
  refresh() {
    return 1;
  }

  close() {
    return 2;
  }
}

run();
"""


def hunks_of(old: str, new: str) -> list[tuple[int, int, int, int]]:
    """As ``git diff -U0`` writes them: an empty side is named by the line before it."""
    found = []
    matcher = difflib.SequenceMatcher(None, old.encode().split(b"\n"), new.encode().split(b"\n"), autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            found.append((a + (b > a), b - a, c + (d > c), d - c))
    return found


def changed(*replacements: tuple[str, str], text: str = CODE, path: str = "a.py") -> dict[str, int]:
    new = text
    for old, other in replacements:
        assert old in new, old
        new = new.replace(old, other)
    return touched(path, text.encode(), new.encode(), hunks_of(text, new))


@pytest.mark.parametrize(("replacements", "names"), [
    ([("token = 1", "token = 2")], {"login": 9}),
    ([("@traced\n", "")], {"login": 7}),
    ([("What login", "All that login")], {"login": 6}),
    ([("token = 1\n\n", "token = 1\n")], {"login": 10}),
    ([("import os", "import os, sys")], {IMPORTS: 1}),
    ([("import os\n", "import os\nimport sys\n")], {IMPORTS: 2}),
    ([("LIMIT = 3", "LIMIT = 4")], {"LIMIT": 3}),
    ([("print(LIMIT)", "print()")], {MODULE: 28}),
    ([("\n\n\ndef logout", "\n\n\n\n\ndef logout")], {}),
    ([("size = 1", "size = 2")], {"Session": 19}),
    ([("return 2", "return 3")], {"Session::close": 25}),
    ([("return 1", "return 0"), ("return 2", "return 3")], {"Session::refresh": 22, "Session::close": 25}),
    ([("def logout():\n    pass\n\n\n", "")], {"logout": 14}),
    ([("def logout", "def audit():\n    pass\n\n\ndef logout")], {"audit": 14}),
    ([("def logout():\n    pass", "def logout(): pass")], {"logout": 14}),
    ([("def close(self):", "def close(self, now):\n        pass\n\n    def open(self):")],
     {"Session::close": 24, "Session::open": 27}),
    ([("        return 1\n\n    def", "        return 1\n\n\n\n    def")], {}),
])  # fmt: skip
def test_a_change_touches_the_innermost_names(replacements: list, names: dict) -> None:
    assert changed(*replacements) == names


@pytest.mark.parametrize(("replacements", "names"), [
    ([("def login", "def sign_in")], {"login"}),
    ([("def login(user):\n    token = 1\n\n    return token", "def sign_in():\n    return 7")], {"login"}),
    ([("def close", "def shut")], {"Session::close"}),
    ([("class Session", "class Visit"), ("return 2", "return 3")], {"Session", "Session::close"}),
    ([("LIMIT = 3", "BOUND = 3")], {"LIMIT"}),
    ([("def login", "def sign_in"), ("def logout", "def sign_out")], {"login", "logout"}),
])  # fmt: skip
def test_a_rename_is_told_under_the_old_name(replacements: list, names: set) -> None:
    assert set(changed(*replacements)) == names


def test_what_moves_is_touched_where_it_was_and_stays_one_name() -> None:
    body = "def logout():\n    pass\n\n\n"
    assert set(changed((body, ""), ("print(LIMIT)", body + "print(LIMIT)"))) == {"logout"}
    indented = "class Door:\n    def logout(self):\n        pass\n\n\n"
    assert {"logout"} <= set(changed((body, indented)))


def test_what_vanishes_into_a_string_is_touched() -> None:
    assert "logout" in changed(("\n\ndef logout():\n    pass\n", '\n"""\ndef logout():\n    pass\n"""\n'))


def test_a_new_file_and_an_emptied_one() -> None:
    count = CODE.count("\n")
    everything = {"login", "logout", "Session", "Session::refresh", "Session::close", "LIMIT", IMPORTS, MODULE}
    assert set(touched("a.py", b"", CODE.encode(), [(0, 0, 1, count)])) == everything
    assert set(touched("a.py", CODE.encode(), b"", [(1, count, 0, 0)])) == everything


@pytest.mark.parametrize(("replacements", "names"), [
    ([("return a(user)", "return a(user, 1)")], {"login": 5}),
    ([("What login", "All that login")], {"login": 3}),
    ([("@traced()", "@traced(1)")], {"Session::refresh": 11}),
    ([("./a", "./b")], {IMPORTS: 1}),
    ([("run();", "run(1);")], {MODULE: 21}),
    ([("size = 1", "size = 2")], {"Session": 9}),
    ([("close()", "shut()")], {"Session::close": 16}),
])  # fmt: skip
def test_the_same_in_typescript(replacements: list, names: dict) -> None:
    assert changed(*replacements, text=SCRIPT, path="a.ts") == names


def test_a_method_of_go_belongs_to_its_receiver_wherever_it_stands() -> None:
    code = "package p\n\ntype S struct {\n\ta int\n}\n\nfunc (s *S) Do() {\n\ts.a = 1\n}\n"
    assert changed(("s.a = 1", "s.a = 2"), text=code, path="a.go") == {"S::Do": 8}


def test_in_a_script_too_only_what_is_near_the_difference_is_read_and_nothing_is_missed(monkeypatch) -> None:
    lines = SCRIPT.split("\n")
    for first in range(len(lines)):
        for count in range(1, 4):
            for put in ([], ["// x"], ["function put() {}"], lines[first : first + 1]):
                new = "\n".join([*lines[:first], *put, *lines[first + count :]])
                found = []
                for way in (lambda p, a, b, h: (outline(p, a), outline(p, b)), None):
                    with monkeypatch.context() as patch:
                        if way is not None:
                            patch.setattr(module, "outlines", way)
                        try:
                            found.append(touched("a.ts", SCRIPT.encode(), new.encode(), hunks_of(SCRIPT, new)))
                        except Unreadable:
                            found.append(None)
                assert found[0] == found[1], new


def test_two_declarations_on_one_line_are_both_touched() -> None:
    assert changed(("A = 1", "A = 2"), text="A = 1; B = 2\n") == {"A": 1, "B": 1}
    assert set(changed(("m() {}", "m() { k() }"), text="class A { m() {} }\n", path="a.js")) == {"A", "A::m"}


@pytest.mark.parametrize(("old", "new"), [("x = (\n", "x = 1\n"), ("x = 1\n", "x = (\n")])
def test_either_side_that_does_not_parse_is_told(old: str, new: str) -> None:
    with pytest.raises(Unreadable):
        touched("a.py", old.encode(), new.encode(), hunks_of(old, new))


PIECES = [
    "import os", "import os; X = 1", "A = 1", "A = 2; B = 3", "C = '''\ndef fake():\n    pass\n'''", "# a comment",
    "def f():\n    return 1", "def f():\n    def inner(): pass\n    # of nothing", "@d\ndef g(): pass", "print(1)",
    "# above\n@d(\n  1)\nclass K:\n    def m(self):\n        pass\n\n    def n(self): pass", "else:\n    pass", "match = 1",
    "if A:\n    def h(): pass\nelse:\n    pass", "try:\n    import z\nexcept E:\n    Z = 1", "    indented = 1", "'''",
    ")", "x = (", "\\", "", "class K(P):\n    '''\n# not one\n'''\n    def m(self): pass", "E = [\n  1,\n]; F = 2",
]  # fmt: skip


def test_reading_only_what_differs_says_the_same_as_reading_all(monkeypatch) -> None:
    """Random texts of awkward pieces, with pieces put in, taken out and exchanged."""
    dice = random.Random(11)
    compared = refused = 0
    for _ in range(3000):
        pieces = [dice.choice(PIECES) for _ in range(dice.randrange(2, 9))]
        other = list(pieces)
        for _ in range(dice.randrange(1, 3)):
            at = dice.randrange(len(other) + 1)
            other[at : at + dice.randrange(3)] = [dice.choice(PIECES) for _ in range(dice.randrange(3))]
        old, new = ("\n".join(each) + dice.choice(["\n", "\n", ""]) for each in (pieces, other))
        hunks = hunks_of(old, new)
        if not hunks:
            continue
        found = []
        for way in (lambda p, a, b, h: (outline(p, a), outline(p, b)), None):
            with monkeypatch.context() as patch:
                if way is not None:
                    patch.setattr(module, "outlines", way)
                try:
                    found.append(touched("a.py", old.encode(), new.encode(), hunks))
                except Unreadable:
                    found.append(None)
        assert found[0] == found[1], (old, new)
        compared += found[0] is not None
        refused += found[0] is None
    assert compared > 300 and refused > 300
