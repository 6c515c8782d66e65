"""What a tool's hook hands us on standard input, as one :class:`Call`, whatever the tool calls its fields.

Field names as observed or documented in November 2026 for Claude Code 2.1, Codex CLI 0.169, Cursor, Gemini CLI 0.61 and
Copilot CLI 1.0. Unknown fields are ignored; an unknown event is no event.
"""

from __future__ import annotations

from gitcoord.fastjson import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TOOLS = ("claude", "codex", "cursor", "gemini", "copilot")
START, TURN, BEFORE, AFTER, STOP, END = "start", "turn", "before", "after", "stop", "end"
_EVENTS = {
    "sessionstart": START, "subagentstart": START, "pretooluse": BEFORE, "beforetool": BEFORE, "posttooluse": AFTER,
    "aftertool": AFTER, "afterfileedit": AFTER, "stop": STOP, "afteragent": STOP, "agentstop": STOP, "sessionend": END,
    "userpromptsubmit": TURN,
}  # fmt: skip
_EDITORS = frozenset((
    "edit", "write", "notebookedit", "multiedit", "apply_patch", "write_file", "replace", "create", "delete",
    "str_replace_editor", "str_replace_based_edit_tool",
))  # fmt: skip
_SHELLS = frozenset(("bash", "shell", "powershell", "run_shell_command", "local_shell", "exec_command"))
_PATHS = ("file_path", "notebook_path", "path", "target_file", "filePath", "absolute_path", "filename")
#: Where the tools that read and search name files and folders.
_NAMED = (*_PATHS, "paths", "dir_path", "directory", "glob", "include")
_PATCH = "*** Begin Patch"
_IN_A_PATCH = ("*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: ")
MAX_BYTES = 32 * 1024 * 1024
MAX_PATHS = 1000


class Call:
    """One hook call. ``event`` is one of the words above, or empty; ``paths`` are those about to be edited,
    ``reads`` those that another tool names, ``script`` is what a shell is to run."""

    __slots__ = (
        "cwd", "event", "name", "once", "paths", "reads", "reason", "script", "session", "shell", "sub", "suspect",
        "tool",
    )  # fmt: skip

    def __init__(self, tool: str, event: str, name: str) -> None:
        self.tool, self.event, self.name = tool, event, name
        self.session = self.sub = self.cwd = self.reason = self.once = self.script = ""
        self.paths: list[str] = []
        self.reads: list[str] = []
        self.shell = self.suspect = False


def parse(tool: str, data: bytes) -> Call:
    """Never raises: what is no JSON object is a call without an event."""
    try:
        given = loads(data[:MAX_BYTES].decode("utf-8-sig"))
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        return Call(tool, "", "")
    name = _text(given, "hook_event_name", "hookEventName", "event") or _guessed(given)
    call = Call(tool, _EVENTS.get(name.lower().replace("_", ""), ""), name)
    call.session = _text(given, "session_id", "sessionId", "conversation_id", "thread_id")
    call.sub = _text(given, "agent_id", "agentId")
    call.cwd = _text(given, "cwd") or _first(given.get("workspace_roots"))
    call.reason = _text(given, "reason", "source")
    if given.get("stop_hook_active") or given.get("loop_count"):
        call.reason = "again"
    call.once = _text(given, "tool_use_id", "toolUseId", "tool_call_id")
    if call.event in (BEFORE, AFTER):
        _add_tool(call, given)
    return call


def _guessed(given: dict[str, Any]) -> str:
    """Copilot's camel-case payloads do not say which event they belong to."""
    if "toolName" in given or "tool_name" in given:
        return "PostToolUse" if "toolResult" in given else "PreToolUse"
    if "stopReason" in given:
        return "agentStop"
    return "SessionEnd" if "reason" in given else ("SessionStart" if "source" in given or "initialPrompt" in given else "")


def _add_tool(call: Call, given: dict[str, Any]) -> None:
    used = _text(given, "tool_name", "toolName").lower()
    asked: Any = given.get("tool_input", given.get("toolArgs", given))
    if isinstance(asked, str):
        try:
            asked = loads(asked)
        except ValueError:
            asked = {"command": asked}
    if not isinstance(asked, dict):
        return
    call.shell = used in _SHELLS
    script = _text(asked, "command", "patch", "input", "cmd") or " ".join(_texts(asked.get("command")))
    if _PATCH in script:
        call.paths = _patched(script)
        call.shell = False
    elif used in _EDITORS or not used:
        call.paths = [path for path in [_text(asked, *_PATHS)] if path]
    elif call.shell:
        call.script = script
    elif call.event == BEFORE:
        keys = (*_NAMED, "pattern") if "glob" in used else _NAMED  # elsewhere a pattern is a text to look for
        call.reads = [each for key in keys for each in _texts(asked.get(key))][:MAX_PATHS]


def _patched(script: str) -> list[str]:
    found = []
    for line in script.splitlines():
        for head in _IN_A_PATCH:
            if line.startswith(head):
                found.append(line[len(head) :].strip())
    return found[:MAX_PATHS]


def _text(values: dict[str, Any], *names: str) -> str:
    for name in names:
        value = values.get(name)
        if isinstance(value, str) and value:
            return value
    return ""


def _texts(value: Any) -> list[str]:
    several = value if isinstance(value, list) else [value]
    return [each for each in several if isinstance(each, str) and each]


def _first(value: Any) -> str:
    return value[0] if isinstance(value, list) and value and isinstance(value[0], str) else ""
