"""Pushing code under the claims that it was written under: code and record in one atomic push, or nothing.

What a plain push cannot give: between its check and its effect somebody may take over. Here the sync branch itself
is part of the push, with the tip on which the claims were found to hold.
"""

from __future__ import annotations

from gitcoord.actions.refspecs import code_refs
from gitcoord.errors import CapExceeded, ClaimConflict, CouldNotCheck, InvalidArguments, Unreachable
from gitcoord.rules.claims.conflict import scope_of
from gitcoord.rules.claims.objects import claim_object
from gitcoord.rules.claims.overlap import matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.model.intent import Intent
    from gitcoord.store.fenced import CodeRef
    from gitcoord.workspace import Workspace
    from gitcoord.workspace.identity import Identity

#: Symbol claims of others that one push passes by.
MAX_UNTOUCHED = 1000
_HEADS = "refs/heads/"
#: Bytes of changed paths that one intent can carry, and how many lost claims are looked at.
MAX_PATHS, PAST = 900_000, 50


def push(
    ws: Workspace,
    words: list[str],
    *,
    release: bool = False,
    leased: bool = False,
    set_upstream: bool = False,
    dry_run: bool = False,
    two_step: bool = False,
    ignore_claims: bool = False,
    verify: bool = True,
) -> dict[str, Any]:
    """Push branches and record it, under exact leases.

    Raises:
        ClaimConflict: another agent's claim covers what changes.
        LeaseTokenConflict: a claim of mine that covers it was taken over.
        RevisionConflict: the remote branch is not where it was.
        CouldNotCheck, Unreachable, RemoteRefused: as they say; then nothing was pushed.
    """
    if ws.offline:
        raise Unreachable("--offline: a push needs the remote; nothing was pushed.", hint="gitcoord push")
    identity = ws.identity()
    code = code_refs(ws, words, leased=leased, set_upstream=set_upstream)
    if two_step and len(code) > 1:
        raise InvalidArguments("--two-step pushes one branch at a time.", hint="gitcoord push --two-step origin HEAD")
    if not code:
        return _nothing(ws, release)
    _land_what_waits(ws)
    paths = _changed(ws, code)
    under = _under(ws, identity, code, paths)
    args = _args(ws, code, paths, under, release=release, ignore_claims=ignore_claims, two_step=two_step)
    if not ignore_claims and all(each.get("state") == "active" for each in under):
        _check(ws, code)
    from gitcoord.workspace import fenced

    intent = fenced.intent_of(ws, args, identity)
    if dry_run or two_step:
        tried = _decided(ws, intent)
        if dry_run:
            return {**tried, "outcome": "would-push", "dry_run": True}
    if verify:
        _ask_the_users_hook(ws, code)
    found = _two_steps(ws, code, args, identity) if two_step else fenced.land(ws, intent, code, identity)
    if set_upstream:
        _follow(ws, code)
    return found


def _nothing(ws: Workspace, release: bool) -> dict[str, Any]:
    first = ws.reader().landed(ws.key) if ws.key else None
    if first is not None:  # the same key again: its push is what made everything up to date
        known = {name: first[name] for name in ("intent_id", "revision", "commit")}
        return {**first["result"], **known, "replayed": True, "state": "confirmed", "sync": ws.register.transport}
    if not ws.refresh():
        raise Unreachable("The remote did not answer; nothing was pushed.", hint="gitcoord push")
    warnings = ["nothing was released: gitcoord release --all"] if release else []
    return {"outcome": "up-to-date", "refs": [], "claims": [], "warnings": warnings, "as_of": ws.as_of()}


def _land_what_waits(ws: Workspace) -> None:
    """Claims that wait here go first: the push may run under them."""
    from gitcoord.workspace import submission

    if ws.outbox.count():
        submission.land(ws, None)
        ws.forget()


# What changes, and under which claims.


def _changed(ws: Workspace, code: list[CodeRef]) -> list[str]:
    """Paths whose content is new with this push; what the default branch has already is nobody's fault here."""
    from gitcoord.hooks.pre_push import changed_paths, default_tip, landed_upstream

    found: set[str] = set()
    base = default_tip(ws)
    for each in code:
        changed = changed_paths(ws, each.new, each.old)
        if changed is None:
            raise CouldNotCheck(f"git cannot tell what changes on {each.ref}; nothing was pushed.", hint="git fetch")
        paths = set(changed)
        if base is not None and base != each.old and paths:
            paths -= landed_upstream(ws, paths, each.new, each.old)
        found |= paths
    if sum(len(path) + 1 for path in found) > MAX_PATHS:
        raise CapExceeded(f"{len(found)} changed files are too many for one fenced push.", hint="Push in steps, or: git push")
    return sorted(found)


