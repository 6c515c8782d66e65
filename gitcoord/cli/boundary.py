"""The one place where anything is printed and where a failure becomes an exit code.

Nothing it promises depends on luck: a failure prints nothing on standard output; what must follow the output
(a reader's cursor) happens only after the output was taken; a bug leaves a file that says which versions ran.
"""

from __future__ import annotations

import sys

from gitcoord.cli.command import Answer, Call
from gitcoord.errors import EXIT_BUG, EXIT_INTERRUPTED, GitcoordError, LocalStorage, TimedOut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: Seconds that one command may take in all, whatever hangs. Commands declared ``slow`` are exempt.
LONGEST = 60
_GRACE = 5
#: So many settings that cannot be used are named one by one.
_SLIPS = 3


class OutputFailed(Exception):
    """Standard output did not take the answer."""


def guarded(argv: list[str], act: Callable[[], int], opened: Callable[[], Call | None]) -> int:
    """Runs ``act`` and turns every failure into its exit. ``opened`` tells which call was under way."""
    as_json = wants(argv, "--json")
    debug = wants(argv, "--debug")
    try:
        return act()
    except GitcoordError as error:
        if debug:
            _traceback()
        return _failed(error, as_json, opened())
    except KeyboardInterrupt:
        _say("interrupted\n")
        return EXIT_INTERRUPTED
    except OutputFailed as error:
        cause = error.__cause__
        if not isinstance(cause, BrokenPipeError):
            _say(f"The answer could not be written: {cause}\nWhat was asked has been done: gitcoord status\n")
        return 1
    except Exception as error:
        full = storage(error)
        if full is not None and not debug:
            return _failed(full, as_json)
        if debug:
            _traceback()
        return _bug(argv, opened(), as_json)


def run(call: Call) -> int:
    """Runs a parsed command and prints its answer."""
    waits = call.params.get("wait") or 0
    stop_watching = _watch(call.options.get("timeout"), waits) if not call.command.slow else None
    try:
        return _answered(call, stop_watching)
    except Exception as problem:
        if not cache_failed(call, problem) and not waits_here(call, problem):
            raise
        return _answered(call, stop_watching)
    finally:
        call.close()


def cache_failed(call: Call, problem: Exception) -> bool:
    """Whether to ask again without the cache: it is disposable, and nothing was written or printed yet."""
    from gitcoord.sql import sqlite3

    workspace = call.opened
    failed = isinstance(problem, sqlite3.Error) and workspace is not None and not workspace.written
    return failed and workspace is not None and workspace.without_cache()


def waits_here(call: Call, problem: Exception) -> bool:
    """Whether to ask again with what waits here counted in: what was not found may be among it."""
    workspace = call.opened
    return getattr(problem, "code", "") == "not-found" and workspace is not None and workspace.count_waiting()


def _answered(call: Call, stop_watching: Callable[[], object] | None) -> int:
    answer = call.command.run(call)
    if stop_watching is not None:
        stop_watching()  # a reader who is slow to take the answer may be
    show(call, answer)
    if answer.after is not None:
        answer.after()
    return answer.exit


