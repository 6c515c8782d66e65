"""One scalar as text, and back: what may stand without quotes, and what a quoted string escapes.

A string stands plain only when every reader of YAML 1.1 and 1.2 takes it for the same string. So it begins
with a letter or is a word of digits and letters that no number can contain (an id, ``45m``), is ASCII, and is
none of the words that YAML 1.1 calls a boolean (``no``, ``on``, ``y``). Everything else is a JSON string,
which is a YAML double-quoted scalar as well, as long as it escapes what YAML calls unprintable or a line break
(DEL, C1 with NEL, U+2028, U+2029, U+FEFF). Bidi and zero-width characters are escaped too, so that people see them.

The readers here know only these forms and raise KeyError for any other: the caller then takes a slower road.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Safe inside a plain scalar; `:` and `#` too, where no blank makes them an indicator.
_INSIDE = r"[A-Za-z0-9_./+@,;()'=*?!%&~<>$^|\\-]"
_WORDS = rf"[A-Za-z_](?:{_INSIDE}|(?<=[^ ])#| ++(?=[^ #])|:(?=[^ ]))*+"
# Of a-f, e, o, b and x numbers are made (0x1f, 1e5, 0o7, 0b1); never of the letters listed here.
_DIGITS = r"[0-9]{1,9}[smhd]|(?=[0-9a-z]*[ghjkmnpqrstvwyz])[0-9][0-9a-z]*+"
# Compiled at start, so kept to what nearly every file has: 0.2 ms. With the rest it was 1.5 ms, of the 15 that a
# command may take; a class of characters beyond ASCII alone costs 0.3 ms.
_COMMON = re.compile(
    rf'({_WORDS}|{_DIGITS})|"([^"\\\x00-\x1f\x7f]*+)"|(-?(?:0|[1-9][0-9]{{0,17}}))'
).fullmatch  # fmt: skip
_PLAIN, _QUOTED, _INTEGER = 1, 2, 3
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}").fullmatch
# Compiled when first met.
_ESCAPED = r'"(?:[^"\\\x00-\x1f\x7f]|\\["\\nrt]|\\u(?!0000|d[89a-f])[0-9a-f]{4})*+"'
_FRACTION = r"-?[0-9]{1,15}\.[0-9]{1,15}"
_MOMENT = (
    r'"(?:19|2[0-9])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])'
    r'T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"'
)
_UNREADABLE = r"[\x80-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
_UNSHOWN = r"\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff"
_TO_ESCAPE = rf'[\x00-\x1f"\\{_UNSHOWN}]'

#: What plain words mean in the core schema of YAML 1.2.
CORE: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL"), None),
}
#: Compared in lower case: words that some reader takes for something else than a string.
RESERVED = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))

_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escape(found: re.Match[str]) -> str:
    letter = found[0]
    return _SHORT.get(letter) or f"\\u{ord(letter):04x}"


def escape_unshown(json_text: str) -> str:
    """JSON in which nothing hides and no reader sees a line break: for journal lines."""
    return json_text if json_text.isascii() and "\x7f" not in json_text else re.sub(f"[{_UNSHOWN}]", _escape, json_text)


def quoted(text: str) -> str:
    return f'"{text}"' if _is_simple(text) else f'"{re.sub(_TO_ESCAPE, _escape, text)}"'


def _is_simple(text: str) -> bool:
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


def is_plain(text: str) -> bool:
    """Whether a string may stand without quotes."""
    match = _COMMON(text)
    return match is not None and match.lastindex == _PLAIN and text.lower() not in RESERVED


def show_text(text: str) -> str:
    """Canonical form of a string."""
    return text if is_plain(text) else quoted(text)


def show_key(key: str) -> str:
    return key if KEY(key) and key.lower() not in RESERVED else quoted(key)


def show(value: Any) -> str:
    """Canonical form of a scalar."""
    if isinstance(value, str):
        return show_text(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    mantissa, e, exponent = repr(value).partition("e")
    # YAML 1.1 reads 1e+16 as a string and 1.0e+16 as a number.
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}{e}{exponent}"


def read(raw: str) -> Any:
    """The value of a scalar in canonical form. Raises KeyError for any other form."""
    if raw in CORE:
        return CORE[raw]
    match = _COMMON(raw)
    if match is None and re.fullmatch(_FRACTION, raw):
        return float(raw)
    return int(raw) if match and match.lastindex == _INTEGER else _read_text(raw, match)


def _read_text(raw: str, match: re.Match[str] | None) -> str:
    if match is None:
        if not re.fullmatch(_ESCAPED, raw):
            raise KeyError(raw)
        import json

        text: str = json.loads(raw)
    else:
        text = match[match.lastindex or 0]
    if not raw.isascii() and not raw.isprintable() and re.search(_UNREADABLE, raw):
        raise KeyError(raw)
    return text


class _Known(dict[str, "Any"]):
    """Scalars met before: handles, states and instants repeat from file to file."""

    def __missing__(self, raw: str) -> Any:
        value = self.read(raw)
        if len(self) > 5000:
            self.clear()
        self[raw] = value
        return value

    def read(self, raw: str) -> Any:
        raise NotImplementedError


class Texts(_Known):
    def read(self, raw: str) -> Any:
        match = _COMMON(raw)
        if raw in CORE or (match and match.lastindex == _INTEGER):
            raise KeyError(raw)
        return _read_text(raw, match)


class Instants(_Known):
    _is_moment = None

    def read(self, raw: str) -> Any:
        if self._is_moment is None:
            self._is_moment = re.compile(_MOMENT).fullmatch
        if not self._is_moment(raw):
            raise KeyError(raw)
        return raw[1:-1]


class Integers(_Known):
    def read(self, raw: str) -> Any:
        match = _COMMON(raw)
        if match is None or match.lastindex != _INTEGER:
            raise KeyError(raw)
        return int(raw)


class Flags(_Known):
    def read(self, raw: str) -> Any:
        if raw not in ("true", "false"):
            raise KeyError(raw)
        return raw == "true"
