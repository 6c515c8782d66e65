"""Who may have a scope: the one function that answers a claim, a check and a push alike."""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import alias
from gitcoord.model.outcome import Denied, Event, Landed
from gitcoord.rules.claims import lease
from gitcoord.rules.claims.objects import claim_object, expires_at
from gitcoord.rules.claims.overlap import overlaps
from gitcoord.rules.claims.scope import Scope, from_stored
from gitcoord.text import until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

OPTIONS = ["wait", "narrow", "escalate", "override"]


def scope_of(claim: Entity) -> Scope:
    return from_stored(str(claim.get("kind")), str(claim.get("scope")), tuple(claim.get("symbols") or ()))


def conflicts(
    snapshot: Any,
    scope: Scope,
    agents: Collection[str],
    sessions: Collection[str],
    mode: str,
    now: float,
    settings: Settings,
    take_over_live: bool = False,
) -> list[Entity]:
    """Active claims of others that stand in the way of this scope.

    Not in the way: claims of the same agent or session, shared beside shared, disjoint symbols, a narrowable
    file claim under a symbol, and claims that may be taken over by the evidence at hand.
    """
    return [claim for claim, way in _met(snapshot, scope, agents, sessions, mode, now, settings, take_over_live) if not way]


def _met(
    snapshot: Any, scope: Scope, agents: Collection[str], sessions: Collection[str], mode: str, now: float,
    settings: Settings, take_over_live: bool,
) -> list[tuple[Entity, dict[str, Any]]]:  # fmt: skip
    """Every overlapping claim of others, with the way past it: empty when there is none."""
    fold = settings.get("claims.fold_case")
    found = []
    for claim in snapshot.overlap_candidates(scope.kind, scope.scope):
        if claim.get("agent_id") in agents or claim.get("session_id") in sessions:
            continue
        held = scope_of(claim)
        if not overlaps(scope, held, fold):
            continue
        found.append((claim, _way_past(snapshot, scope, held, claim, mode, now, settings, take_over_live)))
    return found


def _way_past(
    snapshot: Any, scope: Scope, held: Scope, claim: Entity, mode: str, now: float, settings: Settings, live: bool
) -> dict[str, Any]:
    wants_shared = mode == "shared" or scope.kind == "shared"
    has_shared = claim.get("mode") == "shared" or held.kind == "shared"
    if wants_shared and has_shared:
        return {"way": "coexist"}
    if scope.kind == "symbol" and held.kind == "file" and claim.get("narrowable"):
        return {"way": "narrow"}
    evidence = lease.takeable(claim, snapshot.seen(claim), now, settings, live)
    return {"way": "take-over", "evidence": evidence} if evidence else {}


