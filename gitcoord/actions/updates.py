"""Check-ins: one line on what was done and what is open."""

from __future__ import annotations

from gitcoord.errors import InvalidArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.workspace import Workspace


def update(
    ws: Workspace, text: str, *, done: list[str] | None = None, open_items: list[str] | None = None
) -> dict[str, Any]:
    """Post a check-in to the agent's co-op."""
    words = text.strip()
    if not words:
        raise InvalidArguments("An update needs words.", hint='gitcoord update "login form works, tests next"')
    args = {"text": words, "coop": ws.identity().coop, "done": done or [], "open_items": open_items or []}
    result = ws.submit("update.post", args, 1)
    told = [{name: each[name] for name in _TOLD if name in each} for each in result.get("checkins") or []]
    return {name: value for name, value in {**result, "checkins": told}.items() if name != "commit"}


#: Of a check-in, in the answer to its author, who has a small budget and knows the rest.
_TOLD = ("id", "summary", "branch", "done", "open_items", "agent", "created_at")
