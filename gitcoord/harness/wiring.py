"""Writes the files that wire agent tools to gitcoord, inside marked blocks, and takes them out again.

A person's text is never changed: blocks and JSON entries of ours are added, replaced and removed; what cannot be read,
is a link out of the repository or cannot be written is left alone and named. Running it again changes no byte;
taking it out restores the bytes that were there.
"""

from __future__ import annotations

import os

from gitcoord.errors import InvalidArguments
from gitcoord.harness import files, mcp, settings, templates
from gitcoord.harness.jsons import dumped, loaded
from gitcoord.harness.payload import TOOLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitcoord.harness.files import Change
    from gitcoord.store.repository import Repository

#: What tells that a tool is used here.
_SIGNS = {
    "claude": ("CLAUDE.md", ".claude"), "codex": (".codex",), "cursor": (".cursor",), "gemini": (".gemini", "GEMINI.md"),
    "copilot": (".github/copilot-instructions.md", ".github/hooks"),
}  # fmt: skip


#: What Copilot's cloud agent runs first; people have steps of their own in it.
_SETUP = ".github/workflows/copilot-setup-steps.yml"


def found(repo: Repository, environ: Mapping[str, str]) -> list[str]:
    """Tools that have files in this work tree, or that run us."""
    from gitcoord.workspace.identity import tool

    root, running = repo.worktree, tool(environ)
    if root is None:
        return []
    return [name for name in TOOLS if name == running or any(os.path.lexists(f"{root}/{each}") for each in _SIGNS[name])]


def asked(words: str) -> list[str]:
    """The tools of ``claude,codex``. Raises InvalidArguments for one that nobody knows."""
    names = [each.strip().lower() for each in words.split(",") if each.strip()]
    for name in names:
        if name not in TOOLS:
            known = ",".join(TOOLS)
            raise InvalidArguments(f"{name[:40]!r} is no tool that can be wired.", hint=f"gitcoord init --tool {known}")
    return [name for name in TOOLS if name in names]


def wire(
    repo: Repository, tools: list[str], *, servers: bool = False, dry_run: bool = False
) -> dict[str, list[str]]:
    """``written``: the files that changed, with what for; ``notes``: what was left alone, and why; ``diff``: what a dry
    run would change, line by line. ``servers``: also the entries that start ``gitcoord mcp``."""
    report: dict[str, list[str]] = {"written": [], "notes": [], "diff": []}
    for path, change, what in _once(repo, _changes(tools, servers=servers)):
        files.apply(repo, path, change, what, report, dry_run)
    if "codex" in tools:
        report["notes"].append("Codex asks once whether to trust the hooks: run codex, then /hooks")
    if "copilot" in tools and not os.path.lexists(f"{repo.worktree}/{_SETUP}"):
        report["notes"].append(f"Copilot's cloud agent has gitcoord when {_SETUP} has a step: pipx install gitcoord")
    if "copilot" in tools and servers:
        report["notes"].append("Copilot has MCP servers in its own settings; the entry: gitcoord mcp --emit-mcp-config copilot")
    if "gemini" in tools and not dry_run and not _reads_instructions(repo):
        report["notes"].append(f"{settings.FILES['gemini']}: context.fileName lacks AGENTS.md, so Gemini does not read it")
    return report


def unwire(repo: Repository, *, dry_run: bool = False) -> dict[str, list[str]]:
    """Restore what was there before :func:`wire`, or take our parts out of what a person has edited since."""
    report: dict[str, list[str]] = {"written": [], "notes": []}
    for path, change, _ in _once(repo, _changes(list(TOOLS), servers=True, out=True)):
        files.apply(repo, path, change, "", report, dry_run, out=True)
    return report


def refresh(repo: Repository, *, dry_run: bool = False) -> dict[str, list[str]]:
    """What is ours and is there becomes what this version writes; nothing is added where we are not."""
    report: dict[str, list[str]] = {"written": [], "notes": [], "diff": []}
    seen = set()
    for path, change, what in _once(repo, _changes(list(TOOLS), servers=True)):
        present = files.present(repo, path)
        if path in seen or present is None:
            continue
        seen.add(path)
        kept = _kept(repo, path, present)
        if kept == "ours":
            files.apply(repo, path, _refreshing(path, change), what, report, dry_run)
        elif kept:
            report["notes"].append(kept)
    return report


def _kept(repo: Repository, path: str, present: str) -> str:
    """``ours`` when something of ours is in it; a sentence when that cannot be told; empty when nothing is."""
    if path in _OWNED:
        if files.plain(present) == _owned_text(path):
            return ""
        if files.untouched(repo, path, present):
            return "ours"
        return f"{path} is left alone: it was edited, or is of a version that another clone wrote; gitcoord init replaces it"
    if path.endswith(".toml"):
        return "ours" if mcp.has_toml(present) else ""
    if path.endswith(".json"):
        try:
            found = loaded(present)
        except (ValueError, RecursionError):
            return ""
        return "ours" if settings.has(found) or mcp.has_json(found) else ""
    return "ours" if templates.span(present) else ""


