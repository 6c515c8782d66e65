"""Which open task suits an agent best, and why. A suggestion: nothing is assigned and nobody is kept from anything."""

from __future__ import annotations

from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.model.entity import Entity

_DEFAULT_PRIORITY = 2


class Suggestion:
    """``suits``: the strength that the task asks for; ``unblocks``: how many unfinished tasks wait for it;
    ``waits``: the unfinished tasks that it waits for."""

    __slots__ = ("suits", "task", "unblocks", "waits")

    def __init__(self, task: Entity, suits: str, unblocks: int, waits: list[str]) -> None:
        self.task, self.suits, self.unblocks, self.waits = task, suits, unblocks, waits

    @property
    def why(self) -> str:
        """``suits: backend; priority 1; unblocks 2``."""
        specialty = one_line(str(self.task.get("specialty") or ""), 40)
        parts = [f"suits: {self.suits}"] if self.suits else [f"asks for: {specialty}"] if specialty else []
        parts.append(f"priority {_priority(self.task)}")
        if self.unblocks:
            parts.append(f"unblocks {self.unblocks}")
        if self.waits:
            parts.append(f"waits for {', '.join(self.waits[:3])}{' …' if len(self.waits) > 3 else ''}")
        return "; ".join(parts)


def suggest(unfinished: Iterable[Entity], strengths: Iterable[str], *, agent_id: str = "") -> list[Suggestion]:
    """The open tasks among the unfinished ones, the most fitting first.

    In this order: what can be begun before what waits for another task; what asks for one of these strengths; the more
    urgent; what more unfinished tasks wait for; the older. Tasks that are assigned to somebody else are left out.
    """
    tasks = list(unfinished)
    names = {each.id: each.name for each in tasks}
    able = {each.casefold() for each in strengths}
    waited: dict[str, int] = {}
    for each in tasks:
        for id in each.get("depends_on", []):
            waited[id] = waited.get(id, 0) + 1
    found = []
    for each in tasks:
        if each.get("state", "open") != "open" or each.get("assignee_id", agent_id) != agent_id:
            continue
        specialty = one_line(str(each.get("specialty") or "")).casefold()
        waits = [names[id] for id in each.get("depends_on", []) if id in names]
        found.append(Suggestion(each, specialty if specialty in able else "", waited.get(each.id, 0), waits))
    return sorted(found, key=_rank)


def _rank(each: Suggestion) -> tuple[bool, bool, int, int, str]:
    return (bool(each.waits), not each.suits, _priority(each.task), -each.unblocks, each.task.id)


def _priority(task: Entity) -> int:
    value = task.get("priority", _DEFAULT_PRIORITY)
    return value if isinstance(value, int) else _DEFAULT_PRIORITY
