"""``start discover join leave invite close reopen``."""

from __future__ import annotations

from gitcoord.cli.command import DURATION, FLAG, Answer, Argument, Call, Command, Option
from gitcoord.cli.handoffs import CARRY, STATED, answer, stated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _start(call: Call) -> Answer:
    from gitcoord.actions import coops

    title, goal, slug = call.prose("title"), call.get("goal") or "", call.get("slug") or ""
    life = call.get("max_lifetime")
    return Answer("start", coops.start(call.workspace, title, goal=goal, slug=slug, max_lifetime=life))


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

    result = coops.close(call.workspace, call.get("coop"), call.get("reason") or "")
    if result.get("state") == "confirmed" and not call.flag("no_export"):
        result = {**result, **_exported(call, result)}
    return Answer("close", result)


def _exported(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    """The co-op on file, once its end has landed. What cannot be written is said; the end stands."""
    from gitcoord.cli import exports
    from gitcoord.errors import GitcoordError

    id = str((result.get("coops") or [{}])[0].get("id") or "")
    try:
        return {"files": exports.written(call, "md", id)["files"]}
    except (GitcoordError, OSError) as problem:
        said = f"no export was written: {problem}; gitcoord export md --coop {id} --output DIR"
        return {"warnings": [*(result.get("warnings") or []), said]}


def _reopen(call: Call) -> Answer:
    from gitcoord.actions import coops

    return Answer("reopen", coops.reopen(call.workspace, call.get("coop"), call.get("reason") or ""))


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
            Option("--max-lifetime", "Its longest life; else coops.max_lifetime.", type=DURATION, metavar="DURATION"),
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
        options=(
            Option("--reason", "Why.", metavar="TEXT"),
            Option("--no-export", "Write no summary and transcript (gitcoord export md).", type=FLAG),
        ),
    ),
    "reopen": Command(
        "reopen",
        _reopen,
        "Open a co-op again that was closed or has expired; then join it.",
        ("gitcoord reopen hmi-settings-flow",),
        arguments=(Argument("coop", "its name or id"),),
        options=(Option("--reason", "Why.", metavar="TEXT"),),
    ),
}