def _under(ws: Workspace, identity: Identity, code: list[CodeRef], paths: list[str]) -> list[Entity]:
    """My claims that cover what changes; also one that was taken over from me, unless I claimed the path again since."""
    reader = ws.reader()
    active = {c.id: c for c in reader.claims(active=True, agent_id=identity.agent_id)}
    active.update({c.id: c for c in reader.claims(active=True, session_id=identity.session_id)})
    fold = bool(ws.settings.get("claims.fold_case"))
    branches = {each.ref[len(_HEADS) :] for each in code}
    covered: set[str] = set()
    under = []
    for claim in sorted(active.values(), key=lambda c: c.id):
        mine = _covered(claim, paths, fold)
        covered.update(mine)
        if mine or (claim.get("kind") == "branch" and scope_of(claim).path in branches):
            under.append(claim)
    bare = [path for path in paths if path not in covered]
    return under + [claim for claim in _lost(ws, identity) if bare and _covered(claim, bare, fold)]


def _covered(claim: Entity, paths: list[str], fold: bool) -> list[str]:
    scope = scope_of(claim)
    return [path for path in paths if matches(scope, path, fold)]


def _lost(ws: Workspace, identity: Identity) -> list[Entity]:
    """Claims taken over from me that no later claim of mine on the same scope made good."""
    lost = ws.reader().find("claim", state="superseded", agent_id=identity.agent_id, order="-id", limit=PAST)
    if not lost:
        return []
    mine = [
        claim for state in ("released", "hold")
        for claim in ws.reader().find("claim", state=state, agent_id=identity.agent_id, order="-id", limit=PAST)
    ]  # fmt: skip
    return [each for each in lost if not any(m.id > each.id and m.get("scope") == each.get("scope") for m in mine)]


def _args(ws: Workspace, code: list[CodeRef], paths: list[str], under: list[Entity], **flags: bool) -> dict[str, Any]:
    from gitcoord.rules.pushes import packed

    args: dict[str, Any] = {
        "refs": [{"ref": each.ref, "old": each.old, "new": each.new} for each in code], "paths": packed(paths),
        "under": [{"id": each.id, "fence": each.get("fence"), "lease_token": None} for each in under],
        **{name: True for name, value in flags.items() if value},
    }  # fmt: skip
    landed = [each.id for each in under if _has_landed(ws, each, code)]
    untouched = _untouched(ws, code, paths)
    work = _unlanded(ws, code, under) if flags.get("release") else {}
    more = {"landed": landed, "untouched": untouched, "work": work}
    return {**args, **{name: value for name, value in more.items() if value}}


def _unlanded(ws: Workspace, code: list[CodeRef], under: list[Entity]) -> dict[str, dict[str, Any]]:
    """What stays held when the claims go back with the push: work that it does not land."""
    from gitcoord.actions import holds

    lands = _HEADS + holds.integration_name(ws)
    return {} if any(each.ref == lands for each in code) else holds.unlanded_work(ws, under)


def _untouched(ws: Workspace, code: list[CodeRef], paths: list[str]) -> list[str]:
    """``<claim> <path>`` for each symbol claim of others on a changed path whose symbols this push leaves alone. The tip
    has no files to look into; who pushes has."""
    reader, who = ws.reader(), ws.who()
    from gitcoord.hooks import pre_push
    from gitcoord.rules.claims.conflict import is_mine

    near = {c.id: c for path in paths for c in reader.overlap_candidates("file", path) if c.get("kind") == "symbol"}
    held = [each for each in near.values() if not is_mine(each, who["agents"], who["sessions"])]
    if not held:
        return []
    touched = {
        f"{found.claim.id} {found.path}"
        for each in code
        for found in pre_push.in_the_way(ws, ws.settings, paths, each.new, each.old)[0]
    }
    met = [f"{claim.id} {path}" for claim in held for path in paths if scope_of(claim).path == path]
    return [each for each in met if each not in touched][:MAX_UNTOUCHED]


def _has_landed(ws: Workspace, slot: Entity, code: list[CodeRef]) -> bool:
    """Whether this push lands what a landing slot was taken for."""
    head, branch = str(slot.get("head") or ""), scope_of(slot).path
    new = next((each.new for each in code if each.ref == _HEADS + branch), "")
    if slot.get("kind") != "branch" or not head or not new:
        return False
    from gitcoord.store import merging

    return merging.is_landed(ws.repo, head, new)


