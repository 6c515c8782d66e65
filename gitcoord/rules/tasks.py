"""Tasks: a small state machine, and claims that live and end with the task."""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import alias
from gitcoord.model.intent import Intent
from gitcoord.model.outcome import Denied, Event, Landed
from gitcoord.rules import policy
from gitcoord.rules.claims import acquire, release
from gitcoord.rules.claims.objects import claim_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

TRANSITIONS = {
    "open": ("in_progress", "blocked", "done", "closed"), "in_progress": ("open", "blocked", "done", "closed"),
    "blocked": ("open", "in_progress", "done", "closed"), "done": ("open", "closed"), "closed": ("open",),
}  # fmt: skip
_CHANGEABLE = ("title", "priority", "specialty", "depends_on", "owned_paths")


def add(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    args = intent.args
    refusal = policy.too_long(str(args.get("body") or ""), "The task's text")
    title = policy.title(str(args.get("title") or ""))
    if refusal is not None or not title:
        return refusal or Denied("invalid-arguments", "A task needs a title.", 'gitcoord task add "…"')
    task = Entity("task", {
        "id": intent.ids[0], "alias": alias("task", snapshot.next_number("task")), "title": title, "state": "open",
        "priority": args.get("priority") if isinstance(args.get("priority"), int) else 2, "coop": args.get("coop") or None,
        "specialty": policy.one_line(str(args.get("specialty") or ""), 64) or None,
        "depends_on": sorted(args.get("depends_on") or []), "owned_paths": sorted(args.get("owned_paths") or []),
        "created_by": intent.agent, "agent_id": intent.agent_id, "session_id": intent.session_id, "created_at": rfc3339(now),
    }, policy.body(str(args.get("body") or "")))  # fmt: skip
    return _landed(task, "task.added", "added", f"add {task.alias}: {title}")


def _landed(task: Entity, type: str, outcome: str, subject: str) -> Landed:
    event = Event(type, _refs(task), {"alias": task.alias, "title": task.get("title"), "state": task.get("state")})
    return Landed([task], [event], {"outcome": outcome, "tasks": [task.as_json()]}, subject)


def _refs(task: Entity) -> dict[str, str]:
    return {"task": task.id, **({"coop": str(task.get("coop"))} if task.get("coop") else {})}


def _found(snapshot: Snapshot, intent: Intent) -> Entity | Denied:
    task = snapshot.get("task", str(intent.args.get("task")))
    return task or Denied("not-found", "There is no such task.", "gitcoord task list")


def _refuse_step(task: Entity, wanted: str) -> Denied | None:
    state = str(task.get("state"))
    if wanted == state or wanted in TRANSITIONS.get(state, ()):
        return None
    possible = ", ".join(TRANSITIONS.get(state, ()))
    return Denied(
        "check-failed", f"{task.alias} is {state}; from there it can become {possible}, not {policy.one_line(wanted, 30)}.",
        f"gitcoord show {task.alias}",
    )  # fmt: skip


def claim(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Take a task, and its paths with it: the claims and the task change together or not at all."""
    task = _found(snapshot, intent)
    if isinstance(task, Denied):
        return task
    holder = task.get("assignee_id")
    if task.get("state") == "in_progress" and holder and holder != intent.agent_id:
        held = [c for c in snapshot.find("claim", state="active", task=task.id)]
        if held:
            return Denied(
                "claim-conflict", f"{task.alias} is {task.get('assignee')}'s.", "gitcoord task list",
                {"conflicts": [{"requested": f"task:{task.alias}", "claim": claim_object(held[0], now)}],
                 "options": acquire.OPTIONS},
            )  # fmt: skip
    refusal = _refuse_step(task, "in_progress")
    if refusal is not None:
        return refusal
    scopes: list[dict[str, Any]] = [{"kind": "task", "scope": f"task:{task.alias}", "symbols": []}]
    scopes += intent.args.get("paths") or []
    terms = {name: intent.args.get(name) for name in ("ttl", "branch") if intent.args.get(name)}
    asked = Intent(
        id=intent.id, kind="claim.acquire", at=intent.at, actor=intent.actor, ids=intent.ids,
        args={"scopes": scopes, "task": task.id, "coop": task.get("coop") or intent.actor.get("coop"), **terms},
    )  # fmt: skip
    granted = acquire.acquire(snapshot, asked, now, settings, revision)
    if isinstance(granted, Denied):
        return granted
    ids = [str(each["id"]) for each in granted.result["claims"]]
    taken = task.changed(
        state="in_progress", assignee=intent.agent, assignee_id=intent.agent_id, fence=revision,
        started_at=task.get("started_at") or rfc3339(now), claims=sorted({*task.get("claims", []), *ids}),
        lease_token=granted.result["claims"][0].get("lease_token"),
    )  # fmt: skip
    started = _landed(taken, "task.started", "started", f"{intent.agent} takes {task.alias}: {task.get('title')}")
    result = {**granted.result, "outcome": granted.result["outcome"], "tasks": [taken.as_json()]}
    return Landed([*granted.changes, taken], [*started.events, *granted.events], result, started.subject)


def done(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Finish it, and give back what it held. Only its holder, or anybody when it has none."""
    task = _found(snapshot, intent)
    if isinstance(task, Denied):
        return task
    if task.get("state") == "done":
        return Landed([], [], {"outcome": "already-done", "tasks": [task.as_json()]}, "")
    held = [c for c in snapshot.find("claim", state="active", task=task.id)]
    others = [c for c in held if not release.held_by(intent, c)]
    if others:
        return Denied(
            "lease-token-conflict", f"{task.alias} is {others[0].get('agent')}'s now.", f"gitcoord show {task.alias}",
            {"holder": others[0].get("agent")},
        )  # fmt: skip
    refusal = _refuse_step(task, "done")
    if refusal is not None:
        return refusal
    gone = [release.released(each, intent.agent, f"{task.alias} done", now) for each in held]
    finished = task.changed(state="done", done_at=rfc3339(now), done_by=intent.agent)
    summary = policy.title(str(intent.args.get("summary") or ""))
    landed = _landed(finished, "task.done", "done", f"{intent.agent} finishes {task.alias}: {task.get('title')}")
    landed.events[0].body["summary"] = summary
    landed.changes[:0] = gone
    landed.events += [release.ended(each) for each in gone]
    landed.result["claims"] = [claim_object(each, now) for each in gone]
    return landed


def update(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    task = _found(snapshot, intent)
    if isinstance(task, Denied):
        return task
    args = intent.args
    changes: dict[str, Any] = {name: args[name] for name in _CHANGEABLE if name in args}
    if "title" in changes:
        changes["title"] = policy.title(str(changes["title"]))
    if "state" in args:
        refusal = _refuse_step(task, str(args["state"]))
        if refusal is not None:
            return refusal
        changes["state"] = args["state"]
        if args["state"] == "open":
            changes.update(assignee=None, assignee_id=None)
    return _landed(task.changed(**changes), "task.updated", "updated", f"update {task.alias} by {intent.agent}")
