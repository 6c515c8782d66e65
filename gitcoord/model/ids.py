"""Identity (ULID, lower case) and the aliases people use (``CLM-12``, ``TASK-~3f9k``).

A ULID (https://github.com/ulid/spec) is 48 bits of milliseconds and 80 random bits in Crockford's
base 32. Within one process ids rise strictly, also when the clock goes backwards.
"""

from __future__ import annotations

import os
from _thread import allocate_lock

from gitcoord.hashes import sha256

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALID = frozenset(ALPHABET)
_last = 0
_one_at_a_time = allocate_lock()
#: Ids of one process in one millisecond stand at least this far apart, which leaves room for the ids
#: of the events that an intent makes (:func:`nth_after`).
_STEP = 1 << 20

#: Words accepted before the number of an alias, and the kind they name. The first of a kind is printed.
PREFIXES = {
    "CLM": "claim", "TASK": "task", "BLK": "blocker", "BLOCK": "blocker", "BLOCKER": "blocker",
    "DEC": "decision", "THR": "thread", "THREAD": "thread", "HND": "handoff", "MSG": "message",
    "REV": "review", "REQ": "request", "QUE": "queue", "CHK": "checkin", "ART": "artifact",
    "RUN": "run",
}  # fmt: skip
PREFIX_OF: dict[str, str] = {}
for _prefix, _kind in PREFIXES.items():
    PREFIX_OF.setdefault(_kind, _prefix)


def _encode(number: int) -> str:
    letters = []
    for _ in range(26):
        letters.append(ALPHABET[number & 31])
        number >>= 5
    return "".join(reversed(letters))


def new_ulid(now: float) -> str:
    """A fresh id that sorts after every id made before it in this process."""
    global _last
    number = (int(now * 1000) & ((1 << 48) - 1)) << 80 | int.from_bytes(os.urandom(10), "big")
    with _one_at_a_time:
        if number <= _last:
            number = _last + _STEP
        _last = number
    return _encode(number)


def nth_after(ulid: str, n: int) -> str:
    """The id ``n`` places after: ids for what one intent makes, in order, without a random number."""
    number = 0
    for letter in ulid:
        number = number << 5 | ALPHABET.index(letter)
    return _encode(number + n)


def derived_ulid(*parts: str) -> str:
    """The same id for the same words, on every machine: for pinned sessions and follow-up records."""
    digest = sha256("\0".join(parts).encode()).digest()
    return _encode(int.from_bytes(digest[:16], "big"))


def is_ulid(text: str) -> bool:
    return len(text) == 26 and text[0] <= "7" and _VALID.issuperset(text)


def shard(ulid: str) -> str:
    """The folder of an id: its last two characters, so that no folder grows large."""
    return ulid[-2:]


def alias(kind: str, number: int) -> str:
    return f"{PREFIX_OF[kind]}-{number}"


def provisional_alias(kind: str, ulid: str) -> str:
    """How an entity shows until it has landed: ``TASK-~3f9k``."""
    return f"{PREFIX_OF[kind]}-~{ulid[-4:]}"


def parse_alias(text: str) -> tuple[str, int] | None:
    """``("task", 4)`` for ``TASK-4``, ``task-004``; None when it is no alias."""
    prefix, dash, digits = text.partition("-")
    kind = PREFIXES.get(prefix.upper())
    if not dash or kind is None or not digits.isascii() or not digits.isdigit() or len(digits) > 12:
        return None
    return kind, int(digits)


def parse_provisional(text: str) -> tuple[str, str] | None:
    """``("task", "3f9k")`` for ``TASK-~3f9k``; None when it is no provisional alias."""
    prefix, dash, tail = text.partition("-~")
    kind = PREFIXES.get(prefix.upper())
    tail = tail.lower()
    if not dash or kind is None or not tail or not _VALID.issuperset(tail):
        return None
    return kind, tail
