"""What the codec says of bytes it will not read, or values it will not write."""

from __future__ import annotations


class Malformed(ValueError):
    """``reason`` is one line that names what is wrong, fit for a quarantine list. Nothing else escapes a decoder."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
