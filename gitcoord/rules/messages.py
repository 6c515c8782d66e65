"""Messages: sent to names and groups, taken by acknowledging, answered by replying.

A message is ``open`` while it waits for somebody: by name until each of them has acknowledged it, a question until it
is answered, one to a group until it is closed or older than ``messages.keep``. Then it is ``done``; nothing is deleted.
"""

from __future__ import annotations

from gitcoord.clock import parse_instant, rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import alias
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules.addresses import ANY_HUMAN, HUMAN, Addressee, canonical, is_group, of_agent, same
from gitcoord.rules.asked import Refusal, coop_id, filled, head_and_body, made, shown, subject, the
from gitcoord.text import clean, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

OPEN, DONE = "open", "done"
MAX_RECIPIENTS, MAX_NAMED = 20, 200


def send(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Write a message. Old ones to groups that the sender came across are closed on the way."""
    args = intent.args
    to = recipients(snapshot, args.get("to") or [])
    thread = the(snapshot, "thread", args["thread"]) if args.get("thread") else None
    task = the(snapshot, "task", args["task"]) if args.get("task") else None
    context = filled(
        thread=thread.id if thread else "", task=task.id if task else "", coop=coop_id(snapshot, intent),
        question=True if args.get("question") else None,
    )  # fmt: skip
    message = _message(snapshot, intent, to, str(args.get("text") or ""), context, now)
    overdue = _overdue(snapshot, args.get("_overdue") or [], now, settings)
    words = f"{message.alias} to {', '.join(to[:3])}"
    events = [_sent(message), *(_closed(each) for each in overdue)]
    result = {"outcome": "sent", "messages": shown(message)}
    return Landed([message, *overdue], events, result, subject(intent, words))


def recipients(snapshot: Snapshot, written: list[str]) -> list[str]:
    """Canonical addresses, each once. Raises Refusal when there is none, one too many, or one that means nobody."""
    to = sorted({canonical(snapshot, each) for each in written[: MAX_RECIPIENTS + 1]})
    if not to:
        raise Refusal("invalid-arguments", "A message is addressed to somebody.", "gitcoord msg send --to sky …")
    if len(to) > MAX_RECIPIENTS:
        raise Refusal(
            "cap-exceeded", f"A message has at most {MAX_RECIPIENTS} addresses.", "gitcoord msg send --to workers …"
        )
    return to


def _message(
    snapshot: Snapshot, intent: Intent, to: list[str], text: str, context: dict[str, Any], now: float
) -> Entity:
    title, body = head_and_body(clean(text), "A message")
    values = {
        "id": intent.ids[0], "alias": alias("message", snapshot.next_number("message")), "title": title, "state": OPEN,
        "to": to, **context, **made(intent, now, "agent"),
    }  # fmt: skip
    return Entity("message", values, body)


def _sent(message: Entity) -> Event:
    thread = str(message.get("thread") or "")
    refs = {"message": message.id, **filled(thread=thread, task=message.get("task"), coop=message.get("coop"))}
    body = {"alias": message.alias, "to": message.get("to"), "thread_id": thread or None, "title": message.get("title")}
    return Event("msg.sent", refs, {**body, **filled(question=message.get("question"), reply_to=message.get("reply_to"))})


def ack(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Take messages: they are not shown to this agent again. Once more is once; all of them or none."""
    me = Addressee(snapshot, intent.agent, intent.agent_id)
    found = _all(snapshot, intent)
    for each in found:
        if not me.has_acked(each):
            _check_addressed(me, each)
    fresh = [_acked(each, me.handle) for each in found if not me.has_acked(each)]
    if not fresh:
        return Landed([], [], {"outcome": "already-acked", "messages": _briefs(found)}, "")
    names = [each.name for each in fresh]
    events = [Event("msg.acked", {"message": fresh[0].id}, {"messages": names[:50]})]
    result = {"outcome": "acked", "messages": _briefs(fresh)}
    return Landed(fresh, events, result, subject(intent, f"{', '.join(names[:3])} acknowledged"))


def reply(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Answer the sender, and take the message by that. The first answer to a question stays its answer."""
    asked = the(snapshot, "message", str(intent.args.get("message") or ""))
    me = Addressee(snapshot, intent.agent, intent.agent_id)
    if not me.has_acked(asked):
        _check_addressed(me, asked)
    context = filled(thread=asked.get("thread"), task=asked.get("task"), coop=asked.get("coop"), reply_to=asked.id)
    to = [of_agent(str(asked.get("agent")))]
    message = _message(snapshot, intent, to, str(intent.args.get("text") or ""), context, now)
    taken, events = _acked(asked, me.handle), [_sent(message)]
    answers = bool(asked.get("question")) and not asked.get("answered_by")
    if answers:
        told = {"answered_by": intent.agent, "answered_at": rfc3339(now), "answer": message.get("title")}
        taken = taken.changed(**told, state=DONE)
        events.append(Event("msg.answered", {"message": asked.id}, {"alias": asked.alias, "answer": told["answer"]}))
    result = {"outcome": "answered" if answers else "replied", "messages": [*shown(message), *_briefs([taken])]}
    changes = [message, *([taken] if taken != asked else [])]
    return Landed(changes, events, result, subject(intent, f"{message.alias} in reply to {asked.alias}"))


def close(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Say that messages wait for nobody any more: the sender, or for a group whoever is in it."""
    me = Addressee(snapshot, intent.agent, intent.agent_id)
    found = _all(snapshot, intent)
    for each in found:
        in_group = me.is_for(each) and any(map(is_group, each.get("to", [])))
        if each.get("agent_id") != intent.agent_id and not in_group:
            raise Refusal(
                "check-failed", f"{each.name} was sent by {one_line(str(each.get('agent')), 64)}; only the sender closes it.",
                f"gitcoord msg ack {each.name}",
            )  # fmt: skip
    closed = [
        each.changed(state=DONE, closed_at=rfc3339(now), closed_by=intent.agent)
        for each in found
        if each.get("state", OPEN) != DONE
    ]
    if not closed:
        return Landed([], [], {"outcome": "already-closed", "messages": _briefs(found)}, "")
    words = f"{', '.join(each.name for each in closed[:3])} closed"
    result = {"outcome": "closed", "messages": _briefs(closed)}
    return Landed(closed, [_closed(each) for each in closed], result, subject(intent, words))


def is_overdue(message: Entity, now: float, keep: float) -> bool:
    """Whether a message to a group has waited long enough. Questions, and what is addressed by name, wait on."""
    if message.get("question") or not any(map(is_group, message.get("to", []))):
        return False
    if any(not is_group(each) and each not in _takers(message) for each in message.get("to", [])):
        return False
    try:
        return now - parse_instant(str(message.get("created_at"))) > keep
    except ValueError:
        return False


def _overdue(snapshot: Snapshot, ids: list[str], now: float, settings: Settings) -> list[Entity]:
    keep = float(settings.get("messages.keep"))
    found = (snapshot.get("message", id) for id in ids[:MAX_NAMED])
    return [
        each.changed(state=DONE, closed_at=rfc3339(now), closed_by="messages.keep")
        for each in found
        if each is not None and each.get("state", OPEN) == OPEN and is_overdue(each, now, keep)
    ]


def _closed(message: Entity) -> Event:
    return Event("msg.closed", {"message": message.id}, {"alias": message.alias, "by": message.get("closed_by")})


def _all(snapshot: Snapshot, intent: Intent) -> list[Entity]:
    named = intent.args.get("messages") or []
    if not named:
        raise Refusal("invalid-arguments", "Say which message.", "gitcoord msg ack MSG-3")
    if len(named) > MAX_NAMED:
        raise Refusal("cap-exceeded", f"One command names at most {MAX_NAMED} messages.")
    found = {each.id: each for each in (the(snapshot, "message", name) for name in named)}
    return list(found.values())


def _check_addressed(me: Addressee, message: Entity) -> None:
    if not me.is_for(message):
        to = ", ".join(one_line(str(each), 64) for each in message.get("to", [])[:4])
        raise Refusal(
            "check-failed", f"{message.name} is addressed to {to}, not to {one_line(me.handle, 64)}.", "gitcoord msg recv"
        )


def _acked(message: Entity, handle: str) -> Entity:
    taken = message.changed(acked_by=sorted({*message.get("acked_by", []), handle}))
    return taken.changed(state=DONE) if not message.get("question") and _everybody_has(taken) else taken


def _takers(message: Entity) -> set[str]:
    return {of_agent(str(each)) for each in message.get("acked_by", [])}


def _everybody_has(message: Entity) -> bool:
    """Everybody addressed by name; of ``human`` one person is enough; nobody can tell of a group."""
    takers = _takers(message)
    people = [each for each in takers if each.startswith(HUMAN)]
    for address in message.get("to", []):
        if address == ANY_HUMAN and people:
            continue
        if address not in takers and not any(same(address, each) for each in people):
            return False
    return True


def _briefs(messages: list[Entity]) -> list[dict[str, Any]]:
    names = ("id", "alias", "title", "state", "agent", "question", "answered_by", "answer")
    return [{name: each.values[name] for name in names if each.values.get(name)} for each in messages]
