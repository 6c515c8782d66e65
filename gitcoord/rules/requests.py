"""Requests to release a claim: filing one, what it does to the claim meanwhile, and how it ends without an answer.

A pending request cuts the rest of the claim to five minutes (``requests.clamp``). Only ``expires_at`` moves: the lease
token stays, or the holder's next act would fail, and so does ``ttl``, by which others measure how long they have seen
that token (T1 of the protocol, section 4): a shorter one would let them take over at once what they have watched for an
hour. ``clamped_from`` keeps the end that a denial puts back.
"""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import alias
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules.asked import Refusal, coop_id, filled, made, subject, the
from gitcoord.rules.claims.conflict import is_mine, scope_of
from gitcoord.rules.claims.lease import ends_at
from gitcoord.rules.claims.objects import claim_object, instant
from gitcoord.rules.claims.overlap import overlaps
from gitcoord.text import as_word, counted, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.rules.claims.scope import Scope
    from gitcoord.settings import Settings

PENDING, RESOLVED, EXPIRED = "pending", "resolved", "expired"
MAX_REASON, MAX_TIMELINE, MOST_SWEPT, MOST_NOTICES = 400, 30, 20, 5


def note(request: Entity, at: float, words: str) -> list[str]:
    """The timeline with one more line. Nothing is ever taken out of it."""
    return [*request.get("timeline", []), f"{rfc3339(at)} {words}"]


def shown_state(request: Entity, now: float) -> str:
    """A request that nobody answered in time is over, whether or not somebody has recorded that yet."""
    state = str(request.get("state") or PENDING)
    ends = instant(request, "expires_at")
    return EXPIRED if state == PENDING and (ends is None or ends <= now) else state


def pending(snapshot: Snapshot, claim: Entity, now: float) -> list[Entity]:
    """Requests for this claim that wait for an answer."""
    found = [snapshot.get("request", str(id)) for id in claim.get("requests") or []]
    return [each for each in found if each is not None and shown_state(each, now) == PENDING]


def request_object(request: Entity, now: float) -> dict[str, Any]:
    names = (
        "id", "alias", "claim", "scope", "holder", "agent", "reason", "urgency", "created_at", "expires_at", "queue",
        "answer", "answered_by", "answered_at", "answer_reason", "granted", "wanted", "timeline",
    )  # fmt: skip
    shown = {name: request.get(name) for name in names if request.get(name) not in (None, "", [])}
    return {**shown, "state": shown_state(request, now)}


def brief(request: Entity, now: float) -> dict[str, Any]:
    """A request in a refusal: who, how it stands; the rest is in ``gitcoord show``."""
    shown = request_object(request, now)
    return {name: shown[name] for name in ("alias", "agent", "state", "answer", "answered_by", "answered_at") if name in shown}


# Filing.


