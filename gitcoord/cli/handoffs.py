"""``handoff handoffs takeover``."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, INTEGER, Answer, Argument, Call, Command, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: What only the agent knows; branch, commits and files come from git.
STATED = (
    Option("--stopped", "Where I stopped.", metavar="TEXT"),
    Option("--changed", "What I changed.", metavar="TEXT"),
    Option("--file", "A file touched, beside those that git knows.", name="files", metavar="PATH", many=True),
    Option("--test", "A test run and its result.", name="tests", metavar="TEXT", many=True),
    Option("--risks", "Known risks.", metavar="TEXT"),
    Option("--next", "The best next action.", metavar="TEXT"),
    Option("--do-not-redo", "What need not be tried again.", metavar="TEXT"),
)
CARRY = Option("--carry", "Take the uncommitted work along, on a branch of yours.", type=FLAG)


def stated(call: Call) -> dict[str, Any]:
    return {option.name: call.get(option.name) for option in STATED}


def answer(name: str, result: dict[str, Any]) -> Answer:
    """Work that is on this machine only is provisional, whatever the handoff itself is."""
    behind = (result.get("carry") or {}).get("state") if isinstance(result.get("carry"), dict) else None
    return Answer(name, result, exit=6 if behind == "provisional" else None)


def _handoff(call: Call) -> Answer:
    from gitcoord.actions import handoffs

    title, carry = call.prose("title"), call.flag("carry")
    return answer("handoff", handoffs.write(call.workspace, title, task=call.get("task"), carry=carry, **stated(call)))


def _takeover(call: Call) -> Answer:
    import os

    from gitcoord.actions import takeover

    wanted = call.get("worktree") or ""
    directory = os.path.join(call.directory, wanted) if wanted else ""
    return Answer("takeover", takeover.takeover(call.workspace, call.get("handoff"), directory))


def _handoffs(call: Call) -> Answer:
    from gitcoord.actions import handoffs

    return Answer("handoffs", handoffs.handoffs(call.workspace, all_=call.flag("all"), limit=call.get("limit")))


COMMANDS = {
    "handoff": Command(
        "handoff",
        _handoff,
        "Write a handoff and stay.",
        ('gitcoord handoff "parser half done" --next "fix test_parse.py" --test "pytest: 41 passed, 1 failed"',),
        arguments=(Argument("title", "in one line", "*"),),
        options=(*STATED, CARRY, Option("--task", "The task that it is about.", metavar="TASK-n")),
        more="Eight fields: where I stopped, what changed, files, tests, risks, open blockers, next action, do not redo.",
    ),
    "takeover": Command(
        "takeover",
        _takeover,
        "Take a handoff over, with the work that it carries in a new worktree.",
        ("gitcoord takeover HND-7", "gitcoord takeover HND-7 --worktree ../app-login"),
        arguments=(Argument("handoff", "HND-7"),),
        options=(Option("--worktree", "Where the work goes; beside the repository by itself.", metavar="DIR"),),
        more="Only one agent can take a handoff; exit 3 names who has it.",
    ),
    "handoffs": Command(
        "handoffs",
        _handoffs,
        "Handoffs that nobody has taken.",
        ("gitcoord handoffs", "gitcoord show HND-7"),
        options=(
            Option("--all", "Taken ones too.", type=FLAG),
            Option("--limit -n", "At most so many.", type=INTEGER, name="limit", metavar="N"),
        ),
    ),
}
