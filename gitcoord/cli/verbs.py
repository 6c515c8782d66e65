"""Which module declares which command. The only list of all commands; loads a module when one is asked for."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.cli.command import Command

#: verb -> module of ``gitcoord.cli``. In the order in which ``gitcoord --help`` lists them.
VERBS = {
    "init": "setup", "uninstall": "setup",
    "start": "coops", "discover": "coops", "join": "coops", "leave": "coops", "invite": "coops", "close": "coops",
    "status": "status", "read": "status", "update": "updates",
    "claim": "claims", "check": "claims", "release": "claims", "renew": "claims", "claims": "claims",
    "show": "store",
    "ask": "blockers", "decide": "blockers", "blockers": "blockers", "decisions": "blockers",
    "handoff": "handoffs", "handoffs": "handoffs",
    "profile": "profiles",
    "sync": "sync", "log": "log", "digest": "log", "rebuild-index": "doctor",
    "doctor": "doctor", "validate": "doctor",
    "demo": "setup", "completion": "setup", "version": "setup",
}  # fmt: skip

#: ``gitcoord`` without any verb.
BARE = ""


class Group:
    """``gitcoord task …``. ``default`` is what the bare noun means, if anything."""

    __slots__ = ("commands", "default", "help", "module")

    def __init__(self, module: str, commands: str, help: str, default: str = "") -> None:
        self.module, self.commands, self.help, self.default = module, tuple(commands.split()), help, default


GROUPS = {
    "task": Group("tasks", "add claim done update list show", "Work items.", "list"),
    "msg": Group("messages", "send recv ack reply list show close", "Messages between agents and people.", "recv"),
    "store": Group("store", "get put query", "Entities as they are stored."),
    "attic": Group("attic", "list show restore", "Values that lost, kept and restorable.", "list"),
    "config": Group("config", "list get set unset", "Settings, and where each comes from.", "list"),
    "hooks": Group("hooks", "install uninstall status", "The pre-push check of this clone.", "status"),
    "ev": Group("log", "types", "Events of the journal.", "types"),
}

#: Other words for the same command: lists stand under the plural noun.
ALIASES = {"tasks": "task list", "events": "log"}


def all_words() -> list[str]:
    return [*VERBS, *GROUPS]


def commands_in(module: str) -> dict[str, Command]:
    found: dict[str, Command] = __import__("gitcoord.cli." + module, fromlist=["COMMANDS"]).COMMANDS
    return found


def command_of(path: str) -> Command | None:
    """The declaration of ``claim`` or ``task add``; None when there is no such command."""
    if path == BARE:
        return commands_in("status")[BARE]
    path = ALIASES.get(path, path)
    verb = path.partition(" ")[0]
    module = VERBS.get(verb) or (GROUPS[verb].module if verb in GROUPS else "")
    return commands_in(module).get(path) if module else None
