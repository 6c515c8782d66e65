"""Where every process starts. Knows three doors, opens one, imports nothing that it does not need."""

from __future__ import annotations

import gc
import os
import sys

from gitcoord import environ


def main() -> int:
    """The hooks go past everything else: they run on each push and each edit, and must cost next to nothing."""
    argv = sys.argv[1:]
    environ.adopt(os.environ)
    if argv and argv[0] == "githook":
        if argv[1:2] == ["prepare-commit-msg"]:
            from gitcoord.actions.ci import commit_hook

            return commit_hook.main(argv[2:])
        from gitcoord.hooks import pre_push

        return pre_push.main(argv[1:])
    if argv and argv[0] == "hook":
        from gitcoord.harness import hook

        return hook.main(argv[1:])
    from gitcoord.cli.start import start

    return start(argv)


def entry() -> None:
    """:func:`main` as a process of its own. Taking a used interpreter down costs 3 to 4 ms of the 30 that a read
    takes, and by now everything is closed and flushed."""
    gc.disable()  # nothing here lives long enough to be worth collecting
    code = main()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass
    os._exit(code)


if __name__ == "__main__":
    entry()
