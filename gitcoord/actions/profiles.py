"""Profiles: what an agent is good at, its role, and the tasks that suit it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.cache.queries import Reader
    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace
    from gitcoord.workspace.identity import Identity

_UNFINISHED = ("open", "in_progress", "blocked")


def profile(ws: Workspace, of: str | None = None) -> dict[str, Any]:
    """An agent's profile: mine, or of whoever is named."""
    agent = agent_of(ws, of)
    if agent is not None:
        return {"agents": [_brief(agent)], "as_of": ws.as_of()}
    me = ws.identity()
    return {"agents": [{"handle": me.agent, "role": "worker", "strengths": []}], "as_of": ws.as_of()}


def describe(ws: Workspace, *, role: str | None, strengths: list[str], drop: list[str]) -> dict[str, Any]:
    """Change my role; add and drop strengths."""
    args: dict[str, Any] = {"role": role or "", "strengths": strengths, "drop": drop}
    return ws.submit("agent.describe", args)


def agent_of(ws: Workspace, name: str | None) -> Entity | None:
    """The record of an agent; of ``me`` None as long as nothing of mine has landed.

    Raises:
        NotFound, Ambiguous: no agent, or several, are called so.
    """
    if name is None or name == "me":
        me = ws.identity()
        return ws.reader().get("agent", me.agent_id)
    from gitcoord.actions.messages import resolved

    address = resolved(ws, name if name.startswith(("agent:", "human:", "@")) else "agent:" + name)
    found = ws.reader().find("agent", handle=address.removeprefix("agent:"))
    return found[0] if found else None


def suggested(ws: Workspace, reader: Reader, who: Identity, limit: int | None = None) -> list[dict[str, Any]]:
    """Open tasks for an agent as briefs, the most fitting first, each with ``why``."""
    found = suggestions(reader, reader.get("agent", who.agent_id), who.agent_id)
    from gitcoord.actions.briefs import task

    return [{**task(each.task), **({"suits": each.suits} if each.suits else {}), "why": each.why} for each in found[:limit]]


def tasks_for(ws: Workspace, name: str, *, limit: int | None = None) -> dict[str, Any]:
    """Open tasks ranked for an agent: whole records, each with ``suits`` (a strength, or nothing) and ``why``."""
    agent = agent_of(ws, name)
    found = suggestions(ws.reader(), agent, agent.id if agent else "")
    tasks = [{**each.task.as_json(), "suits": each.suits or None, "why": each.why} for each in found]
    return {"tasks": tasks[:limit], "for": agent.name if agent else ws.identity().agent, "as_of": ws.as_of()}


def suggestions(reader: Reader, agent: Entity | None, agent_id: str) -> list[Any]:
    from gitcoord.rules.profiles import strengths_of
    from gitcoord.rules.suggestions import suggest

    unfinished = [each for state in _UNFINISHED for each in reader.find("task", state=state)]
    return suggest(unfinished, strengths_of(agent), agent_id=agent_id)


def _brief(agent: Entity) -> dict[str, Any]:
    from gitcoord.rules.profiles import role_of

    names = ("id", "handle", "display", "strengths")
    return {**{name: agent.values[name] for name in names if agent.get(name)}, "role": role_of(agent)}
