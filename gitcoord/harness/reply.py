"""What each tool expects to hear: context for the agent, a refusal, or nothing. Never an approval.

To say ``allow`` would skip the person's own permission prompt, so there is no word for it here.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.harness.payload import Call

#: Claude Code shows longer answers as a pointer to a file (measured: 9,900 characters arrived whole, 12,000 did not).
MAX_CHARACTERS = 9500
#: Tools whose hooks must print an object even when there is nothing to say.
_ALWAYS = ("cursor", "gemini")


def nothing(call: Call) -> str:
    return "{}\n" if call.tool in _ALWAYS else ""


def context(call: Call, text: str) -> str:
    """Facts for the agent at the start of a session, or beside a tool that goes on."""
    text = shortened(text)
    if not text:
        return nothing(call)
    if call.tool == "cursor":
        return _dumps({"additional_context": text}) if call.event == "start" else nothing(call)
    if call.tool == "copilot":
        return _dumps({"additionalContext": text}) if call.event == "start" else ""
    if call.tool in ("codex", "gemini") and call.event != "start":
        return nothing(call)  # their schemas know no such field there
    return _dumps({"hookSpecificOutput": {"hookEventName": call.name, "additionalContext": text}})


def deny(call: Call, reason: str) -> str:
    """The edit must not happen, and why."""
    reason = shortened(reason)
    if call.tool == "cursor":
        return _dumps({"permission": "deny", "user_message": reason, "agent_message": reason})
    if call.tool == "gemini":
        return _dumps({"decision": "deny", "reason": reason})
    told = {"permissionDecision": "deny", "permissionDecisionReason": reason}
    if call.tool == "copilot":
        return _dumps(told)
    return _dumps({"hookSpecificOutput": {"hookEventName": "PreToolUse", **told}})


def refuses(answer: str) -> bool:
    """Whether an answer of :func:`deny`: within a text the quotes of JSON are never bare."""
    return '"deny"' in answer


def proof(call: Call, mark: str) -> str:
    """For the doctor: which tool and event this call was understood as."""
    return _dumps({"gitcoord": mark[:64], "tool": call.tool, "event": call.event})


def nudge(call: Call, text: str) -> str:
    """One more turn for an agent that is about to stop; only where that is no block."""
    if call.tool == "claude":
        return _dumps({"hookSpecificOutput": {"hookEventName": "Stop", "additionalContext": shortened(text)}})
    if call.tool == "cursor":
        return _dumps({"followup_message": shortened(text)})
    return nothing(call)


def shortened(text: str) -> str:
    if len(text) <= MAX_CHARACTERS:
        return text
    kept = text[: MAX_CHARACTERS - 40].rpartition("\n")[0]
    return kept + "\n(more: gitcoord read --all)"


def _dumps(value: dict[str, Any]) -> str:
    from gitcoord.fastjson import dumps

    return dumps(value) + "\n"
