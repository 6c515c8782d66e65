"""Entities and histories as they are stored: one whole, or many, a line each."""

from __future__ import annotations

from gitcoord.text import clean
from gitcoord.views import lines
from gitcoord.views.budget import Section
from gitcoord.views.lines import quote, word
from gitcoord.views.parts import WRITTEN_BY_OTHERS, nothing, plain, section, trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Page = Callable[[dict[str, Any], float], list[Section]]


def show(result: dict[str, Any], now: float) -> list[Section]:
    entity = result.get("entity") or {}
    if result.get("kind") == "message":
        from gitcoord.views.messages import message

        return message({"message": entity}, now)
    if result.get("kind") == "handoff":
        from gitcoord.views.handoffs import whole

        return whole(result, now)
    body = str(entity.get("body") or "")
    fields = [
        f"{name}: {word(plain(value), 300)}"
        for name, value in entity.items()
        if name != "body" and value not in (None, [], "")
    ]
    text = [f"| {line}" for line in clean(body or _asked(entity)).splitlines()]
    related = [
        f"  {word(each.get('alias') or each.get('id'), 40)}  {quote(each.get('title') or each.get('scope'))}"
        for each in result.get("related") or []
    ]
    return [
        Section(f"{result.get('kind')} {lines.QUOTED}", fields),
        Section("", text, "gitcoord store get ID --format md"),
        Section("Related:", related),
    ]


def _asked(entity: dict[str, Any]) -> str:
    """What a request in the attic said, in its author's words; a record holds it as JSON."""
    loser = entity.get("loser")
    request = loser.get("request") if isinstance(loser, dict) and not loser.get("parts") else None
    if not isinstance(request, str):
        return ""
    import json

    try:
        asked = json.loads(request)
    except (ValueError, RecursionError):
        return ""
    said = asked.items() if isinstance(asked, dict) else ()
    return "\n".join(f"{name}: {value}" for name, value in said if isinstance(value, str) and value)


def listed(plural: str) -> Page:
    def page(result: dict[str, Any], now: float) -> list[Section]:
        found = section(result, plural, now, "")
        if not found.lines:
            return [Section("", [nothing(result)]), trouble(result)]
        quoted = [lines.QUOTED] if plural in WRITTEN_BY_OTHERS and plural != "events" else []
        return [found, Section("", quoted), trouble(result)]

    return page


def log(result: dict[str, Any], now: float) -> list[Section]:
    """The newest first: they are what a person looks for, and what a budget keeps."""
    return listed("log")({**result, "log": list(reversed(result.get("log") or []))}, now)
