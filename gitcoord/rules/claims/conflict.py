"""Whether a claim stands in another's way. One answer for a claim, a check and a push: they must never differ.

Whose a claim is, is told by agent id or session id alone: two sub-agents of one session do not conflict, and two
slots of one person (``alex/claude/main``, ``alex/claude/docs``) are two agents.
"""

from __future__ import annotations

from gitcoord.rules.claims import lease
from gitcoord.rules.claims.overlap import overlaps, parts
from gitcoord.rules.claims.scope import Scope, from_stored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.settings import Settings

COEXIST, NARROW, TAKE_OVER, BLOCKED = "coexist", "narrow", "take-over", ""
#: Kinds that may give way to symbols: files unless their holder says otherwise, the others only when it says so.
NARROWABLE = ("file", "directory", "glob")


def scope_of(claim: Entity) -> Scope:
    return from_stored(
        str(claim.get("kind")), str(claim.get("scope")), tuple(claim.get("symbols") or ()),
        tuple(claim.get("patterns") or ()),
    )  # fmt: skip


def candidates(snapshot: Any, scope: Scope) -> list[Entity]:
    """A superset of the active claims that overlap, each once, by rising id; of a module, by each of its patterns."""
    near: list[Entity] = snapshot.overlap_candidates(scope.kind, scope.scope)
    if not scope.patterns:
        return near
    found = {each.id: each for each in near}
    for part in parts(scope):
        found.update((each.id, each) for each in snapshot.overlap_candidates(part.kind, part.scope))
    return [found[id] for id in sorted(found)]


def is_mine(claim: Entity, agents: Collection[str], sessions: Collection[str]) -> bool:
    """Held by one of these agents or sessions. An empty id is nobody's."""
    agent, session = claim.get("agent_id"), claim.get("session_id")
    return bool((agent and agent in agents) or (session and session in sessions))


def is_shared(scope: Scope, mode: str) -> bool:
    return scope.kind == "shared" or mode == "shared"


def conflicts(
    snapshot: Any,
    scope: Scope,
    agents: Collection[str],
    sessions: Collection[str],
    mode: str,
    now: float,
    settings: Settings,
    take_over_live: bool = False,
) -> list[Entity]:
    """Active claims of others that stand in the way of this scope.

    Not in the way: claims of the same agent or session, shared beside shared, disjoint symbols, a narrowable
    file claim under a symbol, and claims that may be taken over by the evidence at hand.
    """
    found = met(snapshot, scope, agents, sessions, mode, now, settings, take_over_live)
    return [claim for claim, way, _ in found if way == BLOCKED]


def met(
    snapshot: Any,
    scope: Scope,
    agents: Collection[str],
    sessions: Collection[str],
    mode: str,
    now: float,
    settings: Settings,
    take_over_live: bool = False,
) -> list[tuple[Entity, str, dict[str, Any]]]:
    """Every claim of others that overlaps, with the way past it and the evidence of a take-over."""
    fold = bool(settings.get("claims.fold_case"))
    found = []
    for claim in candidates(snapshot, scope):
        if claim.get("state", "active") != "active" or is_mine(claim, agents, sessions):
            continue
        held = scope_of(claim)
        if overlaps(scope, held, fold):
            way, evidence = way_past(claim, held, scope, mode, snapshot.seen, now, settings, take_over_live)
            found.append((claim, way, evidence))
    return found


def way_past(
    claim: Entity,
    held: Scope,
    scope: Scope,
    mode: str,
    seen: Callable[[Entity], dict[str, Any]],
    now: float,
    settings: Settings,
    take_over_live: bool = False,
) -> tuple[str, dict[str, Any]]:
    """What becomes of a claim of another that overlaps ``scope``: it coexists, is narrowed or taken over, or blocks."""
    if is_shared(scope, mode) and is_shared(held, str(claim.get("mode"))):
        return COEXIST, {}
    evidence = lease.takeable(claim, seen(claim), now, settings)
    if evidence is None and scope.kind == "symbol" and held.kind in NARROWABLE and claim.get("narrowable"):
        return NARROW, {}
    if evidence is None and take_over_live:
        evidence = lease.takeable(claim, seen(claim), now, settings, True)
    return (TAKE_OVER, evidence) if evidence else (BLOCKED, {})
