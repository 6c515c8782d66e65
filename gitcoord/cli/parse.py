"""The quick parser: a command line to a :class:`Call`, from the declarations alone.

Whatever it does not understand exactly (``--help``, an unknown option, a missing argument) it leaves to
click, which knows how to say so: then the answer is None. It never prints and never guesses.
"""

from __future__ import annotations

from gitcoord.cli.command import CHOICE, DURATION, FLAG, GLOBAL_OPTIONS, INTEGER, Call
from gitcoord.cli.verbs import BARE, GROUPS, command_of
from gitcoord.errors import InvalidArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.cli.command import Argument, Command, Option

_GLOBALS = {flag: option for option in GLOBAL_OPTIONS for flag in option.flags}
UNKNOWN = "?"
_GLOBAL_NAMES = frozenset(option.name for option in GLOBAL_OPTIONS)


def parse(argv: list[str]) -> Call | None:
    """Raises InvalidArguments for a value that no parser could accept (``--ttl soon``)."""
    refuse_other_encodings(argv)
    values: dict[str, Any] = {}
    words: list[str] = []
    rest = _gather(argv, _GLOBALS, values, words, stop_at_word=True)
    if rest is None:
        return None
    path, rest = _path(rest) if rest else (BARE, [])
    command = command_of(path)
    if command is None:
        return None
    known = {**_GLOBALS, **{flag: option for option in command.options for flag in option.flags}}
    if _gather(rest, known, values, words, stop_at_word=False) is None:
        return None
    params = _positionals(command.arguments, words)
    if params is None:
        return None
    return called(command, values, params)


def called(command: Command, values: dict[str, Any], params: dict[str, Any]) -> Call:
    """Sorts gathered values into those of every command and those of this one."""
    options = {}
    for name, value in values.items():
        if name in _GLOBAL_NAMES:
            options[name] = value
        else:
            params[name] = value
    return Call(command, options, params)


def _path(rest: list[str]) -> tuple[str, list[str]]:
    verb = rest[0]
    group = GROUPS.get(verb)
    if group is None:
        return verb, rest[1:]
    if len(rest) > 1 and rest[1] in group.commands:
        return f"{verb} {rest[1]}", rest[2:]
    if group.default and (len(rest) == 1 or rest[1].startswith("-")) and "--help" not in rest:
        return f"{verb} {group.default}", rest[1:]
    return UNKNOWN, rest


def _gather(
    argv: list[str], known: dict[str, Option], values: dict[str, Any], words: list[str], *, stop_at_word: bool
) -> list[str] | None:
    """Reads options into ``values`` and other words into ``words``. None: not understood; else what is left."""
    at, end = 0, len(argv)
    while at < end:
        word = argv[at]
        at += 1
        if word == "--":
            if stop_at_word:
                return argv[at:]
            words += argv[at:]
            return []
        if word[:1] != "-" or word == "-":
            if stop_at_word:
                return argv[at - 1 :]
            words.append(word)
            continue
        flag, glued, value = word, False, ""
        if word.startswith("--") and "=" in word:
            flag, _, value = word.partition("=")
            glued = True
        option = known.get(flag)
        if option is None or (option.type == FLAG and glued):
            return None
        if option.type == FLAG:
            values[option.name] = True
            continue
        if not glued:
            if at >= end:
                return None
            value = argv[at]
            at += 1
        if option.type == CHOICE and value not in option.choices:
            return None
        converted = convert(option, value)
        if option.many:
            values.setdefault(option.name, []).append(converted)
        else:
            values[option.name] = converted
    return []


def convert(option: Option, value: str) -> Any:
    """The value of an option as actions take it; durations in seconds.

    Raises:
        InvalidArguments: not a number, not a duration.
    """
    if option.type == INTEGER:
        if not value.isascii() or not value.isdigit() or len(value) > 18:
            raise InvalidArguments(f"{option.flags[-1]} takes a whole number, not {value[:40]!r}.")
        return int(value)
    if option.type == DURATION:
        from gitcoord.text import parse_duration

        return parse_duration(value)
    return value


def _positionals(declared: tuple[Argument, ...], words: list[str]) -> dict[str, Any] | None:
    params: dict[str, Any] = {}
    left = list(words)
    for argument in declared:
        if argument.count in "+*":
            if argument.count == "+" and not left:
                return None
            params[argument.name], left = left, []
        elif left:
            word = params[argument.name] = left.pop(0)
            if argument.choices and word not in argument.choices:
                return None
        elif argument.count == "1":
            return None
        else:
            params[argument.name] = None
    return None if left else params


def refuse_other_encodings(argv: list[str]) -> None:
    """Files of the branch are UTF-8, and so is everything that a command line may put there."""
    for word in argv:
        if not word.isascii():
            try:
                word.encode()
            except UnicodeEncodeError as error:
                shown = word[:60].encode("utf-8", "backslashreplace").decode()
                raise InvalidArguments(f"An argument is not valid UTF-8: {shown}") from error
