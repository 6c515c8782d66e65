"""Answers as text: which sections, in which order, in which words. Budgets are applied by the caller."""

from __future__ import annotations

from gitcoord.text import clean, one_line, show_duration
from gitcoord.views import lines
from gitcoord.views.budget import Section
from gitcoord.views.lines import BY_PLURAL, EVERYTHING, quote, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Page = Callable[[dict[str, Any], float], list[Section]]

_HEADS = {
    "claims": "Claims", "blockers": "Open questions", "decisions": "Decisions", "tasks": "Tasks", "handoffs": "Handoffs",
    "agents": "Agents", "coops": "Co-ops", "events": "New", "questions": "Asked of you", "messages": "Messages",
}  # fmt: skip


def _section(result: dict[str, Any], plural: str, now: float, head: str | None = None) -> Section:
    records = result.get(plural) or []
    shown = [("  " if head != "" else "") + BY_PLURAL[plural](each, now) for each in records]
    total = (result.get("totals") or {}).get(plural)
    title = _HEADS.get(plural, "") if head is None else head
    return Section(f"{title}:" if title else "", shown, EVERYTHING.get(plural, ""), total)


def _trouble(result: dict[str, Any]) -> Section:
    found = []
    outbox = result.get("outbox") or {}
    if outbox.get("pending"):
        found.append(f"PROVISIONAL: {outbox['pending']} writes are not on the remote: gitcoord sync")
    if outbox.get("contested"):
        found.append(f"CONTESTED: {outbox['contested']} writes lost when they landed: gitcoord sync")
    bad = result.get("quarantined") or []
    if bad:
        names = ", ".join(word(each["path"], 120) for each in bad[:3])
        found.append(
            f"UNREADABLE on the sync branch: {names}"
            + (f" and {len(bad) - 3} more" if len(bad) > 3 else "")
            + ": gitcoord doctor"
        )
    known = result.get("as_of") or {}
    if known.get("note"):
        found.append(f"NOTE: {word(known['note'], 200)}")
    return Section("", found)


def _as_of(result: dict[str, Any]) -> Section:
    known = result.get("as_of") or {}
    if not known:
        return Section("", [])
    age = known.get("age_seconds")
    old = "" if not isinstance(age, (int, float)) or age < 1 else f", {show_duration(age)} old"
    return Section("", [f"(revision {known.get('revision')}{old})"])


def _status(result: dict[str, Any], now: float) -> list[Section]:
    me, coop = result.get("me") or {}, result.get("coop") or {}
    head = (
        f"{word(coop.get('slug'), 60)} ({word(coop.get('status'), 20)})"
        if coop
        else "In no co-op: gitcoord join   or: gitcoord start"
    )
    who = f"You are {word(me.get('name') or me.get('agent'), 80)}" + (
        f" on {word(me.get('branch'), 80)}" if me.get("branch") else ""
    )
    first = [head, who] if me else [head]
    return [
        Section("", first), _trouble(result), _section(result, "claims", now), _section(result, "blockers", now),
        _section(result, "agents", now), _section(result, "tasks", now), _section(result, "coops", now), _as_of(result),
    ]  # fmt: skip


def _read(result: dict[str, Any], now: float) -> list[Section]:
    status = _status({**result, "coops": []}, now)
    notes = result.get("notes") or {}
    actions = [f"  {each.get('command')}   # {word(each.get('why'), 120)}" for each in result.get("next_actions") or []]
    before = [f"  {word(notes['before_editing'], 200)}"] if notes.get("before_editing") else []
    leaving = [f"  {word(notes['on_leave'], 200)}"] if notes.get("on_leave") else []
    quoted = (
        [lines.QUOTED]
        if any(result.get(n) for n in ("questions", "blockers", "decisions", "events", "handoffs", "tasks"))
        else []
    )
    return [
        status[0], status[1], Section("", quoted), _section(result, "questions", now), _section(result, "blockers", now),
        _section(result, "claims", now), _section(result, "decisions", now, "Decided since you looked"),
        _section(result, "events", now), Section("Next:", actions), Section("Before editing:", before),
        _section(result, "agents", now), _section(result, "tasks", now), _section(result, "handoffs", now),
        Section("On leaving:", leaving), _as_of(result),
    ]  # fmt: skip


def _check(result: dict[str, Any], now: float) -> list[Section]:
    if result.get("free"):
        return [Section("", ["free", *_beside(result, now)])]
    return [Section("", conflict_lines(result.get("conflicts") or [], now), "gitcoord claims")]


