"""Real clients of the SDK, each with a server process of its own, in real clones of a bare hub."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

#: What two answers to one question may differ in.
_PASSING = ("age_seconds", "fetched_at")


class Talk:
    """One client and its server."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def __call__(self, tool: str, **given: Any) -> dict[str, Any]:
        """The object of a call that must not fail."""
        said = await self.client.call_tool(tool, given)
        assert not said.is_error, said.structured_content
        return whole(said)

    async def error(self, tool: str, **given: Any) -> dict[str, Any]:
        """The error of a call that must fail, with its exit."""
        said = await self.client.call_tool(tool, given)
        assert said.is_error, said.structured_content
        found = whole(said)
        return {**found["error"], "exit": found["exit"]}


def whole(said: Any) -> dict[str, Any]:
    """The text says the same as the structure, for clients that know only one of them."""
    found: dict[str, Any] = said.structured_content
    assert json.loads(said.content[0].text) == found
    return found


@asynccontextmanager
async def talking(
    clone: Any, *words: str, cwd: Path | None = None, roots: Any = None, mode: str = "auto", **env: str
) -> AsyncIterator[Talk]:
    """A client whose server runs in this clone, as its agent."""
    program, *args = clone.command("mcp", *words)
    server = StdioServerParameters(command=program, args=args, cwd=cwd or clone.path, env=clone.environment(**env))
    with open(os.devnull, "w") as quiet:
        async with Client(
            stdio_client(server, errlog=quiet), mode=mode, list_roots_callback=roots, read_timeout_seconds=30
        ) as client:
            yield Talk(client)


def run(act: Callable[..., Awaitable[Any]], *args: Any) -> Any:
    return anyio.run(partial(act, *args))


def settled(found: Any) -> Any:
    """Less what two answers to one question may differ in."""
    if isinstance(found, dict):
        return {name: settled(each) for name, each in found.items() if name not in _PASSING}
    return [settled(each) for each in found] if isinstance(found, list) else found
