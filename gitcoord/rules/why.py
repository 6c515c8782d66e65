"""The story of a path: who held it, from when to when, under which fence; who was refused, who asked, who waited, and
which handoffs touched it. Built from the entities of one revision. Pure.
"""

from __future__ import annotations

from gitcoord.rules.claims.conflict import scope_of
from gitcoord.rules.claims.objects import shown_state
from gitcoord.rules.claims.overlap import matches, overlaps
from gitcoord.rules.claims.scope import PATH_KINDS, Scope, from_stored
from gitcoord.rules.hotspots import asked_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from gitcoord.model.entity import Entity


def holders(claims: Iterable[Entity], scope: Scope, now: float, margin: float, fold: bool = False) -> list[Entity]:
    """Who holds it now: active claims that have not run out for everybody."""
    found = (each for each in claims if shown_state(each, now, margin) == "active")
    return [each for each in found if overlaps(scope, scope_of(each), fold)]


def story(
    scope: Scope,
    claims: Iterable[Entity],
    requests: Iterable[Entity],
    queue: Iterable[Entity],
    contested: Iterable[Entity],
    handoffs: Iterable[Entity],
    now: float,
    margin: float,
    fold: bool = False,
) -> list[dict[str, Any]]:
    """Everything that concerned the path, newest first."""
    met = [each for each in claims if overlaps(scope, scope_of(each), fold)]
    names = {each.id: each.alias for each in met}
    found = [_held(each, names, now, margin) for each in met]
    found += [_asked(each, names) for each in requests if str(each.get("claim")) in names]
    for entry in queue:
        if any(overlaps(scope, _waiting(str(text)), fold) for text in entry.get("scopes") or ()):
            found.append(_entry("waited", entry, "created_at", state=entry.get("state"), urgency=entry.get("urgency")))
    for record in contested:
        wanted = [text for kind, text in asked_in(record) if overlaps(scope, from_stored(kind, text), fold)]
        if wanted:
            found.append(_refused(record, wanted))
    for handoff in handoffs:
        files = [str(each) for each in handoff.get("files") or ()]
        if scope.kind in PATH_KINDS and any(matches(scope, each, fold) for each in files):
            found.append(_entry("handed over", handoff, "created_at", text=handoff.get("next") or handoff.get("title")))
    return sorted(found, key=lambda each: (str(each.get("from") or each.get("at") or ""), each["id"]), reverse=True)


def _entry(what: str, entity: Entity, at: str, **more: Any) -> dict[str, Any]:
    told = {"what": what, "id": entity.id, "alias": entity.alias, "agent": entity.get("agent"), "at": entity.get(at), **more}
    return {name: value for name, value in told.items() if value not in (None, "", [])}


def _held(claim: Entity, names: dict[str, str], now: float, margin: float) -> dict[str, Any]:
    state = shown_state(claim, now, margin)
    to = claim.get("ended_at") or (claim.get("expires_at") if state != "active" else None)
    more = {
        "kind": claim.get("kind"), "scope": claim.get("scope"), "mode": claim.get("mode"), "from": claim.get("acquired_at"),
        "to": to, "state": state, "fence": claim.get("fence"), "ended_by": claim.get("ended_by"),
        "ended": claim.get("end_reason"),
        "beside": _named(claim, "coexists_with", names), "narrowed_by": _named(claim, "narrowed_by", names),
        "text": claim.get("description"),
    }  # fmt: skip
    return _entry("held", claim, "", **more)


def _named(claim: Entity, field: str, names: dict[str, str]) -> str:
    return ", ".join(names.get(str(id)) or str(id) for id in claim.get(field) or ())


def _asked(request: Entity, names: dict[str, str]) -> dict[str, Any]:
    return _entry(
        "asked for", request, "created_at", scope=names[str(request.get("claim"))], state=request.get("state"),
        urgency=request.get("urgency"), text=request.get("reason"), answer=request.get("answer"),
        answered_by=request.get("answered_by"),
    )  # fmt: skip


def _refused(record: Entity, wanted: list[str]) -> dict[str, Any]:
    winner = record.get("winner")
    held = winner.get("claims") if isinstance(winner, dict) else None
    by = ", ".join(str(each) for each in held[:3]) if isinstance(held, list) else ""
    return _entry("refused", record, "lost_at", scope=", ".join(wanted[:3]), held_by=by)


def _waiting(text: str) -> Scope:
    from gitcoord.rules.hotspots import kind_of

    return from_stored(kind_of(text), text)
