"""The verdict on a push: which changed paths fall under whose claims. Indexed, not a product of paths and claims."""

from __future__ import annotations

from gitcoord.rules.claims.conflict import BLOCKED, is_mine, is_shared, scope_of, way_past
from gitcoord.rules.claims.overlap import keys_above, keys_of, matches
from gitcoord.rules.claims.scope import PATH_KINDS, Scope
from gitcoord.rules.claims.touch import Finding, Touch, loose, of_claim, outside

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
    ground = _by_key(claims, agents, sessions, fold_case)
    return [(path, claim) for path, claim, held in _met_on(paths, ground, fold_case, seen, now, settings)
            if not ground.passes(claim, held, path, fold_case)]  # fmt: skip


def judged(
    paths: Iterable[str],
    claims: Iterable[Entity],
    agents: Collection[str],
    sessions: Collection[str],
    fold_case: bool = False,
    *,
    touched: Callable[[str], Touch],
    seen: Callable[[Entity], dict[str, Any]] | None = None,
    now: float | None = None,
    settings: Settings | None = None,
) -> list[Finding]:
    """As :func:`blamed`, to the symbol. ``touched`` is asked once for a path, and only when symbols decide about it.

    A symbol claim of another forbids its symbols. A claim of another that gave way to symbols of mine forbids the rest of
    the file: imports, module level, other symbols. Where ``touched`` does not know, everything was touched.
    """
    ground = _by_key(claims, agents, sessions, fold_case)
    known: dict[str, Touch] = {}
    found: list[Finding] = []
    for path, claim, held in _met_on(paths, ground, fold_case, seen, now, settings):
        mine = ground.symbols_beside(claim, path, fold_case)
        if held.kind != "symbol" and not mine:
            if not ground.passes(claim, held, path, fold_case):
                found.append(Finding(path, claim))
            continue
        touch = known[path] if path in known else known.setdefault(path, touched(path))
        names = of_claim(held, touch) if held.kind == "symbol" else outside(touch, mine)
        if touch.reason or names:
            found.append(Finding(path, claim, names, touch.reason))
    return found


def uncovered(
    touches: dict[str, Touch],
    claims: Iterable[Entity],
    agents: Collection[str],
    sessions: Collection[str],
    fold_case: bool = False,
) -> list[Finding]:
    """What these pushed paths change outside of all symbols, where others hold symbols and the pusher no wider claim.
    Nobody's right is hurt by it, and symbols do not cover it: worth a word, and no reason to stop."""
    claims = [claim for claim in claims if claim.get("state", "active") == "active"]
    found = []
    for path, touch in touches.items():
        names = loose(touch)
        over = [(c, scope) for c in claims if matches(scope := scope_of(c), path, fold_case)] if names else []
        wide = any(scope.kind != "symbol" and is_mine(c, agents, sessions) for c, scope in over)
        others = [c for c, scope in over if scope.kind == "symbol" and not is_mine(c, agents, sessions)]
        if others and not wide:
            found.append(Finding(path, others[0], names))
    return found


def _met_on(
    paths: Iterable[str],
    ground: _Ground,
    fold_case: bool,
    seen: Callable[[Entity], dict[str, Any]] | None,
    now: float | None,
    settings: Settings | None,
) -> list[tuple[str, Entity, Scope]]:
    """Every standing claim of another with each of these paths that it covers, also those beside a claim of mine."""
    paths, index = list(paths), ground.index
    if not index or index.keys().isdisjoint(_all_keys(paths, fold_case)):
        return []
    found: list[tuple[str, Entity, Scope]] = []
    standing: dict[str, bool] = {}
    for path in paths:
        met: set[str] = set()
        for key in keys_above(path.lower() if fold_case else path):
            for claim, held in index.get(key, ()):
                if claim.id in met or not matches(held, path, fold_case):
                    continue
                met.add(claim.id)
                if claim.id not in standing:
                    standing[claim.id] = _stands(claim, held, seen, now, settings)
                if standing[claim.id]:
                    found.append((path, claim, held))
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


class _Ground:
    """The claims of others that can block, under their keys; which of those were granted beside mine; my symbol claims."""

    __slots__ = ("beside", "index", "mine")

    def __init__(self) -> None:
        self.index: dict[str, list[tuple[Entity, Scope]]] = {}
        self.beside: set[str] = set()
        self.mine: list[Entity] = []

    def passes(self, claim: Entity, held: Scope, path: str, fold: bool) -> bool:
        """Granted beside mine; a claim on many files stands beside mine only on the file of my symbols."""
        if claim.id not in self.beside:
            return False
        return held.kind in ("file", "symbol") or bool(self.symbols_beside(claim, path, fold))

    def symbols_beside(self, claim: Entity, path: str, fold: bool) -> tuple[str, ...]:
        """My symbols on this path to which the claim gave way."""
        if claim.id not in self.beside or claim.get("kind") == "symbol":
            return ()
        found: list[str] = []
        for mine in self.mine:
            if mine.id in _met(claim) or claim.id in _met(mine):
                scope = scope_of(mine)
                if scope.kind == "symbol" and matches(scope, path, fold):
                    found += scope.symbols
        return tuple(found)


def _by_key(claims: Iterable[Entity], agents: Collection[str], sessions: Collection[str], fold: bool) -> _Ground:
    ground = _Ground()
    others = []
    for claim in claims:
        if claim.get("state", "active") != "active":
            continue
        if is_mine(claim, agents, sessions):
            ground.mine.append(claim)
            ground.beside.update(_met(claim))
        else:
            others.append(claim)
    mine = {claim.id for claim in ground.mine}
    for claim in others:
        held = scope_of(claim)
        if (held.kind in PATH_KINDS or held.patterns) and not is_shared(held, str(claim.get("mode"))):
            for key in keys_of(held, fold):
                ground.index.setdefault(key, []).append((claim, held))
            if not mine.isdisjoint(_met(claim)):
                ground.beside.add(claim.id)
    return ground


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
