"""One grant in the making: what an intent is about to hold, whom it meets, and whose claims give way or end."""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import alias
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules.claims import lease
from gitcoord.rules.claims.conflict import (
    COEXIST,
    NARROW,
    NARROWABLE,
    TAKE_OVER,
    candidates,
    is_mine,
    is_shared,
    met,
    scope_of,
)  # fmt: skip
from gitcoord.rules.claims.objects import claim_object
from gitcoord.rules.claims.overlap import overlaps
from gitcoord.rules.claims.scope import Scope
from gitcoord.rules.claims.words import denied, event, subject
from gitcoord.rules.owners.grant import Ownership
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.rules.owners.grant import Foreign
    from gitcoord.settings import Settings



class Grant:
    """What one intent is about to change, gathered scope by scope. ``fresh``: scopes that it did not hold before."""

    def __init__(
        self, snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int, ownership: Ownership
    ) -> None:
        self.snapshot, self.intent, self.now, self.settings, self.revision = snapshot, intent, now, settings, revision
        self.ownership = ownership
        mode = str(intent.args.get("mode") or "exclusive")
        self.warn = mode == "warn" or settings.get("claims.mode") == "warn"
        self.mode = "exclusive" if mode == "warn" else mode
        self.agents, self.sessions = (intent.agent_id,), (intent.session_id,)
        self.number = snapshot.next_number("claim")
        self.held: list[Entity] = []
        self.others: dict[str, Entity] = {}
        self.events: list[Event] = []
        self.outcomes: set[str] = set()
        self.blocked: list[tuple[Scope, Entity]] = []
        self.fresh: list[tuple[Scope, str]] = []
        self.keep = False
        self.beside: dict[str, tuple[Entity, str]] = {}

    def add(self, n: int, scope: Scope) -> None:
        mode = "shared" if is_shared(scope, self.ownership.mode(scope, self.mode)) else "exclusive"
        near = candidates(self.snapshot, scope)
        ttl, token = self._ttl(scope, mode), f"{self.intent.id}-{n}"
        for claim in near:
            if self._is_the_same(claim, scope, mode):
                self._hold_on(claim, token, ttl)
                return
        self.fresh.append((scope, mode))
        found = met(
            self.snapshot, scope, self.agents, self.sessions, mode, self.now, self.settings,
            bool(self.intent.args.get("take_over_live")),
        )  # fmt: skip
        in_the_way = [(scope, claim) for claim, way, _ in found if not way]
        self.blocked += in_the_way
        # A claim granted with a warning excludes nobody. Recorded as shared, it keeps the promise that no two
        # exclusive claims ever overlap.
        claim = self.new(n, scope, "shared" if in_the_way else mode, ttl, token)
        outcome = "narrowed" if self.pass_by(found, claim) else "granted"
        for other, way, _ in found:
            if way == COEXIST:
                self.beside.setdefault(other.id, (other, "shared"))
        beside = [other for other in near if self._is_neighbour(other, scope)]
        if beside:
            outcome = "coexisting" if outcome == "granted" else outcome
            claim = claim.changed(coexists_with=sorted(other.id for other in beside))
            for other in beside:
                self.beside.setdefault(other.id, (other, "coexisting"))
                self._meet(other, "coexists_with", claim)
            names = [str(other.alias) for other in beside[:8]]
            self.events.append(event("claim.coexisted", claim, beside=", ".join(names)))
        self._take(claim, outcome)

    def pass_by(self, found: list[tuple[Entity, str, dict[str, Any]]], claim: Entity) -> bool:
        """Take over or narrow the claims of others that ``claim`` has met, as :func:`met` told it. True: narrowed one."""
        narrowed = False
        for other, way, evidence in found:
            if way == TAKE_OVER:
                self._supersede(other, claim, evidence)
            elif way == NARROW:
                narrowed = True
                self._meet(other, "narrowed_by", claim)
                self.beside[other.id] = (other, "narrowed")
                gone = f"{other.get('scope')} gave way to {claim.get('scope')} ({claim.alias})"
                self.events.append(
                    event("claim.narrowed", other, by=self.intent.agent, to=claim.alias, summary=one_line(gone, 200))
                )
        return narrowed

    def _hold_on(self, claim: Entity, token: str, ttl: float) -> None:
        """What is mine already is renewed; ``keep``: left as it is."""
        if self.keep:
            self.held.append(claim)
            self.outcomes.add("renewed")
            return
        if claim.get("requests"):
            from gitcoord.rules.requests import without_requests

            claim = without_requests(self.snapshot, claim, self.now)
        self._take(lease.renewed(claim, token, ttl, self.now), "renewed")

    def accepted(self, hard: list[Foreign]) -> None:
        """The guard of hard ownership was lifted by name: told in the journal, with whose it is."""
        body = {"guard": "accept-ownership", "ownership": [each.as_json() for each in hard[:20]]}
        self.events.append(Event("policy.overridden", {"claim": self.held[0].id}, body))

    def _take(self, claim: Entity, outcome: str) -> None:
        self.held.append(claim)
        self.outcomes.add(outcome)
        self.events.append(event("claim.renewed" if outcome == "renewed" else "claim.granted", claim))

    def _is_the_same(self, claim: Entity, scope: Scope, mode: str) -> bool:
        held = claim.get("mode") or "exclusive"
        if claim.get("state", "active") != "active" or not (held == mode or (self.warn and held == "shared")):
            return False
        same = (claim.get("kind"), claim.get("scope")) == (scope.kind, scope.scope)
        same = same and tuple(claim.get("patterns") or ()) == scope.patterns
        return same and is_mine(claim, self.agents, self.sessions)

    def _is_neighbour(self, claim: Entity, scope: Scope) -> bool:
        """A living symbol claim of another on the same file, whose symbols are disjoint from these."""
        if scope.kind != "symbol" or claim.get("kind") != "symbol" or is_mine(claim, self.agents, self.sessions):
            return False
        held, fold = scope_of(claim), bool(self.settings.get("claims.fold_case"))
        same_file = overlaps(Scope("file", held.path, held.path), Scope("file", scope.path, scope.path), fold)
        return same_file and not overlaps(scope, held, fold)

    def _meet(self, other: Entity, field: str, claim: Entity) -> None:
        before = self.others.get(other.id, other)
        names: dict[str, Any] = {field: sorted({*before.get(field, []), claim.id})}
        self.others[other.id] = before.changed(**names)

    def _supersede(self, other: Entity, claim: Entity, evidence: dict[str, Any]) -> None:
        before = self.others.get(other.id, other)
        if before.get("state") == "superseded":
            return
        self.others[other.id] = before.changed(
            state="superseded", ended_at=rfc3339(self.now), ended_by=self.intent.agent,
            end_reason=f"taken over as {claim.alias}, by {evidence['rule']}", evidence=evidence,
        )  # fmt: skip
        self.events.append(
            event("claim.superseded", other, by=self.intent.agent, to=claim.alias, rule=evidence["rule"])
        )

    def _ttl(self, scope: Scope, mode: str) -> float:
        asked = self.intent.args.get("ttl")
        usual = self.settings.get(f"claims.ttl.{'shared' if mode == 'shared' else scope.kind}")
        return float(asked or min(usual, self.settings.get("claims.max_ttl")))

    def usual_ttl(self, scope: Scope) -> float:
        return self._ttl(scope, "shared" if is_shared(scope, self.mode) else "exclusive")

    def new(self, n: int, scope: Scope, mode: str, ttl: float, token: str) -> Entity:
        intent, args, at = self.intent, self.intent.args, rfc3339(self.now)
        name = alias("claim", self.number)
        self.number += 1
        return Entity("claim", {
            "id": intent.ids[n], "alias": name, "state": "active",
            "kind": scope.kind, "scope": scope.scope, "mode": mode,
            "agent": intent.agent, "agent_id": intent.agent_id, "session_id": intent.session_id,
            "branch": args.get("branch") or intent.actor.get("branch") or None, "coop": args.get("coop") or None,
            "task": task_id(self.snapshot, args.get("task")), "description": args.get("description") or None,
            "narrowable": self._narrowable(scope, mode), "symbols": list(scope.symbols) or None,
            "patterns": list(scope.patterns) or None,
            "ttl": int(ttl), "acquired_at": at, "renewed_at": at, "expires_at": rfc3339(self.now + ttl),
            "fence": self.revision, "lease_token": token,
        })  # fmt: skip

    def _narrowable(self, scope: Scope, mode: str) -> bool:
        """Whether symbol claims of others may be granted in it: files yes, other kinds no, unless the intent says."""
        if scope.kind not in NARROWABLE or mode != "exclusive":
            return False
        said = self.intent.args.get("narrowable")
        return scope.kind == "file" if said is None else bool(said)

    def outcome(self, notes: list[str]) -> Outcome:
        margin = float(self.settings.get("claims.clock_margin"))
        refusal = denied(self.blocked, self.now, margin) if self.blocked else None
        if refusal is not None and not self.warn:
            return refusal
        result: dict[str, Any] = {
            "outcome": next(word for word in ("narrowed", "coexisting", "granted", "renewed") if word in self.outcomes),
            "claims": [claim_object(each, self.now, own=True, margin=margin) for each in self.held],
        }
        taken = [each for each in self.others.values() if each.get("state") == "superseded"]
        if self.beside:
            result["beside"] = [
                {"met": way, **{name: each.get(name) for name in ("alias", "scope", "agent", "expires_at")}}
                for each, way in self.beside.values()
            ]
        if taken:
            result["superseded"] = [claim_object(each, self.now, margin=margin) for each in taken]
        if refusal is not None:
            result["conflicts"] = refusal.details["conflicts"]
        if refusal is not None or notes:
            result["warnings"] = [*([refusal.message] if refusal is not None else []), *notes]
        verb = "renew" if self.outcomes == {"renewed"} else "claim"
        return Landed(
            [*self.others.values(), *self.held], self.events, result, subject(verb, self.held, self.intent.agent)
        )


def task_id(snapshot: Snapshot, reference: Any) -> str | None:
    if not reference:
        return None
    known = snapshot.get("task", str(reference))
    found = [known] if known is not None else snapshot.resolve("task", str(reference))
    return found[0].id if len(found) == 1 else None

