"""The generic write, the attic and team settings."""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.fields import FLAG, INTEGER, TEXTS, TREE
from gitcoord.model.ids import PREFIX_OF, alias, derived_ulid, is_ulid
from gitcoord.model.kinds import KINDS
from gitcoord.model.outcome import Denied, Event, Landed
from gitcoord.rules import merge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.fields import Field
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

#: Kinds whose fields carry guarantees; they change only through their own commands.
_GUARDED = frozenset({"claim", "session", "attic", "request", "queue"})


def put(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Write the given fields of one entity; the others stay."""
    args = intent.args
    kind, values = str(args.get("kind")), dict(args.get("values") or {})
    wrong = _wrong(kind, str(args.get("id")), values)
    if wrong:
        return Denied("invalid-arguments", wrong, "gitcoord store get ID --format md")
    known = snapshot.get(kind, str(args["id"]))
    if known is None:
        entity, lost = _fresh(snapshot, intent, kind, values, now), []
    else:
        base = args.get("base")
        new, lost = merge.merged(kind, known.values if base is None else base, known.values, values)
        entity = Entity(kind, new, known.body)
    if isinstance(args.get("body"), str) and KINDS[kind].has_body:
        entity = entity.changed(body=args["body"])
    kept = [kept_value(intent, entity, each, n, now) for n, each in enumerate(lost)]
    event = Event("entity.put", {kind: entity.id}, {"name": entity.name, "fields": sorted(values)})
    result: dict[str, Any] = {"outcome": "put", KINDS[kind].plural: [entity.as_json()]}
    if kept:
        result["attic"] = [each.as_json() for each in kept]
    return Landed([entity, *kept], [event], result, f"put {entity.name} by {intent.agent}")


def _wrong(kind: str, id: str, values: dict[str, Any]) -> str:
    if kind not in KINDS:
        return f"There is no kind {kind[:40]!r}."
    if kind in _GUARDED:
        return f"A {kind} changes only through its own commands."
    if not is_ulid(id):
        return f"{id[:40]!r} is no id."
    for name, value in values.items():
        field = KINDS[kind].by_name.get(name)
        if field is not None and value is not None and not _fits(field, value):
            return f"{name} of a {kind} takes a {field.type}, not {str(value)[:40]!r}."
    return ""


def _fits(field: Field, value: Any) -> bool:
    if field.type == TREE:
        return True
    if field.type == TEXTS:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if field.type == FLAG:
        return isinstance(value, bool)
    if field.type == INTEGER:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str)


def _fresh(snapshot: Snapshot, intent: Intent, kind: str, values: dict[str, Any], now: float) -> Entity:
    made: dict[str, Any] = {"id": str(intent.args["id"])}
    for field in KINDS[kind].fields:
        if field.default is not None:
            made[field.name] = field.default
    if kind in PREFIX_OF and "alias" in KINDS[kind].by_name:
        made["alias"] = alias(kind, snapshot.next_number(kind))
    values = {name: value for name, value in values.items() if name not in ("id", "alias")}
    for name, value in (("agent_id", intent.agent_id), ("session_id", intent.session_id), ("created_at", rfc3339(now))):
        if name in KINDS[kind].by_name:
            made[name] = value
    return Entity(kind, {**made, **values})


def kept_value(intent: Intent, entity: Entity, lost: merge.Lost, n: int, now: float) -> Entity:
    """The attic record of a value that lost."""
    return Entity("attic", {
        "id": derived_ulid("attic", intent.id, str(n)), "of_kind": entity.kind, "of_id": entity.id, "field": lost.field,
        "reason": lost.reason, "winner": {"value": lost.winner}, "loser": {"value": lost.loser}, "intent_id": intent.id,
        "agent": intent.agent, "agent_id": intent.agent_id, "session_id": intent.session_id, "lost_at": rfc3339(now),
    })  # fmt: skip


def contested(intent: Intent, denied: Denied, now: float) -> Landed:
    """A write that was reported as provisional and lost: kept, told, restorable by asking again."""
    record = Entity("attic", {
        "id": derived_ulid("contested", intent.id), "of_kind": "intent", "of_id": intent.id, "reason": denied.message,
        "winner": {"code": denied.code}, "loser": {"kind": intent.kind, "args": _plain(intent.args)},
        "intent_id": intent.id, "agent": intent.agent, "agent_id": intent.agent_id, "session_id": intent.session_id,
        "lost_at": rfc3339(now),
    })  # fmt: skip
    type = "claim.contested" if intent.kind == "claim.acquire" else "intent.contested"
    body = {"kind": intent.kind, "code": denied.code, "message": denied.message}
    result = {
        "outcome": "contested", "kind": intent.kind, "code": denied.code, "message": denied.message, "hint": denied.hint,
        "attic": [record.as_json()], **{key: value for key, value in denied.details.items() if key == "conflicts"},
    }  # fmt: skip
    return Landed([record], [Event(type, {"attic": record.id}, body)], result, f"contested: {intent.kind} by {intent.agent}")


def _plain(args: dict[str, Any]) -> dict[str, Any]:
    import json

    shown = {name: value for name, value in args.items() if not name.startswith("_")}
    return {"json": json.dumps(shown, ensure_ascii=False)[:8000]}


def restore(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Put a lost value back; the one that it replaces goes to the attic in its turn."""
    record = snapshot.get("attic", str(intent.args.get("attic")))
    if record is None:
        return Denied("not-found", "There is no such record in the attic.", "gitcoord attic list")
    if record.get("restored_at"):
        return Landed([], [], {"outcome": "already-restored", "attic": [record.as_json()]}, "")
    if record.get("of_kind") == "intent":
        return Denied(
            "check-failed", "A contested write is not put back; it is asked for again.",
            f"gitcoord attic show {record.id}", {"loser": record.get("loser")},
        )  # fmt: skip
    entity = snapshot.get(str(record.get("of_kind")), str(record.get("of_id")))
    if entity is None:
        return Denied("not-found", "The entity to which the value belonged is gone.", "gitcoord attic list")
    name, value = str(record.get("field")), (record.get("loser") or {}).get("value")
    replaced = merge.Lost(name, value, entity.get(name), "replaced by a restored value")
    restored = entity.changed(**{name: value})
    done = record.changed(restored_at=rfc3339(now), restored_by=intent.agent)
    kept = kept_value(intent, restored, replaced, 0, now)
    event = Event("attic.restored", {"attic": record.id, entity.kind: entity.id}, {"field": name, "name": entity.name})
    result = {"outcome": "restored", KINDS[entity.kind].plural: [restored.as_json()], "attic": [done.as_json()]}
    return Landed([restored, done, kept], [event], result, f"restore {name} of {entity.name} by {intent.agent}")


def set_setting(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Change ``settings.yml``; comments of people stay. The text is edited by the lander's codec."""
    from gitcoord.codec import yaml
    from gitcoord.settings import DEFAULTS

    args = intent.args
    name = str(args.get("name") or args.get("unset") or "")
    if name not in DEFAULTS:
        return Denied("not-found", f"There is no setting called {name[:60]}.", "gitcoord config list")
    value = None if args.get("unset") else args.get("value")
    text = yaml.edit_tree(str(args.get("_settings") or "").encode(), {name: value}).decode()
    event = Event("policy.changed", {}, {"name": name, "value": value})
    outcome = "unset" if args.get("unset") else "set"
    return Landed([], [event], {"outcome": outcome, "name": name, "value": value}, f"set {name} by {intent.agent}",
                  {"settings.yml": text})  # fmt: skip