def _refreshing(path: str, change: Change) -> Change:
    """Of a file with hooks and servers, only what is in it already."""
    if path != settings.FILES["gemini"]:
        return change

    def only(text: str | None) -> str | None:
        present = loaded(text or "{}")
        hooks, servers = settings.has(present), mcp.has_json(present)
        return _json("gemini", False, hooks=hooks, servers=servers)(text)

    return only


def _reads_instructions(repo: Repository) -> bool:
    try:
        found = loaded(files.present(repo, settings.FILES["gemini"]) or "{}")
        names = found["context"]["fileName"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False
    return "AGENTS.md" in (names if isinstance(names, list) else [names])


#: Files that are ours alone, with the template of each.
_OWNED = {
    ".claude/skills/gitcoord/SKILL.md": "skill/SKILL.md", ".agents/skills/gitcoord/SKILL.md": "skill/SKILL.md",
    ".claude/commands/co-op.md": "commands/co-op.md", ".cursor/rules/gitcoord.mdc": "cursor/gitcoord.mdc",
    ".gemini/commands/co-op.toml": "commands/co-op.toml",
}  # fmt: skip


def _owned_text(path: str) -> str:
    return templates.text(_OWNED[path])


def _changes(tools: list[str], *, servers: bool = False, out: bool = False) -> list[tuple[str, Change, str]]:
    """Every file of these tools, once."""
    changes: list[tuple[str, Change, str]] = []
    if tools:
        block = templates.text("agents.md")
        changes.append(("AGENTS.md", _unblocked if out else (lambda text: _blocked(text, block)), "marked block"))
        for folder in ([".claude/skills"] if "claude" in tools else []) + [".agents/skills"]:
            changes.append((f"{folder}/gitcoord/SKILL.md", _owned(f"{folder}/gitcoord/SKILL.md", out), "skill"))
    if "claude" in tools:
        changes.append(("CLAUDE.md", _unblocked if out else (lambda text: _blocked(text, "@AGENTS.md\n")), "marked block"))
        changes.append((".claude/commands/co-op.md", _owned(".claude/commands/co-op.md", out), "/co-op"))
    if "gemini" in tools:
        changes.append((".gemini/commands/co-op.toml", _owned(".gemini/commands/co-op.toml", out), "/co-op"))
    if "cursor" in tools:
        changes.append((".cursor/rules/gitcoord.mdc", _owned(".cursor/rules/gitcoord.mdc", out), "rule"))
    for tool in tools:
        also = servers and mcp.FILES.get(tool) == settings.FILES[tool]
        what = f"hooks{' and MCP server' if also else ''} of {tool}"
        changes.append((settings.FILES[tool], _json(tool, out, hooks=True, servers=also), what))
        if servers and not also and tool in mcp.FILES:
            file = mcp.FILES[tool]
            toml = mcp.toml_without if out else mcp.toml_with
            change = toml if file.endswith(".toml") else _json(tool, out, hooks=False, servers=True)
            changes.append((file, change, f"MCP server of {tool}"))
    return changes


def _once(repo: Repository, changes: list[tuple[str, Change, str]]) -> list[tuple[str, Change, str]]:
    """Less those whose file is that of an earlier one under another name, such as a CLAUDE.md that is a link to AGENTS.md:
    one block in it says all."""
    first: dict[str, str] = {}
    return [each for each in changes if first.setdefault(os.path.realpath(f"{repo.worktree}/{each[0]}"), each[0]) == each[0]]


def _blocked(text: str | None, block: str) -> str:
    return templates.replaced(text or "", f"{templates.BEGIN}\n{block.rstrip()}\n{templates.END}\n")


def _unblocked(text: str | None) -> str | None:
    return text if not text or templates.span(text) is None else templates.removed(text) or None


def _owned(path: str, out: bool) -> Change:
    """A file that is ours alone. One that a person has changed stays when it is taken out."""
    ours = _owned_text(path)

    def change(text: str | None) -> str | None:
        if out:
            return None if text == ours else text
        return ours

    return change


def _json(tool: str, out: bool, *, hooks: bool, servers: bool) -> Change:
    def change(text: str | None) -> str | None:
        if text is None and out:
            return None
        present = loaded(text) if text and text.strip() else {}
        if not isinstance(present, dict):
            raise ValueError("it is no JSON object")
        new = present
        if hooks:
            new = settings.without(new) if out else settings.merged(new, tool)
        if servers:
            new = mcp.without(new) if out else mcp.merged(new, tool)
        if new == present and text is not None:
            return text
        return dumped(new, text or "") if new or not out else None

    return change
