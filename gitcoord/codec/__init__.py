"""Bytes <-> model: front matter, YAML, JSON lines. Never touches a disk, git or a clock.

Everything read here was written by somebody else. Whatever the bytes are, a decoder answers with values
or with :class:`Malformed`: no other exception, no hang, no crash of the interpreter.
"""

from __future__ import annotations

from gitcoord.codec.errors import Malformed

__all__ = ["Malformed"]
