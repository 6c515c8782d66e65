"""git as a child process: cleaned, bounded, and read whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gitcoord.errors import NeedsRepair, NotARepository, TimedOut
from gitcoord.store import repository
from gitcoord.store.git import Git, GitFailed, clean_environment
from gitcoord.store.objects import Objects
from tests.conftest import World


def test_variables_that_point_git_elsewhere_are_dropped_and_network_ones_kept() -> None:
    env = clean_environment({"GIT_DIR": "/x", "GIT_INDEX_FILE": "/y", "GIT_SSH": "plink", "GIT_CONFIG_COUNT": "1", "A": "b"})
    assert "GIT_DIR" not in env and "GIT_INDEX_FILE" not in env and "GIT_CONFIG_COUNT" not in env
    assert env["GIT_SSH"] == "plink" and env["A"] == "b" and env["GIT_TERMINAL_PROMPT"] == "0"


def test_a_decoy_repository_in_the_environment_is_not_touched(world: World) -> None:
    decoy = world.clone("decoy")
    real = world.clone("real")
    env = {**world.env, "GIT_DIR": str(decoy.path / ".git"), "GIT_WORK_TREE": str(decoy.path)}
    found = repository.find(str(real.path), env)
    assert found.git.text("rev-parse", "--absolute-git-dir") == str(real.path / ".git")


def test_a_git_that_hangs_is_killed_at_its_deadline(world: World, tmp_path: Path) -> None:
    clone = world.clone("slow")
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\nexec sleep 600\n")
    fake.chmod(0o755)
    git = Git(str(clone.path / ".git"), {**world.env, "PATH": f"{fake.parent}:{world.env['PATH']}"})
    with pytest.raises(TimedOut):
        git.run(["fetch"], deadline=0.2)


def test_git_in_the_current_folder_is_never_run(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / "git").write_text(f"#!/bin/sh\ntouch {tmp_path}/trapped\n")
    (trap / "git").chmod(0o755)
    clone = world.clone("a")
    monkeypatch.chdir(trap)
    Git(str(clone.path / ".git"), {**world.env, "PATH": f".:{world.env['PATH']}"}).run(["rev-parse", "HEAD"])
    assert not (tmp_path / "trapped").exists()


def test_large_input_and_output_flow_at_the_same_time(world: World) -> None:
    clone = world.clone("a")
    git = repository.find(str(clone.path), world.env).git
    oid = git.run(["hash-object", "-w", "--stdin"], stdin=b"x" * 3_000_000).out.strip().decode()
    assert len(git.run(["cat-file", "blob", oid]).out) == 3_000_000


def test_a_failing_command_says_which(world: World) -> None:
    git = repository.find(str(world.clone("a").path), world.env).git
    with pytest.raises(GitFailed, match="rev-parse"):
        git.run(["rev-parse", "--verify", "refs/heads/none"])


@pytest.mark.parametrize("where", [".", "src", "../river-tree", "../bare.git", ".git"])
def test_the_repository_is_found_from(world: World, where: str) -> None:
    clone = world.clone("river")
    clone.git("worktree", "add", "-q", "../river-tree", "-b", "other")
    world.git("clone", "-q", "--bare", str(world.hub), str(world.root / "bare.git"))
    found = repository.find(str((clone.path / where).resolve()), world.env)
    expected = world.root / "bare.git" if "bare" in where else clone.path / ".git"
    assert Path(found.common_dir) == expected.resolve()
    assert found.bare == ("bare" in where or where == ".git")


def test_outside_any_repository_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotARepository, match="not inside a git repository"):
        repository.find(str(tmp_path))


def test_packed_refs_are_read_without_git(world: World) -> None:
    clone = world.clone("a")
    clone.git("pack-refs", "--all")
    found = repository.find(str(clone.path), world.env)
    assert found.ref("refs/heads/main") == clone.git("rev-parse", "HEAD").strip()
    assert found.ref("refs/heads/none") is None


def test_a_damaged_object_is_an_error_and_not_an_empty_answer(world: World) -> None:
    clone = world.clone("a")
    oid = world.git("hash-object", "-w", "--stdin", cwd=clone.path, stdin=b"precious").strip()
    other = world.git("hash-object", "-w", "--stdin", cwd=clone.path, stdin=b"forged!!").strip()
    folder = clone.path / ".git/objects"
    target = folder / oid[:2] / oid[2:]
    target.chmod(0o644)
    target.write_bytes((folder / other[:2] / other[2:]).read_bytes())
    objects = Objects(repository.find(str(clone.path), world.env).git)
    with pytest.raises(NeedsRepair):
        objects.read(oid)
    objects.close()


def test_trees_are_walked_and_compared_by_content(world: World) -> None:
    clone = world.clone("a")
    before = clone.git("rev-parse", "HEAD^{tree}").strip()
    clone.write("src/part0.py", "changed\n")
    clone.write("new/deep/file.txt", "new\n")
    (clone.path / "src/part1.py").unlink()
    (clone.path / "README.md").unlink()
    clone.write("README.md/inside", "a folder now\n")
    clone.git("add", "-A")
    clone.git("commit", "-q", "-m", "second")
    after = clone.git("rev-parse", "HEAD^{tree}").strip()
    objects = Objects(repository.find(str(clone.path), world.env).git)
    changed = {path: mode for path, mode, _ in objects.differences(before, after)}
    assert changed == {
        "src/part0.py": "100644", "new/deep/file.txt": "100644", "src/part1.py": None, "README.md": None,
        "README.md/inside": "100644",
    }  # fmt: skip
    listed = {path for path, _, _ in objects.walk(after)}
    assert listed == set(clone.git("ls-files").split())
    objects.close()


def test_no_file_descriptor_is_left_open(world: World) -> None:
    git = repository.find(str(world.clone("a").path), world.env).git
    git.run(["rev-parse", "HEAD"])
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        git.run(["rev-parse", "HEAD"])
    assert len(os.listdir("/proc/self/fd")) == before