def _beside(result: dict[str, Any], now: float) -> list[str]:
    """``narrowed: CLM-1 src/a.py river until …``: claims of others in the same file, and what became of them."""
    return [f"{word(each.get('met'), 20)}: {lines.claim(each, now)}" for each in result.get("beside") or []]


def conflict_lines(conflicts: list[dict[str, Any]], now: float) -> list[str]:
    shown = []
    for each in conflicts:
        files = [word(name, 120) for name in each.get("files") or []]
        more = f" and {each['more']} more" if each.get("more") else ""
        where = f"  [{', '.join(files)}{more}]" if files and files != [each["claim"].get("scope")] else ""
        shown.append(f"held  {word(each.get('requested'), 200)}  by {lines.claim(each['claim'], now)}{where}")
    return shown


def _write(result: dict[str, Any], now: float) -> list[Section]:
    """Every write: what happened, to which entities, and whether the remote has it."""
    outcome = word(result.get("outcome"), 30)
    body: list[str] = []
    for plural in ("coops", "claims", "tasks", "blockers", "decisions", "handoffs", "attic"):
        for each in result.get(plural) or []:
            verb = outcome if plural not in ("coops", "attic") or outcome not in ("granted", "renewed") else ""
            body.append(f"{verb} {BY_PLURAL[plural](each, now)}".strip())
            if plural == "claims" and each.get("fence") and result.get("state") == "confirmed" and outcome != "released":
                body[-1] += f"  fence {each['fence']}"
    for each in result.get("checkins") or []:
        body.append(f"{outcome} {quote(each.get('summary'))}")
    body += _beside(result, now)
    body = body or [outcome]
    warnings = [f"warning: {word(text, 300)}" for text in result.get("warnings") or []]
    extra = []
    if result.get("name"):
        extra.append(f"You are {word(result['name'], 80)} ({word(result.get('agent'), 64)}).")
    if result.get("join"):
        extra.append(f"Others join with: {word(result['join'], 120)}")
    if result.get("next") and isinstance(result["next"], str):
        extra.append(f"Next: {word(result['next'], 120)}")
    state = []
    if result.get("state") == "provisional":
        why = word(result.get("reason"), 160)
        state = [f"PROVISIONAL: saved on this machine, not on the remote ({why}). Land it with: gitcoord sync"]
    if result.get("replayed"):
        state.append("(this had been done already: the first outcome is shown)")
    return [Section("", state), Section("", warnings), Section("", body, "add --json"), Section("", extra)]


def _sync(result: dict[str, Any], now: float) -> list[Section]:
    sections = []
    for name, verb in (("contested", "CONTESTED"), ("refused", "refused"), ("confirmed", "confirmed"), ("waiting", "waiting")):
        shown = [f"{verb}  {_told(each)}" for each in result.get(name) or []]
        sections.append(Section("", shown, "gitcoord attic list" if name == "contested" else "gitcoord sync --json"))
    last = f"revision {result.get('revision')}" + ("" if result.get("fetched") else "; the remote was not reached")
    if result.get("note"):
        last += f"; {word(result['note'], 200)}"
    if result.get("waiting"):
        last = f"PROVISIONAL: {len(result['waiting'])} writes are not on the remote. {last}"
    return [Section("", [last]), *sections]


def _told(each: dict[str, Any]) -> str:
    claims = each.get("claims") or []
    if claims and each.get("outcome") in ("granted", "renewed", "coexisting", "narrowed", "released"):
        return ", ".join(f"{word(c.get('alias'), 30)} {word(c.get('scope'), 120)}" for c in claims)
    if each.get("message"):
        return word(each["message"], 200)
    return word(each.get("kind") or each.get("outcome") or each.get("intent_id"), 60)


def _show(result: dict[str, Any], now: float) -> list[Section]:
    entity = result.get("entity") or {}
    body = str(entity.get("body") or "")
    fields = [
        f"{name}: {word(_plain(value), 300)}"
        for name, value in entity.items()
        if name != "body" and value not in (None, [], "")
    ]
    if result.get("kind") == "handoff":
        fields += [f"{name}: none stated" for name in _EIGHT if not entity.get(name)]
    text = [f"| {line}" for line in clean(body).splitlines()]
    related = [
        f"  {word(each.get('alias') or each.get('id'), 40)}  {quote(each.get('title') or each.get('scope'))}"
        for each in result.get("related") or []
    ]
    return [
        Section(f"{result.get('kind')} {lines.QUOTED}", fields),
        Section("", text, "gitcoord store get ID --format md"),
        Section("Related:", related),
    ]


