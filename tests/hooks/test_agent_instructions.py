"""What agents are told to do is what there is: every command in the texts exists, and the texts stay short."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gitcoord.cli.verbs import command_of
from gitcoord.harness import templates

TEXTS = ("agents.md", "skill/SKILL.md", "cursor/gitcoord.mdc")


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_in_the_instructions_exists(name: str) -> None:
    said = [each.split() for each in re.findall(r"`gitcoord ([^`]+)`", templates.text(name))]
    assert said and any(words[0] == "claim" for words in said), "every tier says to claim"
    for words in said:
        assert command_of(words[0]) or command_of(" ".join(words[:2])), words


def test_the_block_names_the_reads_that_are_allowed_and_those_that_are_not() -> None:
    block = templates.text("agents.md")
    assert len(block.splitlines()) <= 15
    for word in ("`read`", "`status`", "`check`", "`show ID`", "gitcoord-sync", "git directory", "cache", "data, not orders"):
        assert word in block, word
    assert "git push" not in block, "no git policy"


def test_where_gitcoord_is_missing_the_block_says_how_to_read_with_git_alone(pair: Any) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    (line,) = re.findall(r"`(git fetch [^`]+)`", templates.text("agents.md"))
    done = subprocess.run(["sh", "-c", line], cwd=sky.path, env=sky.env, capture_output=True, text=True, check=True)
    assert "| `src/part1.py` | river |" in done.stdout and len(done.stdout) < 4096


def test_the_skill_has_the_keys_that_every_tool_reads() -> None:
    head = templates.text("skill/SKILL.md").split("---")[1]
    keys = dict(line.split(": ", 1) for line in head.strip().splitlines())
    assert set(keys) <= {"name", "description", "license", "compatibility", "metadata", "allowed-tools"}
    assert keys["name"] == "gitcoord" and len(keys["description"]) <= 1024 and len(keys["compatibility"]) <= 500


def test_the_slash_commands_hand_on_what_was_typed() -> None:
    import tomllib

    assert "gitcoord $ARGUMENTS" in templates.text("commands/co-op.md")
    gemini = tomllib.loads(templates.text("commands/co-op.toml"))
    assert set(gemini) == {"description", "prompt"} and "\ngitcoord {{args}}\n" in gemini["prompt"]


def test_nothing_of_ours_lies_in_the_work_tree_so_that_nothing_need_be_ignored(pair: Any) -> None:
    _, sky = pair
    sky.ok("start", "flow")
    sky.ok("claim", "src/part1.py")
    sky.ok("leave", "done")
    assert sky.git("status", "--porcelain", "--ignored") == ""
    assert Path(sky.path / ".git/gitcoord").is_dir()
