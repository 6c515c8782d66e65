"""``config list get set unset``."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, Answer, Argument, Call, Command, Option

_NAME = Argument("name", "such as claims.ttl.file")
_ORIGIN = Option("--show-origin", "Also which layer won.", name="origin", type=FLAG)
_LOCAL = Option("--local", "For this machine only.", type=FLAG)


def _list(call: Call) -> Answer:
    from gitcoord.actions import config

    return Answer("config", config.list_settings(call.workspace, origins=call.flag("origin")))


def _get(call: Call) -> Answer:
    from gitcoord.actions import config

    found = config.get(call.workspace, call.get("name"), origins=call.flag("origin"))
    return Answer("config", found)


def _set(call: Call) -> Answer:
    from gitcoord.actions import config

    found = config.set_value(call.workspace, call.get("name"), call.get("value"), local=call.flag("local"))
    return Answer("config-set", found)


def _unset(call: Call) -> Answer:
    from gitcoord.actions import config

    return Answer("config-set", config.unset(call.workspace, call.get("name"), local=call.flag("local")))


COMMANDS = {
    "config list": Command(
        "config list", _list, "Every setting.", ("gitcoord config", "gitcoord config --show-origin"), options=(_ORIGIN,)
    ),
    "config get": Command(
        "config get",
        _get,
        "One setting.",
        ("gitcoord config get claims.ttl.file --show-origin",),
        arguments=(_NAME,),
        options=(_ORIGIN,),
    ),
    "config set": Command(
        "config set",
        _set,
        "Change a setting for the team, or with --local for this machine.",
        ("gitcoord config set claims.ttl.file 2h", "gitcoord config set hooks.pre_push enforce --local"),
        arguments=(_NAME, Argument("value", "durations as 45m")),
        options=(_LOCAL,),
    ),
    "config unset": Command(
        "config unset",
        _unset,
        "Back to the default.",
        ("gitcoord config unset claims.ttl.file",),
        arguments=(_NAME,),
        options=(_LOCAL,),
    ),
}
