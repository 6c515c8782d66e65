"""The texts that are copied into a repository: from the checkout of gitcoord, or from where it is installed."""

from __future__ import annotations

from gitcoord.program import shipped

BEGIN, END = "<!-- gitcoord:begin -->", "<!-- gitcoord:end -->"


def text(name: str) -> str:
    """A file of ``templates/``. Raises FileNotFoundError when this installation has none."""
    found = shipped("templates", name)
    if found is None:
        raise FileNotFoundError(name)
    return found.decode()


def guarded(tool: str) -> str:
    """The one line that a tool's settings hold, the same for ever: some tools trust it by its hash."""
    if tool in ("claude", "codex"):
        return f"command -v gitcoord >/dev/null 2>&1 || exit 0; gitcoord hook {tool} || exit 0"
    if tool == "cursor":
        return "sh -c 'command -v gitcoord >/dev/null 2>&1 && gitcoord hook cursor || echo {}'"
    if tool == "gemini":
        return "command -v gitcoord >/dev/null 2>&1 && gitcoord hook gemini || echo '{}'"
    return "command -v gitcoord >/dev/null 2>&1 && gitcoord hook copilot || true"
