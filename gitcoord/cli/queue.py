"""``queue list`` and ``queue cancel``. Standing in it is ``claim --wait`` and ``request-release --wait``."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, Answer, Argument, Call, Command, Option


def _list(call: Call) -> Answer:
    from gitcoord.actions import queue

    return Answer("queue", queue.queue(call.workspace, call.flag("mine"), call.get("path"), call.flag("all")))


def _cancel(call: Call) -> Answer:
    from gitcoord.actions import queue

    found = queue.cancel(call.workspace, call.get("entry"))
    return Answer("queue-cancel", found, exit=1 if found.get("outcome") == "granted" else None)


COMMANDS = {
    "queue list": Command(
        "queue list",
        _list,
        "Who waits for what, in the order in which they will be served.",
        ("gitcoord queue", "gitcoord queue list --mine", "gitcoord queue list --path src/auth/"),
        options=(
            Option("--mine", "Only my places: whom do I wait for?", type=FLAG),
            Option("--path", "Only those that wait for what overlaps this target.", metavar="TARGET"),
            Option("--all", "Those that are over too.", type=FLAG),
        ),
    ),
    "queue cancel": Command(
        "queue cancel",
        _cancel,
        "Stop waiting. Only who waits can; exit 1 when it was granted before.",
        ("gitcoord queue cancel QUE-3",),
        arguments=(Argument("entry", "QUE-n"),),
    ),
}
