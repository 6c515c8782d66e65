"""Questions that stay open until a decision resolves them."""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import alias
from gitcoord.model.outcome import Denied, Event, Landed
from gitcoord.rules import policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings


def ask(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    args = intent.args
    refusal = policy.too_long(str(args["text"]), "The question")
    if refusal is not None:
        return refusal
    title, body = policy.title_and_body(str(args["text"]))
    if not title:
        return Denied("invalid-arguments", "A question needs words.", 'gitcoord ask "which port?"')
    blocker = Entity("blocker", {
        "id": intent.ids[0], "alias": alias("blocker", snapshot.next_number("blocker")), "title": title, "state": "open",
        "coop": args.get("coop") or None, "task": args.get("task") or None, "to": policy.one_line(str(args.get("to") or ""), 64) or None,
        "asked_by": intent.agent, "agent_id": intent.agent_id, "session_id": intent.session_id, "asked_at": rfc3339(now),
    }, body)  # fmt: skip
    event = Event("blocker.opened", _refs(blocker), {"alias": blocker.alias, "title": title})
    return Landed([blocker], [event], {"outcome": "asked", "blockers": [blocker.as_json()]}, f"ask {blocker.alias}: {title}")


def _refs(blocker: Entity) -> dict[str, str]:
    refs = {"blocker": blocker.id}
    refs.update({name: str(blocker.get(name)) for name in ("coop", "task") if blocker.get(name)})
    return refs


def decide(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """A decision is durable; with a blocker it resolves that blocker, once."""
    args = intent.args
    refusal = policy.too_long(str(args["text"]), "The decision")
    if refusal is not None:
        return refusal
    blocker = None
    if args.get("blocker"):
        blocker = snapshot.get("blocker", str(args["blocker"]))
        if blocker is None:
            return Denied("not-found", "There is no such blocker.", "gitcoord blockers")
        if blocker.get("state") == "resolved":
            answer = snapshot.get("decision", str(blocker.get("decision") or ""))
            said = f": {answer.alias} “{answer.get('title')}”" if answer is not None else ""
            return Denied("check-failed", f"{blocker.alias} is resolved already{said}.", 'gitcoord decide "…"')
    title, body = policy.title_and_body(str(args["text"]))
    coop = args.get("coop") or (blocker.get("coop") if blocker is not None else None)
    decision = Entity("decision", {
        "id": intent.ids[0], "alias": alias("decision", snapshot.next_number("decision")), "title": title,
        "status": "decided", "blocker": blocker.id if blocker is not None else None,
        "question": blocker.get("title") if blocker is not None else None, "coop": coop or None,
        "decided_by": intent.agent, "agent_id": intent.agent_id, "session_id": intent.session_id,
        "decided_at": rfc3339(now),
    }, body)  # fmt: skip
    refs = {"decision": decision.id, **({"coop": str(coop)} if coop else {})}
    changes, events = [decision], [Event("decision.made", refs, {"alias": decision.alias, "title": title})]
    result = {"outcome": "decided", "decisions": [decision.as_json()]}
    if blocker is not None:
        solved = blocker.changed(
            state="resolved", decision=decision.id, resolved_at=rfc3339(now), resolved_by=intent.agent
        )
        changes.append(solved)
        events.append(Event("blocker.resolved", _refs(solved), {"alias": solved.alias, "by": decision.alias}))
        result["blockers"] = [solved.as_json()]
    return Landed(changes, events, result, f"decide {decision.alias}: {title}")
