"""Pull requests that delete, rename, break or forge: each is named, and the last good state stays in force."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

import pytest

from tests.conftest import Clone, World
from tests.review.conftest import BRANCH, Person


@pytest.fixture
def branch(pair: tuple[Clone, Clone], person: Callable[[str], Person]) -> Person:
    """Six tasks and a claim, and Pat who merges a bad pull request."""
    river, _ = pair
    for n in range(1, 7):
        river.run("--offline", "task", "add", f"task {n}")
    river.ok("claim", "src/part0.py", "--ttl", "2h")
    return person("Pat")


def titles(clone: Clone) -> dict[str, str]:
    lines = clone.run("store", "query", "--kind", "task", "--fields", "alias,title", "--fresh", "--json").out.splitlines()
    return {each["alias"]: each["title"] for each in map(json.loads, lines)}


def quarantined(clone: Clone) -> dict[str, str]:
    """All of it: an answer has room for a few only."""
    connection = sqlite3.connect(clone.path / ".git/gitcoord/cache.db")
    try:
        return dict(connection.execute("SELECT path, reason FROM quarantine"))
    finally:
        connection.close()


def break_all(pat: Person) -> dict[str, str]:
    """A change of each bad kind, and the file that it hits."""
    paths = {n: pat.path_of("tasks", f"title: task {n}") for n in range(1, 7)}
    claim = pat.path_of("claims")
    pat.git("rm", "-q", paths[1])
    pat.git("mv", paths[2], paths[2].replace(paths[2][-9:-3], "000000"))
    pat.write(paths[3], pat.read(paths[3]).replace("title: task 3", "<<<<<<< a\ntitle: x\n=======\ntitle: y\n>>>>>>> b"))
    pat.write(paths[4], pat.read(paths[4]).replace("alias: TASK-4", "alias: TASK-9"))
    pat.write(paths[5], "---\nid: [\n---\n")
    pat.write(paths[6], pat.read(paths[6]).replace("title: task 6", "title: six"))
    pat.write(claim, pat.read(claim).replace("agent: river", "agent: mallory"))
    pat.save("Merge pull request #13")
    return {"deleted": paths[1], "renamed": paths[2], "markers": paths[3], "alias": paths[4], "yaml": paths[5], "claim": claim}


def test_a_bad_merge_changes_nothing_but_what_is_good_in_it(
    branch: Person, pair: tuple[Clone, Clone], world: World
) -> None:
    river, sky = pair
    paths = break_all(branch)
    before = {path: world.at_hub("show", f"{BRANCH}:{path}") for path in paths.values()}
    branch.push()

    assert "NOT TAKEN from the sync branch" in sky.run("status", "--fresh").out
    named = quarantined(sky)
    words = {
        "deleted": "deleted by hand", "renamed": "deleted by hand", "markers": "conflict markers", "yaml": "not YAML",
        "alias": "never changes", "claim": "its own command",
    }  # fmt: skip
    for what, path in paths.items():
        assert words[what] in named[path] and "the last good state stays in force" in named[path], (what, named)
    assert titles(sky) == {**{f"TASK-{n}": f"task {n}" for n in range(1, 6)}, "TASK-6": "six"}
    assert sky.run("check", "src/part0.py").code == 3, "the claim is still River's"
    assert world.at_hub("log", "-1", "--format=%an", BRANCH).strip() == "Pat", "reading wrote nothing"
    assert sky.run("validate").code == 1, "the doctor looks at the branch as it is, and that is broken"

    river.ok("release", "--all")
    for path, text in before.items():
        if path != paths["claim"]:
            assert world.at_hub("show", f"{BRANCH}:{path}") == text, path
    assert "agent: river" in world.at_hub("show", f"{BRANCH}:{paths['claim']}")
    left = sky.ok("status", "--fresh")["quarantined"]
    assert [each["path"] for each in left] == [paths["renamed"].replace(paths["renamed"][-9:-3], "000000")]
    digest = sky.ok("digest")["digest"]
    assert river.ok("digest", "--fresh")["digest"] == digest
    sky.ok("rebuild-index")
    assert sky.ok("digest")["digest"] == digest
    refused = world.at_hub("grep", "-h", "-o", '"type":"edit.refused"', BRANCH, "--", "journal").splitlines()
    assert len(refused) == 6


def test_two_commits_by_hand_in_a_row_step_by_step_or_at_once_show_the_same(
    branch: Person, pair: tuple[Clone, Clone], world: World
) -> None:
    """The first breaks a task and ratifies nothing; the second mends it. A clone that saw both equals one that saw the last."""
    river, sky = pair
    path = branch.path_of("tasks", "title: task 3")
    good = branch.read(path)
    branch.write(path, "broken")
    branch.save("oops")
    branch.push()
    assert [each["path"] for each in sky.ok("status", "--fresh")["quarantined"]] == [path]
    branch.write(path, good.replace("task 3", "three"))
    branch.save("mended")
    branch.push()
    for clone in (river, sky):
        status = clone.ok("status", "--fresh")
        assert status["quarantined"] == [] and titles(clone)["TASK-3"] == "three"
    assert river.ok("digest")["digest"] == sky.ok("digest")["digest"]
    assert world.at_hub("log", "-1", "--format=%an", BRANCH).strip() == "Pat"
    sky.ok("rebuild-index")
    assert river.ok("digest")["digest"] == sky.ok("digest")["digest"]
    assert river.run("--no-cache", "task", "list").out == river.run("task", "list").out
    river.ok("task", "add", "one more")
    assert river.ok("digest")["digest"] == sky.ok("digest", "--fresh")["digest"]
    assert sky.run("validate").code == 0


def test_the_check_of_a_pull_request_names_each_thing_that_is_wrong(branch: Person, pair: tuple[Clone, Clone]) -> None:
    _, sky = pair
    branch.git("switch", "-q", "-c", "bad")
    paths = break_all(branch)
    sky.git("fetch", "-q", str(branch.path), "bad:refs/heads/bad")
    head = sky.git("rev-parse", "HEAD")
    found = sky.run("validate", "--ref", "bad", "--json")
    assert found.code == 1, found
    said = [each for each in found.json["checks"] if not each["ok"]]
    for what, path in paths.items():
        assert len([each for each in said if path in each["detail"]]) == 1, (what, said)
    assert len(said) == 7 and "would" in [each["name"] for each in found.json["checks"]]
    assert sky.git("rev-parse", "HEAD") == head and sky.git("status", "--porcelain") == ""

    branch.git("switch", "-q", "-C", "good", f"origin/{BRANCH}")
    path = branch.path_of("tasks", "title: task 6")
    branch.write(path, branch.read(path).replace("task 6", "six"))
    branch.save("better words")
    sky.git("fetch", "-q", str(branch.path), "good:refs/heads/good")
    assert sky.ok("validate", "--ref", "good")["checks"][0]["detail"] == "TASK-6 changed: title"
    sky.ok("store", "put", "task", "--id", "TASK-6", "title=seven")
    met = sky.run("validate", "--ref", "good", "--json")
    assert met.code == 1
    (conflict,) = met.json["checks"]
    assert "TASK-6" in conflict["detail"] and "both sides changed title" in conflict["detail"]
    assert sky.run("validate", "--ref", "nowhere", "--json").error["code"] == "not-found"
    assert sky.run("validate", "--ref", "-x", "--json").code == 5
    code = sky.run("validate", "--ref", "origin/main", "--json").error
    assert code["code"] == "could-not-check" and "no proposal" in code["message"] and "propose list" in code["hint"]


def test_a_damaged_file_of_a_kind_nobody_knows_and_a_huge_one_harm_nothing_else(
    branch: Person, pair: tuple[Clone, Clone]
) -> None:
    _, sky = pair
    path = branch.path_of("tasks", "title: task 2")
    branch.write(path, branch.read(path) + "\n" + "x" * 100_000)
    branch.write("tasks/zz/notes.md", "hello\n")
    branch.write("whatever/else.bin", "\x00\x01")
    for name in ("a\nxx", "ü-xx", "a b-xx", "--xx"):
        branch.write(f"tasks/xx/{name}.md", "---\nid: x\n---\n")
    other = branch.path / branch.path_of("tasks", "title: task 1")
    other.unlink()
    other.symlink_to("/etc/passwd")
    branch.save("Merge pull request #14")
    branch.push()
    sky.ok("status", "--fresh")
    named = quarantined(sky)
    assert "at most 65536" in named[path] and "no plain file" in named[str(other.relative_to(branch.path))]
    assert len(titles(sky)) == 6
    assert sky.run("validate", "--ref", f"origin/{BRANCH}", "--base", f"origin/{BRANCH}~1").code == 1
    sky.ok("task", "add", "seven")
    assert sky.git("ls-tree", f"origin/{BRANCH}", str(other.relative_to(branch.path))).startswith("100644 ")
    assert len(titles(sky)) == 7
