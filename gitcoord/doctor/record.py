"""The journal against the files. It tells what happened, they are what is; where they disagree the files win."""

from __future__ import annotations

from gitcoord.doctor.finding import warned
from gitcoord.doctor.state import called, log_of, path_of_entity, reported
from gitcoord.model.kinds import KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from gitcoord.doctor.finding import Finding
    from gitcoord.doctor.patient import Patient
    from gitcoord.model.entity import Entity

#: Kinds of which the journal tells the beginning.
TOLD = ("claim", "task", "coop", "blocker", "decision", "handoff")
_OVER = {"claim.released", "claim.superseded"}
_HELD = {"claim.granted", "claim.renewed", "claim.narrowed"}


def record(patient: Patient) -> Iterator[Finding]:
    yield from reported(patient, "record", _disagreements(patient), "journal and files agree")


def _disagreements(patient: Patient) -> Iterator[Finding]:
    events = patient.events()
    yield from _landed_twice(patient, events)
    known = {kind: {each.id for each in patient.entities(kind)} for kind in KINDS}
    told: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for path, event in events:
        for noun, id in (event.get("refs") or {}).items():
            if noun in told and id not in told[noun]:
                told[noun].add(id)
                if id not in known[noun]:
                    yield warned("record", f"{path} tells of {noun} {id}, and there is no such file", log_of(patient, path))
    if not any(path.startswith("archive/") for path, _, _ in patient.objects.walk(patient.commits()[0].tree)):
        yield from _untold(patient, told)
    yield from _claims(patient, [event for _, event in events])


def _untold(patient: Patient, told: dict[str, set[str]]) -> Iterator[Finding]:
    for kind in TOLD:
        for entity in patient.entities(kind):
            if entity.id not in told[kind]:
                yield _said(patient, entity, f"({entity.id}): no line of the journal tells of it; was it made by hand?")


def _said(patient: Patient, entity: Entity, detail: str) -> Finding:
    return warned("record", f"{called(entity)} {detail}", log_of(patient, path_of_entity(entity)))


def _landed_twice(patient: Patient, events: list[tuple[str, dict[str, Any]]]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    newest = patient.reader.revision
    for path, event in events:
        id = str(event["event_id"])
        if id in seen:
            yield warned("record", f"event {id} stands in {seen[id]} and again in {path}", log_of(patient, path))
        seen[id] = path
        revision = event.get("revision") or 0
        if revision > newest:
            detail = f"{path}: event {id} is of revision {revision}, and the branch has reached {newest}"
            yield warned("record", detail, log_of(patient, path))


def _claims(patient: Patient, events: list[dict[str, Any]]) -> Iterator[Finding]:
    """The last word on each claim, and the revision that granted it, which is its fence."""
    last: dict[str, str] = {}
    fences: dict[str, set[int]] = {}
    put: set[str] = set()
    for event in sorted(events, key=lambda each: (each.get("revision") or 0, str(each["event_id"]))):
        id = str((event.get("refs") or {}).get("claim") or "")
        if event["type"] in _OVER or event["type"] in _HELD:
            last[id] = str(event["type"])
        elif event["type"].startswith(("entity.", "attic.")):
            put.add(id)
        if event["type"] == "claim.granted":
            fences.setdefault(id, set()).add(int(event.get("revision") or 0))
    for claim in patient.entities("claim"):
        said, state = last.get(claim.id), claim.get("state")
        if said is None or claim.id in put:
            continue
        if (said in _OVER) == (state == "active"):
            yield _said(patient, claim, f"is {state}, and the last that the journal says of it is {said}")
        if claim.id in fences and claim.get("fence") not in fences[claim.id]:
            granted = max(fences[claim.id])
            yield _said(patient, claim, f"has fence {claim.get('fence')}, and the journal says that {granted} granted it")
