"""What a bundle of handoffs tells: those that touch a module, with what they name; and the list of all. Writes nothing."""

from __future__ import annotations

from gitcoord.actions.exports import Gathered
from gitcoord.actions.exports import moment as shown_at
from gitcoord.errors import NotFound
from gitcoord.model.entity import Entity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.rules.claims.scope import Scope
    from gitcoord.workspace import Workspace

_NAMED = {"claims": "claim", "tasks": "task", "blockers": "blocker"}
_REPOSITORY = {"id": "", "slug": "repository", "title": "this repository"}


class Bundle:
    """``chosen``: the handoffs of the bundle; ``known.of("handoff")``: all of them, oldest first."""

    __slots__ = ("chosen", "known", "name")

    def __init__(self, name: str, chosen: list[Entity], known: Gathered) -> None:
        self.name, self.chosen, self.known = name, chosen, known


def gather(ws: Workspace, module: str | None = None, coop: str | None = None) -> Bundle:
    """Handoffs that touch a module of the policy (or a path), or belong to a co-op; all of them without either.

    Raises:
        NotFound: no handoff touches it, or there is no such co-op.
    """
    from gitcoord.actions import finding

    reader = ws.reader()
    every = reader.find("handoff", order="id")
    about = finding.named(ws, coop) if coop else None
    chosen = [each for each in every if about is None or each.get("coop") == about.id]
    if module:
        scopes = _scopes(ws, module)
        chosen = [each for each in chosen if _touches(ws, each, scopes)]
    if not chosen:
        what = f" touches {module}" if module else " is there"
        raise NotFound(f"No handoff{what}.", hint="gitcoord handoffs --all")
    known = Gathered(
        about or Entity("coop", dict(_REPOSITORY)), "", _entities(ws, every, chosen), [], revision=reader.revision,
        commit=reader.commit, at=shown_at(ws), settings=ws.team_settings(reader.file("settings.yml")),
    )  # fmt: skip
    return Bundle(module or (str(about.get("slug") or about.id) if about is not None else "all"), chosen, known)


def _scopes(ws: Workspace, module: str) -> list[Scope]:
    from gitcoord.actions.targets import scopes_of
    from gitcoord.rules.owners.policy import in_force

    name = module.removeprefix("module:")
    known = name in in_force(ws.reader()).policy.modules or module != name
    return scopes_of(ws, [f"module:{name}" if known else module])


def _touches(ws: Workspace, handoff: Entity, scopes: list[Scope]) -> bool:
    """By a file that it names, or by what its writer held."""
    from gitcoord.rules.claims.conflict import scope_of
    from gitcoord.rules.claims.overlap import matches, overlaps

    if any(matches(scope, str(path)) for path in handoff.get("files") or [] for scope in scopes):
        return True
    held = (ws.reader().get("claim", str(id)) for id in handoff.get("claims") or [])
    return any(overlaps(scope_of(each), scope) for each in held if each is not None for scope in scopes)


def _entities(ws: Workspace, every: list[Entity], chosen: list[Entity]) -> dict[str, list[Entity]]:
    """All handoffs, and what the chosen ones name."""
    reader, found = ws.reader(), {"handoff": every}
    for field, kind in _NAMED.items():
        ids = dict.fromkeys(str(id) for each in chosen for id in each.get(field) or [])
        found[kind] = [entity for entity in (reader.get(kind, id) for id in ids) if entity is not None]
    return found
