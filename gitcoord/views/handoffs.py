"""Handoffs on the screen: the eight fields, what was carried, what was taken, who was reaped."""

from __future__ import annotations

from gitcoord.text import counted, show_duration
from gitcoord.views import lines
from gitcoord.views.budget import Section
from gitcoord.views.lines import ago, quote, word
from gitcoord.views.parts import provisional

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NONE = "none stated"
_SHOWN = 12


def packet(handoff: dict[str, Any], names: dict[str, str] | None = None) -> list[str]:
    """All eight fields, in the order of reading; one of which nothing is known says so. ``names``: of ids in them."""
    from gitcoord.rules.handoffs import EIGHT

    names = names or {}
    shown = []
    for name, label in EIGHT.items():
        value = handoff.get(name)
        if isinstance(value, list):
            said = ", ".join(word(names.get(str(each), each), 120) for each in value[:_SHOWN])
            said += f" and {len(value) - _SHOWN} more" if len(value) > _SHOWN else ""
        else:
            said = quote(value, 600)
        shown.append(f"  {label}: {said or NONE}")
    return shown


def _first(result: dict[str, Any]) -> list[str]:
    every = result.get("handoffs") or []
    return packet(every[0], result.get("names")) if every else []


def carried(result: dict[str, Any]) -> list[str]:
    found = result.get("carry")
    if not isinstance(found, dict) or not found.get("commit"):
        return []
    where = "" if found.get("state") == "confirmed" else ", on this machine only"
    branch, commit = word(found.get("branch"), 120), word(str(found["commit"])[:12])
    return [f"carried {counted(found.get('files') or 0, 'file')} on {branch} ({commit}){where}"]


def written(result: dict[str, Any], now: float) -> list[Section]:
    """``handoff``: what was written, field by field, so that its author sees what is missing."""
    from gitcoord.views.pages import page

    return [
        *page("write", result, now), Section("", carried(result)), Section("", _first(result), "gitcoord show HND-n"),
    ]  # fmt: skip


def left(result: dict[str, Any], now: float) -> list[Section]:
    """``leave``: the same in few lines."""
    from gitcoord.views.pages import page

    return [*page("write", result, now), Section("", carried(result))]


def whole(result: dict[str, Any], now: float) -> list[Section]:
    """``show HND-3``: the packet, in words; what was held; and the command that takes it."""
    handoff, related = result.get("entity") or {}, result.get("related") or []
    head = f"{lines.handoff({**handoff, 'next': None}, now)}  {word(handoff.get('state'), 20)}"
    head += f" by {word(handoff['taken_by'], 64)}" if handoff.get("taken_by") else ""
    written = f"written {ago(handoff.get('created_at'), now)}" if handoff.get("created_at") else ""
    at = f" at {word(handoff.get('head'))[:12]}" if handoff.get("head") else ""
    names = {str(each.get("id")): str(each.get("alias") or each.get("id")) for each in related}
    claims = [each for each in related if each.get("kind") == "claim"]
    held = [f"  {word(each.get('alias'), 30)}  {word(each.get('scope'), 200)}" for each in claims]
    carry = handoff.get("carry")
    work = [f"carried: {word(carry.get('branch'), 120)} ({word(carry.get('commit'))[:12]})"] if isinstance(carry, dict) else []
    said = lines.barred(handoff.get("body"))
    name = word(handoff.get("alias") or handoff.get("id"), 30)
    take = [f"Take over: gitcoord takeover {name}"] if handoff.get("state") == "open" else []
    return [
        Section("", [head, f"{written}{at}  {lines.QUOTED}".strip()]), Section("", packet(handoff, names)),
        Section("", work), Section("Held:" if held else "", held), Section("", said, f"gitcoord store get {name} --format md"),
        Section("", take),
    ]  # fmt: skip


def taken(result: dict[str, Any], now: float) -> list[Section]:
    from gitcoord.views.pages import page

    made = result.get("worktree") or {}
    there = []
    if made:
        there = [
            f"{counted(made.get('files'), 'file')} as they were, in {word(made.get('directory'), 200)}"
            f" on {word(made.get('branch'), 120)}",
            f"Undo: {word(made.get('undo'), 400)}",
        ]
    commands = [f"  {word(each, 400)}" for each in result.get("next_commands") or []]
    first = [each for each in page("write", {**result, "carry": None}, now) if each.lines]
    return [*first, Section("", there), Section("", [lines.QUOTED]), Section("", _first(result)), Section("Next:", commands)]


def waiting(result: dict[str, Any], now: float) -> list[Section]:
    """``next-handoff``: one packet and the command that takes it."""
    every = result.get("handoffs") or []
    if not every:
        return [Section("", ["No handoff waits."])]
    commands = [f"  {word(each, 200)}" for each in result.get("next_commands") or []]
    return [
        Section("", [lines.handoff(every[0], now), lines.QUOTED]), Section("", _first(result), "gitcoord show HND-n"),
        Section("Next:", commands),
    ]  # fmt: skip


def reaped(result: dict[str, Any], now: float) -> list[Section]:
    """The comparison, one session in a few lines: what speaks for its life, and the verdict."""
    compared = [_compared(each, now) for each in result.get("sessions") or []]
    done = [
        f"{word(each.get('outcome'), 20)} {word(each.get('agent'), 64)}" for each in result.get("reaped") or []
    ]
    done += [f"refused {word(each.get('agent'), 64)}: {word(each.get('message'), 200)}" for each in result.get("refused") or []]
    done += [f"wrote {lines.handoff(each, now)}" for each in result.get("handoffs") or []]
    done += [f"released {lines.claim({**each, 'state': ''}, now)}" for each in result.get("claims") or []]
    done += [f"open again {lines.task(each, now)}" for each in result.get("tasks") or []]
    warned = [*provisional(result), *(f"warning: {word(each, 300)}" for each in result.get("warnings") or [])]
    nothing = [] if done or result.get("dry_run") else ["nothing to reap"]
    return [
        Section("", warned), Section("", done), Section("", nothing),
        Section("Compared:", compared or ["  no other session is active"], "gitcoord reap --dry-run --json"),
    ]  # fmt: skip


def _compared(each: dict[str, Any], now: float) -> str:
    silent, after = show_duration(each.get("silent_for") or 0), show_duration(each.get("after") or 0)
    commit = f"commit {ago(each['branch_commit_at'], now)}" if each.get("branch_commit_at") else "no commit seen"
    claims = each.get("claims") or []
    free = [word(claim.get("takeable"), 4) for claim in claims if claim.get("takeable")]
    held = [word(claim.get("alias"), 30) for claim in claims if not claim.get("takeable")]
    told = counted(len(claims), "claim") + (f", {len(free)} takeable ({free[0]})" if free else "")
    told += f", not yet {', '.join(held[:3])}" if held else ""
    return (
        f"  {word(each.get('verdict'), 10)}  {word(each.get('agent'), 64)}  silent {silent} of {after}"
        f"  {word(each.get('branch'), 60) or 'no branch'}: {commit}  {told}"
        f"  {word(each.get('host'), 12)}, process {word(each.get('process'), 12)}  ({word(each.get('why'), 160)})"
    )
