"""A generic write of an entity, checked against its declaration; and what may never be written that way.

What carries a promise (who holds a claim, who is a member, whether a question is answered) is changed by its own
command only: a generic write of a claim could give two agents the same file.
"""

from __future__ import annotations

from gitcoord.codec.values import fits, wrong_type
from gitcoord.model.entity import Entity
from gitcoord.model.fields import IMMUTABLE
from gitcoord.model.ids import alias, is_ulid
from gitcoord.model.kinds import KINDS
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules import attic
from gitcoord.rules.asked import MAX_TITLE, Refusal, made, shown, subject
from gitcoord.rules.merge import UNKNOWN, merge
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.fields import Kind
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

#: Kinds that only their own command makes, and the command.
MADE_BY = {
    "claim": "gitcoord claim …", "coop": "gitcoord start …", "agent": "gitcoord join", "session": "gitcoord join",
    "attic": "gitcoord store put … on the entity itself", "queue": "gitcoord claim … --wait 10m",
    "request": "gitcoord request-release …", "thread": "gitcoord thread start …",
    "thread_message": "gitcoord thread reply …", "message": "gitcoord msg send --to …",
}  # fmt: skip
#: Fields that only their own command changes. ``True``: all but these.
_PROTECTED: dict[str, tuple[bool, frozenset[str], str]] = {
    "claim": (True, frozenset({"description"}), "gitcoord claim, renew, release"),
    "session": (True, frozenset({"host_id", "window_id", "tool"}), "gitcoord join, leave"),
    "attic": (True, frozenset(), "gitcoord attic restore"),
    "queue": (True, frozenset({"description"}), "gitcoord claim … --wait, queue cancel"),
    "request": (True, frozenset(), "gitcoord respond"),
    "thread": (True, frozenset(), "gitcoord thread reply, close"),
    "thread_message": (True, frozenset(), "gitcoord thread reply"),
    "agent": (False, frozenset({"handle", "role", "strengths"}), "gitcoord join --as NAME, gitcoord profile"),
    "message": (True, frozenset(), "gitcoord msg ack, reply, close"),
    "coop": (False, frozenset({"status", "members", "closed_at", "closed_by"}), "gitcoord join, leave, close"),
    "blocker": (False, frozenset({"state", "decision", "resolved_at", "resolved_by"}), "gitcoord decide"),
    "decision": (False, frozenset({"status", "ratified_by", "ratified_at", "blocker"}), "gitcoord decide, propose"),
    "handoff": (
        False, frozenset({"state", "carry", "written_by", "taken_at", "taken_by", "taken_by_id", "taken_session"}),
        "gitcoord handoff, takeover",
    ),
    "task": (
        False,
        frozenset(
            {"state", "assignee", "assignee_id", "claims", "fence", "lease_token", "started_at", "done_at", "done_by"}
        ),
        "gitcoord task claim, task update --state, task done",
    ),
}
AUTHOR = {"blocker": ("asked_by", "asked_at"), "decision": ("decided_by", "decided_at")} | dict.fromkeys(
    ("handoff", "checkin", "request", "queue", "thread_message", "message"), ("agent", "created_at")
)
_IDENTITY = ("id", "kind", "alias")


