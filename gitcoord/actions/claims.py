"""Claim, check, release, renew and list. A checkout only adds information here; the rules decide."""

from __future__ import annotations

import os

from gitcoord.errors import ClaimConflict, InvalidArguments, NotFound, ScopeInvalid
from gitcoord.model.ids import parse_alias
from gitcoord.rules.claims import objects as claim_objects
from gitcoord.rules.claims.acquire import conflicts as conflicts_with
from gitcoord.rules.claims.overlap import matches, overlaps
from gitcoord.rules.claims.scope import Scope, from_stored, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.workspace.workspace import Workspace

#: Targets in one command; more is a script that should use a directory or a glob.
MAX_TARGETS = 1000
SAMPLE = 5
#: More claims than this fit in no answer; ``--path`` and ``--mine`` look at all of them.
MOST = 48
_PATHS = ("file", "directory", "glob", "symbol", "shared")
_BROAD = ("directory", "glob", "module")
#: Kinds that the format and the rules have room for, and this command not yet.
_LATER = ("module",)


def claim(
    ws: Workspace,
    targets: list[str],
    ttl: int | None = None,
    mode: str = "exclusive",
    description: str = "",
    expected_revision: int | None = None,
    allow_wide: bool = False,
    take_over_live: bool = False,
    task: str | None = None,
    symbols: list[str] | None = None,
    symbol_check: bool = True,
    narrowable: bool | None = None,
) -> dict[str, Any]:
    """All targets or none. Claiming again what I hold renews it.

    Raises:
        ScopeInvalid: a target that means nothing, or too much.
        ClaimConflict: somebody else holds what overlaps; ``conflicts`` tells who, until when, which files.
    """
    identity = ws.identity()
    scopes = _asked(ws, targets, symbols, symbol_check)
    tracked = _Tracked(ws)
    counts = [tracked.count(scope) for scope in scopes]
    asked = [
        {"kind": scope.kind, "scope": scope.scope, "symbols": list(scope.symbols), "files": count}
        for scope, count in zip(scopes, counts, strict=True)
    ]
    if not allow_wide:
        for scope, count in zip(scopes, counts, strict=True):
            _check_breadth(ws, scope, count, tracked)
    args: dict[str, Any] = {"scopes": asked, "mode": mode, "description": description, "branch": ws.repo.head()[0]}
    if ttl is not None:
        args["ttl"] = ttl
    if take_over_live:
        args["take_over_live"] = True
    if task:
        args["task"] = task
    if narrowable is not None:
        args["narrowable"] = narrowable
    if identity.coop:
        args["coop"] = identity.coop
    try:
        return ws.submit("claim.acquire", args, len(scopes), expected_revision=expected_revision, identity=identity)
    except ClaimConflict as refusal:
        _add_files(refusal.details.get("conflicts") or [], tracked)
        raise


def check(
    ws: Workspace, targets: list[str], symbols: list[str] | None = None, symbol_check: bool = True
) -> dict[str, Any]:
    """Whether these could be claimed now: ``free`` and the ``conflicts``. Writes nothing."""
    scopes = _asked(ws, targets, symbols, symbol_check)
    who = ws.who()
    snapshot = ws.reader()
    found: list[dict[str, Any]] = []
    tracked = _Tracked(ws)
    now = ws.now()
    for scope in scopes:
        for held in conflicts_with(snapshot, scope, who["agents"], who["sessions"], "exclusive", now, ws.settings):
            found.append({"requested": _written(scope), "claim": claim_objects.claim_object(held, now)})
    if found:
        _add_files(found, tracked)
    beside = _giving_way(ws, scopes, who) if not found else []
    return {"free": not found, "conflicts": found, **({"beside": beside} if beside else {}), "as_of": ws.as_of()}


def release(ws: Workspace, references: list[str], all_: bool = False, reason: str = "") -> dict[str, Any]:
    """Give back claims by alias, id or target; ``all_`` of my session and agent."""
    identity = ws.identity()
    held = _mine(ws, identity) if all_ or not references else _named(ws, references, identity)
    if not references and not all_:
        raise InvalidArguments("Say what to release.", hint="gitcoord release CLM-12   or: gitcoord release --all")
    if not held:
        return {"outcome": "released", "claims": [], "state": "confirmed", "replayed": False, "intent_id": None}
    args = {"claims": [_token(each) for each in held], "reason": reason}
    return ws.submit("claim.release", args, identity=identity)


def renew(ws: Workspace, references: list[str], ttl: int | None = None) -> dict[str, Any]:
    """Extend claims that I hold; without a name, all of them."""
    identity = ws.identity()
    held = _named(ws, references, identity) if references else _mine(ws, identity)
    if not held:
        raise NotFound("There is no claim of yours to renew.", hint="gitcoord claims --mine")
    args: dict[str, Any] = {"claims": [_token(each) for each in held]}
    if ttl is not None:
        args["ttl"] = ttl
    return ws.submit("claim.renew", args, identity=identity)


