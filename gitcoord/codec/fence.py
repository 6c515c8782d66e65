"""Where the front matter ends and the body begins. Splits and joins text; understands neither.

Canonical: ``---``, the keys, ``---``, a blank line, the body and one final newline. In memory a body has neither
that blank line nor that newline, so that the text a person typed is the text others get.
"""

from __future__ import annotations

import re

from gitcoord.codec.errors import Malformed

# Compiled when first met: a canonical file needs neither.
LINE = r"(?m)^---[ \t]*\r?$"
_MARKERS = r"(?m)^(?:<{7}|>{7})(?: |\r?$)"
BOM = "\ufeff"


class Parts:
    """A file cut at its fences: ``"".join((bom, opening, header, closing, tail))`` is the file.

    ``opening`` and ``closing`` are empty where the file is YAML alone. ``header`` keeps its line ends.
    """

    __slots__ = ("bom", "closing", "header", "opening", "tail")

    def __init__(self, bom: str, opening: str, header: str, closing: str, tail: str) -> None:
        self.bom, self.opening, self.header, self.closing, self.tail = bom, opening, header, closing, tail

    @property
    def crlf(self) -> bool:
        first = self.opening or self.header.partition("\n")[0] + "\n"
        return first.endswith("\r\n")

    @property
    def yaml(self) -> str:
        """The header with LF line ends."""
        return self.header.replace("\r\n", "\n")

    @property
    def body(self) -> str:
        return body_of(self.tail.replace("\r\n", "\n") if self.crlf else self.tail)

    def rejoined(self, header: str, tail: str | None = None) -> str:
        closing = self.closing
        if tail is not None and closing and not closing.endswith("\n"):
            closing += "\r\n" if self.crlf else "\n"
        return "".join((self.bom, self.opening, header, closing, self.tail if tail is None else tail))


def body_of(tail: str) -> str:
    """Body of what follows the closing fence."""
    return tail.removeprefix("\n").removesuffix("\n")


def tail_of(body: str) -> str:
    return f"\n{body}\n" if body else ""


def cut(text: str, fenced: bool) -> Parts:
    """Raises Malformed when a fence is missing, or when a merge left its markers among the keys."""
    bom = BOM if text.startswith(BOM) else ""
    text = text[len(bom) :]
    if not fenced:
        _refuse_markers(text)
        return Parts(bom, "", text, "", "")
    opening = re.match(LINE, text)
    closing = re.compile(LINE).search(text, opening.end()) if opening else None
    if opening is None or closing is None:
        _refuse_markers(text)
        raise Malformed("no front matter between two lines of ---")
    begin, end = opening.end() + 1, min(closing.end() + 1, len(text))
    header = text[begin : closing.start()]
    _refuse_markers(header)
    return Parts(bom, text[:begin], header, text[closing.start() : end], text[end:])


def _refuse_markers(text: str) -> None:
    if re.search(_MARKERS, text):
        raise Malformed("conflict markers of an unfinished merge")
