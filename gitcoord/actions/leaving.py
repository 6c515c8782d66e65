"""Leaving: what an agent must be able to do in one word, with nothing at hand and no time."""

from __future__ import annotations

from gitcoord.errors import NotJoined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.workspace import Workspace
    from gitcoord.workspace.identity import Identity


def leave(
    ws: Workspace, reason: str = "", *, wait: bool = True, carry: bool = False, **stated: Any
) -> dict[str, Any]:
    """Release my claims, write a handoff with what git knows, keep blockers open. Needs no argument.

    Without ``wait`` nothing touches the network: the request is durable on this machine when this returns, and a
    process of its own lands it. With ``carry`` the uncommitted work goes along.

    Raises:
        NotJoined: also when it is done a second time.
    """
    from gitcoord.actions import handoffs

    if not wait:
        ws.offline = True
    identity = _leaver(ws)
    taken = None
    if carry:
        from gitcoord.actions import carry as carrying

        taken = carrying.carry(ws, identity.agent, publish=wait)
    handoff: dict[str, Any] = {**handoffs.capsule(ws, **stated), "title": reason}
    if taken is not None:
        handoff["carry"] = carrying.record_of(taken)
    args: dict[str, Any] = {"coop": identity.coop, "reason": reason, "handoff": handoff}
    earlier, work = _earlier(ws, identity), _unlanded_work(ws, identity)
    if earlier:
        args["sessions"] = earlier
    if work:
        args["work"] = work
    if wait:
        result = _submitted(ws, args, identity)
    else:
        from gitcoord.workspace.deferral import defer

        result = defer(ws, "coop.leave", args, 1, identity)
    _forget(ws, identity)
    return handoffs.with_carry({**result, "agent": identity.agent}, taken)


def _unlanded_work(ws: Workspace, identity: Identity) -> dict[str, dict[str, Any]]:
    """What I leave behind on paths that I hold, and nobody should build beside."""
    held = ws.reader().claims(active=True, agent_id=identity.agent_id)
    if not held:
        return {}
    from gitcoord.actions import holds

    return holds.unlanded_work(ws, held)


def _submitted(ws: Workspace, args: dict[str, Any], identity: Identity) -> dict[str, Any]:
    try:
        return ws.submit("coop.leave", args, 1, coop=identity.coop, identity=identity)
    except NotJoined as refusal:
        from gitcoord.actions.reaped import notice_of

        if ws.reader().claims(active=True, agent_id=identity.agent_id):
            raise
        _forget(ws, identity)
        said = notice_of(ws, identity.session_id)
        if said:
            raise NotJoined(said, hint="gitcoord join") from refusal
        raise


def _forget(ws: Workspace, identity: Identity) -> None:
    ws.local.unbind(ws.place, identity.agent)
    ws.local.unbind_session(identity.session_id)


def _leaver(ws: Workspace) -> Identity:
    """Who leaves. An agent that this worktree has forgotten leaves for the session that it has here on the branch.

    Raises:
        NotJoined: it has none, or has left already and that only waits to be landed.
    """
    identity = ws.identity()
    going = {each.session_id for each in ws.outbox.pending() if each.kind == "coop.leave"} if ws.outbox.count() else set()
    if identity.session_id in going:
        raise _has_left(identity.agent)
    if identity.bound:
        return identity
    known = ws.reader().find("session", agent=identity.agent, state="active")
    here = [each for each in known if each.id == identity.session_id or _is_here(ws, each.values)]
    if here and all(each.id in going for each in here):
        raise _has_left(identity.agent)
    here = [each for each in here if each.id not in going]
    if not here:
        elsewhere = f" It is active in {known[-1].get('worktree') or 'another worktree'}; leave there." if known else ""
        raise NotJoined(f"{identity.agent} has not joined here.{elsewhere}", hint="gitcoord join")
    identity.session_id, identity.coop = here[-1].id, str(here[-1].get("coop") or "")
    return identity


def _has_left(agent: str) -> NotJoined:
    return NotJoined(f"{agent} has left already; it only waits to be landed.", hint="gitcoord sync")


def _is_here(ws: Workspace, session: dict[str, Any]) -> bool:
    import os

    from gitcoord.store.repository import escaped
    from gitcoord.workspace.identity import host_id, place_id

    if session.get("place_id"):
        return bool(session["place_id"] == place_id(ws.place))
    here = escaped(os.path.basename(ws.place))
    return bool(session.get("host_id") == host_id() and session.get("worktree") == here)


def _earlier(ws: Workspace, identity: Identity) -> list[str]:
    """Sessions of this agent in this worktree that are over: no worktree is bound to them any more, and their
    process is gone, or is the one that leaves now. An agent that was started again has such."""
    from gitcoord.workspace import processes
    from gitcoord.workspace.identity import place_id

    place = place_id(ws.place)
    known = ws.reader().find("session", agent=identity.agent, state="active")
    others = [each.id for each in known if each.id != identity.session_id and each.get("place_id") == place]
    if not others:
        return []
    bound = {each["session_id"] for each in ws.local.all_bindings()}
    mine = processes.mine()
    found = []
    for id in others:
        process = ws.local.process(id)
        same = process is not None and mine == (process["pid"], process["started"])
        if id not in bound and (same or not lives(process)):
            found.append(id)
    return found


def lives(process: dict[str, Any] | None) -> bool:
    """Whether a remembered process surely runs still."""
    from gitcoord import clock
    from gitcoord.workspace import processes

    if process is None or (process["boot_id"] and process["boot_id"] != clock.boot_id()):
        return False
    return processes.alive(int(process["pid"]), str(process["started"])) is True
