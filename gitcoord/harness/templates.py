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


def span(text: str, begin: str = BEGIN, end: str = END) -> tuple[int, int] | None:
    """Where our block stands, its marks included. A mark without its pair, and what a person wrote after it, is no block."""
    at = text.find(end)
    while at >= 0:
        start = text.rfind(begin, 0, at)
        if start >= 0 and end not in text[start:at]:
            return start, at + len(end)
        at = text.find(end, at + 1)
    return None


def replaced(text: str, ours: str, begin: str = BEGIN, end: str = END) -> str:
    """The text with our block (marks and a final newline included): where it stands, else at the end."""
    known = span(text, begin, end)
    if known is not None:
        return text[: known[0]] + ours + text[known[1] :].removeprefix("\r").removeprefix("\n")
    gap = "" if not text or text.endswith("\n\n") else ("\n" if text.endswith("\n") else "\n\n")
    return text + gap + ours


def removed(text: str, begin: str = BEGIN, end: str = END) -> str:
    """The text less our block; empty when nothing else was in it."""
    known = span(text, begin, end)
    if known is None:
        return text
    left = text[: known[0]].rstrip("\n") + "\n" + text[known[1] :].lstrip("\n")
    return left if left.strip() else ""


def guarded(tool: str) -> str:
    """The one line that a tool's settings hold, the same for ever: some tools trust it by its hash."""
    if tool in ("claude", "codex"):
        return f"command -v gitcoord >/dev/null 2>&1 || exit 0; gitcoord hook {tool} || exit 0"
    if tool == "cursor":
        return "sh -c 'command -v gitcoord >/dev/null 2>&1 && gitcoord hook cursor || echo {}'"
    if tool == "gemini":
        return "command -v gitcoord >/dev/null 2>&1 && gitcoord hook gemini || echo '{}'"
    return "command -v gitcoord >/dev/null 2>&1 && gitcoord hook copilot || true"
