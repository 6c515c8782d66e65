"""Recorded runs: what was run, and how it ended."""

from __future__ import annotations

from gitcoord.actions.references import one
from gitcoord.errors import InvalidArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.workspace import Workspace


def record(
    ws: Workspace, command: str, *, exit_code: int | None = None, summary: str = "", task: str | None = None
) -> dict[str, Any]:
    """Write down a run that is over: a handoff takes its tests from here."""
    words = command.strip()
    if not words:
        raise InvalidArguments("Say what was run.", hint='gitcoord run record "pytest -q" --exit-code 0')
    args: dict[str, Any] = {"command": words, "summary": summary, "coop": ws.identity().coop}
    if exit_code is not None:
        args["exit_code"] = exit_code
    if task:
        args["task"] = one(ws, task, "task").id
    return ws.submit("run.record", args, 1)


def runs(ws: Workspace, *, mine: bool = False, limit: int | None = None) -> dict[str, Any]:
    """Recorded runs, newest first."""
    wanted = {"agent_id": ws.identity().agent_id} if mine else {}
    found = ws.reader().find("run", order="-id", limit=limit or 50, **wanted)
    return {"runs": [each.as_json() for each in found], "as_of": ws.as_of()}
