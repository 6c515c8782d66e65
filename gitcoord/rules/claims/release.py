"""Giving back: only by its holder, and only the very claim that the holder saw."""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.outcome import Denied, Landed
from gitcoord.rules.claims import holds
from gitcoord.rules.claims.conflict import candidates, is_mine, scope_of
from gitcoord.rules.claims.objects import claim_object
from gitcoord.rules.claims.overlap import overlaps
from gitcoord.rules.claims.words import event, subject
from gitcoord.text import as_word, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings


def release(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """All or none. Releasing again what I released is done already."""
    changes: list[Entity] = []
    shown: list[Entity] = []
    for named in named_once(intent):
        claim = snapshot.get("claim", str(named.get("id")))
        if claim is None:
            return unknown(named)
        work = (intent.args.get("work") or {}).get(claim.id)
        if held_by(intent, claim) and claim.get("state") in ("released", holds.HOLD if work else "released"):
            shown.append(claim)
            continue
        refusal = stale(snapshot, intent, claim, named)
        if refusal is not None:
            return refusal
        reason = one_line(str(intent.args.get("reason") or ""), 400)
        if isinstance(work, dict) and work.get("commit"):
            changes.append(holds.kept(claim, work, intent, now, settings).changed(end_reason=reason or None))
        else:
            changes.append(
                claim.changed(state="released", ended_at=rfc3339(now), ended_by=intent.agent, end_reason=reason or None)
            )
        shown.append(changes[-1])
    result = {"outcome": "released", "claims": [claim_object(each, now) for each in shown]}
    events = [
        event("claim.released", each, reason=each.get("end_reason"), hold=holds.commit_of(each)[:12]) for each in changes
    ]
    return Landed(changes, events, result, subject("release", changes, intent.agent) if changes else "")


def named_once(intent: Intent) -> list[dict[str, Any]]:
    return list({str(each.get("id")): each for each in intent.args.get("claims") or []}.values())


def unknown(named: dict[str, Any]) -> Denied:
    return Denied("not-found", f"There is no claim {one_line(str(named.get('id')), 40)}.", "gitcoord claims --mine")


def held_by(intent: Intent, claim: Entity) -> bool:
    return is_mine(claim, (intent.agent_id,), (intent.session_id,))


def stale(snapshot: Snapshot, intent: Intent, claim: Entity, named: dict[str, Any]) -> Denied | None:
    """Why an act on this claim is refused: another's, taken over, or seen under another token or fence."""
    scope = one_line(str(claim.get("scope")), 120)
    details: dict[str, Any] = {"claim": claim.alias, "lease_token": None, "fence": claim.get("fence")}
    if not held_by(intent, claim):
        agent = one_line(str(claim.get("agent")), 60)
        return Denied(
            "lease-token-conflict", f"{claim.alias} ({scope}) is {agent}'s, not yours.", "gitcoord claims --mine",
            {**details, "holder": claim.get("agent")},
        )  # fmt: skip
    if claim.get("state") == "superseded":
        return _taken_over(snapshot, claim, scope, details)
    token, fence = named.get("lease_token"), named.get("fence")
    if (token and token != claim.get("lease_token")) or (fence is not None and fence != claim.get("fence")):
        return Denied(
            "lease-token-conflict", f"{claim.alias} ({scope}) was renewed or granted anew since you looked.",
            f"gitcoord show {claim.alias}",
            {**details, "holder": claim.get("agent"), "lease_token": claim.get("lease_token")},
        )  # fmt: skip
    return None


def _taken_over(snapshot: Snapshot, claim: Entity, scope: str, details: dict[str, Any]) -> Denied:
    """To a holder that overslept: who took the claim, and who holds the scope now."""
    mine = scope_of(claim)
    now_held = [
        each for each in candidates(snapshot, mine)
        if each.id != claim.id and overlaps(mine, scope_of(each)) and not is_mine(each, {claim.get("agent_id")}, ())
    ]  # fmt: skip
    holder = str(now_held[0].get("agent")) if now_held else ""
    who = f"{one_line(holder, 60)} holds it now ({now_held[0].alias})" if holder else "nobody holds it now"
    taker = one_line(str(claim.get("ended_by")), 60)
    found = {**details, "holder": holder or None, "taken_over_by": claim.get("ended_by")}
    if now_held:
        found["held_as"], found["fence"] = now_held[0].alias, now_held[0].get("fence")
    evidence = claim.get("evidence")
    alive = isinstance(evidence, dict) and evidence.get("rule") == "T4"
    how = f"{taker} took it over, with time left," if alive else f"it ran out, and {taker} took it over"
    return Denied(
        "lease-token-conflict", f"{claim.alias} ({scope}) is no longer yours: {how} at {claim.get('ended_at')}; {who}.",
        f"gitcoord check {as_word(str(claim.get('scope')))}", found,
    )  # fmt: skip