def claims(
    ws: Workspace, mine: bool = False, path: str | None = None, all_: bool = False, full: bool = False
) -> dict[str, Any]:
    """Active claims; ``mine``, those that overlap ``path``, or ``all_`` that ever were."""
    reader = ws.reader()
    now = ws.now()
    totals: dict[str, int] = {}
    if path:
        scope = scopes_of(ws, [path])[0]
        found = [c for c in reader.overlap_candidates(scope.kind, scope.scope) if overlaps(scope, _scope(c))]
    else:
        state = {} if all_ else {"state": "active"}
        found = reader.find("claim", limit=None if mine else MOST, **state)
        totals = {"claims": reader.count("claim", **state)}
    if mine:
        who = ws.who()
        found = [c for c in found if c.get("agent_id") in who["agents"] or c.get("session_id") in who["sessions"]]
        totals = {}
    shown = [claim_objects.claim_object(c, now, full=full) for c in found]
    return {"claims": shown, "as_of": ws.as_of(), **({"totals": totals} if totals.get("claims", 0) > len(shown) else {})}


def scopes_of(ws: Workspace, targets: list[str]) -> list[Scope]:
    """The scopes that the words mean in this checkout, without repeats.

    Raises:
        InvalidArguments: none, or too many.
        ScopeInvalid: one of them is no scope.
        NotFound: ``task:TASK-9`` names no task.
    """
    if not targets:
        raise InvalidArguments("Say what to claim.", hint="gitcoord claim src/auth/login.py")
    if len(targets) > MAX_TARGETS:
        raise InvalidArguments(
            f"{len(targets)} targets in one command; at most {MAX_TARGETS}.", hint="Claim a directory or a glob."
        )
    found: dict[tuple[str, str], Scope] = {}
    for target in targets:
        scope = parse(target, is_directory=lambda path: _is_directory(ws, path))
        if scope.kind in _LATER:
            raise ScopeInvalid(
                f"{scope.scope}: {scope.kind} claims are not there yet.", hint="Claim the file or the directory instead."
            )
        _refuse_wrong_root(ws, scope, target)
        found.setdefault((scope.kind, _written(scope)), scope)
    return list(found.values())


def _giving_way(ws: Workspace, scopes: list[Scope], who: dict[str, Any]) -> list[dict[str, Any]]:
    """Claims of others on the file that would give way to these symbols."""
    found: dict[str, dict[str, Any]] = {}
    for scope in scopes:
        if scope.kind == "symbol":
            from gitcoord.rules.claims.conflict import NARROW, met

            for held, way, _ in met(ws.reader(), scope, who["agents"], who["sessions"], "exclusive", ws.now(), ws.settings):
                if way == NARROW:
                    shown = {name: held.get(name) for name in ("alias", "scope", "agent", "expires_at")}
                    found[held.id] = {"met": "narrowed", **shown}
    return list(found.values())


def _asked(ws: Workspace, targets: list[str], symbols: list[str] | None, symbol_check: bool) -> list[Scope]:
    """The scopes of a claim or check; symbols must be declared in their files, unless that guard is lifted."""
    if symbols:
        from gitcoord.actions.symbols import targets_with

        targets = targets_with(targets, symbols)
    scopes = scopes_of(ws, targets)
    if any(scope.kind == "symbol" for scope in scopes) and symbol_check and ws.settings.get("symbols.validate"):
        from gitcoord.actions.symbols import validate

        for scope in scopes:
            if scope.kind == "symbol":
                validate(ws, scope)
    return scopes


def _is_directory(ws: Workspace, path: str) -> bool:
    """In the work tree, else at HEAD (sparse checkouts and bare repositories)."""
    if ws.repo.worktree is not None and os.path.lexists(f"{ws.repo.worktree}/{path}"):
        return os.path.isdir(f"{ws.repo.worktree}/{path}")
    head = ws.repo.head()[1]
    if not head or any(c in path for c in "\n\0:"):
        return False
    return ws.objects.is_tree(f"{head}:{path}")


def _refuse_wrong_root(ws: Workspace, scope: Scope, target: str) -> None:
    """Targets start at the root of the repository; say so when the words fit the current folder only."""
    root = ws.repo.worktree
    here = os.getcwd()
    if scope.kind not in _PATHS or root is None or not here.startswith(root + "/"):
        return
    plain = scope.scope.rstrip("/").partition("#")[0]
    inside = os.path.relpath(here, root)
    if not os.path.exists(f"{root}/{plain}") and os.path.exists(f"{here}/{plain}"):
        raise ScopeInvalid(
            f"{target} is not at the root of the repository; targets are written from there.",
            hint=f"gitcoord claim {inside}/{target}",
        )


