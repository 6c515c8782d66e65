"""``status`` and ``read``: the pages that every turn of an agent begins with."""

from __future__ import annotations

from gitcoord.text import counted
from gitcoord.views import lines
from gitcoord.views.budget import Section
from gitcoord.views.lines import word
from gitcoord.views.parts import HEADS, WRITTEN_BY_OTHERS, as_of, section, trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def status(result: dict[str, Any], now: float) -> list[Section]:
    me, coop = result.get("me") or {}, result.get("coop") or {}
    head = (
        f"{word(coop.get('slug'), 60)} ({word(coop.get('status'), 20)})"
        if coop
        else "In no co-op: gitcoord join   or: gitcoord start"
    )
    if not me and result.get("candidates"):
        names = [word(each, 64) for each in result["candidates"][:4]]
        head = f"Several agents act in this worktree: {', '.join(names)}. Name one: gitcoord --as {names[0]} status"
    who = f"You are {word(me.get('name') or me.get('agent'), 80)}" + (
        f" on {word(me.get('branch'), 80)}" if me.get("branch") else ""
    )
    first = ([f"{head}  {who}"] if coop else [head, who]) if me else [head]
    return [
        Section("", first), trouble(result), section(result, "claims", now), section(result, "blockers", now),
        section(result, "agents", now), section(result, "tasks", now), section(result, "coops", now), as_of(result),
    ]  # fmt: skip


def read(result: dict[str, Any], now: float) -> list[Section]:
    head, in_trouble, *_ = status({**result, "coops": []}, now)
    notes = result.get("notes") or {}
    actions = [f"  {each.get('command')}   # {word(each.get('why'), 120)}" for each in result.get("next_actions") or []]
    before = [f"  {word(notes['before_editing'], 200)}"] if notes.get("before_editing") else []
    leaving = [f"  {word(notes['on_leave'], 200)}"] if notes.get("on_leave") else []
    quoted = [lines.QUOTED] if any(result.get(each) for each in WRITTEN_BY_OTHERS) else []
    return [
        head, in_trouble, Section("", quoted), section(result, "questions", now), _waits(result, now),
        section(result, "messages", now, "For you"), section(result, "threads", now), _radar_notes(result),
        section(result, "blockers", now),
        section(result, "claims", now), section(result, "decisions", now, "Decided since you looked"),
        section(result, "events", now), Section("Next:", actions), Section("Before editing:", before),
        section(result, "agents", now), section(result, "tasks", now), section(result, "handoffs", now),
        Section("On leaving:", leaving), _unchanged(result), as_of(result),
    ]  # fmt: skip


def discover(result: dict[str, Any], now: float) -> list[Section]:
    """Which co-ops there are, how many are over, and the command that goes on from here."""
    found, over = section(result, "coops", now, ""), result.get("closed") or 0
    found.more = "gitcoord discover --budget 700"
    told = [] if found.lines else ["No co-op is open here."]
    told += [f"{over} closed or expired: gitcoord discover --all"] if over else []
    then = [f"Next: {word(result['next'], 120)}"] if isinstance(result.get("next"), str) else []
    return [found, Section("", told), Section("", then), trouble(result)]


def turn(result: dict[str, Any], now: float) -> list[Section]:
    """What waits for an agent that is about to go on, and nothing else."""
    return [
        Section("", [lines.QUOTED]), section(result, "questions", now), _waits(result, now),
        section(result, "messages", now, "For you"), section(result, "threads", now),
    ]  # fmt: skip


def _radar_notes(result: dict[str, Any]) -> Section:
    """What the last look of the radar found about the branch that is checked out here."""
    shown = [f"  {lines.risk(each)}" for each in result.get("radar") or []]
    return Section("Merge risk:" if shown else "", shown, "gitcoord radar")


def _waits(result: dict[str, Any], now: float) -> Section:
    """Requests for my claims, and my own places in the queue."""
    shown = [
        "  " + (lines.request if each.get("kind") == "request" else lines.waiter)(each, now)
        for each in result.get("requests") or []
    ]
    return Section("Requests and waits:" if shown else "", shown, "gitcoord requests")


def _unchanged(result: dict[str, Any]) -> Section:
    told = [counted(n, HEADS[plural].lower().removesuffix("s")) for plural, n in (result.get("unchanged") or {}).items()]
    return Section("", [f"Unchanged: {', '.join(told)}: gitcoord read --all"] if told else [])
