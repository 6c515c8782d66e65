"""Waiting for a claim: who waits for whom, until it is granted, over or interrupted; and the list of those who wait.

A waiting command looks at the tracking ref ten times a second (a file of 41 bytes), so what another process of this
machine lands wakes it at once. The remote is asked every ``queue.poll`` seconds, once for all that wait in a clone.
"""

from __future__ import annotations

import time

from gitcoord import clock
from gitcoord.errors import ClaimConflict, InvalidArguments
from gitcoord.rules.queue import entries
from gitcoord.rules.queue.entries import CANCELLED, GRANTED, MAX_WAIT, WAITING, entry_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitcoord.cache.queries import Reader
    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace

#: Seconds between two looks at the tracking ref.
GLANCE = 0.1
#: More entries than this fit in no answer.
MOST = 60


def checked_wait(wait: int | None) -> int:
    """Raises InvalidArguments beyond ten minutes: the value is refused, not cut."""
    if wait is not None and not 0 <= wait <= MAX_WAIT:
        raise InvalidArguments("--wait takes from 0 to 10 minutes.", hint="gitcoord claim … --wait 10m")
    return wait or 0


def queue(ws: Workspace, mine: bool = False, path: str | None = None, all_: bool = False) -> dict[str, Any]:
    """Who waits: for which holders, behind whom, since when. In the order in which they will be served."""
    reader: Any = ws.reader()
    now = ws.now()
    waiting = entries.in_order(entries.live(reader, now), now, ws.settings)
    found = [*waiting]
    if all_:
        known = {each.id for each in waiting}
        found += [each for each in reader.find("queue", order="-id", limit=MOST) if each.id not in known]
    if mine:
        who = ws.who()
        found = [each for each in found if _is_mine(each, who)]
    if path:
        from gitcoord.actions.targets import scopes_of

        fold = bool(ws.settings.get("claims.fold_case"))
        asked = scopes_of(ws, [path])[0]
        found = [each for each in found if entries.stands_before(each, asked, "exclusive", fold)]
    shown = [described(ws, reader, each, waiting, now) for each in found[:MOST]]
    totals = {"totals": {"queue": len(found)}} if len(found) > len(shown) else {}
    return {"queue": shown, "as_of": ws.as_of(), **totals}


def _is_mine(entity: Entity, who: dict[str, set[str]]) -> bool:
    return entity.get("agent_id") in who["agents"] or entity.get("session_id") in who["sessions"]


def described(ws: Workspace, reader: Reader, entry: Entity, waiting: list[Entity], now: float) -> dict[str, Any]:
    """An entry with the claims it waits for, and who comes before it. ``place``: 1 is next."""
    shown = entry_object(entry, now)
    if shown["state"] != WAITING:
        return shown
    fold = bool(ws.settings.get("claims.fold_case"))
    before = []
    for other in waiting:
        if other.id == entry.id:
            break
        if entries.stands_before_entry(other, entry, fold):
            before.append(other.alias)
    return {**shown, "place": len(before) + 1, "behind": before, "waiting_for": _holders(ws, reader, entry, now)}


def _holders(ws: Workspace, reader: Reader, entry: Entity, now: float) -> list[dict[str, Any]]:
    from gitcoord.rules.claims.conflict import met

    found: dict[str, Entity] = {}
    agents, sessions = (entry.get("agent_id"),), (entry.get("session_id"),)
    for scope in entries.scopes_of(entry):
        for claim, way, _ in met(reader, scope, agents, sessions, entries.mode_of(entry), now, ws.settings):
            if not way:
                found[claim.id] = claim
    names = ("id", "alias", "scope", "agent", "expires_at")
    return [{name: each.get(name) for name in names} for each in found.values()]


def cancel(ws: Workspace, reference: str) -> dict[str, Any]:
    """Stop waiting; the command that waits hears of it."""
    from gitcoord.actions.references import one

    entry = one(ws, reference, "queue")
    return ws.submit("queue.cancel", {"entry": entry.id, "reason": "cancelled"})


# Waiting.


def wait(ws: Workspace, queued: dict[str, Any], limit: float) -> dict[str, Any]:
    """The grant, once there is one.

    Raises:
        ClaimConflict: the time is over, somebody refused or cancelled. The entry is gone then.
        KeyboardInterrupt: interrupted. The entry is gone, and what was granted meanwhile given back.
    """
    entry_id, began = str(queued["queue"][0]["id"]), clock.elapsed()
    ws.key = ""  # it named the first write; what follows are others
    restore = _stop_on_sigterm()
    try:
        entry = _until_over(ws, entry_id, began + limit)
        if entry.get("state") == WAITING:
            over = _leave(ws, entry_id, f"nothing after {int(limit)} s")
            if over.get("outcome") != GRANTED:
                raise _nothing(ws, entry, limit)
            ws.again()
            entry = ws.reader().get("queue", entry_id) or entry
        if entry.get("state") != GRANTED:
            raise _ended(entry)
        return _picked_up(ws, queued, entry, clock.elapsed() - began)
    except KeyboardInterrupt:
        _leave(ws, entry_id, "interrupted", give_back=True)
        raise
    finally:
        restore()


def _stop_on_sigterm() -> Callable[[], object]:
    """Whoever stops a waiting command politely leaves nothing behind either; gives what undoes it."""
    import signal

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread
        return lambda: None
    return lambda: signal.signal(signal.SIGTERM, before)


