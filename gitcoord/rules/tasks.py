"""Tasks: a small state machine, and the claims that belong to a task and end with it.

Taking a task is a claim on ``task:TASK-n`` and on the paths it needs, in one intent: who wins the claim has the task.
"""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import alias
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules.asked import Refusal, coop_id, filled, made, shown, subject, texts, the, title_of
from gitcoord.rules.claims.objects import claim_object
from gitcoord.rules.intents import decide_part, within
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

OPEN, IN_PROGRESS, BLOCKED, DONE, CLOSED = "open", "in_progress", "blocked", "done", "closed"
#: From where to where. What is finished comes back by being opened again.
TRANSITIONS: dict[str, tuple[str, ...]] = {
    OPEN: (IN_PROGRESS, BLOCKED, DONE, CLOSED),
    IN_PROGRESS: (OPEN, BLOCKED, DONE, CLOSED),
    BLOCKED: (OPEN, IN_PROGRESS, DONE, CLOSED),
    DONE: (OPEN, CLOSED),
    CLOSED: (OPEN,),
}
_ENDED = (DONE, CLOSED)
MAX_PRIORITY = 9
_DEFAULT_PRIORITY = 2


def add(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    args = intent.args
    named = coop_id(snapshot, intent)
    values = {
        "id": intent.ids[0], "alias": alias("task", snapshot.next_number("task")),
        "title": title_of(str(args.get("title") or ""), "A task"), "state": OPEN,
        "priority": _priority(args.get("priority")),
        **filled(
            coop=named, specialty=one_line(str(args.get("specialty") or ""), 80),
            depends_on=_dependencies(snapshot, args.get("depends_on")),
            owned_paths=sorted(set(texts(args.get("owned_paths"), "paths"))),
        ),
        **made(intent, now),
    }  # fmt: skip
    task = Entity("task", values, str(args.get("body") or "").strip("\n"))
    refs = {"task": task.id, **filled(coop=named)}
    events = [Event("task.added", refs, {"alias": task.alias, "title": task.get("title")})]
    where = snapshot.get("coop", named) if named else None
    result = {"outcome": "added", "tasks": shown(task)}
    return Landed([task], events, result, subject(intent, f"{task.alias} added", where))


def claim(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Take a task and its paths: all of it or none. Whoever has it already renews."""
    args = intent.args
    task = the(snapshot, "task", str(args.get("task") or ""))
    if task.get("state") in _ENDED:
        raise Refusal(
            "check-failed", f"{task.alias} is {task.get('state')}.", f"gitcoord task update {task.alias} --state open"
        )
    scopes: list[dict[str, Any]] = [{"kind": "task", "scope": scope_of(task), "symbols": [], "files": None}]
    asked = filled(
        scopes=[*scopes, *(args.get("paths") or [])], ttl=args.get("ttl"), task=task.id, branch=args.get("branch"),
        coop=args.get("coop") or task.get("coop"), take_over_live=args.get("take_over_live"),
        description=args.get("description") or task.get("title"), mode="exclusive",
    )  # fmt: skip
    part = within(intent, "claim.acquire", asked, intent.ids)
    outcome = decide_part(snapshot, part, now, settings, revision)
    claims = outcome.result.get("claims") or [{}]
    started = task.get("state") != IN_PROGRESS or task.get("assignee_id") != intent.agent_id
    taken = task.changed(
        state=IN_PROGRESS, assignee=intent.agent, assignee_id=intent.agent_id, fence=claims[0].get("fence"),
        lease_token=claims[0].get("lease_token"), started_at=rfc3339(now) if started else task.get("started_at"),
        claims=sorted({*task.get("claims", []), *(str(each["id"]) for each in claims if each.get("id"))}),
    )  # fmt: skip
    refs = {"task": task.id, **filled(claim=str(claims[0].get("id") or ""))}
    events = [Event("task.started", refs, {"alias": task.alias, "title": task.get("title")})] if started else []
    result = {**outcome.result, "tasks": shown(taken)}
    waiting = _unfinished(snapshot, task)
    if waiting:
        warning = f"{task.alias} depends on {', '.join(waiting)}, not done yet"
        result["warnings"] = [*result.get("warnings", []), warning]
    changes = [taken, *outcome.changes]
    return Landed(changes, [*events, *outcome.events], result, subject(intent, f"{task.alias} taken"))


def done(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Finish a task and release what it holds. The summary joins the task's text."""
    task = the(snapshot, "task", str(intent.args.get("task") or ""))
    if task.get("state") == DONE:
        return Landed([], [], {"outcome": "already-done", "tasks": shown(task), "claims": []}, "")
    _check_token(task, intent)
    return _move(snapshot, intent, task, DONE, {}, str(intent.args.get("summary") or ""), now, settings, revision)


def update(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Change fields, and the state along the allowed ways."""
    args = intent.args
    task = the(snapshot, "task", str(args.get("task") or ""))
    fields = _changed_fields(snapshot, task, args)
    body = args.get("body")
    state = args.get("state")
    if state and state != task.get("state"):
        changed = task if body is None else task.changed(body=body.strip("\n"))
        return _move(snapshot, intent, changed, str(state), fields, "", now, settings, revision)
    changed = task.changed(body=None if body is None else body.strip("\n"), **fields)
    if changed == task:
        return Landed([], [], {"outcome": "unchanged", "tasks": shown(task)}, "")
    events = [Event("task.updated", {"task": task.id}, {"alias": task.alias, "fields": sorted(fields) or ["body"]})]
    result = {"outcome": "updated", "tasks": shown(changed)}
    return Landed([changed], events, result, subject(intent, f"{task.alias} changed"))


def scope_of(task: Entity) -> str:
    """What a claim on the task claims."""
    return f"task:{task.alias or task.id}"


def check_transition(task: Entity, state: str) -> None:
    """Raises Refusal, naming the states that are possible from here."""
    now_in = str(task.get("state", OPEN))
    possible = TRANSITIONS.get(now_in, (OPEN,))
    if state not in TRANSITIONS:
        raise Refusal(
            "invalid-arguments", f"{one_line(state, 40)!r} is no state of a task: {', '.join(TRANSITIONS)}.",
            possible=list(possible),
        )  # fmt: skip
    if state not in possible:
        raise Refusal(
            "check-failed", f"{task.alias} is {now_in}; from there it can become {' or '.join(possible)}, not {state}.",
            f"gitcoord task update {task.alias} --state {possible[0]}", possible=list(possible),
        )  # fmt: skip


def _move(
    snapshot: Snapshot,
    intent: Intent,
    task: Entity,
    state: str,
    fields: dict[str, Any],
    summary: str,
    now: float,
    settings: Settings,
    revision: int,
) -> Outcome:
    check_transition(task, state)
    _check_holder(snapshot, intent, task, now)
    released = Landed([], [], {}, "")
    if state in (OPEN, *_ENDED):
        released = _release(snapshot, intent, task, state, now, settings, revision)
    told = summary.strip("\n ")
    body = "\n\n".join(each for each in (task.body, f"## Done\n\n{told}" if told else "") if each)
    moved = task.changed(body=body, **fields, **_stamps(task, intent, state, now))
    type = {DONE: "task.done", IN_PROGRESS: "task.started"}.get(state, "task.updated")
    event = Event(type, {"task": task.id}, filled(title=moved.get("title"), state=state, summary=one_line(told, 200)))
    result = {
        "outcome": "done" if state == DONE else "updated", "tasks": shown(moved),
        "claims": released.result.get("claims", []),
    }  # fmt: skip
    words = f"{task.alias} {state.replace('_', ' ')}"
    return Landed([moved, *released.changes], [event, *released.events], result, subject(intent, words))


def _stamps(task: Entity, intent: Intent, state: str, now: float) -> dict[str, Any]:
    """The fields that follow from a new state."""
    if state == DONE:
        return {"state": state, "done_at": rfc3339(now), "done_by": intent.agent}
    if state == IN_PROGRESS and not task.get("assignee_id"):
        mine = {"assignee": intent.agent, "assignee_id": intent.agent_id, "started_at": rfc3339(now)}
        return {"state": state, **mine}
    if state == OPEN:
        return {"state": state, **dict.fromkeys(("assignee", "assignee_id", "lease_token", "done_at", "done_by"))}
    return {"state": state}


def _release(
    snapshot: Snapshot, intent: Intent, task: Entity, state: str, now: float, settings: Settings, revision: int
) -> Landed:
    """My active claims that belong to the task."""
    linked = {each.id: each for each in snapshot.find("claim", task=task.id, state="active")}
    for id in task.get("claims", []):
        found = snapshot.get("claim", id)
        if found is not None and found.get("state") == "active":
            linked[found.id] = found
    mine = [linked[id] for id in sorted(linked) if _is_mine(linked[id], intent)]
    if not mine:
        return Landed([], [], {"claims": []}, "")
    wanted = [{"id": each.id, "lease_token": each.get("lease_token"), "fence": each.get("fence")} for each in mine]
    asked = {"claims": wanted, "reason": f"{task.alias} {state}", "work": intent.args.get("work")}
    part = within(intent, "claim.release", asked)
    return decide_part(snapshot, part, now, settings, revision)


def _is_mine(claim: Entity, intent: Intent) -> bool:
    return bool(claim.get("agent_id") == intent.agent_id or claim.get("session_id") == intent.session_id)


def _check_token(task: Entity, intent: Intent) -> None:
    """Raises Refusal when the request was made under an older grant of the task."""
    token, fence = intent.args.get("lease_token"), intent.args.get("fence")
    if (token and token != task.get("lease_token")) or (fence is not None and fence != task.get("fence")):
        raise Refusal(
            "lease-token-conflict", f"{task.alias} was taken by {task.get('assignee') or 'somebody'} meanwhile.",
            f"gitcoord show {task.alias}", fence=task.get("fence"),
        )  # fmt: skip


def _check_holder(snapshot: Snapshot, intent: Intent, task: Entity, now: float) -> None:
    """Raises Refusal when another agent holds the task now: who slept through a take-over is told so."""
    if not task.get("assignee_id") or task.get("assignee_id") == intent.agent_id:
        return
    held = snapshot.find("claim", scope=scope_of(task), state="active")
    if not held or any(_is_mine(each, intent) for each in held):
        return
    holder = held[0]
    former = [snapshot.get("claim", id) for id in task.get("claims", [])]
    if any(each is not None and each.get("state") == "superseded" and _is_mine(each, intent) for each in former):
        raise Refusal(
            "lease-token-conflict", f"Your hold on {task.alias} ran out, and {holder.get('agent')} took it over.",
            f"gitcoord show {task.alias}", fence=holder.get("fence"),
        )  # fmt: skip
    raise Refusal(
        "claim-conflict",
        f"{task.alias} is held by {holder.get('agent')} until {holder.get('expires_at')} ({holder.alias}).",
        f'gitcoord ask "may I finish {task.alias}?" --to {holder.get("agent")}',
        conflicts=[{"requested": scope_of(task), "claim": claim_object(holder, now), "files": []}],
    )  # fmt: skip


def _changed_fields(snapshot: Snapshot, task: Entity, args: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if args.get("title") is not None:
        fields["title"] = title_of(str(args["title"]), "A task")
    if args.get("priority") is not None:
        fields["priority"] = _priority(args["priority"])
    if args.get("specialty") is not None:
        fields["specialty"] = one_line(str(args["specialty"]), 80)
    if args.get("owned_paths") is not None:
        fields["owned_paths"] = sorted(set(texts(args["owned_paths"], "paths")))
    if args.get("depends_on") is not None:
        fields["depends_on"] = _dependencies(snapshot, args["depends_on"])
        _check_no_circle(snapshot, task, fields["depends_on"])
    if args.get("coop"):
        fields["coop"] = the(snapshot, "coop", str(args["coop"])).id
    return fields


def _dependencies(snapshot: Snapshot, references: object) -> list[str]:
    return sorted({the(snapshot, "task", each).id for each in texts(references, "dependencies")})


def _check_no_circle(snapshot: Snapshot, task: Entity, wanted: list[str]) -> None:
    seen: set[str] = set()
    waiting = list(wanted)
    while waiting:
        id = waiting.pop()
        if id == task.id:
            raise Refusal("invalid-arguments", f"{task.alias} would depend on itself.", f"gitcoord show {task.alias}")
        found = None if id in seen else snapshot.get("task", id)
        seen.add(id)
        waiting += found.get("depends_on", []) if found else []


def _unfinished(snapshot: Snapshot, task: Entity) -> list[str]:
    needed = (snapshot.get("task", id) for id in task.get("depends_on", []))
    return [each.alias for each in needed if each is not None and each.get("state") not in _ENDED]


def _priority(value: object) -> int:
    if value is None:
        return _DEFAULT_PRIORITY
    if isinstance(value, int) and 0 <= value <= MAX_PRIORITY:
        return value
    raise Refusal("invalid-arguments", f"A priority is a number from 0 (first) to {MAX_PRIORITY}.")
