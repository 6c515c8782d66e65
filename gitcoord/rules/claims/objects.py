"""A claim as commands show it (protocol section 6): small in lists and conflicts, whole where asked for."""

from __future__ import annotations

from gitcoord.clock import parse_instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity

_SMALL = ("id", "alias", "kind", "scope", "mode", "agent", "expires_at", "fence", "state")
_OWN = ("lease_token", "session_id", "ttl")
_FULL = (
    "symbols", "agent_id", "session_id", "lease_token", "branch", "coop", "task", "description", "acquired_at",
    "renewed_at", "ttl", "coexists_with", "narrowed_by", "ended_at", "ended_by", "end_reason", "evidence",
)  # fmt: skip


def expires_at(claim: Entity) -> float:
    """The instant, or 0 when the record has none that can be read."""
    try:
        return parse_instant(str(claim.get("expires_at") or ""))
    except ValueError:
        return 0.0


def shown_state(claim: Entity, now: float) -> str:
    """``expired`` is not recorded: it is an active claim whose time has passed by this clock."""
    state = str(claim.get("state") or "active")
    return "expired" if state == "active" and expires_at(claim) <= now else state


def claim_object(claim: Entity, now: float, *, full: bool = False, own: bool = False) -> dict[str, Any]:
    shown: dict[str, Any] = {name: claim.get(name) for name in _SMALL}
    shown["state"] = shown_state(claim, now)
    if own:
        shown.update({name: claim.get(name) for name in _OWN})
    if full:
        shown.update({name: claim.get(name) for name in _FULL if claim.get(name) not in (None, [], "")})
    return shown
