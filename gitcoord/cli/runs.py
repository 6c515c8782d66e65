"""``run record list``."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, INTEGER, Answer, Argument, Call, Command, Option


def _record(call: Call) -> Answer:
    from gitcoord.actions import runs

    found = runs.record(
        call.workspace, call.prose("command"), exit_code=call.get("exit_code"), summary=call.get("summary") or "",
        task=call.get("task"),
    )  # fmt: skip
    return Answer("run", found)


def _list(call: Call) -> Answer:
    from gitcoord.actions import runs

    return Answer("runs", runs.runs(call.workspace, mine=call.flag("mine"), limit=call.get("limit")))


COMMANDS = {
    "run record": Command(
        "run record",
        _record,
        "Write down what was run and how it ended; handoffs take their tests from here.",
        ('gitcoord run record "pytest -q" --exit-code 0', 'gitcoord run record "make lint" --exit-code 2 --task TASK-4'),
        arguments=(Argument("command", "what was run", "+"),),
        options=(
            Option("--exit-code", "How it ended.", type=INTEGER, metavar="N"),
            Option("--summary", "In words.", metavar="TEXT"),
            Option("--task", "The task that it belongs to.", metavar="TASK-n"),
        ),
    ),
    "run list": Command(
        "run list",
        _list,
        "Recorded runs, newest first.",
        ("gitcoord run list --mine",),
        options=(
            Option("--mine", "Only mine.", type=FLAG),
            Option("--limit -n", "At most so many.", type=INTEGER, name="limit", metavar="N"),
        ),
    ),
}
