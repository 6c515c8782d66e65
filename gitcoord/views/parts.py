"""What most pages are made of: sections of records, what is wrong here, and how old the answer is."""

from __future__ import annotations

from gitcoord.text import counted, show_duration
from gitcoord.views.budget import Section
from gitcoord.views.lines import BY_PLURAL, EVERYTHING, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


HEADS = {
    "claims": "Claims", "blockers": "Open questions", "decisions": "Decisions", "tasks": "Tasks", "handoffs": "Handoffs",
    "agents": "Agents", "coops": "Co-ops", "events": "New", "questions": "Asked of you", "messages": "Messages",
    "threads": "Threads", "requests": "Requests",
}  # fmt: skip


#: Lists whose lines quote what other agents wrote.
WRITTEN_BY_OTHERS = (
    "questions", "blockers", "decisions", "events", "handoffs", "tasks", "threads", "requests", "messages",
)  # fmt: skip


def section(result: dict[str, Any], plural: str, now: float, head: str | None = None) -> Section:
    records = result.get(plural) or []
    shown = [("  " if head != "" else "") + BY_PLURAL[plural](each, now) for each in records]
    total = (result.get("totals") or {}).get(plural)
    title = HEADS.get(plural, "") if head is None else head
    return Section(f"{title}:" if title else "", shown, EVERYTHING.get(plural, ""), total)


def provisional(result: dict[str, Any]) -> list[str]:
    """Of one's own write: that it is not on the sync branch yet, why, and how it gets there."""
    if result.get("state") != "provisional":
        return []
    why = f" ({word(result['reason'], 160)})" if result.get("reason") else ""
    then = word(result.get("publishes"), 160) or "Land it with: gitcoord sync"
    return [f"PROVISIONAL: saved on this machine, not on the sync branch{why}. {then}"]


def trouble(result: dict[str, Any]) -> Section:
    found = []
    outbox = result.get("outbox") or {}
    if outbox.get("pending"):
        found.append(f"PROVISIONAL: {counted(outbox['pending'], 'write', be=True)} not on the remote: gitcoord sync")
    if (result.get("transport") or {}).get("mode") not in (None, "direct"):
        from gitcoord.views.carried import road

        found = road(result, found)
    if outbox.get("contested"):
        found.append(f"CONTESTED: {counted(outbox['contested'], 'write')} lost on landing: gitcoord sync")
    bad = result.get("quarantined") or []
    if bad:
        names = ", ".join(word(each["path"], 120) for each in bad[:3])
        why = f" ({word(bad[0].get('reason'), 160)})" if len(bad) == 1 else ""
        found.append(
            f"NOT TAKEN from the sync branch: {names}{why}"
            + (f" and {len(bad) - 3} more" if len(bad) > 3 else "")
            + ": gitcoord doctor"
        )
    known = result.get("as_of") or {}
    if known.get("note"):
        found.append(f"NOTE: {word(known['note'], 200)}")
    if result.get("reaped"):
        found.append(word(result["reaped"], 400))
    return Section("", found)


def as_of(result: dict[str, Any]) -> Section:
    known = result.get("as_of") or {}
    if not known:
        return Section("", [])
    age = known.get("age_seconds")
    old = "" if not isinstance(age, (int, float)) or age < 1 else f", {show_duration(age)} old"
    return Section("", [f"(revision {known.get('revision')}{old})"])


def nothing(result: dict[str, Any]) -> str:
    """``none``, and how old that knowledge is: what somebody wrote a moment ago may not be known here yet."""
    age = (result.get("as_of") or {}).get("age_seconds")
    if not isinstance(age, (int, float)) or age < 1:
        return "none"
    return f"none   (as of {show_duration(age)} ago; to ask the remote: --fresh)"


def plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value)


def pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items() if value not in (None, "", []))
