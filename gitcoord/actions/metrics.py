"""Numbers about how a team works together, and the hot paths among them. Reads; only promote, demote and pin write."""

from __future__ import annotations

from gitcoord.actions.whole import Past
from gitcoord.errors import CheckFailed, InvalidArguments, NotFound
from gitcoord.rules import hotspots as rules
from gitcoord.text import as_word, counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitcoord.cache.queries import Reader
    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace

DAY = 86400
MAX_DAYS = 3650


def hotspots(ws: Workspace, days: int = 30, least: int = 5, limit: int = 20) -> dict[str, Any]:
    """Paths by their contacts, each with what to do about it."""
    found, cut = _heat(ws, days)
    share, split = (int(ws.settings.get(f"hotspots.{name}")) for name in ("share_at", "split_at"))
    ranked = rules.ranked(found, least)
    shown = [each.as_json(rules.suggestion(each.contention, share, split)) for each in ranked[:limit]]
    few = sum(1 for each in found.values() if each.contention < least)
    note = f"{counted(few, 'path')} below {counted(least, 'contact')}: --min 1 shows them" if few else ""
    return {"days": days, "hotspots": shown, "note": _joined(note, cut), "as_of": ws.as_of()}


def _joined(*notes: str) -> str:
    return "; ".join(each for each in notes if each)


def _since(ws: Workspace, days: int) -> float:
    if not 0 < days <= MAX_DAYS:
        raise InvalidArguments(f"--days is from 1 to {MAX_DAYS}.", hint="gitcoord metrics hotspots --days 30")
    return ws.now() - days * DAY


def _heat(ws: Workspace, days: int) -> tuple[dict[str, rules.Heat], str]:
    since, reader, past = _since(ws, days), ws.reader(), Past(ws.reader())
    found = rules.heat(
        past.each("claim"), past.each("request"), past.each("queue"), past.each("attic", of_kind="claim"), since, ws.now(),
        _remembered(reader),
    )  # fmt: skip
    return found, past.note


def _remembered(reader: Reader) -> Callable[[str], Entity | None]:
    """Claims by their ids, each asked for once."""
    known: dict[str, Entity | None] = {}

    def get(id: str) -> Entity | None:
        if id not in known:
            known[id] = reader.get("claim", id)
        return known[id]

    return get


def _told(ws: Workspace, metric: str, days: int, found: dict[str, Any], note: str = "") -> dict[str, Any]:
    return {"metric": metric, "days": days, **found, **({"note": note} if note else {}), "as_of": ws.as_of()}


def auto_resolutions(ws: Workspace, days: int = 30) -> dict[str, Any]:
    """Overlaps that were settled by themselves, day by day."""
    from gitcoord.rules import metrics as figures

    past = Past(ws.reader())
    found = figures.auto_resolutions(past.each("claim"), _since(ws, days), _remembered(ws.reader()))
    return _told(ws, "auto-resolutions", days, found, past.note)


def blockers(ws: Workspace, days: int = 30) -> dict[str, Any]:
    """Questions by the time for which they were, or are, open."""
    from gitcoord.rules import metrics as figures

    past = Past(ws.reader())
    return _told(ws, "blockers", days, figures.blockers(past.each("blocker"), _since(ws, days), ws.now()), past.note)


def agents(ws: Workspace, days: int = 30) -> dict[str, Any]:
    """Agents by handoffs, claims and what else they did."""
    from gitcoord.rules import metrics as figures

    past = Past(ws.reader())
    found = figures.agents((each for kind in figures.AGENT_KINDS for each in past.each(kind)), _since(ws, days), ws.now())
    return _told(ws, "agents", days, found, past.note)


def overhead(ws: Workspace, days: int = 30) -> dict[str, Any]:
    """What coordinating cost here, by this machine's own meter."""
    from gitcoord.clock import rfc3339
    from gitcoord.rules import metrics as figures
    from gitcoord.workspace import meter

    meter.fold(ws.repo.home, ws.local)
    found = figures.overhead(ws.local.costs(since=rfc3339(_since(ws, days))[:10]))
    return _told(ws, "overhead", days, found, "" if found["rows"] else "nothing is metered on this machine")


# Shared files, as the policy has them.


def shared(ws: Workspace, days: int = 30) -> dict[str, Any]:
    """Shared files with their marks, and what is hot and not among them."""
    from gitcoord.rules.claims.overlap import matches
    from gitcoord.rules.claims.scope import of_pattern
    from gitcoord.rules.owners.edit import Mark, marks
    from gitcoord.rules.owners.policy import FILE, GOOD, in_force

    reader, (found, cut) = ws.reader(), _heat(ws, days)
    policy = in_force(reader)
    known = marks(reader.file(GOOD if policy.problem else FILE) or b"")
    told = []
    for path in policy.policy.shared:
        mark, scope = known.get(path) or Mark(""), of_pattern(path)
        count = sum(each.contention for each in found.values() if matches(scope, each.path))
        told.append({"path": path, "promoted": mark.promoted or None, "permanent": mark.permanent, "contention": count})
    share, split = (int(ws.settings.get(f"hotspots.{name}")) for name in ("share_at", "split_at"))
    hot = [
        {"path": each.path, "contention": each.contention, "suggestion": rules.suggestion(each.contention, share, split)}
        for each in rules.ranked(found, share)
        if not policy.policy.sharing(each.path)
    ][:10]
    return {
        "days": days, "shared": told, "split": list(policy.policy.split), "candidates": hot, "note": cut,
        **({"warnings": [policy.warning]} if policy.problem else {}), "as_of": ws.as_of(),
    }  # fmt: skip


def promote(ws: Workspace, path: str, action: str = rules.SHARED_FILE) -> dict[str, Any]:
    """Make a file a shared one, or one that is to be split up. Doing it again changes nothing."""
    from gitcoord.actions.owners import change

    return change(ws, [{"do": "split" if action == rules.SPLIT else "share", "path": path}], f"promoted: {action}")


def demote(ws: Workspace, path: str) -> dict[str, Any]:
    """Shared, or to be split up, no more. One that is pinned has to be unpinned first."""
    from gitcoord.actions.owners import change
    from gitcoord.rules.owners.edit import marks
    from gitcoord.rules.owners.policy import FILE, in_force

    policy = in_force(ws.reader()).policy
    edits = [{"do": verb, "path": path} for verb, listed in (("unshare", policy.shared), ("unsplit", policy.split))
             if path in listed]  # fmt: skip
    if not edits:
        raise NotFound(f"{path} is no shared file by that name.", hint="gitcoord hotspots list")
    mark = marks(ws.reader().file(FILE) or b"").get(path)
    if mark is not None and mark.permanent:
        raise CheckFailed(f"{path} is pinned as a shared file.", hint=f"gitcoord hotspots pin {as_word(path)} --off")
    return change(ws, edits, "demoted")


def pin(ws: Workspace, path: str, *, off: bool = False) -> dict[str, Any]:
    """Shared for good: no quiet time demotes it. With ``off`` it ages again."""
    from gitcoord.actions.owners import change
    from gitcoord.rules.owners.edit import PERMANENT

    first = [] if off else [{"do": "share", "path": path}]
    return change(ws, [*first, {"do": "mark", "path": path, "word": PERMANENT, "off": off}], "unpinned" if off else "pinned")
