"""Pages about ownership and hot paths."""

from __future__ import annotations

from gitcoord.text import counted, show_duration
from gitcoord.views import lines
from gitcoord.views.budget import Section
from gitcoord.views.lines import quote, word
from gitcoord.views.parts import provisional

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def warnings(result: dict[str, Any]) -> Section:
    return Section("", [f"warning: {word(text, 300)}" for text in result.get("warnings") or []])


def policy(result: dict[str, Any], now: float) -> list[Section]:
    modules = [f"{module_line(each)}" for each in result.get("modules") or []]
    shared, split = ([f"  {word(each, 200)}" for each in result.get(name) or []] for name in ("shared", "split"))
    teams = [
        f"  {word(each.get('team'), 80)}: {', '.join(word(name, 60) for name in (each.get('members') or [])[:8])}"
        for each in result.get("teams") or []
    ]
    if not modules and not shared and not split:
        return [warnings(result), Section("", ["no ownership policy: gitcoord owners add MODULE PATH… --owner @a"])]
    return [
        warnings(result), Section("Modules (the last one that names a path has it):", modules, "gitcoord owners list -o FILE"),
        Section("Teams:" if teams else "", teams, "gitcoord owners list -o FILE"),
        Section("Shared files:", shared, "gitcoord hotspots list"), Section("To be split up:", split),
    ]  # fmt: skip


def module_line(each: dict[str, Any]) -> str:
    owners = ", ".join(word(name, 60) for name in each.get("owners") or []) or "everybody"
    paths = each.get("paths") or []
    more = f" and {len(paths) - 4} more" if len(paths) > 4 else ""
    where = "  ".join(word(path, 120) for path in paths[:4])
    return f"  {word(each.get('module'), 80)}  {owners} ({word(each.get('enforcement'), 8)})  {where}{more}"


def why(result: dict[str, Any], now: float) -> list[Section]:
    path = word(result.get("path"), 200)
    if result.get("module"):
        owners = ", ".join(word(name, 60) for name in result.get("owners") or []) or "everybody"
        line = f", line {result['line']}" if result.get("line") else ""
        said = [
            f"{path}  module {word(result['module'], 80)}, owned by {owners} ({word(result.get('enforcement'), 8)})",
            f"by {word(result.get('pattern'), 200)}{line}",
        ]
    else:
        said = [f"{path}  belongs to no module"]
    if result.get("shared"):
        said.append(f"shared file by {word(result['shared'], 200)}: a claim on it is a shared one")
    if result.get("split"):
        said.append(f"to be split up, by {word(result['split'], 200)}")
    beaten = [f"  {word(each.get('module'), 80)} by {word(each.get('pattern'), 200)}" for each in result.get("others") or []]
    return [warnings(result), Section("", said), Section("Named before it by:", beaten, "gitcoord owners list")]


def changed(result: dict[str, Any], now: float) -> list[Section]:
    told = [f"  {word(each, 200)}" for each in result.get("changes") or []]
    planned = [module_line(each) for each in (result.get("modules") or []) if result.get("dry_run")]
    head = word(result.get("outcome"), 20)
    if result.get("lines") is not None:
        head += f": {counted(result['lines'], 'line')} of {word(result.get('file'), 200)}"
    return [
        Section("", provisional(result)), Section("", [head]), warnings(result), Section("", told, "gitcoord owners list"),
        Section("Would be written:", planned, "gitcoord owners import --dry-run --json"),
    ]  # fmt: skip


def inferred(result: dict[str, Any], now: float) -> list[Section]:
    told = [
        f"{word(each.get('agent'), 64)}  {word(each.get('path'), 200)}"
        f"  {counted(each.get('files'), 'path')} of {each.get('of')}"
        f"  ({', '.join(word(name, 20) for name in each.get('sources') or [])})"
        for each in result.get("rows") or []
    ]
    then = [f"Adopt one: {word(result['next'], 200)}"] if result.get("next") else []
    note = [word(result["note"], 200)] if result.get("note") else []
    return [Section("", told or ["nothing to go by"], "add --json"), Section("", [*note, *then])]


def hotspots(result: dict[str, Any], now: float) -> list[Section]:
    hot = [
        f"{each['contention']:>4}  {word(each.get('path'), 200)}  {counts(each)}  {counted(each.get('agents'), 'agent')}, held "
        f"{show_duration(each.get('held_seconds') or 0)}  -> {word(each.get('suggestion'), 20)}"
        for each in result.get("hotspots") or []
    ]
    note = [word(result["note"], 200)] if result.get("note") else []
    more = "gitcoord metrics hotspots --limit 50 --budget 800"
    return [warnings(result), Section("", hot or ["none"], more), Section("", note)]


