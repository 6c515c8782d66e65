"""Of writes that wait for somebody else: which of them the sync branch tells of by now. Needs no right to push.

The branch alone says so, by the id of the intent, or of its refusal.
"""

from __future__ import annotations

from gitcoord.store import treebox
from gitcoord.workspace import transport
from gitcoord.workspace.identity import CLONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.cache.queries import Reader
    from gitcoord.model.intent import Intent
    from gitcoord.workspace.workspace import Workspace


def settle_seen(ws: Workspace, reader: Reader | None = None) -> None:
    """Settle what has landed or was refused, as far as this clone has fetched; and tidy this work tree up."""
    pending = ws.outbox.pending()
    if pending:
        reader = reader or _reader(ws)
        for intent in pending:
            outcome = _outcome(ws, reader, intent)
            if outcome is not None:
                ws.outbox.settle(intent.id, {**outcome, "session": intent.session_id})
    tidy(ws, reader)


def lost_of(ws: Workspace, session_id: str) -> list[str]:
    """One line for each write of a session that lost, until its ``sync`` tells it."""
    found = []
    for _, outcome in ws.outbox.uncollected():
        denied, landed = outcome.get("denied") or {}, outcome.get("ok") or {}
        if outcome.get("session") == session_id and (denied or landed.get("outcome") == "contested"):
            found.append(f"what you wrote before was refused: {(denied or landed).get('message')} gitcoord sync")
    return found[:3]


def tidy(ws: Workspace, reader: Reader | None = None) -> None:
    """Files of this clone leave the work tree when their intents are settled; those of others are not ours to take."""
    place = ws.repo.worktree
    if place is None or not ws.register.name:  # without a remote what landed here has not reached anybody
        return
    for intent_id in treebox.ids(place):
        writer = treebox.actor_of(place, intent_id)
        if ws.outbox.has(intent_id) or writer.get("clone") != ws.state.text("clone_id")[-CLONE:]:
            continue
        reader = reader or _reader(ws)
        branches = (writer.get("branch"), _carrier(ws))
        if reader.landed(intent_id) is not None or any(each and refusal(reader, each, intent_id) for each in branches):
            treebox.remove(place, intent_id)


def _carrier(ws: Workspace) -> str:
    """The branch of this clone that others adopt from, as they call it."""
    branch = ws.state.text("carrier_branch")
    return ws.state.text("carrier_label") + branch if branch else ""


def _reader(ws: Workspace) -> Reader:
    from gitcoord.cache.queries import Reader

    return Reader(ws.ledger.bring(ws.tip), observed=ws.ledger.observed())


def _outcome(ws: Workspace, reader: Reader, intent: Intent) -> dict[str, Any] | None:
    found = reader.landed(intent.id)
    if found is not None:
        result = found.get("result") or {}
        told = {
            **result, "intent_id": intent.id, "replayed": False, "state": "confirmed", "revision": found.get("revision"),
            "commit": found.get("commit"), "sync": transport.known(ws)[0],
        }  # fmt: skip
        return {"ok": told}
    for branch in (_carrier(ws), intent.actor.get("branch", "")):
        refused = refusal(reader, branch, intent.id) if branch else None
        if refused is not None:
            return {"denied": refused, "intent_id": intent.id}
    return None


def refusal(reader: Any, branch: str, intent_id: str) -> dict[str, Any] | None:
    """What the branch says of an intent that was refused when it was met on another branch."""
    from gitcoord.rules.carried import refusal_id

    record = reader.landed(refusal_id(branch, intent_id))
    told = ((record or {}).get("result") or {}).get("refused")
    if not isinstance(told, dict) or told.get("intent") != intent_id:
        return None
    return {"code": told.get("code"), "message": told.get("message"), "hint": told.get("hint") or "", "details": {}}
