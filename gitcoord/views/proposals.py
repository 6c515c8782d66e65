"""Pages about proposals: what was cut, and what waits for a person."""

from __future__ import annotations

from gitcoord.views import lines
from gitcoord.views.budget import Section
from gitcoord.views.lines import ago, quote, word
from gitcoord.views.parts import trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def proposed(result: dict[str, Any], now: float) -> list[Section]:
    if not result.get("branch"):
        from gitcoord.views.writes import write

        return write(result, now)
    what = [f"proposed {lines.decision(each, now)}" for each in result.get("decisions") or []]
    what = what or [f"proposed a change of {word(result.get('entity') or result.get('file'), 80)}"]
    was = " (it was there already)" if result.get("already") else ""
    told = [f"branch {word(result['branch'], 120)}{was}: changes {word(result.get('changes'), 200)} alone"]
    if result.get("pull_request"):
        told.append(f"pull request: {word(result['pull_request'], 300)}")
    elif result.get("link"):
        told.append(f"open the pull request: {word(result['link'], 500)}")
    told.append(f"{'or merge' if len(told) > 1 else 'merge it'}: {word(result.get('merge'), 300)}")
    warned = [f"warning: {word(each, 300)}" for each in result.get("warnings") or []]
    return [Section("", warned), Section("", what), Section("", told)]


def listed(result: dict[str, Any], now: float) -> list[Section]:
    shown = []
    for each in result.get("proposals") or []:
        met = f" with what landed since: {', '.join(word(f, 80) for f in each['files'])}" if each.get("files") else ""
        shown.append(
            f"{word(each.get('branch'), 80)}  {word(each.get('state'), 20)}{met}  {word(each.get('by'), 40)}"
            f" {ago(each.get('at'), now)}: {quote(each.get('title'))}"
        )
    notes = [word(result["note"], 120)] if result.get("note") else []
    shown = shown or ["no proposal waits for anybody"]
    return [Section("", notes), Section("", shown, "gitcoord propose list --json"), trouble(result)]