def show(call: Call, answer: Answer) -> None:
    """Prints the answer, all of it or nothing that looks like all of it; then the meter takes note."""
    if answer.live:
        meter_call(call, _follow(answer.lines or ()) // 3)
        return
    if answer.lines is not None:
        _warn(call)
        letters = 0
        for line in answer.lines:
            _write(line)
            letters += len(line)
        _flush()
        meter_call(call, letters // 3)  # long: not worth a closer look
        return
    text = answer.text if answer.text is not None else rendered(call, answer, call.as_json)
    _write(text)
    _flush()
    if not call.as_json or answer.text is not None:
        _warn(call)
    meter_call(call, text)


def _slips(call: Call) -> list[str]:
    """Settings of this machine that were given a value which cannot be used."""
    found = call.opened.slips if call.opened is not None and call.command.path != "config list" else []
    rest = len(found) - _SLIPS
    return found if rest <= 0 else [*found[:_SLIPS], f"and {rest} more settings: gitcoord config list"]


def _warn(call: Call) -> None:
    for slip in _slips(call):
        _say(f"warning: {slip}\n")


def rendered(call: Call, answer: Answer, as_json: bool) -> str:
    """The answer by its view, within its budget."""
    from gitcoord.views import render

    workspace = call.opened
    if workspace is not None:
        moment = workspace.now()
    else:
        from gitcoord import clock

        moment = clock.now()
    result, slips = answer.result or {}, _slips(call) if as_json else []
    if slips:
        result = {**result, "warnings": [*(result.get("warnings") or []), *slips]}
    return render(answer.name, result, as_json=as_json, now=moment, budget=_budget(call, answer.name))


def _budget(call: Call, name: str) -> int | None:
    """What the command line says, else what the team, the machine or an overrun meter asks for."""
    asked: int | None = call.options.get("budget")
    workspace = call.opened
    if asked is not None or workspace is None:
        return asked
    from gitcoord.views.budget import usual

    return usual(name, workspace.settings_if_known, int(workspace.state.number("tight") or 100))


def meter_call(call: Call, told: str | int, given: int | None = None) -> None:
    """Adds the call to this machine's meter: what the agent wrote, and what it was answered."""
    workspace = call.opened
    if workspace is None:
        return
    from gitcoord.text import estimate_tokens
    from gitcoord.workspace import meter

    cost = told if isinstance(told, int) else estimate_tokens(told)
    if given is None:
        given = sum(map(len, sys.argv)) // 3 + 1
    agent = workspace.known_agent or workspace.agent or workspace.environ.get("GITCOORD_AGENT", "")
    meter.note(workspace.repo.home, agent, call.command.path, given, cost)
    if meter.is_large(workspace.repo.home):
        meter.fold(workspace.repo.home, workspace.local)


def _follow(lines: Iterable[str]) -> int:
    """Line by line as they come; how many letters there were. What makes them goes on only after a line was taken."""
    letters = 0
    try:
        for line in lines:
            _write(line)
            _flush()
            letters += len(line)
    except OutputFailed as error:
        if not isinstance(error.__cause__, BrokenPipeError):
            raise
    return letters


def wants(argv: list[str], flag: str) -> bool:
    """Whether a flag stands before ``--``: known even when the command line cannot be parsed."""
    for word in argv:
        if word == "--":
            return False
        if word == flag:
            return True
    return False


def _write(text: str) -> None:
    try:
        # Bytes, so that a locale without UTF-8 or CR LF translation cannot change the answer.
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    except (OSError, ValueError, AttributeError) as error:
        raise _gone(error) from error


def _flush() -> None:
    try:
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError) as error:
        raise _gone(error) from error


def _gone(error: BaseException) -> OutputFailed:
    """Points standard output away, or the interpreter would complain once more while it ends."""
    import os

    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
    except OSError:
        pass
    return OutputFailed(str(error))


def _say(text: str) -> None:
    try:
        sys.stderr.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass


def _failed(error: GitcoordError, as_json: bool, call: Call | None = None) -> int:
    from gitcoord.views import render_error

    try:
        text = render_error(error, as_json)
    except Exception:  # a detail that no view can show must not hide what happened
        text = error.message + "\n"
    _say(text)
    if call is not None:
        if not as_json:
            _warn(call)
        meter_call(call, text)
    return error.exit_code


def storage(error: Exception) -> LocalStorage | None:
    """A full, read-only or forbidden disk is no bug of ours."""
    if not isinstance(error, OSError):
        return None
    import errno

    if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO):
        return None
    where = f" ({error.filename})" if error.filename else ""
    return LocalStorage(f"This machine's storage refused: {error.strerror}{where}.", hint="gitcoord doctor")


def _watch(timeout: int | None, waits: int = 0) -> Callable[[], object] | None:
    """The last resort against a hang: everything below has shorter deadlines of its own. What somebody wants to wait in
    the queue comes on top.

    An interrupted landing loses nothing: the intent is in the outbox, and its id tells later whether it landed.
    """
    try:
        import _signal as signal  # type: ignore[import-not-found]  # the package around it makes enums of its constants, for 0.4 ms
    except ImportError:
        import signal

    if not hasattr(signal, "setitimer"):
        return None
    seconds = (timeout or LONGEST) + waits

    def too_long(number: int, frame: object) -> None:
        raise TimedOut(f"No answer within {seconds} s.", hint="gitcoord sync")

    try:
        signal.signal(signal.SIGALRM, too_long)
    except ValueError:
        return None  # not the main thread: whoever started us there has a deadline of its own
    signal.setitimer(signal.ITIMER_REAL, seconds + (_GRACE if timeout else 0))
    return lambda: signal.setitimer(signal.ITIMER_REAL, 0)


def _traceback() -> None:
    import traceback

    _say(traceback.format_exc())


def _bug(argv: list[str], call: Call | None, as_json: bool) -> int:
    from gitcoord.cli.crash import write_report

    file, summary = write_report(argv, call.opened if call is not None else None)
    if as_json:
        import json

        hint = f"Report it with the file {file}"
        _say(json.dumps({"error": {"code": "bug", "message": summary, "hint": hint, "log": file}}) + "\n")
    else:
        _say(f"gitcoord failed, and it is our bug: {summary}\nVersions and details: {file}\n")
    return EXIT_BUG
