"""Writes ``docs/commands.md`` from the declarations: ``python -m gitcoord.cli.reference > docs/commands.md``.

The page is the same as ``--help``, for people who read before they install. A test holds it to the code.
"""

from __future__ import annotations

import sys

from gitcoord.cli.command import FLAG, GLOBAL_OPTIONS
from gitcoord.cli.verbs import GROUPS, VERBS, command_of
from gitcoord.errors import BY_CODE
from gitcoord.rules.events import TAXONOMY, meaningful
from gitcoord.settings import DEFAULTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gitcoord.cli.command import Argument, Command, Option

_EXITS = (
    (0, "done; checked, and the answer is yes"),
    (1, "checked, and the answer is no; any failure without a code below"),
    (2, "usage, invalid arguments, invalid scope"),
    (3, "held by another: `claim-conflict`, also from `check` and a blocked push"),
    (4, "stale: `state-revision-conflict`, `lease-token-conflict`, `session-*-conflict`, `idempotency-mismatch`; read, retry"),
    (5, "`not-found`, or `ambiguous`: several match, the list is printed, nothing is guessed"),
    (6, "`provisional`: saved on this machine, not on the remote"),
    (7, "a limit: `cap-exceeded`, `rate-limited`"),
    (8, "`could-not-check`: unreachable, busy, timed out"),
    (9, "`needs-repair`: corrupt, rewritten or newer state; `gitcoord doctor`"),
    (10, "not a repository, not initialised, or not joined; the command to run is named"),
    (70, "our bug: a report is written, its path printed"),
    (130, "interrupted"),
)


def page() -> str:
    """The whole of ``docs/commands.md``."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield "# Commands"
    yield ""
    yield "Written by `python -m gitcoord.cli.reference`; do not edit. Targets are written from the root of the repository."
    yield ""
    yield "## Every command takes"
    yield ""
    for option in GLOBAL_OPTIONS:
        yield _option(option)
    yield ""
    for path in _paths():
        command = command_of(path)
        if command is not None and not command.hidden:
            yield from _command(command)
    yield from _exits()
    yield from _settings()
    yield from _errors()
    yield from _events()


def _paths() -> Iterator[str]:
    yield from VERBS
    for group, declared in GROUPS.items():
        yield from (f"{group} {name}" for name in declared.commands)


def _command(command: Command) -> Iterator[str]:
    words = " ".join(_argument(each) for each in command.arguments)
    yield f"## `gitcoord {command.path}{' ' + words if words else ''}`"
    yield ""
    yield command.help + (" " + command.more if command.more else "")
    yield ""
    for argument in command.arguments:
        yield f"- `{argument.name}`: {argument.help}"
    for option in command.options:
        yield _option(option)
    if command.arguments or command.options:
        yield ""
    yield "```sh"
    yield from command.examples
    yield "```"
    yield ""


def _argument(argument: Argument) -> str:
    name = argument.name.upper()
    return {"1": name, "?": f"[{name}]", "*": f"[{name}…]", "+": f"{name}…"}[argument.count]


def _option(option: Option) -> str:
    value = "" if option.type == FLAG else " " + (option.metavar or "|".join(option.choices) or option.name.upper())
    return f"- `{', '.join(option.flags)}{value}`: {option.help}"


def _table(title: str, heads: tuple[str, ...], rows: Iterable[tuple[object, ...]], *said: str) -> Iterator[str]:
    """A section with a table; ``said`` stands above it."""
    yield from (f"## {title}", "", *said, *([""] if said else []))
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"
    yield ""


def _exits() -> Iterator[str]:
    return _table("Exits", ("exit", "meaning"), _EXITS)


def _settings() -> Iterator[str]:
    return _table(
        "Settings", ("setting", "default", "of", "meaning"),
        ((f"`{name}`", f"`{each.default}`", each.scope, each.doc) for name, each in sorted(DEFAULTS.items())),
        "Team settings lie in `settings.yml` on the sync branch, those of this machine in `local.yml` in the git directory;",
        "`GITCOORD_CLAIMS_TTL_FILE=1h` in the environment sets `claims.ttl.file`; `gitcoord config list --show-origin` tells",
        "which won. [Settings](settings.md) tells of layers, placeholders and older names.",
    )  # fmt: skip


def _errors() -> Iterator[str]:
    """Each word of the field ``code`` of an error, with its exit."""
    return _table("Error words", ("code", "exit"), ((f"`{code}`", each.exit_code) for code, each in sorted(BY_CODE.items())))


def _events() -> Iterator[str]:
    return _table(
        "Events", ("type", "told", "meaning"),
        ((f"`{type}`", "yes" if meaningful(type) else "", meaning) for type, meaning in sorted(TAXONOMY.items())),
        "Each line of a journal has a type; those marked are told by `read` to others. `x-…` types are anybody's own.",
    )  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(page())
