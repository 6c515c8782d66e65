"""How a command is declared, called and answered. Knows no command and imports nothing heavy."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from gitcoord.workspace import Workspace

    Run = Callable[["Call"], "Answer"]

TEXT, FLAG, INTEGER, DURATION, CHOICE = "text", "flag", "integer", "duration", "choice"


class Option:
    """``--ttl 45m``. ``many``: may be given again and gathers a list; a flag takes no value."""

    __slots__ = ("choices", "flags", "help", "many", "metavar", "name", "type")

    def __init__(
        self,
        flags: str,
        help: str,
        *,
        type: str = TEXT,
        name: str = "",
        metavar: str = "",
        choices: tuple[str, ...] = (),
        many: bool = False,
    ) -> None:
        self.flags = tuple(flags.split())
        self.name = name or self.flags[-1].lstrip("-").replace("-", "_")
        self.help, self.metavar, self.choices, self.many = help, metavar, choices, many
        self.type = CHOICE if choices else type


class Argument:
    """A positional. ``count`` is ``1``, ``?`` (none or one), ``*`` or ``+``."""

    __slots__ = ("choices", "count", "help", "name")

    def __init__(self, name: str, help: str, count: str = "1", choices: tuple[str, ...] = ()) -> None:
        self.name, self.help, self.count, self.choices = name, help, count, choices


class Command:
    """``path`` as it is typed (``task add``). ``schema`` names the view that renders its answer."""

    __slots__ = ("arguments", "examples", "help", "hidden", "more", "options", "path", "run", "slow")

    def __init__(
        self,
        path: str,
        run: Run,
        help: str,
        examples: tuple[str, ...],
        *,
        arguments: tuple[Argument, ...] = (),
        options: tuple[Option, ...] = (),
        more: str = "",
        slow: bool = False,
        hidden: bool = False,
    ) -> None:
        self.path, self.run, self.help, self.examples = path, run, help, examples
        self.arguments, self.options, self.more = arguments, options, more
        self.slow, self.hidden = slow, hidden


GLOBAL_OPTIONS = (
    Option("--json", "One JSON object on standard output; errors as one object on standard error.", type=FLAG),
    Option("-C", "Run as if started in DIR.", name="directory", metavar="DIR", many=True),
    Option("--as", "Act as this agent.", name="agent", metavar="AGENT"),
    Option("--offline", "Never touch the network.", type=FLAG),
    Option("--fresh", "Fetch before reading.", type=FLAG),
    Option("--timeout", "Give up after this long, such as 10s.", type=DURATION, metavar="DURATION"),
    Option("--idempotency-key", "The same key again returns the first outcome.", name="key", metavar="KEY"),
    Option("--at", "Read the state as it was at a revision or time.", metavar="REV|TIME"),
    Option("--no-cache", "Read straight from git.", type=FLAG),
    Option("--budget", "Answer within about this many tokens.", type=INTEGER, metavar="N"),
    Option("--debug", "Show the traceback of a failure.", type=FLAG),
)


class Call:
    """One command about to run: its global options, its own parameters, and the workspace, opened when needed."""

    __slots__ = ("_workspace", "command", "environ", "options", "params")

    def __init__(
        self, command: Command, options: dict[str, Any], params: dict[str, Any], environ: Mapping[str, str] | None = None
    ) -> None:
        self.command, self.options, self.params, self.environ = command, options, params, environ
        self._workspace: Workspace | None = None

    @property
    def directory(self) -> str:
        """Several ``-C`` add up, as with git."""
        directories: list[str] = self.options.get("directory") or ["."]
        if len(directories) == 1:
            return directories[0]
        import os

        return os.path.join(*directories)

    @property
    def as_json(self) -> bool:
        return bool(self.options.get("json"))

    @property
    def workspace(self) -> Workspace:
        if self._workspace is None:
            self._workspace = self._open()
        return self._workspace

    @property
    def opened(self) -> Workspace | None:
        return self._workspace

    def close(self) -> None:
        if self._workspace is not None:
            self._workspace.close()

    def reopened(self) -> Workspace:
        """The workspace as it is now, for commands that go on and on."""
        self.close()
        self._workspace = self._open()
        return self._workspace

    def _open(self) -> Workspace:
        from gitcoord.workspace import Workspace

        options = self.options
        return Workspace.open(
            self.directory,
            agent=options.get("agent"),
            offline=bool(options.get("offline")),
            fresh=bool(options.get("fresh")),
            timeout=options.get("timeout"),
            key=options.get("key"),
            at=options.get("at"),
            use_cache=not options.get("no_cache"),
            environ=self.environ,
        )

    def get(self, name: str) -> Any:
        return self.params.get(name)

    def texts(self, name: str) -> list[str]:
        return list(self.params.get(name) or ())

    def flag(self, name: str) -> bool:
        return bool(self.params.get(name))

    def prose(self, name: str = "text") -> str:
        """Several words are one text: ``gitcoord ask which port`` needs no quotes."""
        value = self.params.get(name)
        return " ".join(value) if isinstance(value, list) else str(value or "")


class Answer:
    """What to print, the exit, and what to do once it has been printed.

    Exactly one of ``result`` (rendered by the view ``name``), ``text`` and ``lines`` is printed. ``live``: each line is
    wanted at once, and a reader who goes away has had enough.
    """

    __slots__ = ("after", "exit", "lines", "live", "name", "result", "text")

    def __init__(
        self,
        name: str = "",
        result: dict[str, Any] | None = None,
        *,
        exit: int | None = None,
        text: str | None = None,
        lines: Iterable[str] | None = None,
        after: Callable[[], object] | None = None,
        live: bool = False,
    ) -> None:
        self.name, self.result, self.text, self.lines, self.after = name, result, text, lines, after
        self.live = live
        self.exit = exit if exit is not None else exit_of(result)


def exit_of(result: dict[str, Any] | None) -> int:
    """6 when something was saved on this machine and is not on the remote (protocol section 6)."""
    return 6 if result and result.get("state") == "provisional" else 0
