"""Whether a write holds what looks like a token or key. Loads regular expressions only where something may be one."""

from __future__ import annotations

from gitcoord.fastjson import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: What is in every token and key of a known form.
_SIGNS = (
    "PRIVATE KEY", "AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "k_live_", "sk-",
    "AIza", "npm_", "pypi-", "eyJ", "://",
)  # fmt: skip


def may_hold(text: str) -> bool:
    """False for most texts, without a regular expression."""
    return any(sign in text for sign in _SIGNS)


def is_clean(args: dict[str, Any]) -> bool:
    """Whether no text in it has the form of a known token or key."""
    text = dumps(args)
    if not may_hold(text):
        return True
    from gitcoord.rules.secrets import certain

    return not certain(text.encode("utf-8", "replace"))
