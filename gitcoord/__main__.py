"""Where every process starts. Knows three doors, opens one, imports nothing that it does not need."""

from __future__ import annotations

import sys


def main() -> int:
    """The git hook goes past everything else: it runs on each push and must cost next to nothing."""
    argv = sys.argv[1:]
    if argv and argv[0] == "githook":
        from gitcoord.hooks import pre_push

        return pre_push.main(argv[1:])
    from gitcoord.cli.start import start

    return start(argv)


if __name__ == "__main__":
    sys.exit(main())
