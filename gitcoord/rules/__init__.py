"""What is allowed: pure functions of a snapshot, an intent, the time and the settings. Nothing is remembered.

:func:`decide` is the only door for writes. Each noun has its module, imported when an intent of it is decided.
"""

from __future__ import annotations

from gitcoord.errors import GitcoordError
from gitcoord.model.outcome import Denied, Event, Landed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

DAY = 86400
#: kind of intent -> module:function, loaded when first needed. What arguments a kind takes is in ``intents.py``.
TABLE = {
    "store.init": "gitcoord.rules.initial:initialise",
    "coop.start": "gitcoord.rules.coops:start",
    "coop.join": "gitcoord.rules.coops:join",
    "coop.leave": "gitcoord.rules.leaving:leave",
    "coop.close": "gitcoord.rules.coops:close",
    "coop.reopen": "gitcoord.rules.coops:reopen",
    "update.post": "gitcoord.rules.checkins:post",
    "claim.acquire": "gitcoord.rules.claims.acquire:acquire",
    "claim.release": "gitcoord.rules.claims.release:release",
    "claim.land": "gitcoord.rules.claims.holds:land",
    "claim.renew": "gitcoord.rules.claims.renew:renew",
    "code.push": "gitcoord.rules.pushes:push",
    "slot.take": "gitcoord.rules.slots:take",
    "queue.cancel": "gitcoord.rules.queue.acts:cancel",
    "queue.settle": "gitcoord.rules.queue.acts:settle",
    "request.file": "gitcoord.rules.requests:file",
    "request.respond": "gitcoord.rules.answers:respond",
    "blocker.ask": "gitcoord.rules.blockers:ask",
    "decision.make": "gitcoord.rules.decisions:make",
    "task.add": "gitcoord.rules.tasks:add",
    "task.claim": "gitcoord.rules.tasks:claim",
    "task.done": "gitcoord.rules.tasks:done",
    "task.update": "gitcoord.rules.tasks:update",
    "handoff.write": "gitcoord.rules.handoffs:write",
    "thread.start": "gitcoord.rules.threads.speak:start",
    "thread.reply": "gitcoord.rules.threads.speak:reply",
    "thread.close": "gitcoord.rules.threads.close:close",
    "handoff.take": "gitcoord.rules.handoffs:take",
    "handoff.ack": "gitcoord.rules.handoffs:ack",
    "run.record": "gitcoord.rules.runs:record",
    "session.reap": "gitcoord.rules.reaping:reap",
    "agent.describe": "gitcoord.rules.profiles:describe",
    "msg.send": "gitcoord.rules.messages:send",
    "msg.ack": "gitcoord.rules.messages:ack",
    "msg.reply": "gitcoord.rules.messages:reply",
    "msg.close": "gitcoord.rules.messages:close",
    "entity.put": "gitcoord.rules.entities:put",
    "attic.restore": "gitcoord.rules.attic:restore",
    "settings.set": "gitcoord.rules.policy:set_setting",
    "owners.set": "gitcoord.rules.owners.change:set_policy",
    "carrier.refuse": "gitcoord.rules.carried:refuse",
}
#: Refusals that are about the request, not about the state it met: there is nothing to contest.
_NEVER_CONTESTED = frozenset({"idempotency-mismatch", "clock-implausible", "format-newer"})


def decide(snapshot: Snapshot, intent: Intent, now: float, settings: Settings) -> Outcome:
    """The outcome of an intent at this revision. The same four arguments always give the same answer.

    A key that has landed gives its first result again. A refusal of an intent that was reported as provisional
    (``_provisional``) is a fact in its own right: it lands as ``contested``, with what was asked for in the attic.
    """
    try:
        first = _landed_before(snapshot, intent)
        if first is not None:
            return _again(intent, first)
        _check(snapshot, intent, now)
    except GitcoordError as refusal:
        return _denied(refusal)
    outcome = _attempt(snapshot, intent, now, settings)
    if isinstance(outcome, Landed) or not intent.args.get("_provisional") or outcome.code in _NEVER_CONTESTED:
        return outcome
    from gitcoord.rules.attic import contested

    changes, events = _bound(snapshot, intent, now)
    return _complete(snapshot, intent, contested(intent, outcome, now), changes, events, now, settings)


def _landed_before(snapshot: Snapshot, intent: Intent) -> dict[str, Any] | None:
    from gitcoord.rules.intents import check_envelope

    check_envelope(intent)
    return snapshot.landed(intent.key) or snapshot.landed(intent.id)


def _again(intent: Intent, first: dict[str, Any]) -> Outcome:
    """The first outcome, if it was the same request."""
    digest = first.get("digest")
    if digest and digest != intent.digest():
        return Denied(
            "idempotency-mismatch", f"The key {intent.key[:60]!r} was used for another request.",
            "Use a new --idempotency-key.", {"first": first.get("intent_id"), "revision": first.get("revision")},
        )  # fmt: skip
    result = first.get("result")
    told = dict(result) if isinstance(result, dict) else {}
    known = {name: first[name] for name in ("intent_id", "revision") if first.get(name) is not None}
    return Landed([], [], {**told, **known, "replayed": True}, "")


