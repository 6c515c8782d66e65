"""The texts that are copied into a repository: from the checkout of gitcoord, or from where it is installed."""

from __future__ import annotations

import os

BEGIN, END = "<!-- gitcoord:begin -->", "<!-- gitcoord:end -->"


def text(name: str) -> str:
    """A file of ``templates/``. Raises FileNotFoundError when this installation has none."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for folder in (f"{package}/_installed/templates", f"{os.path.dirname(package)}/templates"):
        try:
            with open(f"{folder}/{name}", encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            continue
    raise FileNotFoundError(name)


def guarded(tool: str) -> str:
    """The one line that a tool's settings hold, the same for ever: some tools trust it by its hash."""
    if tool in ("claude", "codex"):
        return f"command -v gitcoord >/dev/null 2>&1 || exit 0; gitcoord hook {tool} || exit 0"
    if tool == "cursor":
        return "sh -c 'command -v gitcoord >/dev/null 2>&1 && gitcoord hook cursor || echo {}'"
    if tool == "gemini":
        return "command -v gitcoord >/dev/null 2>&1 && gitcoord hook gemini || echo '{}'"
    return "command -v gitcoord >/dev/null 2>&1 && gitcoord hook copilot || true"
