"""Joining the queue, leaving it, and asking to be served: what a waiter can do."""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import alias
from gitcoord.model.outcome import Denied, Event, Landed
from gitcoord.rules.asked import Refusal, filled, made, subject, the
from gitcoord.rules.claims.conflict import is_mine
from gitcoord.rules.claims.objects import claim_object, instant
from gitcoord.rules.queue import entries
from gitcoord.rules.queue.entries import CANCELLED, GRANTED, LEVELS, MAX_SCOPES, MAX_WAIT, WAITING, entry_object
from gitcoord.text import counted, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.rules.claims.scope import Scope
    from gitcoord.settings import Settings


def checked_wait(intent: Intent) -> int:
    """Seconds that the intent would wait; 0: not at all. Raises Refusal when it is out of range, or of no urgency.

    One that was reported as provisional waits no more: whoever asked went away long ago.
    """
    wait, urgency = intent.args.get("wait"), intent.args.get("urgency") or "normal"
    if urgency not in LEVELS:
        word = one_line(str(urgency), 20)
        raise Refusal("invalid-arguments", f"An urgency is one of {', '.join(LEVELS)}, not {word}.")
    if wait is None:
        return 0
    if not isinstance(wait, int) or isinstance(wait, bool) or not 0 <= wait <= MAX_WAIT:
        raise Refusal(
            "invalid-arguments", f"A wait is from 0 to 10 minutes, not {one_line(str(wait), 20)} seconds.",
            "gitcoord claim … --wait 10m", minimum=0, maximum=MAX_WAIT,
        )  # fmt: skip
    return 0 if intent.args.get("_provisional") else wait


def new_entry(
    snapshot: Snapshot, intent: Intent, id: str, scopes: list[Scope], wait: int, now: float, settings: Settings,
    **more: Any,
) -> Entity:  # fmt: skip
    """The record of somebody who waits. Raises Refusal where too many do already, or for a scope that no text names."""
    if snapshot.get("queue", id) is not None:
        raise Refusal("invalid-arguments", f"There is a queue entry with the id {id} already.")
    if len(scopes) > MAX_SCOPES:
        words = f"One may wait for {MAX_SCOPES} scopes at a time, not {len(scopes)}."
        raise Refusal("cap-exceeded", words, "Claim a directory.")
    if any(entries.scope_again(each.scope) != each for each in scopes):
        raise Refusal("scope-invalid", "A scope is not written as gitcoord writes it.")
    _check_caps(entries.live(snapshot, now), intent, now, settings)
    args, number = intent.args, snapshot.next_number("queue")
    return Entity("queue", {
        "id": id, "alias": alias("queue", number), "state": WAITING, "scopes": [each.scope for each in scopes],
        "urgency": str(args.get("urgency") or "normal"), "position": number,
        **filled(mode=more.get("mode"), ttl=more.get("ttl"), request=more.get("request"), coop=args.get("coop")),
        **filled(description=args.get("description"), task=args.get("task"), blocking=args.get("blocking") or None),
        **filled(branch=args.get("branch") or intent.actor.get("branch")),
        **made(intent, now, "agent"), "expires_at": rfc3339(now + wait),
    })  # fmt: skip


def joined(entry: Entity) -> Event:
    said = {"alias": entry.alias, "scope": ", ".join(entry.get("scopes") or []), "urgency": entry.get("urgency")}
    return Event("queue.joined", {"queue": entry.id}, said)


def _check_caps(waiting: list[Entity], intent: Intent, now: float, settings: Settings) -> None:
    mine = [each for each in waiting if is_mine(each, (intent.agent_id,), (intent.session_id,))]
    for found, name, whose in ((mine, "queue.max_per_agent", " of yours"), (waiting, "queue.max_depth", "")):
        most = int(settings.get(name))
        if len(found) >= most:
            soon = min((instant(each, "expires_at") or now for each in found), default=now)
            verb = "waits" if len(found) == 1 else "wait"
            raise Refusal(
                "rate-limited", f"{counted(len(found), 'queue entry')}{whose} {verb} already; {most} may ({name}).",
                "gitcoord queue list --mine", retry_after=max(1, int(soon - now)), limit=most,
            )  # fmt: skip


def cancel(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Stop waiting: for the requester alone. ``give_back``: and give back what was granted meanwhile."""
    entry = the(snapshot, "queue", str(intent.args.get("entry") or ""))
    if not is_mine(entry, (intent.agent_id,), (intent.session_id,)):
        who = one_line(str(entry.get("agent")), 60)
        return Denied(
            "claim-conflict", f"{entry.alias} is {who}'s: only {who} can cancel it.", "gitcoord queue list --mine",
            {"queue": [entry_object(entry, now)], "conflicts": []},
        )  # fmt: skip
    if entry.get("state") == GRANTED:
        return _granted(snapshot, intent, entry, now, settings, revision)
    if entry.get("state") != WAITING:
        return Landed([], [], {"outcome": str(entry.get("state")), "queue": [entry_object(entry, now)]}, "")
    reason = one_line(str(intent.args.get("reason") or ""), 200)
    gone = entry.changed(state=CANCELLED, ended_at=rfc3339(now), ended_by=intent.agent, end_reason=reason or None)
    said = filled(alias=entry.alias, scope=", ".join(entry.get("scopes") or []), why=reason or CANCELLED)
    result = {"outcome": CANCELLED, "queue": [entry_object(gone, now)]}
    return Landed([gone], [Event("queue.left", {"queue": entry.id}, said)], result, subject(intent, f"{entry.alias} cancelled"))


def _granted(
    snapshot: Snapshot, intent: Intent, entry: Entity, now: float, settings: Settings, revision: int
) -> Outcome:
    """Too late to cancel: it was granted. Given back when asked to, else shown as it is."""
    held = [each for id in entry.get("claims") or [] for each in [snapshot.get("claim", str(id))] if each is not None]
    active = [each for each in held if each.get("state") == "active" and each.get("queue") == entry.id]
    shown = {"queue": [entry_object(entry, now)], "claims": [claim_object(each, now, own=True) for each in held]}
    if not intent.args.get("give_back") or not active:
        return Landed([], [], {"outcome": GRANTED, **shown}, "")
    from gitcoord.rules.intents import decide_part, within

    named = [{"id": each.id, "fence": each.get("fence")} for each in active]
    part = within(intent, "claim.release", {"claims": named, "reason": "nobody waited any more"})
    released = decide_part(snapshot, part, now, settings, revision)
    result = {**released.result, "queue": shown["queue"]}
    return Landed(released.changes, released.events, result, released.subject)


def settle(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Serve the queue: what a waiter asks for when what it waits for has lapsed, and nobody else lands anything."""
    from gitcoord.rules.queue.grants import grants

    found = grants(snapshot, now, settings, revision)
    entry = the(snapshot, "queue", str(intent.args.get("entry") or ""))
    now_is = found.changes.get(("queue", entry.id), entry)
    result = {"outcome": str(now_is.get("state")), "queue": [entry_object(now_is, now)]}
    changes = list(found.changes.values())
    return Landed(changes, found.events, result, subject(intent, f"{entry.alias} looked at") if changes else "")
