"""``why``."""

from __future__ import annotations

from gitcoord.cli.command import INTEGER, Answer, Argument, Call, Command, Option


def _why(call: Call) -> Answer:
    from gitcoord.actions import why

    return Answer("why", why.why(call.workspace, call.get("path"), call.get("limit")))


COMMANDS = {
    "why": Command(
        "why",
        _why,
        "What happened to a path: who holds it, who held it, who was refused, who asked.",
        ("gitcoord why src/auth/login.py", "gitcoord why src/auth/ --at 2026-11-21T09:30:00Z"),
        arguments=(Argument("path", "any target that can be claimed"),),
        options=(Option("--limit -n", "At most so many entries.", type=INTEGER, name="limit", metavar="N"),),
    ),
}
