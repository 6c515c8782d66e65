"""``gitcoord.pyz`` where nothing is installed: a bare Python without site-packages, git, and two clones of a hub."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from gitcoord.cli.single_file import build
from gitcoord.cli.single_lean import lean
from gitcoord.codec.declared import check, check_plainly
from gitcoord.codec.errors import Malformed
from gitcoord.model.fields import TREE
from gitcoord.model.kinds import KINDS
from tests.conftest import Clone, World

LARGEST = 1_000_000


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("single") / "gitcoord.pyz"
    build(file)
    return file


class Alone(Clone):
    """A clone in which gitcoord is one file, and Python has no packages."""

    archive: Path

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-I", "-S", str(self.archive), *words]

    def environment(self, **extra: str) -> dict[str, str]:
        return {**super().environment(**extra), "PATH": "/usr/local/bin:/usr/bin:/bin"}


@pytest.fixture
def alone(world: World, archive: Path) -> tuple[Alone, Alone]:
    """River and Sky; the file lies in the home that both use, and may be moved away."""
    own = world.root / "home" / "gitcoord.pyz"
    own.write_bytes(archive.read_bytes())
    both = []
    for name in ("river", "sky"):
        world.clone(name)
        clone = Alone(world.root / name, world.env, name)
        clone.archive = own
        both.append(clone)
    return both[0], both[1]


def test_it_is_one_small_file_with_nothing_compiled_in_it_and_nothing_of_the_day(archive: Path) -> None:
    assert archive.stat().st_size < LARGEST
    assert os.access(archive, os.X_OK)
    entries = zipfile.ZipFile(archive).infolist()
    names = [entry.filename for entry in entries]
    assert names == sorted(names) and {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert not [name for name in names if name.endswith((".so", ".pyc", ".pyd"))]
    assert [name for name in names if name.startswith("licences/click/")]
    assert "gitcoord/_installed/hooks/pre-push" in names and "gitcoord/_installed/templates/agents.md" in names


def test_two_clones_work_together_with_nothing_but_it_and_git(alone: tuple[Alone, Alone], world: World) -> None:
    river, sky = alone
    assert any("pre-push" in each for each in river.ok("init", "--yes")["installed"])
    river.ok("start", "login flow")
    sky.ok("join")
    sky.ok("hooks", "install")
    assert river.ok("claim", "src/part1.py")["state"] == "confirmed"
    assert sky.run("claim", "src/part1.py").code == 3
    assert [each["scope"] for each in sky.ok("read")["claims"]] == ["src/part1.py"]

    sky.commit("src/part1.py", "x = 'sky'\n")
    refused = pushed(sky)
    assert refused.returncode != 0 and b"src/part1.py  river" in refused.stderr
    river.ok("release", "src/part1.py")
    sky.ok("sync")
    assert pushed(sky).returncode == 0
    assert river.ok("leave", "--next", "the tests")["outcome"] == "left"
    installed = Clone(sky.path, world.env, "sky")
    assert installed.ok("digest", "--fresh")["digest"] == sky.ok("digest")["digest"]
    assert sky.run("doctor").code == 0
    assert (sky.path / ".git/gitcoord/run").exists() and sky.ok("hooks", "uninstall")
    assert not (sky.path / ".git/gitcoord/run").exists() and not (sky.path / ".git/hooks/pre-push").exists()
    entry = json.loads(sky.run("mcp", "--emit-mcp-config", "generic").out)["mcpServers"]["gitcoord"]
    assert entry == {"command": sys.executable, "args": ["-I", str(sky.archive), "mcp"]}


def pushed(clone: Clone, **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["git", "push", "-q", "origin", "HEAD:refs/heads/work"], cwd=clone.path, env=clone.environment(**env),
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_hook_whose_file_has_gone_blocks_nobody_unless_the_team_enforces_it(alone: tuple[Alone, Alone]) -> None:
    river = alone[0]
    river.ok("init", "--yes")
    river.commit()
    river.archive.rename(river.archive.with_name("elsewhere"))
    said = pushed(river)
    assert said.returncode == 0 and b"gitcoord is gone from" in said.stderr
    (river.path / ".git/gitcoord/enforce").touch()
    river.commit(text="more\n")
    assert pushed(river).returncode != 0


def test_what_a_person_wrote_by_hand_is_read_by_its_own_means(alone: tuple[Alone, Alone], world: World) -> None:
    """Comments, other quotes and flow style: what goes through the libraries, which are compiled where they are installed."""
    river = alone[0]
    river.ok("init", "--yes")
    river.ok("start", "login")
    river.ok("task", "add", "first")
    hand = world.clone("hand", "--branch", "gitcoord-sync")
    (task,) = (hand.path / "tasks").rglob("*.md")
    by_hand = "title: 'not # first'   # by hand\n\npaths: [src/a.py, 'b: c']"
    task.write_text(task.read_text().replace("title: first", by_hand))
    hand.git("commit", "-q", "-a", "-m", "by hand")
    hand.git("push", "-q", "origin", "HEAD:gitcoord-sync")
    shown = river.ok("show", "TASK-1", "--fresh")
    assert shown == Clone(river.path, world.env, "river").ok("show", "TASK-1")
    assert river.ok("task", "update", "TASK-1", "--priority", "0")["state"] == "confirmed"
    hand.git("pull", "-q", "--ff-only")
    assert "title: 'not # first'   # by hand" in task.read_text() and "priority: 0" in task.read_text()


def test_without_a_place_to_unpack_it_runs_as_it_is(alone: tuple[Alone, Alone], tmp_path: Path) -> None:
    river = alone[0]
    river.ok("init", "--yes")
    for home in ("/nonexistent", str(tmp_path / "home" / "open")):
        os.makedirs(tmp_path / "home" / "open" / "gitcoord", exist_ok=True)
        os.chmod(tmp_path / "home" / "open" / "gitcoord", 0o777)
        assert river.ok("status", XDG_CACHE_HOME=home)["sync"] == "direct"
    assert os.listdir(tmp_path / "home" / "open" / "gitcoord") == []  # what others may write to is not used
    usual = tmp_path / "home" / ".cache" / "gitcoord"
    assert len(os.listdir(usual)) == 1 and usual.stat().st_mode & 0o077 == 0
    assert river.run("init", "--tool", "claude", "--dry-run", XDG_CACHE_HOME="/nonexistent").code == 0
    for name in ("gitcoord/views/lines.py", "gitcoord/actions/status.py"):  # somebody tidies up
        next(usual.rglob(name)).unlink()
    assert river.ok("status")["sync"] == "direct" and river.run("status").code == 0


def test_an_old_python_is_told_what_it_lacks(archive: Path) -> None:
    start = zipfile.ZipFile(archive).read("__main__.py").decode()
    pretend = "import sys\nsys.version_info = (3, 9, 2)\n" + start.replace("from __future__ import annotations", "")
    done = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (1, "gitcoord needs Python 3.11 or newer; this is 3.9.\n")


def test_lines_of_the_lean_sources_are_where_they_were() -> None:
    source = b'"""Doc.\n\nMore."""\nimport os  # why\n\n\ndef f(x):\n    \'\'\'d\'\'\'  # c\n    return "# no comment"\n'
    assert lean(source) == b'""\n\n\nimport os\n\n\ndef f(x):\n    ""\n    return "# no comment"\n'
    tricky = b'x = """\\\n# text\n"""\ny = {1: "\xe2\x80\xa8"}  # \xc3\xa4\n'
    assert lean(tricky) == b'x = """\\\n# text\n"""\ny = {1: "\xe2\x80\xa8"}\n'


_VALUES: tuple[Any, ...] = (
    "", "text", "2026-11-21T09:30:00Z", "2026-13-01T00:00:00Z", "yesterday", 0, 7, -1, 1.5, True, False, None, [], ["a"],
    ["a", 1], [None], {}, {"a": "b"}, [["a"]], "2026-11-21",
)  # fmt: skip


def test_types_are_checked_the_same_with_and_without_the_compiled_library() -> None:
    def verdict(how: Any, kind: str, values: dict[str, Any]) -> str:
        try:
            how(kind, values)
        except Malformed as problem:
            return str(problem)
        return ""

    refused = 0
    for kind, declared in KINDS.items():
        for field in declared.fields:
            for value in _VALUES:
                found = verdict(check, kind, {field.name: value, "x_unknown": value})
                assert found == verdict(check_plainly, kind, {field.name: value, "x_unknown": value})
                refused += bool(found)
                assert not (found and field.type == TREE)
    assert refused > 100
