"""Instants and elapsed time. Rules never import this: they are told what time it is.

An *instant* is a float of seconds since the epoch in memory and an RFC 3339 UTC string in files.
"""

from __future__ import annotations

import time

BOOTTIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now() -> float:
    """Wall clock, in seconds since the epoch. Nobody else's decision may rest on it alone."""
    return time.time()


def elapsed() -> float:
    """Seconds on a clock that never jumps and runs during suspend (Linux ``CLOCK_BOOTTIME``)."""
    return time.clock_gettime(BOOTTIME)


def boot_id() -> str:
    """Names the boot to which :func:`elapsed` belongs; empty where the system does not tell."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return ""


def rfc3339(instant: float) -> str:
    """``2026-11-21T09:30:00Z``, rounded down to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(instant))


def parse_instant(text: str) -> float:
    """Seconds since the epoch of an RFC 3339 string.

    Raises:
        ValueError: the text is not an instant.
    """
    body, zone = text, 0
    if text.endswith(("Z", "z")):
        body = text[:-1]
    elif len(text) > 6 and text[-6] in "+-" and text[-3] == ":":
        sign = 1 if text[-6] == "+" else -1
        body = text[:-6]
        zone = sign * (int(text[-5:-3]) * 3600 + int(text[-2:]) * 60)
    else:
        raise ValueError(f"not an instant with a zone: {text!r}")
    head, _, fraction = body.partition(".")
    if len(head) != 19 or head[4] != "-" or head[7] != "-" or head[10] not in "Tt ":
        raise ValueError(f"not an instant: {text!r}")
    year, month, day = int(head[:4]), int(head[5:7]), int(head[8:10])
    hour, minute, second = int(head[11:13]), int(head[14:16]), int(head[17:19])
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second <= 60):
        raise ValueError(f"not an instant: {text!r}")
    if fraction and not (fraction.isascii() and fraction.isdigit()):
        raise ValueError(f"not an instant: {text!r}")
    whole = _days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - zone
    return whole + (float("0." + fraction[:9]) if fraction else 0.0)


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar, counting years from March.

    ``calendar.timegm`` does the same and costs 3 ms to import.
    """
    if month < 3:
        year, month = year - 1, month + 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469
