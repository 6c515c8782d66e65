"""Claim, check, release, renew and list. A checkout only adds information here; the rules decide."""

from __future__ import annotations

import os

from gitcoord.errors import ClaimConflict, InvalidArguments, NotFound, ScopeInvalid
from gitcoord.model.ids import parse_alias
from gitcoord.rules.claims import objects as claim_objects
from gitcoord.rules.claims.conflict import candidates, scope_of
from gitcoord.rules.claims.conflict import conflicts as conflicts_with
from gitcoord.rules.claims.overlap import matches, overlaps
from gitcoord.rules.claims.scope import Scope, from_stored, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.rules.owners.grant import Ownership
    from gitcoord.workspace.workspace import Workspace

#: Targets in one command; more is a script that should use a directory or a glob.
MAX_TARGETS = 1000
SAMPLE = 5
#: More claims than this fit in no answer; ``--path`` and ``--mine`` look at all of them.
MOST = 48
_PATHS = ("file", "directory", "glob", "symbol", "shared")
_BROAD = ("directory", "glob", "module")
#: Kinds that the format and the rules have room for, and this command not yet.
_LATER: tuple[str, ...] = ()


def claim(
    ws: Workspace,
    targets: list[str],
    ttl: int | None = None,
    mode: str = "exclusive",
    description: str = "",
    expected_revision: int | None = None,
    allow_wide: bool = False,
    take_over_live: bool = False,
    accept_ownership: bool = False,
    task: str | None = None,
    accept_divergence: bool = False,
    wait: int | None = None,
    urgency: str | None = None,
    block: bool = True,
    symbols: list[str] | None = None,
    symbol_check: bool = True,
    narrowable: bool | None = None,
) -> dict[str, Any]:
    """All targets or none. Claiming again what I hold renews it. ``wait``: seconds to stand in the queue for what
    somebody else holds; without ``block`` the answer is the place in it.

    Work of others on these paths that has not landed stands in the way, unless it is below our HEAD.

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
    if accept_ownership:
        args["accept_ownership"] = True
    if task:
        args["task"] = task
    if accept_divergence:
        args["accept_divergence"] = True
    if narrowable is not None:
        args["narrowable"] = narrowable
    if identity.coop:
        args["coop"] = identity.coop
    if wait is not None:
        from gitcoord.actions import queue

        args["wait"] = queue.checked_wait(wait)
        args["blocking"] = block
    if urgency:
        args["urgency"] = urgency
    try:
        result = _acquired(ws, args, len(scopes), expected_revision, identity)
        if result.get("outcome") == "queued" and result.get("state") == "confirmed" and block:
            result = queue.wait(ws, result, float(wait or 0))
    except ClaimConflict as refusal:
        _add_files(refusal.details.get("conflicts") or [], tracked, scopes)
        raise
    return _with_warning_when_behind(ws, result, scopes)


def _acquired(
    ws: Workspace, args: dict[str, Any], count: int, expected_revision: int | None, identity: Any
) -> dict[str, Any]:
    """Lands the claim. Where work that was given back unlanded is in the way, what this checkout knows of that work
    is asked for, once, and decides."""
    try:
        return ws.submit("claim.acquire", args, count, expected_revision=expected_revision, identity=identity)
    except ClaimConflict as refusal:
        held = [each["claim"].get("hold") for each in refusal.details.get("conflicts") or []]
        if not held or not all(held):
            raise
        from gitcoord.actions import holds

        known = holds.evidence(ws, held)
        if not known["contains"] and not known["landed"]:
            raise
        return ws.submit(
            "claim.acquire", {**args, **known}, count, expected_revision=expected_revision, identity=identity
        )


def _with_warning_when_behind(ws: Workspace, result: dict[str, Any], scopes: list[Scope]) -> dict[str, Any]:
    """A claimant that starts from a stale version of what it claims should know at once."""
    if result.get("replayed") or result.get("outcome") == "renewed" or ws.repo.worktree is None:
        return result
    from gitcoord.actions import holds

    warning = holds.behind(ws, scopes)
    return {**result, "warnings": [*(result.get("warnings") or []), warning]} if warning else result


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
    told, policy = _owned(ws, scopes)
    for scope in scopes:
        mode = "exclusive" if policy is None else policy.mode(scope, "exclusive")
        for held in conflicts_with(snapshot, scope, who["agents"], who["sessions"], mode, now, ws.settings):
            found.append({"requested": _written(scope), "claim": claim_objects.claim_object(held, now)})
    found += _unlanded(ws, snapshot, scopes, who, now)
    if found:
        _add_files(found, tracked, scopes)
    hard = any(each["enforcement"] == "hard" for each in told.get("ownership") or ())
    before = {} if found else _who_waits(ws, scopes, who, now)
    beside = _giving_way(ws, scopes, who) if not found else []
    result = {"free": not found and not hard and not before, "conflicts": found, **before, **told}
    return {**result, **({"beside": beside} if beside else {}), "as_of": ws.as_of()}


def _who_waits(ws: Workspace, scopes: list[Scope], who: dict[str, set[str]], now: float) -> dict[str, Any]:
    """What is held by nobody is not free while somebody waits for it who comes first."""
    snapshot: Any = ws.reader()
    if not snapshot.find("queue", state="waiting", limit=1):
        return {}
    from gitcoord.rules.queue.entries import entry_object, overtaking

    asked = [(scope, "exclusive") for scope in scopes]
    found = overtaking(snapshot, asked, "normal", who["agents"], who["sessions"], now, ws.settings)
    waiting = {entry.id: entry for _, entry in found}
    return {"queue": [entry_object(each, now) for each in list(waiting.values())[:SAMPLE]]} if waiting else {}


def _owned(ws: Workspace, scopes: list[Scope]) -> tuple[dict[str, Any], Ownership | None]:
    """What the ownership policy says about a claim on these, as the claim itself would be told."""
    reader = ws.reader()
    if reader.file("policy/owners.yml") is None and reader.file("policy/owners.good.yml") is None:
        return {}, None
    from gitcoord.actions.owners import ownership
    from gitcoord.errors import GitcoordError

    policy = ownership(ws)
    try:
        agent = ws.identity().agent
    except GitcoordError:
        agent = ""
    foreign = policy.foreign(scopes, agent)
    notes = policy.notes(scopes, [each for each in foreign if not each.module.hard])
    told: dict[str, Any] = {"ownership": [each.as_json() for each in foreign]} if foreign else {}
    return {**told, **({"warnings": notes} if notes else {})}, policy


def _unlanded(
    ws: Workspace, snapshot: Any, scopes: list[Scope], who: dict[str, set[str]], now: float
) -> list[dict[str, Any]]:
    """Work of others that was given back and is neither landed nor below our HEAD."""
    from gitcoord.rules.claims import holds as rules

    if not snapshot.count("claim", state=rules.HOLD):
        return []
    from gitcoord.actions import holds

    met = rules.met(snapshot, scopes, tuple(who["agents"]), tuple(who["sessions"]), now, ws.settings)
    known = holds.evidence(ws, [held.get("hold") or {} for _, held in met])
    past = {*known["contains"], *known["landed"]}
    return [
        {"requested": _written(scope), "claim": claim_objects.claim_object(held, now)}
        for scope, held in met
        if rules.commit_of(held) not in past
    ]


def release(
    ws: Workspace, references: list[str], all_: bool = False, reason: str = "", no_hold: bool = False
) -> dict[str, Any]:
    """Give back claims by alias, id or target; ``all_`` of my session and agent.

    A claim whose work has not landed stays as a hold that names the commit, unless ``no_hold``.
    """
    identity = ws.identity()
    if not references and not all_:
        raise InvalidArguments("Say what to release.", hint="gitcoord release CLM-12   or: gitcoord release --all")
    held = _all_mine(ws, identity) if all_ or not references else _named(ws, references, identity)
    if not held:
        return {"outcome": "released", "claims": [], "state": "confirmed", "replayed": False, "intent_id": None}
    args: dict[str, Any] = {"claims": [_token(each) for each in held], "reason": reason}
    if not no_hold:
        from gitcoord.actions import holds

        work = holds.unlanded_work(ws, held)
        if work:
            args["work"] = work
    return ws.submit("claim.release", args, identity=identity)


def renew(ws: Workspace, references: list[str], ttl: int | None = None) -> dict[str, Any]:
    """Extend claims that I hold; without a name, all of them."""
    identity = ws.identity()
    held = _named(ws, references, identity) if references else _all_mine(ws, identity)
    if not held:
        raise NotFound("There is no claim of yours to renew.", hint="gitcoord claims --mine")
    args: dict[str, Any] = {"claims": [_token(each) for each in held]}
    if ttl is not None:
        args["ttl"] = ttl
    return ws.submit("claim.renew", args, identity=identity)


def claims(
    ws: Workspace, mine: bool = False, path: str | None = None, all_: bool = False, full: bool = False, holds: bool = False
) -> dict[str, Any]:
    """Active claims; ``mine``, those that overlap ``path``, the ``holds``, or ``all_`` that ever were."""
    reader = ws.reader()
    now = ws.now()
    totals: dict[str, int] = {}
    if path:
        scope = scopes_of(ws, [path])[0]
        found = [c for c in candidates(reader, scope) if overlaps(scope, scope_of(c))]
    else:
        state = {} if all_ else {"state": "hold" if holds else "active"}
        found = reader.find("claim", limit=None if mine else MOST, **state)
        totals = {"claims": reader.count("claim", **state)}
    if mine:
        who = ws.who()
        found = [c for c in found if c.get("agent_id") in who["agents"] or c.get("session_id") in who["sessions"]]
        totals = {}
    shown = [claim_objects.claim_object(c, now, full=full) for c in found]
    if mine:
        shown += _waiting(ws)
    return {"claims": shown, "as_of": ws.as_of(), **({"totals": totals} if totals.get("claims", 0) > len(shown) else {})}


def _waiting(ws: Workspace) -> list[dict[str, Any]]:
    """What I claimed and is not on the remote yet: mine only once it has landed."""
    if not ws.outbox_state()["pending"]:
        return []
    from gitcoord.model.ids import provisional_alias

    who, found = ws.who(), []
    for intent in ws.outbox.pending():
        if intent.kind != "claim.acquire" or not (intent.agent_id in who["agents"] or intent.session_id in who["sessions"]):
            continue
        for id, scope in zip(intent.ids, intent.args.get("scopes") or [], strict=False):
            found.append({
                "id": id, "alias": provisional_alias("claim", id), "kind": scope.get("kind"), "scope": scope.get("scope"),
                "mode": intent.args.get("mode") or "exclusive", "agent": intent.agent, "expires_at": None, "fence": None,
                "state": "provisional",
            })  # fmt: skip
    return found


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
        scope = _resolved(ws, scope)
        _refuse_wrong_root(ws, scope, target)
        found.setdefault((scope.kind, _written(scope)), scope)
    return list(found.values())


def _resolved(ws: Workspace, scope: Scope) -> Scope:
    """A module with the paths that the policy gives it. Raises NotFound when there is no such module."""
    if scope.kind != "module":
        return scope
    from gitcoord.actions.owners import ownership
    from gitcoord.rules.asked import Refusal

    try:
        return ownership(ws).resolved(scope)
    except Refusal as refusal:
        if ws.look_again():
            return _resolved(ws, scope)
        raise NotFound(refusal.message, hint=refusal.hint, **refusal.details) from None


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

    def scope_of(self, held: dict[str, Any]) -> Scope:
        """The scope of a claim as conflicts show it, which is without the paths of a module."""
        if held["kind"] == "module":
            record = self._ws.reader().get("claim", str(held.get("id")))
            if record is not None:
                return scope_of(record)
        return from_stored(held["kind"], held["scope"], tuple(held.get("symbols") or ()))

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


def _add_files(found: list[dict[str, Any]], tracked: _Tracked, asked: list[Scope]) -> None:
    """Name the existing files in which a request and a claim meet: a few, and how many more."""
    by_name = {_written(scope): scope for scope in asked}
    for conflict in found:
        held = conflict["claim"]
        if held.get("kind") not in ("file", "directory", "glob", "shared", "symbol", "module"):
            continue
        scope = tracked.scope_of(held)
        wanted = by_name.get(str(conflict["requested"]))
        if wanted is None:
            continue
        both = [path for path in tracked.matching(scope) if matches(wanted, path)]
        conflict["files"] = both[:SAMPLE]
        if len(both) > SAMPLE:
            conflict["more"] = len(both) - SAMPLE


def _mine(ws: Workspace, identity: Any) -> list[Entity]:
    found = {c.id: c for c in ws.reader().claims(active=True, agent_id=identity.agent_id)}
    found.update({c.id: c for c in ws.reader().claims(active=True, session_id=identity.session_id)})
    return list(found.values())


def _all_mine(ws: Workspace, identity: Any) -> list[Entity]:
    """Also what the queue may have granted me since this clone last looked."""
    held = _mine(ws, identity)
    waiting = ws.reader().find("queue", state="waiting", agent_id=identity.agent_id)
    return _mine(ws, identity) if (waiting or not held) and ws.look_again() else held


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
    others = [c for c in candidates(ws.reader(), scope) if overlaps(scope, scope_of(c))]
    mine_ids = {c.id for c in mine}
    if others and all(c.id not in mine_ids for c in others):
        return others[:1]
    raise NotFound(f"You hold no claim on exactly {reference}.", hint="gitcoord claims --mine")


def _token(held: Entity) -> dict[str, Any]:
    """The claim as this command saw it: a take-over since then has another fence, and is refused."""
    return {"id": held.id, "fence": held.get("fence"), "lease_token": None}


__all__ = ["check", "claim", "claims", "release", "renew", "scopes_of"]
