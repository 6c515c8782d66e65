"""Runs: that a command was run, and how it ended. A handoff takes its tests from here."""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import alias
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules.asked import Refusal, coop_id, filled, made, shown, subject, the, title_of
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings


def record(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Write down a run that is over."""
    args = intent.args
    command = title_of(str(args.get("command") or ""), "A run")
    code = args.get("exit_code")
    if code is not None and not -255 <= code <= 255:
        raise Refusal("invalid-arguments", "An exit code is a number up to 255.")
    task = the(snapshot, "task", args["task"]) if args.get("task") else None
    named = coop_id(snapshot, intent)
    summary = one_line(str(args.get("summary") or ""), 200)
    values = {
        "id": intent.ids[0], "alias": alias("run", snapshot.next_number("run")), "command": command,
        "state": "completed", **filled(title=summary, coop=named, task=task.id if task else ""),
        **({} if code is None else {"exit_code": code}), **made(intent, now), "completed_at": rfc3339(now),
    }  # fmt: skip
    run = Entity("run", values)
    refs = {"run": run.id, **filled(coop=named, task=task.id if task else "")}
    events = [Event("run.completed", refs, {"title": command, "exit_code": code})]
    result = {"outcome": "recorded", "runs": shown(run)}
    where = snapshot.get("coop", named) if named else None
    return Landed([run], events, result, subject(intent, f"run {command}", where))