def _until_over(ws: Workspace, entry_id: str, deadline: float) -> Entity:
    """The entry as soon as it no longer waits, or as it is at the deadline."""
    poll = float(ws.machine_settings().get("queue.poll"))
    tip: str | None = ""
    asked = clock.elapsed()
    while True:
        if ws.stopped():
            raise KeyboardInterrupt
        now_is = ws.register.known_tip()
        due = clock.elapsed() - asked >= poll
        if now_is != tip or due:
            if due:
                ws.again(max_age=poll * 0.9)
                asked = clock.elapsed()
            else:
                ws.again()
            tip = ws.register.known_tip()
            entry = ws.reader().get("queue", entry_id)
            if entry is None or entry.get("state") != WAITING or clock.elapsed() >= deadline:
                return entry or _missing(entry_id)
            if due and (ws.age() or 0.0) < 2 * poll and _is_next(ws, entry_id):
                ws.submit("queue.settle", {"entry": entry_id})
                continue
        left = deadline - clock.elapsed()
        if left <= 0:
            tip = None  # one more look, then it is over
            continue
        time.sleep(min(GLANCE, left))


def _is_next(ws: Workspace, entry_id: str) -> bool:
    """Whether it would be granted now: what it waits for has lapsed, and nobody has landed anything since."""
    from gitcoord.rules.queue.grants import grants

    reader: Any = ws.reader()
    found = grants(reader, ws.now(), ws.settings, reader.next_revision)
    return any(each["id"] == entry_id for each in found.told)


def _missing(entry_id: str) -> Entity:
    from gitcoord.model.entity import Entity

    return Entity("queue", {"id": entry_id, "state": CANCELLED, "end_reason": "its record is gone"})


def _picked_up(ws: Workspace, queued: dict[str, Any], entry: Entity, waited: float) -> dict[str, Any]:
    """Until now the grant was good for two minutes, should nobody be here to see it; from now on for its TTL."""
    reader = ws.reader()
    claims = [each for id in entry.get("claims") or [] for each in [reader.get("claim", str(id))] if each is not None]
    active = [each for each in claims if each.get("state") == "active"]
    if not active:
        raise ClaimConflict(
            f"{entry.alias} was granted, and its claims have ended since.", hint=f"gitcoord queue list --all   ({entry.alias})"
        )
    args: dict[str, Any] = {"claims": [{"id": each.id, "fence": each.get("fence"), "lease_token": None} for each in active]}
    if entry.get("ttl"):
        args["ttl"] = int(entry.get("ttl"))
    result = ws.submit("claim.renew", args)
    outcome = {"outcome": "granted"} if result.get("outcome") == "renewed" else {}
    shown = entry_object(entry, ws.now())
    return {**result, **outcome, "queue": [shown], "waited_seconds": int(waited), "queued_as": queued.get("intent_id")}


def _leave(ws: Workspace, entry_id: str, reason: str, give_back: bool = False) -> dict[str, Any]:
    args: dict[str, Any] = {"entry": entry_id, "reason": reason}
    if give_back:
        args["give_back"] = True
    return ws.submit("queue.cancel", args)


def _nothing(ws: Workspace, entry: Entity, limit: float) -> ClaimConflict:
    from gitcoord.text import one_line, show_duration

    ws.again()
    reader, now = ws.reader(), ws.now()
    holders = _holders(ws, reader, entry, now)
    scopes = one_line(", ".join(entry.get("scopes") or []), 120)
    who = ", ".join(f"{one_line(str(each['agent']), 60)} ({each['alias']})" for each in holders[:3])
    return ClaimConflict(
        f"{scopes} was not free within {show_duration(limit)}" + (f": {who} still holds it." if who else "."),
        hint=_go_on(ws, reader, entry, holders),
        conflicts=[{"requested": scopes, "claim": each} for each in holders], queue=[entry_object(entry, now)],
    )  # fmt: skip


def _go_on(ws: Workspace, reader: Reader, entry: Entity, holders: list[dict[str, Any]]) -> str:
    """Ask the holder, or where that was done, look at the request that stands."""
    from gitcoord.text import one_line

    if not holders:
        return f"gitcoord claim {_words(entry)}"
    who = ws.who()
    for each in reader.find("request", state="pending", limit=MOST):
        if each.get("claim") == holders[0]["id"] and _is_mine(each, who):
            return f"gitcoord show {each.alias}   (your request; {one_line(str(each.get('holder')), 60)} has not answered yet)"
    return f'gitcoord request-release {holders[0]["alias"]} --reason "…"'


def _ended(entry: Entity) -> ClaimConflict:
    from gitcoord.text import one_line

    why = one_line(str(entry.get("end_reason") or entry.get("state")), 120)
    by = one_line(str(entry.get("ended_by") or ""), 60)
    scopes = one_line(", ".join(entry.get("scopes") or []), 120)
    return ClaimConflict(
        f"{entry.alias} no longer waits for {scopes}: {why}" + (f" (by {by})." if by and by not in why else "."),
        hint=f"gitcoord check {_words(entry)}", conflicts=[], queue=[entry_object(entry, clock.now())],
    )  # fmt: skip


def _words(entry: Entity) -> str:
    from gitcoord.text import as_word

    return " ".join(as_word(str(each)) for each in entry.get("scopes") or [])
