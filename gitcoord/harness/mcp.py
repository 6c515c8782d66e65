"""The entry by which an agent tool starts ``gitcoord mcp``, in each tool's own file. Only on request: the schemas of its
tools cost every session tokens.

JSON entries are merged into what is there; ``.codex/config.toml`` gets a marked block at its end, and the rest of it stays
byte for byte. A server called ``gitcoord`` that somebody wrote himself is left alone.
"""

from __future__ import annotations

from gitcoord.harness import templates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAME = "gitcoord"
#: tool -> the file of its project that holds MCP servers. Copilot has none: its own settings do.
FILES = {
    "claude": ".mcp.json", "codex": ".codex/config.toml", "cursor": ".cursor/mcp.json", "gemini": ".gemini/settings.json",
}  # fmt: skip
_BEGIN, _END = "# >>> gitcoord >>>", "# <<< gitcoord <<<"
_TABLE = f'[mcp_servers.{NAME}]\ncommand = "gitcoord"\nargs = ["mcp"]\n'


def entry(tool: str) -> dict[str, Any]:
    found: dict[str, Any] = {"command": "gitcoord", "args": ["mcp"]}
    return found if tool == "gemini" else {**found, "env": {}}


def is_ours(found: object) -> bool:
    """Ours by what it starts; a person may have added to it."""
    return (
        isinstance(found, dict) and found.get("command") == "gitcoord" and isinstance(found.get("args"), list)
        and found["args"][:1] == ["mcp"]
    )  # fmt: skip


def merged(present: dict[str, Any], tool: str) -> dict[str, Any]:
    """Raises ValueError: the servers are not of the form that the tool reads, or ours' name is taken."""
    servers = present.get("mcpServers", {})
    if not isinstance(servers, dict):
        raise ValueError("its mcpServers are not in the form that the tool documents")
    known = servers.get(NAME)
    if known is not None and not is_ours(known):
        raise ValueError(f"it has an MCP server called {NAME} that is not ours")
    if known is not None:
        return present
    return {**present, "mcpServers": {**servers, NAME: entry(tool)}}


def without(present: dict[str, Any]) -> dict[str, Any]:
    servers = present.get("mcpServers")
    if not isinstance(servers, dict) or not is_ours(servers.get(NAME)):
        return present
    left = {name: value for name, value in servers.items() if name != NAME}
    if left:
        return {**present, "mcpServers": left}
    return {name: value for name, value in present.items() if name != "mcpServers"}


def has_json(present: object) -> bool:
    servers = present.get("mcpServers") if isinstance(present, dict) else None
    return isinstance(servers, dict) and is_ours(servers.get(NAME))


def has_toml(text: str) -> bool:
    return templates.span(text, _BEGIN, _END) is not None


def toml_with(text: str | None) -> str:
    """The file with our block. Raises ValueError: it is no TOML, or has a server of that name."""
    import tomllib

    before = text or ""
    ours = f"{_BEGIN}\n{_TABLE}{_END}\n"
    rest = toml_without(before) or ""
    try:
        known = tomllib.loads(rest)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise ValueError(f"it is no TOML: {problem}") from None
    servers = known.get("mcp_servers", {})
    if not isinstance(servers, dict) or NAME in servers:
        raise ValueError(f"it has an MCP server called {NAME} that is not ours")
    found = templates.replaced(before, ours, _BEGIN, _END)
    try:
        tomllib.loads(found)
    except tomllib.TOMLDecodeError as problem:  # such as mcp_servers written inline, to which nothing can be added
        raise ValueError(f"our entry does not fit into it: {problem}") from None
    return found


def toml_without(text: str | None) -> str | None:
    return text if not text or not has_toml(text) else templates.removed(text, _BEGIN, _END) or None


def without_sdk() -> str:
    """What to say where this Python cannot start the server; empty where it can."""
    from importlib.util import find_spec

    return "" if find_spec("mcp") is not None else "gitcoord mcp cannot start, its package is not installed here"
