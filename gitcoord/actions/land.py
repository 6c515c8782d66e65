"""Landing one at a time, in the order that avoids the conflicts that can be avoided.

The slot is an exclusive claim on ``branch:<where work lands>``. Nobody waits for a branch that is no concern of theirs:
it is my turn when no order does better than one in which I go first.
"""

from __future__ import annotations

from gitcoord.errors import CheckFailed, ClaimConflict
from gitcoord.rules.claims.objects import claim_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.actions.branches import Branch
    from gitcoord.actions.radar import Survey
    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace

#: A landing is short: merge, test, push.
TTL = 1800


def order(ws: Workspace, base: str | None = None) -> dict[str, Any]:
    """Who lands when, who holds the slot, and whether it is my turn. Writes nothing."""
    from gitcoord.actions import radar

    found = radar.survey(ws, base, claimed_only=True)
    me = next((each for each in found.branches if each.mine), None)
    before = _before(ws, found, me) if me is not None else []
    slot = _slot(ws, found.base.name)
    shown = None
    if slot is not None:
        shown = {**claim_object(slot, ws.now()), "branch": slot.get("branch"), "landed": _is_landed(ws, slot, found.base.oid)}
    return {
        "base": found.base.name, "branch": me.name if me else None, "order": radar.order_of(ws, found), "slot": shown,
        "turn": me is not None and not before, "before": before, "as_of": ws.as_of(),
    }  # fmt: skip


def acquire(ws: Workspace, base: str | None = None, *, ttl: int | None = None, out_of_turn: bool = False) -> dict[str, Any]:
    """Take the slot for the branch that is checked out here.

    Raises:
        ClaimConflict: others should land before, or somebody holds the slot; they are named.
        CheckFailed: the branch has nothing to land.
    """
    from gitcoord.actions import radar

    identity = ws.identity()
    found = radar.survey(ws, base, claimed_only=True)
    me = next((each for each in found.branches if each.mine), None)
    slot = _slot(ws, found.base.name)
    landed = slot is not None and _is_landed(ws, slot, _newest(ws, found.base))
    if me is None:
        return _nothing_to_land(ws, found.base, slot if landed else None, identity)
    before = _before(ws, found, me)
    if before and not out_of_turn:
        raise _not_yet(found, me, before)
    limit = int(ws.settings.get("claims.max_ttl"))
    args: dict[str, Any] = {
        "base": found.base.name, "branch": me.name, "head": me.oid, "ttl": min(ttl or TTL, limit) if ttl is None else ttl,
        "coop": identity.coop or None, "task": next((c.get("task") for c in me.claims if c.get("task")), None),
    }  # fmt: skip
    if landed and slot is not None:
        args["landed"] = [{"id": slot.id, "fence": slot.get("fence"), "lease_token": None}]
    if before:
        args.update(out_of_turn=True, before=[each["branch"] for each in before])
    done = ws.submit("slot.take", {name: value for name, value in args.items() if value is not None}, 1, identity=identity)
    return {**done, "base": found.base.name, "branch": me.name}


def release(ws: Workspace, base: str | None = None) -> dict[str, Any]:
    """Give the slot back."""
    from gitcoord.actions import claims
    from gitcoord.actions.branches import integration

    return claims.release(ws, [f"branch:{integration(ws, base).name}"], reason="landing over")


def _before(ws: Workspace, found: Survey, me: Branch) -> list[dict[str, Any]]:
    from gitcoord.actions.radar import dependencies
    from gitcoord.rules.radar import before_me

    by_name = {each.name: each for each in found.branches}
    names = before_me(me.name, by_name, found.conflicts(), dependencies(ws, found.branches), found.broken())
    return [{"branch": name, "agents": by_name[name].agents} for name in names]


def _not_yet(found: Survey, me: Branch, before: list[dict[str, Any]]) -> ClaimConflict:
    from gitcoord.text import one_line

    named = [(one_line(each["branch"], 60), one_line(", ".join(each["agents"]), 60)) for each in before[:3]]
    who = ", ".join(f"{branch} ({agents})" if agents else branch for branch, agents in named)
    more = f" and {len(before) - 3} more" if len(before) > 3 else ""
    return ClaimConflict(
        f"Not yet: {who}{more} should land before {one_line(me.name, 60)}; the other way round makes more conflicts.",
        hint="gitcoord land order   (or: gitcoord land acquire --out-of-turn)", before=before, conflicts=[],
        base=found.base.name,
    )  # fmt: skip


def _nothing_to_land(ws: Workspace, base: Branch, landed: Entity | None, identity: Any) -> dict[str, Any]:
    """My branch is in already: then the slot that I took for it goes back."""
    from gitcoord.actions import claims
    from gitcoord.rules.claims.conflict import is_mine

    if landed is not None and is_mine(landed, (identity.agent_id,), (identity.session_id,)):
        return {**claims.release(ws, [landed.id], reason="landed"), "base": base.name}
    raise CheckFailed(f"There is nothing to land on {base.name} from here.", hint="git switch BRANCH   (or --base BRANCH)")


def _slot(ws: Workspace, base: str) -> Entity | None:
    held = ws.reader().overlap_candidates("branch", f"branch:{base}")
    return next((c for c in held if c.get("kind") == "branch" and c.get("scope") == f"branch:{base}"), None)


def _is_landed(ws: Workspace, slot: Entity, base: str) -> bool:
    """Whether what the slot was taken for is in the branch. A claim that was made otherwise says of no commit."""
    from gitcoord.store import merging

    head = str(slot.get("head") or "")
    known = len(head) in (40, 64) and all(c in "0123456789abcdef" for c in head)
    return known and ws.objects.read(head) is not None and merging.is_landed(ws.repo, head, base)


def _newest(ws: Workspace, base: Branch) -> str:
    """Where the branch stands on the remote now, in a ref of our own; as last fetched when it cannot be asked."""
    register = ws.register
    if not register.name or ws.offline:
        return base.oid
    ref = f"refs/gitcoord/seen/{base.name}"
    args = [
        "fetch", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--end-of-options", register.name,
        f"+refs/heads/{base.name}:{ref}",
    ]  # fmt: skip
    from gitcoord.errors import TimedOut

    try:
        done = ws.repo.git.run(args, check=False, deadline=10.0)
    except TimedOut:
        return base.oid
    return (ws.repo.ref(ref) if done.code == 0 else None) or base.oid
