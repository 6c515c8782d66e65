from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitcoord.errors import ScopeInvalid
from gitcoord.rules.claims.overlap import literal_prefix, matches, overlaps, prefix_probe
from gitcoord.rules.claims.scope import Scope, from_stored
from tests.unit.claims.claims_world import scope

OVERLAPPING = [
    ("src/**/*.ts", "src/auth/**"),
    ("src/auth/login.ts", "src/auth/**"),
    ("src/auth/login.ts", "src/auth/"),
    ("src/auth/", "src/"),
    ("src", "src/"),
    ("src/", "src/**"),
    ("**", "package.json"),
    ("**/*.ts", "a.ts"),
    ("**/x/**", "a/x/b"),
    ("a/**/b", "a/b"),
    ("a/**/b", "a/x/y/b"),
    ("src/*.test.*", "src/login.*.ts"),
    ("*.ts", "a*"),
    ("a*b", "ab"),
    ("src/[a-m]*.py", "src/login.py"),
    ("src/[!a]*.py", "src/login.py"),
    ("src/[[:alpha:]].py", "src/x.py"),
    ("src/?.py", "src/x.py"),
    (r"src/\a.ts", "src/a.ts"),
    (r"src/a\*b", "src/a\\*b"),
    ("app/[id]/page.tsx", "app/[id]/"),
    ("src/a**", "src/ab/c"),
    ("src/a**b", "src/axxb"),
    ("src/***/x", "src/p/q/x"),
    ("**/a/**/b/**", "**/b/**/a/**"),
    ("shared:package-lock.json", "package-lock.json"),
    ("shared:*.lock", "yarn.lock"),
    ("src/a.py#A", "src/a.py#A::b"),
    ("src/a.py#A::b,c", "src/a.py#A::b::d"),
    ("src/a.py#A", "src/a.py"),
    ("src/a.py#A", "src/"),
    ("docs/ü?.md", "docs/üx.md"),
    ("branch:main", "branch:main"),
    ("task:TASK-04", "task:TASK-4"),
]
APART = [
    ("package.json", "apps/web/package.json"),
    ("foo.ts", "bar.ts"),
    ("src/*.ts", "src/auth/a.ts"),
    ("src/*", "src/*/index.ts"),
    ("src/auth/", "src/auth2/a.py"),
    ("src/auth/", "src/auth.py"),
    ("src/**", "src"),
    ("src/**/*.ts", "src/**/*.py"),
    ("*.test.ts", "*.spec.ts"),
    ("[a-m]*", "[n-z]*"),
    ("[!a-m]*", "[a-m]*"),
    ("src/?.py", "src/ab.py"),
    ("src/?.md", "src/ü.md"),
    ("**/a", "**/b"),
    ("a/**/b", "a/b/c"),
    ("src/*a**", "src/ab/c"),
    ("src/A.py", "src/a.py"),
    ("src/a.py#A", "src/a.py#AB"),
    ("src/a.py#A::b", "src/a.py#A::c"),
    ("src/a.py#A", "src/b.py#A"),
    ("branch:main", "branch:dev"),
    ("branch:main", "env:main"),
    ("branch:main", "main"),
    ("module:auth", "auth/"),
    ("x[", "xy"),
]


@pytest.mark.parametrize(("a", "b", "meet"), [(*p, True) for p in OVERLAPPING] + [(*p, False) for p in APART])
def test_two_scopes_overlap_when_some_path_is_in_both(a: str, b: str, meet: bool) -> None:
    one, two = scope(a), scope(b)
    assert overlaps(one, two) is meet
    assert overlaps(two, one) is meet
    assert overlaps(one, one) and overlaps(two, two)


def test_a_team_may_fold_case() -> None:
    for a, b in [("SRC/a.py", "src/A.py"), ("src/[A-Z].py", "src/x.py"), ("src/*.PY", "SRC/x.py"), ("[!a]", "B")]:
        assert overlaps(scope(a), scope(b), fold_case=True), (a, b)
    assert not overlaps(scope("[!a]"), scope("A"), fold_case=True)


COMPONENTS = st.sampled_from(
    ["a", "b", "ab", "ba", "*", "**", "a*", "*b", "a*b", "?", "a?", "[ab]", "[!a]", "[^b]*", "b**", "**a", "a**b", "***", "x"]
)
PATTERNS = st.lists(COMPONENTS, min_size=1, max_size=5).map("/".join)
#: Dense in the mistakes that can be made between two components, and within brackets.
WILD = st.text("ab*?[]!^-\\/x:", min_size=1, max_size=9).filter(lambda text: text[0] != "/" and "//" not in text)
NAMES = ["a", "b", "x", "ab", "ba", "aab", "]", "-", "a-", "axb"]
PATHS = [*NAMES, *(f"{x}/{y}" for x in NAMES[:6] for y in NAMES[:6])]
PATHS += [f"{x}/{y}/{z}" for x in ("a", "b", "ab") for y in ("a", "b", "x") for z in NAMES[:5]]


def parsed(target: str) -> Scope | None:
    try:
        return scope(target)
    except ScopeInvalid:
        return None


@settings(max_examples=200, deadline=None)
@given(PATTERNS | WILD, PATTERNS | WILD)
def test_no_path_is_in_two_scopes_that_do_not_overlap(a: str, b: str) -> None:
    one, two = parsed(a), parsed(b)
    if one is None or two is None:
        return
    assert overlaps(one, two) is overlaps(two, one)
    both = [path for path in PATHS if matches(one, path) and matches(two, path)]
    if both:
        assert overlaps(one, two), both
    for path in PATHS:
        assert matches(one, path) is overlaps(one, Scope("file", path, path)), path


SMALL = st.lists(st.sampled_from(["a", "b", "*", "**", "a*", "*b", "?"]), min_size=1, max_size=3).map("/".join)


