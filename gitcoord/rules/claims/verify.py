"""The verdict on a push: which changed paths fall under whose claims. Indexed, not a product of paths and claims."""

from __future__ import annotations

from gitcoord.rules.claims.conflict import BLOCKED, is_mine, is_shared, scope_of, way_past
from gitcoord.rules.claims.overlap import keys_above, keys_of, matches
from gitcoord.rules.claims.scope import PATH_KINDS, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.settings import Settings


def blamed(
    paths: Iterable[str],
    claims: Iterable[Entity],
    agents: Collection[str],
    sessions: Collection[str],
    fold_case: bool = False,
    *,
    seen: Callable[[Entity], dict[str, Any]] | None = None,
    now: float | None = None,
    settings: Settings | None = None,
) -> list[tuple[str, Entity]]:
    """``(path, claim)`` for each changed path and each active claim of somebody else that it runs into.

    Passing: shared files, claims that may be taken over (where ``now`` and ``settings`` are given; ``seen`` is
    ``Snapshot.seen``), and a file or symbol claim that was granted beside one of mine (coexisting, narrowed): what was
    granted must be pushable. Other symbol claims are told for their whole file; the caller may know that the push
    does not touch the symbols.
    """
    index, beside = _by_key(claims, agents, sessions, fold_case)
    paths = list(paths)
    if not index or index.keys().isdisjoint(_all_keys(paths, fold_case)):
        return []
    found: list[tuple[str, Entity]] = []
    standing: dict[str, bool] = {}
    for path in paths:
        met: set[str] = set()
        for key in keys_above(path.lower() if fold_case else path):
            for claim, held in index.get(key, ()):
                if claim.id in beside or claim.id in met or not matches(held, path, fold_case):
                    continue
                met.add(claim.id)
                if claim.id not in standing:
                    standing[claim.id] = _stands(claim, held, seen, now, settings)
                if standing[claim.id]:
                    found.append((path, claim))
    return found


def _all_keys(paths: list[str], fold: bool) -> set[str]:
    """Every key under which a claim on one of these paths can stand; a folder is taken apart once, not once a file."""
    keys = {""}
    for path in paths:
        name = path.lower() if fold else path
        keys.add(name)
        keys.add(name + "/")
        at = name.rfind("/")
        while at >= 0 and (folder := name[: at + 1]) not in keys:
            keys.add(folder)
            at = name.rfind("/", 0, at)
    return keys


def _by_key(
    claims: Iterable[Entity], agents: Collection[str], sessions: Collection[str], fold: bool
) -> tuple[dict[str, list[tuple[Entity, Scope]]], set[str]]:
    """The claims of others that can block, under their keys; and the ids of those that were granted beside mine."""
    index: dict[str, list[tuple[Entity, Scope]]] = {}
    mine: set[str] = set()
    beside: set[str] = set()
    others = []
    for claim in claims:
        if claim.get("state", "active") != "active":
            continue
        if is_mine(claim, agents, sessions):
            mine.add(claim.id)
            beside.update(_met(claim))
        else:
            others.append(claim)
    for claim in others:
        held = scope_of(claim)
        if (held.kind in PATH_KINDS or held.patterns) and not is_shared(held, str(claim.get("mode"))):
            for key in keys_of(held, fold):
                index.setdefault(key, []).append((claim, held))
            if not mine.isdisjoint(_met(claim)):
                beside.add(claim.id)
    return index, beside


def _met(claim: Entity) -> list[str]:
    """Claims that it was granted beside, or that were granted beside it."""
    return [*claim.get("coexists_with", ()), *claim.get("narrowed_by", ())]


def _stands(
    claim: Entity,
    held: Scope,
    seen: Callable[[Entity], dict[str, Any]] | None,
    now: float | None,
    settings: Settings | None,
) -> bool:
    """Whether the claim would keep somebody from claiming the path: a push is judged as such a claim is."""
    if now is None or settings is None:
        return True
    asked = Scope("file", held.path, held.path)
    return way_past(claim, held, asked, "exclusive", seen or (lambda claim: {}), now, settings)[0] == BLOCKED
