"""How alive a co-op is. Imported by every reader: stays light."""

from __future__ import annotations

from gitcoord.clock import parse_instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.entity import Entity
    from gitcoord.settings import Settings

ACTIVE, IDLE, STALE, CLOSED, EXPIRED = "active", "idle", "stale", "closed", "expired"


def lifecycle(
    coop: Entity, last_activity: float | str | None, has_live_thread: bool, now: float, settings: Settings
) -> str:
    """``active | idle | stale | closed | expired``, by explicit closing, age and silence; bounds are inclusive.

    Active up to ``coops.active`` (30 min) of silence, or while a thread lives; idle up to ``coops.idle`` (2 h); stale
    up to ``coops.stale`` (6 h). After that, and beyond ``coops.max_lifetime`` in any case, expired. A co-op that is
    expired by silence alone comes back to life with the next word in it; one that is too old does not.
    """
    if coop.get("status") == CLOSED:
        return CLOSED
    if outlived(coop, now, settings):
        return EXPIRED
    last = _instant(last_activity) or _instant(coop.get("created_at")) or now
    silent = now - last
    if has_live_thread or silent <= settings.get("coops.active"):
        return ACTIVE
    if silent <= settings.get("coops.idle"):
        return IDLE
    return STALE if silent <= settings.get("coops.stale") else EXPIRED


def outlived(coop: Entity, now: float, settings: Settings) -> bool:
    """Whether a co-op is older than it may get, counted from when it was last opened."""
    born = _instant(coop.get("reopened_at")) or _instant(coop.get("created_at"))
    own = coop.get("max_lifetime")
    most = own if type(own) is int else settings.get("coops.max_lifetime")
    return born is not None and now - born > float(most)


def _instant(value: object) -> float | None:
    if isinstance(value, (int, float)):
        return float(value)
    try:
        return parse_instant(str(value)) if value else None
    except ValueError:
        return None
