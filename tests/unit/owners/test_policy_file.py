from __future__ import annotations

import random
from typing import Any

import pytest

from gitcoord.codec import items, yaml
from gitcoord.rules.claims.scope import of_pattern, parse
from gitcoord.rules.owners.edit import edited, marks
from gitcoord.rules.owners.policy import FILE, GOOD, Broken, covers, in_force, read

TEXT = """\
# Ours. Ask River first.

modules:   # the last one wins
  everything:
    paths: ["**"]
    owners: ["@sky"]

  # since the breach
  auth:
    description: logins
    paths:
      - src/auth/      # all of it
      # keys, wherever
      - "**/*.pem"
    owners:
      - "@river"       # first
      - alex
    enforcement: hard   # really

shared:
- package-lock.json   # coord-managed=permanent
- "docs/a #1.md"
x-board: kept
"""


def test_the_file_says_who_owns_what() -> None:
    policy = read(TEXT.encode())
    assert [each.as_json()["enforcement"] for each in policy.modules.values()] == ["soft", "hard"]
    assert policy.modules["auth"].paths == ("src/auth/", "**/*.pem")
    won = [(path, found and (found[0].name, found[1])) for path in ("src/auth/x/y.py", "k/a.pem", "src/auth", "readme")
           for found in [policy.winner(path)]]  # fmt: skip
    assert won == [
        ("src/auth/x/y.py", ("auth", "src/auth/")), ("k/a.pem", ("auth", "**/*.pem")), ("src/auth", ("auth", "src/auth/")),
        ("readme", ("everything", "**")),
    ]  # fmt: skip
    assert policy.sharing("docs/a #1.md") == "docs/a #1.md"
    assert policy.sharing("docs/a") == ""


@pytest.mark.parametrize(
    ("agent", "owns"),
    [("river", True), ("River", True), ("alex", True), ("alex/claude/main", True), ("alexa", False), ("sky", False)],
)
def test_an_owner_is_a_handle_or_the_person_before_the_slash(agent: str, owns: bool) -> None:
    assert read(TEXT.encode()).modules["auth"].owned_by(agent) is owns


@pytest.mark.parametrize(
    "text",
    [
        "modules: [a]\n", "modules: {a: src/}\n", "modules: {a: {path: [x]}}\n", "module: {}\n", "shared: x\n", "shared: [1]\n",
        "modules: {a: {paths: [/etc]}}\n", "modules: {a: {paths: [../x]}}\n", "modules: {a: {enforcement: yes!}}\n",
        "modules: {a: {owners: river}}\n", "modules: {a: {owners: ['']}}\n", "modules: {'a b': {paths: [x]}}\n",
        "modules: &m {a: *m}\n", "shared:\n- a\n- [b]\n", "a: b: c\n", "\x00", "modules: {a: {paths: [module:b]}}\n",
        "modules: {a: {paths: [.git/x]}}\n", "- x\n", "shared: []\nshared: []\n",
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_says_why(text: str) -> None:
    with pytest.raises(Broken) as problem:
        read(text.encode())
    assert len(str(problem.value)) > 5


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "modules: {}\n", "modules:\nshared:\n", "x-y: 1\n"])
def test_an_empty_policy_is_one(text: str) -> None:
    assert not read(text.encode()).modules


def test_an_edit_leaves_every_other_byte_alone() -> None:
    data = TEXT.encode()
    changed, told = edited(data, [
        {"do": "add", "module": "auth", "paths": ["src/login/"], "owners": ["@sky"]},
        {"do": "share", "path": "yarn.lock", "comment": "auto-promoted=2026-11-21"},
        {"do": "mark", "path": "docs/a #1.md", "word": "coord-managed=permanent"},
    ])  # fmt: skip
    assert told == [
        "module auth has src/login/, @sky", "yarn.lock is a shared file", "docs/a #1.md marked coord-managed=permanent",
    ]  # fmt: skip
    expected = TEXT.replace('      - "**/*.pem"\n', '      - "**/*.pem"\n      - src/login/\n').replace(
        "      - alex\n", '      - alex\n      - "@sky"\n'
    ).replace('- "docs/a #1.md"\n', '- "docs/a #1.md"  # coord-managed=permanent\n- yarn.lock  # auto-promoted=2026-11-21\n')
    assert changed.decode() == expected
    back, _ = edited(changed, [
        {"do": "remove", "module": "auth", "paths": ["src/login/"], "owners": ["@sky"]}, {"do": "unshare", "path": "yarn.lock"},
        {"do": "mark", "path": "docs/a #1.md", "word": "coord-managed=permanent", "off": True},
    ])  # fmt: skip
    assert back == data


