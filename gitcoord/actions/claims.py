"""Claim, release, renew and list. A checkout only adds information here; the rules decide."""

from __future__ import annotations

from gitcoord.actions.targets import Tracked, add_files, asked_scopes, check_breadth, files_scope, scopes_of
from gitcoord.errors import ClaimConflict, InvalidArguments, NotFound
from gitcoord.model.ids import parse_alias
from gitcoord.rules.claims import objects as claim_objects
from gitcoord.rules.claims.conflict import candidates, scope_of
from gitcoord.rules.claims.overlap import overlaps
from gitcoord.rules.claims.scope import Scope
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.workspace.workspace import Workspace

#: More claims than this fit in no answer; ``--path`` and ``--mine`` look at all of them.
MOST = 48


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
    literal: bool = False,
) -> dict[str, Any]:
    """All targets or none. Claiming again what I hold renews it. ``wait``: seconds to stand in the queue for what
    somebody else holds; without ``block`` the answer is the place in it. ``literal``: the targets are names of files,
    whatever signs are in them.

    Work of others on these paths that has not landed stands in the way, unless it is below our HEAD.

    Raises:
        ScopeInvalid: a target that means nothing, or too much.
        ClaimConflict: somebody else holds what overlaps; ``conflicts`` tells who, until when, which files.
    """
    identity = ws.identity()
    scopes = [files_scope(each) for each in targets] if literal else asked_scopes(ws, targets, symbols, symbol_check)
    tracked = Tracked(ws)
    counts = [tracked.count(scope) for scope in scopes]
    asked = [
        {"kind": scope.kind, "scope": scope.scope, "symbols": list(scope.symbols), "files": count}
        for scope, count in zip(scopes, counts, strict=True)
    ]
    if not allow_wide:
        for scope, count in zip(scopes, counts, strict=True):
            check_breadth(ws, scope, count, tracked)
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
        add_files(refusal.details.get("conflicts") or [], tracked, scopes)
        raise
    found = _with_warning_when_behind(ws, result, scopes)
    literal_braces = [each.scope for each, count in zip(scopes, counts, strict=True) if not count and _has_braces(each)]
    if literal_braces:
        said = f"{one_line(literal_braces[0], 120)} names one file: git knows no braces; name each path"
        found = {**found, "warnings": [*(found.get("warnings") or []), said]}
    return found


def _has_braces(scope: Scope) -> bool:
    """``src/{a,b}.py``, as shells write two paths."""
    head, _, tail = scope.path.partition("{")
    return scope.kind in ("file", "glob") and head != scope.path and "," in tail.partition("}")[0] and "}" in tail


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
    ws: Workspace, mine: bool = False, path: str | None = None, all_: bool = False, full: bool = False, holds: bool = False,
    active: bool = False,
) -> dict[str, Any]:
    """Claims that nobody gave back; ``mine``, those that overlap ``path``, the ``holds``, or ``all_`` that ever were.
    ``active``: only those whose time is not over by this clock."""
    reader = ws.reader()
    now = ws.now()
    totals: dict[str, int] = {}
    if path:
        scope = scopes_of(ws, [path])[0]
        known = candidates(reader, scope)
        if all_ or holds:
            known = reader.find("claim") if all_ else reader.find("claim", state="hold")
        found = [c for c in known if overlaps(scope, scope_of(c))]
    else:
        state = {} if all_ else {"state": "hold" if holds else "active"}
        found = reader.find("claim", limit=None if mine or active else MOST, **state)
        totals = {"claims": reader.count("claim", **state)}
    if mine:
        who = ws.who()
        found = [c for c in found if c.get("agent_id") in who["agents"] or c.get("session_id") in who["sessions"]]
        totals = {}
    if active:
        found = [c for c in found if c.get("state") == "active" and claim_objects.expires_at(c) > now]
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

