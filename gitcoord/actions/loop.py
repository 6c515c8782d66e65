"""The loop: looks, says how soon to look again, and at the end hands over. Reads often; writes only that handoff."""

from __future__ import annotations

import time

from gitcoord import clock
from gitcoord.errors import CheckFailed, GitcoordError, InvalidArguments
from gitcoord.rules import cadence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from gitcoord.cache.queries import Reader
    from gitcoord.workspace import Workspace
    from gitcoord.workspace.identity import Identity

_LOOKED_AT = 500


def once(ws: Workspace, *, period: int | None = None, adaptive: bool = True) -> dict[str, Any]:
    """One look: the interval until the next and why, and how much there is to read.

    After ``loop.stop`` without anything meaningful a handoff is written, if there is anything to hand over.
    """
    if period is not None and period < 1:
        raise InvalidArguments("A loop looks at most once a second.", hint="gitcoord loop --period 30m")
    ws.refresh()
    me = ws.identity()
    reader, now = ws.reader(), clock.now()
    last, live = _last_meaningful(ws, reader, me), _in_live_thread(reader, me, now)
    found = cadence.pace(last, live, now, ws.settings, period, adaptive)
    news = _news(reader, me, ws.local.cursor(me.agent_id))
    result: dict[str, Any] = {
        "cadence": found.state, "next_in": found.interval, "why": found.why, "new": news,
        "next_at": clock.rfc3339(now + found.interval) if found.interval else None,
        "next": "gitcoord read" if news else None,
    }  # fmt: skip
    if found.state == cadence.STOPPED:
        result.update(_stop(ws, me, found.why))
    return {**result, "as_of": ws.as_of()}


def ticks(
    opened: Callable[[], Workspace],
    *,
    period: int | None,
    adaptive: bool,
    times: int | None,
    wait: Callable[[float], object] = time.sleep,
    check: Callable[[Workspace], object] = lambda ws: None,
) -> Iterator[dict[str, Any]]:
    """One result a look, until the loop stops. A look that fails is told and tried again after the same time;
    a ``check`` that fails ends the loop."""
    done, interval = 0, period or 60
    while times is None or done < times:
        if done:
            wait(interval)
        done += 1
        try:
            ws = opened()
            check(ws)
            found = once(ws, period=period, adaptive=adaptive)
        except (InvalidArguments, CheckFailed):
            raise
        except GitcoordError as problem:
            if done == 1:
                raise
            yield {"cadence": "failed", "next_in": interval, "why": problem.message, "new": 0}
            continue
        yield found
        if not found["next_in"]:
            return
        interval = found["next_in"]


def _last_meaningful(ws: Workspace, reader: Reader, me: Identity) -> float:
    """Of the co-op, of this agent, or the last commit of this branch; when the agent came, should there be none."""
    from gitcoord.rules.events import meaningful

    known = [0.0]
    for asked in ({"session": me.session_id}, {"coop": me.coop} if me.coop else None):
        if asked is None:
            continue
        newest = _newest(reader, meaningful, asked)
        if newest:
            known.append(newest)
    session = reader.get("session", me.session_id)
    for name in ("joined_at", "started_at"):
        if session is not None and session.get(name):
            known.append(clock.parse_instant(str(session.get(name))))
    known.append(_last_commit(ws))
    return max(known)


def _newest(reader: Reader, meaningful: Callable[[str], bool], asked: dict[str, str]) -> float | None:
    if "coop" in asked:
        told = reader.last_activity(asked["coop"])
        return clock.parse_instant(told) if told else None
    for each in reader.events(session=asked["session"], newest_first=True, limit=20):
        if meaningful(str(each.get("type"))):
            return clock.parse_instant(str(each["ts"]))
    return None


def _last_commit(ws: Workspace) -> float:
    """When this branch last changed: files changed are a meaningful update. A commit from the future is not believed."""
    if ws.repo.worktree is None or not ws.repo.head()[1]:
        return 0.0
    try:
        return min(float(ws.git("log", "-1", "--format=%ct")), clock.now())
    except (GitcoordError, ValueError):
        return 0.0


def _in_live_thread(reader: Reader, me: Identity, now: float) -> bool:
    """Whether this agent takes part in a thread whose time is not over; bystanders keep their pace."""
    from gitcoord.rules.threads.states import LIVE, is_live

    found = (each for state in LIVE for each in reader.find("thread", state=state, limit=_LOOKED_AT))
    return any(is_live(each, now) and me.agent in each.get("participants", []) for each in found)


def _news(reader: Reader, me: Identity, seen: int | None) -> int:
    """How many meaningful events of others a ``read`` would tell, up to the number that anybody counts."""
    from gitcoord.rules.events import meaningful

    found = reader.events(since=seen or 0, newest_first=True, limit=_LOOKED_AT)
    others = (each for each in found if (each.get("actor") or {}).get("agent_id") != me.agent_id)
    return sum(1 for each in others if meaningful(str(each.get("type"))))


def _stop(ws: Workspace, me: Identity, why: str) -> dict[str, Any]:
    """Hand over, unless there is nothing to hand over: an agent that did nothing leaves no commit behind."""
    from gitcoord.actions import handoffs

    if not _has_something_to_hand_over(ws.reader(), me):
        return {"handoffs": [], "note": "nothing to hand over; gitcoord leave when you are done"}
    written = handoffs.write(ws, f"stopped: {why}")
    names = ("intent_id", "state", "revision", "sync", "replayed", "handoffs", "reason")
    return {name: written[name] for name in names if name in written}


def _has_something_to_hand_over(reader: Reader, me: Identity) -> bool:
    """Claims, tasks under way, or anything said or done since this session's last handoff."""
    if reader.claims(active=True, session_id=me.session_id) or reader.claims(active=True, agent_id=me.agent_id):
        return True
    if reader.find("task", state="in_progress", assignee_id=me.agent_id, limit=1):
        return True
    for each in reader.events(session=me.session_id, newest_first=True, limit=_LOOKED_AT):
        kind = str(each.get("type"))
        if kind == "handoff.written":
            return False
        if kind in ("checkin.posted", "task.done", "run.completed", "work.files_changed", "work.tests_run"):
            return True
    return False
