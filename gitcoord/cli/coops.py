"""``start discover join leave invite close``."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, Answer, Argument, Call, Command, Option
from gitcoord.cli.handoffs import CARRY, STATED, answer, stated


def _start(call: Call) -> Answer:
    from gitcoord.actions import coops

    title, goal, slug = call.prose("title"), call.get("goal") or "", call.get("slug") or ""
    return Answer("start", coops.start(call.workspace, title, goal=goal, slug=slug))


def _discover(call: Call) -> Answer:
    from gitcoord.actions import coops

    return Answer("discover", coops.discover(call.workspace, all_=call.flag("all")))


def _join(call: Call) -> Answer:
    from gitcoord.actions import coops

    return Answer("join", coops.join(call.workspace, call.get("coop")))


def _leave(call: Call) -> Answer:
    from gitcoord.actions import leaving

    wait, carry = not call.flag("no_wait"), call.flag("carry")
    return answer("leave", leaving.leave(call.workspace, call.prose("reason"), wait=wait, carry=carry, **stated(call)))


def _invite(call: Call) -> Answer:
    from gitcoord.actions import coops

    return Answer("invite", coops.invite(call.workspace, call.get("coop")))


def _close(call: Call) -> Answer:
    from gitcoord.actions import coops

    return Answer("close", coops.close(call.workspace, call.get("coop"), call.get("reason") or ""))


_COOP = Argument("coop", "number or name from gitcoord discover", "?")

COMMANDS = {
    "start": Command(
        "start",
        _start,
        "Open a co-op and join it.",
        ('gitcoord start "settings flow of the HMI"', "gitcoord start --as river"),
        arguments=(Argument("title", "what it is about; else the branch or folder names it", "*"),),
        options=(
            Option("--goal", "What is to be true at the end.", metavar="TEXT"),
            Option("--slug", "Its short name, when the title should not give it.", metavar="NAME"),
        ),
    ),
    "discover": Command(
        "discover",
        _discover,
        "Which co-ops there are.",
        ("gitcoord discover",),
        options=(Option("--all", "Closed and expired ones too.", type=FLAG),),
    ),
    "join": Command(
        "join",
        _join,
        "Join the co-op that is open, or the one you name.",
        ("gitcoord join", "gitcoord join hmi-settings-flow --as sky"),
        arguments=(_COOP,),
    ),
    "leave": Command(
        "leave",
        _leave,
        "Release your claims and hand over. Needs no argument.",
        ("gitcoord leave", 'gitcoord leave "out of context" --next "fix the refresh test"', "gitcoord leave --no-wait"),
        arguments=(Argument("reason", "why", "*"),),
        options=(
            *STATED,
            CARRY,
            Option("--no-wait", "Return at once; it lands in the background. For session-end hooks.", type=FLAG),
        ),
    ),
    "invite": Command(
        "invite", _invite, "What to paste into another agent's window.", ("gitcoord invite",), arguments=(_COOP,)
    ),
    "close": Command(
        "close",
        _close,
        "Close a co-op for everybody.",
        ("gitcoord close", "gitcoord close hmi-settings-flow"),
        arguments=(_COOP,),
        options=(Option("--reason", "Why.", metavar="TEXT"),),
    ),
}
