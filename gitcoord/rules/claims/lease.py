"""Leases: when a holder stops believing, when another may take over, when a renewal is due.

Nobody's clock is trusted: comparing wall clocks let 82.8 % of simulated take-overs rob a living holder at one
hour of offset. The evidence T1 to T4 of the protocol, section 4, does not.
"""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.outcome import Denied
from gitcoord.rules.claims.objects import expires_at, instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

#: The holder stops believing at this part of the TTL, counted from the start of the push that granted it.
BELIEVED = 0.95
MIN_GRACE = 60.0
MIN_TTL, MAX_TTL, USUAL_TTL = 60.0, 86400.0, 4 * 3600.0


def grace(ttl: float) -> float:
    """Seconds beyond the TTL before a silent claim counts as abandoned."""
    return max(MIN_GRACE, 0.1 * ttl)


def deadline(started: float, ttl: float) -> float:
    """When the holder stops believing, on the clock on which ``started`` was read: the start of the push that granted
    or renewed, on a clock that runs during suspend."""
    return started + BELIEVED * ttl


def ttl_of(claim: Entity) -> float:
    """Never longer than a day, whatever a record written by hand says."""
    value = claim.get("ttl")
    plain = isinstance(value, int) and not isinstance(value, bool)
    return float(min(max(value, MIN_TTL), MAX_TTL)) if plain else USUAL_TTL


def ends_at(claim: Entity) -> float | None:
    """The end of the lease by its holder's clock, at most a day after it began; None when the record tells neither."""
    began = instant(claim, "renewed_at") or instant(claim, "acquired_at")
    ends = expires_at(claim)
    if began is None:
        return ends or None
    return min(ends, began + MAX_TTL) if ends else began + ttl_of(claim)


def takeable(
    claim: Entity, facts: dict[str, Any], now: float, settings: Settings, take_over_live: bool = False
) -> dict[str, Any] | None:
    """The evidence on which another may take this claim over now, or None.

    Args:
        facts: what this clone knows by its own clocks, see ``Snapshot.seen``.
        now: wall clock of this machine, seconds since the epoch.
    """
    ttl = ttl_of(claim)
    evidence = {"lease_token": str(claim.get("lease_token") or ""), "judged_at": rfc3339(now)}
    seen = facts.get("token_seen_for")
    if seen is not None and seen >= ttl + grace(ttl):
        return {"rule": "T1", **evidence, "unchanged_for": int(seen)}
    ends = ends_at(claim)
    if ends is not None:
        offset, margin = facts.get("offset"), float(settings.get("claims.clock_margin"))
        if offset is not None and now + offset[0] >= ends + MIN_GRACE:
            return {"rule": "T2", **evidence, "offset": [int(offset[0]), int(offset[1])]}
        if _by_clocks_alone(ends, offset, margin, now) and now >= (facts.get("newest_commit_at") or 0.0):
            return {"rule": "T3", **evidence, "expired_at": rfc3339(ends)}
    return {"rule": "T4", **evidence} if take_over_live else None


def _by_clocks_alone(ends: float, offset: Any, margin: float, now: float) -> bool:
    """T3 trusts that two clocks differ by less than the margin, so it is for those who know no better.

    Where the holder's clock is known within the margin, T2 is exact and as quick, and T3 would only err. Where it
    is known less well, T3 stands, but never against what is known: a clock that is surely behind ours counts as that
    much behind.
    """
    if offset is None:
        return now >= ends + margin
    return bool(offset[1] - offset[0] > margin and now + min(0.0, offset[1]) >= ends + margin)


def renewed(claim: Entity, token: str, ttl: float, now: float) -> Entity:
    """The claim with a new token and a new end; its fence stays, because its holder does."""
    return claim.changed(lease_token=token, ttl=int(ttl), renewed_at=rfc3339(now), expires_at=rfc3339(now + ttl))


def renewal_due(claim: Entity, now: float) -> bool:
    """A bare renewal is landed at most once per third of the TTL. A clock that went back does not count against it."""
    began = instant(claim, "renewed_at") or instant(claim, "acquired_at")
    return began is None or not 0 <= now - began < ttl_of(claim) / 3


def held_by(snapshot: Snapshot, session_id: str) -> list[Entity]:
    return snapshot.find("claim", state="active", session_id=session_id) if session_id else []


def renewals_due(
    snapshot: Snapshot, session_id: str, now: float, settings: Settings, token: str = "", held: list[Entity] | None = None
) -> list[Entity]:
    """Claims of this session that any write of it renews along the way: less than half of their TTL is left.

    One that ran out long ago is left alone: its holder should say that it still wants it. So is one that somebody asked
    for: its holder should answer.
    """
    found = []
    for n, claim in enumerate(held_by(snapshot, session_id) if held is None else held):
        if claim.get("requests"):
            continue
        ttl, ends = ttl_of(claim), ends_at(claim)
        if ends is not None and -grace(ttl) < ends - now < ttl / 2:
            found.append(renewed(claim, f"{token or claim.id}-r{n}", ttl, now))
    return found


def wrong_ttl(ttl: Any, settings: Settings) -> Denied | None:
    """Why claims cannot be held for so many seconds; None when they can. A TTL is never infinite."""
    low, high = int(settings.get("claims.min_ttl")), int(settings.get("claims.max_ttl"))
    if ttl is None or (isinstance(ttl, int) and not isinstance(ttl, bool) and low <= ttl <= high):
        return None
    from gitcoord.text import one_line, show_duration

    said = show_duration(ttl) if type(ttl) is int and ttl > high else f"{one_line(str(ttl), 20)} seconds"
    return Denied(
        "invalid-arguments",
        f"A TTL is from {show_duration(low)} to {show_duration(high)}, not {said}.",
        "gitcoord claim … --ttl 45m", {"minimum": low, "maximum": high},
    )  # fmt: skip
