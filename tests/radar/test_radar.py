"""The radar against real merges: what it calls a conflict is one, and it misses none."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from gitcoord.actions import radar
from gitcoord.store import merging
from gitcoord.workspace import Workspace
from tests.conftest import Clone, World

BRANCHES = (
    "edit", "edit-same", "edit-far", "rename", "edit-renamed", "move-folder", "add-in-folder", "file-at", "folder-at",
    "delete", "binary-one", "binary-two", "module-one", "module-two", "mode", "merged-edit", "plain",
)  # fmt: skip


def seeded(clone: Clone) -> None:
    """A main branch, and branches of every kind that can and cannot meet."""
    lines = "".join(f"line {n}\n" for n in range(40))
    for name in ("src/a.txt", "src/b.txt", "lib/one.txt", "lib/two.txt", "docs/words.md"):
        clone.write(name, lines.replace("line", name))
    (clone.path / "logo.bin").write_bytes(bytes(range(256)) * 4)
    clone.git("add", "-A")
    clone.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendor")
    clone.git("commit", "-q", "-m", "ground")

    def branch(name: str, start: str = "main") -> None:
        clone.git("switch", "-q", "-c", name, start)

    def line(file: str, n: int, text: str) -> None:
        found = (clone.path / file).read_text().splitlines(keepends=True)
        found[n] = text + "\n"
        (clone.path / file).write_text("".join(found))

    def commit(name: str) -> None:
        clone.git("add", "-A", ":!vendor")
        clone.git("commit", "-q", "-m", name)

    for name, place, text in (("edit", 5, "mine"), ("edit-same", 5, "yours"), ("edit-far", 30, "far")):
        branch(name)
        line("src/a.txt", place, text)
        commit(name)
    branch("rename")
    clone.git("mv", "src/b.txt", "src/c.txt")
    commit("rename")
    branch("edit-renamed")
    line("src/b.txt", 3, "renamed elsewhere")
    commit("edit-renamed")
    branch("move-folder")
    clone.git("mv", "lib", "library")
    commit("move-folder")
    branch("add-in-folder")
    clone.write("lib/three.txt", "new\n")
    commit("add-in-folder")
    branch("file-at")
    clone.write("place", "a file\n")
    commit("file-at")
    branch("folder-at")
    clone.write("place/inside.txt", "a folder\n")
    commit("folder-at")
    branch("delete")
    clone.git("rm", "-q", "src/a.txt")
    commit("delete")
    for n, name in enumerate(("binary-one", "binary-two")):
        branch(name)
        (clone.path / "logo.bin").write_bytes(bytes(range(256)) * 4 + bytes([n]))
        commit(name)
    for n, name in enumerate(("module-one", "module-two"), 2):
        branch(name)
        clone.git("update-index", "--cacheinfo", f"160000,{str(n) * 40},vendor")
        clone.git("commit", "-q", "-m", name)
    branch("mode")
    clone.git("update-index", "--chmod=+x", "src/a.txt")
    clone.git("commit", "-q", "-m", "mode")
    clone.git("reset", "-q", "--hard")
    branch("merged-edit", "edit")
    clone.git("merge", "-q", "--no-edit", "edit-far")
    branch("plain")
    clone.write("docs/more.md", "more\n")
    commit("plain")
    clone.git("switch", "-q", "main")


def really_conflict(clone: Clone, one: str, two: str) -> bool:
    """By merging, in a work tree of its own."""
    clone.git("checkout", "-q", "-f", "--detach", one)
    clone.git("clean", "-qfdx")
    clone.git("-c", "merge.renames=true", "merge", "-q", "--no-edit", "--no-commit", two, check=False)
    unmerged = bool(clone.git("ls-files", "-u").strip())
    clone.git("reset", "-q", "--hard")
    return unmerged


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Clone]:
    world = World(tmp_path_factory.mktemp("radar"))
    clone = world.clone("river", agent="river")
    clone.ok("init", "--yes", "--no-hooks")
    seeded(clone)
    clone.git("checkout", "-q", "--orphan", "unrelated")
    clone.git("commit", "-q", "-m", "another root")
    clone.git("switch", "-q", "main")
    clone.git("push", "-q", "--no-verify", "origin", "--all")
    clone.git("fetch", "-q")
    clone.git("remote", "set-head", "origin", "main")
    return world, clone


def test_every_alarm_is_a_conflict_and_no_conflict_is_missed(ground: tuple[World, Clone], tmp_path: Path) -> None:
    _, clone = ground
    with Workspace.open(str(clone.path), agent="river", environ=clone.environment()) as ws:
        found = radar.survey(ws)
    known = {frozenset(pair): kind for pair, (kind, _, _) in found.verdicts.items()}
    clone.git("worktree", "add", "-q", "--detach", str(tmp_path / "trial"))
    trial = Clone(tmp_path / "trial", clone.env)
    alarms = 0
    for one, two in itertools.combinations([*BRANCHES, "main"], 2):
        real = really_conflict(trial, one, two)
        assert (known[frozenset((one, two))] == "conflict") == real, (one, two, known[frozenset((one, two))])
        alarms += real
    assert alarms >= 7 and "apart" in known.values() and "clean" in known.values()
    assert found.tried < len(known) / 2, "the gate keeps most pairs from being tried"
    clone.git("worktree", "remove", "--force", str(tmp_path / "trial"))


@pytest.mark.parametrize(
    ("one", "two", "files"),
    [
        ("edit", "edit-same", ["src/a.txt"]), ("move-folder", "add-in-folder", ["library/three.txt"]),
        ("binary-one", "binary-two", ["logo.bin"]), ("module-one", "module-two", ["vendor"]),
        ("delete", "edit", ["src/a.txt"]),
    ],
)  # fmt: skip
def test_the_files_in_conflict_are_named(ground: tuple[World, Clone], one: str, two: str, files: list[str]) -> None:
    _, clone = ground
    with Workspace.open(str(clone.path), agent="river", environ=clone.environment()) as ws:
        found = radar.survey(ws)
    key = (one, two) if (one, two) in found.verdicts else (two, one)
    assert found.verdicts[key][0] == "conflict" and found.verdicts[key][1] == files


def test_what_cannot_be_merged_is_an_error_and_no_conflict(ground: tuple[World, Clone]) -> None:
    _, clone = ground
    with Workspace.open(str(clone.path), agent="river", environ=clone.environment()) as ws:
        found = radar.survey(ws)
    kinds = {kind for pair, (kind, _, _) in found.verdicts.items() if "unrelated" in pair}
    assert kinds == {"error"}
    said = clone.run("radar", "--all", "--budget", "800").out
    assert "could not check" in said and "no common history" in said
    with Workspace.open(str(clone.path), environ=clone.environment()) as ws:
        assert merging.trial(ws.repo.git, "main", "0" * 40).kind == merging.ERROR


def test_one_impossible_merge_does_not_spoil_the_others(ground: tuple[World, Clone]) -> None:
    _, clone = ground
    with Workspace.open(str(clone.path), environ=clone.environment()) as ws, merging.Scratch(ws.repo.common_dir) as scratch:
        wanted = [("edit", "edit-same"), ("edit", "unrelated"), ("edit", "edit-far"), ("edit", "edit-same")]
        kinds = [each.kind for each in merging.trials(ws.repo.git, wanted, scratch.env, 20)]
    assert kinds == ["conflict", "error", "clean", "conflict"]


def test_nothing_is_left_behind_and_the_second_look_merges_nothing(ground: tuple[World, Clone]) -> None:
    _, clone = ground
    (clone.path / ".git/gitcoord/radar.json").unlink(missing_ok=True)
    before = (clone.git("count-objects", "-v"), clone.git("for-each-ref"), clone.git("status", "--porcelain"))
    first = clone.ok("radar", "--all", "--budget", "800")
    assert first["tried"] and not first["remembered"]
    assert before == (clone.git("count-objects", "-v"), clone.git("for-each-ref"), clone.git("status", "--porcelain"))
    assert not list((clone.path / ".git/gitcoord").glob("trial-*"))
    again = clone.ok("radar", "--all", "--offline")
    assert again["tried"] == 0 and again["remembered"] and len(first["conflicts"]) >= 3


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"version": 1, "pairs": 3}', b'{"version": 9}', b"\xff\xfe"])
def test_what_it_remembers_can_be_lost_or_damaged(ground: tuple[World, Clone], damage: bytes) -> None:
    _, clone = ground
    wanted = clone.ok("radar", "--all")["conflicts"]
    for name in ("radar.json", "radar-last.json"):
        (clone.path / ".git/gitcoord" / name).write_bytes(damage)
    with Workspace.open(str(clone.path), agent="river", environ=clone.environment()) as ws:
        assert radar.for_me(ws) == []
    assert clone.ok("radar", "--all")["conflicts"] == wanted


def test_mine_alone_or_everything(ground: tuple[World, Clone]) -> None:
    _, clone = ground
    clone.git("switch", "-q", "edit")
    mine = clone.ok("radar", "--budget", "800")
    assert {each["a"] for each in mine["conflicts"]} == {"edit"} and mine["elsewhere"] > 0
    assert {each["b"] for each in mine["conflicts"]} == {"edit-same", "delete"}
    with Workspace.open(str(clone.path), agent="river", environ=clone.environment()) as ws:
        found = radar.for_me(ws)
        assert {each["with"] for each in found} == {"edit-same", "delete"} and found[0]["files"] == ["src/a.txt"]
    clone.git("commit", "-q", "--allow-empty", "-m", "on")
    with Workspace.open(str(clone.path), agent="river", environ=clone.environment()) as ws:
        assert radar.for_me(ws) == [], "what was found about an older commit is not told"
    clone.git("reset", "-q", "--hard", "HEAD~1")
    clone.git("switch", "-q", "main")


def test_a_detached_head_is_a_branch_too(ground: tuple[World, Clone]) -> None:
    _, clone = ground
    clone.git("checkout", "-q", "--detach", "edit")
    found = clone.ok("radar", "--budget", "800")
    assert found["branch"] == "HEAD (detached)"
    assert {"edit-same", "delete"} <= {each["b"] for each in found["conflicts"]}
    clone.git("switch", "-q", "main")


def test_who_holds_the_files_is_named(ground: tuple[World, Clone]) -> None:
    _, clone = ground
    clone.git("switch", "-q", "edit")
    clone.ok("claim", "src/a.txt")
    found = clone.ok("radar", "--budget", "800")
    assert all(each["claims"][0]["agent"] == "river" for each in found["conflicts"])
    assert "river CLM-1" in clone.run("radar").out
    clone.ok("release", "--all")
    clone.git("switch", "-q", "main")


def test_an_unpushed_branch_that_a_claim_names_counts(ground: tuple[World, Clone]) -> None:
    _, clone = ground
    clone.git("switch", "-q", "-c", "local-only", "main")
    clone.write("src/a.txt", "all new\n")
    clone.git("commit", "-q", "-am", "local")
    clone.ok("claim", "docs/")
    clone.git("switch", "-q", "edit")
    assert "local-only" in {each["b"] for each in clone.ok("radar", "--budget", "800")["conflicts"]}
    clone.ok("release", "--all")
    assert "local-only" not in {each["b"] for each in clone.ok("radar", "--budget", "800")["conflicts"]}
    clone.git("switch", "-q", "main")
    clone.git("branch", "-q", "-D", "local-only")


def _older(tmp_path: Path, real: str, version: str, lacks: str) -> str:
    """A PATH on which git is of that version, and ``merge-tree`` refuses a word as that one does."""
    old = tmp_path / "bin"
    old.mkdir()
    (old / "git").write_text(
        f'#!/bin/sh\nfor word in "$@"; do [ "$word" = version ] && echo "git version {version}" && exit 0\n'
        f'[ "$word" = merge-tree ] && tried=1; [ "$tried$word" = 1{lacks} ] && exit 129; done\n'
        f'PATH="{real}" exec git "$@"\n'
    )
    (old / "git").chmod(0o755)
    return f"{old}:{real}"


def _forget(clone: Clone) -> None:
    (clone.path / ".git/gitcoord/radar.json").unlink(missing_ok=True)


def test_an_old_git_is_told_what_it_lacks(ground: tuple[World, Clone], tmp_path: Path) -> None:
    _, clone = ground
    _forget(clone)
    said = clone.run("radar", "--json", PATH=_older(tmp_path, clone.env["PATH"], "2.30.2", "--write-tree"))
    assert said.code == 8 and "2.38" in said.error["message"]


def test_a_git_that_knows_no_batches_tries_the_pairs_one_by_one(ground: tuple[World, Clone], tmp_path: Path) -> None:
    _, clone = ground
    _forget(clone)
    wanted = clone.ok("radar", "--all", "--budget", "800")
    _forget(clone)
    found = clone.ok("radar", "--all", "--budget", "800", PATH=_older(tmp_path, clone.env["PATH"], "2.38.1", "--stdin"))
    assert found["conflicts"] == wanted["conflicts"] and found["tried"] == wanted["tried"] > 1


def test_a_file_whose_name_is_not_ascii_is_remembered_too(tmp_path: Path, world: World) -> None:
    clone = world.clone("latin", agent="river")
    clone.ok("init", "--yes", "--no-hooks")
    for branch in ("one", "two"):
        clone.git("switch", "-q", "-c", branch, "origin/main")
        clone.commit("café 漢.txt", branch)
        clone.git("push", "-q", "origin", branch)
    first = clone.ok("radar", "--all")
    again = clone.ok("radar", "--all")
    assert first["tried"] == 1 and again["tried"] == 0 and again["conflicts"] == first["conflicts"] != []


def test_without_a_remote_the_local_branches_are_looked_at(tmp_path: Path, world: World) -> None:
    world.git("init", "-q", "-b", "main", str(tmp_path / "alone"))
    alone = Clone(tmp_path / "alone", world.env, agent="river")
    alone.commit("a.txt", "one\n")
    alone.ok("init", "--yes", "--no-hooks")
    alone.git("switch", "-q", "-c", "x")
    alone.commit("a.txt", "two\n")
    alone.ok("claim", "a.txt")
    alone.git("switch", "-q", "-c", "y", "main")
    alone.commit("a.txt", "three\n")
    found = json.loads(alone.run("radar", "--json").out)
    assert [(each["a"], each["b"]) for each in found["conflicts"]] == [("y", "x")]


def test_where_work_lands_must_be_known(world: World, pair) -> None:
    river, _ = pair
    assert river.run("radar", "--base", "nowhere").code == 5
    assert river.ok("radar", "--base", "main")["conflicts"] == []


def test_a_sync_is_enough_to_be_warned_by_the_next_read(world: World, pair) -> None:
    river, sky = pair
    for clone, words in ((river, "x = 'river'\n"), (sky, "x = 'sky'\n")):
        clone.git("switch", "-q", "-c", clone.agent)
        clone.commit("src/part1.py", words)
    river.git("push", "-q", "origin", "river")
    river.ok("claim", "src/part1.py")
    assert "radar" not in sky.ok("sync"), "nothing of it was fetched yet"
    sky.git("fetch", "-q")
    assert [(each["with"], each["files"]) for each in sky.ok("sync")["radar"]] == [("river", ["src/part1.py"])]
    assert "merge risk: sky will conflict with river" in sky.run("sync").out
    assert "sky will conflict with river" in sky.run("read").out
    sky.git("reset", "-q", "--hard", "origin/main")
    assert "radar" not in sky.ok("sync")