def acquire(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """All scopes of the intent or none. What I hold exactly is renewed; the rest is granted."""
    args = intent.args
    ttl = args.get("ttl")
    mode = args.get("mode") or "exclusive"
    wrong = _wrong_terms(ttl, mode, settings)
    if wrong is not None:
        return wrong
    mine = ({intent.agent_id}, {intent.session_id})
    granted: list[Entity] = []
    ended: dict[str, Entity] = {}
    events: list[Event] = []
    blocked: list[tuple[Scope, Entity]] = []
    outcomes = set()
    number = snapshot.next_number("claim")
    for n, asked in enumerate(args["scopes"]):
        scope = from_stored(asked["kind"], asked["scope"], tuple(asked.get("symbols") or ()))
        time = float(ttl or settings.get(f"claims.ttl.{'shared' if mode == 'shared' else scope.kind}"))
        token = f"{intent.id}-{n}"
        same = _already_mine(snapshot, scope, mode, mine)
        if same is not None:
            kept = lease.renewed(same, token, time, now)
            granted.append(kept)
            outcomes.add("renewed")
            events.append(_event("claim.renewed", kept))
            continue
        claim = _new(intent, intent.ids[n], alias("claim", number), scope, mode, time, token, now, revision)
        number += 1
        outcome = "granted"
        for held, way in _met(snapshot, scope, *mine, mode, now, settings, bool(args.get("take_over_live"))):
            if not way:
                blocked.append((scope, held))
            elif way["way"] == "take-over":
                over = _superseded(ended.get(held.id, held), intent, claim, way["evidence"], now)
                ended[held.id] = over
                events.append(_event("claim.superseded", over, by=intent.agent, rule=way["evidence"]["rule"]))
            elif way["way"] == "narrow":
                outcome = "narrowed"
                ended[held.id] = ended.get(held.id, held).changed(
                    narrowed_by=sorted({*(held.get("narrowed_by") or []), claim.id})
                )
                events.append(_event("claim.narrowed", held, by=intent.agent))
        neighbours = _neighbours(snapshot, scope, mine)
        if neighbours:
            outcome = "coexisting" if outcome == "granted" else outcome
            claim = claim.changed(coexists_with=sorted(each.id for each in neighbours))
            for each in neighbours:
                before = ended.get(each.id, each)
                ended[each.id] = before.changed(coexists_with=sorted({*(before.get("coexists_with") or []), claim.id}))
        granted.append(claim)
        outcomes.add(outcome)
        events.append(_event("claim.granted", claim))
    warnings: list[str] = []
    if blocked:
        denial = _denied(blocked, now)
        if settings.get("claims.mode") != "warn":
            return denial
        warnings.append(denial.message)
    result: dict[str, Any] = {
        "outcome": next(word for word in ("narrowed", "coexisting", "granted", "renewed") if word in outcomes),
        "claims": [claim_object(each, now, own=True) for each in granted],
    }
    taken = [each for each in ended.values() if each.get("state") == "superseded"]
    if taken:
        result["superseded"] = [claim_object(each, now) for each in taken]
    if warnings:
        result["warnings"] = warnings
    words = ", ".join(str(each.get("scope")) for each in granted[:3]) + (" …" if len(granted) > 3 else "")
    verb = "renew" if outcomes == {"renewed"} else "claim"
    return Landed([*ended.values(), *granted], events, result, f"{verb} {words} by {intent.agent}")


def _wrong_terms(ttl: Any, mode: str, settings: Settings) -> Denied | None:
    low, high = settings.get("claims.min_ttl"), settings.get("claims.max_ttl")
    if ttl is not None and (not isinstance(ttl, int) or isinstance(ttl, bool) or not low <= ttl <= high):
        return Denied(
            "invalid-arguments", f"A TTL is between {low // 60} minute and {high // 3600} hours, not {str(ttl)[:20]} s.",
            "gitcoord claim … --ttl 45m",
        )  # fmt: skip
    if mode not in ("exclusive", "shared"):
        return Denied("invalid-arguments", f"A claim is exclusive or shared, not {str(mode)[:20]}.")
    return None


def _already_mine(snapshot: Snapshot, scope: Scope, mode: str, mine: tuple[set[str], set[str]]) -> Entity | None:
    for claim in snapshot.overlap_candidates(scope.kind, scope.scope):
        same = claim.get("kind") == scope.kind and claim.get("scope") == scope.scope and claim.get("mode") == mode
        if same and (claim.get("agent_id") in mine[0] or claim.get("session_id") in mine[1]):
            return claim
    return None


def _neighbours(snapshot: Snapshot, scope: Scope, mine: tuple[set[str], set[str]]) -> list[Entity]:
    """Symbol claims of others on the same file, whose symbols are disjoint from these."""
    if scope.kind != "symbol":
        return []
    return [
        claim for claim in snapshot.overlap_candidates(scope.kind, scope.scope)
        if claim.get("kind") == "symbol" and scope_of(claim).path == scope.path and not overlaps(scope, scope_of(claim))
        and claim.get("agent_id") not in mine[0] and claim.get("session_id") not in mine[1]
    ]  # fmt: skip


def _new(
    intent: Intent, id: str, name: str, scope: Scope, mode: str, ttl: float, token: str, now: float, revision: int
) -> Entity:
    args = intent.args
    return Entity("claim", {
        "id": id, "alias": name, "state": "active", "kind": scope.kind, "scope": scope.scope, "mode": mode,
        "agent": intent.agent, "agent_id": intent.agent_id, "session_id": intent.session_id,
        "branch": args.get("branch") or intent.actor.get("branch") or None, "coop": args.get("coop") or None,
        "task": args.get("task") or None, "description": args.get("description") or None,
        "narrowable": scope.kind == "file" and mode == "exclusive", "symbols": list(scope.symbols) or None,
        "ttl": int(ttl), "acquired_at": rfc3339(now), "renewed_at": rfc3339(now), "expires_at": rfc3339(now + ttl),
        "fence": revision, "lease_token": token,
    })  # fmt: skip


def _superseded(held: Entity, intent: Intent, by: Entity, evidence: dict[str, Any], now: float) -> Entity:
    return held.changed(
        state="superseded", ended_at=rfc3339(now), ended_by=intent.agent, end_reason=f"taken over by {by.alias}",
        evidence=evidence,
    )  # fmt: skip


def _event(type: str, claim: Entity, **body: Any) -> Event:
    refs = {"claim": claim.id}
    if claim.get("coop"):
        refs["coop"] = str(claim.get("coop"))
    if claim.get("task"):
        refs["task"] = str(claim.get("task"))
    return Event(type, refs, {"alias": claim.alias, "scope": claim.get("scope"), "holder": claim.get("agent"), **body})


def _denied(blocked: list[tuple[Scope, Entity]], now: float) -> Denied:
    scope, held = blocked[0]
    when = until(expires_at(held), now)
    what = str(held.get("scope"))
    head = f"{scope.scope} is claimed by {held.get('agent')} until {when} ({held.alias}"
    head += ")" if what == scope.scope else f", {what})"
    more = f" And {len(blocked) - 1} more." if len(blocked) > 1 else ""
    details = {
        "conflicts": [{"requested": each.scope, "claim": claim_object(claim, now)} for each, claim in blocked],
        "options": OPTIONS,
    }
    hint = f"Claim other files, or wait for {held.get('agent')}: gitcoord check {scope.scope}"
    return Denied("claim-conflict", head + "." + more, hint, details)
