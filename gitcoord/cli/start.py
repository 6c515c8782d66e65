"""From the words of a command line to an exit code: the quick parser first, click for the rest."""

from __future__ import annotations

import os

from gitcoord.cli import boundary
from gitcoord.cli.command import Call

COMPLETION = "_GITCOORD_COMPLETE"


def start(argv: list[str]) -> int:
    argv = _habits(argv)
    under_way: list[Call] = []

    def act() -> int:
        call = _parse(argv)
        if call is None:
            return 0
        under_way.append(call)
        return boundary.run(call)

    return boundary.guarded(argv, act, lambda: under_way[0] if under_way else None)


def _habits(argv: list[str]) -> list[str]:
    """``--version`` and ``help claim``, as other commands have them."""
    if argv[:1] in (["--version"], ["-V"]):
        return ["version", *argv[1:]]
    if argv[:1] == ["help"]:
        return [*argv[1:], "--help"]
    return argv


def _parse(argv: list[str]) -> Call | None:
    """None: the answer has been given already (help, completion)."""
    if COMPLETION not in os.environ:
        from gitcoord.cli.parse import parse

        call = parse(argv)
        if call is not None:
            return call
    from gitcoord.cli.app import parse as parse_with_click

    return parse_with_click(argv)
