"""Who works where, told from what they did: a proposal for a person, never a rule. Pure."""

from __future__ import annotations

from gitcoord.rules.claims.objects import instant
from gitcoord.rules.hotspots import path_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from gitcoord.model.entity import Entity

#: Of the paths touched in a folder, the part from which it is somebody's.
MOST_OF = 0.6
LEAST = 2
_AT = {"claim": "acquired_at", "handoff": "created_at", "task": "created_at"}


class Touch:
    __slots__ = ("agent", "path", "source")

    def __init__(self, agent: str, path: str, source: str) -> None:
        self.agent, self.path, self.source = agent, path, source


def touches(found: Iterable[Entity], since: float) -> list[Touch]:
    """What claims, handoffs and tasks say about who works on what."""
    told = []
    for each in found:
        if (instant(each, _AT[each.kind]) or 0.0) < since:
            continue
        if each.kind == "claim":
            path = path_of(str(each.get("kind")), str(each.get("scope")))
            told.append(Touch(str(each.get("agent") or ""), path if not path.startswith("module:") else "", "claimed"))
        elif each.kind == "handoff":
            told += [Touch(str(each.get("agent") or ""), str(path), "handed over") for path in each.get("files") or ()]
        else:
            told += [Touch(str(each.get("assignee") or ""), str(path), "task") for path in each.get("owned_paths") or ()]
    return [each for each in told if each.agent and each.path]


def rows(found: Iterable[Touch]) -> list[dict[str, Any]]:
    """Folders of which one agent touched most paths, the largest first; a folder within one that is told is left out."""
    by_folder: dict[str, dict[str, dict[str, set[str]]]] = {}
    for touch in found:
        for folder in _folders(touch.path):
            by_agent = by_folder.setdefault(folder, {}).setdefault(touch.agent, {})
            by_agent.setdefault(touch.path, set()).add(touch.source)
    told: list[dict[str, Any]] = []
    for folder, agents in sorted(by_folder.items(), key=lambda each: (each[0].count("/"), each[0])):
        every = {path for paths in agents.values() for path in paths}
        agent, paths = max(agents.items(), key=lambda each: (len(each[1]), each[0]))
        inside = any(folder.startswith(each["path"]) and each["agent"] == agent for each in told)
        if len(paths) >= LEAST and len(paths) >= MOST_OF * len(every) and not inside:
            sources = sorted({source for each in paths.values() for source in each})
            told.append({"agent": agent, "path": folder, "files": len(paths), "of": len(every), "sources": sources})
    return sorted(told, key=lambda each: (-each["files"], each["path"]))


def _folders(path: str) -> list[str]:
    """The folders above a path, two deep at most; of a pattern those before its first wildcard."""
    wild = min((at for at in (path.find(c) for c in "*?[\\") if at >= 0), default=len(path))
    steps = path[: path.rfind("/", 0, wild) + 1].split("/")[:-1]
    return ["/".join(steps[:n]) + "/" for n in range(1, min(len(steps), 3) + 1)]
