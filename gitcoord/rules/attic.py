"""Values that lost: how they are kept, and how they come back. Nothing is ever removed from the attic.

A record holds one field of one entity (``field``), or a whole request (``field`` empty). ``loser`` and ``winner`` are
``{"value": …}``; of a request the loser is ``{"intent": kind, "ids": […], "request": its arguments as JSON}``.
"""

from __future__ import annotations

import json

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import is_ulid, nth_after
from gitcoord.model.kinds import KINDS
from gitcoord.model.outcome import Denied, Event, Landed
from gitcoord.rules.asked import Refusal, filled, made, shown, subject, the
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.rules.merge import Lost
    from gitcoord.settings import Settings

#: Where, in the ids that an intent may derive, those of its attic records begin: far behind those of its events.
_FIRST = 1 << 19
#: Characters of a request in one record; a file of the branch has at most 64 KiB, and JSON in YAML is escaped.
_PART = 16 * 1024
#: What of a refusal is kept: a claim's conflicts name who won.
_MOST_WINNERS = 20
#: Nouns of intents that name no kind of entity, and what their records stand under.
_OF = {"update": "checkin", "settings": "policy", "owners": "policy", "entity": ""}


def keep(intent: Intent, entity: Entity, lost: list[Lost], now: float, skip: int = 0) -> list[Entity]:
    """One record for each lost value of an entity."""
    return [
        _record(
            intent, skip + n, entity.kind, entity.id, each.field, each.reason, {"value": each.loser},
            {"value": each.winner, "by": intent.agent}, now,
        )
        for n, each in enumerate(lost)
    ]  # fmt: skip


