"""Who gets what has become free. The same answer whoever lands it, and again when it is decided again.

An entry is granted only when nothing active stands in the way of any of its scopes. One that comes later in the order
overtakes an earlier one only where the two do not meet.
"""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.errors import GitcoordError
from gitcoord.model.ids import derived_ulid, nth_after
from gitcoord.model.intent import Intent
from gitcoord.model.outcome import Denied, Event, Landed
from gitcoord.rules.ahead import Ahead
from gitcoord.rules.claims import acquire as acquiring
from gitcoord.rules.claims import holds
from gitcoord.rules.claims.grant import Grant
from gitcoord.rules.claims.lease import MAX_TTL
from gitcoord.rules.claims.objects import instant
from gitcoord.rules.owners.grant import Ownership
from gitcoord.rules.queue import entries
from gitcoord.rules.queue.entries import CANCELLED, EXPIRED, GRANTED, WAITING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.rules.claims.scope import Scope
    from gitcoord.settings import Settings

#: Entries granted, and dead entries marked, by one intent: the rest is left to the next.
MOST_GRANTS, MOST_SWEPT = 50, 20


class Granted:
    """What one look at the queue changes. ``told`` says it in the result of the intent that freed something."""

    __slots__ = ("changes", "events", "told")

    def __init__(self) -> None:
        self.changes: dict[tuple[str, str], Entity] = {}
        self.events: list[Event] = []
        self.told: list[dict[str, Any]] = []

    def take(self, changes: Iterable[Entity]) -> None:
        self.changes.update(((each.kind, each.id), each) for each in changes)


def grants(state: Snapshot, now: float, settings: Settings, revision: int) -> Granted:
    """Everything that waiting entries get in this state, in their order."""
    found = Granted()
    waiting = state.find("queue", state=WAITING)
    if not waiting:
        return found
    ahead = Ahead(state, ())
    _sweep(ahead, waiting, now, settings, found)
    fold = bool(settings.get("claims.fold_case"))
    queue = entries.in_order(entries.live(ahead, now), now, settings)
    before: list[Entity] = []
    while queue and len(found.told) < MOST_GRANTS:
        entry = queue.pop(0)
        landed = None
        if not any(entries.stands_before_entry(each, entry, fold) for each in before):
            landed = _grant(ahead, entry, now, settings, revision)
        if landed is None:
            before.append(entry)
            continue
        _took(found, entry, landed, now)
        if _overtaken(found, queue, entry, fold):
            queue = entries.in_order(queue, now, settings)
        ahead.take(found.changes.values())
    return found


def _grant(ahead: Snapshot, entry: Entity, now: float, settings: Settings, revision: int) -> Landed | None:
    """The claims of an entry, as its own command would have got them; None while something is in the way."""
    try:
        part = _asked_by(ahead, entry, now)
        scopes = acquiring.asked_scopes(ahead, part, settings)
        if isinstance(scopes, Denied):
            return None
        ownership = Ownership.at(ahead, bool(settings.get("claims.fold_case")))
        scopes = acquiring.resolved(scopes, ownership, settings)
        pickup = float(settings.get("queue.pickup"))
        if entry.get("blocking") and pickup > 0:
            part.args["ttl"] = int(min(float(part.args.get("ttl") or MAX_TTL), pickup))
        if entries.mode_of(entry) != "shared" and _has_unlanded_work(ahead, part, scopes, now, settings):
            return None
        grant = Grant(ahead, part, now, settings, revision, ownership)
        grant.keep = True
        for n, scope in scopes:
            grant.add(n, scope)
        outcome = None if grant.blocked else grant.outcome([])
    except GitcoordError:  # an entry that cannot be granted keeps nobody from giving back what they hold
        return None
    return outcome if isinstance(outcome, Landed) else None


