"""``transcript.md``: what happened, in order, by day and hour; one line an event, and what was said below it."""

from __future__ import annotations

from gitcoord.markdown import quoted
from gitcoord.text import counted
from gitcoord.views.exports.book import day_of, proses
from gitcoord.views.exports.phrases import Told, phrase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from gitcoord.views.exports.book import Book


def transcript(book: Book) -> Iterator[str]:
    """Renewals, bindings and heartbeats are left out, and counted."""
    from gitcoord.rules.events import worth_telling

    told = [each for each in book.gathered.events if worth_telling(str(each["type"])) and not _is_echo(each)]
    yield f"# Transcript: {book.title}\n\n{book.origin()}\n"
    left_out = len(book.gathered.events) - len(told)
    rest = f"; {left_out} more are routine (renewals, bindings) or say the same again" if left_out else ""
    yield f"All times are UTC. {counted(len(told), 'event')}{rest}. Quoted text is what the agents wrote.\n"
    day = hour = ""
    gap = "\n"
    for event in told:
        ts = str(event["ts"])
        if ts[:10] != day:
            day, hour = ts[:10], ""
            yield f"{gap}## {day_of(ts)}\n"
            gap = "\n"
        if ts[11:13] != hour:
            hour = ts[11:13]
            yield f"{gap}### {_digits(hour)}:00\n\n"
        line = _line(event, ts, book)
        gap = "" if line.endswith("\n\n") else "\n"
        yield line


def _is_echo(event: dict[str, Any]) -> bool:
    """A question that its decision resolves: the decision says so."""
    return bool(event["type"] == "blocker.resolved" and "decision" in (event.get("refs") or {}))


def _line(event: dict[str, Any], ts: str, book: Book) -> str:
    told = Told(event, book)
    lines = [f"- **{_digits(ts[11:13])}:{_digits(ts[14:16])}** {phrase(told)}"]
    written = told.written
    if written is not None:
        lines += ["", *quoted(written.body, "  ")]
    if told.type == "checkin.posted":
        said = told.entity("checkin")
        for field, name in (("done", "done"), ("open_items", "open")) if said is not None else ():
            if said is not None and said.get(field):
                lines += ["", f"  {name}: {proses(said.get(field))}"]
    if len(lines) > 1:
        lines.append("")
    return "\n".join(lines) + "\n"


def _digits(text: str) -> str:
    return text if text.isascii() and text.isdigit() else "??"