def put(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Make an entity, or change the fields that are given. A field that changed since its writer looked is
    overwritten (landing order), and the overwritten value is kept."""
    declared = KINDS.get(str(intent.args.get("kind")))
    if declared is None:
        raise Refusal("invalid-arguments", f"There is no kind {one_line(str(intent.args.get('kind')), 40)!r}.")
    id = str(intent.args.get("id") or "")
    if not is_ulid(id):
        raise Refusal("invalid-arguments", f"{one_line(id, 40)!r} is no id: expected a ULID.")
    given, body = _given(declared, intent)
    present = snapshot.get(declared.name, id)
    if present is None:
        return _create(snapshot, intent, declared, id, given, body or "", now)
    return _change(snapshot, intent, present, given, body, now)


def _given(declared: Kind, intent: Intent) -> tuple[dict[str, Any], str | None]:
    """What the request says, checked: typed values without identity, and the body or None."""
    values = dict(intent.args.get("values") or {})
    body = intent.args.get("body", values.pop("body", None))
    if body is not None and (not isinstance(body, str) or (body and not declared.has_body)):
        raise Refusal("invalid-arguments", f"A {declared.name} has no such body.")
    for name, value in values.items():
        field = declared.by_name.get(name)
        if field is not None and value is not None and not fits(field, value):
            raise Refusal("invalid-arguments", wrong_type(field, value), f"gitcoord store get --kind {declared.name}")
    title = values.get("title")
    if isinstance(title, str):
        if len(title) > MAX_TITLE:
            raise Refusal("cap-exceeded", f"The title has {len(title)} characters; at most {MAX_TITLE} are allowed.")
        values["title"] = one_line(title)
    return values, body


def _create(
    snapshot: Snapshot, intent: Intent, declared: Kind, id: str, given: dict[str, Any], body: str, now: float
) -> Outcome:
    kind = declared.name
    if kind == "thread_message" and snapshot.get("thread", str(given.get("thread"))) is None:
        raise Refusal("not-found", "There is no such thread.", "gitcoord thread list --all")
    if kind in MADE_BY:
        raise Refusal("invalid-arguments", f"A {kind} is made by its own command.", MADE_BY[kind])
    values = {field.name: field.default for field in declared.fields if field.default is not None}
    values.update({name: value for name, value in given.items() if name not in _IDENTITY and value is not None})
    fresh = {field.name: field.default for field in declared.fields}
    check_protected(Entity(kind, fresh), {name: value for name, value in values.items() if name in fresh})
    by, at = AUTHOR.get(kind, ("created_by", "created_at"))
    named = {"alias": alias(kind, snapshot.next_number(kind))} if "alias" in declared.by_name else {}
    entity = Entity(kind, {"id": id, **named, **values, **made(intent, now, by, at)}, body)
    result = {"outcome": "created", declared.plural: shown(entity)}
    events = [Event("entity.put", {kind: id}, {"outcome": "created"})]
    return Landed([entity], events, result, subject(intent, f"{kind} {entity.name} added"))


def _change(
    snapshot: Snapshot, intent: Intent, present: Entity, given: dict[str, Any], body: str | None, now: float
) -> Outcome:
    later = {name: value for name, value in given.items() if name not in ("id", "kind")}
    spoken = {} if body is None or body == present.body else {"body": body}
    check_protected(present, {**later, **spoken})
    earlier = {name: present.values.get(name) for name in later}
    if body is not None:
        later["body"], earlier["body"] = body, present.body
    merged, lost = merge(present.kind, _base(snapshot, intent, earlier), earlier, later)
    changed = present
    for name, value in merged.items():
        changed = with_field(changed, name, value)
    plural = KINDS[present.kind].plural
    if changed == present:
        return Landed([], [], {"outcome": "unchanged", plural: shown(present)}, "")
    kept = attic.keep(intent, present, lost, now)
    fields = sorted(name for name, value in merged.items() if earlier[name] != value)
    refs = {present.kind: present.id}
    events = [Event("entity.put", refs, {"outcome": "changed", "fields": fields})]
    if kept:
        events.append(Event("entity.lost", {**refs, "attic": kept[0].id}, {"fields": [e.field for e in lost]}))
    result = {"outcome": "changed", plural: shown(changed), **({"attic": shown(*kept)} if kept else {})}
    return Landed([changed, *kept], events, result, subject(intent, f"{present.kind} {present.name} changed"))


def _base(snapshot: Snapshot, intent: Intent, earlier: dict[str, Any]) -> dict[str, Any]:
    """The values on which the writer looked. One that it does not tell, and that may have changed since, is unknown."""
    seen = intent.args.get("base") or {}
    looked_at = intent.args.get("base_revision")
    stale = looked_at is not None and looked_at < snapshot.revision
    return {name: seen.get(name, UNKNOWN if stale else value) for name, value in earlier.items()}


def with_field(entity: Entity, name: str, value: Any) -> Entity:
    """The entity with one field, or its body, set; None and an empty list clear it."""
    return entity.changed(body=value or "") if name == "body" else entity.changed(**{name: value})


def check_protected(present: Entity, given: dict[str, Any]) -> None:
    """Raises Refusal when a write would change what only its own command may change."""
    declared = KINDS[present.kind].by_name
    inverted, names, command = _PROTECTED.get(present.kind, (False, frozenset(), ""))
    for name, value in given.items():
        if value == present.values.get(name) or (value in (None, "", []) and not present.get(name)):
            continue
        if name == "alias" or (name in declared and declared[name].merge == IMMUTABLE and present.get(name)):
            raise Refusal("invalid-arguments", f"{name} of a {present.kind} never changes.")
        if (name in names) != inverted and (name in declared or inverted):
            raise Refusal("invalid-arguments", f"{name} of a {present.kind} is changed by its own command.", command)
