"""``status read``, and ``gitcoord`` alone."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, Answer, Call, Command, Option
from gitcoord.errors import NotReady

_THREE_LINES = """\
gitcoord: coordination for coding agents that needs nothing but git.
Begin: gitcoord init, then gitcoord start "what we do"; others: gitcoord join. Then claim, status, read, leave.
Every command: gitcoord --help; one command: gitcoord claim --help
"""


def _status(call: Call) -> Answer:
    from gitcoord.actions import status

    return Answer("status", status.status(call.workspace))


def _read(call: Call) -> Answer:
    from gitcoord.actions import status

    ws = call.workspace
    found = status.read(ws, whole=call.flag("all"))
    return Answer("read", found, after=lambda: status.advance(ws, found))


def _bare(call: Call) -> Answer:
    """``status`` where there is something to tell, else three lines of help."""
    try:
        return _status(call)
    except NotReady:
        if call.as_json:
            raise
        return Answer(text=_THREE_LINES)


COMMANDS = {
    "": Command("", _bare, "What is going on here.", ("gitcoord",), hidden=True),
    "status": Command(
        "status",
        _status,
        "Who works on what, what is claimed, what is open.",
        ("gitcoord status", "gitcoord status --json", "gitcoord status --at 2026-11-21T09:30:00Z"),
    ),
    "read": Command(
        "read",
        _read,
        "What is new since you last read, and what to do next.",
        ("gitcoord read", "gitcoord read --all", "gitcoord read --budget 400"),
        options=(Option("--all", "Also what you have been told and nobody has changed since.", type=FLAG),),
        more="The cursor moves only after the answer was printed.",
    ),
}
