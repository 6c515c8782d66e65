"""``metrics …`` and ``hotspots …``."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, INTEGER, Answer, Argument, Call, Command, Option

_DAYS = Option("--days", "How many days to look back; 30 unless told.", type=INTEGER, metavar="N")
_PATH = Argument("path", "a file, a folder with its slash, or a pattern")


def _days(call: Call) -> int:
    days = call.get("days")
    return 30 if days is None else int(days)


def _hotspots(call: Call) -> Answer:
    from gitcoord.actions import metrics

    least, limit = (call.get(name) for name in ("min", "limit"))
    most = 20 if limit is None else limit
    return Answer("metrics-hotspots", metrics.hotspots(call.workspace, _days(call), 5 if least is None else least, most))


def _metric(call: Call) -> Answer:
    from gitcoord.actions import metrics

    name = call.command.path.partition(" ")[2].replace("-", "_")
    return Answer("metrics", getattr(metrics, name)(call.workspace, _days(call)))


def _shared(call: Call) -> Answer:
    from gitcoord.actions import metrics

    return Answer("hotspots", metrics.shared(call.workspace, _days(call)))


def _promote(call: Call) -> Answer:
    from gitcoord.actions import metrics

    return Answer("owners-set", metrics.promote(call.workspace, call.get("path"), call.get("action") or "shared_file"))


def _demote(call: Call) -> Answer:
    from gitcoord.actions import metrics

    return Answer("owners-set", metrics.demote(call.workspace, call.get("path")))


def _pin(call: Call) -> Answer:
    from gitcoord.actions import metrics

    return Answer("owners-set", metrics.pin(call.workspace, call.get("path"), off=call.flag("off")))


def _table(name: str, help: str) -> Command:
    path = f"metrics {name}"
    return Command(path, _metric, help, (f"gitcoord {path} --days 30",), options=(_DAYS,))


COMMANDS = {
    "metrics hotspots": Command(
        "metrics hotspots",
        _hotspots,
        "Paths on which agents meet, the hottest first, and what to do about them.",
        ("gitcoord metrics hotspots", "gitcoord metrics hotspots --days 7 --min 1"),
        options=(
            _DAYS,
            Option("--min", "Only paths with so many contacts; 5 unless told.", type=INTEGER, metavar="N"),
            Option("--limit -n", "At most so many; 20 unless told.", type=INTEGER, name="limit", metavar="N"),
        ),
    ),
    "metrics auto-resolutions": _table("auto-resolutions", "Overlaps that were settled by themselves, day by day."),
    "metrics blockers": _table("blockers", "Questions by the time for which they were open."),
    "metrics agents": _table("agents", "Agents by handoffs, claims and what else they did."),
    "metrics overhead": _table("overhead", "What coordinating cost on this machine, by its own meter."),
    "hotspots list": Command(
        "hotspots list",
        _shared,
        "Shared files with their marks, and what is hot and not shared.",
        ("gitcoord hotspots",),
        options=(_DAYS,),
    ),
    "hotspots promote": Command(
        "hotspots promote",
        _promote,
        "Make a file a shared one for the team, or one that is to be split up.",
        ("gitcoord hotspots promote package-lock.json", "gitcoord hotspots promote src/app.py --action split"),
        arguments=(_PATH,),
        options=(Option("--action", "shared_file unless told.", choices=("shared_file", "split")),),
    ),
    "hotspots demote": Command(
        "hotspots demote",
        _demote,
        "Shared, or to be split up, no more.",
        ("gitcoord hotspots demote package-lock.json",),
        arguments=(_PATH,),
    ),
    "hotspots pin": Command(
        "hotspots pin",
        _pin,
        "Shared for good: no quiet time demotes it.",
        ("gitcoord hotspots pin package-lock.json", "gitcoord hotspots pin package-lock.json --off"),
        arguments=(_PATH,),
        options=(Option("--off", "It may age again.", type=FLAG),),
    ),
}
