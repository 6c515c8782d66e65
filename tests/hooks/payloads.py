"""What each tool hands its hooks, as seen in November 2026 (Claude Code 2.1, Codex CLI 0.169) or documented (Cursor, Gemini
CLI 0.61, Copilot CLI 1.0)."""

from __future__ import annotations

import json
from typing import Any

TOOLS = ("claude", "codex", "cursor", "gemini", "copilot")
SESSION = "7a0b5e1c-2f"
_KEY = {"cursor": "conversation_id", "copilot": "sessionId"}


def common(tool: str, session: str = SESSION) -> dict[str, Any]:
    """The fields that every event of a tool has."""
    return {_KEY.get(tool, "session_id"): session, **{
        "claude": {"transcript_path": "/home/u/.claude/projects/-repo/7a0b.jsonl", "prompt_id": "d7c7",
                   "permission_mode": "acceptEdits", "effort": {"level": "medium"}},
        "codex": {"turn_id": "1", "model": "gpt", "permission_mode": "default", "transcript_path": "/home/u/.codex/s.jsonl"},
        "cursor": {"generation_id": "g1", "model": "m", "cursor_version": "3.1", "user_email": "u@example.org",
                   "transcript_path": None},
        "gemini": {"transcript_path": "/home/u/.gemini/t.json", "timestamp": "2026-11-21T09:30:00Z"},
        "copilot": {"timestamp": 1795000000000},
    }[tool]}  # fmt: skip


def start(tool: str, session: str = SESSION) -> dict[str, Any]:
    if tool == "copilot":
        return {**common(tool, session), "source": "new", "initialPrompt": "fix login"}
    name = "sessionStart" if tool == "cursor" else "SessionStart"
    return {**common(tool, session), "hook_event_name": name, "source": "startup"}


def edit(tool: str, file: str, once: str, session: str = SESSION) -> dict[str, Any]:
    if tool == "codex":
        return patch(file, once, session)
    if tool == "copilot":
        return {**common(tool, session), "toolName": "edit", "toolArgs": json.dumps({"path": file, "old_str": "x"})}
    asked: dict[str, Any] = {"file_path": file, "old_string": "x", "new_string": "y"}
    name, used = "PreToolUse", "Edit"
    if tool == "cursor":
        name, used, asked = "preToolUse", "Write", {"path": file, "contents": "y"}
    elif tool == "gemini":
        name, used = "BeforeTool", "replace"
    named = {} if tool == "gemini" else {"tool_use_id": once}
    return {**common(tool, session), "hook_event_name": name, "tool_name": used, **named, "tool_input": asked}


def patch(file: str, once: str, session: str = SESSION, through_shell: bool = False) -> dict[str, Any]:
    """Codex edits with patches; models without that tool send the same text through a shell."""
    text = f"*** Begin Patch\n*** Update File: {file}\n@@\n-x\n+y\n*** End Patch"
    asked = {"command": f"apply_patch <<'EOF'\n{text}\nEOF\n" if through_shell else text}
    used = "Bash" if through_shell else "apply_patch"
    event = {"hook_event_name": "PreToolUse", "tool_name": used, "tool_use_id": once}
    return {**common("codex", session), **event, "tool_input": asked}


def shell(tool: str, command: str, once: str = "sh1") -> dict[str, Any]:
    """A shell command that is about to run."""
    if tool == "copilot":
        return {**common(tool), "toolName": "bash", "toolArgs": json.dumps({"command": command})}
    used = {"cursor": "Shell", "gemini": "run_shell_command"}.get(tool, "Bash")
    name = {"cursor": "preToolUse", "gemini": "BeforeTool"}.get(tool, "PreToolUse")
    named = {} if tool == "gemini" else {"tool_use_id": once}
    return {**common(tool), "hook_event_name": name, "tool_name": used, **named, "tool_input": {"command": command}}


def read(tool: str, file: str) -> dict[str, Any]:
    """A file that is about to be read by a tool of its own; Codex has none."""
    if tool == "codex":
        return shell(tool, f"cat {file}")
    if tool == "copilot":
        return {**common(tool), "toolName": "view", "toolArgs": json.dumps({"path": file})}
    used = "read_file" if tool == "gemini" else "Read"
    name = {"cursor": "preToolUse", "gemini": "BeforeTool"}.get(tool, "PreToolUse")
    return {**common(tool), "hook_event_name": name, "tool_name": used, "tool_input": {"file_path": file}}


def stop(tool: str, again: bool = False) -> dict[str, Any]:
    if tool == "copilot":
        return {**common(tool), "stopReason": "end_turn"}
    if tool == "cursor":
        return {**common(tool), "hook_event_name": "stop", "status": "completed", "loop_count": int(again)}
    name = "AfterAgent" if tool == "gemini" else "Stop"
    return {**common(tool), "hook_event_name": name, "stop_hook_active": again, "last_assistant_message": "done"}


def end(tool: str, reason: str = "logout", session: str = SESSION) -> dict[str, Any]:
    if tool == "copilot":
        return {**common(tool, session), "reason": reason}
    name = "sessionEnd" if tool == "cursor" else "SessionEnd"
    return {**common(tool, session), "hook_event_name": name, "reason": reason}
