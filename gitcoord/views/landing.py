"""Pushes, the radar, and the order in which branches land."""

from __future__ import annotations

from gitcoord.text import counted
from gitcoord.views import lines
from gitcoord.views.budget import Section
from gitcoord.views.lines import word
from gitcoord.views.parts import trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def push(result: dict[str, Any], now: float) -> list[Section]:
    """What went where, under which claims; who was pushed over."""
    outcome = word(result.get("outcome"), 30)
    moved = [
        f"{outcome}  {word(str(each.get('ref')).removeprefix('refs/heads/'), 120)}  "
        f"{word(each.get('old'))[:9] or 'new'}..{word(each.get('new'))[:9]}"
        for each in result.get("refs") or []
    ]
    claims = [f"  under {lines.claim(each, now)}  fence {each.get('fence')}" for each in result.get("claims") or []]
    last = []
    if result.get("fenced") is False:
        last.append("not fenced: code and record went in two steps")
    if result.get("state") == "provisional":
        last.append("PROVISIONAL: the code is on the remote, its record is not yet. Land it with: gitcoord sync")
    if result.get("replayed"):
        last.append("(this had been done already: the first outcome is shown)")
    warned = [f"warning: {word(text, 300)}" for text in result.get("warnings") or []]
    return [Section("", moved or [outcome]), Section("", last), Section("", warned), Section("", claims, "add --json")]


def radar(result: dict[str, Any], now: float) -> list[Section]:
    """Conflicts first, then what could not be tried, then who lands when."""
    found = []
    for each in result.get("conflicts") or []:
        files = ", ".join(word(name, 120) for name in each.get("files") or []) or "(no file)"
        more = f" and {each['more']} more" if each.get("more") else ""
        held = ", ".join(f"{word(c.get('agent'), 40)} {word(c.get('alias'), 20)}" for c in each.get("claims") or [])
        pair = f"{word(each.get('a'), 80)} x {word(each.get('b'), 80)}"
        found.append(f"conflict  {pair}  in {files}{more}" + (f"  (held: {held})" if held else ""))
    failed = [
        f"could not check  {word(each.get('a'), 80)} x {word(each.get('b'), 80)}: {word(each.get('reason'), 120)}"
        for each in result.get("unchecked") or []
    ]
    mine = f" for {word(result['branch'], 80)}" if result.get("branch") and result.get("elsewhere") is not None else ""
    said = f"{counted(result.get('branches'), 'branch')} onto {word(result.get('base'), 80)}"
    said += f", {counted(result.get('pairs'), 'pair')}"
    clear = [] if found else [f"no conflict ahead{mine} ({said})"]
    if not found and not result.get("branches"):
        clear.append("none of others is known here; to bring them: git fetch")
    others = result.get("elsewhere") or 0
    rest = [f"{counted(others, 'conflict')} between others: gitcoord radar --all"] if others else []
    return [
        Section("", clear), Section("", found, "gitcoord radar --json"), Section("", failed, "gitcoord radar --all"),
        Section("", rest), order(result), trouble(result),
    ]  # fmt: skip


def order(result: dict[str, Any]) -> Section:
    shown = []
    for n, each in enumerate(result.get("order") or [], 1):
        who = f"  {', '.join(word(a, 40) for a in each['agents'][:3])}" if each.get("agents") else ""
        met = [word(name, 60) for name in each.get("conflicts_with") or []]
        more = f" and {len(met) - 3} more" if len(met) > 3 else ""
        hit = f"  conflicts with {', '.join(met[:3])}{more}" if met else ""
        shown.append(f"  {n}. {word(each.get('branch'), 80)}{who}{hit}")
    return Section("Land in this order:", shown, "gitcoord land order --budget 800") if len(shown) > 1 else Section("", [])


def land(result: dict[str, Any], now: float) -> list[Section]:
    slot, base = result.get("slot"), word(result.get("base"), 80)
    held = f"the slot of {base} is free"
    if slot:
        state = "has landed; the next acquire gives it back" if slot.get("landed") else "lands"
        held = f"{word(slot.get('branch'), 80)} {state}: {lines.claim(slot, now)}"
    before = [word(each.get("branch"), 60) for each in result.get("before") or []]
    turn = "it is your turn: gitcoord land acquire" if result.get("turn") else ""
    if before:
        turn = f"before {word(result.get('branch'), 80)}: {', '.join(before[:5])}"
    sequence = order(result)
    return [Section("", [held]), Section("", [turn] if turn else []), sequence, trouble(result)]
