"""``budget report work``."""

from __future__ import annotations

from gitcoord.cli.command import INTEGER, Answer, Argument, Call, Command, Option
from gitcoord.errors import InvalidArguments


def _report(call: Call) -> Answer:
    from gitcoord.actions import overhead

    days = call.get("days")
    found = overhead.report(call.workspace, days=7 if days is None else days, agent=call.get("of"))
    return Answer("budget-report", found)


def _work(call: Call) -> Answer:
    from gitcoord.actions import overhead

    word = call.get("tokens").replace("_", "").replace(",", "")
    if not (word.isascii() and word.isdigit()):
        raise InvalidArguments(f"{word[:40]!r} is no number of tokens.", hint="gitcoord budget work 240000")
    return Answer("budget-report", overhead.record(call.workspace, int(word)))


COMMANDS = {
    "budget report": Command(
        "budget report",
        _report,
        "What coordination has cost, in estimated tokens, and how much of the whole that is.",
        ("gitcoord budget report", "gitcoord budget report --days 1 --json"),
        options=(
            Option("--days", "So many days back; 7 unless told.", type=INTEGER, metavar="N"),
            Option("--of", "Only of this agent.", metavar="AGENT"),
        ),
        more="Counted on this machine. Over 5 % of a session whose tokens are known, default budgets tighten.",
    ),
    "budget work": Command(
        "budget work",
        _work,
        "Record how many tokens my session has taken in all today, as its harness counts them.",
        ("gitcoord budget work 240000",),
        arguments=(Argument("tokens", "a number"),),
    ),
}
