"""Handoffs: where an agent stopped, in eight fields. A field that nobody stated stays empty."""

from __future__ import annotations

from gitcoord.model.entity import Entity
from gitcoord.model.ids import alias
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules.asked import Refusal, coop_id, filled, made, shown, subject, texts
from gitcoord.text import clean, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

#: field -> what it is called where people read it. The order is that of reading.
EIGHT = {
    "stopped": "where I stopped", "changed": "what I changed", "files": "files touched", "tests": "tests run",
    "risks": "known risks", "blockers": "open blockers", "next": "best next action", "do_not_redo": "do not redo",
}  # fmt: skip
_PROSE = ("stopped", "changed", "risks", "next", "do_not_redo")
MAX_PROSE, MAX_TITLE, MAX_BLOCKERS, MAX_FILES = 4000, 200, 100, 200


def write(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Write a handoff and stay."""
    named = coop_id(snapshot, intent)
    coop = snapshot.get("coop", named) if named else None
    blockers = [
        each
        for each in snapshot.find("blocker", state="open")
        if each.get("agent_id") == intent.agent_id or (named and each.get("coop") == named)
    ]
    handoff = compose(snapshot, intent, intent.ids[0], intent.args, coop, blockers, now)
    result = {"outcome": "written", "handoffs": shown(handoff)}
    return Landed([handoff], events(handoff), result, subject(intent, f"handoff {handoff.alias}", coop))


def compose(
    snapshot: Snapshot,
    intent: Intent,
    id: str,
    stated: dict[str, Any],
    coop: Entity | None,
    blockers: list[Entity],
    now: float,
) -> Entity:
    """The entity. ``stated`` has the eight fields but the blockers, and title, body, branch, head, commits."""
    files = texts(stated.get("files"), "files")
    values = filled(
        id=id, alias=alias("handoff", snapshot.next_number("handoff")),
        title=one_line(_text(stated, "title"), MAX_TITLE), state="open", coop=coop.id if coop else "",
        branch=one_line(_text(stated, "branch") or intent.actor.get("branch", ""), 255),
        head=one_line(_text(stated, "head"), 64), commits=_in_order(texts(stated.get("commits"), "commits")),
        files=sorted(set(files))[:MAX_FILES], tests=texts(stated.get("tests"), "tests"),
        blockers=[each.id for each in blockers[:MAX_BLOCKERS]], **{name: _prose(stated, name) for name in _PROSE},
    )  # fmt: skip
    return Entity("handoff", {**values, **made(intent, now, "agent")}, clean(_text(stated, "body")))


def events(handoff: Entity) -> list[Event]:
    """That it was written; and, where it says so, that files were changed and tests were run."""
    refs = {"handoff": handoff.id}
    found = [Event("handoff.written", refs, {"title": handoff.get("title", "")})]
    files, tests = handoff.get("files", []), handoff.get("tests", [])
    if files:
        found.append(Event("work.files_changed", refs, {"count": len(files), "files": files[:20]}))
    if tests:
        found.append(Event("work.tests_run", refs, {"count": len(tests), "tests": tests[:20]}))
    return found


def _in_order(lines: list[str]) -> list[str]:
    return list(dict.fromkeys(lines))


def _text(stated: dict[str, Any], name: str) -> str:
    value = stated.get(name)
    if value is not None and not isinstance(value, str):
        raise Refusal("invalid-arguments", f"{name}: expected text.")
    return value or ""


def _prose(stated: dict[str, Any], name: str) -> str:
    text = clean(_text(stated, name)).strip()
    if len(text) > MAX_PROSE:
        raise Refusal(
            "cap-exceeded", f"{EIGHT[name]}: {len(text)} characters; at most {MAX_PROSE} are allowed.",
            "Say it shorter.",
        )  # fmt: skip
    return text
