"""What waits for one agent, for its ``read``: threads it takes part in, requests for its claims, its mail, the radar.

Each part is asked for only when the projection has something of its kind: a read with none of it pays a few counts.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.cache.queries import Reader
    from gitcoord.workspace import Workspace
    from gitcoord.workspace.identity import Identity

#: More of a kind than this fits in no answer.
MOST = 8
#: Threads that are over of which a newcomer is told.
NEWEST = 3


def gather(ws: Workspace, reader: Reader, me: Identity, since: int | None) -> dict[str, list[dict[str, Any]]]:
    """``threads``: live ones of mine, those that wait for me first, and what came of those that closed since;
    ``requests``: that I must answer, and my places in the queue; ``messages``: questions to me until they are answered,
    then mail that I have not acknowledged; ``radar``: conflicts of my branch that the last look found."""
    return {
        "threads": _threads(ws, reader, me, since), "requests": _requests(ws, reader, me),
        "messages": _messages(ws, reader, me, since), "radar": _radar(ws),
    }  # fmt: skip


def waits_for_me(each: dict[str, Any]) -> bool:
    """Whether it stands in every ``read`` until this agent has done something, or has come since the last one."""
    return bool(each.get("waiting_for_me") or each.get("kind") == "request" or each.get("question") or each.get("new"))


def _threads(ws: Workspace, reader: Reader, me: Identity, since: int | None) -> list[dict[str, Any]]:
    live = reader.count("thread", state="open") + reader.count("thread", state="waiting")
    if not live and not reader.events(since=since or 0, types=["thread.closed"], limit=1):
        return []
    from gitcoord.actions import threads

    found = threads.for_me(ws, reader, me, since=since or 0)
    if since is None:  # a newcomer hears what came of the newest few
        running = [each for each in found if "waiting_for_me" in each]
        found = running + [each for each in found if each not in running][:NEWEST]
    return found[:MOST]


def _messages(ws: Workspace, reader: Reader, me: Identity, since: int | None) -> list[dict[str, Any]]:
    if not reader.count("message", state="open"):
        return []
    from gitcoord.actions import messages

    found = messages.for_me(ws, reader, me)[:MOST]
    sent = reader.events(since=since, types=["msg.sent"], limit=200) if since is not None else []
    fresh = {(each.get("refs") or {}).get("message") for each in sent}
    return [{**each, "new": True} if each["id"] in fresh else each for each in found]


def _radar(ws: Workspace) -> list[dict[str, Any]]:
    """Read from a small file that only ``gitcoord radar`` writes; where nobody looked there is none."""
    if not os.path.exists(ws.repo.home + "/radar-last.json"):
        return []
    from gitcoord.actions import radar

    return radar.for_me(ws)[:MOST]


def _requests(ws: Workspace, reader: Reader, me: Identity) -> list[dict[str, Any]]:
    if not reader.count("request", state="pending") and not reader.count("queue", state="waiting"):
        return []
    from gitcoord.actions import requests

    return requests.for_me(ws, reader, {"agents": {me.agent_id}, "sessions": {me.session_id}})[:MOST]
