"""``gitcoord hook <tool>``: the one door for every event of every tool. Exits 0 whatever happens.

Not even a wrong tool name or a broken installation may make a tool refuse its user's edit: several tools read exit 2,
and one reads any failure, as a refusal.
"""

from __future__ import annotations

import os
import sys

from gitcoord.harness.payload import AFTER, BEFORE, END, MAX_BYTES, START, STOP, TOOLS, TURN, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.harness.payload import Call

#: With this in the environment the hook answers with its value and does nothing: how the doctor proves a wiring.
PROBE = "GITCOORD_HOOK_PROBE"
#: Seconds after which an event is given up; before a tool runs nobody may be kept waiting.
DEADLINES = {START: 3.0, TURN: 1.5, BEFORE: 1.5, AFTER: 10.0, STOP: 1.5, END: 1.0}
#: No tool waits longer than its own time-out, and no person should.
MOST_SECONDS = 30.0


class TooLong(BaseException):
    """The event's time is over. No ordinary handler may catch it."""


def main(words: list[str]) -> int:
    """Always 0."""
    answer = ""
    try:
        tool = words[0] if words else ""
        if tool not in TOOLS or "--help" in words:
            return 0
        data = _stdin()
        call = parse(tool, data)
        answer = _answered(call, data)
    except BaseException as problem:
        _note(problem)
    try:
        sys.stdout.buffer.write(answer.encode("utf-8", "replace"))
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):  # nobody listens; Python has no stdout at all when it was closed
        pass
    return 0


def _answered(call: Call, data: bytes) -> str:
    from gitcoord.harness import firewall, reply

    if PROBE in os.environ:
        return reply.proof(call, os.environ[PROBE])
    call.suspect = call.event == BEFORE and firewall.suspected(data)
    idle = call.event == BEFORE and not call.paths and not call.suspect
    if idle or not call.event or _belongs_to_another(call):
        return reply.nothing(call)
    _alarm(_seconds(call.event))
    try:
        return _acted(call)
    except BaseException as problem:
        _note(problem)
        return reply.nothing(call)
    finally:
        _alarm(0)


def _acted(call: Call) -> str:
    if call.event in (BEFORE, AFTER):
        from gitcoord.harness import edits

        return edits.before(call) if call.event == BEFORE else edits.after(call)
    from gitcoord.harness import acts

    return {START: acts.start, TURN: acts.turn, STOP: acts.stop, END: acts.end}[call.event](call)


def _belongs_to_another(call: Call) -> bool:
    """Claude's settings are read by Cursor and Copilot too. Where the tool has a wiring of its own, that one answers."""
    if call.tool != "claude" or os.environ.get("CLAUDECODE"):
        return False
    own = ""
    if os.environ.get("CURSOR_VERSION"):
        own = ".cursor/hooks.json"
    elif os.environ.get("COPILOT_CLI") or (call.event in (BEFORE, AFTER) and not call.once):  # Claude Code names each use
        own = ".github/hooks/gitcoord.json"
    return bool(own) and _exists_above(call.cwd or ".", own)


def _exists_above(folder: str, name: str) -> bool:
    """In this folder or one that holds it: a call may come from within the project."""
    folder = os.path.abspath(folder)
    while not os.path.exists(os.path.join(folder, name)):
        if folder == os.path.dirname(folder):
            return False
        folder = os.path.dirname(folder)
    return True


def _stdin() -> bytes:
    if sys.stdin is None or sys.stdin.isatty():
        return b""
    chunks, size = [], 0
    while size < MAX_BYTES and (chunk := os.read(0, 1 << 16)):
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)


def _seconds(event: str) -> float:
    """``GITCOORD_HOOK_SECONDS`` is for slow machines; what is no number there is not heard."""
    try:
        return min(max(float(os.environ.get("GITCOORD_HOOK_SECONDS", "")), 0.001), MOST_SECONDS)
    except ValueError:
        return DEADLINES[event]


def _alarm(seconds: float) -> None:
    try:
        import _signal as signal  # type: ignore[import-not-found]
    except ImportError:
        import signal

    def stop(*_: object) -> None:
        raise TooLong

    try:
        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, seconds)
    except (ValueError, AttributeError):
        pass


def _note(problem: BaseException) -> None:
    """Nothing is shown to anybody, and nothing is lost for whoever looks: ``GITCOORD_HOOK_LOG`` names a file."""
    file = os.environ.get("GITCOORD_HOOK_LOG")
    if not file:
        return
    try:
        with open(file, "a", encoding="utf-8") as log:
            log.write(f"{type(problem).__name__}: {problem}\n")
    except OSError:
        pass
