"""The driver for people who merge by hand: fields, not lines; two values of one field are a conflict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gitcoord.actions.mergedriver import merged
from gitcoord.codec import yaml
from gitcoord.model.entity import Entity
from gitcoord.model.ids import derived_ulid
from gitcoord.model.kinds import path_of_values
from gitcoord.store.git import Git
from tests.conftest import Clone
from tests.review.conftest import BRANCH, Person

VALUES = {"id": derived_ulid("t"), "alias": "TASK-1", "title": "old", "state": "open", "owned_paths": ["a/", "b/"]}
BASE = Entity("task", VALUES, "one\n\ntwo\n\nthree")
PATH = path_of_values("task", BASE.values)


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return Git("", directory=str(tmp_path))


def three(git: Git, ours: bytes, theirs: bytes, base: bytes | None = None) -> tuple[bytes, list[str]]:
    found = merged(git, yaml.encode(BASE) if base is None else base, ours, theirs, PATH)
    return found.text, found.conflicts


def test_fields_that_lines_would_make_conflict_are_merged(git: Git) -> None:
    """Two new fields at one place, two items of one list: by lines, each of them is a conflict."""
    ours = BASE.changed(assignee="river", owned_paths=["a/", "b/", "c/"])
    theirs = BASE.changed(priority=1, owned_paths=["a/", "d/"], body="one\n\ntwo\n\n3")
    text, conflicts = three(git, yaml.encode(ours), yaml.encode(theirs))
    wanted = BASE.changed(assignee="river", priority=1, owned_paths=["a/", "c/", "d/"], body="one\n\ntwo\n\n3")
    assert conflicts == [] and text == yaml.encode(wanted)


def test_two_values_of_one_field_are_marked_and_the_rest_is_merged(git: Git) -> None:
    ours, theirs = BASE.changed(title="mine", priority=1), BASE.changed(title="yours", assignee="sky")
    text, conflicts = three(git, yaml.encode(ours), yaml.encode(theirs))
    assert conflicts == ["title"]
    assert b"<<<<<<< ours\ntitle: mine\n=======\ntitle: yours\n>>>>>>> theirs\n" in text
    assert b"priority: 1" in text and b"assignee: sky" in text


def test_bodies_are_merged_by_lines(git: Git) -> None:
    bodies = ("1\n\ntwo\n\nthree", "one\n\ntwo\n\n3", "I\n\ntwo\n\nthree")
    mine, far, near = (yaml.encode(BASE.changed(body=body)) for body in bodies)
    _, clean = three(git, mine, far)
    text, met = three(git, mine, near)
    assert clean == [] and met == ["lines"] and b"<<<<<<< ours" in text


def test_a_comment_of_ours_survives(git: Git) -> None:
    ours = yaml.encode(BASE).replace(b"title: old", b"title: old  # to be said better")
    text, conflicts = three(git, ours, yaml.encode(BASE.changed(priority=1)))
    assert conflicts == [] and b"# to be said better" in text and b"priority: 1" in text


@pytest.mark.parametrize("broken", [b"", b"<<<<<<< a\n", b"---\nid: [\n---\n", b"\xff\xfe"])
def test_what_is_no_entity_is_merged_by_lines_and_never_lost(git: Git, broken: bytes) -> None:
    text, conflicts = three(git, yaml.encode(BASE.changed(title="mine")), broken)
    assert conflicts and b"title: mine" in text
    settings = merged(git, b"a: 1\n\nb: 1\n", b"a: 2\n\nb: 1\n", b"a: 1\n\nb: 2\n", "settings.yml")
    assert settings.conflicts == [] and settings.text == b"a: 2\n\nb: 2\n"


def test_git_runs_it_where_init_says_so_and_uninstall_takes_it_away(
    pair: tuple[Clone, Clone], person: Callable[[str], Person]
) -> None:
    river, _ = pair
    river.ok("task", "add", "a task")
    pat = person("Pat")
    done = pat.ok("init", "--merge-driver", "--no-hooks", "--tool", "none")
    assert any("merge driver" in each for each in done["installed"])
    assert "there already" in str(pat.ok("init", "--merge-driver", "--no-hooks", "--tool", "none")["notes"])
    path = pat.path_of("tasks")
    for name, line in (("one", "assignee: river"), ("two", "specialty: tests")):
        pat.git("switch", "-q", "-C", name, f"origin/{BRANCH}")
        pat.write(path, pat.read(path).replace("priority: 2", f"priority: 2\n\n{line}"))
        pat.save(name)
    pat.git("merge", "-q", "-m", "both", "one")
    assert "assignee: river" in pat.read(path) and "specialty: tests" in pat.read(path)
    pat.git("switch", "-q", "-C", "three", f"origin/{BRANCH}")
    pat.write(path, pat.read(path).replace("priority: 2", "priority: 2\n\nassignee: sky"))
    pat.save("three")
    assert "both sides changed assignee" in pat.git("merge", "-m", "no", "two", check=False)
    pat.git("merge", "--abort")
    assert pat.run("merge-driver", "no", "such", "file", path, "--json").error["code"] == "invalid-arguments"
    pat.ok("uninstall", "--yes")
    assert "gitcoord merge-driver" not in (pat.path / ".git/config").read_text()
    assert pat.git("config", "--local", "--get-regexp", "^merge[.]gitcoord", check=False) == ""
