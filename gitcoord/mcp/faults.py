"""Lines of a client that are no message: answered as JSON-RPC has it, where the SDK would pass them over.

Whoever sent such a line would else wait for ever. Blank lines, and notifications that nobody understands, get no answer.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import anyio
import mcp_types as types
from mcp.shared.message import SessionMessage
from pydantic import ValidationError

_PARSE, _INVALID = types.PARSE_ERROR, types.INVALID_REQUEST


class Understood:
    """The messages of a client; what is none is answered on the way, and handed to nobody."""

    def __init__(self, incoming: Any, outgoing: Any) -> None:
        self._incoming, self._outgoing = incoming, outgoing

    @property
    def last_context(self) -> Any:
        """Of the message that came last: the SDK handles it in its sender's context."""
        return getattr(self._incoming, "last_context", None)

    async def receive(self) -> Any:
        while isinstance(found := await self._incoming.receive(), Exception):
            told = answer(found)
            if told is not None:
                with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):  # nobody listens any more
                    await self._outgoing.send(SessionMessage(told))
        return found

    async def aclose(self) -> None:
        await self._incoming.aclose()

    def __aiter__(self) -> Understood:
        return self

    async def __anext__(self) -> Any:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Understood:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def answer(problem: Exception) -> types.JSONRPCError | None:
    """What JSON-RPC says to a line that could not be read; nothing is quoted from it but its id."""
    if not isinstance(problem, ValidationError):
        return _error(None, _PARSE, "Parse error")
    wrong = problem.errors(include_url=False)
    unread = next((each for each in wrong if each["type"] == "json_invalid"), None)
    if unread is not None:
        line = str(unread.get("input") or "")
        why = str((unread.get("ctx") or {}).get("error") or "no JSON")[:120]
        return _error(_id(_loosely(line)), _PARSE, f"Parse error: {why}") if line.strip() else None
    whole = next((each["input"] for each in wrong if each["type"] == "missing" and len(each["loc"]) == 2), None)
    if isinstance(whole, dict) and isinstance(whole.get("method"), str) and "id" not in whole and "jsonrpc" in whole:
        return None
    why = "is no request of JSON-RPC 2.0" + (" (batches are not served)" if "list" in _types(wrong) else "")
    return _error(_id(whole), _INVALID, f"Invalid request: it {why}")


def _error(known: str | int | None, code: int, message: str) -> types.JSONRPCError:
    return types.JSONRPCError(jsonrpc="2.0", id=known, error=types.ErrorData(code=code, message=message))


def _types(wrong: Any) -> set[str]:
    return {type(each.get("input")).__name__ for each in wrong if each["type"] == "model_type"}


def _loosely(line: str) -> Any:
    """The same by a reader that takes what is JSON by its grammar and no text, such as half of a surrogate pair."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _id(found: Any) -> str | int | None:
    """Of a request: an answer that a client meant for us has numbers of ours."""
    known = found.get("id") if isinstance(found, dict) and isinstance(found.get("method"), str) else None
    if isinstance(known, bool) or not isinstance(known, (str, int)):
        return None
    return known if isinstance(known, int) or (known.isprintable() and len(known) <= 200) else None
