"""``gitcoord validate``: every file of the branch, its names, its references, and the promise of exclusion."""

from __future__ import annotations

import pytest

from gitcoord.doctor.state import overlapping, scope_of
from gitcoord.model.entity import Entity
from tests.conftest import Clone

BRANCH = "refs/heads/gitcoord-sync"


def paths_of(clone: Clone, kind: str) -> list[str]:
    clone.git("fetch", "-q", "origin", f"+{BRANCH}:refs/tidy/tip")
    return clone.git("ls-tree", "-r", "--name-only", "refs/tidy/tip", "--", f"{kind}/").split()


def path_of(clone: Clone, kind: str) -> str:
    return paths_of(clone, kind)[-1]


@pytest.fixture
def busy(pair: tuple[Clone, Clone]) -> tuple[Clone, Clone]:
    """A co-op with a task, a claim, a blocker, a decision and a handoff."""
    river, sky = pair
    river.ok("start", "flow")
    sky.ok("join", "flow")
    river.ok("task", "add", "paint the door")
    river.ok("task", "claim", "TASK-1")
    river.ok("claim", "src/part0.py")
    sky.ok("claim", "src/part1.py")
    sky.ok("ask", "which colour?")
    river.ok("decide", "BLK-1", "blue")
    sky.ok("update", "reading part 1")
    river.ok("task", "done", "TASK-1")
    sky.ok("leave", "--stopped", "at the door", "--next", "paint it")
    return river, sky


def test_a_day_of_work_leaves_nothing_to_find(busy, examine) -> None:
    river, _ = busy
    found = examine(river, only_state=True)
    assert found.ok and not found.bad(), found
    assert {each["name"] for each in found.checks} >= {"files", "names", "references", "exclusion", "journal", "record"}


def test_two_active_claims_on_one_file_are_the_worst_there_is(pair, examine, by_hand, branch_file) -> None:
    river, sky = pair
    river.ok("claim", "src/part0.py")
    sky.ok("claim", "lib/")
    path = next(each for each in paths_of(sky, "claims") if "lib/" in branch_file(sky, each))
    text = branch_file(sky, path)
    by_hand(sky, {path: text.replace("lib/", "src/")})
    for options in ({"only_state": True}, {}):
        found = examine(river, **options)
        assert not found.ok
        said = found.one("exclusion")
        assert "CLM-1" in said["detail"] and "CLM-2" in said["detail"]
        assert "river" in said["detail"] and "sky" in said["detail"]
    alias = said["fix"].rpartition("gitcoord release ")[2]
    (river if alias == "CLM-1" else sky).ok("release", alias)
    assert examine(river, only_state=True).bad("exclusion") == []


def test_claims_that_may_stand_together_are_no_finding(pair, examine) -> None:
    river, sky = pair
    for clone in pair:
        clone.ok("claim", "shared:package-lock.json")
    river.ok("claim", "src/part1.py", "docs/**/*.md")
    sky.ok("claim", "src/part2.py", "docs/readme.txt")
    found = examine(river, only_state=True)
    assert not found.bad("exclusion"), found


def claim(n: int, agent: str, kind: str, scope: str, **more: object) -> Entity:
    values = {"id": f"{n:026d}", "kind": kind, "scope": scope, "agent_id": agent, "session_id": f"s-{agent}", **more}
    return Entity("claim", values)


PAIRS = [
    ("file", "src/a.py", "directory", "src/", True),
    ("file", "src/a.py", "glob", "src/*.py", True),
    ("glob", "**/*.ts", "directory", "web/", True),
    ("glob", "src/**", "glob", "src/x/*.py", True),
    ("file", "src/a.py", "symbol", "src/a.py#f", True),
    ("symbol", "src/a.py#f", "symbol", "src/a.py#f::g", True),
    ("symbol", "src/a.py#f", "symbol", "src/a.py#g", False),
    ("directory", "src/", "directory", "src2/", False),
    ("branch", "branch:main", "branch", "branch:main", True),
    ("branch", "branch:main", "task", "task:main", False),
]


@pytest.mark.parametrize(("kind", "scope", "other_kind", "other", "both"), PAIRS)
def test_each_pair_that_excludes_each_other_is_found_in_either_order(kind, scope, other_kind, other, both) -> None:
    for first, second in (("river", "sky"), ("sky", "river")):
        claims = [claim(1, first, kind, scope), claim(2, second, other_kind, other), claim(3, "brook", "file", "elsewhere")]
        found = list(overlapping([(each, scope_of(each)) for each in claims], fold=False))
        assert bool(found) is both
        assert len(found) <= 1