def contested(intent: Intent, denied: Denied, now: float) -> Landed:
    """A request that had been reported as provisional and was refused when it landed: told, and kept whole."""
    of_kind, of_id = _about(intent)
    reason = f"{denied.code}: {one_line(denied.message, 400)}"
    winner = {"code": denied.code, **_winners(denied)}
    asked = {name: value for name, value in intent.args.items() if not name.startswith("_")}
    text = json.dumps(asked, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > _PART:  # in parts a character is a byte; in one piece it can be read as it is
        text = json.dumps(asked, ensure_ascii=True, separators=(",", ":"))
    parts = _parts(text)
    records = []
    for n, part in enumerate(parts):
        loser: dict[str, Any] = {"intent": intent.kind, "ids": intent.ids if n == 0 else [], "request": part}
        if len(parts) > 1:
            loser["part"] = n + 1
            loser["parts"] = len(parts)
        records.append(_record(intent, n, of_kind, of_id, "", reason, loser, winner if n == 0 else {}, now))
    type = "claim.contested" if intent.kind in ("claim.acquire", "task.claim") else "intent.contested"
    body = {"kind": intent.kind, "code": denied.code, "message": denied.message}
    events = [Event(type, {"attic": records[0].id}, body)]
    result = {
        "outcome": "contested", "kind": intent.kind, "code": denied.code, "message": denied.message,
        "hint": denied.hint, "attic": [_brief(each) for each in records],
        **{name: value for name, value in denied.details.items() if name in ("conflicts", "options", "thread", "summary")},
    }  # fmt: skip
    return Landed(records, events, result, subject(intent, f"{intent.kind} contested"))


def restore(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Put a lost value back, or ask again what was refused. What it replaces goes to the attic in its turn."""
    record = the(snapshot, "attic", str(intent.args.get("attic") or ""))
    if record.get("restored_at"):
        return Landed([], [], {"outcome": "already-restored", "attic": [_brief(record)]}, "")
    loser = record.get("loser")
    if not isinstance(loser, dict):
        raise Refusal("needs-repair", "The record in the attic cannot be read.", "gitcoord doctor")
    if record.get("field"):
        return _restore_field(snapshot, intent, record, loser, now)
    return _ask_again(snapshot, intent, record, loser, now, settings, revision)


def _restore_field(snapshot: Snapshot, intent: Intent, record: Entity, loser: dict[str, Any], now: float) -> Outcome:
    from gitcoord.rules.entities import check_protected, with_field
    from gitcoord.rules.merge import Lost

    kind, field = str(record.get("of_kind")), str(record.get("field"))
    if kind not in KINDS:
        raise Refusal("not-found", f"There is no kind {one_line(kind, 40)} to restore to.")
    entity = the(snapshot, kind, str(record.get("of_id")))
    value = loser.get("value")
    check_protected(entity, {field: value})
    before = entity.body if field == "body" else entity.values.get(field)
    back = record.changed(restored_at=rfc3339(now), restored_by=intent.agent)
    restored = with_field(entity, field, value)
    replaced = [] if before in (None, "", [], value) else [Lost(field, value, before, "replaced by a restored value")]
    kept = keep(intent, entity, replaced, now)
    refs = {"attic": record.id, kind: entity.id}
    result = {"outcome": "restored", KINDS[kind].plural: shown(restored), "attic": [_brief(e) for e in (back, *kept)]}
    return Landed(
        [restored, back, *kept], [Event("attic.restored", refs, {"field": field})], result,
        subject(intent, f"{field} of {entity.name} restored"),
    )  # fmt: skip


def _ask_again(
    snapshot: Snapshot,
    intent: Intent,
    record: Entity,
    loser: dict[str, Any],
    now: float,
    settings: Settings,
    revision: int,
) -> Outcome:
    """Decide the kept request as if it were made now, by whoever restores it."""
    from gitcoord.rules.intents import check_shape, decide_part, within

    parts = _all_parts(snapshot, record, loser)
    ids = parts[0].values["loser"].get("ids")
    again = within(intent, str(loser.get("intent")), _parsed(parts), list(ids) if isinstance(ids, list) else [])
    if again.kind == "attic.restore":
        raise Refusal("invalid-arguments", "A restoring cannot be restored; name the record that it was about.")
    check_shape(snapshot, again)
    outcome = decide_part(snapshot, again, now, settings, revision)
    if outcome.result.get("outcome") == "too-late":
        told = outcome.result
        raise Refusal(str(told.get("code")), f"It is as late as it was: {record.get('reason')}", str(told.get("hint") or ""))
    back = [each.changed(restored_at=rfc3339(now), restored_by=intent.agent) for each in parts]
    event = Event("attic.restored", {"attic": record.id}, {"kind": again.kind})
    result = {**outcome.result, "attic": [_brief(each) for each in back]}
    return Landed([*outcome.changes, *back], [event, *outcome.events], result, outcome.subject, outcome.files)


def _all_parts(snapshot: Snapshot, record: Entity, loser: dict[str, Any]) -> list[Entity]:
    if not loser.get("parts"):
        return [record]
    found = snapshot.find("attic", intent_id=record.get("intent_id"))
    parts = sorted((e for e in found if not e.get("field")), key=lambda e: int(e.values["loser"].get("part") or 0))
    if len(parts) != loser["parts"]:
        raise Refusal("needs-repair", "Parts of the kept request are missing.", "gitcoord doctor")
    return parts


def _parsed(parts: list[Entity]) -> dict[str, Any]:
    try:
        args = json.loads("".join(str(each.values["loser"].get("request") or "") for each in parts))
    except (ValueError, RecursionError):
        args = None
    if not isinstance(args, dict):
        raise Refusal("needs-repair", "The kept request cannot be read.", "gitcoord doctor")
    return args


def _record(
    intent: Intent,
    n: int,
    of_kind: str,
    of_id: str,
    field: str,
    reason: str,
    loser: dict[str, Any],
    winner: dict[str, Any],
    now: float,
) -> Entity:
    values = filled(
        id=nth_after(intent.id, _FIRST + n), of_kind=of_kind, of_id=of_id, field=field, reason=reason, winner=winner,
        loser=loser, intent_id=intent.id, **made(intent, now, "agent", "lost_at"),
    )  # fmt: skip
    return Entity("attic", values)


def _about(intent: Intent) -> tuple[str, str]:
    """Kind and id of what a request is about; its own id where it names nothing."""
    noun, args = intent.kind.partition(".")[0], intent.args
    kind = _OF.get(noun, noun) or (str(args.get("kind")) if args.get("kind") in KINDS else "entity")
    named = args.get(noun)  # of a reply the thread, not the message that did not come to be
    if not (isinstance(named, str) and is_ulid(named)):
        named = intent.ids[0] if intent.ids else args.get("id")
    return kind, named if isinstance(named, str) and is_ulid(named) else intent.id


def _winners(denied: Denied) -> dict[str, Any]:
    """The claims that stood in the way, by name."""
    conflicts = denied.details.get("conflicts")
    if not isinstance(conflicts, list):
        return {}
    names = []
    for each in conflicts[:_MOST_WINNERS]:
        claim = each.get("claim") if isinstance(each, dict) else None
        if isinstance(claim, dict):
            names.append(f"{claim.get('alias') or claim.get('id')} of {claim.get('agent')}: {claim.get('scope')}")
    return {"claims": names} if names else {}


def _parts(text: str) -> list[str]:
    return [text[at : at + _PART] for at in range(0, len(text), _PART)]


def _brief(record: Entity) -> dict[str, Any]:
    names = ("id", "of_kind", "of_id", "field", "reason", "restored_at")
    told = {name: record.get(name) for name in names if record.get(name)}
    return told if record.get("restored_at") else {**told, "restore": f"gitcoord attic restore {record.id}"}
