"""Entities in one small budget: the fields that tell, not all of them. ``gitcoord show`` has the rest."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity


def question(blocker: Entity) -> dict[str, Any]:
    return only(blocker, "id", "alias", "title", "state", "to", "task", "asked_by", "asked_at")


def decision(decided: Entity) -> dict[str, Any]:
    names = ("id", "alias", "title", "question", "decided_by", "decided_at")
    return only(decided, *names, *(() if decided.get("status") == "decided" else ("status", "ratified_by")))


def handoff(written: Entity) -> dict[str, Any]:
    return only(written, "id", "alias", "title", "agent", "branch", "next", "created_at")


def task(work: Entity) -> dict[str, Any]:
    return only(work, "id", "alias", "title", "state", "assignee", "priority", "owned_paths")


def coop_line(coop: Entity) -> dict[str, Any]:
    return only(coop, "id", "slug", "title", "goal", "status")


def event(told: dict[str, Any]) -> dict[str, Any]:
    said = {name: told[name] for name in ("ts", "type", "revision", "body") if told.get(name) not in (None, {}, "")}
    return {**said, "actor": {"agent": (told.get("actor") or {}).get("agent")}}


def only(entity: Entity, *names: str) -> dict[str, Any]:
    """These fields, where they have a value."""
    return {name: entity.values[name] for name in names if entity.values.get(name) not in (None, "", [])}
