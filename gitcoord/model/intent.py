"""An intent: who asks for what, and on what state they were looking. Small, immutable, travels as JSON.

Format 1, one JSON object::

    {"format": 1, "id": ULID, "kind": "claim.acquire", "key": idempotency key, "at": instant,
     "actor": {"agent", "agent_id", "session_id", "host_id", "window_id", "tool", "worktree", "branch", "coop"},
     "seen": {"revision", "commit"}, "expected_revision": n or null, "ids": [ULID…], "args": {…}}

``ids`` are made when the intent is written, so that deciding it again makes the same entities.
"""

from __future__ import annotations

from gitcoord.hashes import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORMAT = 1
_KEYS = ("id", "kind", "key", "at", "actor", "seen", "expected_revision", "ids", "args")


class Intent:
    __slots__ = ("actor", "args", "at", "expected_revision", "id", "ids", "key", "kind", "seen")

    def __init__(
        self,
        *,
        id: str,
        kind: str,
        at: float,
        actor: dict[str, str],
        args: dict[str, Any],
        ids: list[str] | None = None,
        key: str = "",
        seen: dict[str, Any] | None = None,
        expected_revision: int | None = None,
    ) -> None:
        self.id, self.kind, self.at, self.actor, self.args = id, kind, at, actor, args
        self.ids = ids or []
        self.key = key or id
        self.seen = seen or {}
        self.expected_revision = expected_revision

    @property
    def agent(self) -> str:
        return self.actor.get("agent", "")

    @property
    def agent_id(self) -> str:
        return self.actor.get("agent_id", "")

    @property
    def session_id(self) -> str:
        return self.actor.get("session_id", "")

    def digest(self) -> str:
        """What must be equal for the same idempotency key to mean the same request."""
        import json

        asked = {
            "kind": self.kind,
            "agent": self.agent,
            "args": {name: value for name, value in self.args.items() if not name.startswith("_")},
        }
        return sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]

    def to_json(self) -> str:
        from gitcoord.fastjson import COMPACT, dumps

        return dumps({"format": FORMAT, **{name: getattr(self, name) for name in _KEYS}}, COMPACT)

    @classmethod
    def from_json(cls, text: str | bytes) -> Intent:
        """Raises ValueError or KeyError when the text is no intent of a format we know."""
        import json

        values = json.loads(text)
        if not isinstance(values, dict) or values.pop("format", None) != FORMAT:
            raise ValueError("not an intent of format 1")
        return cls(**{name: values[name] for name in _KEYS})
