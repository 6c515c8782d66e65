"""A claim as commands show it (protocol section 6): small in lists and conflicts, whole where asked for."""

from __future__ import annotations

from gitcoord.clock import parse_instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity

_SMALL = ("id", "alias", "kind", "scope", "mode", "agent", "expires_at", "fence", "state")
_OWN = ("lease_token", "session_id", "ttl")
_MET = ("coexists_with", "narrowed_by")
_FULL = (
    "symbols", "patterns", "agent_id", "session_id", "lease_token", "branch", "coop", "task", "description", "acquired_at",
    "renewed_at", "ttl", "narrowable", "coexists_with", "narrowed_by", "ended_at", "ended_by", "end_reason", "evidence",
    "hold",
)  # fmt: skip
#: Default of ``claims.clock_margin``: from then on anybody may take the claim over.
MARGIN = 900.0


def instant(claim: Entity, field: str) -> float | None:
    """A time of the record, in seconds since the epoch; None when it has none that can be read."""
    value = claim.get(field)
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except ValueError:
        return None


def expires_at(claim: Entity) -> float:
    """When the lease ends by its holder's clock; 0 when the record does not say."""
    return instant(claim, "expires_at") or 0.0


def shown_state(claim: Entity, now: float, margin: float = MARGIN) -> str:
    """``expired`` is not recorded. It is what an active claim is called once anybody may take it over by this clock;
    until then its holder may be alive, with a clock that differs."""
    state = str(claim.get("state") or "active")
    ends = expires_at(claim)
    return "expired" if state == "active" and ends and ends + margin <= now else state


def claim_object(
    claim: Entity, now: float, *, full: bool = False, own: bool = False, margin: float = MARGIN
) -> dict[str, Any]:
    shown: dict[str, Any] = {name: claim.get(name) for name in _SMALL}
    shown["mode"] = shown["mode"] or "exclusive"
    shown["state"] = shown_state(claim, now, margin)
    if shown["state"] == "hold":
        from gitcoord.rules.claims.holds import work_of

        shown["hold"] = work_of(claim)
    if own:
        shown.update({name: claim.get(name) for name in _OWN})
        shown.update({name: claim.get(name) for name in _MET if claim.get(name)})
    if full:
        shown.update({name: claim.get(name) for name in _FULL if claim.get(name) not in (None, [], "")})
    return shown
