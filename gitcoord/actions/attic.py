"""Values that lost: a field overwritten since its writer looked, a contested claim. All can be restored."""

from __future__ import annotations

from gitcoord.actions.briefs import only
from gitcoord.actions.references import one

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.workspace import Workspace


def list_lost(ws: Workspace, *, all_: bool = False, of: str | None = None, limit: int | None = None) -> dict[str, Any]:
    """What can be restored, newest first; with ``all_`` also what was. ``gitcoord attic show`` has the values."""
    wanted: dict[str, Any] = {"of_id": one(ws, of).id} if of else {}
    found = ws.reader().find("attic", order="-id", **wanted)
    told = ("id", "of_kind", "of_id", "field", "reason", "agent", "lost_at", "restored_at")
    kept = [only(each, *told) for each in found if all_ or not each.get("restored_at")]
    return {"attic": kept[:limit], "as_of": ws.as_of()}


def show(ws: Workspace, reference: str) -> dict[str, Any]:
    return {"attic": [one(ws, reference, "attic").as_json()], "as_of": ws.as_of()}


def restore(ws: Workspace, reference: str) -> dict[str, Any]:
    """Put the lost value back; what it replaces goes to the attic in its turn."""
    return ws.submit("attic.restore", {"attic": one(ws, reference, "attic").id})
