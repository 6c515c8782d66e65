"""Open questions and the decisions that resolve them."""

from __future__ import annotations

from gitcoord.actions.references import one
from gitcoord.errors import InvalidArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.workspace import Workspace

#: Decisions older than so many newer ones are not looked at.
_LOOKED_AT = 500


def ask(ws: Workspace, text: str, *, task: str | None = None, to: str | None = None) -> dict[str, Any]:
    """Open a blocker: it stays in everybody's view until a decision resolves it."""
    question = text.strip()
    if not question:
        raise InvalidArguments("A question needs words.", hint='gitcoord ask "Which port may the demo use?"')
    args: dict[str, Any] = {"text": question, "coop": ws.identity().coop, "to": to or ""}
    args["task"] = one(ws, task, "task").id if task else ""
    return {**ws.submit("blocker.ask", args, 1), **decided_before(ws, question)}


def decided_before(ws: Workspace, question: str) -> dict[str, Any]:
    """Decisions that may have answered it already: shown, so that nobody debates twice, and nothing more."""
    from gitcoord.actions.briefs import decision
    from gitcoord.rules.decisions import already_decided

    found = already_decided(question, ws.reader().find("decision", order="-id", limit=_LOOKED_AT))
    return {"decided_before": [decision(each) for each in found]} if found else {}


def decide(ws: Workspace, reference: str | None, text: str) -> dict[str, Any]:
    """Record a decision; with a reference it resolves that blocker."""
    words = text.strip()
    if not words:
        raise InvalidArguments("A decision needs words.", hint='gitcoord decide BLK-3 "port 8080"')
    blocker = one(ws, reference, "blocker").id if reference else None
    return ws.submit("decision.make", {"blocker": blocker, "text": words, "coop": ws.identity().coop}, 1)


def blockers(ws: Workspace, *, all_: bool = False, mine: bool = False, limit: int | None = None) -> dict[str, Any]:
    """Unresolved questions, oldest first; with ``all_`` the resolved ones too."""
    wanted: dict[str, Any] = {} if all_ else {"state": "open"}
    if mine:
        wanted["agent_id"] = ws.identity().agent_id
    found = ws.reader().find("blocker", limit=limit, **wanted)
    return {"blockers": [each.as_json() for each in found], "as_of": ws.as_of()}


def decisions(ws: Workspace, *, limit: int | None = None) -> dict[str, Any]:
    """Decisions, newest first."""
    found = ws.reader().find("decision", order="-id", limit=limit)
    return {"decisions": [each.as_json() for each in found], "as_of": ws.as_of()}
