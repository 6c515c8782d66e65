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
    return ws.submit("update.post", args, 1)
