"""Giving back: only by its holder, and only the very claim that the holder saw."""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.outcome import Denied, Event, Landed
from gitcoord.rules.claims.objects import claim_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings


def held_by(intent: Intent, claim: Entity) -> bool:
    return claim.get("agent_id") == intent.agent_id or claim.get("session_id") == intent.session_id


def stale(intent: Intent, claim: Entity, named: dict[str, Any]) -> Denied | None:
    """Why an act on this claim is refused: another's, taken over, or seen under another token."""
    if not held_by(intent, claim):
        return Denied(
            "lease-token-conflict", f"{claim.alias} ({claim.get('scope')}) is {claim.get('agent')}'s, not yours.",
            "gitcoord claims --mine", {"claim": claim.alias, "holder": claim.get("agent")},
        )  # fmt: skip
    if claim.get("state") == "superseded":
        return Denied(
            "lease-token-conflict", f"{claim.alias} ({claim.get('scope')}) was taken over by {claim.get('ended_by')}"
            f" at {claim.get('ended_at')}: {claim.get('end_reason')}.",
            f"gitcoord check {claim.get('scope')}", {"claim": claim.alias, "holder": claim.get("ended_by")},
        )  # fmt: skip
    token, fence = named.get("lease_token"), named.get("fence")
    if (token and token != claim.get("lease_token")) or (fence is not None and fence != claim.get("fence")):
        return Denied(
            "lease-token-conflict", f"{claim.alias} has changed since you looked.", f"gitcoord show {claim.alias}",
            {"claim": claim.alias, "lease_token": claim.get("lease_token"), "fence": claim.get("fence")},
        )  # fmt: skip
    return None


def release(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """All or none. Releasing again what I released is done already."""
    changes: list[Entity] = []
    for named in intent.args["claims"]:
        claim = snapshot.get("claim", named["id"])
        if claim is None:
            return Denied("not-found", f"There is no claim {named['id']}.", "gitcoord claims --mine")
        if claim.get("state") == "released" and held_by(intent, claim):
            continue
        refusal = stale(intent, claim, named)
        if refusal is not None:
            return refusal
        changes.append(released(claim, intent.agent, intent.args.get("reason") or "", now))
    result = {"outcome": "released", "claims": [claim_object(each, now) for each in changes]}
    return Landed(changes, [ended(each) for each in changes], result, subject("release", changes, intent.agent))


def released(claim: Entity, by: str, reason: str, now: float) -> Entity:
    return claim.changed(state="released", ended_at=rfc3339(now), ended_by=by, end_reason=reason or None)


def ended(claim: Entity) -> Event:
    refs = {"claim": claim.id, **({"coop": str(claim.get("coop"))} if claim.get("coop") else {})}
    return Event("claim.released", refs, {"alias": claim.alias, "scope": claim.get("scope"), "holder": claim.get("agent")})


def subject(verb: str, claims: list[Entity], agent: str) -> str:
    words = ", ".join(str(each.get("scope")) for each in claims[:3]) + (" …" if len(claims) > 3 else "")
    return f"{verb} {words} by {agent}"
