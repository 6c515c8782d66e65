"""``task add claim done update list show``."""

from __future__ import annotations

from gitcoord.cli.command import DURATION, FLAG, INTEGER, Answer, Argument, Call, Command, Option
from gitcoord.errors import InvalidArguments

_STATES = ("open", "in_progress", "blocked", "done", "closed")
_TASK = Argument("task", "TASK-4")


def _add(call: Call) -> Answer:
    from gitcoord.actions import tasks

    found = tasks.add(
        call.workspace,
        call.prose("title"),
        body=call.get("body") or "",
        priority=call.get("priority"),
        paths=call.texts("paths"),
        depends_on=call.texts("depends_on"),
        specialty=call.get("specialty") or "",
    )
    return Answer("task", found)


def _claim(call: Call) -> Answer:
    from gitcoord.actions import tasks

    paths = call.texts("paths") + call.texts("more_paths")
    return Answer("task", tasks.claim(call.workspace, call.get("task"), paths=paths, ttl=call.get("ttl")))


def _done(call: Call) -> Answer:
    from gitcoord.actions import tasks

    return Answer("task", tasks.done(call.workspace, call.get("task"), call.prose("summary")))


def _update(call: Call) -> Answer:
    from gitcoord.actions import tasks

    found = tasks.update(
        call.workspace,
        call.get("task"),
        state=call.get("state"),
        title=call.get("title"),
        priority=call.get("priority"),
        specialty=call.get("specialty"),
        depends_on=call.texts("depends_on"),
    )
    return Answer("task", found)


def _list(call: Call) -> Answer:
    from gitcoord.actions import tasks

    state, mine, all_ = call.get("state"), call.flag("mine"), call.flag("all")
    if call.get("for"):
        from gitcoord.actions import profiles

        if state or mine or all_:
            raise InvalidArguments("--for ranks open tasks; it goes with --limit only.", hint="gitcoord task list --for me")
        return Answer("tasks", profiles.tasks_for(call.workspace, call.get("for"), limit=call.get("limit")))
    return Answer("tasks", tasks.tasks(call.workspace, state=state, mine=mine, all_=all_, limit=call.get("limit")))


def _show(call: Call) -> Answer:
    from gitcoord.actions import store
    from gitcoord.actions.references import one

    return Answer("show", store.show(call.workspace, one(call.workspace, call.get("task"), "task").id))


_PRIORITY = Option("--priority -p", "0 is most urgent; 2 unless told.", type=INTEGER, name="priority", metavar="N")
_DEPENDS = Option("--depends-on", "A task that comes first.", many=True, metavar="TASK-n")
_SPECIALTY = Option("--specialty", "What it needs, such as backend.", metavar="WORD")

COMMANDS = {
    "task add": Command(
        "task add",
        _add,
        "Add a task.",
        ('gitcoord task add "refresh tokens before they expire" --path src/auth/ --priority 1',),
        arguments=(Argument("title", "in one line", "+"),),
        options=(
            Option("--body", "More than one line.", metavar="TEXT"),
            _PRIORITY,
            Option("--path", "Paths that belong to it.", name="paths", many=True, metavar="PATH"),
            _DEPENDS,
            _SPECIALTY,
        ),
    ),
    "task claim": Command(
        "task claim",
        _claim,
        "Take a task, with the paths that it needs: all of it or none.",
        ("gitcoord task claim TASK-4", "gitcoord task claim TASK-4 --paths src/auth/ --ttl 2h"),
        arguments=(_TASK, Argument("more_paths", "further paths", "*")),
        options=(
            Option("--paths --path", "Claim this too.", name="paths", many=True, metavar="TARGET"),
            Option("--ttl", "How long.", type=DURATION, metavar="DURATION"),
        ),
    ),
    "task done": Command(
        "task done",
        _done,
        "Finish a task and release what it claimed.",
        ('gitcoord task done TASK-4 "tests pass"',),
        arguments=(_TASK, Argument("summary", "what came of it", "*")),
    ),
    "task update": Command(
        "task update",
        _update,
        "Change a task.",
        ("gitcoord task update TASK-4 --state blocked",),
        arguments=(_TASK,),
        options=(
            Option("--state --status", "Its new state.", name="state", choices=_STATES),
            _PRIORITY,
            _DEPENDS,
            _SPECIALTY,
            Option("--title", "Its new title.", metavar="TEXT"),
        ),
    ),
    "task list": Command(
        "task list",
        _list,
        "Unfinished tasks.",
        ("gitcoord task list", "gitcoord task list --mine --json", "gitcoord task list --for me"),
        options=(
            Option("--state --status", "Only this state.", name="state", choices=_STATES),
            Option("--mine", "Only mine.", type=FLAG),
            Option("--for", "Open tasks ranked for an agent (me, or its name), each with the reason.", metavar="AGENT"),
            Option("--all", "Finished ones too.", type=FLAG),
            Option("--limit -n", "At most so many.", type=INTEGER, name="limit", metavar="N"),
        ),
    ),
    "task show": Command("task show", _show, "One task, whole.", ("gitcoord task show TASK-4",), arguments=(_TASK,)),
}
