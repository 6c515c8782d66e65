"""What was decided about an intent: landed (with changes and events) or refused (with the reason)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity


class Event:
    """A past-tense fact: ``claim.granted``. ``refs`` maps a noun to an id, ``body`` holds small values."""

    __slots__ = ("body", "refs", "type")

    def __init__(self, type: str, refs: dict[str, str] | None = None, body: dict[str, Any] | None = None) -> None:
        self.type, self.refs, self.body = type, refs or {}, body or {}


class Landed:
    """Either every change becomes visible, in one commit, or none does.

    ``changes``: entities as they are to be, whole. ``files``: other files of the tree, path to content
    (``settings.yml``, ``format.yml``). ``result``: what the asking command prints: ``outcome`` and the
    entities under their plural noun. ``subject``: what the commit's log line says for people.
    """

    __slots__ = ("changes", "events", "files", "result", "subject")

    def __init__(
        self,
        changes: list[Entity],
        events: list[Event],
        result: dict[str, Any],
        subject: str,
        files: dict[str, str] | None = None,
    ) -> None:
        self.changes, self.events, self.result, self.subject = changes, events, result, subject
        self.files = files or {}


class Denied:
    """Nothing changes. ``code`` is a slug of ``errors.py``; ``details`` go into the error object."""

    __slots__ = ("code", "details", "hint", "message")

    def __init__(self, code: str, message: str, hint: str = "", details: dict[str, Any] | None = None) -> None:
        self.code, self.message, self.hint, self.details = code, message, hint, details or {}


Outcome = Landed | Denied
