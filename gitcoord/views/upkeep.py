"""Pages about gitcoord itself: set-up, settings, the doctor, the meter, the loop."""

from __future__ import annotations

from gitcoord.text import clean, counted, show_duration
from gitcoord.views import lines
from gitcoord.views.budget import Section
from gitcoord.views.lines import quote, word
from gitcoord.views.parts import pairs, provisional, trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def init(result: dict[str, Any], now: float) -> list[Section]:
    where = word(result.get("remote") or "none", 60)
    head = f"gitcoord {result.get('version')} in {word(result.get('repository'), 200)} (remote {where})"
    made = [f"  created    {word(each, 200)}" for each in result.get("created") or []]
    made += [f"  {verb:<9}  {word(names, 1000)}" for verb, names in _installed(result.get("installed") or [])]
    made += [f"  note       {word(each, 300)}" for each in result.get("notes") or []]
    then = [f"  {each}" for each in result.get("next") or []]
    if result.get("dry_run"):
        head += "; dry run, nothing was written"
    undo, rest = f"Undo with: {result.get('undo')}", "" if result.get("dry_run") else "gitcoord init --dry-run"
    sections = [Section("", [head]), Section("", made, rest), *_diffs(result.get("diff") or [])]
    return [*sections, Section("", [undo]), Section("Next:", then)]


def _diffs(lines: list[str]) -> list[Section]:
    """One section a file: when there is no room for all, each is begun and those that come first are whole."""
    found: list[list[str]] = []
    for each in lines:
        if each.startswith("--- ") or not found:
            found.append([])
        found[-1].append(f"  {clean(each)}")
    return [Section("", each, "name one tool: gitcoord init --dry-run --tool claude") for each in found]


def _installed(entries: list[str]) -> list[tuple[str, str]]:
    """Files with the same fate in one line: six tools' names must leave room for what a person has to do."""
    found: list[tuple[str, str]] = []
    together: dict[str, list[str]] = {}
    for each in entries:
        path, _, fate = each.partition(" ")
        verb = fate.partition(" ")[0]
        if verb in ("created", "changed"):
            together.setdefault(verb, []).append(path)
        else:
            found.append(("installed", each))
    return found + [(verb, ", ".join(paths)) for verb, paths in together.items()]


def upgrade(result: dict[str, Any], now: float) -> list[Section]:
    shown = [f"  written    {word(each, 200)}" for each in result.get("written") or []]
    shown += [f"  note       {word(each, 300)}" for each in result.get("notes") or []]
    dry = "; dry run, nothing was written" if result.get("dry_run") else ""
    return [Section("", [f"gitcoord {result.get('version')}{dry}"]), Section("", shown), *_diffs(result.get("diff") or [])]


def report(result: dict[str, Any], now: float) -> list[Section]:
    """Lists of plain words under their names: uninstall, hooks, rebuild-index."""
    shown = []
    for name, value in result.items():
        if name in ("as_of", "schema") or value in (None, [], "") or (name, value) == ("dry_run", False):
            continue
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if isinstance(value, list):
            label = "would be removed" if name == "removed" and result.get("dry_run") else name
            shown += [f"{label}: {word(each if not isinstance(each, dict) else pairs(each), 300)}" for each in value]
        else:
            shown.append(f"{name}: {word(pairs(value) if isinstance(value, dict) else value, 300)}")
    return [Section("", shown)]


def export(result: dict[str, Any], now: float) -> list[Section]:
    """Paths and sizes, nothing of what is in them."""
    if not isinstance(result.get("files"), list):
        return report(result, now)
    return [Section("", lines.written(result["files"]), "add --json")]


def doctor(result: dict[str, Any], now: float) -> list[Section]:
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


