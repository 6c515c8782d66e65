"""``update``."""

from __future__ import annotations

from gitcoord.cli.command import Answer, Argument, Call, Command, Option


def _update(call: Call) -> Answer:
    from gitcoord.actions import updates

    done, open_items = call.texts("done"), call.texts("open_items")
    return Answer("update", updates.update(call.workspace, call.prose(), done=done, open_items=open_items))


COMMANDS = {
    "update": Command(
        "update",
        _update,
        "Post a check-in: one line on where you are.",
        (
            'gitcoord update "login form works, tests next"',
            'gitcoord update "parser done" --done TASK-4 --open "fuzzing"',
        ),
        arguments=(Argument("text", "the line", "+"),),
        options=(
            Option("--done", "Something finished.", many=True, metavar="TEXT"),
            Option("--open", "Something still open.", name="open_items", many=True, metavar="TEXT"),
        ),
    ),
}
