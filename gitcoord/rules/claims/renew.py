"""Holding on: a new lease token and a new end, at most once per third of the TTL."""

from __future__ import annotations

from gitcoord.model.outcome import Denied, Event, Landed
from gitcoord.rules.claims import lease
from gitcoord.rules.claims.acquire import _wrong_terms
from gitcoord.rules.claims.objects import claim_object
from gitcoord.rules.claims.release import stale, subject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.entity import Entity
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings


def renew(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """All or none. A late renewal is allowed while the branch still shows me as the holder."""
    ttl = intent.args.get("ttl")
    wrong = _wrong_terms(ttl, "exclusive", settings)
    if wrong is not None:
        return wrong
    shown: list[Entity] = []
    changes: list[Entity] = []
    for n, named in enumerate(intent.args["claims"]):
        claim = snapshot.get("claim", named["id"])
        if claim is None:
            return Denied("not-found", f"There is no claim {named['id']}.", "gitcoord claims --mine")
        refusal = stale(intent, claim, named)
        if refusal is not None:
            return refusal
        if claim.get("state") != "active":
            return Denied("lease-token-conflict", f"{claim.alias} was released.", f"gitcoord claim {claim.get('scope')}")
        if ttl is None and not lease.renewal_due(claim, now):
            shown.append(claim)
            continue
        changes.append(lease.renewed(claim, f"{intent.id}-{n}", float(ttl or lease.ttl_of(claim)), now))
        shown.append(changes[-1])
    events = [
        Event("claim.renewed", {"claim": each.id}, {"alias": each.alias, "scope": each.get("scope")}) for each in changes
    ]
    result = {"outcome": "renewed", "claims": [claim_object(each, now, own=True) for each in shown]}
    return Landed(changes, events, result, subject("renew", changes, intent.agent))
