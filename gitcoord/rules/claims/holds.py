"""Branch holds: a claim that was given back while its work had not landed yet.

The lease is over, the work is not. Until the commit reaches the integration branch, others may take the paths only on
top of that commit, or by lifting this one guard by name. What a checkout knows (which commits are ancestors, which
have landed) comes with the intent; the rule decides on it and looks at nothing itself.
"""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.outcome import Denied
from gitcoord.rules.claims.conflict import is_mine, scope_of
from gitcoord.rules.claims.objects import claim_object, expires_at
from gitcoord.rules.claims.overlap import overlaps
from gitcoord.rules.claims.words import conflict, event
from gitcoord.text import as_word, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Event
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.rules.claims.scope import Scope
    from gitcoord.settings import Settings

HOLD = "hold"
MAX_PATHS = 50
_HEX = frozenset("0123456789abcdef")


def kept(claim: Entity, work: dict[str, Any], intent: Intent, now: float, settings: Settings) -> Entity:
    """The claim as a hold that names the commit. Its lease has ended; ``expires_at`` is when the hold is forgotten."""
    paths = [one_line(str(each), 400) for each in work.get("paths") or [] if isinstance(each, str)]
    named = {
        "commit": one_line(str(work.get("commit")), 64), "base": one_line(str(work.get("base") or ""), 64),
        "branch": one_line(str(work.get("branch") or ""), 200), "paths": sorted(set(paths))[:MAX_PATHS],
    }  # fmt: skip
    ends = now + float(settings.get("claims.hold_ttl"))
    return claim.changed(state=HOLD, hold=named, ended_at=rfc3339(now), ended_by=intent.agent, expires_at=rfc3339(ends))


def work_of(hold: Entity) -> dict[str, Any]:
    """``commit base branch paths`` of a hold as it stands on the branch, where anybody may have written anything: object
    ids are hexadecimal or empty, the branch is one line, paths are texts."""
    work = hold.get("hold")
    told: dict[str, Any] = work if isinstance(work, dict) else {}
    paths = told.get("paths")
    return {
        "commit": _object_id(told.get("commit")), "base": _object_id(told.get("base")),
        "branch": one_line(str(told.get("branch") or ""), 200),
        "paths": [each for each in paths if isinstance(each, str)][:MAX_PATHS] if isinstance(paths, list) else [],
    }  # fmt: skip


def _object_id(value: object) -> str:
    text = str(value or "")
    return text if 40 <= len(text) <= 64 and _HEX.issuperset(text) else ""


def commit_of(hold: Entity) -> str:
    return str(work_of(hold)["commit"])


def met(
    snapshot: Snapshot, scopes: list[Scope], agents: tuple[str, ...], sessions: tuple[str, ...], now: float, settings: Settings
) -> list[tuple[Scope, Entity]]:
    """Holds of others that overlap these scopes and have not been forgotten."""
    fold = bool(settings.get("claims.fold_case"))
    found = []
    for hold in snapshot.find("claim", state=HOLD):
        if is_mine(hold, agents, sessions) or expires_at(hold) <= now:
            continue
        held = scope_of(hold)
        found += [(scope, hold) for scope in scopes if overlaps(scope, held, fold)]
    return found


def passed(
    snapshot: Snapshot, intent: Intent, scopes: list[Scope], mode: str, now: float, settings: Settings
) -> Denied | tuple[list[Entity], list[Event]]:
    """Why the scopes cannot be taken yet; or what changes on the way: holds whose commit has landed end."""
    if mode == "shared":
        return [], []
    args = intent.args
    below, landed = set(args.get("contains") or ()), set(args.get("landed") or ())
    changes: dict[str, Entity] = {}
    events: list[Event] = []
    blocked = []
    for scope, hold in met(snapshot, scopes, (intent.agent_id,), (intent.session_id,), now, settings):
        commit = commit_of(hold)
        if hold.id in changes or commit in below:
            continue
        if commit in landed:
            changes[hold.id], told = ended(hold, intent, now)
            events.append(told)
        elif args.get("accept_divergence"):
            changes[hold.id] = hold
            events.append(event("claim.diverged", hold, by=intent.agent, commit=commit[:12]))
        else:
            blocked.append((scope, hold))
    if blocked and settings.get("claims.mode") != "warn" and str(args.get("mode") or "") != "warn":
        return _denied(blocked, now)
    return [each for each in changes.values() if each.get("state") != HOLD], events


def ended(hold: Entity, intent: Intent, now: float) -> tuple[Entity, Event]:
    """The work has landed: nothing is held any more."""
    commit = commit_of(hold)
    over = hold.changed(state="released", end_reason=f"landed: {commit[:12]}", evidence={"rule": "landed", "by": intent.agent})
    return over, event("claim.landed", hold, commit=commit[:12])


def _denied(blocked: list[tuple[Scope, Entity]], now: float) -> Denied:
    scope, hold = blocked[0]
    work = work_of(hold)
    commit, branch = work["commit"][:12], one_line(work["branch"], 80).replace("“", '"').replace("”", '"')
    who, where = one_line(str(hold.get("agent")), 60), f" on “{branch}”" if branch else ""
    build = f"Build on it (git fetch && git merge {commit}), wait" if commit else "Wait"
    details = {
        "conflicts": [conflict(each.scope, held, now) for each, held in blocked],
        "options": ["merge", "wait", "accept-divergence"],
    }  # fmt: skip
    return Denied(
        "claim-conflict",
        f"{one_line(scope.scope, 120)} has work of {who} that has not landed: {commit or 'no commit'}{where} ({hold.alias}).",
        f"{build} until it lands, or: gitcoord claim {as_word(scope.scope)} --accept-divergence", details,
    )  # fmt: skip


def land(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Any:
    """End the holds whose work has landed; what has ended already stays as it is."""
    from gitcoord.model.outcome import Landed
    from gitcoord.rules.claims.words import subject

    landed = set(intent.args.get("landed") or ())
    found = [each for each in snapshot.find("claim", state=HOLD) if commit_of(each) in landed]
    changes, events = [], []
    for hold in found:
        over, told = ended(hold, intent, now)
        changes.append(over)
        events.append(told)
    result = {"outcome": "landed", "claims": [claim_object(each, now) for each in changes]}
    return Landed(changes, events, result, subject("landed", changes, intent.agent) if changes else "")
