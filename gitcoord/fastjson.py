"""JSON on the hot paths, with the interpreter's own scanner and encoder and without the ``json`` package.

That package and the regular expressions behind it cost 6 of the 20 ms of a read. What others wrote is read by
``codec/journal.py``, which refuses what we do not; this only has to give what ``json.loads`` and ``json.dumps`` would.
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


def _encoders() -> dict[tuple[str, str], Any]:
    from _json import encode_basestring, make_encoder

    def refuse(value: object) -> Any:
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")

    found: dict[tuple[str, str], Any] = {
        pair: make_encoder(None, refuse, encode_basestring, None, pair[1], pair[0], False, False, True)
        for pair in (WIDE, COMPACT)
    }
    if "".join(found[WIDE]({"a": [1, True]}, 0)) != '{"a": [1, true]}':
        raise TypeError("another encoder")
    return found


#: What stands between items, and between a name and its value.
WIDE, COMPACT = (", ", ": "), (",", ":")
try:
    _ENCODERS = _encoders()
except (ImportError, AttributeError, TypeError, ValueError):
    _ENCODERS = {}


def dumps(value: Any, separators: tuple[str, str] = WIDE) -> str:
    """As ``json.dumps(value, ensure_ascii=False, separators=…)``; the value may not contain itself."""
    if separators not in _ENCODERS:
        import json

        return json.dumps(value, ensure_ascii=False, separators=separators)
    return "".join(_ENCODERS[separators](value, 0))


def dumps_ascii(value: Any) -> str:
    """As ``json.dumps``, for a file: what is no text, such as a name in another encoding, is escaped too."""
    text = dumps(value)
    if text.isascii():
        return text
    import json

    return json.dumps(value)


def loads(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is none.
    """
    text = text.strip(" \t\r\n")
    if _scan is None:
        return _fallback(text)
    try:
        value, end = _scan(text, 0)
    except (StopIteration, ValueError, SystemError):  # 3.11 raises the last where json.decoder is not imported yet
        return _fallback(text)
    return value if end == len(text) else _fallback(text)
