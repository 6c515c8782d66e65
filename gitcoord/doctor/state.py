"""The state of the branch, entity by entity: names, references, claims against each other.

All of it is read from git anew. A finding here is about the record that all share, so nothing of it is repaired:
what is wrong is a person's to decide.
"""

from __future__ import annotations

import shlex

from gitcoord.doctor.finding import broken, few, good
from gitcoord.model.kinds import KINDS, path_of, path_of_values
from gitcoord.rules.claims.conflict import NARROWABLE
from gitcoord.rules.claims.overlap import keys_of, overlaps
from gitcoord.rules.claims.scope import Scope, from_stored
from gitcoord.text import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from gitcoord.doctor.finding import Finding
    from gitcoord.doctor.patient import Patient
    from gitcoord.model.entity import Entity

#: kind -> field -> the kind that it names.
REFERENCES: dict[str, dict[str, str]] = {
    "session": {"agent_id": "agent", "coop": "coop"},
    "coop": {"members": "session"},
    "claim": {"coop": "coop", "task": "task", "coexists_with": "claim", "narrowed_by": "claim"},
    "task": {"coop": "coop", "depends_on": "task", "claims": "claim", "assignee_id": "agent"},
    "blocker": {"coop": "coop", "task": "task", "decision": "decision"},
    "decision": {"coop": "coop", "blocker": "blocker"},
    "handoff": {"coop": "coop", "blockers": "blocker"},
    "checkin": {"coop": "coop"}, "thread": {"coop": "coop", "decisions": "decision"},
    "thread_message": {"coop": "coop", "thread": "thread"},
    "message": {"coop": "coop", "task": "task", "thread": "thread", "reply_to": "message"},
    "request": {"coop": "coop", "claim": "claim"},
    "review": {"coop": "coop", "task": "task"}, "run": {"coop": "coop", "task": "task"},
    "artifact": {"coop": "coop", "task": "task"}, "queue": {"coop": "coop", "claims": "claim"}, "attic": {},
}  # fmt: skip


def everything(patient: Patient) -> Iterator[Entity]:
    for kind in KINDS:
        yield from patient.entities(kind)


def called(entity: Entity) -> str:
    return f"{entity.kind} {entity.name}"


def path_of_entity(entity: Entity) -> str:
    return path_of_values(entity.kind, entity.values)


def log_of(patient: Patient, path: str) -> str:
    return f"git log -p -2 {patient.ref} -- {shlex.quote(path)}"


def reported(patient: Patient, name: str, found: Iterator[Finding], praise: str) -> Iterator[Finding]:
    some = False
    for each in few(name, found):
        some = True
        yield each
    if not some:
        yield good(name, praise)


# Names

def names(patient: Patient) -> Iterator[Finding]:
    """An alias, a handle or a slug that two entities have means neither."""
    yield from reported(patient, "names", _twice(patient), "every alias names one entity")


def _twice(patient: Patient) -> Iterator[Finding]:
    known: dict[tuple[str, str], list[Entity]] = {}
    for entity in everything(patient):
        alias = entity.alias or str(entity.get("handle") or "")
        if alias:
            known.setdefault((entity.kind, alias), []).append(entity)
    for (kind, alias), found in sorted(known.items()):
        if len(found) > 1:
            ids = ", ".join(each.id for each in found[:4])
            detail = f"{alias} is the name of {len(found)} {KINDS[kind].plural}: {ids}"
            yield broken("names", detail, log_of(patient, path_of_entity(found[-1])))
    for entity in everything(patient):
        if entity.alias and "alias" in KINDS[entity.kind].by_name and _of_another_kind(entity):
            detail = f"{entity.alias} is no name of a {entity.kind} ({entity.id})"
            yield broken("names", detail, log_of(patient, path_of_entity(entity)))


def _of_another_kind(entity: Entity) -> bool:
    from gitcoord.model.ids import parse_alias

    found = parse_alias(entity.alias)
    return found is None or found[0] != entity.kind


# References

def references(patient: Patient) -> Iterator[Finding]:
    """Every id that a file names must be the id of a file."""
    yield from reported(patient, "references", _dangling(patient), "every reference leads somewhere")


