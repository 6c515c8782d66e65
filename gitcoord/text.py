"""Text for screens and agents: cleaning what peers wrote, durations, and an estimate of tokens.

Nothing here knows what the text is about.
"""

from __future__ import annotations

from itertools import pairwise

from gitcoord.clock import rfc3339
from gitcoord.errors import InvalidArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CONTROL = ("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
#: Characters that change what a reader sees without being seen: bidi controls (CVE-2021-42574), zero width,
#: separators that terminals treat as line ends, tag characters, variation selectors, lone surrogates.
_UNSEEN = (
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff]"
)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def clean(text: str, limit: int | None = None) -> str:
    """Peer text without control, escape, bidi and zero-width characters; newlines and tabs stay."""
    if not (text.isascii() and text.isprintable()):
        import re

        text = re.sub(_UNSEEN, "", re.sub(_CONTROL, "", text.replace("\r\n", "\n")))
    if limit is not None and len(text) > limit:
        return text[: max(0, limit - 1)].rstrip() + "…"
    return text


def one_line(text: str, limit: int | None = None) -> str:
    """:func:`clean` on one line."""
    return clean(" ".join(clean(text).split()), limit)


_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@%+=,-")


def as_word(text: str, limit: int = 200) -> str:
    """A name as one word of a command that somebody may paste into a shell: quoted where it must be."""
    shown = one_line(text, limit)
    if shown and shown[0] != "-" and _PLAIN.issuperset(shown):
        return shown
    return "'" + shown.replace("'", "'\"'\"'") + "'"


def parse_duration(text: str) -> int:
    """Seconds of ``90s``, ``45m``, ``4h``, ``1d``, ``1h30m`` or plain seconds.

    Raises:
        InvalidArguments: it is none of these.
    """
    word = text.strip().lower().replace(" ", "")
    total, digits = 0, ""
    for letter in word:
        if letter in "0123456789" and len(digits) < 12:
            digits += letter
        elif letter in _UNITS and digits:
            total += int(digits) * _UNITS[letter]
            digits = ""
        else:
            break
    else:
        if word:
            return total + (int(digits) if digits else 0)
    raise InvalidArguments(f"{one_line(text, 40)!r} is no duration.", hint="Write 90s, 45m, 4h or 1d.")


def show_duration(seconds: float) -> str:
    """``45 s``, ``12 m``, ``1 h 40 m``, ``3 d 2 h``."""
    left = max(0, int(seconds))
    if left < 60:
        return f"{left} s"
    minutes, hours, days = left // 60 % 60, left // 3600 % 24, left // 86400
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} m" if minutes else f"{hours} h"
    return f"{minutes} m"


def _plural(noun: str) -> str:
    if noun.endswith(("ch", "sh", "s", "x")):
        return noun + "es"
    return noun[:-1] + "ies" if noun.endswith("y") and noun[-2:-1] not in tuple("aeiou") else noun + "s"


def counted(number: object, noun: str, be: bool = False) -> str:
    """``1 claim``, ``2 claims``; with ``be``, ``1 write is``, ``2 writes are``."""
    one = number == 1
    said = f"{number} {noun if one else _plural(noun)}"
    return f"{said} {'is' if one else 'are'}" if be else said


def until(instant: float, now: float) -> str:
    """``14:20 (1 h 40 m left)``; with the date when that is another day; UTC."""
    text = rfc3339(instant)
    shown = text[11:16] if text[:10] == rfc3339(now)[:10] else f"{text[:10]} {text[11:16]}"
    return f"{shown}Z ({show_duration(instant - now)} left)" if instant > now else f"{shown}Z (over)"


def slugify(text: str) -> str:
    """Lower-case ASCII words joined by dashes, at most 48 characters of whole words; empty when nothing is left."""
    import re

    words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return words if len(words) <= 48 else words[:49].rpartition("-")[0] or words[:48]


