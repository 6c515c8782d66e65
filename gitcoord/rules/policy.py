"""Caps on what peers may write: every text has an end."""

from __future__ import annotations

from gitcoord.model.outcome import Denied
from gitcoord.text import clean, one_line

TITLE = 200
BODY = 32 * 1024


def title(text: str) -> str:
    """The first line, cleaned and capped; the whole text goes into the body where it is longer."""
    return one_line(text.strip().partition("\n")[0], TITLE)


def body(text: str) -> str:
    words = clean(text).strip("\n")
    return words + "\n" if words else ""


def title_and_body(text: str) -> tuple[str, str]:
    """A short text is its title alone."""
    short = title(text)
    return (short, "") if short == text.strip() else (short, body(text))


def too_long(text: str, what: str) -> Denied | None:
    size = len(text.encode("utf-8", "replace"))
    if size > BODY:
        return Denied("cap-exceeded", f"{what} has {size} bytes; at most {BODY}.", "Put it in a file and name the file.")
    return None
