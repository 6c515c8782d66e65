"""Work items: add, take, finish, list. What a task claims ends with the task."""

from __future__ import annotations

from gitcoord.actions.references import one
from gitcoord.errors import InvalidArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.workspace import Workspace

STATES = ("open", "in_progress", "blocked", "done", "closed")
_UNFINISHED = ("open", "in_progress", "blocked")


def add(
    ws: Workspace,
    title: str,
    *,
    body: str = "",
    priority: int | None = None,
    paths: list[str] | None = None,
    depends_on: list[str] | None = None,
    specialty: str = "",
) -> dict[str, Any]:
    words = title.strip()
    if not words:
        raise InvalidArguments("A task needs a title.", hint='gitcoord task add "refresh tokens before they expire"')
    args: dict[str, Any] = {
        "title": words, "body": body, "owned_paths": paths or [], "specialty": specialty, "coop": ws.identity().coop,
        "depends_on": [one(ws, each, "task").id for each in depends_on or []],
    }  # fmt: skip
    if priority is not None:
        args["priority"] = priority
    return ws.submit("task.add", args, 1)


def claim(ws: Workspace, reference: str, *, paths: list[str] | None = None, ttl: int | None = None) -> dict[str, Any]:
    """Take a task and the paths that it needs, in one intent: all of it or none."""
    task = one(ws, reference, "task")
    scopes: list[dict[str, Any]] = []
    paths = paths or list(task.get("owned_paths", []))
    if paths:
        from gitcoord.actions.targets import scopes_of

        scopes = [
            {"kind": s.kind, "scope": s.scope, "symbols": list(s.symbols), "files": None} for s in scopes_of(ws, paths)
        ]
    args: dict[str, Any] = {"task": task.id, "paths": scopes, "branch": ws.repo.head()[0]}
    if ttl is not None:
        args["ttl"] = ttl
    return ws.submit("task.claim", args, 1 + len(scopes))


def done(ws: Workspace, reference: str, summary: str = "") -> dict[str, Any]:
    """Finish a task; its claims are released with it, or held for the work that has not landed."""
    from gitcoord.actions import holds

    task = one(ws, reference, "task")
    args: dict[str, Any] = {"task": task.id, "summary": summary}
    work = holds.unlanded_work(ws, ws.reader().find("claim", task=task.id, state="active"))
    return ws.submit("task.done", {**args, "work": work} if work else args)


def update(ws: Workspace, reference: str, **changes: Any) -> dict[str, Any]:
    """Change a task's state, title, priority, specialty or dependencies."""
    task = one(ws, reference, "task")
    wanted = {name: value for name, value in changes.items() if value not in (None, [])}
    if not wanted:
        raise InvalidArguments("Say what to change.", hint=f"gitcoord task update {task.name} --state blocked")
    if "depends_on" in wanted:
        wanted["depends_on"] = [one(ws, each, "task").id for each in wanted["depends_on"]]
    return ws.submit("task.update", {"task": task.id, **wanted})


def tasks(
    ws: Workspace, *, state: str | None = None, mine: bool = False, all_: bool = False, limit: int | None = None
) -> dict[str, Any]:
    """Unfinished tasks, most urgent first; one ``state``, or ``all_``."""
    reader = ws.reader()
    wanted: dict[str, Any] = {"assignee_id": ws.identity().agent_id} if mine else {}
    if state:
        found = reader.find("task", state=state, **wanted)
    else:
        found = [each for each in reader.find("task", **wanted) if all_ or each.get("state") in _UNFINISHED]
    found.sort(key=lambda each: (_rank(each.get("state")), each.get("priority", 2), each.id))
    return {"tasks": [each.as_json() for each in found[:limit]], "as_of": ws.as_of()}


def _rank(state: object) -> int:
    order = ("in_progress", "blocked", "open", "done", "closed")
    return order.index(str(state)) if state in order else len(order)
