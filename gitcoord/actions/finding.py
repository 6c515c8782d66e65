"""Which co-op is meant: the one that was named, or the only one there is. Nothing is guessed among several."""

from __future__ import annotations

from gitcoord.errors import Ambiguous, NotFound
from gitcoord.rules.coops import slug_of
from gitcoord.rules.lifecycle import lifecycle, outlived

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace

OPEN = ("active", "idle", "stale")
#: Co-ops that a refusal lists, whatever their names: an error is short.
_LISTED = 7


def numbered(ws: Workspace) -> list[tuple[int, str, Entity]]:
    """Every co-op with its number and state; the open ones come first, closed ones last, and oldest first among equals."""
    from gitcoord.actions.threads import live

    reader, now, settings = ws.reader(), ws.now(), ws.settings
    found = [
        (lifecycle(coop, reader.last_activity(coop.id), live(reader, coop.id, now), now, settings), coop)
        for coop in reader.find("coop")
    ]
    found.sort(key=lambda pair: (pair[0] not in OPEN, pair[0] == "closed", pair[1].id))
    return [(number, state, coop) for number, (state, coop) in enumerate(found, start=1)]


def likeliest(every: list[tuple[int, str, Entity]]) -> list[tuple[int, str, Entity]]:
    """The co-ops that may be meant when none is named: the active ones, else the idle, else the stale."""
    tiers = ([each for each in every if each[1] == state] for state in OPEN)
    return next((tier for tier in tiers if tier), [])


def asleep(ws: Workspace, every: list[tuple[int, str, Entity]]) -> Entity | None:
    """The newest that has only been silent for long, over night for instance: whoever names it may join it."""
    found = [coop for _, state, coop in every if state == "expired" and not outlived(coop, ws.now(), ws.settings)]
    return max(found, key=lambda coop: coop.id, default=None)


def only_one(ws: Workspace) -> tuple[Entity, list[tuple[int, str, Entity]]]:
    """The only active co-op (where none is active the only idle one, then the only stale one), and what else is open."""
    every = numbered(ws)
    candidates = likeliest(every)
    if not candidates and ws.look_again():
        return only_one(ws)
    if not candidates:
        silent = asleep(ws, every)
        if silent is None:
            raise NotFound("No co-op is open here.", hint='gitcoord start "what we are doing"')
        said = f"No co-op is open here; {slug_of(silent)} has been silent for long."
        raise NotFound(said, hint=f"gitcoord join {slug_of(silent)}")
    shown = [each for each in every if each[1] in OPEN]
    if len(candidates) == 1:
        return candidates[0][2], [each for each in shown if each[2].id != candidates[0][2].id]
    lines = "".join(f"\n  {n}. {slug_of(coop)} ({state})" for n, state, coop in shown[:_LISTED])
    more = f"\n  and {len(shown) - _LISTED} more: gitcoord discover" if len(shown) > _LISTED else ""
    raise Ambiguous(
        f"{len(shown)} co-ops are open; say which one:{lines}{more}",
        hint="gitcoord join 1",
        candidates=[{"number": n, "slug": slug_of(coop), "status": state} for n, state, coop in shown[:_LISTED]],
    )


def named(ws: Workspace, target: str) -> Entity:
    from gitcoord.actions.references import one

    text = target.strip()
    if text.isascii() and text.isdigit() and len(text) < 5:
        for number, state, coop in numbered(ws):
            if number == int(text) and state in OPEN:
                return coop
        if not ws.reader().resolve("coop", text):
            raise NotFound(f"No open co-op has the number {text}.", hint="gitcoord discover")
    return one(ws, text, "coop")
