"""Which module declares which command. The only list of all commands; loads a module when one is asked for."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.cli.command import Command

#: verb -> module of ``gitcoord.cli``. In the order in which ``gitcoord --help`` lists them.
VERBS = {
    "init": "setup", "bootstrap": "setup", "upgrade": "setup", "uninstall": "setup",
    "start": "coops", "discover": "coops", "join": "coops", "leave": "coops", "invite": "coops", "close": "coops",
    "status": "status", "read": "status", "update": "updates", "loop": "loop",
    "reopen": "coops",
    "claim": "claims", "check": "claims", "release": "claims", "renew": "claims", "claims": "claims",
    "push": "push", "radar": "radar",
    "request-release": "requests", "respond": "requests", "requests": "requests",
    "show": "store", "why": "why",
    "ask": "blockers", "decide": "blockers", "blockers": "blockers", "decisions": "blockers",
    "handoff": "handoffs", "handoffs": "handoffs", "takeover": "handoffs", "next-handoff": "inbox", "claim-handoff": "inbox",
    "ack-handoff": "inbox", "handoff-bundle": "exports", "reap": "reaping", "profile": "profiles",
    "export": "exports",
    "merge-driver": "propose",
    "sync": "sync", "harvest": "sync", "log": "log", "digest": "log", "rebuild-index": "doctor",
    "doctor": "doctor", "validate": "doctor",
    "mcp": "mcp",
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
    "blocker": Group("blockers", "list", "Open questions.", "list"),
    "decision": Group("blockers", "list", "What was decided.", "list"),
    "queue": Group("queue", "list cancel", "Who waits for what.", "list"),
    "thread": Group("threads", "start reply read close list", "Short exchanges that end by themselves.", "list"),
    "run": Group("runs", "record list", "What was run, and how it ended.", "list"),
    "msg": Group("messages", "send recv ack reply list show close", "Messages between agents and people.", "recv"),
    "propose": Group("propose", "decision entity policy list", "Changes that a person reviews as a pull request.", "list"),
    "store": Group("store", "get put query", "Entities as they are stored."),
    "owners": Group("owners", "list why add remove team set import infer", "Who owns which paths.", "list"),
    "metrics": Group("metrics", "hotspots auto-resolutions blockers agents overhead", "How the team works together."),
    "hotspots": Group("metrics", "list promote demote pin", "Shared files, and paths that should be.", "list"),
    "attic": Group("attic", "list show restore", "Values that lost, kept and restorable.", "list"),
    "config": Group("config", "list get set unset", "Settings, and where each comes from.", "list"),
    "hooks": Group("hooks", "install uninstall status", "The pre-push check of this clone.", "status"),
    "budget": Group("budget", "report work", "What coordination costs.", "report"),
    "ci": Group("ci", "check trailer template pre-receive", "Claims held against a branch, in a job or on a server."),
    "land": Group("radar", "acquire release order", "The slot in which branches land, one at a time.", "order"),
    "ev": Group("log", "types", "Events of the journal.", "types"),
}

#: Other words for the same command: lists stand under the plural noun.
ALIASES = {"tasks": "task list", "threads": "thread list", "runs": "run list", "events": "log"}


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
