from __future__ import annotations

import pytest

from gitcoord.errors import ScopeInvalid
from gitcoord.rules.claims.scope import checked, from_stored
from tests.unit.claims.claims_world import scope


@pytest.mark.parametrize(
    ("written", "kind", "canonical"),
    [
        ("src/auth/login.py", "file", "src/auth/login.py"),
        ("./src//auth/./login.py", "file", "src/auth/login.py"),
        ("src/auth/", "directory", "src/auth/"),
        ("src/auth//", "directory", "src/auth/"),
        ("src/auth/.", "directory", "src/auth/"),
        ("lib", "directory", "lib/"),
        ("src/**/*.ts", "glob", "src/**/*.ts"),
        ("src/*/", "glob", "src/*/**"),
        ("app/[id]/page.tsx", "glob", "app/[id]/page.tsx"),
        ("app/[id]/", "directory", "app/[id]/"),
        ("app/[slug]", "directory", "app/[slug]/"),
        (r"a\*b", "glob", r"a\*b"),
        ("src/a.py#Session::refresh", "symbol", "src/a.py#Session::refresh"),
        ("src/a.py#b, A.c", "symbol", "src/a.py#A::c,b"),
        ("docs/C#/notes.md", "file", "docs/C#/notes.md"),
        ("#notes.md", "file", "#notes.md"),
        ("shared:package-lock.json", "shared", "shared:package-lock.json"),
        ("shared:lib", "shared", "shared:lib/"),
        ("shared:./locks/*.json", "shared", "shared:locks/*.json"),
        ("branch:refs/heads/main", "branch", "branch:main"),
        ("branch:feature/x", "branch", "branch:feature/x"),
        ("task:TASK-004", "task", "task:TASK-4"),
        ("task:task-4", "task", "task:TASK-4"),
        ("task:JIRA-12", "task", "task:JIRA-12"),
        ("module:auth", "module", "module:auth"),
        ("component:settings-api", "component", "component:settings-api"),
        ("env:staging", "env", "env:staging"),
        ("runner:gpu-1", "runner", "runner:gpu-1"),
        ("./env:staging", "file", "env:staging"),
        ("docs/ü 文.md", "file", "docs/ü 文.md"),
    ],
)
def test_a_word_means_one_scope(written: str, kind: str, canonical: str) -> None:
    found = scope(written, ("lib", "app/[slug]"))
    assert (found.kind, found.scope) == (kind, canonical)
    again = from_stored(found.kind, found.scope, found.symbols)
    assert (again.path, again.symbols) == (found.path, found.symbols), "what is stored must be read as it was meant"
    assert checked(found.kind, found.scope, found.symbols) == found


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/src/a.py", "src/a.py"),
        ("/", "**"),
        (".", "**"),
        ("./", "**"),
        ("shared:/a.lock", "shared:a.lock"),
        ("src/../lib/a.py", "lib/a.py"),
        ("../other/a.py", ""),
        ("..", ""),
        ("file:src/a.py", "src/a.py"),
        ("glob:src/**", "src/**"),
        ("Branch:main", "branch:main"),
        (":(glob)src/**", "src/**"),
        ("branch:my branch", "branch:my-branch"),
        ("src/a.py#", "src/a.py#Session::refresh"),
        ("src/[ab*.py", r"src/\[ab*.py"),
        ("", ""),
        ("   ", ""),
        ("a\0b", ""),
        ("a\nb", ""),
        ("a\x1b[31m", ""),
        ("bad\udc80byte", ""),
        ("branch:", ""),
        ("shared:", ""),
        (".git/config", ""),
        ("sub/.GIT/hooks/x", ""),
        ("src/*.py#A", ""),
        ("src/#A", ""),
        ("src/*" + "x" * 510, ""),
        ("branch:" + "x" * 510, ""),
        ("x" * 10_000, ""),
        ("é" * 3_000, ""),
    ],
)
def test_a_word_that_means_nothing_is_refused_with_what_was_meant(written: str, meant: str) -> None:
    with pytest.raises(ScopeInvalid) as refusal:
        scope(written)
    assert refusal.value.exit_code == 2
    assert refusal.value.details.get("meant", "").split(" ")[0] == meant
    assert meant in refusal.value.hint
    assert len(refusal.value.message) < 250
    assert refusal.value.message.isprintable()


def test_a_long_plain_path_can_be_claimed() -> None:
    path = "/".join(["folder-with-a-long-name"] * 40)
    assert scope(path).scope == path


@pytest.mark.parametrize(
    ("kind", "canonical"),
    [
        ("file", "/etc/passwd"),
        ("file", "src/"),
        ("directory", "src"),
        ("glob", "src/a.py"),
        ("file", "./src/a.py"),
        ("task", "task:TASK-04"),
        ("task", "TASK-4"),
        ("shared", "package.json"),
        ("symbol", "src/a.py"),
        ("potato", "src/a.py"),
        ("None", "src/a.py"),
        ("glob", "*" * 10_000),
    ],
)
def test_an_intent_from_elsewhere_must_bring_scopes_as_gitcoord_writes_them(kind: str, canonical: str) -> None:
    with pytest.raises(ScopeInvalid):
        checked(kind, canonical)


def test_what_stands_on_the_branch_is_read_whatever_it_is() -> None:
    assert from_stored("directory", "src").path == "src/"
    assert from_stored("symbol", "src/a.py", ("A",)).symbols == ("A",)
    assert from_stored("symbol", "src/a.py").symbols == ()
    assert from_stored("potato", "src/a.py").path == "src/a.py"
    assert from_stored("branch", "main").path == "main"