def file(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Ask the holder. ``wait``: and stand in the queue from now on, for ``wanted`` or for all that the claim holds."""
    claim = _askable(snapshot, intent)
    from gitcoord.rules.queue.acts import checked_wait

    wait = checked_wait(intent)
    _check_wanted(intent, claim, settings)
    reason = one_line(str(intent.args.get("reason") or ""))
    if not reason or len(reason) > MAX_REASON:
        raise Refusal(
            "invalid-arguments", f"A request needs a reason of at most {MAX_REASON} characters.",
            f'gitcoord request-release {claim.alias} --reason "…"',
        )  # fmt: skip
    before = next((each for each in pending(snapshot, claim, now) if _asked_by(each, intent)), None)
    if before is not None and not wait:
        return Landed([], [], {"outcome": "already-filed", "requests": [request_object(before, now)]}, "")
    changes: list[Entity] = []
    events: list[Event] = []
    request = before or _new(snapshot, intent, claim, reason, now, settings)
    if wait:
        entry = _entry(snapshot, intent, claim, request, wait, now, settings)
        request = request.changed(queue=entry.id)
        changes, events = [entry], [_joined(entry)]
    if before is None:
        swept = _swept(snapshot, now, settings)
        changes += [*swept, clamped(claim, request, now, settings)]
        events = [_filed(request, claim), *events]
    changes.append(request)
    return _answer(request, changes, events, claim, intent, now)


def _askable(snapshot: Snapshot, intent: Intent) -> Entity:
    claim = the(snapshot, "claim", str(intent.args.get("claim") or ""))
    if claim.get("state") != "active":
        scope = one_line(str(claim.get("scope")), 120)
        words = f"{claim.alias} ({scope}) is {claim.get('state')}."
        raise Refusal("check-failed", words, f"gitcoord claim {as_word(str(claim.get('scope')))}")
    if is_mine(claim, (intent.agent_id,), (intent.session_id,)):
        raise Refusal("invalid-arguments", f"{claim.alias} is yours.", f"gitcoord release {claim.alias}")
    return claim


def _check_wanted(intent: Intent, claim: Entity, settings: Settings) -> None:
    """Raises Refusal for who needs something that the claim does not hold."""
    held, fold = scope_of(claim), bool(settings.get("claims.fold_case"))
    for each in _wanted(intent):
        if not overlaps(each, held, fold):
            what = one_line(each.scope, 120)
            raise Refusal(
                "invalid-arguments", f"{claim.alias} ({one_line(held.scope, 120)}) does not hold {what}.",
                f"gitcoord check {as_word(each.scope)}",
            )  # fmt: skip


def _asked_by(request: Entity, intent: Intent) -> bool:
    return is_mine(request, (intent.agent_id,), (intent.session_id,))


def _check_denied(snapshot: Snapshot, intent: Intent, claim: Entity, now: float, settings: Settings) -> None:
    """Raises Refusal for who was denied a moment ago: each request cuts the claim short, and a holder has work to do."""
    rest = float(settings.get("requests.ttl"))
    for each in snapshot.find("request", state="denied", agent_id=intent.agent_id):
        answered = instant(each, "answered_at")
        if each.get("claim") == claim.id and answered is not None and 0 <= now - answered < rest:
            raise Refusal(
                "rate-limited", f"{one_line(str(each.get('answered_by')), 60)} denied {each.alias} a moment ago.",
                f"gitcoord claim {as_word(str(claim.get('scope')))} --wait 10m",
                retry_after=max(1, int(answered + rest - now)), requests=[brief(each, now)],
            )  # fmt: skip


def _new(snapshot: Snapshot, intent: Intent, claim: Entity, reason: str, now: float, settings: Settings) -> Entity:
    _check_denied(snapshot, intent, claim, now, settings)
    waiting = [each for each in snapshot.find("request", state=PENDING) if _asked_by(each, intent)]
    most = int(settings.get("queue.max_per_agent"))
    live = [each for each in waiting if shown_state(each, now) == PENDING]
    if len(live) >= most:
        soon = min(instant(each, "expires_at") or now for each in live)
        verb = "waits" if len(live) == 1 else "wait"
        raise Refusal(
            "rate-limited",
            f"{counted(len(live), 'request')} of yours {verb} for an answer; {most} may (queue.max_per_agent).",
            "gitcoord requests --mine", retry_after=max(1, int(soon - now)), limit=most,
        )  # fmt: skip
    return Entity("request", {
        "id": intent.ids[0], "alias": alias("request", snapshot.next_number("request")), "state": PENDING,
        "claim": claim.id, "scope": claim.get("scope"), "reason": reason,
        "urgency": str(intent.args.get("urgency") or "normal"), **filled(coop=coop_id(snapshot, intent)),
        **made(intent, now, "agent"), "expires_at": rfc3339(now + float(settings.get("requests.ttl"))),
        **filled(wanted=[each.scope for each in _wanted(intent)] or None),
        **filled(holder=claim.get("agent"), holder_id=claim.get("agent_id"), holder_session=claim.get("session_id")),
        "timeline": [f"{rfc3339(now)} filed by {one_line(intent.agent, 60)}"],
    })  # fmt: skip


def _entry(
    snapshot: Snapshot, intent: Intent, claim: Entity, request: Entity, wait: int, now: float, settings: Settings
) -> Entity:
    from gitcoord.rules.queue.acts import new_entry

    scopes = _wanted(intent) or [scope_of(claim)]
    usual = min(float(settings.get(f"claims.ttl.{each.kind}")) for each in scopes)
    ttl = int(min(usual, float(settings.get("claims.max_ttl"))))
    shared = "shared" if claim.get("mode") == "shared" else None
    return new_entry(snapshot, intent, intent.ids[1], scopes, wait, now, settings, mode=shared, ttl=ttl, request=request.id)


def _wanted(intent: Intent) -> list[Scope]:
    from gitcoord.rules.claims.scope import checked

    asked = intent.args.get("wanted") or []
    return [checked(str(each["kind"]), str(each["scope"]), tuple(each.get("symbols") or ())) for each in asked]


def _joined(entry: Entity) -> Event:
    from gitcoord.rules.queue.acts import joined

    return joined(entry)


def clamped(claim: Entity, request: Entity, now: float, settings: Settings) -> Entity:
    """The claim while a request for it waits: at most so much is left of it, and what was left is remembered."""
    ends, most = ends_at(claim), now + float(settings.get("requests.clamp"))
    values: dict[str, Any] = {"requests": [*(claim.get("requests") or []), request.id]}
    if ends is None or ends > most:
        values["expires_at"] = rfc3339(most)
    if ends is not None and not claim.get("clamped_from"):
        values["clamped_from"] = claim.get("expires_at") or rfc3339(ends)
    return claim.changed(**values)


def _swept(snapshot: Snapshot, now: float, settings: Settings) -> list[Entity]:
    """Requests that ran out long ago get their last state."""
    margin = float(settings.get("claims.clock_margin"))
    old = [
        each for each in snapshot.find("request", state=PENDING) if (instant(each, "expires_at") or 0.0) + margin <= now
    ]  # fmt: skip
    return [expired(each) for each in old[:MOST_SWEPT]]


def expired(request: Entity) -> Entity:
    at = instant(request, "expires_at") or 0.0
    return request.changed(state=EXPIRED, timeline=note(request, at, "expired without an answer"))


def _filed(request: Entity, claim: Entity) -> Event:
    refs = {"request": request.id, "claim": claim.id}
    said = {
        "alias": request.alias, "claim": claim.alias, "scope": claim.get("scope"), "holder": claim.get("agent"),
        "title": request.get("reason"), "urgency": request.get("urgency"),
    }  # fmt: skip
    return Event("request.filed", refs, said)


def _answer(
    request: Entity, changes: list[Entity], events: list[Event], claim: Entity, intent: Intent, now: float
) -> Landed:
    from gitcoord.rules.queue.entries import entry_object

    now_is = next((each for each in changes if each.kind == "claim"), claim)
    result = {
        "outcome": "filed", "requests": [request_object(request, now)], "claims": [claim_object(now_is, now)],
        **filled(queue=[entry_object(each, now) for each in changes if each.kind == "queue"]),
    }  # fmt: skip
    return Landed(changes, events, result, subject(intent, f"{request.alias} asks for {claim.alias}"))


# What a claim does while it is asked for, and when it ends.


def without_requests(snapshot: Snapshot, claim: Entity, now: float) -> Entity:
    """The claim free of requests that ran out unanswered, as a renewal needs it.

    Raises Refusal while one still waits: a renewal would be a denial that nobody said.
    """
    waiting = pending(snapshot, claim, now)
    if waiting:
        first = waiting[0]
        who = one_line(str(first.get("agent")), 60)
        raise Refusal(
            "check-failed", f"{claim.alias} is asked for by {who} ({first.alias}): it is not renewed before you answer.",
            f"gitcoord respond {first.alias} deny   (or: approve, narrow PATTERN, coexist)",
            requests=[brief(each, now) for each in waiting[:5]],
        )  # fmt: skip
    return claim.changed(requests=None, clamped_from=None)


def end_with(snapshot: Snapshot, ended: list[Entity], now: float) -> tuple[list[Entity], list[Event]]:
    """Requests whose claim is gone, by whatever road, have what they asked for. The claims name them no more."""
    changes: list[Entity] = []
    events: list[Event] = []
    for claim in ended:
        for id in claim.get("requests") or []:
            request = snapshot.get("request", str(id))
            if request is None or request.get("state") != PENDING:
                continue
            if shown_state(request, now) == EXPIRED:
                changes.append(expired(request))
                continue
            line = note(request, now, f"resolved: {claim.alias} was {claim.get('state')}")
            changes.append(request.changed(state=RESOLVED, timeline=line))
            refs = {"request": request.id, "claim": claim.id}
            events.append(Event("request.answered", refs, {"alias": request.alias, "answer": RESOLVED}))
        changes.append(claim.changed(requests=None, clamped_from=None))
    return changes, events


def notify(
    snapshot: Snapshot, held: list[Entity], changes: dict[tuple[str, str], Entity], now: float, result: dict[str, Any]
) -> dict[str, Any]:
    """Tell a holder that lands anything of the requests for its claims, once each; the timeline keeps that it was told."""
    told: list[str] = []
    for claim in held:
        if ("claim", claim.id) in changes or len(told) >= MOST_NOTICES:
            continue
        for request in pending(snapshot, claim, now):
            lines = request.get("timeline", [])
            if ("request", request.id) in changes or any(" notified " in line for line in lines):
                continue
            seen = note(request, now, f"notified {one_line(str(claim.get('agent')), 60)}")
            changes["request", request.id] = request.changed(timeline=seen)
            who, why = one_line(str(request.get("agent")), 60), one_line(str(request.get("reason")), 120)
            told.append(f"{who} asks for {claim.alias} ({request.alias}): “{why}”. Answer: gitcoord respond {request.alias} …")
    return {"warnings": [*(result.get("warnings") or []), *told]} if told else {}
