"""From a command's declaration to a tool's schema, and from a tool's arguments to the command's own. Pure.

The declaration is the only source of types, choices and what must be given, so that a tool cannot drift from its command.
"""

from __future__ import annotations

from typing import Any, Protocol

from gitcoord.errors import InvalidArguments
from gitcoord.mcp.profiles import FULL, OTHER_FIELDS, Row

#: Fields of every tool. Told once, in the server's instructions: in each schema they would cost as much as the rest.
EVERYWHERE = {
    "directory": "text", "agent": "text", "offline": "flag", "fresh": "flag", "budget": "integer", "at": "text",
    "idempotency_key": "text",
}  # fmt: skip
_NAMED = {"idempotency_key": "key"}
#: Positionals of several words that are one text.
_PROSE = frozenset({"text", "title", "summary", "reason"})


class Parameter(Protocol):
    """An argument or an option, as a command declares it."""

    @property
    def name(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def choices(self) -> tuple[str, ...]: ...


class Declared(Protocol):
    """A command's declaration."""

    @property
    def path(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def arguments(self) -> tuple[Any, ...]: ...
    @property
    def options(self) -> tuple[Any, ...]: ...


class Tool:
    """A row and its command. ``schema`` is what a client is told; ``read`` checks and sorts what it sends."""

    def __init__(self, row: Row, command: Declared, profile: str) -> None:
        self.row, self.command = row, command
        self.name, self.path, self.reads = row.name, command.path, row.reads
        self.description = row.help or command.help
        self._known: dict[str, Any] = {each.name: each for each in (*command.arguments, *command.options)}
        names = row.fields + tuple(each for each in row.more if each not in row.fields)
        for name in names:
            if name not in row.own and name not in self._known:
                raise LookupError(f"gitcoord {command.path} has no {name}")
        self._accepted = {name: row.own.get(name) or self._property(self._known[name]) for name in names}
        listed = names if profile == FULL else row.fields
        self.schema = self._schema({name: self._accepted[name] for name in listed})

    def _schema(self, listed: dict[str, Any]) -> dict[str, Any]:
        needed = [each.name for each in self.command.arguments if each.count in "1+" and each.name in listed]
        needed += [name for name in self.row.own if name in ("text", "topic", "to")]
        found: dict[str, Any] = {"type": "object", "properties": listed}
        return {**found, "required": needed} if needed else found

    def _property(self, each: Any) -> dict[str, Any]:
        words = self.row.words.get(each.name, each.help)
        return {**_type(each), **({"description": words} if words else {})}

    def read(self, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """``(options, parameters)`` of the command.

        Raises:
            InvalidArguments: an unknown field, a wrong type, or one that is missing; the message says which and what fits.
        """
        values = {self._own_name(name): value for name, value in given.items() if value is not None}
        self._refuse_unknown(values)
        common = {name: kind for name, kind in EVERYWHERE.items() if name not in self._accepted and name in values}
        options = {_NAMED.get(name, name): _checked(name, kind, values[name]) for name, kind in common.items()}
        params: dict[str, Any] = {}
        for name in self._accepted:
            if name not in values:
                continue
            params[name] = self._value(name, values[name])
        if not params.get("since"):
            params = {**self.row.defaults, **params}
        self._refuse_missing(params)
        return options, self._completed(self.row.compose(params) if self.row.compose else params)

    def _own_name(self, name: str) -> str:
        other = OTHER_FIELDS.get(name, name)
        return other if name not in self._accepted and other in self._accepted else name

    def _refuse_unknown(self, values: dict[str, Any]) -> None:
        known = [*self._accepted, *EVERYWHERE]
        for name in values:
            if name not in known:
                raise InvalidArguments(f"{self.name} takes no {str(name)[:40]!r}.", hint=f"It takes: {', '.join(known)}")

    def _refuse_missing(self, params: dict[str, Any]) -> None:
        for name in self.schema.get("required", ()):
            if not params.get(name):
                raise InvalidArguments(f"{self.name} needs {name}.", hint=f"gitcoord {self.path} --help")

    def _value(self, name: str, value: Any) -> Any:
        own = self.row.own.get(name)
        if own is not None:
            return _checked(name, "texts" if own["type"] == "array" else "text", value)
        each = self._known[name]
        if hasattr(each, "count"):
            return _positional(each, value)
        if each.many:
            return [_checked(name, each.type, one) for one in _several(name, value)]
        return _chosen(each, _checked(name, each.type, value))

    def _completed(self, params: dict[str, Any]) -> dict[str, Any]:
        """Positionals that were not given are there all the same, as from the command line."""
        for each in self.command.arguments:
            params.setdefault(each.name, [] if each.count in "+*" else None)
        return params


def _type(each: Any) -> dict[str, Any]:
    if hasattr(each, "count"):
        several = each.count in "+*" and each.name not in _PROSE
        kind: dict[str, Any] = {"type": "array", "items": {"type": "string"}} if several else {"type": "string"}
    else:
        kind = {"type": {"flag": "boolean", "integer": "integer"}.get(each.type, "string")}
        if each.many:
            kind = {"type": "array", "items": kind}
    return {**kind, "enum": list(each.choices)} if each.choices else kind


def _positional(each: Any, value: Any) -> Any:
    if each.count not in "+*":
        return _chosen(each, _checked(each.name, "text", value))
    return [_checked(each.name, "text", one) for one in _several(each.name, value)]


def _several(name: str, value: Any) -> list[Any]:
    """A single text is a list of one: clients slip."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        raise InvalidArguments(f"{name} is a list of texts, not {_shown(value)}.")
    return value


def _checked(name: str, kind: str, value: Any) -> Any:
    """The value as actions take it: durations in seconds."""
    if kind == "texts":
        return [_checked(name, "text", one) for one in _several(name, value)]
    if kind == "flag":
        if isinstance(value, bool):
            return value
    elif kind == "integer":
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**18:
            return value
    elif kind == "duration":
        return _seconds(name, value)
    elif isinstance(value, str):
        return _text(name, value)
    wanted = {"flag": "true or false", "integer": "a whole number"}.get(kind, "a text")
    raise InvalidArguments(f"{name} is {wanted}, not {_shown(value)}.")


def _seconds(name: str, value: Any) -> int:
    from gitcoord.text import parse_duration

    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 10**9:
        return int(value)
    if isinstance(value, str):
        return parse_duration(value)
    raise InvalidArguments(f"{name} is a duration such as 45m, not {_shown(value)}.")


def _text(name: str, value: str) -> str:
    """No operating system takes what no command line can hold. (Half a letter, the SDK has refused.)"""
    if "\0" in value:
        raise InvalidArguments(f"{name} has a NUL in it.")
    return value


def _chosen(each: Parameter, value: Any) -> Any:
    if each.choices and value not in each.choices:
        raise InvalidArguments(f"{each.name} is one of {', '.join(each.choices)}, not {_shown(value)}.")
    return value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
