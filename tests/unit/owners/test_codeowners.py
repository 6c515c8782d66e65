from __future__ import annotations

import itertools
import random
import re
import subprocess
from pathlib import Path

import pytest

from gitcoord.rules.claims.overlap import matches
from gitcoord.rules.claims.scope import of_pattern
from gitcoord.rules.owners import codeowners
from gitcoord.rules.owners.policy import Broken, Module, Policy

#: The example of GitHub's page "About code owners", and what the page says of it.
EXAMPLE = """\
# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
/app2/ @octocat
/app2/github @doctocat
"""


def owner(text: str, path: str) -> list[str] | None:
    lines, problems = codeowners.read(text)
    assert problems == []
    modules = {str(each.number): Module(str(each.number), tuple(each.patterns), tuple(each.owners), "soft") for each in lines}
    won = Policy(modules, (), ()).winner(path)
    return None if won is None else list(won[0].owners)


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("README", ["@global-owner1", "@global-owner2"]), ("src/a.js", ["@js-owner"]), ("a.js", ["@js-owner"]),
        ("x/y/z.go", ["docs@example.com"]), ("notes.txt", ["@octo-org/octocats"]), ("build/logs/x.c", ["@octocat"]),
        ("docs/getting-started.md", ["@doctocat"]), ("docs/build-app/troubleshooting.md", ["@doctocat"]),
        ("lib/apps/x.c", ["@octocat"]), ("scripts/run", ["@doctocat", "@octocat"]), ("deeply/nested/logs/x", ["@octocat"]),
        ("scripts/logs", ["@octocat"]), ("apps/main.c", ["@octocat"]), ("apps/github", []), ("apps/github/x/y.c", []),
        ("app2/x.c", ["@octocat"]), ("app2/github/x.c", ["@doctocat"]),
    ],
)  # fmt: skip
def test_the_example_of_the_documentation_means_what_it_says(path: str, owners: list[str]) -> None:
    assert owner(EXAMPLE, path) == owners


def oracle(pattern: str, path: str) -> bool:
    """The rules of a CODEOWNERS pattern as one regular expression, written without the code under test."""
    anchored, steps = pattern.startswith("/") or "/" in pattern.strip("/"), pattern.strip("/").split("/")
    text = "" if anchored or steps[0] == "**" else "(?:.*/)?"
    for n, step in enumerate(steps):
        final = n == len(steps) - 1
        if step == "**":
            text += ".+" if final else "(?:.*/)?"
        else:
            text += "".join("[^/]*" if c == "*" else "[^/]" if c == "?" else re.escape(c) for c in step)
            text += "" if final else "/"
    if steps[-1] != "**" and not (steps[-1] == "*" and len(steps) > 1 and not pattern.endswith("/")):
        text += "/.*" if pattern.endswith("/") else "(?:/.*)?"
    return re.fullmatch(text, path) is not None


STEPS = ("a", "b.c", "*.c", "d*", "?", "*", "**")
PATHS = ["/".join(each) for n in (1, 2, 3, 4) for each in itertools.product(("a", "b.c", "dx", "e"), repeat=n)]
PATTERNS = sorted({
    f"{lead}{'/'.join(each)}{tail}"
    for n in (1, 2, 3) for each in itertools.product(STEPS, repeat=n) for lead in ("", "/") for tail in ("", "/")
    if not any(x == y == "**" for x, y in itertools.pairwise(each))
})  # fmt: skip


def test_every_pattern_of_a_table_means_what_the_oracle_makes_of_it() -> None:
    wrong = []
    for pattern in random.Random(7).sample(PATTERNS, 220):
        if pattern.endswith("**/"):
            continue  # the folders below: git and the forge differ, and nobody writes it
        scopes = [of_pattern(each) for each in codeowners.expanded(pattern)]
        for path in PATHS:
            # ``d/`` of the policy also has a file of the name d, as a claim on a directory does.
            said, meant = any(matches(each, path) for each in scopes), oracle(pattern, path)
            if said != meant and not (said and pattern.endswith("/") and oracle(pattern.rstrip("/"), path)):
                wrong.append((pattern, path, said))
    assert wrong == []


def test_git_agrees_where_its_own_ignore_rules_are_the_same(tmp_path: Path) -> None:
    patterns = [each for each in PATTERNS if not each.rstrip("/").endswith("*") and not each.endswith("**/")]
    chosen = random.Random(11).sample(patterns, 24)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for pattern in chosen:
        (tmp_path / ".gitignore").write_text(pattern + "\n")
        done = subprocess.run(
            ["git", "-C", str(tmp_path), "check-ignore", "--no-index", "--stdin", "-z"],
            input="\0".join(PATHS).encode() + b"\0", capture_output=True, check=False,
        )  # fmt: skip
        ignored = set(done.stdout.decode().split("\0")) - {""}
        scopes = [of_pattern(each) for each in codeowners.expanded(pattern)]
        ours = {path for path in PATHS if any(matches(each, path) for each in scopes)}
        if pattern.endswith("/"):  # git asks whether the path is a folder; here it may be
            ours -= {path for path in ours if oracle(pattern.rstrip("/"), path) and not oracle(pattern, path)}
        assert ours == ignored, pattern


@pytest.mark.parametrize(
    "line",
    ["!src/ @a", "src/[ab].c @a", "\\#x @a", "a***b @a", "src/ river", "/ @a", "a//b @a", "a/b** @a", "../x @a", "src/ @"],
)
def test_what_does_not_work_there_is_named_and_left_out(line: str) -> None:
    lines, problems = codeowners.read(f"* @all\n{line}\n")
    assert [each.text for each in lines] == ["*"]
    assert len(problems) == 1
    assert problems[0].startswith("line 2 left out: ")


def test_sections_comments_blanks_and_endings_are_read() -> None:
    text = "# c\n\n[Docs][2] @writers\ndocs/\nREADME.md @boss # not @him\n^[Optional]\npath\\ with/x @a\n".replace("\n", "\r\n")
    lines, problems = codeowners.read(text)
    assert problems == []
    assert [(each.text, each.patterns, each.owners, each.section) for each in lines] == [
        ("docs/", ["**/docs/**"], ["@writers"], "Docs"), ("README.md", ["**/README.md", "**/README.md/**"], ["@boss"], "Docs"),
        ("path\\ with/x", ["path with/x"], ["@a"], "Optional"),
    ]  # fmt: skip


def test_a_pattern_that_stands_again_below_never_wins_and_names_differ() -> None:
    lines, _ = codeowners.read("/src/ @a\n*.js @b\n/src/ @c\nsrc/* @d\n* @e\n")
    made = codeowners.edits(lines, "hard", {})
    assert [(each["module"], each["owners"]) for each in made] == [
        ("js-files", ["@b"]), ("src", ["@c"]), ("src-2", ["@d"]), ("everything", ["@e"]),
    ]  # fmt: skip
    assert {each["enforcement"] for each in made} == {"hard"}


def test_no_pattern_at_all_is_refused() -> None:
    with pytest.raises(Broken):
        codeowners.expanded("//")
