"""Nobody goes past the commands: cache, outbox and cursors are refused to an agent's tools, and nothing else is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gitcoord.harness import firewall
from tests.hooks.conftest import reason
from tests.hooks.payloads import TOOLS, common, edit, read, shell


@pytest.mark.parametrize("tool", TOOLS)
def test_our_own_files_are_refused_to_every_tool_with_the_commands_that_help(pair: Any, hook: Any, tool: str) -> None:
    _, sky = pair
    for payload in (
        read(tool, f"{sky.path}/.git/gitcoord/cache.db"), edit(tool, f"{sky.path}/.git/gitcoord/outbox/x.json", "t1"),
        shell(tool, "sqlite3 .git/gitcoord/cache.db 'select * from claim'"),
    ):  # fmt: skip
        told = reason(hook(tool, payload))
        assert "gitcoord read" in told and "gitcoord log" in told and ".git/gitcoord/" in told and "\n" not in told


def _search(name: str, **asked: Any) -> dict[str, Any]:
    return {**common("claude"), "hook_event_name": "PreToolUse", "tool_name": name, "tool_input": asked}


def test_searching_in_them_is_refused_and_searching_for_their_name_is_not(pair: Any, hook: Any) -> None:
    _, sky = pair
    assert reason(hook("claude", _search("Grep", pattern="CLM", path=".git/gitcoord")))
    assert reason(hook("claude", _search("Glob", pattern=f"{sky.path}/.git/gitcoord/**")))
    assert not reason(hook("claude", _search("Grep", pattern=".git/gitcoord/cache.db", path="src")))


def test_a_linked_worktree_shares_the_home_and_the_refusal(pair: Any, hook: Any) -> None:
    _, sky = pair
    sky.git("worktree", "add", "-q", "../linked", "-b", "other")
    linked = sky.path.parent / "linked"
    assert reason(hook("claude", read("claude", f"{sky.path}/.git/gitcoord/local.db"), cwd=linked))


def test_warn_tells_and_off_says_nothing(pair: Any, hook: Any) -> None:
    asked = shell("claude", "cat .git/gitcoord/state.json")
    warned = hook("claude", asked, GITCOORD_HOOKS_AGENT="warn")
    assert not reason(warned) and "gitcoord read" in json.dumps(warned)
    assert hook("claude", asked, GITCOORD_HOOKS_AGENT="off") is None


NAMING = [
    "cat .git/gitcoord/cache.db", "sqlite3 'file:.git/gitcoord/cache.db?mode=ro' .dump", "cd .git/gitcoord && ls",
    'cat "$(git rev-parse --git-common-dir)/gitcoord/state.json"', "grep -rn x $(git rev-parse --git-dir)/gitcoord/outbox",
    "python3 -c \"import sqlite3; sqlite3.connect('.git/gitcoord/cache.db')\"", "rm -rf .git/gitcoord; ls",
    "<.git/gitcoord/x cat", "python3 - <<'E'\nimport sqlite3\nsqlite3.connect('.git/gitcoord/cache.db')\nE",
    "ls src/../.git/gitcoord/outbox/*",
]  # fmt: skip
INNOCENT = [
    "git commit -m 'never read .git/gitcoord/cache.db by hand'", "cat > d.md <<'EOF'\nsee .git/gitcoord/cache.db\nEOF\nls",
    "cat .git/gitcoord/local.yml", "cat .git/gitcoord/log/crash-1.txt", "cat .git/gitcoord/outbox/x.unreadable",
    "cat /nowhere/.git/gitcoord/cache.db", "ls gitcoord/harness", "gitcoord read", "git log gitcoord-sync", "cat .git/config",
]  # fmt: skip


@pytest.mark.parametrize(("script", "ours"), [*((each, True) for each in NAMING), *((each, False) for each in INNOCENT)])
def test_what_a_shell_command_names(tmp_path: Any, script: str, ours: bool) -> None:
    (tmp_path / ".git/gitcoord").mkdir(parents=True)
    (tmp_path / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / ".git/gitcoord/state.json").write_text("{}")
    (tmp_path / "src").mkdir()
    found = [each for each in firewall._in_script(script) if firewall.is_ours(str(tmp_path), each)]
    assert bool(found) is ours
    assert firewall.suspected(json.dumps({"command": script}).encode()) or not ours


@pytest.mark.parametrize("tool", TOOLS)
def test_what_names_nothing_of_ours_opens_nothing_of_ours(pair: Any, hook: Any, tool: str) -> None:
    _, sky = pair
    for payload in (read(tool, f"{sky.path}/src/part1.py"), shell(tool, "make test && gitcoord status")):
        assert hook(tool, payload) in (None, {})
