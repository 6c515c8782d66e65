"""The state with what waits here counted in: so that who writes without being landed can go on with what it made.

A copy in memory, for one command. Names are provisional, and fences and tokens are nobody's: they are given at landing.
"""

from __future__ import annotations

from gitcoord import clock
from gitcoord.cache.snapshot import SqlSnapshot
from gitcoord.errors import GitcoordError
from gitcoord.model.entity import Entity
from gitcoord.model.ids import provisional_alias
from gitcoord.model.kinds import KINDS
from gitcoord.model.outcome import Landed
from gitcoord.workspace.ledger import Ledger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.workspace.workspace import Workspace


def counted_in(ws: Workspace, tip: str) -> SqlSnapshot:
    """A reader of the tip and of what waits; an intent that would be refused changes nothing."""
    from gitcoord.workspace.rulebook import Rulebook

    memory = Ledger(ws.repo, lambda: ws.objects, ws.state, file="", key="", use_cache=False).bring(tip)
    snapshot = SqlSnapshot(memory, observed=ws.ledger.observed())
    snapshot.begin()
    decide = Rulebook(ws).decide
    revision, made = snapshot.revision, set()
    for intent in ws.outbox.pending():
        made.update(intent.ids)
        try:
            outcome = decide(snapshot, intent, clock.now())
        except (GitcoordError, TypeError, ValueError, AttributeError, KeyError, IndexError):
            continue
        if isinstance(outcome, Landed) and outcome.result.get("outcome") != "contested":
            snapshot.apply([provisional(each, made) for each in outcome.changes], revision, outcome.files)
    return snapshot


def provisional(entity: Entity, made: set[str]) -> Entity:
    """An entity that waits, under the name that it has until it lands."""
    if entity.id not in made or "alias" not in KINDS[entity.kind].by_name:
        return entity
    changes = {"alias": provisional_alias(entity.kind, entity.id)}
    return entity.changed(**changes, **({"fence": None, "lease_token": None} if entity.kind == "claim" else {}))