def adopted(result: dict[str, Any], now: float) -> list[Section]:
    """``doctor --adopt``: what goes and what comes, where what goes is kept, and the way back."""
    found, kept = word(str(result.get("found"))[:12], 12), word(result.get("kept") or "nowhere: its commits are not here", 80)
    back = [f"To restore it: {word(result['restore'], 300)}"] if result.get("restore") else []
    if result.get("outcome") == "already-adopted":
        return [Section("", [f"adopted already: {found}; what was lost is kept at {kept}"]), Section("", back)]
    done = result.get("outcome") == "adopted"
    seen = word(str(result.get("seen"))[:12], 12)
    head = [f"{word(result.get('branch'), 120)} was rewritten: {found} does not go on from {seen}, which was seen here"]
    lost, gained = result.get("lost_total"), result.get("gained_total")
    if lost is not None:
        head.append(f"{'lost' if done else 'would be lost'}: {counted(lost, 'commit')}; new there: {counted(gained, 'commit')}")
    records = [
        f"  {plural}: {', '.join(f'{n} {fate}' for fate, n in fates.items() if n)}"
        for plural, fates in (result.get("records") or {}).items()
    ]
    named = [f"  {word(each['commit'][:12])}  {quote(each.get('subject'), 120)}" for each in result.get("lost") or []]
    ask = "Nothing was changed. To adopt: gitcoord doctor --adopt --yes"
    tail = f"adopted; what was lost is kept at {kept}" if done else ask
    return [
        Section("", head), Section("", [tail]), Section("", back), Section("", records),
        Section("", named, "gitcoord doctor --adopt --json", lost),
    ]  # fmt: skip


def config(result: dict[str, Any], now: float) -> list[Section]:
    shown = [
        f"{word(each.get('name'), 60)} = {word(each.get('value'), 120)}"
        + (f"   ({word(each['origin'], 40)})" if each.get("origin") else "")
        for each in result.get("settings") or []
    ]
    warned = [f"warning: {word(each, 200)}" for each in result.get("warnings") or []]
    return [Section("", warned), Section("", shown, "gitcoord config list --budget 1500")]


def budget_report(result: dict[str, Any], now: float) -> list[Section]:
    total = result.get("total") or {}
    share, work = result.get("share"), result.get("work")
    against = "all tokens of the session" if result.get("basis") == "session" else "the diff of this branch"
    spent = f"{counted(total.get('tokens'), 'token')} in {counted(total.get('calls'), 'call')}"
    first = [f"coordination: about {spent} since {result.get('since')}"]
    if share is not None:
        first.append(f"that is {share:.1%} of {work} tokens, {against}")
    else:
        first.append("nothing to compare with; say what the session took: gitcoord budget work TOKENS")
    if result.get("note"):
        first.append(word(result["note"], 200))
    elif result.get("basis") == "diff" and share is not None:
        first.append("a diff is a small part of a session; its real share: gitcoord budget work TOKENS")
    sections = [Section("", first)]
    for plural, one in (("commands", "command"), ("agents", "agent"), ("days", "day")):
        shown = [
            f"  {word(each[one], 64)}  {counted(each['calls'], 'call')}  {each['given']} in  {each['told']} out"
            for each in result.get(plural) or []
        ]
        sections.append(Section(f"By {one}:", shown, "gitcoord budget report --json"))
    return sections


def loop(result: dict[str, Any], now: float) -> list[Section]:
    again = f": look again in {show_duration(result['next_in'])}" if result.get("next_in") else ""
    new = f"; {result['new']} new: gitcoord read" if result.get("new") else ""
    told = [f"{word(result.get('cadence'), 20)}{again} ({word(result.get('why'), 120)}){new}"]
    told += [f"handed over: {lines.handoff(each, now)}" for each in result.get("handoffs") or []]
    if result.get("note"):
        told.append(word(result["note"], 120))
    return [Section("", told), trouble(result)]


def invite(result: dict[str, Any], now: float) -> list[Section]:
    return [Section("", clean(str(result.get("text") or "")).splitlines())]


def setting(result: dict[str, Any], now: float) -> list[Section]:
    """``set claims.mode = warn for the team  (revision 20)``."""
    known = (result.get("settings") or [{}])[0]
    name, value = result.get("name") or known.get("name"), result.get("value", known.get("value"))
    said = f" = {word(value, 200)}" if result.get("outcome") != "unset" else ""
    where = "the team" if result.get("scope") == "team" else "this machine"
    number = f"  (revision {result['revision']})" if result.get("revision") else ""
    done = f"{word(result.get('outcome'), 20)} {word(name, 80)}{said} for {where}{number}"
    return [Section("", provisional(result)), Section("", [done])]
