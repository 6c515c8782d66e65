"""``log digest ev types``."""

from __future__ import annotations

from gitcoord.cli.command import INTEGER, Answer, Call, Command, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Of a history, what a person wants first is its end.
_LAST = 15


def _log(call: Call) -> Answer:
    from gitcoord.actions import log

    ws = call.workspace
    wanted: dict[str, Any] = {name: call.get(name) for name in ("since", "until", "limit", "kind")}
    wanted["agent"] = call.get("by")
    if call.get("output"):
        from gitcoord.cli.streams import to_file

        return Answer("export", to_file(call, log.log(ws, **wanted)["log"]))
    if call.as_json:
        from gitcoord.cli.streams import json_lines

        budget = call.options.get("budget")
        return Answer(lines=json_lines("log", log.log(ws, **wanted)["log"], lambda last: _next(last, budget), budget))
    if not wanted["since"] and wanted["limit"] is None:
        wanted["since"] = str(max(0, ws.reader().revision - _LAST))
    return Answer("log", log.log(ws, **wanted))


def _next(last: dict[str, Any], budget: int | None) -> str:
    return f"gitcoord log --json --since {last['revision']} --budget {budget}"


def _digest(call: Call) -> Answer:
    from gitcoord.actions import log

    return Answer("digest", log.digest(call.workspace))


def _types(call: Call) -> Answer:
    from gitcoord.actions import log

    found = log.event_types()
    if call.as_json:
        return Answer("ev-types", found)
    width = max(len(each["type"]) for each in found["types"])
    return Answer(lines=(f"{each['type']:<{width}}  {each['meaning']}\n" for each in found["types"]))


COMMANDS = {
    "log": Command(
        "log",
        _log,
        "What landed: the newest first, with --json the oldest first.",
        (
            "gitcoord log",
            "gitcoord log --since 2h",
            "gitcoord log --json --since 120",
            "gitcoord log --output log.jsonl",
        ),
        options=(
            Option("--since", "After this revision, instant, or so long ago.", metavar="REV|TIME|AGE"),
            Option("--until", "Up to this revision or instant.", metavar="REV|TIME"),
            Option("--limit -n", "At most so many.", type=INTEGER, name="limit", metavar="N"),
            Option("--by", "Only what this agent did.", metavar="AGENT"),
            Option("--kind", "Only this kind of intent, such as claim or claim.acquire.", metavar="KIND"),
            Option("--output -o", "Write all of it to a file, one JSON object a line.", name="output", metavar="FILE"),
        ),
        more="With --json one object a line, all of them; with --budget too the last line says where to go on.",
    ),
    "digest": Command("digest", _digest, "A hash of the whole state: equal tips, equal digests.", ("gitcoord digest",)),
    "ev types": Command("ev types", _types, "Every type of event, and what it means.", ("gitcoord ev types",)),
}
