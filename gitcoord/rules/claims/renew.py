"""Holding on: a new lease token and a new end, at most once per third of the TTL."""

from __future__ import annotations

from gitcoord.model.outcome import Denied, Landed
from gitcoord.rules.claims import lease
from gitcoord.rules.claims.objects import claim_object
from gitcoord.rules.claims.release import named_once, stale, unknown
from gitcoord.rules.claims.words import event, subject
from gitcoord.text import as_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.entity import Entity
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings


def renew(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """All or none. A late renewal is allowed while the branch still shows me as the holder.

    Without a TTL, a claim that was renewed less than a third of its TTL ago stays as it is: ``still_valid`` tells.
    """
    ttl = intent.args.get("ttl")
    wrong = lease.wrong_ttl(ttl, settings)
    if wrong is not None:
        return wrong
    shown: list[Entity] = []
    changes: list[Entity] = []
    for n, named in enumerate(named_once(intent)):
        claim = snapshot.get("claim", str(named.get("id")))
        if claim is None:
            return unknown(named)
        refusal = stale(snapshot, intent, claim, named)
        if refusal is not None:
            return refusal
        if claim.get("state") != "active":
            return Denied(
                "lease-token-conflict", f"{claim.alias} was released at {claim.get('ended_at')}.",
                f"gitcoord claim {as_word(str(claim.get('scope')))}", {"claim": claim.alias, "fence": claim.get("fence")},
            )  # fmt: skip
        if claim.get("requests"):
            from gitcoord.rules.requests import without_requests

            claim = without_requests(snapshot, claim, now)
        if ttl is not None or lease.renewal_due(claim, now):
            claim = lease.renewed(claim, f"{intent.id}-{n}", float(ttl or lease.ttl_of(claim)), now)
            changes.append(claim)
        shown.append(claim)
    result = {"outcome": "renewed", "claims": [claim_object(each, now, own=True) for each in shown]}
    if not changes:
        return Landed([], [], {**result, "still_valid": True}, "")
    events = [event("claim.renewed", each) for each in changes]
    return Landed(changes, events, result, subject("renew", changes, intent.agent))
