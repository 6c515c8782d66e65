"""The installer beside other hooks: once, reachable, and gone without a trace."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Clone, World


@pytest.fixture
def clone(world: World) -> Clone:
    made = world.clone("river", agent="river")
    made.ok("init", "--yes", "--no-hooks")
    return made


def hook_of(clone: Clone) -> Path:
    return clone.path / ".git/hooks/pre-push"


def fingerprint(clone: Clone) -> dict[str, tuple[bytes, int]]:
    root = clone.path / ".git"
    return {
        str(file.relative_to(root)): (file.read_bytes(), file.stat().st_mode)
        for file in root.rglob("*")
        if file.is_file()
        and not str(file.relative_to(root)).startswith(("objects", "gitcoord", "refs", "logs", "packed-refs", "FETCH"))
    }


def test_installed_twice_no_byte_changes_and_git_runs_it(clone: Clone) -> None:
    clone.ok("hooks", "install")
    first = hook_of(clone).read_bytes()
    clone.ok("hooks", "install")
    assert hook_of(clone).read_bytes() == first
    found = clone.ok("hooks", "status")
    assert found["installed"] and found["reachable"]


def test_uninstall_of_everything_restores_every_byte(world: World) -> None:
    made = world.clone("river", agent="river")
    hook_of(made).write_bytes(b"#!/bin/sh\n# mine\nexit 0\n")
    hook_of(made).chmod(0o744)
    before = fingerprint(made)
    made.ok("init", "--yes")
    assert hook_of(made).read_bytes() != before["hooks/pre-push"][0]
    made.ok("uninstall", "--yes")
    assert fingerprint(made) == before
    assert not (made.path / ".git/gitcoord").exists()


@pytest.mark.parametrize("code", [0, 7])
def test_an_existing_hook_keeps_its_input_and_its_exit(clone: Clone, code: int, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    hook_of(clone).write_text(f"#!/bin/sh\ncat >{seen}\nexit {code}\n")
    hook_of(clone).chmod(0o755)
    clone.ok("hooks", "install")
    clone.commit("a.txt", "x\n")
    done = subprocess.run(
        ["git", "push", "-q", "origin", "HEAD:refs/heads/work"], cwd=clone.path, env=clone.environment(), capture_output=True,
        check=False,
    )  # fmt: skip
    assert (done.returncode == 0) == (code == 0)
    assert seen.read_text().split()[2] == "refs/heads/work"


def test_a_hook_that_is_no_shell_script_is_chained(clone: Clone, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    original = f"#!/usr/bin/env python3\nimport sys\nopen({str(seen)!r}, 'w').write(sys.stdin.read())\n"
    hook_of(clone).write_text(original)
    hook_of(clone).chmod(0o755)
    clone.ok("hooks", "install")
    clone.commit("a.txt", "x\n")
    clone.git("push", "-q", "origin", "HEAD:refs/heads/work")
    assert "refs/heads/work" in seen.read_text()
    clone.ok("hooks", "uninstall")
    assert hook_of(clone).read_text() == original


def test_husky_gets_the_block_only_when_asked_and_in_the_tracked_file(clone: Clone) -> None:
    clone.git("config", "core.hooksPath", ".husky/_")
    clone.write(".husky/_/pre-push", '#!/bin/sh\nexec sh ".husky/pre-push" "$@"\n')
    (clone.path / ".husky/_/pre-push").chmod(0o755)
    clone.write(".husky/pre-push", "echo husky\n")
    told = clone.ok("hooks", "install")
    assert not told["written"] and "husky" in " ".join(told["notes"])
    assert (clone.path / ".husky/pre-push").read_text() == "echo husky\n"
    clone.ok("hooks", "install", "--yes")
    assert "gitcoord" in (clone.path / ".husky/pre-push").read_text()
    assert clone.git("config", "core.hooksPath").strip() == ".husky/_"
    assert clone.ok("hooks", "status")["reachable"]
    clone.ok("hooks", "uninstall")
    assert (clone.path / ".husky/pre-push").read_text() == "echo husky\n"


def test_a_dry_run_writes_nothing(clone: Clone) -> None:
    before = fingerprint(clone)
    assert clone.ok("hooks", "install", "--dry-run")["written"]
    assert fingerprint(clone) == before


def test_without_the_program_the_hook_lets_the_push_go_and_says_so(clone: Clone) -> None:
    clone.ok("hooks", "install")
    (clone.path / ".git/gitcoord/command").unlink(missing_ok=True)
    clone.commit("a.txt", "x\n")
    plain = os.pathsep.join(part for part in clone.env["PATH"].split(os.pathsep) if not os.path.exists(f"{part}/gitcoord"))
    done = subprocess.run(
        ["git", "push", "-q", "origin", "HEAD:refs/heads/work"], cwd=clone.path, env=clone.environment(PATH=plain),
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and b"not installed" in done.stderr


def test_a_block_in_a_hook_that_was_edited_since_is_all_that_goes(clone: Clone) -> None:
    hook_of(clone).write_text("#!/bin/sh\necho one\n")
    hook_of(clone).chmod(0o755)
    clone.ok("hooks", "install")
    hook_of(clone).write_text(hook_of(clone).read_text() + "echo two\n")
    clone.ok("hooks", "uninstall")
    assert hook_of(clone).read_text() == "#!/bin/sh\necho one\necho two\n"
