"""Who stands in the way, who gives way, and what was asked of whom."""

from __future__ import annotations

from gitcoord.views import lines
from gitcoord.views.budget import Section
from gitcoord.views.lines import word
from gitcoord.views.parts import nothing, section, trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def check(result: dict[str, Any], now: float) -> list[Section]:
    warned = Section("", [f"warning: {word(text, 300)}" for text in result.get("warnings") or []])
    if result.get("free"):
        return [Section("", ["free", *beside(result, now)]), warned]
    owned = [
        f"owned  {word(each.get('requested'), 200)}  module {word(each.get('module'), 80)}, owned by"
        f" {word(', '.join(each.get('owners') or []), 120)} (hard): gitcoord claim … --accept-ownership"
        for each in result.get("ownership") or []
        if each.get("enforcement") == "hard"
    ]
    waiting = [f"waited for  {lines.waiter(each, now)}" for each in result.get("queue") or []]
    held = Section("", conflict_lines(result.get("conflicts") or [], now), "gitcoord claims")
    then = [f"then: {word(result['suggestion'], 200)}"] if result.get("suggestion") and not owned else []
    return [
        held, Section("", waiting, "gitcoord queue list"), Section("", owned, "gitcoord owners list"), warned,
        Section("", then),
    ]  # fmt: skip


def beside(result: dict[str, Any], now: float) -> list[str]:
    """``narrowed: CLM-1 src/a.py river until …``: claims of others in the same file, and what became of them."""
    return [f"{word(each.get('met'), 20)}: {lines.claim(each, now)}" for each in result.get("beside") or []]


def conflict_lines(conflicts: list[dict[str, Any]], now: float) -> list[str]:
    shown = []
    for each in conflicts:
        files = [word(name, 120) for name in each.get("files") or []]
        more = f" and {each['more']} more" if each.get("more") else ""
        where = f"  [{', '.join(files)}{more}]" if files and files != [each["claim"].get("scope")] else ""
        about = f"  {lines.quote(each['description'], 60)}" if each.get("description") else ""
        shown.append(f"held  {word(each.get('requested'), 200)}  by {lines.claim(each['claim'], now)}{about}{where}")
    return shown


def requests(result: dict[str, Any], now: float) -> list[Section]:
    found = [section(result, plural, now, "") for plural in ("requests", "queue", "notices")]
    shown = [each for each in found if each.lines]
    return [*(shown or [Section("", [nothing(result)])]), Section("", [lines.QUOTED] if shown else []), trouble(result)]
