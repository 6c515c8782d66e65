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
#: Writes with which an agent that has joined nothing yet is taken along. A read never writes.
_JOINS = frozenset({"claim", "task claim", "ask", "decide", "update", "handoff"})


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
    import sys

    import gitcoord

    if sys.stdin is None or sys.stdout is None:
        raise GitcoordError("A server needs an open standard input and output.", hint="gitcoord mcp --emit-mcp-config generic")
    if sys.stdin.isatty():
        sys.stderr.write("Serving MCP on this terminal; a client usually starts this. Ctrl-D ends it.\n")
    gc.enable()  # a command lives for a moment, a server for a day
    directory = call.directory if call.options.get("directory") else None
    code = server.serve(tools_of(profile), _runner(), gitcoord.__version__, directory, _named(call))
    return Answer(text="", exit=code)


def _arguments(call: Call) -> list[str]:
    """How the entry starts the server: as this one was asked for, and by its name, unless that is a single file."""
    from gitcoord.program import program, single_file

    words = [*(program() if single_file else ["gitcoord"]), "mcp"]
    for flag, value in (("--profile", call.get("profile")), ("--as", _named(call))):
        words += [flag, str(value)] if value else []
    return words


def _named(call: Call) -> str | None:
    """``--as``, unless it is a placeholder that nobody filled in."""
    from gitcoord.environ import is_placeholder

    agent = call.options.get("agent")
    return None if agent is None or is_placeholder(agent) else str(agent)


def tools_of(profile: str) -> list[Tool]:
    """The tools of a profile, each with its command's declaration."""
    from gitcoord.mcp.profiles import rows_of
    from gitcoord.mcp.schema import Tool

    return [Tool(row, _declared(row.path), profile) for row in rows_of(profile)]


def _runner() -> Callable[..., dict[str, Any]]:
    """What runs one call of a tool, in whatever thread: the command itself, with the environment of this server."""
    import os

    from gitcoord.cli.embedded import answered
    from gitcoord.mcp.names import Names, environment

    names = Names()

    def run(
        tool: Tool, options: dict[str, Any], parameters: dict[str, Any], client: str, stopped: Callable[[], bool]
    ) -> dict[str, Any]:
        command = _declared(tool.path)
        # A log is told by its last lines, as to people; everything else as --json has it.
        call = Call(command, {**options, "json": tool.path != "log"}, parameters, environment(os.environ, client))

        def prepare(_: Call) -> None:
            call.workspace.stopped = stopped
            names.give(call.workspace)
            if tool.path in _JOINS and not call.options.get("offline") and not call.options.get("at"):
                _join(call)

        found = answered(call, len(repr(parameters)) // 3 + 1, prepare, stopped)
        if call.opened is not None:
            names.keep(call.opened, options.get("agent"))
        return found

    return run


def _declared(path: str) -> Command:
    from gitcoord.cli.verbs import command_of

    found = command_of(path)
    if found is None:
        raise LookupError(f"there is no command gitcoord {path}")
    return found


def _join(call: Call) -> None:
    from gitcoord.actions import coops

    ws = call.workspace
    try:
        if ws.identity().bound or not ws.settings.get("hooks.auto_join"):
            return
        key, ws.key = ws.key, ""  # it names the command, not this
        try:
            coops.join(ws, asked=False)
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
