"""What coordination costs: estimated tokens in and out of every command, on this machine only.

A command appends one short line to ``log/meter`` (one write, no database, so that a ``check`` stays quick); whoever
asks for a report folds the lines into ``local.db``. Losing a line costs precision, never an answer.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.cache.local import Local

FILE = "/log/meter"
#: A log larger than this is folded by the command that notices.
LARGE = 64 * 1024
NOBODY = "-"


def note(home: str, agent: str, command: str, given: int, told: int) -> None:
    """Add one call: ``given`` tokens the agent wrote, ``told`` tokens it was answered. Never fails."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    line = f"{day} {agent or NOBODY} {command.replace(' ', '-') or 'status'} {given} {told}\n"
    try:
        log = os.open(home + FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(log, line.encode("utf-8", "replace"))
        finally:
            os.close(log)
    except OSError:
        pass


def is_large(home: str) -> bool:
    try:
        return os.stat(home + FILE).st_size > LARGE
    except OSError:
        return False


def fold(home: str, local: Local) -> None:
    """Move the lines into the database. Taking the file away first means that no line is ever counted twice."""
    taken = f"{home}{FILE}.{os.getpid()}"
    try:
        os.rename(home + FILE, taken)
        with open(taken, encoding="utf-8", errors="replace") as log:
            lines = log.read().splitlines()
        os.unlink(taken)
    except OSError:
        return
    sums: dict[tuple[str, str, str], list[int]] = {}
    for line in lines:
        words = line.split(" ")
        if len(words) != 5 or not (words[3].isdigit() and words[4].isdigit()):
            continue
        found = sums.setdefault((words[0], words[1], words[2]), [0, 0, 0])
        for n, more in enumerate((1, int(words[3]), int(words[4]))):
            found[n] += more
    for (day, agent, command), (calls, given, told) in sums.items():
        local.meter(day, agent, command, calls, given, told)