# The checks before it.


def _check(ws: Workspace, code: list[CodeRef]) -> None:
    """The verdict of the pre-push hook, on knowledge that is looked at again before anybody hears a no."""
    from gitcoord.hooks import pre_push

    if ws.settings.get("hooks.pre_push") in ("off", "warn"):
        return
    for again in (False, True):
        met: dict[str, tuple[Entity, list[str]]] = {}
        for each in code:
            changed = pre_push.changed_paths(ws, each.new, each.old) or []
            for found in pre_push.in_the_way(ws, ws.settings, changed, each.new, each.old)[0]:
                met.setdefault(found.claim.id, (found.claim, []))[1].append(found.path)
        if not met:
            return
        if not again and ws.refresh():
            ws.forget()
            continue
        raise _conflict(ws, list(met.values()))


def _conflict(ws: Workspace, met: list[tuple[Entity, list[str]]]) -> ClaimConflict:
    from gitcoord.rules.claims.scope import Scope
    from gitcoord.rules.claims.words import denied

    now = ws.now()
    refusal = denied([(Scope("file", paths[0], paths[0]), claim) for claim, paths in met], now, 0.0)
    conflicts = [
        {"requested": paths[0], "claim": claim_object(claim, now), "files": paths[:5]}
        | ({"more": len(paths) - 5} if len(paths) > 5 else {})
        for claim, paths in met
    ]
    return ClaimConflict(
        refusal.message, hint=f"Nothing was pushed. gitcoord show {met[0][0].alias}   (or: gitcoord push --ignore-claims)",
        conflicts=conflicts, options=["wait", "escalate", "override"],
    )  # fmt: skip


def _decided(ws: Workspace, intent: Intent) -> dict[str, Any]:
    """What the newest tip says, without writing. Raises the refusal."""
    from gitcoord import clock
    from gitcoord.model.outcome import Denied
    from gitcoord.workspace.rulebook import Rulebook

    ws.refresh(required=True)
    ws.forget()
    tip = ws.tip
    snapshot = ws.ledger.open(tip)
    try:
        outcome = Rulebook(ws).decide(snapshot, _asked(intent), clock.now())
    finally:
        ws.ledger.discard()
    if isinstance(outcome, Denied):
        denied = {"code": outcome.code, "message": outcome.message, "hint": outcome.hint, "details": outcome.details}
        raise ws.refusal(denied)
    return outcome.result


def _asked(intent: Intent) -> Intent:
    """The same request as one that has not happened yet: it can be refused."""
    from gitcoord.rules.intents import within

    return within(intent, intent.kind, {name: value for name, value in intent.args.items() if name != "two_step"})


def _ask_the_users_hook(ws: Workspace, code: list[CodeRef]) -> None:
    from gitcoord.hooks import users

    zero = "0" * ws.repo.oid_length
    lines = [f"{_HEADS + e.source if e.source else e.new} {e.new} {e.ref} {e.old or zero}\n" for e in code]
    users.pre_push(ws, ws.register.name, lines)


# Without a fence, by name; and what follows.


def _two_steps(ws: Workspace, code: list[CodeRef], args: dict[str, Any], identity: Identity) -> dict[str, Any]:
    """The code first, then the record. Between the two anybody may take over: the record says ``fenced: false``."""
    from gitcoord.errors import RemoteRefused, RevisionConflict
    from gitcoord.store import register as replies
    from gitcoord.store.fenced import FencedRegister

    state = ws.state
    register = FencedRegister(ws.repo, state.text("remote"), state.text("branch"), state.text("push_url"), code)
    reply = register.push_code(float(ws.timeout or 30))
    if reply.kind == replies.LOST_RACE:
        raise RevisionConflict(f"The remote has moved: {reply.detail}. Nothing was pushed.", hint=f"git fetch {register.name}")
    if reply.kind == replies.INDETERMINATE:
        raise CouldNotCheck(f"It is not known whether the code landed: {reply.detail}", hint="git fetch, then push again")
    if reply.kind != replies.LANDED:
        raise RemoteRefused(f"The code was not pushed: {reply.detail}", hint="gitcoord doctor")
    return ws.submit("code.push", args, identity=identity)


def _follow(ws: Workspace, code: list[CodeRef]) -> None:
    for each in code:
        if each.source:
            ws.git("config", f"branch.{each.source}.remote", ws.register.name)
            ws.git("config", f"branch.{each.source}.merge", each.ref)
