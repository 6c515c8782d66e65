"""``mcp``: starts the server, and joins it with the commands."""

from __future__ import annotations

from gitcoord.cli.command import Answer, Call, Command, Option
from gitcoord.errors import GitcoordError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitcoord.mcp.schema import Tool

_CLIENTS = ("claude", "codex", "cursor", "gemini", "copilot", "generic")
_PROFILES = ("minimal", "core", "full")
#: Where an agent that has joined nothing yet is taken along: what every agent is told to call first.
_JOINS = frozenset({"read", "claim", "task claim"})


def _mcp(call: Call) -> Answer:
    profile = call.get("profile") or "core"
    if call.get("emit"):
        from gitcoord.mcp.entry import entry

        return Answer(text=entry(call.get("emit"), _arguments(call)))
    try:
        from gitcoord.mcp import server
    except ImportError as missing:
        if (missing.name or "").partition(".")[0] == "gitcoord":
            raise
        raise GitcoordError(
            f"The MCP server needs a package that is not installed ({missing.name}).", hint="pip install 'gitcoord[mcp]'"
        ) from None
    import gc

    import gitcoord

    gc.enable()  # a command lives for a moment, a server for a day
    directory = call.directory if call.options.get("directory") else None
    code = server.serve(tools_of(profile), _run, gitcoord.__version__, directory, _named(call))
    return Answer(text="", exit=code)


def _arguments(call: Call) -> list[str]:
    """How the entry starts the server: as this one was asked for."""
    words = ["mcp"]
    for flag, value in (("--profile", call.get("profile")), ("--as", _named(call))):
        words += [flag, str(value)] if value else []
    return words


def _named(call: Call) -> str | None:
    """``--as``, unless it is a placeholder that nobody filled in."""
    from gitcoord.settings import is_placeholder

    agent = call.options.get("agent")
    return None if agent is None or is_placeholder(agent) else str(agent)


def tools_of(profile: str) -> list[Tool]:
    """The tools of a profile, each with its command's declaration."""
    from gitcoord.cli.verbs import command_of
    from gitcoord.mcp.profiles import rows_of
    from gitcoord.mcp.schema import Tool

    found = []
    for row in rows_of(profile):
        command = command_of(row.path)
        if command is None:
            raise LookupError(f"there is no command gitcoord {row.path}")
        found.append(Tool(row, command, profile))
    return found


def _run(
    tool: Tool, options: dict[str, Any], parameters: dict[str, Any], client: str, stopped: Callable[[], bool]
) -> dict[str, Any]:
    """One call of a tool, in whatever thread: the command itself, with the environment of this server."""
    from gitcoord.cli.embedded import answered
    from gitcoord.cli.verbs import command_of

    command = command_of(tool.path)
    if command is None:
        raise LookupError(tool.path)
    call = Call(command, {**options, "json": tool.path != "log"}, parameters, _environment(client))
    given = len(repr(parameters)) // 3 + 1
    return answered(call, given, lambda each: _prepared(each, tool.path, stopped), stopped)


def _environment(client: str) -> dict[str, str]:
    import os

    environ = dict(os.environ)
    if client:
        environ.setdefault("AI_AGENT", client.split("-")[0].split(" ")[0].lower())
    return environ


def _prepared(call: Call, path: str, stopped: Callable[[], bool]) -> None:
    """Whoever has no name here gets one, as with the agents' own hooks, and joins the co-op when exactly one is open."""
    from gitcoord.workspace import identity as identities

    ws = call.workspace
    ws.stopped = stopped
    if not ws.agent and not ws.environ.get("GITCOORD_AGENT") and not ws.local.bindings(ws.place):
        ws.agent = identities.default_handle(ws.environ)
    if path in _JOINS and not call.options.get("offline") and not call.options.get("at"):
        _join(call)


def _join(call: Call) -> None:
    from gitcoord.actions import coops

    ws = call.workspace
    try:
        if ws.identity().bound or not ws.settings.get("hooks.auto_join"):
            return
        key, ws.key = ws.key, ""  # it names the command, not this
        try:
            coops.join(ws)
        finally:
            ws.key = key
            ws.again()
    except GitcoordError:
        pass  # none is open, several are, or the remote is away: the command itself says what matters


COMMANDS = {
    "mcp": Command(
        "mcp",
        _mcp,
        "Serve these commands as MCP tools, over standard input and output.",
        ("gitcoord mcp --emit-mcp-config claude", "gitcoord mcp --profile minimal --as river"),
        options=(
            Option("--profile", "How many tools: 6, 20 (core, unless told) or all.", choices=_PROFILES),
            Option("--emit-mcp-config", "Print the entry for this client's configuration.", name="emit", choices=_CLIENTS),
        ),
        more="Needs the extra: pip install 'gitcoord[mcp]'. Ends when its client does.",
        slow=True,
    ),
}
