"""Whether a write holds what looks like a token or key, and the same write without it. Loads regular expressions only
where something may be one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from gitcoord.workspace.workspace import Workspace

#: What is in every token and key of a known form.
_SIGNS = (
    "PRIVATE KEY", "AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "k_live_", "sk-",
    "AIza", "npm_", "pypi-", "eyJ", "://",
)  # fmt: skip


def may_hold(text: str) -> bool:
    """False for most texts, without a regular expression."""
    return any(sign in text for sign in _SIGNS)


def is_clean(args: Any) -> bool:
    """Whether no text in it has the form of a known token or key."""
    text = "\n".join(_texts(args))  # as they are: in JSON a line break is an "n", and hides what begins a line
    if not may_hold(text):
        return True
    from gitcoord.rules.secrets import certain

    return not certain(text.encode("utf-8", "replace"))


def without_tokens(args: Any) -> Any:
    """The same, with a visible mark in place of what looks like a token or key."""
    if isinstance(args, str):
        if not may_hold(args):
            return args
        from gitcoord.rules import secrets

        return secrets.without_tokens(args)
    if isinstance(args, dict):
        return {without_tokens(name): without_tokens(value) for name, value in args.items()}
    return [without_tokens(each) for each in args] if isinstance(args, (list, tuple)) else args


def cleaned(ws: Workspace, args: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """For a write that nobody would be there to repeat: ``(what is written, fields of which something was left out)``."""
    if is_clean(args) or not ws.settings.get("secrets.scan"):
        return args, []
    kept: dict[str, Any] = without_tokens(args)
    return kept, sorted(set(_changed(args, kept)))


def warning(fields: list[str]) -> list[str]:
    """What the answer says of it."""
    return [f"what looks like a token or a key was left out of: {', '.join(fields)}"] if fields else []


def _changed(args: dict[str, Any], kept: dict[str, Any]) -> Iterator[str]:
    for name, was, now in zip(args, args.values(), kept.values(), strict=True):
        if was != now and name == "handoff":
            yield from _changed(was, now)
        elif was != now:
            yield name


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield str(name)
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)