_EIGHT = ("stopped", "changed", "files", "tests", "risks", "blockers", "next", "do_not_redo")


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value)


def _init(result: dict[str, Any], now: float) -> list[Section]:
    where = word(result.get("remote") or "none", 60)
    head = f"gitcoord {result.get('version')} in {word(result.get('repository'), 200)} (remote {where})"
    made = [f"  created    {word(each, 200)}" for each in result.get("created") or []]
    made += [f"  installed  {word(each, 200)}" for each in result.get("installed") or []]
    made += [f"  note       {word(each, 300)}" for each in result.get("notes") or []]
    then = [f"  {each}" for each in result.get("next") or []]
    if result.get("dry_run"):
        head += "; dry run, nothing was written"
    return [Section("", [head]), Section("", made), Section("", [f"Undo with: {result.get('undo')}"]), Section("Next:", then)]


def _report(result: dict[str, Any], now: float) -> list[Section]:
    """Lists of plain words under their names: uninstall, hooks, rebuild-index, config-set."""
    shown = []
    for name, value in result.items():
        if name in ("as_of", "schema") or value in (None, [], ""):
            continue
        if isinstance(value, list):
            shown += [f"{name}: {word(each if not isinstance(each, dict) else _pairs(each), 300)}" for each in value]
        else:
            shown.append(f"{name}: {word(_pairs(value) if isinstance(value, dict) else value, 300)}")
    return [Section("", shown)]


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items() if value not in (None, "", []))


def _doctor(result: dict[str, Any], now: float) -> list[Section]:
    bad: list[str] = []
    good: list[str] = []
    for each in result.get("checks") or []:
        mark = "ok  " if each.get("ok") else ("FAIL" if each.get("level", "error") == "error" else "warn")
        fix = f"  -> {word(each['fix'], 200)}" if each.get("fix") and not each.get("ok") else ""
        (good if each.get("ok") else bad).append(f"{mark}  {word(each.get('name'), 60)}: {word(each.get('detail'), 300)}{fix}")
    done = [f"repaired: {word(each, 200)}" for each in result.get("repaired") or []]
    return [
        Section("", bad, "gitcoord doctor --json"),
        Section("", done),
        Section("", good),
        Section("", ["sound" if result.get("ok") else "something is broken"]),
    ]


def _config(result: dict[str, Any], now: float) -> list[Section]:
    shown = [
        f"{word(each.get('name'), 60)} = {word(each.get('value'), 120)}"
        + (f"   ({word(each['origin'], 40)})" if each.get("origin") else "")
        for each in result.get("settings") or []
    ]
    warned = [f"warning: {word(each, 200)}" for each in result.get("warnings") or []]
    return [Section("", warned), Section("", shown, "gitcoord config list --budget 1500")]


def _invite(result: dict[str, Any], now: float) -> list[Section]:
    return [Section("", clean(str(result.get("text") or "")).splitlines())]


def _list(plural: str) -> Page:
    def page(result: dict[str, Any], now: float) -> list[Section]:
        section = _section(result, plural, now, "")
        if not section.lines:
            return [Section("", ["none"]), _trouble(result)]
        quoted = [lines.QUOTED] if plural in ("blockers", "decisions", "tasks", "handoffs") else []
        return [section, Section("", quoted), _trouble(result)]

    return page


def _log(result: dict[str, Any], now: float) -> list[Section]:
    """The newest first: they are what a person looks for, and what a budget keeps."""
    return _list("log")({**result, "log": list(reversed(result.get("log") or []))}, now)


PAGES: dict[str, Page] = {
    "status": _status, "read": _read, "check": _check, "sync": _sync, "show": _show, "store-get": _show, "init": _init,
    "doctor": _doctor, "validate": _doctor, "config": _config, "invite": _invite, "claims": _list("claims"),
    "blockers": _list("blockers"), "decisions": _list("decisions"), "tasks": _list("tasks"), "handoffs": _list("handoffs"),
    "discover": _list("coops"), "log": _log, "attic": _list("attic"), "uninstall": _report, "hooks": _report,
    "rebuild-index": _report, "config-set": _report, "digest": _report, "export": _report, "version": _report,
    "ev-types": _report,
}  # fmt: skip


def page(name: str, result: dict[str, Any], now: float) -> list[Section]:
    return PAGES.get(name, _write)(result, now)


__all__ = ["conflict_lines", "one_line", "page"]