def _check(snapshot: Snapshot, intent: Intent, now: float) -> None:
    from gitcoord.errors import ClockImplausible
    from gitcoord.rules.initial import check_format
    from gitcoord.rules.intents import check_shape

    check_format(snapshot)
    check_shape(snapshot, intent)
    if intent.at > now + DAY:
        raise ClockImplausible("This was written by a clock more than a day ahead of ours.", hint="Set the clock.")


def _attempt(snapshot: Snapshot, intent: Intent, now: float, settings: Settings) -> Outcome:
    from gitcoord.rules.intents import rule_of

    expected, actual = intent.expected_revision, snapshot.revision
    if expected is not None and expected != actual:
        return Denied(
            "state-revision-conflict", f"The state has moved on: revision {actual}, not {expected}.",
            "Read again, then retry: gitcoord read", {"expected": expected, "actual": actual},
        )  # fmt: skip
    try:
        rule = rule_of(intent.kind)
        stale = _stale(snapshot, intent, now, settings)
        if stale is not None:
            return stale
        if intent.kind in ("store.init", "carrier.refuse"):  # nobody joins anything by it
            return rule(snapshot, intent, now, settings, snapshot.next_revision)
        changes, events = _bound(snapshot, intent, now)
        outcome = rule(_ahead(snapshot, changes), intent, now, settings, snapshot.next_revision)
        if isinstance(outcome, Denied):
            return outcome
        return _complete(snapshot, intent, outcome, changes, events, now, settings)
    except GitcoordError as refusal:
        return _denied(refusal)


def _stale(snapshot: Snapshot, intent: Intent, now: float, settings: Settings) -> Denied | None:
    """Of what an agent's branch brought: whether it still means what it meant."""
    if not intent.args.get("_carried"):
        return None
    from gitcoord.rules.carried import stale

    return stale(snapshot, intent, now, settings)


def _denied(refusal: GitcoordError) -> Denied:
    return Denied(refusal.code, refusal.message, refusal.hint, refusal.details)


def _bound(snapshot: Snapshot, intent: Intent, now: float) -> tuple[list[Entity], list[Event]]:
    from gitcoord.rules.actors import bind

    return bind(snapshot, intent, now)


def _ahead(snapshot: Snapshot, changes: list[Entity]) -> Snapshot:
    """Never ``snapshot.apply``: a refusal must leave nothing behind for the next intent to see."""
    if not changes:
        return snapshot
    from gitcoord.rules.ahead import Ahead

    return Ahead(snapshot, changes)


def _complete(
    snapshot: Snapshot,
    intent: Intent,
    landed: Landed,
    actor: list[Entity],
    events: list[Event],
    now: float,
    settings: Settings,
) -> Landed:
    """What the rule decided, its author's records, and the author's leases that are half used up.

    A decision that changes nothing stays one: nobody registers or renews by it. The rule's own events come first,
    because the first line of an intent is the one that tells what was asked.
    """
    if not landed.changes and not landed.files and not landed.events:
        return landed
    from gitcoord.rules.aftermath import follow, may_free
    from gitcoord.rules.claims.lease import held_by, renewals_due
    from gitcoord.rules.owners.along import along
    from gitcoord.rules.sizes import check_size

    changes = {(each.kind, each.id): each for each in (*actor, *landed.changes)}
    told, result = [*landed.events, *events], landed.result
    ended, closings = _overdue_threads(snapshot, now)
    for each, event in zip(ended, closings, strict=True):
        if (each.kind, each.id) not in changes:
            changes[each.kind, each.id] = each
            told.append(event)
    held = held_by(snapshot, intent.session_id)
    due = renewals_due(snapshot, intent.session_id, now, settings, intent.id, held)
    renewed = [each for each in due if (each.kind, each.id) not in changes]
    changes.update({(each.kind, each.id): each for each in renewed})
    if any(each.values.get("requests") for each in held):
        from gitcoord.rules.requests import notify

        result = {**result, **notify(snapshot, held, changes, now, result)}
    if may_free(changes.values()):
        followed, more = follow(snapshot, changes, now, settings)
        told, result = [*told, *followed], {**result, **more}
    check_size(changes.values())
    files, policy = along(snapshot, list(changes.values()), landed, now, settings)
    told += policy
    if renewed:
        told.append(Event("claim.renewed", {"claim": renewed[0].id}, {"claims": [each.name for each in renewed[:50]]}))
        names = ("id", "alias", "lease_token", "ttl", "expires_at")
        result = {**result, "renewed": [{name: each.get(name) for name in names} for each in renewed]}
    return Landed(list(changes.values()), told, result, landed.subject, {**landed.files, **files})


def _overdue_threads(snapshot: Snapshot, now: float) -> tuple[list[Entity], list[Event]]:
    """Nobody sweeps: whoever lands something closes the threads whose time is over. There are hardly ever any."""
    live = [each for state in ("open", "waiting") for each in snapshot.find("thread", state=state)]
    if not live:
        return [], []
    from gitcoord.clock import rfc3339

    due = [each for each in live if str(each.get("expires_at") or "") <= rfc3339(now)]
    if not due:
        return [], []
    from gitcoord.rules.threads.close import expire

    return expire(snapshot, due, now)
