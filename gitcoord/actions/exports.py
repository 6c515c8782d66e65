"""What an export tells: one co-op with all that belongs to it, gathered at one revision. Renders and writes nothing.

A function of the state alone: the same tip gives the same, on every machine. Time matters only for what has run out,
and then it is the time of the tip (or the one that ``--at`` names), never that of the clock.
"""

from __future__ import annotations

from gitcoord.errors import Ambiguous, NotFound, NotJoined
from gitcoord.rules.coops import slug_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.cache.queries import Reader
    from gitcoord.model.entity import Entity
    from gitcoord.settings import Settings
    from gitcoord.workspace import Workspace

_OPEN = ("active", "idle", "stale")
#: Nouns in the references of an event that do not say to which co-op it belongs.
_NEUTRAL = frozenset({"agent", "session", "attic", "coop"})


class Gathered:
    """``entities``: by kind, each by rising id. ``events``: in the order of landing. ``at``: the moment it shows."""

    __slots__ = ("at", "commit", "coop", "entities", "events", "revision", "settings", "status")

    def __init__(
        self,
        coop: Entity,
        status: str,
        entities: dict[str, list[Entity]],
        events: list[dict[str, Any]],
        *,
        revision: int,
        commit: str,
        at: float,
        settings: Settings,
    ) -> None:
        self.coop, self.status, self.entities, self.events = coop, status, entities, events
        self.revision, self.commit, self.at, self.settings = revision, commit, at, settings

    def of(self, kind: str) -> list[Entity]:
        return self.entities.get(kind, [])


def gather(ws: Workspace, target: str | None = None) -> Gathered:
    """The co-op that was named, or that I am in, or the only one.

    Raises:
        Ambiguous: several might be meant; they are listed.
        NotFound: there is none, or none of that name.
    """
    coop = _meant(ws, target)
    reader = ws.reader()
    entities = _entities(reader, coop)
    ids = [each.id for of_kind in entities.values() for each in of_kind]
    events = _events(reader, coop, {coop.id, *ids})
    entities["session"] = _sessions(reader, coop, events)
    entities["agent"] = _agents(reader, entities["session"], events)
    at, team = moment(ws), ws.team_settings(reader.file("settings.yml"))  # an export is the same everywhere
    return Gathered(
        coop, _status(reader, coop, at, team), {kind: found for kind, found in entities.items() if found}, events,
        revision=reader.revision, commit=reader.commit, at=at, settings=team,
    )  # fmt: skip


def everywhere(ws: Workspace) -> dict[str, list[Entity]]:
    """What is going on in the whole repository: every co-op, and what is active, open or under way."""
    reader = ws.reader()
    states = ("in_progress", "blocked", "open")
    return {
        "coop": reader.find("coop"),
        "session": reader.find("session", state="active"),
        "claim": reader.find("claim", state="active"),
        "blocker": reader.find("blocker", state="open", hot=True),
        "task": sorted(
            (each for state in states for each in reader.find("task", state=state, hot=True)), key=lambda each: each.id
        ),
        "thread": reader.find("thread", state="open", hot=True),
    }


def moment(ws: Workspace) -> float:
    """The moment that an export shows: that of the tip, or the one that was asked for."""
    return ws.now() if ws.at is not None else ws.reader().newest_at()


def _status(reader: Reader, coop: Entity, at: float, settings: Settings) -> str:
    from gitcoord.rules.lifecycle import lifecycle

    live = bool(reader.find("thread", coop=coop.id, state="open", limit=1))
    return lifecycle(coop, reader.last_activity(coop.id), live, at, settings)


# Which one.


