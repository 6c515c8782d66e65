"""What a person pastes into the configuration of a client, so that it starts this server. Only text; writes nothing."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: client -> the file that the entry belongs into.
FILES = {
    "claude": ".mcp.json", "codex": ".codex/config.toml", "cursor": ".cursor/mcp.json", "gemini": ".gemini/settings.json",
    "copilot": "~/.copilot/mcp-config.json, or the repository's settings for the cloud agent", "generic": "",
}  # fmt: skip
CLIENTS = tuple(FILES)


def entry(client: str, words: list[str]) -> str:
    """The whole entry as the client reads it, JSON, and TOML for Codex. ``words`` start the server."""
    command, *args = words
    if client == "codex":
        listed = ", ".join(json.dumps(each) for each in args)
        return f"[mcp_servers.gitcoord]\ncommand = {json.dumps(command)}\nargs = [{listed}]\n"
    found: dict[str, Any] = {"command": command, "args": args}
    if client == "claude":
        found["env"] = {}
    if client == "copilot":
        found = {"type": "local", **found, "tools": ["*"]}
    return _json({"mcpServers": {"gitcoord": found}})


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
