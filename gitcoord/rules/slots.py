"""The landing slot: an exclusive claim on the branch where everybody lands, one at a time.

Whether something has landed is told by git, not by the state: whoever asks brings the evidence, and it is recorded.
"""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules.ahead import Ahead
from gitcoord.rules.asked import Refusal, filled, subject
from gitcoord.rules.claims.objects import claim_object
from gitcoord.rules.claims.release import named_once
from gitcoord.rules.claims.words import event
from gitcoord.rules.intents import decide_part, within
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.entity import Entity
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings


def take(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Take the slot; one whose branch has landed is given back first, whoever holds it."""
    args = intent.args
    base, branch = one_line(str(args.get("base") or ""), 200), one_line(str(args.get("branch") or ""), 200)
    if not base or not branch:
        raise Refusal("invalid-arguments", "A landing names the branch that lands and where.", "gitcoord land acquire")
    scope = f"branch:{base}"
    done = _landed(snapshot, intent, scope, now)
    asked = filled(
        scopes=[{"kind": "branch", "scope": scope, "symbols": [], "files": None}], mode="exclusive", ttl=args.get("ttl"),
        branch=branch, description=f"landing {branch}", coop=args.get("coop"), task=args.get("task"),
    )  # fmt: skip
    part = within(intent, "claim.acquire", asked, intent.ids)
    granted = decide_part(Ahead(snapshot, done), part, now, settings, revision)
    head = str(args.get("head") or "")
    changes = [each.changed(head=head, branch=branch) if _is_slot(each, scope) else each for each in granted.changes]
    taken = filled(
        title=f"{branch} lands on {base}", branch=branch, base=base, head=head,
        out_of_turn=args.get("out_of_turn"), before=[one_line(each, 200) for each in args.get("before") or []][:20],
    )  # fmt: skip
    events = [event("claim.released", each, reason=each.get("end_reason")) for each in done]
    result = {**granted.result, **filled(released=[claim_object(each, now) for each in done])}
    words = subject(intent, f"{branch} takes the landing slot of {base}")
    slot = next((each.id for each in changes if _is_slot(each, scope)), "")
    told = [Event("slot.taken", filled(claim=slot), taken), *events, *granted.events]
    return Landed([*done, *changes], told, result, words)


def _is_slot(each: Entity, scope: str) -> bool:
    return (each.kind, each.get("scope"), each.get("state", "active")) == ("claim", scope, "active")


def _landed(snapshot: Snapshot, intent: Intent, scope: str, now: float) -> list[Entity]:
    """Slots of this branch that the intent says have done their work, given back. Only the very grant it saw."""
    found = []
    for named in named_once(within(intent, intent.kind, {"claims": intent.args.get("landed") or []})):
        claim = snapshot.get("claim", str(named.get("id")))
        if claim is None or not _is_slot(claim, scope) or not claim.get("head"):
            continue
        if claim.get("fence") == named.get("fence"):
            reason = f"landed: {one_line(str(claim.get('branch')), 100)} is in it"
            found.append(
                claim.changed(state="released", ended_at=rfc3339(now), ended_by=intent.agent, end_reason=reason)
            )
    return found