def _meant(ws: Workspace, target: str | None) -> Entity:
    from gitcoord.actions import finding

    if target:
        return finding.named(ws, target)
    mine = _mine(ws)
    if mine is not None:
        return mine
    numbered = finding.numbered(ws)
    some = [each for each in numbered if each[1] in _OPEN] or numbered
    if len(some) == 1:
        return some[0][2]
    if not some:
        raise NotFound("There is no co-op here.", hint='gitcoord start "what we are doing"')
    names = ", ".join(f"{slug_of(coop)} ({state})" for _, state, coop in some[:10])
    more = f" and {len(some) - 10} more" if len(some) > 10 else ""
    raise Ambiguous(
        f"{len(some)} co-ops might be meant: {names}{more}.",
        hint=f"gitcoord export md --coop {slug_of(some[0][2])}",
        candidates=[{"slug": slug_of(coop), "status": state} for _, state, coop in some[:10]],
    )


def _mine(ws: Workspace) -> Entity | None:
    try:
        joined = ws.identity().coop
    except (NotJoined, Ambiguous):
        return None
    return ws.reader().get("coop", joined) if joined else None


# What belongs to it.


def _entities(reader: Reader, coop: Entity) -> dict[str, list[Entity]]:
    from gitcoord.model.kinds import KINDS

    found: dict[str, list[Entity]] = {}
    for kind, declared in KINDS.items():
        if "coop" in declared.by_name and kind != "session":
            found[kind] = reader.find(kind, coop=coop.id)
    said = {each.id: each for each in found.get("thread_message", [])}
    for thread in found.get("thread", []):
        said.update((each.id, each) for each in reader.find("thread_message", thread=thread.id))
    found["thread_message"] = [said[id] for id in sorted(said)]
    known = {each.id for of_kind in found.values() for each in of_kind}
    found["attic"] = [each for each in reader.find("attic") if each.get("of_id") in known]
    return found


def _events(reader: Reader, coop: Entity, ids: set[str]) -> list[dict[str, Any]]:
    """Those of this co-op. A session that moved on takes what it does then along."""
    found: list[dict[str, Any]] = []
    present: set[str] = set()
    elsewhere: dict[tuple[str, str], bool] = {}
    for event in reader.of_coop(coop.id, ids):
        refs = event.get("refs") or {}
        session = str((event.get("actor") or {}).get("session_id"))
        if refs.get("coop") == coop.id:
            if event["type"] == "coop.joined":
                present.add(str(refs.get("session")))
            elif event["type"] == "coop.left":
                present.discard(str(refs.get("session")))
            elif event["type"] == "coop.closed":
                present.clear()
            found.append(event)
        elif not ids.isdisjoint(refs.values()) or _same_intent(found, event) or (
            session in present and not any(_is_elsewhere(reader, pair, elsewhere) for pair in refs.items())
        ):  # fmt: skip
            found.append(event)
    return found


def _same_intent(found: list[dict[str, Any]], event: dict[str, Any]) -> bool:
    return bool(found) and found[-1].get("intent_id") == event.get("intent_id") is not None


def _is_elsewhere(reader: Reader, reference: tuple[str, str], known: dict[tuple[str, str], bool]) -> bool:
    """Whether a reference leads to something that belongs to another co-op."""
    kind, id = reference
    if kind in _NEUTRAL:
        return False
    if reference not in known:
        found = reader.get(kind, id)
        known[reference] = found is not None and bool(found.get("coop"))
    return known[reference]


def _sessions(reader: Reader, coop: Entity, events: list[dict[str, Any]]) -> list[Entity]:
    """Everybody who was ever in it."""
    joined = {str(each["refs"].get("session")) for each in events if each["type"] == "coop.joined"}
    found = {each.id: each for each in reader.find("session", coop=coop.id)}
    for id in joined - set(found):
        session = reader.get("session", id)
        if session is not None:
            found[id] = session
    return [found[id] for id in sorted(found)]


def _agents(reader: Reader, sessions: list[Entity], events: list[dict[str, Any]]) -> list[Entity]:
    ids = {str(each.get("agent_id")) for each in sessions}
    ids.update(str((each.get("actor") or {}).get("agent_id")) for each in events)
    found = (reader.get("agent", id) for id in sorted(ids))
    return [each for each in found if each is not None]
