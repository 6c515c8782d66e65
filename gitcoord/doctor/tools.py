"""How the agent tools of this work tree are wired: proven by running the very line that a tool would run.

The line is run only when it is the one that we write, with a payload as the tool sends it and a mark in the environment
with which the hook answers and does nothing. What cannot be seen from here is said.
"""

from __future__ import annotations

import json
import os
import time

from gitcoord.doctor.finding import good, unknown, warned
from gitcoord.harness import files, mcp, settings, wiring
from gitcoord.harness.hook import PROBE
from gitcoord.harness.payload import TOOLS
from gitcoord.harness.templates import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from gitcoord.doctor.finding import Finding
    from gitcoord.doctor.patient import Patient

NAME = "agent-tools"
SECONDS = 10.0
#: What no command outside of the tool can know.
_UNSEEN = {
    "claude": "a session that is open keeps the hooks it began with",
    "codex": "whether Codex trusts them, which it notes by hash, cannot be seen from here: codex, then /hooks",
    "cursor": "whether Cursor trusts this workspace cannot be seen from here",
    "gemini": "whether Gemini trusts this folder and these hooks cannot be seen from here",
    "copilot": "whether the folder is trusted, and gitcoord installed in the cloud, cannot be seen from here",
}
_EVENTS = {"cursor": "preToolUse", "gemini": "BeforeTool"}


def tools(patient: Patient) -> Iterator[Finding]:
    if patient.repo.worktree is None:
        yield good(NAME, "bare repository: no tool works here")
        return
    used, wired = wiring.found(patient.repo, {}), 0
    for tool in TOOLS:
        text = files.present(patient.repo, settings.FILES[tool])
        present = _loaded(text)
        if present is None:
            detail = f"{tool}: {settings.FILES[tool]} is no JSON object, so that no hook in it runs"
            yield warned(NAME, detail, f"Correct it, then: gitcoord init --tool {tool}")
        elif settings.has(present):
            wired += 1
            yield from _wired(patient, tool, present)
        elif tool in used:
            yield good(NAME, f"{tool}: used here, and not wired; gitcoord init --tool {tool} does that")
    if not wired:
        yield good(NAME, "no tool is wired: claims are made by hand")
    elif patient.settings().get("hooks.agent") == "off":
        yield warned(NAME, "hooks.agent is off: edits take no claims", "gitcoord config set hooks.agent enforce")
    yield from _servers(patient)


def _loaded(text: str | None) -> dict[str, Any] | None:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _wired(patient: Patient, tool: str, present: dict[str, Any]) -> Iterator[Finding]:
    off = _disabled(patient, tool, present)
    if off:
        yield warned(NAME, f"{tool}: wired, and {off}", f"gitcoord init --tool {tool}")
        return
    try:
        current = settings.merged(present, tool) == present
    except ValueError as problem:
        yield warned(NAME, f"{tool}: {settings.FILES[tool]}: {problem}", f"gitcoord init --tool {tool}")
        return
    if not current:
        yield warned(NAME, f"{tool}: the hooks in {settings.FILES[tool]} are of another version", "gitcoord upgrade")
        return
    started = time.monotonic()
    answer = answered(tool, str(patient.repo.worktree), patient.environ)
    if answer is None:
        detail = f"{tool}: wired, but its line answers nothing: sh finds no gitcoord of this version on its PATH"
        yield warned(NAME, detail, "pipx install gitcoord   (or add its folder to PATH)")
    elif not answer:
        yield unknown(NAME, f"{tool}: its line could not be run")
    else:
        took = int((time.monotonic() - started) * 1000)
        yield good(NAME, f"{tool}: wired, and its line answers ({took} ms); {_UNSEEN[tool]}")


def answered(tool: str, folder: str, environ: Mapping[str, str]) -> bool | None:
    """True: the line that we write reached this command. None: it ran, and nothing answered. False: it cannot be run."""
    import subprocess

    mark = os.urandom(8).hex()
    try:
        done = subprocess.run(
            ["sh", "-c", guarded(tool)], cwd=folder, env={**environ, PROBE: mark}, input=_payload(tool, folder),
            capture_output=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        found = json.loads(done.stdout or b"{}")
    except ValueError:
        return None
    except (OSError, subprocess.SubprocessError):
        return False
    said = {"gitcoord": mark, "tool": tool, "event": "before"}
    return True if found == said else None


def _payload(tool: str, folder: str) -> bytes:
    """An edit as the tool announces it, of a file that lies nowhere: even a gitcoord that knows no mark does nothing."""
    path = {"file_path": "/gitcoord-doctor/none"}
    if tool == "copilot":
        given: dict[str, Any] = {"sessionId": "doctor", "toolName": "edit", "toolArgs": json.dumps({"path": path["file_path"]})}
    else:
        key = "conversation_id" if tool == "cursor" else "session_id"
        given = {key: "doctor", "hook_event_name": _EVENTS.get(tool, "PreToolUse"), "tool_name": "Write", "tool_input": path}
    return json.dumps({**given, "cwd": folder}).encode()


def _disabled(patient: Patient, tool: str, present: dict[str, Any]) -> str:
    """How a person has switched the tool's hooks off; empty when nothing of that is seen."""
    if tool == "claude":
        local = _loaded(files.present(patient.repo, ".claude/settings.local.json")) or {}
        return "disableAllHooks is set" if present.get("disableAllHooks") or local.get("disableAllHooks") else ""
    text = files.present(patient.repo, ".codex/config.toml") if tool == "codex" else None
    if not text:
        return ""
    import tomllib

    try:
        features = tomllib.loads(text).get("features", {})
    except tomllib.TOMLDecodeError:
        return "its config.toml is no TOML"
    off = isinstance(features, dict) and False in (features.get("hooks"), features.get("codex_hooks"))
    return "its config.toml switches hooks off" if off else ""


def _servers(patient: Patient) -> Iterator[Finding]:
    """MCP entries; the server is not started, which would take a second for each."""
    named = []
    for tool, path in mcp.FILES.items():
        text = files.present(patient.repo, path) or ""
        if mcp.has_toml(text) if path.endswith(".toml") else mcp.has_json(_loaded(text)):
            named.append(tool)
    if not named:
        return
    from shutil import which

    if which("gitcoord", path=patient.environ.get("PATH")) is None:
        detail = f"MCP entries of {', '.join(named)} start gitcoord, which is not on the PATH"
        yield warned(NAME, detail, "pipx install 'gitcoord[mcp]'")
    elif mcp.without_sdk():
        yield warned(NAME, f"MCP entries of {', '.join(named)}: {mcp.without_sdk()}", "pipx install 'gitcoord[mcp]'")
    else:
        yield good(NAME, f"MCP entries of {', '.join(named)}; the server was not started")
