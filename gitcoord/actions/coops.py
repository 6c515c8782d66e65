"""Co-ops: start one, find one, join, invite, close, reopen (leaving: ``leaving.py``). Nothing is guessed among several."""

from __future__ import annotations

import os

from gitcoord import clock
from gitcoord.errors import Ambiguous, NotFound, NotJoined
from gitcoord.rules.coops import slug_of
from gitcoord.rules.lifecycle import lifecycle, outlived

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace
    from gitcoord.workspace.identity import Identity

_NO_TOPIC = frozenset({"main", "master", "trunk", "develop", "HEAD", ""})
FALLBACK = "general-work"
_OPEN = ("active", "idle", "stale")
#: Co-ops that a refusal lists, whatever their names: an error is short.
_LISTED = 7


def start(
    ws: Workspace, title: str = "", *, goal: str = "", slug: str = "", max_lifetime: int | None = None
) -> dict[str, Any]:
    """Open a co-op and join it. Without a title its name comes from the branch, the folder or the project."""
    from gitcoord.text import slugify

    chosen = slugify(slug) or slugify(topic_of(title)) or slugify(title) or _in_its_script(title) or inferred_slug(ws)
    identity = _identity(ws, [])
    branch = ws.repo.head()[0]
    args: dict[str, Any] = {"title": title or chosen.replace("-", " "), "slug": chosen, "goal": goal, "branch": branch}
    args["name"] = visible_name(identity, chosen)
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
    coop, others = (_named(ws, target), []) if target else _only_one(ws)
    if not asked and any(state != "stale" for _, state, _ in others):
        raise Ambiguous("More than one co-op is open.", hint="gitcoord discover")
    identity = _identity(ws, _names_in(ws, coop))
    name = "" if drawn else visible_name(identity, slug_of(coop))
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
    coop = _named(ws, target or identity.coop)
    return ws.submit("coop.close", {"coop": coop.id, "reason": reason}, coop=coop.id, identity=identity)


def reopen(ws: Workspace, target: str, reason: str = "") -> dict[str, Any]:
    """Open a co-op again that was closed or has expired. Nobody is in it until they join."""
    coop = _named(ws, target)
    result = ws.submit("coop.reopen", {"coop": coop.id, "reason": reason}, coop=coop.id, identity=_identity(ws, []))
    return {**result, "join": f"gitcoord join {slug_of(coop)}"}


def invite(ws: Workspace, target: str | None = None) -> dict[str, Any]:
    """What to paste into another agent's window."""
    identity = None if target else ws.identity()
    if identity is not None and not identity.coop:
        raise NotJoined("No co-op is joined here; name one.", hint="gitcoord discover")
    coop = _named(ws, target or (identity.coop if identity else ""))
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
    mine, every = _my_coop(ws), _numbered(ws)
    if not _likeliest(every) and ws.look_again():
        every = _numbered(ws)
    mine = "" if any(coop.id == mine and state == "closed" for _, state, coop in every) else mine
    likeliest = [] if mine else _likeliest(every)
    usual = mine or (likeliest[0][2].id if len(likeliest) == 1 else "")
    found = [_line(ws, number, state, coop, usual) for number, state, coop in every if all_ or state in _OPEN]
    found = [{**each, "mine": True} if each["id"] == mine else each for each in found]
    hidden = sum(1 for _, state, _ in every if state not in _OPEN)
    result: dict[str, Any] = {"coops": found, "as_of": ws.as_of()}
    if hidden and not all_:
        result["closed"] = hidden
    if not mine:
        result["next"] = _way_in(ws, every)
    return result


def _way_in(ws: Workspace, every: list[tuple[int, str, Entity]]) -> str:
    """The command with which somebody who is in no co-op goes on."""
    likeliest, asleep = _likeliest(every), _asleep(ws, every)
    if likeliest:
        return "gitcoord join" if len(likeliest) == 1 else "gitcoord join 1"
    return f"gitcoord join {slug_of(asleep)}" if asleep is not None else 'gitcoord start "what we are doing"'


#: What one does, as opposed to what it is about.
_DOING = frozenset((
    "add", "build", "change", "clean", "create", "do", "finish", "fix", "implement", "improve", "introduce", "make", "move",
    "refactor", "remove", "rename", "replace", "rewrite", "support", "test", "update", "upgrade", "write",
))  # fmt: skip


def topic_of(title: str) -> str:
    """``HMI settings flow`` of ``Update HMI settings flow``: the short name says what it is about."""
    first, _, rest = title.strip().partition(" ")
    return rest if first.casefold() in _DOING and " " in rest.strip() else title


def _in_its_script(title: str) -> str:
    """``認証`` of ``認証``: two titles without a Latin letter are two co-ops."""
    import unicodedata

    words = unicodedata.normalize("NFC", title).lower()
    return "-".join("".join(each if each.isalnum() else " " for each in words).split())[:32].strip("-")


def inferred_slug(ws: Workspace) -> str:
    """From the branch, else the folder, else what the remote calls the project, else ``general-work``."""
    from gitcoord.text import slugify

    branch = ws.repo.head()[0]
    folder = os.path.basename(ws.repo.worktree) if ws.repo.worktree else ""
    project = ws.state.text("repo_id").rpartition("/")[2]
    for words in ("" if branch in _NO_TOPIC else branch, folder, project):
        slug = slugify(words)
        if slug:
            return slug
    return FALLBACK


