"""The moment of the sync branch that ``--at`` names."""

from __future__ import annotations

from gitcoord import clock
from gitcoord.errors import InvalidArguments, NotFound
from gitcoord.store import history

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.store.objects import Objects


def moment(objects: Objects, tip: str, text: str) -> tuple[str, float]:
    """The commit that a revision, an instant or a commit id names, and what time it was then (Unix seconds).

    Raises:
        InvalidArguments: it is none of the three.
        NotFound: the branch was never there.
    """
    text = text.strip()
    number = text.removeprefix("r")
    instant = None
    if number.isdigit() and len(text) < 16:
        newest = history.revision_of(objects, tip, {})
        if int(number) > newest:
            raise NotFound(f"Revision {text} has not been reached; the newest is {newest}.", hint="gitcoord log")
        found = history.commit_at(objects, tip, revision=int(number))
    elif len(text) >= 7 and all(letter in "0123456789abcdef" for letter in text):
        found = next((each for each in history.first_parents(objects, tip) if each.oid.startswith(text)), None)
    else:
        instant = _instant(text)
        found = history.commit_at(objects, tip, instant=instant)
    if found is None:
        raise NotFound(f"The sync branch has no state at {text}.", hint="gitcoord log")
    return found.oid, float(found.at) if instant is None else instant


def _instant(text: str) -> float:
    try:
        return clock.parse_instant(text)
    except ValueError:
        raise InvalidArguments(
            f"--at {text!r} is neither a revision, an instant nor a commit.",
            hint="gitcoord status --at 12   or --at 2026-11-21T09:30:00Z",
        ) from None
