"""Records that somebody broke by hand: named, and in nobody's way."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def broken(river: Any, sky: Any, hub: Path, tmp_path: Path) -> Any:
    """Gives a function that changes a file of the branch, as a person with git and an editor would."""

    def change(folder: str, pattern: str, by: str) -> None:
        place = tmp_path / "by-hand"
        sky.git("clone", "-q", "--branch", "gitcoord-sync", str(hub), str(place))
        for file in sorted((place / folder).rglob("*.*")):
            file.write_text(re.sub(pattern, by, file.read_text(), flags=re.M))
        sky.git("-C", str(place), "commit", "-qam", "by hand")
        sky.git("-C", str(place), "push", "-q")

    return change


@pytest.mark.parametrize(("folder", "pattern", "by"), [
    ("sessions", r"^name: .*$", "name: -1"), ("sessions", r"^started_at: .*$", "started_at: yesterday"),
    ("agents", r"^handle: .*$", "handle: [a, b]"), ("sessions", r"^epoch: .*$", "epoch: .inf"),
    ("sessions", r"\Aid: ", "<<<<<<< HEAD\nid: "), ("coops", r"^members:$", "members: none\n\nx:"),
])  # fmt: skip
def test_writes_go_on(river: Any, sky: Any, broken: Any, folder: str, pattern: str, by: str) -> None:
    river("claim", "src/auth/")
    broken(folder, pattern, by)
    assert river("claim", "docs/", "--fresh", "--json").json["outcome"] == "granted"
    assert sky("ask", "which port?", "--json").json["outcome"] == "asked"
    assert "src/auth/" in sky("claims", "--fresh").out
