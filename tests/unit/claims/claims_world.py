"""Builders for tests of claims: a snapshot in a dict, and intents of people who are known by one word."""

from __future__ import annotations

from typing import Any

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import derived_ulid, parse_alias
from gitcoord.model.intent import Intent
from gitcoord.model.outcome import Denied, Landed
from gitcoord.rules.claims.acquire import acquire
from gitcoord.rules.claims.conflict import scope_of
from gitcoord.rules.claims.overlap import keys_of, prefix_probe
from gitcoord.rules.claims.release import release
from gitcoord.rules.claims.renew import renew
from gitcoord.rules.claims.scope import Scope, parse
from gitcoord.settings import Settings

NOON = 1_763_726_400.0  # 2025-11-21T12:00:00Z
USUAL = Settings([])


def scope(target: str, directories: tuple[str, ...] = ()) -> Scope:
    return parse(target, is_directory=lambda path: path in directories)


def a_claim(path: str = "src/x.py", holder: str = "river", **values: Any) -> Entity:
    """An active claim, granted at noon for an hour."""
    what, n = scope(path), values.pop("n", 1)
    began, ttl = values.pop("began", NOON), values.get("ttl") or 3600
    return Entity("claim", {
        "id": derived_ulid("claim", path, holder, str(n)), "alias": f"CLM-{n}", "state": "active", "kind": what.kind,
        "scope": what.scope, "symbols": list(what.symbols) or None, "mode": "exclusive", "agent": holder,
        "agent_id": agent_id(holder), "session_id": derived_ulid("session", holder), "narrowable": what.kind == "file",
        "ttl": ttl, "acquired_at": rfc3339(began), "renewed_at": rfc3339(began), "expires_at": rfc3339(began + ttl),
        "fence": 1, "lease_token": f"token-{n}", **values,
    })  # fmt: skip


def agent_id(name: str) -> str:
    return derived_ulid("agent", name)


class Board:
    """Implements the snapshot port in a dict. Lapsed claims are told by ``facts``, claim id to what is known."""

    def __init__(self, *entities: Entity, settings: Settings = USUAL) -> None:
        self.entities = {(each.kind, each.id): each for each in entities}
        self.revision, self.settings = 10, settings
        self.facts: dict[str, dict[str, Any]] = {}
        self.asked = 0

    def get(self, kind: str, id: str) -> Entity | None:
        return self.entities.get((kind, id))

    def find(self, kind: str, **equals: Any) -> list[Entity]:
        found = [each for (of, _), each in sorted(self.entities.items()) if of == kind]
        return [each for each in found if all(each.get(name) == value for name, value in equals.items())]

    def count(self, kind: str, **equals: Any) -> int:
        return len(self.find(kind, **equals))

    def resolve(self, kind: str, reference: str) -> list[Entity]:
        alias = parse_alias(reference)
        name = f"{reference.partition('-')[0].upper()}-{alias[1]}" if alias else reference
        return [each for each in self.find(kind) if name in (each.id, each.alias)]

    def overlap_candidates(self, scope_kind: str, scope: str) -> list[Entity]:
        fold = bool(self.settings.get("claims.fold_case"))
        exact, below = prefix_probe(scope_kind, scope, fold)
        found = []
        for each in self.find("claim", state="active"):
            keys = keys_of(scope_of(each), fold)
            if any(key in exact or (below is not None and key.startswith(below)) for key in keys):
                found.append(each)
        return found

    def next_number(self, kind: str) -> int:
        numbers = [parse_alias(each.alias) for each in self.find(kind)]
        return 1 + max((each[1] for each in numbers if each), default=0)

    def landed(self, key: str) -> dict[str, Any] | None:
        return None

    def seen(self, claim: Entity) -> dict[str, Any]:
        return self.facts.get(claim.id, {})

    def file(self, path: str) -> bytes | None:
        return None

    def apply(self, changes: Any, revision: int) -> None:
        self.entities.update({(each.kind, each.id): each for each in changes})
        self.revision = revision

    # What people do

    def claims(self, who: str, *targets: str, at: float = NOON, session: str = "", **args: Any) -> Landed | Denied:
        asked = [
            {"kind": each.kind, "scope": each.scope, "symbols": list(each.symbols), "files": None}
            for each in map(scope, targets)
        ]
        return self._decide(acquire, "claim.acquire", who, session, at, {"scopes": asked, **args}, len(asked))

    def releases(self, who: str, *claims: Entity, at: float = NOON, session: str = "", **named: Any) -> Landed | Denied:
        args = {"claims": [{"id": c.id, **named} for c in claims]}
        return self._decide(release, "claim.release", who, session, at, args)

    def renews(
        self, who: str, *claims: Entity, at: float = NOON, ttl: int | None = None, session: str = "", **named: Any
    ) -> Landed | Denied:
        args = {"claims": [{"id": c.id, **named} for c in claims], "ttl": ttl}
        return self._decide(renew, "claim.renew", who, session, at, args)

    def _decide(
        self, rule: Any, kind: str, who: str, session: str, at: float, args: dict[str, Any], ids: int = 0
    ) -> Landed | Denied:
        self.asked += 1
        actor = {"agent": who, "agent_id": agent_id(who), "session_id": derived_ulid("session", session or who)}
        made = [derived_ulid("made", str(self.asked), str(n)) for n in range(ids)]
        intent = Intent(id=derived_ulid("intent", str(self.asked)), kind=kind, at=at, actor=actor, args=args, ids=made)
        outcome: Landed | Denied = rule(self, intent, at, self.settings, self.revision + 1)
        if isinstance(outcome, Landed):
            self.apply(outcome.changes, self.revision + 1)
        return outcome

    def active(self) -> list[Entity]:
        return self.find("claim", state="active")


def granted(outcome: Landed | Denied) -> list[dict[str, Any]]:
    assert isinstance(outcome, Landed), outcome.message
    found: list[dict[str, Any]] = outcome.result["claims"]
    return found


def refused(outcome: Landed | Denied, code: str = "claim-conflict") -> Denied:
    assert isinstance(outcome, Denied), outcome.result
    assert outcome.code == code, outcome.message
    return outcome
