"""``gitcoord init --tool``: what it writes for agent tools, what it leaves alone, and how it is undone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gitcoord.harness.settings import FILES

ALL = "claude,codex,cursor,gemini,copilot"
THEIRS = """{
    "permissions": {"allow": ["Bash(make:*)"]},
    "hooks": {
        "PreToolUse": [
            {"matcher": "Bash", "hooks": [{"type": "command", "command": "./check.sh"}]}
        ]
    }
}
"""


@pytest.fixture
def clone(world: Any) -> Any:
    return world.clone("a", agent="river")


def _files(root: Path) -> dict[str, bytes]:
    found = {}
    for folder, inner, names in os.walk(root):
        inner[:] = [each for each in inner if each != ".git"]
        for name in names:
            file = Path(folder) / name
            found[str(file.relative_to(root))] = file.read_bytes()
    return found


def test_every_tool_gets_its_files_and_the_second_time_changes_no_byte(clone: Any) -> None:
    told = clone.ok("init", "--yes", "--tool", ALL)
    first = _files(clone.path)
    for name in (".claude/settings.json", ".codex/hooks.json", ".cursor/hooks.json", ".gemini/settings.json",
                 ".github/hooks/gitcoord.json", "AGENTS.md", "CLAUDE.md", ".claude/skills/gitcoord/SKILL.md",
                 ".agents/skills/gitcoord/SKILL.md", ".claude/commands/co-op.md", ".cursor/rules/gitcoord.mdc",
                 ".gemini/commands/co-op.toml"):  # fmt: skip
        assert name in first and any(name in line for line in told["installed"]), name
    clone.ok("init", "--yes", "--tool", ALL)
    assert _files(clone.path) == first
    for name in (".claude/settings.json", ".gemini/settings.json", ".github/hooks/gitcoord.json"):
        assert "gitcoord hook" in json.dumps(json.loads(first[name]))


def test_what_people_wrote_stays_and_comes_back_byte_for_byte(clone: Any) -> None:
    clone.write("AGENTS.md", "# Ours\r\n\r\nUse tabs.\r\n")
    clone.write("CLAUDE.md", "no final newline")
    clone.write(".gemini/settings.json", "")
    clone.write(".claude/settings.json", THEIRS)
    clone.write(".cursor/hooks.json", '{"version": 1, "hooks": {"stop": [{"command": "say done"}]}}')
    before = _files(clone.path)
    clone.ok("init", "--yes", "--tool", ALL)
    after = _files(clone.path)
    assert after["AGENTS.md"].startswith(before["AGENTS.md"]) and after["CLAUDE.md"].startswith(before["CLAUDE.md"])
    hooks = json.loads(after[".claude/settings.json"])
    assert hooks["permissions"] == {"allow": ["Bash(make:*)"]}
    assert hooks["hooks"]["PreToolUse"][0]["hooks"][0]["command"] == "./check.sh"
    assert json.loads(after[".cursor/hooks.json"])["hooks"]["stop"][0] == {"command": "say done"}
    clone.ok("uninstall", "--yes")
    assert _files(clone.path) == before


def test_an_empty_file_is_empty_again_and_not_gone(clone: Any) -> None:
    for name in ("AGENTS.md", ".codex/config.toml", ".mcp.json"):
        clone.write(name, "")
    before = _files(clone.path)
    clone.ok("init", "--yes", "--mcp", "--tool", ALL)
    clone.ok("uninstall", "--yes")
    assert _files(clone.path) == before


@pytest.mark.parametrize("mark", ["<!-- gitcoord:begin -->", "<!-- gitcoord:end -->"])
def test_a_mark_without_its_pair_takes_no_text_of_a_person_with_it(clone: Any, mark: str) -> None:
    clone.write("AGENTS.md", f"# Ours\n{mark}\nprecious\n")
    for _ in range(2):
        clone.ok("init", "--yes", "--tool", "claude")
        text = (clone.path / "AGENTS.md").read_text()
        assert text.startswith(f"# Ours\n{mark}\nprecious\n") and text.count("## Coordination") == 1
    (clone.path / ".git/gitcoord/wired.json").unlink()
    clone.ok("uninstall", "--yes")
    assert (clone.path / "AGENTS.md").read_text() == f"# Ours\n{mark}\nprecious\n"


def test_an_edit_made_meanwhile_survives_uninstall(clone: Any) -> None:
    clone.write("AGENTS.md", "# Ours\n")
    clone.ok("init", "--yes", "--tool", "claude")
    text = (clone.path / "AGENTS.md").read_text()
    clone.write("AGENTS.md", text.replace("# Ours", "# Ours, and more") + "\nLast words.\n")
    settings = json.loads((clone.path / ".claude/settings.json").read_text())
    settings["model"] = "x"
    clone.write(".claude/settings.json", json.dumps(settings))
    clone.ok("uninstall", "--yes")
    left = (clone.path / "AGENTS.md").read_text()
    assert left.startswith("# Ours, and more\n") and left.endswith("Last words.\n") and "gitcoord" not in left
    assert json.loads((clone.path / ".claude/settings.json").read_text()) == {"model": "x"}


def test_what_a_teammate_committed_is_taken_out_as_well(clone: Any) -> None:
    clone.write("AGENTS.md", "# Ours\n")
    clone.ok("init", "--yes", "--tool", ALL)
    shutil.rmtree(clone.path / ".git/gitcoord")
    clone.ok("init", "--yes", "--tool", "none")
    clone.ok("uninstall", "--yes")
    left = _files(clone.path)
    assert left["AGENTS.md"] == b"# Ours\n"
    assert not [name for name in left if name.startswith((".claude", ".codex", ".cursor", ".gemini", ".github", ".agents"))]


def test_line_ends_that_git_made_those_of_windows_are_no_edit_and_stay(clone: Any, world: Any) -> None:
    clone.write("AGENTS.md", "# Ours\n")
    clone.ok("init", "--yes", "--mcp", "--tool", ALL)
    clone.git("add", "-A")
    clone.git("commit", "-q", "-m", "wiring")
    clone.git("push", "-q", "--no-verify", "origin", "HEAD:main")
    other = world.clone("b", "--config", "core.autocrlf=true")
    before = _files(other.path)
    assert before["CLAUDE.md"].endswith(b"@AGENTS.md\r\n<!-- gitcoord:end -->\r\n")
    for words in (("upgrade",), ("init", "--yes", "--mcp", "--tool", ALL)):
        other.ok(*words)
        assert _files(other.path) == before
    other.write("AGENTS.md", before["AGENTS.md"].decode().replace("Several agents", "Some agents"))
    assert "AGENTS.md changed (marked block)" in other.ok("upgrade")["written"]
    assert _files(other.path) == before, "an older text of ours becomes this one"
    other.ok("uninstall", "--yes")
    assert {name: data for name, data in _files(other.path).items() if "src/" not in name} == {
        "AGENTS.md": b"# Ours\r\n", "README.md": before["README.md"],
    }  # fmt: skip


def test_a_dry_run_shows_the_diff_and_writes_nothing(clone: Any) -> None:
    clone.write("CLAUDE.md", "# Ours\n")
    before = _files(clone.path)
    said = clone.run("init", "--dry-run")
    assert said.code == 0 and "+@AGENTS.md" in said.out and "b/.claude/settings.json" in said.out, "found by its file"
    assert said.out.count("gitcoord hook claude || exit 0") == 10 and " more" not in said.out, "the whole of it"
    assert _files(clone.path) == before


def test_only_tools_that_are_found_are_wired(clone: Any) -> None:
    (clone.path / ".cursor").mkdir()
    assert clone.ok("init", "--yes", AI_AGENT="")["tools"] == ["cursor"]
    assert not (clone.path / ".claude").exists()
    assert clone.run("init", "--tool", "emacs").code == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{ // a comment\n}", "has comments (line 1"),
        ("[]", "no JSON object"),
        ('{"hooks": []}', "not in the form"),
        ('{"dup": 1, "dup": 2}', "twice"),
        ('{"size": 1e400}', "too large"),
        ("{" * 3000, "left alone"),
        ("", ""),
    ],
)
def test_settings_that_cannot_be_read_are_left_alone_and_named(clone: Any, text: str, why: str) -> None:
    clone.write(".claude/settings.json", text)
    told = clone.ok("init", "--yes", "--tool", "claude")
    if why:
        assert (clone.path / ".claude/settings.json").read_text() == text
        assert any(".claude/settings.json is left alone" in each and why in each for each in told["notes"])
    else:
        assert "gitcoord hook claude" in (clone.path / ".claude/settings.json").read_text()
    assert (clone.path / "AGENTS.md").exists(), "the others are wired all the same"


@pytest.mark.parametrize("tool", list(FILES))
def test_no_tool_s_settings_are_written_through_a_link_or_over_comments(clone: Any, tmp_path: Path, tool: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    file = clone.path / FILES[tool]
    file.parent.parent.mkdir(parents=True, exist_ok=True)
    os.symlink(outside, file.parent)
    told = clone.ok("init", "--yes", "--tool", tool)
    assert os.listdir(outside) == [] and any(FILES[tool] in each and "link out of" in each for each in told["notes"])
    file.parent.unlink()
    clone.write(FILES[tool], '{"a": 1, /* mine */ "b": 2}')
    told = clone.ok("init", "--yes", "--tool", tool)
    assert file.read_text() == '{"a": 1, /* mine */ "b": 2}' and any("left alone" in each for each in told["notes"])


@pytest.mark.parametrize(("file", "link"), [("AGENTS.md", "CLAUDE.md"), ("CLAUDE.md", "AGENTS.md")])
def test_one_file_under_two_names_gets_one_block_that_says_all(clone: Any, file: str, link: str) -> None:
    clone.write(file, "# Ours\n")
    os.symlink(file, clone.path / link)
    for _ in range(2):
        clone.ok("init", "--yes", "--tool", "claude,codex")
        text = (clone.path / file).read_text()
        assert text.startswith("# Ours\n") and text.count("gitcoord:begin") == 1 and "## Coordination" in text
    clone.ok("upgrade")
    assert (clone.path / file).read_text() == text
    clone.ok("uninstall", "--yes")
    assert (clone.path / file).read_text() == "# Ours\n" and os.readlink(clone.path / link) == file


def test_every_file_that_was_left_alone_is_named_on_the_screen(clone: Any) -> None:
    for name in FILES.values():
        clone.write(name, "{ // mine\n}")
    (clone.path / "CLAUDE.md").mkdir()
    said = clone.run("init", "--yes", "--mcp", "--tool", ALL).out
    assert all(f"{name} is left alone" in said for name in (*FILES.values(), "CLAUDE.md")) and " more" not in said


def test_links_out_of_the_repository_and_folders_are_not_followed(clone: Any, tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text("somebody else's\n")
    os.symlink(outside, clone.path / "AGENTS.md")
    (clone.path / "CLAUDE.md").mkdir()
    told = clone.ok("init", "--yes", "--tool", "claude")
    assert outside.read_text() == "somebody else's\n"
    assert sum("left alone" in each for each in told["notes"]) == 2


def test_the_line_that_is_written_really_answers(clone: Any) -> None:
    clone.ok("init", "--yes", "--tool", ALL)
    clone.ok("start", "login")
    line = json.loads((clone.path / ".claude/settings.json").read_text())["hooks"]["SessionStart"][0]["hooks"][0]["command"]
    payload = json.dumps({"session_id": "s1", "hook_event_name": "SessionStart", "source": "startup", "cwd": str(clone.path)})
    env = {**clone.env, "PATH": f"{Path(sys.executable).parent}:{clone.env['PATH']}"}

    def run(env: dict[str, str]) -> str:
        said = subprocess.run(
            ["sh", "-c", line], input=payload, env=env, cwd=clone.path, capture_output=True, text=True, check=True
        )
        return said.stdout

    assert "login" in json.loads(run(env))["hookSpecificOutput"]["additionalContext"]
    assert run({**clone.env, "PATH": "/usr/bin:/bin"}) == "", "where gitcoord is missing nothing happens"
