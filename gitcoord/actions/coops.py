"""Co-ops: start one, find one, join, invite, close, reopen (leaving: ``leaving.py``)."""

from __future__ import annotations

from gitcoord import clock
from gitcoord.actions import finding, naming
from gitcoord.errors import Ambiguous, NotJoined
from gitcoord.rules.coops import slug_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace
    from gitcoord.workspace.identity import Identity


def start(
    ws: Workspace, title: str = "", *, goal: str = "", slug: str = "", max_lifetime: int | None = None
) -> dict[str, Any]:
    """Open a co-op and join it. Without a title its name comes from the branch, the folder or the project."""
    chosen = naming.short_name(ws, title, slug)
    identity = somebody(ws, [])
    branch = ws.repo.head()[0]
    args: dict[str, Any] = {"title": title or chosen.replace("-", " "), "slug": chosen, "goal": goal, "branch": branch}
    args["name"] = naming.visible_name(identity, chosen)
    if max_lifetime is not None:
        args["max_lifetime"] = max_lifetime
    result = ws.submit("coop.start", args, 1, identity=identity)
    coop = _coop_of(result)
    _bind(ws, identity, result, coop)
    taken = str(coop.get("slug") or chosen)
    alone = ws.reader().count("coop", status="active") < 2
    shown = {**result, "join": "gitcoord join" if alone else f"gitcoord join {taken}", "agent": identity.agent}
    return _with_hook_warning(ws, {**shown, "name": _landed_name(result, args["name"])})


def join(ws: Workspace, target: str | None = None, *, drawn: bool = False, asked: bool = True) -> dict[str, Any]:
    """Join the one co-op that is active, or the one that was named. With ``drawn`` under the first name that is free.
    Where nobody ``asked`` for it, an idle one beside it is reason enough to join none.

    Raises:
        Ambiguous: several may be meant and none was named; the numbered list comes with it.
        NotFound: none is open, or none is called that.
    """
    coop, others = (finding.named(ws, target), []) if target else finding.only_one(ws)
    if not asked and any(state != "stale" for _, state, _ in others):
        raise Ambiguous("More than one co-op is open.", hint="gitcoord discover")
    identity = somebody(ws, _names_in(ws, coop))
    name = "" if drawn else naming.visible_name(identity, slug_of(coop))
    result = ws.submit("coop.join", {"coop": coop.id, "name": name}, coop=coop.id, identity=identity)
    _bind(ws, identity, result, coop.as_json())
    shown = {**result, "name": _landed_name(result, name), "agent": identity.agent, "coop": slug_of(coop)}
    if others:
        also = ", ".join(f"{slug_of(each)} ({state})" for _, state, each in others[:5])
        shown["warnings"] = [*(result.get("warnings") or []), f"also open: {also}; another one: gitcoord join NAME"]
    return _with_hook_warning(ws, {**shown, "next": "gitcoord read"})


def _landed_name(result: dict[str, Any], proposed: str) -> str:
    """Two members with one first name are told apart when they join."""
    sessions = result.get("sessions") or [{}]
    return str(sessions[0].get("name") or proposed)


def _with_hook_warning(ws: Workspace, result: dict[str, Any]) -> dict[str, Any]:
    """Taking part needs no ``init``, but a push from here is checked only where the hook is."""
    from gitcoord.hooks.install import is_installed

    if ws.repo.worktree is None or is_installed(ws.repo):
        return result
    said = "pushes from this clone are not checked against claims yet: gitcoord hooks install"
    return {**result, "warnings": [*(result.get("warnings") or []), said]}


def close(ws: Workspace, target: str | None = None, reason: str = "") -> dict[str, Any]:
    """Close a co-op for everybody: mine, or the one that was named."""
    identity = ws.identity()
    if not target and not identity.coop:
        raise NotJoined("No co-op is joined here; name the one to close.", hint="gitcoord discover")
    coop = finding.named(ws, target or identity.coop)
    return ws.submit("coop.close", {"coop": coop.id, "reason": reason}, coop=coop.id, identity=identity)


def reopen(ws: Workspace, target: str, reason: str = "") -> dict[str, Any]:
    """Open a co-op again that was closed or has expired. Nobody is in it until they join."""
    coop = finding.named(ws, target)
    result = ws.submit("coop.reopen", {"coop": coop.id, "reason": reason}, coop=coop.id, identity=somebody(ws, []))
    return {**result, "join": f"gitcoord join {slug_of(coop)}"}


