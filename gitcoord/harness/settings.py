"""The hook settings of each tool as they are to be, and merging them into what a person has there.

Formats: ``docs/agents.md``. Every entry of ours has ``gitcoord hook`` in its command, and nothing else is touched.
"""

from __future__ import annotations

from gitcoord.harness.templates import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OURS = "gitcoord hook "
#: tool -> its settings file.
FILES = {
    "claude": ".claude/settings.json", "codex": ".codex/hooks.json", "cursor": ".cursor/hooks.json",
    "gemini": ".gemini/settings.json", "copilot": ".github/hooks/gitcoord.json",
}  # fmt: skip
#: Gemini reads AGENTS.md only when it is told to.
_CONTEXT = {"fileName": ["AGENTS.md", "GEMINI.md"]}
#: Those that edit, then those that read.
_GEMINI_TOOLS = "write_file|replace|read_file|read_many_files|search_file_content|glob|run_shell_command"
_COPILOT_TOOLS = "create|edit|str_replace_editor|apply_patch|view|grep|glob|bash|powershell"


def wanted(tool: str) -> dict[str, Any]:
    """What the tool's file holds for us, alone."""
    line = guarded(tool)
    if tool == "claude":
        return {"hooks": {
            "SessionStart": [_matched("startup|resume|clear|compact|fork", line, 10, {"statusMessage": "gitcoord brief"})],
            "SubagentStart": [_matched("", line, 5)],
            "UserPromptSubmit": [_matched("", line, 5)],
            "PreToolUse": [
                _matched("Edit|Write|NotebookEdit", line, 5),
                # `if` (2.1.85) starts no process for other calls; where it is not known each call costs one.
                _matched("Bash", line, 5, {"if": "Bash(*git/gitcoord*)"}),
                _matched("Read", line, 5, {"if": "Read(//**/.git/gitcoord/**)"}),
                _matched("Grep|Glob", line, 5),
            ],
            "PostToolUse": [_matched("Bash|PowerShell", line, 30, {"async": True})],
            "Stop": [_matched("", line, 10)],
            "SessionEnd": [_matched("", line, 20)],
        }}  # fmt: skip
    if tool == "codex":
        return {"hooks": {
            "SessionStart": [_matched("startup|resume|clear|compact", line, 10)],
            "PreToolUse": [_matched("Bash|apply_patch|Edit|Write", line, 5)],
            "Stop": [_matched("", line, 10)],
            "SessionEnd": [_matched("", line, 3)],
        }}  # fmt: skip
    if tool == "gemini":
        return {"context": _CONTEXT, "hooks": {
            "SessionStart": [_named("*", "gitcoord-brief", line, 10000)],
            "BeforeTool": [_named(_GEMINI_TOOLS, "gitcoord-claims", line, 5000)],
            "AfterAgent": [_named("", "gitcoord-handoff", line, 5000)],
            "SessionEnd": [_named("", "gitcoord-end", line, 5000)],
        }}  # fmt: skip
    if tool == "cursor":
        return {"version": 1, "hooks": {
            "sessionStart": [{"command": line, "timeout": 10}],
            "preToolUse": [{"command": line, "matcher": "Write|Delete|Read|Grep|Shell", "timeout": 5}],
            "afterFileEdit": [{"command": line}],
            "stop": [{"command": line, "loop_limit": 1}],
            "sessionEnd": [{"command": line}],
        }}  # fmt: skip
    return {"version": 1, "hooks": {
        "sessionStart": [{"type": "command", "timeoutSec": 10, "bash": line}],
        "preToolUse": [
            {"type": "command", "timeoutSec": 5, "matcher": _COPILOT_TOOLS, "bash": line}
        ],
        "agentStop": [{"type": "command", "timeoutSec": 10, "bash": line}],
        "sessionEnd": [{"type": "command", "timeoutSec": 10, "bash": line}],
    }}  # fmt: skip


def _matched(matcher: str, line: str, seconds: int, more: dict[str, Any] | None = None) -> dict[str, Any]:
    inner = {"type": "command", "timeout": seconds, **(more or {}), "command": line}
    return {"matcher": matcher, "hooks": [inner]} if matcher else {"hooks": [inner]}


def _named(matcher: str, name: str, line: str, milliseconds: int) -> dict[str, Any]:
    inner = {"name": name, "type": "command", "timeout": milliseconds, "command": line}
    return {"matcher": matcher, "hooks": [inner]} if matcher else {"hooks": [inner]}


def merged(present: dict[str, Any], tool: str) -> dict[str, Any]:
    """The settings with our entries, each once, after the person's own; theirs stay as they are.

    Raises:
        ValueError: ``hooks`` is there, and not of the form that the tool reads.
    """
    asked = wanted(tool)
    result = dict(present)
    for name, value in asked.items():
        if name != "hooks":
            result.setdefault(name, value)
    hooks = result.get("hooks", {})
    if not isinstance(hooks, dict) or not all(isinstance(each, list) for each in hooks.values()):
        raise ValueError("its hooks are not in the form that the tool documents")
    result["hooks"] = {**hooks}
    for event, entries in asked["hooks"].items():
        result["hooks"][event] = _placed(list(hooks.get(event, [])), entries)
    return result


def _placed(before: list[Any], ours: list[dict[str, Any]]) -> list[Any]:
    """Ours where the first of ours stands, else at the end."""
    at = next((n for n, each in enumerate(before) if is_ours(each)), len(before))
    return [*(each for each in before[:at]), *ours, *(each for each in before[at:] if not is_ours(each))]


def without(present: dict[str, Any]) -> dict[str, Any]:
    """The settings less our entries, and less what is empty without them."""
    hooks = present.get("hooks")
    if not isinstance(hooks, dict):
        return present
    left = {}
    for event, entries in hooks.items():
        kept = [each for each in entries if not is_ours(each)] if isinstance(entries, list) else entries
        if kept or not isinstance(entries, list) or not entries:
            left[event] = kept
    if len(left) == len(hooks) and all(left[event] == hooks[event] for event in hooks):
        return present
    result = {
        name: left if name == "hooks" else value for name, value in present.items()
        if (name != "hooks" or left) and (name != "context" or value != _CONTEXT)
    }  # fmt: skip
    return {} if set(result) <= {"version"} else result


def has(present: object) -> bool:
    """Whether an entry of ours is in it."""
    hooks = present.get("hooks") if isinstance(present, dict) else None
    return isinstance(hooks, dict) and any(is_ours(each) for entries in hooks.values() if isinstance(entries, list)
                                           for each in entries)


def is_ours(entry: object) -> bool:
    if not isinstance(entry, dict):
        return False
    inner = entry.get("hooks")
    several = inner if isinstance(inner, list) else [entry]
    return bool(several) and all(
        isinstance(each, dict) and OURS in str(each.get("command") or each.get("bash") or "") for each in several
    )
