"""What a queue entry says: who waits for which scopes, how urgently, until when, and whom it keeps from going first."""

from __future__ import annotations

from gitcoord.errors import ScopeInvalid
from gitcoord.model.ids import parse_alias
from gitcoord.rules.claims.conflict import is_mine, is_shared
from gitcoord.rules.claims.objects import instant
from gitcoord.rules.claims.overlap import overlaps
from gitcoord.rules.claims.scope import Scope, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

LEVELS = ("low", "normal", "high", "blocking")
#: Seconds that somebody may wait. More is refused, not cut.
MAX_WAIT = 600
#: Scopes that one entry may wait for: it is compared with every other entry.
MAX_SCOPES = 50
_read: dict[tuple[str, ...], tuple[Scope, ...]] = {}
WAITING, GRANTED, CANCELLED, EXPIRED = "waiting", "granted", "cancelled", "expired"


def scope_again(text: str) -> Scope | None:
    """The scope that a canonical text names; None when it names none (a record written by hand)."""
    try:
        return parse(text, is_directory=lambda path: False)
    except ScopeInvalid:
        return None


def scopes_of(entry: Entity) -> tuple[Scope, ...]:
    """What the entry waits for; nothing when one of its texts is no scope."""
    texts = tuple(map(str, entry.get("scopes") or ()))
    known = _read.get(texts)
    if known is None:
        if len(_read) > 2048:
            _read.clear()
        found = [each for each in map(scope_again, texts) if each is not None]
        known = _read[texts] = tuple(found) if len(found) == len(texts) else ()
    return known


def mode_of(entry: Entity) -> str:
    return str(entry.get("mode") or "exclusive")


def position_of(entry: Entity) -> int:
    """Places are given in the order of landing, and never again."""
    place = entry.get("position")
    if isinstance(place, int) and not isinstance(place, bool):
        return place
    known = parse_alias(entry.alias)
    return known[1] if known else 0


def waited(entry: Entity, now: float) -> float:
    began = instant(entry, "created_at")
    return 0.0 if began is None else max(0.0, now - began)


def shown_state(entry: Entity, now: float) -> str:
    """``expired`` may not be recorded yet: whoever waited is gone all the same."""
    state = str(entry.get("state") or WAITING)
    ends = instant(entry, "expires_at")
    return EXPIRED if state == WAITING and (ends is None or ends <= now) else state


def left(snapshot: Snapshot, entry: Entity) -> bool:
    """Whether the session that waited has left since."""
    session = snapshot.get("session", str(entry.get("session_id") or ""))
    return session is not None and session.get("state") == "left"


def live(snapshot: Snapshot, now: float) -> list[Entity]:
    """Everybody who waits now, by rising id."""
    found = snapshot.find("queue", state=WAITING)
    return [each for each in found if shown_state(each, now) == WAITING and not left(snapshot, each)]


def level(entry: Entity, now: float, settings: Settings) -> int:
    """0 to 3. Whoever has waited ``queue.age_boost`` seconds counts one level up. An urgency above normal wears off by
    one level after each ``queue.decay`` seconds: what stayed urgent for so long no longer goes before all who came first."""
    word = str(entry.get("urgency") or "normal")
    declared, normal = LEVELS.index(word) if word in LEVELS else 1, LEVELS.index("normal")
    boost, decay, age = float(settings.get("queue.age_boost")), float(settings.get("queue.decay")), waited(entry, now)
    if declared > normal and decay > 0:
        declared = max(normal, declared - int(age // decay))
    return min(len(LEVELS) - 1, declared + (1 if 0 < boost <= age else 0))


def in_order(entries: Iterable[Entity], now: float, settings: Settings) -> list[Entity]:
    """Who is next: the more urgent first, then who came first. One that was overtaken nine times goes before all."""
    fairness = int(settings.get("queue.fairness"))

    def key(entry: Entity) -> tuple[int, int, int]:
        passed = int(entry.get("passed") or 0)
        first = fairness > 0 and passed >= max(1, fairness - 1)
        return (0 if first else 1, -level(entry, now, settings), position_of(entry))

    return sorted(entries, key=key)


def stands_before(entry: Entity, scope: Scope, mode: str, fold: bool) -> bool:
    """Whether what the entry waits for would be in the way of this scope, were it held already."""
    for wanted in scopes_of(entry):
        if is_shared(wanted, mode_of(entry)) and is_shared(scope, mode):
            continue
        if scope.kind == "symbol" and wanted.kind == "file":
            continue  # symbols are granted beside a claim on their file
        if overlaps(wanted, scope, fold):
            return True
    return False


def stands_before_entry(entry: Entity, other: Entity, fold: bool) -> bool:
    """Whether ``other`` may not be granted while ``entry``, which is before it, waits."""
    if is_mine(entry, (other.get("agent_id"),), (other.get("session_id"),)):
        return False
    return any(stands_before(entry, scope, mode_of(other), fold) for scope in scopes_of(other))


def overtaking(
    snapshot: Snapshot,
    asked: list[tuple[Scope, str]],
    urgency: str,
    agents: Collection[str],
    sessions: Collection[str],
    now: float,
    settings: Settings,
) -> list[tuple[Scope, Entity]]:
    """The scopes of a newcomer that somebody waits for who comes before it: as urgent, or more so."""
    mine = LEVELS.index(urgency) if urgency in LEVELS else 1
    fold = bool(settings.get("claims.fold_case"))
    found = []
    for entry in in_order(live(snapshot, now), now, settings):
        if level(entry, now, settings) >= mine and not is_mine(entry, agents, sessions):
            found += [(scope, entry) for scope, mode in asked if stands_before(entry, scope, mode, fold)]
    return found


def entry_object(entry: Entity, now: float) -> dict[str, Any]:
    """An entry as commands show it."""
    names = ("id", "alias", "scopes", "mode", "agent", "urgency", "position", "created_at", "expires_at")
    shown: dict[str, Any] = {name: entry.get(name) for name in names}
    shown["mode"] = shown["mode"] or "exclusive"
    shown["state"] = shown_state(entry, now)
    more = {name: entry.get(name) for name in ("session_id", "claims", "request", "ended_at", "ended_by", "end_reason")}
    return {**shown, **{name: value for name, value in more.items() if value}}
