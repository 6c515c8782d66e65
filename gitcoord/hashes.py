"""SHA-1 and SHA-256 without OpenSSL, whose import costs 2 ms; the same functions where Python has only hashlib."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import sha1, sha256
else:
    try:
        from _sha1 import sha1

        try:
            from _sha256 import sha256
        except ImportError:  # 3.12 and newer
            from _sha2 import sha256
    except ImportError:
        from hashlib import sha1, sha256

__all__ = ["sha1", "sha256"]
