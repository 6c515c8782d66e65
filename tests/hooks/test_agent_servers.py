"""MCP entries on request, ``upgrade`` and ``bootstrap``: ours alone is written, and every byte of a person's stays."""

from __future__ import annotations

import json
import os
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.hooks.test_agent_wiring import ALL, _files

MINE = 'model = "x"  # mine\r\n[mcp_servers.other]\ncommand = "y"'


@pytest.fixture
def clone(world: Any) -> Any:
    return world.clone("a", agent="river")


def test_no_tool_pays_for_a_server_that_nobody_asked_for(clone: Any) -> None:
    clone.ok("init", "--yes", "--tool", ALL)
    text = b"".join(_files(clone.path)[name] for name in _files(clone.path) if name.startswith((".", "A", "C")))
    assert b"mcp" not in text.lower()


def test_each_tool_starts_the_server_from_its_own_file(clone: Any) -> None:
    clone.ok("init", "--yes", "--tool", ALL, "--mcp")
    for name in (".mcp.json", ".cursor/mcp.json", ".gemini/settings.json"):
        entry = json.loads((clone.path / name).read_text())["mcpServers"]["gitcoord"]
        assert (entry["command"], entry["args"]) == ("gitcoord", ["mcp"]), name
    toml = tomllib.loads((clone.path / ".codex/config.toml").read_text())
    assert toml == {"mcp_servers": {"gitcoord": {"command": "gitcoord", "args": ["mcp"]}}}


def test_servers_of_others_stay_and_all_comes_back_byte_for_byte(clone: Any) -> None:
    clone.write(".mcp.json", '{"mcpServers": {"db": {"command": "db"}}}')
    clone.path.joinpath(".codex").mkdir()
    (clone.path / ".codex/config.toml").write_bytes(MINE.encode())
    clone.write(".gemini/settings.json", '{"context": {"fileName": "TEAM.md"}, "mcpServers": {}}')
    before = _files(clone.path)
    told = clone.ok("init", "--yes", "--tool", ALL, "--mcp")
    assert any("context.fileName lacks AGENTS.md" in each for each in told["notes"])
    after = _files(clone.path)
    assert set(json.loads(after[".mcp.json"])["mcpServers"]) == {"db", "gitcoord"}
    assert after[".codex/config.toml"].startswith(MINE.encode())
    assert set(tomllib.loads(after[".codex/config.toml"].decode())["mcp_servers"]) == {"other", "gitcoord"}
    clone.ok("init", "--yes", "--tool", ALL, "--mcp")
    assert _files(clone.path) == after
    clone.ok("uninstall", "--yes")
    assert _files(clone.path) == before


def test_without_the_memory_of_this_clone_ours_alone_is_taken_out(clone: Any) -> None:
    clone.write(".codex/config.toml", "# mine\n")
    clone.write(".mcp.json", '{"mcpServers": {"db": {"command": "db"}}}')
    clone.ok("init", "--yes", "--tool", ALL, "--mcp")
    (clone.path / ".git/gitcoord/wired.json").unlink()
    clone.ok("uninstall", "--yes")
    left = _files(clone.path)
    assert left[".codex/config.toml"] == b"# mine\n"
    assert json.loads(left[".mcp.json"]) == {"mcpServers": {"db": {"command": "db"}}}
    assert not [name for name in left if name.startswith((".claude", ".cursor", ".gemini", ".github", ".agents"))]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        (".codex/config.toml", "model = ", "no TOML"),
        (".codex/config.toml", '[mcp_servers.gitcoord]\ncommand = "mine"\n', "not ours"),
        (".codex/config.toml", "mcp_servers = {}\n", "does not fit"),
        (".mcp.json", "{ // comment\n}", "line 1"),
        (".mcp.json", '{"mcpServers": []}', "not in the form"),
        (".mcp.json", '{"mcpServers": {"gitcoord": {"command": "mine"}}}', "not ours"),
        (".cursor/mcp.json", "null", "no JSON object"),
    ],
)
def test_what_cannot_take_the_entry_is_left_alone_and_named(clone: Any, name: str, text: str, why: str) -> None:
    clone.write(name, text)
    told = clone.ok("init", "--yes", "--tool", "claude,codex,cursor", "--mcp")
    assert (clone.path / name).read_text() == text
    assert any(f"{name} is left alone" in each and why in each for each in told["notes"]), told["notes"]


def test_a_read_only_file_is_left_alone_and_named(clone: Any) -> None:
    clone.write(".mcp.json", "{}")
    (clone.path / ".mcp.json").chmod(0o444)
    told = clone.ok("init", "--yes", "--tool", "claude", "--mcp")
    assert (clone.path / ".mcp.json").read_text() == "{}", "root is asked to keep to it too"
    assert any(".mcp.json is left alone: it is read-only" in each for each in told["notes"])


