"""What the record tells about how a team works together: counted from entities, written nowhere. Pure.

Each function gives ``rows`` (the most telling first) and a ``total``. Times are those of the writers' clocks.
"""

from __future__ import annotations

from gitcoord.rules.claims.objects import instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from gitcoord.model.entity import Entity


def auto_resolutions(claims: Iterable[Entity], since: float, get: Callable[[str], Entity | None]) -> dict[str, Any]:
    """Overlaps that cost nobody a wait: claims on symbols that live beside each other, or that narrowed a file's."""
    days: dict[str, dict[str, int]] = {}

    def count(what: str, claim: Entity | None) -> None:
        at = instant(claim, "acquired_at") if claim is not None else None
        if claim is not None and at is not None and at >= since:
            day = days.setdefault(str(claim.get("acquired_at"))[:10], {"coexisting": 0, "narrowed": 0})
            day[what] += 1

    for claim in claims:
        if any(str(id) < claim.id for id in claim.get("coexists_with") or ()):
            count("coexisting", claim)
        for id in claim.get("narrowed_by") or ():
            count("narrowed", get(str(id)))
    rows = [{"name": day, **counts} for day, counts in sorted(days.items(), reverse=True)]
    names = ("coexisting", "narrowed")
    return {"rows": rows, "total": {name: sum(int(row[name]) for row in rows) for name in names}}  # type: ignore[call-overload]


def blockers(found: Iterable[Entity], since: float, now: float) -> dict[str, Any]:
    """Questions by the time for which they were open, the longest first; those resolved before ``since`` are left out."""
    rows = []
    for each in found:
        asked, resolved = instant(each, "asked_at"), instant(each, "resolved_at")
        if asked is None or (resolved is not None and resolved < since):
            continue
        rows.append({
            "name": each.alias, "state": str(each.get("state") or "open"),
            "open_seconds": int(max(0.0, (resolved or now) - asked)),
            "asked_by": each.get("asked_by"), "resolved_by": each.get("resolved_by"), "title": each.get("title"),
        })  # fmt: skip
    rows.sort(key=lambda row: (-int(row["open_seconds"]), str(row["name"])))
    done = [int(row["open_seconds"]) for row in rows if row["state"] == "resolved"]
    total = {"open": len(rows) - len(done), "resolved": len(done), "mean_seconds": sum(done) // len(done) if done else 0}
    return {"rows": rows, "total": total}


_COUNTED = {
    "handoff": ("handoffs", "agent", "created_at"), "checkin": ("checkins", "agent", "created_at"),
    "claim": ("claims", "agent", "acquired_at"), "task": ("tasks_done", "done_by", "done_at"),
    "blocker": ("questions", "asked_by", "asked_at"), "decision": ("decisions", "decided_by", "decided_at"),
}  # fmt: skip
AGENT_KINDS = tuple(_COUNTED)


def agents(found: Iterable[Entity], since: float, now: float) -> dict[str, Any]:
    """What each agent did, those with most handoffs first; and for how long it held claims."""
    rows: dict[str, dict[str, Any]] = {}
    for each in found:
        name, by, at = _COUNTED[each.kind]
        when, who = instant(each, at), str(each.get(by) or "")
        if not who:
            continue
        if when is not None and when >= since:
            row = rows.setdefault(who, {"name": who, **{column: 0 for column, _, _ in _COUNTED.values()}, "held_seconds": 0})
            row[name] += 1
        if each.kind == "claim" and who in rows:
            rows[who]["held_seconds"] += _held(each, since, now)
    ranked = sorted(rows.values(), key=lambda row: (-row["handoffs"], -row["claims"], row["name"]))
    return {"rows": ranked, "total": {"agents": len(ranked), "handoffs": sum(row["handoffs"] for row in ranked)}}


def _held(claim: Entity, since: float, now: float) -> int:
    began = instant(claim, "acquired_at")
    if began is None:
        return 0
    ends = [each for each in (instant(claim, "ended_at"), instant(claim, "expires_at"), now) if each is not None]
    return int(max(0.0, min(ends) - max(began, since)))


def overhead(costs: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What coordinating cost on this machine: calls and estimated tokens, the dearest command of an agent first."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for each in costs:
        key = (str(each.get("agent")), str(each.get("command")))
        row = rows.setdefault(key, {"name": f"{key[0]} {key[1]}".strip(), "calls": 0, "tokens": 0})
        row["calls"] += int(each.get("calls") or 0)
        row["tokens"] += int(each.get("tokens") or 0)
    ranked = sorted(rows.values(), key=lambda row: (-row["tokens"], row["name"]))
    names = ("calls", "tokens")
    return {"rows": ranked, "total": {name: sum(row[name] for row in ranked) for name in names}}
