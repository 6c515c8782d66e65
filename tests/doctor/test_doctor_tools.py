"""The doctor runs the line that a tool would run, and says what it cannot know."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.conftest import Clone
from tests.hooks.test_agent_wiring import ALL

NAME = "agent-tools"


def _wired(clone: Clone, tools: str = ALL) -> None:
    clone.env = {**clone.env, "PATH": f"{Path(sys.executable).parent}:{clone.env['PATH']}"}
    clone.ok("init", "--yes", "--tool", tools)


def _found(clone: Clone, **env: str) -> list[dict[str, Any]]:
    return [each for each in clone.run("doctor", "--json", **env).json["checks"] if each["name"] == NAME]


def test_each_wiring_is_proven_and_what_cannot_be_seen_is_said(pair: tuple[Clone, Clone]) -> None:
    river, _ = pair
    _wired(river)
    found = _found(river)
    assert [each["detail"].partition(":")[0] for each in found] == ["claude", "codex", "cursor", "gemini", "copilot"]
    assert all(each["ok"] and "its line answers" in each["detail"] for each in found), found
    assert "whether Codex trusts them" in found[1]["detail"]
    home = river.path / ".git/gitcoord"
    assert os.listdir(home / "outbox") == [] and not (home / "seen").exists(), "and nothing was done"
    assert river.ok("claims", "--fresh")["claims"] == []


def test_where_sh_finds_no_gitcoord_that_is_said(pair: tuple[Clone, Clone]) -> None:
    river, _ = pair
    _wired(river, "codex,copilot")
    found = _found(river, PATH="/usr/bin:/bin")
    assert [each["ok"] for each in found] == [False, False] and "on its PATH" in found[0]["detail"]


def test_an_edited_line_is_not_run(pair: tuple[Clone, Clone]) -> None:
    river, _ = pair
    _wired(river, "claude")
    file = river.path / ".claude/settings.json"
    file.write_text(file.read_text().replace("gitcoord hook claude ||", "gitcoord hook claude; touch pwned ||"))
    (found,) = _found(river)
    assert "another version" in found["detail"] and found["fix"] == "gitcoord upgrade"
    assert not (river.path / "pwned").exists()


def test_hooks_that_are_switched_off_or_unreadable_are_said(pair: tuple[Clone, Clone]) -> None:
    river, _ = pair
    _wired(river, "claude,codex,cursor")
    river.write(".claude/settings.local.json", json.dumps({"disableAllHooks": True}))
    river.write(".codex/config.toml", "[features]\nhooks = false\n")
    river.write(".cursor/hooks.json", "{ // gitcoord hook cursor\n}")
    said = {each["detail"].partition(":")[0]: each["detail"] for each in _found(river)}
    assert "disableAllHooks" in said["claude"] and "switches hooks off" in said["codex"] and "no JSON" in said["cursor"]


def test_a_tool_that_is_used_and_not_wired_is_named(pair: tuple[Clone, Clone]) -> None:
    river, _ = pair
    (river.path / ".gemini").mkdir()
    told = [each["detail"] for each in _found(river)]
    assert "gemini: used here, and not wired; gitcoord init --tool gemini does that" in told