def _has_unlanded_work(
    ahead: Snapshot, part: Intent, scopes: list[tuple[int, Scope]], now: float, settings: Settings
) -> bool:
    """Given back with work that has not landed: whoever waits goes on waiting until it has, or claims on top of it."""
    return bool(holds.met(ahead, [scope for _, scope in scopes], (part.agent_id,), (part.session_id,), now, settings))


def _asked_by(ahead: Snapshot, entry: Entity, now: float) -> Intent:
    scopes = entries.scopes_of(entry)
    args: dict[str, Any] = {
        "scopes": [{"kind": each.kind, "scope": each.scope, "symbols": list(each.symbols)} for each in scopes],
        "mode": entries.mode_of(entry),
    }
    args.update({name: entry.get(name) for name in ("ttl", "description", "coop", "task", "branch") if entry.get(name)})
    actor = {name: str(entry.get(name) or "") for name in ("agent", "agent_id", "session_id")}
    ids = [_free_id(ahead, entry, n) for n in range(len(scopes))]
    return Intent(id=entry.id, kind="claim.acquire", at=now, actor=actor, args=args, ids=ids)


def _free_id(ahead: Snapshot, entry: Entity, n: int) -> str:
    """Beside the entry's own id, so that it sorts by time; another one when somebody has made that a claim."""
    near = nth_after(entry.id, n + 1)
    return near if ahead.get("claim", near) is None else derived_ulid("queue", entry.id, str(n))


def _took(found: Granted, entry: Entity, landed: Landed, now: float) -> None:
    held = landed.result["claims"]
    ids = [str(each["id"]) for each in held]
    marked = [
        each.changed(queue=entry.id) if each.kind == "claim" and each.id in ids else each for each in landed.changes
    ]
    gone = entry.changed(state=GRANTED, claims=ids, ended_at=rfc3339(now))
    found.take([*marked, gone])
    refs = {"queue": entry.id, "claim": ids[0]}
    said = {"alias": entry.alias, "scope": ", ".join(entry.get("scopes") or []), "holder": entry.get("agent"), "why": GRANTED}
    found.events += [Event("queue.left", refs, said), *landed.events]
    found.told.append({
        "id": entry.id, "alias": entry.alias, "agent": entry.get("agent"), "scopes": entry.get("scopes"),
        "state": GRANTED, "claims": [each["alias"] for each in held], "fence": held[0].get("fence"),
    })  # fmt: skip


def _overtaken(found: Granted, queue: list[Entity], entry: Entity, fold: bool) -> bool:
    """The oldest entry that had to let this one pass remembers it: every tenth grant is for the oldest."""
    older = [
        each for each in queue
        if entries.position_of(each) < entries.position_of(entry) and entries.stands_before_entry(each, entry, fold)
    ]  # fmt: skip
    if not older:
        return False
    oldest = min(older, key=entries.position_of)
    passed = oldest.changed(passed=int(oldest.get("passed") or 0) + 1)
    queue[queue.index(oldest)] = passed
    found.take([passed])
    return True


def _sweep(ahead: Ahead, waiting: list[Entity], now: float, settings: Settings, found: Granted) -> None:
    """Entries of the dead get their last state. The margin spares a living waiter whose lander has a fast clock: until
    it is over, its entry is passed over and not marked."""
    margin = float(settings.get("claims.clock_margin"))
    gone = []
    for entry in waiting:
        ends = instant(entry, "expires_at")
        if entries.left(ahead, entry):
            gone.append(entry.changed(state=CANCELLED, ended_at=rfc3339(now), end_reason="the session has left"))
        elif ends is None or ends + margin <= now:
            gone.append(entry.changed(state=EXPIRED, ended_at=rfc3339(now)))
    for entry in gone[:MOST_SWEPT]:
        said = {"alias": entry.alias, "holder": entry.get("agent"), "why": entry.get("state")}
        found.events.append(Event("queue.left", {"queue": entry.id}, said))
    found.take(gone[:MOST_SWEPT])
    ahead.take(gone[:MOST_SWEPT])


__all__ = ["Granted", "grants"]