@settings(max_examples=200, deadline=None)
@given(SMALL, SMALL)
def test_two_scopes_that_overlap_have_a_path_in_both(a: str, b: str) -> None:
    """These patterns are so small that a common path, if there is one, is among the paths tried."""
    one, two = scope(a), scope(b)
    both = [path for path in DEEP if matches(one, path) and matches(two, path)]
    assert overlaps(one, two) is bool(both)


DEEP = ["/".join(parts) for n in range(1, 6) for parts in itertools.product(("a", "b", "ab"), repeat=n)]


@settings(max_examples=150, deadline=None)
@given(PATTERNS | WILD | st.sampled_from(PATHS), PATTERNS | WILD | st.sampled_from(PATHS))
def test_the_index_never_hides_a_claim_that_overlaps(a: str, b: str) -> None:
    one, two = parsed(a), parsed(b)
    if one is None or two is None or not overlaps(one, two):
        return
    for asked, stored in ((one, two), (two, one)):
        exact, below = prefix_probe(asked.kind, asked.scope)
        key = literal_prefix(stored)
        assert key in exact or (below is not None and key.startswith(below)), (asked, stored)


def test_the_index_looks_for_a_file_at_a_few_keys_only() -> None:
    exact, below = prefix_probe("file", "src/auth/login.py")
    assert (exact, below) == (["", "src/", "src/auth/", "src/auth/login.py", "src/auth/login.py/"], None)
    assert prefix_probe("glob", "src/auth/*.py")[1] == "src/auth/"
    assert prefix_probe("branch", "branch:main") == (["\0branch:main"], None)
    assert literal_prefix(scope("SRC/**"), fold_case=True) == "src/"


# git itself


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose index lists every path of PATHS that can be there; a folder and its namesake cannot both."""
    home = tmp_path_factory.mktemp("oracle")
    env = {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "PATH": "/usr/bin:/bin"}
    subprocess.run(["git", "init", "-q", str(home / "one")], env=env, check=True)
    blob = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"], cwd=home / "one", env=env, input=b"", capture_output=True, check=True
    ).stdout.decode().strip()  # fmt: skip
    lines = "".join(f"100644 {blob}\t{path}\0" for path in LISTED)
    add = ["git", "update-index", "-z", "--index-info"]
    subprocess.run(add, cwd=home / "one", env=env, input=lines.encode(), check=True)
    return home / "one"


_FOLDERS = {path.rpartition("/")[0] for path in PATHS if path.count("/") == 2}
_FOLDERS |= {path.partition("/")[0] for path in PATHS if "/" in path}
LISTED = [path for path in PATHS if path not in _FOLDERS] + ["ü", "x[", "c/[ab]", "c/a", "a/b/é.md"]


def listed_by_git(checkout: Path, pattern: str) -> list[str]:
    done = subprocess.run(
        ["git", "ls-files", "-z", "--", f":(glob){pattern}"], cwd=checkout, capture_output=True, check=True,
        env={"GIT_CONFIG_NOSYSTEM": "1", "PATH": "/usr/bin:/bin", "HOME": str(checkout)},
    )  # fmt: skip
    return sorted(path for path in done.stdout.decode().split("\0") if path)


@settings(max_examples=120, deadline=None)
@given(pattern=PATTERNS | WILD)
def test_a_glob_covers_what_git_lists_for_it(checkout: Path, pattern: str) -> None:
    found = parsed(pattern)
    if found is None or found.kind != "glob":
        return
    ours = sorted(path for path in LISTED if matches(found, path))
    assert ours == listed_by_git(checkout, found.scope)


@pytest.mark.parametrize(
    "pattern",
    [
        "a**", "a**/b", "a**/**/b", "a/b**", "**b", "?**", "***", "a/***/b", "[]]", "[]-a]", "[!]a]", "[a-]", "[--a]", "c/[ab]",
        "[[:alpha:]]", "[[:alpha:]b]", "[[:nope:]]", "[[:a]", "[a/b]", "a[/]b", r"\a/\b", r"a\/b", r"**\/b", r"*\/b", r"[\]]",
        r"[\a-b]", "x[", "?", "??", "a/b/*.md", "a/b/?.md", "a/b/??.md", "[!a]", "[^a]/*", "**/[ab]", "a*/b*", "*/*/*",
    ],
)  # fmt: skip
def test_corners_of_patterns_mean_what_git_makes_of_them(checkout: Path, pattern: str) -> None:
    found = from_stored("glob", pattern)
    assert sorted(path for path in LISTED if matches(found, path)) == listed_by_git(checkout, pattern)


# Hostile patterns


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("*a" * 100, "*b" * 100),
        ("**/a*/" * 8 + "x" * 150, "**/*a/" * 8 + "y" * 150),
        ("**/" * 60 + "x", "**/" * 60 + "y"),
        ("[a-z]*" * 60 + "0", "*[a-z]" * 60 + "1"),
        ("a*/" * 100 + "x", "*b/" * 100 + "y"),
        ("/".join(f"{n}*" for n in range(60)), "/".join(f"*{n}" for n in range(60))),
        ("a**/" * 100 + "x", "a**/" * 100 + "y"),
    ],
)
def test_no_pattern_takes_long(a: str, b: str) -> None:
    """With backtracking these run for years. The test's own deadline is the assertion."""
    one, two = from_stored("glob", a), from_stored("glob", b)
    assert overlaps(one, two) is overlaps(two, one)


def test_a_pattern_too_long_to_be_read_covers_all_it_may() -> None:
    monster = from_stored("glob", "src/" + "*a" * 20_000)
    assert overlaps(monster, scope("src/x.py"))
    assert not overlaps(monster, scope("lib/x.py"))
