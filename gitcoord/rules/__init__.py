"""What is allowed: pure functions of a snapshot, an intent, the time and the settings.

:func:`decide` is the only door for writes. It is deterministic: the same four give the same outcome, on
every machine, however often an intent is decided again.
"""

from __future__ import annotations

from importlib import import_module

from gitcoord.model.outcome import Denied, Landed
from gitcoord.rules import layout, sessions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

    Rule = Callable[[Snapshot, Intent, float, Settings, int], Outcome]

#: kind of intent -> module:function, loaded when first needed.
TABLE = {
    "store.init": "gitcoord.rules.layout:initialise",
    "coop.start": "gitcoord.rules.coops:start",
    "coop.join": "gitcoord.rules.coops:join",
    "coop.leave": "gitcoord.rules.coops:leave",
    "coop.close": "gitcoord.rules.coops:close",
    "update.post": "gitcoord.rules.updates:post",
    "claim.acquire": "gitcoord.rules.claims.acquire:acquire",
    "claim.release": "gitcoord.rules.claims.release:release",
    "claim.renew": "gitcoord.rules.claims.renew:renew",
    "blocker.ask": "gitcoord.rules.blockers:ask",
    "decision.make": "gitcoord.rules.blockers:decide",
    "task.add": "gitcoord.rules.tasks:add",
    "task.claim": "gitcoord.rules.tasks:claim",
    "task.done": "gitcoord.rules.tasks:done",
    "task.update": "gitcoord.rules.tasks:update",
    "handoff.write": "gitcoord.rules.handoffs:write",
    "entity.put": "gitcoord.rules.entities:put",
    "attic.restore": "gitcoord.rules.entities:restore",
    "settings.set": "gitcoord.rules.entities:set_setting",
}


def decide(snapshot: Snapshot, intent: Intent, now: float, settings: Settings) -> Outcome:
    """The outcome of an intent on a snapshot.

    A key that has landed gives its first result again; a refused intent that its author was told is
    provisional is not dropped but recorded as contested.
    """
    rule = _rule(intent.kind)
    if rule is None:
        return Denied(
            "invalid-arguments", f"No rule for {intent.kind[:40]!r}: written by a newer gitcoord?", "pipx upgrade gitcoord"
        )
    before = snapshot.landed(intent.key)
    if before is not None:
        return _again(intent, before)
    newer = layout.refuse_newer(snapshot)
    if newer is not None:
        return newer
    if intent.expected_revision is not None and intent.expected_revision != snapshot.revision:
        return _contested(intent, Denied(
            "state-revision-conflict",
            f"The state has moved on: revision {snapshot.revision}, not {intent.expected_revision}.",
            "Read again, then retry.", {"expected": intent.expected_revision, "actual": snapshot.revision},
        ), now)  # fmt: skip
    made, events = ([], []) if intent.kind == "store.init" else sessions.ensure(snapshot, intent, now)
    if made:
        snapshot.apply(made, snapshot.revision)
    outcome = rule(snapshot, intent, now, settings, snapshot.revision + 1)
    if isinstance(outcome, Denied):
        return _contested(intent, outcome, now)
    if outcome.changes or outcome.events or outcome.files:
        changed = {(each.kind, each.id) for each in outcome.changes}
        outcome.changes[:0] = [each for each in made if (each.kind, each.id) not in changed]
        outcome.events += events
        _renew(snapshot, intent, outcome, now, settings)
    return outcome


def _rule(kind: str) -> Rule | None:
    place = TABLE.get(kind)
    if place is None:
        return None
    module, _, name = place.partition(":")
    found: Rule = getattr(import_module(module), name)
    return found


def _again(intent: Intent, before: dict[str, object]) -> Outcome:
    if before.get("digest") != intent.digest():
        return Denied(
            "idempotency-mismatch", f"The key {intent.key[:60]!r} was used for something else.",
            "Use a new --idempotency-key.", {"first": before.get("intent_id")},
        )  # fmt: skip
    result = before.get("result")
    first = dict(result) if isinstance(result, dict) else {}
    return Landed([], [], {**first, "replayed": True, "intent_id": before.get("intent_id")}, "")


def _contested(intent: Intent, denied: Denied, now: float) -> Outcome:
    if not intent.args.get("_provisional"):
        return denied
    from gitcoord.rules import entities

    return entities.contested(intent, denied, now)


def _renew(snapshot: Snapshot, intent: Intent, outcome: Landed, now: float, settings: Settings) -> None:
    """Any landed write by a session renews its claims when less than half of their TTL is left."""
    from gitcoord.rules.claims.lease import renewals_due

    touched = {each.id for each in outcome.changes}
    for claim in renewals_due(snapshot, intent.session_id, now, settings, intent.id):
        if claim.id not in touched:
            outcome.changes.append(claim)
