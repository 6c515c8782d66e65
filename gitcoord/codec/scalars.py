"""One scalar as text, and back: what may stand without quotes, and what a quoted string escapes.

A string stands plain only when every reader of YAML 1.1 and 1.2 takes it for the same string. So it begins
with a letter or is a word of digits and letters that no number can contain (an id, ``45m``), is ASCII, and is
none of the words that YAML 1.1 calls a boolean (``no``, ``on``, ``y``). Everything else is a JSON string,
which is a YAML double-quoted scalar as well, as long as it escapes what YAML calls unprintable or a line break
(DEL, C1 with NEL, U+2028, U+2029, U+FEFF). Bidi and zero-width characters are escaped too, so that people see them.

The readers here know only these forms and raise KeyError for any other: the caller then takes a slower road.
"""

from __future__ import annotations

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Safe inside a plain scalar; `:` and `#` too, where no blank makes them an indicator.
_INSIDE = r"[A-Za-z0-9_./+@,;()'=*?!%&~<>$^|\\-]"
_WORDS = rf"[A-Za-z_](?:{_INSIDE}|(?<=[^ ])#| ++(?=[^ #])|:(?=[^ ]))*+"
# Of a-f, e, o, b and x numbers are made (0x1f, 1e5, 0o7, 0b1); never of the letters listed here.
_DIGITS = r"[0-9]{1,9}[smhd]|(?=[0-9a-z]*[ghjkmnpqrstvwyz])[0-9][0-9a-z]*+"
_INSTANT = (
    r"(?:19|2[0-9])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
)  # fmt: skip
_SHOWN = r'[^"\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]'
_ESCAPE = r'\\["\\nrt]|\\u(?!0000|d[89a-f])[0-9a-f]{4}'

PLAIN = re.compile(f"{_WORDS}|{_DIGITS}").fullmatch
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}").fullmatch
_SCALAR = re.compile(
    f'({_WORDS}|{_DIGITS})|"({_INSTANT})"|"({_SHOWN}*+)"|("(?:{_SHOWN}|{_ESCAPE})*+")'
    r"|(-?(?:0|[1-9][0-9]{0,17}))|(-?[0-9]{1,15}\.[0-9]{1,15})"
).fullmatch
_PLAIN, _MOMENT, _QUOTED, _ESCAPED, _INTEGER, _FLOAT = range(1, 7)

#: What plain words mean in the core schema of YAML 1.2.
CORE: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL"), None),
}
#: Compared in lower case: words that some reader takes for something else than a string.
RESERVED = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))

_UNSHOWN = re.compile(
    r'[\x00-\x1f"\\\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]'
).sub
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escape(found: re.Match[str]) -> str:
    letter = found[0]
    return _SHORT.get(letter) or f"\\u{ord(letter):04x}"


def escape_unshown(text: str) -> str:
    """JSON text in which a reader of bytes could stumble over nothing: used for journal lines."""
    return _UNSHOWN_IN_JSON(_escape, text)


_UNSHOWN_IN_JSON = re.compile(r"[\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]").sub


def quoted(text: str) -> str:
    return f'"{_UNSHOWN(_escape, text)}"'


def show_text(text: str) -> str:
    """Canonical form of a string."""
    return text if PLAIN(text) and text.lower() not in RESERVED else quoted(text)


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
    match = _SCALAR(raw)
    if match is None:
        raise KeyError(raw)
    form = match.lastindex or 0
    if form == _ESCAPED:
        return json.loads(raw)
    text = match[form]
    if form == _INTEGER:
        return int(text)
    return float(text) if form == _FLOAT else text


class _Known(dict[str, "Any"]):
    """Scalars met before: handles, states and instants repeat from file to file."""

    forms: tuple[int, ...] = ()

    def __missing__(self, raw: str) -> Any:
        match = _SCALAR(raw)
        if match is None or match.lastindex not in self.forms or raw in CORE:
            raise KeyError(raw)
        form = match.lastindex
        value = json.loads(raw) if form == _ESCAPED else int(raw) if form == _INTEGER else match[form]
        if len(self) > 5000:
            self.clear()
        self[raw] = value
        return value


class Texts(_Known):
    forms = (_PLAIN, _MOMENT, _QUOTED, _ESCAPED)


class Instants(_Known):
    forms = (_MOMENT,)


class Integers(_Known):
    forms = (_INTEGER,)


class Flags(_Known):
    def __missing__(self, raw: str) -> Any:
        if raw not in ("true", "false"):
            raise KeyError(raw)
        return raw == "true"
