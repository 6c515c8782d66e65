"""click, built from the same declarations: help, completion, and the words for what was typed wrong.

Used only when the quick parser did not understand the command line; what it understands it hands back as
the same :class:`Call`, so that both roads run the same command.
"""

from __future__ import annotations

import os
from typing import Any

import click

from gitcoord.cli import command as declared
from gitcoord.cli.command import GLOBAL_OPTIONS, Call
from gitcoord.cli.parse import called, convert, refuse_other_encodings
from gitcoord.cli.verbs import ALIASES, GROUPS, VERBS, all_words, command_of
from gitcoord.errors import InvalidArguments

_PROGRAM = "gitcoord"
COMPLETION = "_GITCOORD_COMPLETE"
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def parse(argv: list[str]) -> Call | None:
    """The call, or None when help or completion has been printed.

    Raises:
        InvalidArguments: a usage error, in click's words, with the near commands where there are any.
    """
    if COMPLETION in os.environ:
        root().main(args=argv, prog_name=_PROGRAM, complete_var=COMPLETION)
    try:
        # What a callback returns comes back from here when click does not exit by itself.
        found = root().main(args=list(argv), prog_name=_PROGRAM, standalone_mode=False)
    except click.UsageError as error:
        raise InvalidArguments(error.format_message(), hint=_usage_hint(error)) from None
    except click.Abort:
        raise KeyboardInterrupt from None
    return found if isinstance(found, Call) else None


def root() -> Root:
    return Root(
        "gitcoord",
        params=_options(GLOBAL_OPTIONS),
        context_settings=_CONTEXT,
        help="Coordination for coding agents that needs nothing but git.\n\n"
        'Begin: gitcoord init, then gitcoord start "what we do"; others: gitcoord join. '
        "Then claim what you will touch, read what is new, and leave with a handoff.",
        epilog="Example: gitcoord claim src/auth/ --ttl 45m",
    )


class _Group(click.Group):
    """A group that loads a command when it is asked for, and names near ones when there is none."""

    prefix = ""

    def words(self) -> list[str]:
        raise NotImplementedError

    def list_commands(self, ctx: click.Context) -> list[str]:
        return self.words()

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None:
            if name.startswith("-"):
                raise click.NoSuchOption(name, ctx=ctx)
            raise click.UsageError(_no_such(self.prefix, name, self.words()), ctx=ctx)
        return super().resolve_command(ctx, args)


class Root(_Group):
    def words(self) -> list[str]:
        return all_words()

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in GROUPS:
            return Noun(name)
        return to_click(name, name)


class Noun(_Group):
    def __init__(self, noun: str) -> None:
        group = GROUPS[noun]
        epilog = f"gitcoord {noun} alone means gitcoord {noun} {group.default}." if group.default else None
        hidden = _options(GLOBAL_OPTIONS, hidden=True)
        super().__init__(noun, params=hidden, context_settings=_CONTEXT, help=group.help, epilog=epilog)
        self.noun, self.prefix = noun, noun + " "

    def words(self) -> list[str]:
        return list(GROUPS[self.noun].commands)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        return to_click(f"{self.noun} {name}", name) if name in self.words() else None


def to_click(path: str, name: str) -> click.Command | None:
    command = command_of(path)
    if command is None:
        return None
    arguments: list[click.Parameter] = [_argument(each) for each in command.arguments]

    @click.pass_context
    def run(context: click.Context, /, **values: Any) -> Call:
        return _call(context, command, values)

    return click.Command(
        name,
        params=[*arguments, *_options(command.options), *_options(GLOBAL_OPTIONS)],
        callback=run,
        help=_help(command),
        short_help=command.help,
        epilog="\b\n" + "\n".join(["Examples:", *("  " + example for example in command.examples)]),
        context_settings=_CONTEXT,
        hidden=command.hidden,
    )


def _call(context: click.Context, command: declared.Command, values: dict[str, Any]) -> Call:
    gathered: dict[str, Any] = {}
    names = [(o, True) for o in GLOBAL_OPTIONS] + [(o, False) for o in command.options]
    for option, everywhere in names:
        given = values.get(option.name)
        if everywhere:
            given = _with_outer(context, option, given)
        if given is None or given is False or given == ():
            continue
        if option.type == declared.FLAG:
            gathered[option.name] = True
        elif option.many:
            gathered[option.name] = [convert(option, each) for each in given]
        else:
            gathered[option.name] = convert(option, given)
    params = {a.name: list(values[a.name]) if a.count in "+*" else values[a.name] for a in command.arguments}
    _refuse(gathered, params)
    return called(command, gathered, params)


def _with_outer(context: click.Context, option: declared.Option, given: Any) -> Any:
    """A global option may stand before the verb too; after it wins, and several ``-C`` add up."""
    outer, here = context.parent, given
    while outer is not None:
        before = outer.params.get(option.name)
        if option.many:
            here = (*(before or ()), *(here or ()))
        elif here in (None, False):
            here = before
        outer = outer.parent
    return here


def _refuse(gathered: dict[str, Any], params: dict[str, Any]) -> None:
    for value in (*gathered.values(), *params.values()):
        several = value if isinstance(value, list) else [value]
        refuse_other_encodings([each for each in several if isinstance(each, str)])


def _options(options: tuple[declared.Option, ...], hidden: bool = False) -> list[click.Parameter]:
    return [_option(each, hidden) for each in options]


def _option(option: declared.Option, hidden: bool) -> click.Option:
    if option.type == declared.FLAG:
        return click.Option([*option.flags, option.name], is_flag=True, default=False, help=option.help, hidden=hidden)
    return click.Option(
        [*option.flags, option.name],
        type=click.Choice(option.choices) if option.choices else str,
        multiple=option.many,
        metavar=option.metavar or None,
        help=option.help,
        hidden=hidden,
    )


def _argument(argument: declared.Argument) -> click.Argument:
    return click.Argument(
        [argument.name],
        nargs=-1 if argument.count in "+*" else 1,
        required=argument.count in "1+",
        type=click.Choice(argument.choices) if argument.choices else str,
        metavar=argument.name.upper() + ("..." if argument.count in "+*" else ""),
    )


def _help(command: declared.Command) -> str:
    parts = [command.help, command.more]
    if command.arguments:
        parts.append("\b\n" + "\n".join(f"{a.name.upper():<10} {a.help}" for a in command.arguments))
    return "\n\n".join(part for part in parts if part)


def _no_such(prefix: str, name: str, words: list[str]) -> str:
    from gitcoord.text import nearest, one_line

    near = nearest(name, [*words, *(() if prefix else ALIASES)])
    said = f"There is no command {_PROGRAM} {prefix}{one_line(name, 60)}."
    return said + (f" Did you mean: {', '.join(f'{_PROGRAM} {prefix}{each}' for each in near)}?" if near else "")


def _usage_hint(error: click.UsageError) -> str:
    return f"{error.ctx.command_path} --help" if error.ctx is not None else "gitcoord --help"


def completion_script(shell: str) -> str:
    """What ``eval "$(gitcoord completion bash)"`` reads. Starts no shell to find out its version."""
    from click.shell_completion import BashComplete, ShellComplete, ZshComplete

    kind = {"bash": BashComplete, "zsh": ZshComplete}[shell]
    return ShellComplete.source(kind(root(), {}, _PROGRAM, COMPLETION))


def verbs() -> list[str]:
    """Every command as it is typed, for docs and tests."""
    return [*VERBS, *(f"{noun} {each}" for noun, group in GROUPS.items() for each in group.commands)]
