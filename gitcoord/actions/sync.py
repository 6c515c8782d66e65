"""``sync``: land what waits, fetch, and say what became of it."""

from __future__ import annotations

from gitcoord.errors import HistoryRewritten
from gitcoord.text import one_line
from gitcoord.workspace import transport
from gitcoord.workspace.asking import Asking, nothing_new, settings_here

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.workspace.workspace import Workspace


def sync(ws: Workspace, *, unheard: bool = False, probe: bool = False) -> dict[str, Any]:
    """``confirmed``, ``contested`` and ``refused`` since the last sync, and what is still ``waiting``.

    ``state`` is ``provisional`` (exit 6) while something is not on the remote. Without anything to land it
    is one round trip and no commit. With ``unheard`` nobody listens: what lost stays to be told by the next sync.
    ``probe`` tries the sync branch even when it was refused a short while ago.
    """
    reason, asking = "", Asking(ws)
    if probe or (not unheard and transport.known(ws)[0] == transport.LOCAL):
        transport.probe_again(ws)
    if ws.outbox.count():
        from gitcoord.workspace.submission import land

        before = ws.state.number("fetched_elapsed")
        _, reason = land(ws, None)
        fetched = not reason or (transport.restricted(ws) and ws.state.number("fetched_elapsed") > before)
    else:
        fetched = ws.refresh(ask=asking.ask if _adopts(ws) else None)
    adopted = _adopted(ws, asking.heads) if fetched else {}
    carried = _carried(ws)
    told = [(intent_id, outcome) for intent_id, outcome in ws.outbox.uncollected()]
    waiting = [_waiting(intent) for intent in ws.outbox.pending()]
    report: dict[str, Any] = {
        "outcome": "synced" if fetched and not waiting else "waiting", "confirmed": [], "contested": [], "refused": [],
        "waiting": waiting, "fetched": fetched, "state": "provisional" if waiting else "confirmed",
    }  # fmt: skip
    for intent_id, outcome in told:
        where, entry = _told(intent_id, outcome)
        report[where].append(entry)
        if where == "confirmed" or not unheard:
            ws.outbox.collect(intent_id)
    report.update(adopted)
    if transport.restricted(ws):
        report["transport"] = transport.shown(ws)
        report.update(transport.publishes(ws) if waiting else {})
    if carried:
        report["carried"] = carried
        if "provisional" in carried.values():
            report["outcome"], report["state"] = "waiting", "provisional"
    ws.outbox.sweep()
    _tidy(ws)
    ws.forget()
    if fetched and not waiting:
        report["landed"] = _end_holds(ws)
    if not unheard and ws.repo.worktree is not None:
        from gitcoord.actions import radar

        ahead = radar.look(ws)
        report.update({"radar": ahead} if ahead else {})
    try:
        report["as_of"] = ws.as_of()
        report["revision"] = report["as_of"]["revision"]
    except HistoryRewritten as problem:
        report["note"] = problem.message
    if reason:
        report["note"] = f"not landed: {one_line(reason, 320)}"
    elif not fetched:
        report["note"] = ws.note or "the remote was not asked"
    return report


def _tidy(ws: Workspace) -> None:
    """Files that carried writes leave the work tree once those have landed."""
    import os

    if ws.register.name and ws.repo.worktree is not None and os.path.isdir(ws.repo.worktree + "/.gitcoord/outbox"):
        from gitcoord.workspace.settling import tidy

        tidy(ws)


def _adopts(ws: Workspace) -> bool:
    """Whether other branches will be looked at, as far as that is known before anything is fetched."""
    return not transport.restricted(ws) and bool(settings_here(ws).get("sync.adopt"))


def _adopted(ws: Workspace, heads: dict[str, str] | None) -> dict[str, Any]:
    """What agents that may not push left on their branches. A remote that takes nothing more is a note, not a failure."""
    if transport.restricted(ws) or not ws.register.name or not ws.settings.get("sync.adopt"):
        return {}
    if heads is not None and nothing_new(ws, heads):
        return {}
    from gitcoord.store.landing import Stopped
    from gitcoord.workspace import adoption

    try:
        found = adoption.adopt(ws, heads=heads)
    except Stopped as stop:
        return {"adoption": f"not adopted: {stop.reason}: {stop.detail[:160]}"}
    return found.as_json() if found else {}


def _end_holds(ws: Workspace) -> list[dict[str, Any]]:
    """Holds whose work has landed end by themselves, at the first sync that sees it, whoever runs it."""
    from gitcoord.errors import GitcoordError

    try:
        if not ws.reader().count("claim", state="hold"):
            return []
        from gitcoord.actions import holds

        found = holds.ended_here(ws, ws.identity().agent_id)
        return list(ws.submit("claim.land", {"landed": found})["claims"]) if found else []
    except GitcoordError:  # nobody in particular acts here, or the remote is gone again: the next sync will see it
        return []


def _carried(ws: Workspace) -> dict[str, str]:
    """Uncommitted work of handoffs that could not be pushed when it was carried."""
    import os

    if not os.path.isdir(ws.repo.home + "/carry"):
        return {}
    from gitcoord.actions.carry import push_waiting

    return push_waiting(ws)


def _waiting(intent: Any) -> dict[str, Any]:
    return {"intent_id": intent.id, "kind": intent.kind, "agent": intent.agent}


def _told(intent_id: str, outcome: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    if "denied" in outcome:
        denied = outcome["denied"]
        return "refused", {"intent_id": intent_id, "code": denied["code"], "message": denied["message"]}
    landed = outcome["ok"]
    entry = {"intent_id": intent_id, **{k: v for k, v in landed.items() if k not in ("intent_id", "sync", "commit")}}
    return ("contested" if landed.get("outcome") == "contested" else "confirmed"), entry
