"""One event a line of JSON: the journal's segments (``journal/<writer>/<yyyy-mm-dd>.jsonl``).

Format 1 of a line::

    {"event_id", "ts", "project", "type", "actor": {"agent", "agent_id", "session_id"}, "refs": {noun: id},
     "body": {}, "intent_id", "revision", "idempotency_key" (only when it is not the intent's id)}

and the first line of an intent has ``"intent": {"kind", "key", "digest", "result", "subject", "at", "seen"}`` as well.
Unknown keys are kept. A bad line is named and left out; its neighbours are read.
"""

from __future__ import annotations

import json
import re

from gitcoord.codec.errors import Malformed
from gitcoord.codec.scalars import escape_unshown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

LINE_LIMIT = 1 << 20
DEPTH = 32
_NEEDED = ("event_id", "ts", "type")
_TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("event_id", "ts", "type", "project", "intent_id", "idempotency_key"), str),
    **dict.fromkeys(("actor", "refs", "body", "intent"), dict),
    "revision": int,
}
_FORBIDDEN = re.compile("[\0\ud800-\udfff]").search
_MARKERS = ("<<<<<<<", ">>>>>>>", "=======")


def encode_line(event: dict[str, Any]) -> str:
    """One line with its newline, in ASCII controls and line breaks escaped. Raises Malformed for what is no JSON."""
    try:
        text = json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (ValueError, TypeError, RecursionError) as error:
        raise Malformed(f"cannot be written as JSON: {error}") from None
    if _FORBIDDEN(text) or "\\u0000" in text:
        _refuse_forbidden(event)
    return escape_unshown(text) + "\n"


def decode_lines(data: bytes) -> tuple[list[dict[str, Any]], list[str]]:
    """The events of a segment, and one ``line 3: reason`` for each line that is none. Never raises."""
    events: list[dict[str, Any]] = []
    problems: list[str] = []
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line and not line.isspace():
            try:
                events.append(_event(line))
            except Malformed as error:
                problems.append(f"line {number}: {error.reason}")
    return events, problems


def _event(line: bytes) -> dict[str, Any]:
    event = _loaded(line)
    if not isinstance(event, dict):
        raise Malformed("not a JSON object")
    for name, type in _TYPES.items():
        if name in event:
            value = event[name]
            if not isinstance(value, type) or isinstance(value, bool):
                raise Malformed(f"field {name} has the wrong type")
        elif name in _NEEDED:
            raise Malformed(f"no {name}")
    for name in ("actor", "refs"):
        if not all(isinstance(value, str) for value in event.get(name, {}).values()):
            raise Malformed(f"field {name} holds something else than text")
    return event


def _loaded(line: bytes) -> Any:
    if len(line) > LINE_LIMIT:
        raise Malformed(f"{len(line)} bytes; a line has at most {LINE_LIMIT}")
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8 at byte {error.start}") from None
    if text.startswith(_MARKERS):
        raise Malformed("conflict markers of an unfinished merge")
    if "\0" in text:
        raise Malformed("a NUL byte")
    try:
        value = _decode(text)
    except Malformed:
        raise
    except json.JSONDecodeError as error:
        raise Malformed(f"not JSON: {error.msg}, column {error.colno}") from None
    except Exception as error:  # RecursionError of a thousand brackets, ValueError of 5,000 digits
        raise Malformed(f"not JSON: {type(error).__name__}") from None
    if "\\u" in text or text.count("{") + text.count("[") > DEPTH:
        _refuse_forbidden(value)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a key stands twice")
    return found


def _whole(digits: str) -> int:
    number = int(digits) if len(digits) < 25 else 1 << 63
    if not -(1 << 63) <= number < 1 << 63:
        raise Malformed("a number beyond 63 bits")
    return number


def _finite(digits: str) -> float:
    number = float(digits)
    if number - number != 0:
        raise Malformed("not a finite number")
    return number


def _constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is not a finite number")


_decode = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=_whole, parse_float=_finite, parse_constant=_constant
).decode


def _refuse_forbidden(value: Any, depth: int = 1) -> None:
    """NUL and lone surrogates can hide in escapes: they crash SQLite and print."""
    if isinstance(value, str):
        if _FORBIDDEN(value):
            raise Malformed("a NUL character or a lone surrogate")
    elif isinstance(value, (dict, list, tuple)):
        if depth > DEPTH:
            raise Malformed(f"nested deeper than {DEPTH}")
        for each in (*value, *value.values()) if isinstance(value, dict) else value:
            _refuse_forbidden(each, depth + 1)