def _written(scope: Scope) -> str:
    return scope.scope


def _scope(held: Entity) -> Scope:
    return from_stored(str(held.get("kind")), str(held.get("scope")), tuple(held.get("symbols") or ()))


class _Tracked:
    """The files that git tracks here, listed once and only when somebody asks."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._files: list[str] | None = None

    @property
    def files(self) -> list[str]:
        if self._files is None:
            result = None
            if self._ws.repo.worktree is not None:
                result = self._ws.repo.work_git.run(["ls-files", "-z"], check=False)
            text = result.out.decode("utf-8", "surrogateescape") if result is not None and not result.code else ""
            self._files = [path for path in text.split("\0") if path]
        return self._files

    def matching(self, scope: Scope) -> list[str]:
        if scope.kind == "directory":
            return [path for path in self.files if path.startswith(scope.scope)]
        return [path for path in self.files if matches(scope, path)]

    def count(self, scope: Scope) -> int | None:
        return len(self.matching(scope)) if scope.kind in _BROAD else None


def _check_breadth(ws: Workspace, scope: Scope, count: int | None, tracked: _Tracked) -> None:
    if count is None:
        return
    total = len(tracked.files)
    settings = ws.settings
    limit, ratio = settings.get("claims.max_files"), settings.get("claims.max_ratio")
    if count > limit:
        raise ScopeInvalid(
            f"{scope.scope} covers {count} files; a claim may cover {limit}.",
            hint="Claim less, or: gitcoord claim … --allow-wide", files=count,
        )  # fmt: skip
    if total > settings.get("claims.ratio_floor") and count > ratio * total:
        raise ScopeInvalid(
            f"{scope.scope} covers {count} of {total} tracked files, more than {ratio:.0%}.",
            hint="Claim less, or: gitcoord claim … --allow-wide", files=count,
        )  # fmt: skip


def _add_files(found: list[dict[str, Any]], tracked: _Tracked) -> None:
    """Name the existing files in which a request and a claim meet: a few, and how many more."""
    for conflict in found:
        held = conflict["claim"]
        if held.get("kind") not in ("file", "directory", "glob", "shared", "symbol"):
            continue
        scope = from_stored(held["kind"], held["scope"], tuple(held.get("symbols") or ()))
        words = str(conflict["requested"])
        try:
            wanted = parse(words, is_directory=lambda path: False)
        except InvalidArguments:
            continue
        both = [path for path in tracked.matching(scope) if matches(wanted, path)]
        conflict["files"] = both[:SAMPLE]
        if len(both) > SAMPLE:
            conflict["more"] = len(both) - SAMPLE


def _mine(ws: Workspace, identity: Any) -> list[Entity]:
    found = {c.id: c for c in ws.reader().claims(active=True, agent_id=identity.agent_id)}
    found.update({c.id: c for c in ws.reader().claims(active=True, session_id=identity.session_id)})
    return list(found.values())


def _named(ws: Workspace, references: list[str], identity: Any) -> list[Entity]:
    """The claims that aliases, ids or targets mean; a target means a claim of mine first."""
    reader = ws.reader()
    mine = _mine(ws, identity)
    found: dict[str, Entity] = {}
    for reference in references:
        for each in reader.resolve("claim", reference) or _by_target(ws, reference, mine):
            found[each.id] = each
    return list(found.values())


def _by_target(ws: Workspace, reference: str, mine: list[Entity]) -> list[Entity]:
    try:
        scope = scopes_of(ws, [reference])[0]
    except InvalidArguments:
        raise NotFound(f"No claim is called {reference}.", hint="gitcoord claims --mine") from None
    if (parse_alias(reference) or ("",))[0] == "claim":
        raise NotFound(f"There is no claim {reference}.", hint="gitcoord claims --mine")
    same = [c for c in mine if (c.get("kind"), c.get("scope")) == (scope.kind, scope.scope)]
    if same:
        return same
    others = [c for c in ws.reader().overlap_candidates(scope.kind, scope.scope) if overlaps(scope, _scope(c))]
    mine_ids = {c.id for c in mine}
    if others and all(c.id not in mine_ids for c in others):
        return others[:1]
    raise NotFound(f"You hold no claim on exactly {reference}.", hint="gitcoord claims --mine")


def _token(held: Entity) -> dict[str, Any]:
    """The claim as this command saw it: a take-over since then has another fence, and is refused."""
    return {"id": held.id, "fence": held.get("fence"), "lease_token": None}


__all__ = ["check", "claim", "claims", "release", "renew", "scopes_of"]