def invite(ws: Workspace, target: str | None = None) -> dict[str, Any]:
    """What to paste into another agent's window."""
    identity = None if target else ws.identity()
    if identity is not None and not identity.coop:
        raise NotJoined("No co-op is joined here; name one.", hint="gitcoord discover")
    coop = finding.named(ws, target or (identity.coop if identity else ""))
    slug = slug_of(coop)
    text = f"Work with us on {coop.get('title') or slug}. In your clone:\n\ngitcoord join {slug}\ngitcoord read\n"
    return {
        "coop": slug,
        "title": coop.get("title"),
        "commands": [f"gitcoord join {slug}", "gitcoord read"],
        "text": text,
    }


def discover(ws: Workspace, *, all_: bool = False) -> dict[str, Any]:
    """Co-ops by how alive they are, numbered as ``join N`` takes them; closed ones with ``all_``."""
    mine, every = _mine(ws), finding.numbered(ws)
    if not finding.likeliest(every) and ws.look_again():
        every = finding.numbered(ws)
    mine = "" if any(coop.id == mine and state == "closed" for _, state, coop in every) else mine
    likely = [] if mine else finding.likeliest(every)
    usual = mine or (likely[0][2].id if len(likely) == 1 else "")
    found = [_line(ws, number, state, coop, usual) for number, state, coop in every if all_ or state in finding.OPEN]
    found = [{**each, "mine": True} if each["id"] == mine else each for each in found]
    hidden = sum(1 for _, state, _ in every if state not in finding.OPEN)
    result: dict[str, Any] = {"coops": found, "as_of": ws.as_of()}
    if hidden and not all_:
        result["closed"] = hidden
    if not mine:
        result["next"] = _way_in(ws, every)
    return result


def _way_in(ws: Workspace, every: list[tuple[int, str, Entity]]) -> str:
    """The command with which somebody who is in no co-op goes on."""
    likely, silent = finding.likeliest(every), finding.asleep(ws, every)
    if likely:
        return "gitcoord join" if len(likely) == 1 else "gitcoord join 1"
    return f"gitcoord join {slug_of(silent)}" if silent is not None else 'gitcoord start "what we are doing"'


def _names_in(ws: Workspace, coop: Entity) -> list[str]:
    members = (ws.reader().get("session", id) for id in coop.get("members", []))
    return [str(each.get("name") or each.get("agent")) for each in members if each is not None]


def somebody(ws: Workspace, taken: list[str]) -> Identity:
    """Whoever is named or bound here, else somebody new, whose name is none of those that are taken."""
    from gitcoord.model.ids import new_ulid
    from gitcoord.workspace import identity as identities

    try:
        found = ws.identity()
    except NotJoined:
        agent_id = new_ulid(clock.now())
        session = identities.pinned_session(ws.environ) or new_ulid(clock.now())
        return identities.Identity(naming.new_handle(agent_id, taken), agent_id, session)
    return found


def _bind(ws: Workspace, identity: Identity, result: dict[str, Any], coop: dict[str, Any]) -> None:
    """This worktree now acts as this agent. The ids are those that landed: a known handle keeps its id."""
    session: dict[str, Any] = next((each for each in result.get("sessions") or [] if each.get("agent") == identity.agent), {})
    ws.local.bind(
        ws.place,
        identity.agent,
        str(session.get("agent_id") or identity.agent_id),
        str(session.get("id") or identity.session_id),
        coop=str(coop.get("id") or ""),
        name=str(session.get("name") or naming.visible_name(identity, str(coop.get("slug") or ""))),
    )


def _line(ws: Workspace, number: int, state: str, coop: Entity, mine: str) -> dict[str, Any]:
    reader = ws.reader()
    born = _born(ws, coop)
    last = reader.last_activity(coop.id) or born
    members = [each for each in (reader.get("session", id) for id in coop.get("members", [])) if each is not None]
    return {
        "number": number, "id": coop.id, "slug": slug_of(coop), "title": coop.get("title"), "goal": coop.get("goal"),
        "status": state, "agents": [each.get("agent") for each in members if each.get("state") == "active"],
        "last_activity_at": last, "age_seconds": max(0, int(ws.now() - clock.parse_instant(born))),
        "default": coop.id == mine,
    }  # fmt: skip


def _born(ws: Workspace, coop: Entity) -> str:
    """When it was made; a file that does not say it is as young as can be."""
    born = str(coop.get("created_at"))
    try:
        clock.parse_instant(born)
    except ValueError:
        return clock.rfc3339(ws.now())
    return born


def _mine(ws: Workspace) -> str:
    try:
        return ws.identity().coop
    except (NotJoined, Ambiguous):
        return ""


def _coop_of(result: dict[str, Any]) -> dict[str, Any]:
    coops = result.get("coops") or [{}]
    found: dict[str, Any] = coops[0]
    return found