def counts(each: dict[str, Any]) -> str:
    names = ("contested", "queued", "requested", "narrowed", "coexisting", "superseded", "claims")
    found = [f"{each[name]} {name}" for name in names[:-1] if each.get(name)]
    return ", ".join([*found, counted(each["claims"], "claim")] if each.get("claims") else found)


def shared(result: dict[str, Any], now: float) -> list[Section]:
    told = []
    for each in result.get("shared") or []:
        marks = [f"promoted {each['promoted']}"] if each.get("promoted") else []
        marks += ["permanent"] if each.get("permanent") else []
        said = f"  ({', '.join(marks)})" if marks else ""
        met = f"{counted(each.get('contention', 0), 'contact')} in {counted(result.get('days'), 'day')}"
        told.append(f"{word(each.get('path'), 200)}{said}  {met}")
    split = [f"  {word(each, 200)}" for each in result.get("split") or []]
    hot = [f"  {word(each.get('path'), 200)}  {each['contention']}  -> {word(each.get('suggestion'), 20)}"
           for each in result.get("candidates") or []]  # fmt: skip
    return [
        warnings(result), Section("", told or ["no shared files"], "gitcoord owners list"), Section("To be split up:", split),
        Section("Hot, and not shared:", hot, "gitcoord metrics hotspots"),
    ]  # fmt: skip


def table(result: dict[str, Any], now: float) -> list[Section]:
    """Any other metric: one line a record, name and values."""
    told = []
    for each in result.get("rows") or []:
        pairs = ", ".join(f"{_label(name)} {_value(name, value)}" for name, value in each.items()
                          if name not in ("name", "title") and value not in (None, "", 0))  # fmt: skip
        title = f"  {quote(each['title'], 80)}" if each.get("title") else ""
        told.append(f"{word(each.get('name'), 120)}  {pairs}{title}".rstrip())
    total = ", ".join(f"{_label(name)} {_value(name, value)}" for name, value in (result.get("total") or {}).items())
    quoted = [lines.QUOTED] if any(each.get("title") for each in result.get("rows") or ()) else []
    note = [word(result["note"], 200)] if result.get("note") else []
    return [Section("", [total] if total else []), Section("", told or ["none"], "add --json"), Section("", [*quoted, *note])]


def _label(name: str) -> str:
    """A duration tells its own unit."""
    return name.removesuffix("_seconds").replace("_", " ")


def _value(name: str, value: Any) -> str:
    return show_duration(value) if name.endswith("_seconds") and isinstance(value, (int, float)) else word(value, 80)


def history(result: dict[str, Any], now: float) -> list[Section]:
    """``why PATH``: who holds it, and what became of it, newest first."""
    head = [f"{word(result.get('path'), 200)}" + (f"  (module {word(result['module'], 80)})" if result.get("module") else "")]
    held = [lines.claim(each, now) for each in result.get("holders") or []]
    back = [lines.claim(each, now) for each in result.get("holds") or []]
    told = [_entry(each) for each in result.get("history") or []]
    note = [word(result["note"], 200)] if result.get("note") else []
    quoted = [lines.QUOTED] if any(each.get("text") for each in result.get("history") or ()) else []
    return [
        Section("", head), Section("Held now:" if held else "", held or ["nobody holds it now"], "gitcoord claims --path PATH"),
        Section("", back, "gitcoord claims --holds"),
        Section("Before:" if held or back else "", told, "gitcoord why PATH --limit 50"), Section("", [*note, *quoted]),
    ]  # fmt: skip


def _entry(each: dict[str, Any]) -> str:
    name = word(each.get("alias"), 30)
    what = f"{name} {word(each.get('scope'), 160)}".strip()
    span = word(each.get("from") or each.get("at"), 24) + (f" – {word(each['to'], 24)}" if each.get("to") else "")
    fence = f"  fence {each['fence']}" if each.get("fence") else ""
    more = [f"{key.replace('_', ' ')} {word(each[key], 120)}" for key in _MORE if each.get(key)]
    said = f"  {quote(each['text'], 100)}" if each.get("text") else ""
    extra = f"  {', '.join(more)}" if more else ""
    return f"{span}  {word(each.get('what'), 20)}  {word(each.get('agent'), 64)}  {what}{fence}{extra}{said}".rstrip()


_MORE = ("ended", "ended_by", "beside", "narrowed_by", "held_by", "urgency", "state", "answered_by")
