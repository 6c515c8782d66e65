"""``loop``."""

from __future__ import annotations

from gitcoord.cli.command import DURATION, FLAG, INTEGER, Answer, Call, Command, Option
from gitcoord.errors import InvalidArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.workspace import Workspace


def _loop(call: Call) -> Answer:
    from gitcoord.actions import loop

    period, times = call.get("period"), call.get("times")
    adaptive = call.flag("adaptive") or period is None
    if call.flag("once"):
        _confirmed(call, call.workspace)
        return Answer("loop", loop.once(call.workspace, period=period, adaptive=adaptive))
    if times is not None and times < 1:
        raise InvalidArguments("A loop looks at least once.", hint="gitcoord loop --once")
    return Answer(lines=_lines(call, period, adaptive, times), live=True)


def _confirmed(call: Call, ws: Workspace, first: bool = True) -> None:
    """Where the session works, when the loop is bound to it."""
    if call.flag("while_session") or call.flag("confirm"):
        from gitcoord.actions.confirmation import confirmed

        confirmed(ws, anew=first and call.flag("confirm"))


def _lines(call: Call, period: int | None, adaptive: bool, times: int | None) -> Iterator[str]:
    from gitcoord import clock
    from gitcoord.actions import loop
    from gitcoord.views import render

    _confirmed(call, call.workspace)

    def check(ws: Workspace) -> None:
        _confirmed(call, ws, first=False)

    for found in loop.ticks(call.reopened, period=period, adaptive=adaptive, times=times, check=check):
        yield render("loop", found, as_json=call.as_json, now=clock.now(), budget=call.options.get("budget"))


COMMANDS = {
    "loop": Command(
        "loop",
        _loop,
        "Look now and then, and say how soon to look again.",
        ("gitcoord loop --once --json", "gitcoord loop --period 30m --adaptive"),
        options=(
            Option("--once", "Look once; whoever runs the agent does the waiting.", type=FLAG),
            Option("--period", "Look this often, whatever happens.", type=DURATION, metavar="DURATION"),
            Option("--adaptive", "More often when there is something new, less often when there is not.", type=FLAG),
            Option("--while-session", "Only where this session was confirmed to work; exit 1 on another branch.", type=FLAG),
            Option("--confirm", "It works here: this worktree, this branch. Said once a session.", type=FLAG),
            Option("--times", "Stop after so many looks.", type=INTEGER, metavar="N"),
        ),
        more="Writes nothing, except one handoff when nothing has happened for six hours and there is work to hand over.",
        slow=True,
    ),
}
