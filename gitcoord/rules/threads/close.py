"""Ending a thread: by a participant, by time, or with its co-op. Each end leaves a summary.

Nobody sweeps: a thread whose time is over is closed by whatever lands next, whoever lands it.
"""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.outcome import Denied, Event, Landed
from gitcoord.rules import attic
from gitcoord.rules.asked import Refusal, filled, subject, texts, the
from gitcoord.rules.threads.states import (
    ARCHIVED,
    EXPIRED,
    LIVE,
    RESOLVED,
    SUMMARIZED,
    brief,
    count,
    ends_at,
    is_live,
    moved,
    state_of,
)
from gitcoord.text import clean, estimate_tokens, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from gitcoord.model.entity import Entity
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

    class Known(Protocol):
        """What a summary is made from: the snapshot of a rule, or whatever answers a reader."""

        def get(self, kind: str, id: str) -> Entity | None: ...

        def find(self, kind: str, **equals: Any) -> list[Entity]: ...


#: Estimated tokens of all that a summary says, so that whoever reads it gets all of it.
MAX_SUMMARY = 250
MAX_ITEMS = 10
#: Overdue threads that one landing closes; the next one closes the rest.
AT_ONCE = 5
_LINE = 90


def close(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """End a thread for its participants. Whoever comes second with other words finds the first ones standing, and
    his own in the attic; words for a thread that ended without any take the place of the automatic ones."""
    thread = the(snapshot, "thread", str(intent.args.get("thread") or ""))
    people = list(thread.get("participants", []))
    if intent.agent not in people:
        raise Refusal(
            "check-failed", f"{thread.name} is between {', '.join(people[:4])}; one of them closes it.",
            f"gitcoord thread read {thread.name}",
        )  # fmt: skip
    said = _stated(snapshot, intent)
    state = state_of(thread, now)
    if state in (*LIVE, EXPIRED):
        ended = _ended(snapshot, thread, EXPIRED if state == EXPIRED else RESOLVED, intent.agent, now, said)
    elif state == SUMMARIZED and thread.get("automatic") and said:
        ended = thread.changed(**said, automatic=None if said.get("outcome") else True, closed_by=intent.agent)
    elif all(thread.get(name) == value for name, value in said.items()):
        return Landed([], [], _result(snapshot, "already-closed", thread, now), "")
    else:
        refusal = over(snapshot, thread, now)
        return late(intent, thread, Denied("check-failed", refusal.message, refusal.hint, refusal.details), now, "summary")
    return Landed([ended], [_closed(ended)], _result(snapshot, "closed", ended, now), subject(intent, f"{thread.name} closed"))


def _stated(snapshot: Snapshot, intent: Intent) -> dict[str, Any]:
    """What the closing one says. Raises Refusal when it is more than a summary may be."""
    args = intent.args
    outcome = clean(str(args.get("outcome") or "")).strip()
    items = sorted(set(texts(args.get("open_items"), "open items")))
    decisions = sorted({the(snapshot, "decision", each).id for each in args.get("decisions") or []})
    if len(items) > MAX_ITEMS or len(decisions) > MAX_ITEMS:
        raise Refusal("cap-exceeded", f"A summary names at most {MAX_ITEMS} decisions and {MAX_ITEMS} open items.")
    tokens = estimate_tokens("\n".join((outcome, *items)))
    if tokens > MAX_SUMMARY:
        raise Refusal(
            "cap-exceeded", f"The summary has about {tokens} tokens; at most {MAX_SUMMARY} are allowed.", "Say it shorter."
        )
    return filled(outcome=outcome, decisions=decisions, open_items=items)


def _ended(known: Known, thread: Entity, how: str, by: str, at: float, said: dict[str, Any]) -> Entity:
    """A live thread after its end. Without words of its own it gets the automatic ones."""
    values = {**filled(closed_by=by), "closed_at": rfc3339(at), "waiting_for": [], **said}
    if not said.get("outcome"):
        values |= {"outcome": automatic(known, thread), "automatic": True}
    steps = (SUMMARIZED,) if thread.get("state") == how else (how, SUMMARIZED)
    return moved(thread, *steps, **values)


def automatic(known: Known, thread: Entity) -> str:
    """What a thread that nobody summed up leaves: who said how much, and the last that each of them said."""
    said: dict[str, list[Entity]] = {}
    for each in messages(known, thread):
        said.setdefault(str(each.get("agent")), []).append(each)
    lines = ["nobody summed this thread up"]
    for agent, own in said.items():
        tokens = sum(count(each, "tokens") for each in own)
        words = "1 message" if len(own) == 1 else f"{len(own)} messages"
        last = one_line(own[-1].body, _LINE if own[-1].body.isascii() else _LINE // 2)
        lines.append(f"{one_line(agent, 64)}: {words}, {tokens} tokens; last: “{last}”")
    silent = [each for each in thread.get("participants", []) if each not in said]
    if silent:
        lines.append(f"no word from {', '.join(one_line(each, 64) for each in silent)}")
    return "\n".join(lines)


def messages(known: Known, thread: Entity) -> list[Entity]:
    """In the order in which they landed."""
    return sorted(known.find("thread_message", thread=thread.id), key=lambda each: (count(each, "number"), each.id))


def as_of(known: Known, thread: Entity, now: float) -> Entity:
    """The thread as it is at this time: one whose time is over reads as it will once somebody has landed that."""
    return expired(known, thread) if state_of(thread, now) == EXPIRED else thread


def expired(known: Known, thread: Entity) -> Entity:
    """The same bytes whoever lands it, and whenever."""
    return _ended(known, thread, EXPIRED, "", ends_at(thread), {})


def summary(known: Known, thread: Entity) -> dict[str, Any]:
    """The one record of an ended thread that others need."""
    decided = [(id, known.get("decision", id)) for id in thread.get("decisions", [])]
    return {
        "type": "thread_summary", "thread_id": thread.name, "topic": thread.get("title", ""),
        "outcome": thread.get("outcome", ""), "decisions": [each.name if each else id for id, each in decided],
        "open_items": list(thread.get("open_items", [])), "tokens_est": count(thread, "tokens_est"),
        "message_count": count(thread, "message_count"),
    }  # fmt: skip


# Too late.


def over(known: Known, thread: Entity, now: float) -> Denied:
    """Why nothing can be said in an ended thread any more, and what came of it."""
    thread = as_of(known, thread, now)
    by, at = one_line(str(thread.get("closed_by") or ""), 64), str(thread.get("closed_at") or "")
    came = one_line(str(thread.get("outcome") or ""))
    came = one_line(came, 120 if came.isascii() else 40)
    told = {**summary(known, thread), "outcome": came}
    details = {"thread": thread.name, "thread_state": state_of(thread, now), "summary": told}
    if thread.get("ended") == EXPIRED:
        code, message = "cap-exceeded", f"{thread.name} expired at {at}."
    else:
        code, message = "check-failed", f"{thread.name} was closed{' by ' + by if by else ''} at {at}."
    if came:
        message += f" What came of it: “{came}”"
    return Denied(code, message, f"gitcoord thread read {thread.name}", details)


def late(intent: Intent, thread: Entity, refusal: Denied, now: float, what: str) -> Outcome:
    """The words go to the attic and the refusal is told. Of an intent that was reported as provisional the refusal
    itself is returned: ``decide`` keeps that one the same way, as contested."""
    if intent.args.get("_provisional"):
        return refusal
    kept = attic.contested(intent, refusal, now)
    id = kept.changes[0].id
    refs = {"attic": id, "thread": thread.id, **filled(coop=thread.get("coop"))}
    told = {"alias": thread.alias, "title": thread.get("title"), "code": refusal.code}
    message = f"{refusal.message} Your {what} was not added; it is kept: gitcoord attic show {id}"
    lost = [{"id": each.id, "of_kind": "thread", "of_id": thread.id, "reason": refusal.message} for each in kept.changes]
    result = {**kept.result, **refusal.details, "outcome": "too-late", "message": message, "attic": lost}
    event = Event("thread.word_kept", refs, told)
    return Landed(kept.changes, [event], result, subject(intent, f"{what} for {thread.name} kept"))


# Ends that nobody asks for.


def expire(snapshot: Snapshot, threads: list[Entity], now: float) -> tuple[list[Entity], list[Event]]:
    """Closes those whose time is over, the oldest first."""
    due = [each for each in threads if not is_live(each, now)]
    ended = [expired(snapshot, each) for each in sorted(due, key=lambda each: each.id)[:AT_ONCE]]
    return ended, [_closed(each) for each in ended]


def archive(snapshot: Snapshot, coop: Entity, by: str, now: float) -> tuple[list[Entity], list[Event]]:
    """The threads of a co-op that is closed: live ones end, all are archived."""
    changes, events = [], []
    for each in snapshot.find("thread", coop=coop.id):
        state = state_of(each, now)
        if state in (*LIVE, EXPIRED):
            each = expired(snapshot, each) if state == EXPIRED else _ended(snapshot, each, RESOLVED, by, now, {})
            events.append(_closed(each))
        if each.get("state") == SUMMARIZED:
            changes.append(moved(each, ARCHIVED))
    return changes, events


def _closed(thread: Entity) -> Event:
    refs = {"thread": thread.id, **filled(coop=thread.get("coop"))}
    told = {"alias": thread.alias, "title": thread.get("title"), "ended": thread.get("ended")}
    told |= filled(summary=one_line(str(thread.get("outcome") or ""), 200))
    return Event("thread.closed", refs, told)


def _result(known: Known, outcome: str, thread: Entity, now: float) -> dict[str, Any]:
    return {"outcome": outcome, "threads": [brief(thread, now)], "summary": summary(known, thread)}