def _aged(clone: Any) -> dict[str, bytes]:
    """As an older version would have left it, with a person's text around."""
    agents = (clone.path / "AGENTS.md").read_text()
    (clone.path / "AGENTS.md").write_text("# Ours\n\n" + agents.replace("Several agents work", "Some agents work") + "\nEnd.\n")
    settings = clone.path / ".claude/settings.json"
    found = json.loads(settings.read_text())
    found["model"] = "x"
    found["hooks"]["PreToolUse"] = [found["hooks"]["PreToolUse"][0], {"matcher": "X", "hooks": [{"command": "./mine"}]}]
    settings.write_text(json.dumps(found, indent=4) + "\n")
    hook = clone.path / ".git/hooks/pre-push"
    ours = hook.read_text().removeprefix("#!/bin/sh\n").replace("claims were not checked", "nothing was checked")
    hook.write_text("#!/bin/sh\n./mine\n" + ours)
    return _files(clone.path)


def test_upgrade_refreshes_what_is_ours_and_touches_nothing_else(clone: Any) -> None:
    clone.ok("init", "--yes", "--tool", "claude")
    fresh = _files(clone.path)
    aged = _aged(clone)
    said = clone.run("upgrade", "--dry-run")
    assert "-Some agents work" in said.out and "+Several agents work" in said.out and _files(clone.path) == aged
    told = clone.ok("upgrade")
    assert len(told["written"]) == 3, told
    now = _files(clone.path)
    assert now["AGENTS.md"] == b"# Ours\n\n" + fresh["AGENTS.md"] + b"\nEnd.\n"
    found = json.loads(now[".claude/settings.json"])
    assert found["model"] == "x" and found["hooks"]["PreToolUse"][-1]["hooks"] == [{"command": "./mine"}]
    assert found["hooks"]["PreToolUse"][:-1] == json.loads(fresh[".claude/settings.json"])["hooks"]["PreToolUse"]
    hook = (clone.path / ".git/hooks/pre-push").read_text()
    assert "./mine\n" in hook and "claims were not checked" in hook and "nothing was checked" not in hook
    assert {name for name in now if now[name] != aged[name]} == {"AGENTS.md", ".claude/settings.json"}
    assert clone.ok("upgrade")["written"] == [] and _files(clone.path) == now
    assert not (clone.path / ".mcp.json").exists() and not (clone.path / ".codex").exists(), "nothing new"


def test_upgrade_leaves_a_file_of_ours_that_somebody_edited(clone: Any) -> None:
    clone.ok("init", "--yes", "--tool", "claude")
    skill = clone.path / ".claude/skills/gitcoord/SKILL.md"
    skill.write_text(skill.read_text() + "\nAlso: be kind.\n")
    told = clone.ok("upgrade")
    assert told["written"] == [] and any("SKILL.md is left alone" in each for each in told["notes"])
    assert skill.read_text().endswith("be kind.\n")


def test_upgrade_where_nothing_is_wired_changes_nothing(clone: Any) -> None:
    clone.write("AGENTS.md", "# Ours\n")
    before = _files(clone.path)
    assert clone.ok("upgrade")["written"] == [] and _files(clone.path) == before


def test_bootstrap_is_init_of_the_project_in_another_folder(clone: Any, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    said = clone.run("bootstrap", "--project-root", str(clone.path), "--tool", "claude", "--yes", cwd=tmp_path / "elsewhere")
    assert said.code == 0 and (clone.path / ".claude/settings.json").exists()


def test_what_is_written_names_no_secret_and_no_machine(clone: Any) -> None:
    clone.ok("init", "--yes", "--tool", ALL, "--mcp", GITCOORD_TOKEN="hunter2", COORD_AUTH_TOKEN="hunter3")
    text = b"".join(data for name, data in _files(clone.path).items() if not name.startswith("src"))
    for word in (b"hunter", str(clone.path).encode(), clone.env["HOME"].encode(), b"/usr/", b"python"):
        assert word not in text, word


def test_a_server_that_could_not_start_is_named(clone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from gitcoord.doctor.patient import Patient
    from gitcoord.doctor.tools import _servers
    from gitcoord.harness.mcp import without_sdk

    clone.ok("init", "--yes", "--tool", "claude", "--mcp")
    monkeypatch.setitem(sys.modules, "mcp", None)  # as where the extra was not installed
    assert "not installed" in without_sdk()
    patient = Patient(str(clone.path), offline=True, agent=None)
    patient.open()
    patient.environ = {**os.environ, "PATH": os.path.dirname(clone.command()[0])}
    (said,) = _servers(patient)
    patient.close()
    assert not said.ok and "cannot start" in said.detail


def test_a_dry_run_of_uninstall_removes_nothing_and_says_so(clone: Any) -> None:
    clone.ok("init", "--yes", "--tool", "claude")
    said = clone.run("uninstall", "--yes", "--dry-run").out
    assert "would be removed: CLAUDE.md" in said and "\nremoved:" not in said and (clone.path / "CLAUDE.md").exists()
