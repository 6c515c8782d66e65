"""Ways to break a command in the middle: a git that kills its caller, a hub whose answers are cut."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest

SHIM = """#!/bin/sh
# Counts the calls of git and acts at the wanted one: kill the caller before or after it, or orphan the child.
count="{folder}/count"
lock="{folder}/lock"
while ! mkdir "$lock" 2>/dev/null; do :; done
n=$(( $(cat "$count" 2>/dev/null || echo 0) + 1 ))
echo $n >"$count"
rmdir "$lock"
if [ -f "{folder}/at" ] && [ "$n" -eq "$(cat "{folder}/at")" ]; then
  case "$(cat "{folder}/how")" in
    before) kill -9 $PPID; exit 1;;
    after) "{git}" "$@"; code=$?; kill -9 $PPID; exit $code;;
    orphan) kill -9 $PPID; exec "{git}" "$@";;
  esac
fi
exec "{git}" "$@"
"""


class Breaker:
    """A git on PATH that can kill whoever calls it, at its n-th call."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        git = shutil.which("git")
        file = folder / "git"
        file.write_text(SHIM.format(folder=folder, git=git))
        file.chmod(0o755)

    def path(self, rest: str) -> str:
        return f"{self.folder}:{rest}"

    def arm(self, how: str, at: int) -> None:
        (self.folder / "count").write_text("0")
        (self.folder / "how").write_text(how)
        (self.folder / "at").write_text(str(at))

    def disarm(self) -> int:
        """Returns how often git was called since :meth:`arm`."""
        (self.folder / "at").unlink(missing_ok=True)
        return int((self.folder / "count").read_text())


@pytest.fixture
def breaker(tmp_path: Path) -> Breaker:
    return Breaker(tmp_path / "breaker")


def executable(file: Path, text: str) -> str:
    file.write_text(text)
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return str(file)