# Names.


def new_handle(agent_id: str, taken: Iterable[str] = ()) -> str:
    """The first name that no member has, and the end of the id: two agents who draw one name in two clones stay two."""
    from gitcoord.rules.coops import FIRST_NAMES

    others = {name.partition(" ")[0].casefold() for name in taken}
    first = next((name for name in FIRST_NAMES if name.casefold() not in others), FIRST_NAMES[0])
    return f"{first.lower()}-{agent_id[-4:]}"


def _names_in(ws: Workspace, coop: Entity) -> list[str]:
    members = (ws.reader().get("session", id) for id in coop.get("members", []))
    return [str(each.get("name") or each.get("agent")) for each in members if each is not None]


def visible_name(identity: Identity, slug: str) -> str:
    """``Sky hmi-settings-flow``: for people; nothing is ever looked up by it."""
    first = identity.agent.partition("/")[0]
    if identity.agent.endswith("-" + identity.agent_id[-4:]):
        first = first[:-5]
    return f"{first[:1].upper()}{first[1:]} {slug}"


def _identity(ws: Workspace, taken: list[str]) -> Identity:
    """Whoever is named or bound here, else somebody new, whose name is none of those that are taken."""
    from gitcoord.model.ids import new_ulid
    from gitcoord.workspace import identity as identities

    try:
        found = ws.identity()
    except NotJoined:
        agent_id = new_ulid(clock.now())
        session = identities.pinned_session(ws.environ) or new_ulid(clock.now())
        return identities.Identity(new_handle(agent_id, taken), agent_id, session)
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
        name=str(session.get("name") or visible_name(identity, str(coop.get("slug") or ""))),
    )


# Finding one.


def _numbered(ws: Workspace) -> list[tuple[int, str, Entity]]:
    """Every co-op with its number and state; the open ones come first, closed ones last, and oldest first among equals."""
    from gitcoord.actions.threads import live

    reader, now, settings = ws.reader(), ws.now(), ws.settings
    found = [
        (lifecycle(coop, reader.last_activity(coop.id), live(reader, coop.id, now), now, settings), coop)
        for coop in reader.find("coop")
    ]
    found.sort(key=lambda pair: (pair[0] not in _OPEN, pair[0] == "closed", pair[1].id))
    return [(number, state, coop) for number, (state, coop) in enumerate(found, start=1)]


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


def _my_coop(ws: Workspace) -> str:
    try:
        return ws.identity().coop
    except (NotJoined, Ambiguous):
        return ""


def _likeliest(numbered: list[tuple[int, str, Entity]]) -> list[tuple[int, str, Entity]]:
    """The co-ops that may be meant when none is named: the active ones, else the idle, else the stale."""
    tiers = ([each for each in numbered if each[1] == state] for state in _OPEN)
    return next((tier for tier in tiers if tier), [])


def _asleep(ws: Workspace, numbered: list[tuple[int, str, Entity]]) -> Entity | None:
    """The newest that has only been silent for long, over night for instance: whoever names it may join it."""
    found = [coop for _, state, coop in numbered if state == "expired" and not outlived(coop, ws.now(), ws.settings)]
    return max(found, key=lambda coop: coop.id, default=None)


def _only_one(ws: Workspace) -> tuple[Entity, list[tuple[int, str, Entity]]]:
    """The only active co-op (where none is active the only idle one, then the only stale one), and what else is open."""
    numbered = _numbered(ws)
    candidates = _likeliest(numbered)
    if not candidates and ws.look_again():
        return _only_one(ws)
    if not candidates:
        asleep = _asleep(ws, numbered)
        if asleep is None:
            raise NotFound("No co-op is open here.", hint='gitcoord start "what we are doing"')
        said = f"No co-op is open here; {slug_of(asleep)} has been silent for long."
        raise NotFound(said, hint=f"gitcoord join {slug_of(asleep)}")
    shown = [each for each in numbered if each[1] in _OPEN]
    if len(candidates) == 1:
        return candidates[0][2], [each for each in shown if each[2].id != candidates[0][2].id]
    lines = "".join(f"\n  {n}. {slug_of(coop)} ({state})" for n, state, coop in shown[:_LISTED])
    more = f"\n  and {len(shown) - _LISTED} more: gitcoord discover" if len(shown) > _LISTED else ""
    raise Ambiguous(
        f"{len(shown)} co-ops are open; say which one:{lines}{more}",
        hint="gitcoord join 1",
        candidates=[{"number": n, "slug": slug_of(coop), "status": state} for n, state, coop in shown[:_LISTED]],
    )


def _named(ws: Workspace, target: str) -> Entity:
    from gitcoord.actions.references import one

    text = target.strip()
    if text.isascii() and text.isdigit() and len(text) < 5:
        for number, state, coop in _numbered(ws):
            if number == int(text) and state in _OPEN:
                return coop
        if not ws.reader().resolve("coop", text):
            raise NotFound(f"No open co-op has the number {text}.", hint="gitcoord discover")
    return one(ws, text, "coop")


def _coop_of(result: dict[str, Any]) -> dict[str, Any]:
    coops = result.get("coops") or [{}]
    found: dict[str, Any] = coops[0]
    return found


#: For other actions that are about a co-op.
named, numbered = _named, _numbered
