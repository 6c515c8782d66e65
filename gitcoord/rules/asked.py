"""What every rule needs to read a request: refusals, titles, references, and the answer's entities.

Knows no noun. A rule that cannot go on raises :class:`Refusal`; ``decide`` makes a ``Denied`` of it.
"""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.errors import Refused
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.model.intent import Intent
    from gitcoord.model.snapshot import Snapshot

MAX_TITLE = 200
MAX_LIST, MAX_ITEM = 500, 1000
#: A body longer than this stands in the entity's file only, not in the answer or the journal too.
MAX_SHOWN = 1000


class Refusal(Refused):
    """Carries a refusal out of a rule; ``decide`` makes a ``Denied`` of it. The code may be any slug of the tree."""

    def __init__(self, code: str, message: str, hint: str = "", **details: Any) -> None:
        super().__init__(message, hint=hint, **details)
        self.code = code


def title_of(text: str, what: str) -> str:
    """One clean line. Raises Refusal when it is empty or longer than a title may be."""
    line = one_line(text)
    if not line:
        raise Refusal("invalid-arguments", f"{what} needs words.")
    if len(line) > MAX_TITLE:
        raise Refusal(
            "cap-exceeded", f"{what} has {len(line)} characters; at most {MAX_TITLE} are allowed.", "Say it shorter."
        )
    return line


def head_and_body(text: str, what: str) -> tuple[str, str]:
    """A prose as a title and, where the title does not say it all, the whole text as the body."""
    line = one_line(text)
    if not line:
        raise Refusal("invalid-arguments", f"{what} needs words.")
    if "\n" not in text.strip() and len(line) <= MAX_TITLE:
        return line, ""
    return one_line(text.strip().partition("\n")[0] or line, MAX_TITLE), text.strip("\n")


def texts(value: object, what: str) -> list[str]:
    """A list of clean lines, empty ones left out. Raises Refusal when it is no such list, or too long."""
    if not isinstance(value, list):
        return [] if value is None else texts([value], what)
    lines = [one_line(each) for each in value if isinstance(each, str)]
    if len(lines) < len(value):
        raise Refusal("invalid-arguments", f"{what}: expected a list of texts.")
    if len(lines) > MAX_LIST or any(len(line) > MAX_ITEM for line in lines):
        raise Refusal("cap-exceeded", f"{what}: at most {MAX_LIST} items of {MAX_ITEM} characters are allowed.")
    return [line for line in lines if line]


def the(snapshot: Snapshot, kind: str, reference: str) -> Entity:
    """The entity meant. Raises Refusal not-found or ambiguous."""
    found = snapshot.get(kind, reference)
    if found is not None:
        return found
    several = snapshot.resolve(kind, reference) if reference else []
    if len(several) == 1:
        return several[0]
    word = one_line(reference, 60) or "(nothing)"
    if several:
        names = [each.name for each in several[:10]]
        raise Refusal("ambiguous", f"{word} may be {', '.join(names)}.", candidates=names)
    raise Refusal("not-found", f"There is no {kind} {word}.", f"gitcoord {_LISTS.get(kind, 'status')}")


_LISTS = {
    "coop": "discover", "task": "task list", "blocker": "blockers", "decision": "decisions", "handoff": "handoffs",
    "claim": "claims", "attic": "attic list", "queue": "queue list", "request": "requests", "thread": "thread list --all",
    "run": "run list", "session": "reap --dry-run", "message": "msg list --all",
}  # fmt: skip


def coop_id(snapshot: Snapshot, intent: Intent) -> str:
    """Id of the co-op that the request names, or empty. Raises Refusal when there is none of that name."""
    named = intent.args.get("coop")
    return the(snapshot, "coop", named).id if named else ""


def filled(**values: Any) -> dict[str, Any]:
    """Only what has a value: a field that is empty is not written."""
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def made(intent: Intent, now: float, by: str = "created_by", at: str = "created_at") -> dict[str, Any]:
    """Who made an entity, and when."""
    return {by: intent.agent, "agent_id": intent.agent_id, "session_id": intent.session_id, at: rfc3339(now)}


def shown(*entities: Entity) -> list[dict[str, Any]]:
    """Entities as the answer of a write has them."""
    return [
        {**each.values, "body_bytes": len(each.body.encode())} if len(each.body) > MAX_SHOWN else each.as_json()
        for each in entities
    ]


def subject(intent: Intent, words: str, where: Entity | None = None) -> str:
    """The commit's log line: ``task TASK-4 added by Sky (hmi-settings-flow)``."""
    inside = f" ({where.name})" if where is not None else ""
    return f"{one_line(words, 100)} by {one_line(intent.agent, 40)}{inside}"