def nearest(word: str, words: list[str]) -> list[str]:
    """Up to three words that this one was probably meant to be."""
    from difflib import get_close_matches

    return get_close_matches(word, words, n=3, cutoff=0.55)


_measured = ("", 1)


def estimate_tokens(text: str) -> int:
    """An upper estimate of what a tokenizer makes of the text: of everyday text at most 5 % below a real one."""
    global _measured
    last, found = _measured  # both at once: threads may ask
    if text == last:  # an answer is fitted, then metered
        return found
    found = _estimate(text)
    _measured = (text, found)
    return found


#: What the pieces between blanks cost, in the order in which they are added. An answer's lines are measured, then all of it.
_pieces: dict[str, tuple[float, ...]] = {}
_LONGEST_PIECE, _MOST_PIECES = 80, 4000
_LINE_END = 0.9


def _estimate(text: str) -> int:
    """Runs of letters, digits, signs and blanks; nothing but blanks reaches over a blank, and nothing over a line's end."""
    if "\t" in text:
        return _total(_parts(text))
    costs: list[float] = []
    for line in text.split("\n"):
        bare = line.lstrip(" ")
        if len(line) - len(bare) > 1:
            costs.append(1)
        blank = True
        for piece in bare.split(" "):
            if piece:
                costs += _pieces.get(piece) or _remembered(piece)
                blank = False
            elif not blank:
                costs.append(1)
                blank = True
        if blank and bare[-2:-1] not in ("", " "):
            costs.pop()  # one blank at the end is none
        costs.append(_LINE_END)
    costs.pop()
    return _total(costs)


def _total(costs: Iterable[float]) -> int:
    total = 0.0
    for cost in costs:  # sum() rounds otherwise from 3.12 on
        total += cost
    return int(total * 1.1) + 1


def _remembered(piece: str) -> tuple[float, ...]:
    found = tuple(_parts(piece))
    if len(piece) <= _LONGEST_PIECE:
        if len(_pieces) >= _MOST_PIECES:
            _pieces.clear()
        _pieces[piece] = found
    return found


def _parts(text: str) -> Iterator[float]:
    at, end = 0, len(text)
    while at < end:
        letter = text[at]
        start = at
        at += 1
        if not letter.isascii():
            yield 1.6 if letter < "\U00010000" else 3
        elif letter.isalpha():
            while at < end and text[at].isascii() and text[at].isalpha():
                at += 1
            mixed = (start and text[start - 1].isdigit()) or (at < end and text[at].isdigit())
            word = _word(text[start:at])
            yield max(word, (at - start) / 1.85) if mixed else word
        elif letter.isdigit():
            while at < end and text[at] in "0123456789":
                at += 1
            yield (at - start + 2) // 3
        elif letter in " \t":
            while at < end and text[at] in " \t":
                at += 1
            if at - start > 1:
                yield 1
        elif letter == "\n":
            yield _LINE_END
        else:  # signs in a row, as in JSON, are often one token
            while at < end and text[at].isascii() and not text[at].isalnum() and text[at] not in " \t\n":
                at += 1
            yield 0.4 + (at - start) * 0.5


def _word(piece: str) -> float:
    turns = _turns(piece)
    if len(piece) <= 4:
        return 1.0 + turns * 0.75
    if turns * 4 > len(piece):
        return len(piece) / 1.45
    if (len(piece) - len(piece.translate(_NO_VOWELS))) * 5 < len(piece):
        return len(piece) / 2.2
    return max(1.0, len(piece) / 6)


_NO_VOWELS = dict.fromkeys(map(ord, "aeiouAEIOU"))


def _turns(piece: str) -> int:
    """How often capitals and small letters take turns: seldom in a name in CamelCase, all the time in base64."""
    rest = piece[1:]
    if rest.islower() or rest.isupper() or not rest:
        return 0
    return sum(a.isupper() != b.isupper() for a, b in pairwise(rest))