def _dangling(patient: Patient) -> Iterator[Finding]:
    known = {kind: _known(patient.entities(kind)) for kind in KINDS}
    for entity in everything(patient):
        for field, kind in {**_common(entity.kind), **REFERENCES.get(entity.kind, {})}.items():
            for wanted in _named(entity.get(field)):
                if wanted not in known[kind]:
                    detail = f"{called(entity)}: {field} is {wanted}, and there is no such {kind}"
                    yield broken("references", detail, log_of(patient, _where(kind, wanted, entity)))


def _known(entities: Iterable[Entity]) -> set[str]:
    return {name for each in entities for name in (each.id, each.alias) if name}


def _common(kind: str) -> dict[str, str]:
    declared = KINDS[kind].by_name
    found = {"agent_id": "agent", "session_id": "session"}
    return {field: named for field, named in found.items() if field in declared}


def _named(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(each) for each in value if each]
    return [str(value)] if value else []


def _where(kind: str, wanted: str, entity: Entity) -> str:
    """Where the missing file stood; of a name that is no id, the file that has it."""
    from gitcoord.model.ids import is_ulid

    return path_of(kind, wanted) if is_ulid(wanted) and kind != "thread_message" else path_of_entity(entity)


# Mutual exclusion

def exclusion(patient: Patient) -> Iterator[Finding]:
    """The first promise: no two active exclusive claims of different agents overlap."""
    active = [each for each in patient.entities("claim") if each.get("state") == "active"]
    fold = bool(patient.settings().get("claims.fold_case"))
    held = [(each, scope_of(each)) for each in active if each.get("mode") != "shared" and each.get("kind") != "shared"]

    def found() -> Iterator[Finding]:
        for one, other in overlapping(held, fold):
            detail = (
                f"{one.name} ({one.get('scope')}) of {one.get('agent')} and {other.name} ({other.get('scope')}) of"
                f" {other.get('agent')} overlap, and both are active and exclusive"
            )
            yield broken("exclusion", detail, f"One of the two holders: gitcoord release {other.name}")

    yield from reported(patient, "exclusion", found(), f"{counted(len(active), 'active claim')}, no two exclusive ones overlap")


def scope_of(claim: Entity) -> Scope:
    symbols, patterns = (
        tuple(map(str, value)) if isinstance(value, list) else () for value in (claim.get("symbols"), claim.get("patterns"))
    )
    return from_stored(str(claim.get("kind")), str(claim.get("scope")), symbols, patterns)


def overlapping(held: list[tuple[Entity, Scope]], fold: bool) -> Iterator[tuple[Entity, Entity]]:
    """Pairs that exclude each other and overlap all the same.

    Two scopes can overlap only when the fixed beginning of one begins the other's: in the order of these
    beginnings, those that begin the present one are a stack, and no other needs to be looked at.
    """
    keyed = [(key, claim, scope) for claim, scope in held for key in _beginnings(scope, fold)]
    stack: list[tuple[str, Entity, Scope]] = []
    told: set[tuple[str, str]] = set()
    for key, claim, scope in sorted(keyed, key=lambda each: (each[0], each[1].id)):
        while stack and not key.startswith(stack[-1][0]):
            stack.pop()
        for _, other, covering in stack:
            pair = (other.id, claim.id) if other.id < claim.id else (claim.id, other.id)
            if pair not in told and not _may_both(claim, other) and overlaps(scope, covering, fold):
                told.add(pair)
                yield other, claim
        stack.append((key, claim, scope))


def _beginnings(scope: Scope, fold: bool) -> list[str]:
    return [key.lower() if fold else key for key in keys_of(scope)]


def _may_both(one: Entity, other: Entity) -> bool:
    """Of one agent, of one session, or a claim on symbols to which a claim on the file gave way."""
    if any(one.get(field) and one.get(field) == other.get(field) for field in ("agent_id", "session_id")):
        return True
    for file, symbols in ((one, other), (other, one)):
        if file.get("kind") in NARROWABLE and symbols.get("kind") == "symbol":
            gave_way = {*_named(file.get("narrowed_by")), *_named(file.get("coexists_with"))}
            if file.get("narrowable") or {symbols.id, symbols.alias} & gave_way:
                return True
    return False
