"""Reads JSON that we wrote ourselves, with the interpreter's own scanner and without the ``json`` package.

That package and the regular expressions behind it cost 6 of the 20 ms of a read. What others wrote is read by
``codec/journal.py``, which refuses what we do not; this only has to give what ``json.loads`` would.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Plain:
    """What the scanner asks of a decoder."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float


def _fallback(text: str) -> Any:
    import json

    return json.loads(text)


try:
    from _json import make_scanner

    _scan = make_scanner(_Plain)  # type: ignore[arg-type]
except (ImportError, AttributeError, TypeError):
    _scan = None  # type: ignore[assignment]


def loads(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is none.
    """
    if _scan is None:
        return _fallback(text)
    try:
        value, end = _scan(text, 0)
    except (StopIteration, ValueError, SystemError):  # 3.11 raises the last where json.decoder is not imported yet
        return _fallback(text)
    return value if end == len(text) else _fallback(text)