def test_windows_line_ends_and_a_missing_last_newline_survive() -> None:
    data = TEXT.replace("\n", "\r\n").encode()
    changed, _ = edited(data, [{"do": "share", "path": "yarn.lock"}, {"do": "unshare", "path": "package-lock.json"}])
    assert b"- yarn.lock\r\n" in changed
    assert changed.replace(b"- yarn.lock\r\n", b"") == data.replace(b"- package-lock.json   # coord-managed=permanent\r\n", b"")
    assert edited(b"shared:\n- a", [{"do": "share", "path": "b"}])[0] == b"shared:\n- a\n- b\n"


def test_a_module_comes_and_goes_and_the_rest_stays() -> None:
    changed, _ = edited(TEXT.encode(), [{"do": "add", "module": "web.v2", "paths": ["web"], "owners": ["@kit"]}])
    assert read(changed).winner("web/x.ts")[0].name == "web.v2"  # type: ignore[index]
    for line in TEXT.splitlines():
        assert line in changed.decode().splitlines()
    gone, _ = edited(changed, [{"do": "remove", "module": "web.v2"}])
    assert read(gone).modules.keys() == {"everything", "auth"}
    assert [line for line in TEXT.splitlines() if line] == [line for line in gone.decode().splitlines() if line]


def test_an_edit_whose_work_is_done_changes_nothing() -> None:
    for edit in (
        {"do": "add", "module": "auth", "paths": ["src/auth/"], "owners": ["alex"], "enforcement": "hard"},
        {"do": "share", "path": "package-lock.json"},
        {"do": "mark", "path": "package-lock.json", "word": "coord-managed=permanent"},
    ):
        assert edited(TEXT.encode(), [edit]) == (TEXT.encode(), [])


@pytest.mark.parametrize("seed", range(25))
def test_any_row_of_edits_keeps_the_comments_that_are_not_at_what_was_removed(seed: int) -> None:
    """Against a plain model of what the edits mean."""
    rng = random.Random(seed)
    data, names = TEXT.encode(), [f"f{n}.py" for n in range(6)]
    shared = ["package-lock.json", "docs/a #1.md"]
    for _ in range(12):
        name = rng.choice(names)
        if name in shared and rng.random() < 0.6:
            data, shared = edited(data, [{"do": "unshare", "path": name}])[0], [each for each in shared if each != name]
        elif name not in shared:
            data, shared = edited(data, [{"do": "share", "path": name}])[0], [*shared, name]
        assert list(read(data).shared) == shared
    assert [line for line in data.decode().splitlines() if not line.startswith("- f")] == TEXT.splitlines()


@pytest.mark.parametrize(
    ("line", "text", "comment"),
    [
        ("- a  # b # c", "a", "b # c"), ('- "a # b"', "a # b", ""), ("-   a", "a", ""),
        ("- a#b", "a#b", ""), ('- "q\\"x" #', 'q"x', ""), ("- - a", None, None), ("- {a: b}", None, None),
    ],
)  # fmt: skip
def test_an_item_and_its_comment_are_told_apart(line: str, text: str | None, comment: str | None) -> None:
    found = items.items_of(f"k:\n{line}\n".encode(), ("k",))
    assert ([(each.text, each.comment) for each in found] if found else None) == (None if text is None else [(text, comment)])


def test_marks_are_read_whatever_else_the_comment_says() -> None:
    found = marks(b"shared:\n- a  # keep; auto-promoted=2026-01-02, coord-managed=permanent\n- b # no\n- c\n")
    assert [(path, mark.promoted, mark.permanent) for path, mark in found.items()] == [
        ("a", "2026-01-02", True), ("b", "", False), ("c", "", False),
    ]  # fmt: skip


def test_a_list_in_one_line_is_edited_all_the_same() -> None:
    changed, _ = edited(b"# x\nshared: [a, b]  # both\n", [{"do": "share", "path": "c"}, {"do": "unshare", "path": "a"}])
    assert yaml.decode_tree(changed) == {"shared": ["b", "c"]}
    assert b"# x\n" in changed and b"# both" in changed