def test_a_symbol_to_which_a_file_claim_gave_way_is_no_conflict() -> None:
    symbol = claim(2, "sky", "symbol", "src/a.py#f")
    for file in (
        claim(1, "river", "file", "src/a.py", narrowable=True), claim(1, "river", "file", "src/a.py", narrowed_by=[symbol.id]),
    ):  # fmt: skip
        assert not list(overlapping([(each, scope_of(each)) for each in (file, symbol)], fold=False))


def test_names_that_differ_in_case_overlap_where_the_team_says_so() -> None:
    held = [(each, scope_of(each)) for each in (claim(1, "river", "file", "src/A.py"), claim(2, "sky", "file", "src/a.py"))]
    assert not list(overlapping(held, fold=False))
    assert list(overlapping(held, fold=True))


def test_a_reference_into_nothing_is_named(busy, examine, by_hand) -> None:
    river, sky = busy
    by_hand(sky, {path_of(sky, "decisions"): None})
    found = examine(river, only_state=True)
    assert not found.ok
    said = found.one("references")
    assert "BLK-1" in said["detail"] and "decision" in said["detail"]
    shown = river.git(*said["fix"].split()[1:])
    assert "tidy up" in shown, "the command named shows who removed it"
    assert any("no such file" in each["detail"] for each in found.bad("record"))


def test_a_session_of_nobody_is_named(busy, examine, by_hand) -> None:
    river, sky = busy
    by_hand(sky, {path_of(sky, "agents"): None})
    found = examine(river, only_state=True)
    assert any("session" in each["detail"] and "no such agent" in each["detail"] for each in found.bad("references"))


def test_an_alias_that_two_entities_have_is_named(pair, examine, by_hand, branch_file) -> None:
    river, sky = pair
    river.ok("task", "add", "one")
    first = path_of(sky, "tasks")
    river.ok("task", "add", "two")
    second = next(each for each in paths_of(sky, "tasks") if each != first)
    by_hand(sky, {second: branch_file(sky, second).replace("TASK-2", "TASK-1")})
    found = examine(river, only_state=True)
    assert not found.ok and "TASK-1 is the name of 2 tasks" in found.one("names")["detail"]


def test_an_entity_in_the_wrong_place_is_named(pair, examine, by_hand, branch_file) -> None:
    river, sky = pair
    river.ok("task", "add", "one")
    path = path_of(sky, "tasks")
    by_hand(sky, {path: None, "tasks/misplaced/" + path.rpartition("/")[2]: branch_file(sky, path)})
    found = examine(river, only_state=True)
    assert not found.ok and "tasks/misplaced/" in found.one("files")["detail"]


def test_a_claim_ended_by_hand_disagrees_with_the_journal(pair, examine, by_hand, branch_file) -> None:
    river, sky = pair
    river.ok("claim", "src/part0.py")
    path = path_of(sky, "claims")
    by_hand(sky, {path: branch_file(sky, path).replace("state: active", "state: released")})
    found = examine(river, only_state=True)
    assert found.ok, "the files win"
    assert "CLM-1 is released" in found.one("record")["detail"]


def test_the_same_line_twice_in_the_journal_is_named(pair, examine, by_hand, branch_file) -> None:
    river, sky = pair
    river.ok("claim", "src/part0.py")
    path = path_of(sky, "journal")
    text = branch_file(sky, path)
    by_hand(sky, {path: text + text})
    assert "again" in examine(river, only_state=True).bad("record")[0]["detail"]


def test_many_findings_of_one_kind_end_in_a_number(pair, examine, by_hand) -> None:
    river, sky = pair
    by_hand(sky, {f"claims/zz/bad{n}.yml": "no: [\n" for n in range(70)})
    found = examine(river, only_state=True).bad("files")
    assert len(found) == 51 and "and 20 more" in found[-1]["detail"]


def test_a_hostile_branch_does_not_swell_the_answer_nor_hide_what_is_broken(pair, by_hand) -> None:
    import json

    from gitcoord.text import estimate_tokens

    river, sky = pair
    wide = {f"claims/zz/{'漢字-0f3a' * 12}{n}.yml": ": [\x1b[31m no yaml\n" for n in range(25)}
    files = {path.encode().decode("latin-1"): text for path, text in wide.items()}
    by_hand(sky, {**files, "format.yml": "format: 99\n"})
    river.git("fetch", "-q", "origin")
    for words in (("doctor", "--offline"), ("validate", "--offline")):
        for as_json in ((), ("--json",)):
            said = river.run(*words, *as_json)
            assert said.code == 1 and estimate_tokens(said.out) <= 1500, (words, as_json)
            assert "pipx upgrade gitcoord" in said.out, "an error before all warnings"
    checks = json.loads(river.run("doctor", "--json").out)["checks"]
    ranks = [(each["ok"], each["level"] != "error") for each in checks]
    assert ranks == sorted(ranks)
