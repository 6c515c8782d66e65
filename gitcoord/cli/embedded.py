"""A command run on behalf of another surface: its answer as one JSON object, its failure as one too.

Prints nothing, sets no signal, and may run in any thread. Whoever calls bounds the time.
"""

from __future__ import annotations

import json

from gitcoord.cli.boundary import cache_failed, meter_call, rendered, storage, waits_here
from gitcoord.errors import EXIT_BUG, EXIT_INTERRUPTED, GitcoordError, InvalidArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitcoord.cli.command import Answer, Call


def answered(call: Call, given: int, prepare: Callable[[Call], object], stopped: Callable[[], bool]) -> dict[str, Any]:
    """What ``--json`` would print, with ``exit`` where that is not 0; a failure has ``error``, and always ``exit``.

    Args:
        given: tokens that the agent wrote, for the meter.
        prepare: what is done with the call before the command runs.
        stopped: whether whoever asked has gone. A command that waits ends then, and what follows an answer that was
            taken (a reader's cursor) does not happen.
    """
    try:
        return _run(call, given, prepare, stopped)
    except GitcoordError as error:
        return _failure(call, error, given)
    except KeyboardInterrupt:
        gone = {"code": "interrupted", "message": "Nobody waits for the answer.", "hint": ""}
        return {"error": gone, "exit": EXIT_INTERRUPTED}
    except Exception as error:
        full = storage(error)
        return _failure(call, full, given) if full is not None else _bug(call)
    finally:
        call.close()


def _run(call: Call, given: int, prepare: Callable[[Call], object], stopped: Callable[[], bool]) -> dict[str, Any]:
    prepare(call)
    try:
        answer = call.command.run(call)
    except Exception as problem:
        if not cache_failed(call, problem) and not waits_here(call, problem):
            raise
        answer = call.command.run(call)
    text = _text(call, answer)
    found: dict[str, Any] = json.loads(text)
    if not stopped() and answer.after is not None:
        answer.after()
    meter_call(call, text, given)
    return {**found, "exit": answer.exit} if answer.exit else found


def _text(call: Call, answer: Answer) -> str:
    if answer.text is not None:  # an answer that has been fitted already
        return answer.text
    if answer.lines is not None:
        raise InvalidArguments(f"gitcoord {call.command.path} goes on and on; it is for the command line.")
    return rendered(call, answer, True)


def _failure(call: Call, error: GitcoordError, given: int) -> dict[str, Any]:
    from gitcoord.views import render_error

    try:
        text = render_error(error, True)
        found: dict[str, Any] = json.loads(text)
    except Exception:  # a detail that no view can show must not hide what happened
        text = error.message
        found = {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
    meter_call(call, text, given)
    return {**found, "exit": error.exit_code}


def _bug(call: Call) -> dict[str, Any]:
    from gitcoord.cli.crash import write_report

    file, summary = write_report([call.command.path, repr(call.params)], call.opened)
    hint = f"Report it with the file {file}"
    return {"error": {"code": "bug", "message": summary, "hint": hint, "log": file}, "exit": EXIT_BUG}