@pytest.mark.parametrize(
    ("pattern", "scope", "whole"),
    [
        ("src/", "src/a/b.py", True), ("src/", "src/**/*.py", True), ("src/**", "src/a/", True), ("**", "x/", True),
        ("src/*.py", "src/a.py", True), ("src/*.py", "src/", False), ("src/a/", "src/", False), ("src/*.py", "src/*.py", True),
        ("s*/**", "src/a/", False),
    ],
)  # fmt: skip
def test_a_pattern_that_has_all_of_a_scope_is_known(pattern: str, scope: str, whole: bool) -> None:
    assert covers(of_pattern(pattern), parse(scope, is_directory=lambda path: False)) is whole


# The intent, and what is in force.


def test_two_who_add_at_the_same_time_both_have_theirs(desk: Any) -> None:
    desk.does("river", "owners.set", edits=[{"do": "add", "module": "auth", "paths": ["src/auth/"], "owners": ["@river"]}])
    desk.does("sky", "owners.set", edits=[{"do": "add", "module": "web", "paths": ["web/"]}])
    assert list(read(desk.text().encode()).modules) == ["auth", "web"]
    assert desk.text(GOOD) == desk.text()
    assert [each.body["changes"] for each in desk.snapshot.events if each.type == "policy.changed"] == [
        ["module auth is src/auth/, @river"], ["module web is web/"],
    ]  # fmt: skip
    revision = desk.snapshot.revision
    again = desk.does("sky", "owners.set", edits=[{"do": "add", "module": "web", "paths": ["web/"]}])
    assert (again["outcome"], desk.snapshot.revision) == ("unchanged", revision)


def test_a_whole_text_is_refused_when_the_policy_has_changed(desk: Any) -> None:
    base = desk.does("river", "owners.set", text=TEXT)["base"]
    desk.does("sky", "owners.set", edits=[{"do": "share", "path": "yarn.lock"}])
    assert desk.refused("river", "owners.set", text="shared: []\n", base=base).code == "state-revision-conflict"
    assert desk.does("river", "owners.set", text="shared:\n- a\n")["outcome"] == "set"


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"text": "modules: [x]\n"}, "invalid-arguments"), ({"edits": []}, "invalid-arguments"), ({}, "invalid-arguments"),
        ({"edits": [{"do": "burn"}]}, "invalid-arguments"), ({"edits": ["add"]}, "invalid-arguments"),
        ({"edits": [{"do": "add", "module": "new"}]}, "invalid-arguments"),
        ({"edits": [{"do": "add", "module": "a b", "paths": ["x"]}]}, "invalid-arguments"),
        ({"edits": [{"do": "add", "module": "a", "paths": ["/x"]}]}, "invalid-arguments"),
        ({"edits": [{"do": "add", "module": "a", "paths": ["x"], "enforcement": "iron"}]}, "invalid-arguments"),
        ({"edits": [{"do": "remove", "module": "nope"}]}, "not-found"),
        ({"edits": [{"do": "unshare", "path": "x"}]}, "not-found"),
    ],
)  # fmt: skip
def test_what_cannot_be_in_a_policy_is_refused(desk: Any, args: dict[str, Any], code: str) -> None:
    assert desk.refused("river", "owners.set", **args).code == code


def test_a_broken_file_takes_nothing_away_and_the_next_good_one_counts(desk: Any) -> None:
    desk.does("river", "owners.set", text=TEXT)
    desk.policy("modules: [broken\n")
    found = in_force(desk.snapshot)
    assert "auth" in found.policy.modules
    assert found.warning.startswith(f"{FILE} cannot be used (") and found.warning.endswith("the last good one is in force")
    assert desk.refused("sky", "owners.set", edits=[{"do": "share", "path": "x"}]).code == "needs-repair"
    desk.does("sky", "owners.set", text="shared:\n- x\n")
    assert not in_force(desk.snapshot).problem


def test_a_hand_edit_is_kept_by_the_next_landing_of_anybody(desk: Any) -> None:
    desk.does("river", "owners.set", text=TEXT)
    by_hand = TEXT.replace("hard   # really", "soft")
    desk.policy(by_hand)
    desk.task("sky")
    assert desk.text(GOOD) == by_hand
    desk.policy(None)
    assert in_force(desk.snapshot).policy.modules["auth"].enforcement == "soft"
    assert in_force(desk.snapshot).problem == "it is gone"
    desk.policy("]")
    desk.task("sky")
    assert desk.text(GOOD) == by_hand
