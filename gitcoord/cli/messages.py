"""``msg send recv ack reply list show close``."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, INTEGER, Answer, Argument, Call, Command, Option
from gitcoord.errors import InvalidArguments, Provisional

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from gitcoord.workspace.identity import Identity

#: A little more than a message may have, so that one byte too much is noticed.
_READ = 33 * 1024


def _send(call: Call) -> Answer:
    from gitcoord.actions import messages

    found = messages.send(
        call.workspace, call.texts("to"), _text(call), thread=call.get("thread"), task=call.get("task"),
        question=call.flag("question"),
    )  # fmt: skip
    return Answer("msg", found)


def _text(call: Call) -> str:
    """From the words, or from ``--body``: ``@file``, ``-`` for standard input, else the text itself."""
    words, body = call.prose(), call.get("body")
    if body is not None and words:
        raise InvalidArguments("The text is given twice: as words and as --body.", hint="gitcoord msg send --help")
    given = str(body) if body is not None else words
    if given == "-":
        import sys

        return _decoded(sys.stdin.buffer.read(_READ), "Standard input")
    if body is None or not given.startswith("@"):
        return given
    import os
    import stat

    try:
        if not stat.S_ISREG(os.stat(given[1:]).st_mode):
            raise ValueError("it is no plain file (- is standard input)")
        with open(given[1:], "rb") as file:
            return _decoded(file.read(_READ), given[1:])
    except (OSError, ValueError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else problem
        hint = "gitcoord msg send --to sky --body @FILE"
        raise InvalidArguments(f"{given[1:201]} cannot be read: {why}.", hint=hint) from None


def _decoded(data: bytes, name: str) -> str:
    """Text that was cut at the limit may end within a letter."""
    try:
        return data.decode()
    except UnicodeDecodeError as problem:
        if len(data) >= _READ and problem.start > _READ - 4:
            return data[: problem.start].decode()
        raise InvalidArguments(f"{name[:200]} is not UTF-8.") from None


def _recv(call: Call) -> Answer:
    from gitcoord.actions import messages

    ws = call.workspace
    me = messages.acting(ws, call.get("me"))
    if call.flag("follow"):
        return Answer(lines=_stream(call, me), live=True)
    found = messages.recv(ws, me, limit=call.get("limit"))
    if not call.flag("ack"):
        return Answer("messages", found)
    from gitcoord.views import render

    text = render("messages", found, as_json=call.as_json, now=ws.now(), budget=call.options.get("budget"))
    taken = _printed(text, found["messages"], call.as_json)
    return Answer(text=text, after=lambda: _take(call, taken, me) if taken else None)


def _printed(text: str, messages: list[dict[str, Any]], as_json: bool) -> list[str]:
    """Ids of those that the budget let through: only what was shown may be acknowledged."""
    if as_json:
        import json

        return [str(each["id"]) for each in json.loads(text)["messages"]]
    first = {line.partition(" ")[0] for line in text.splitlines()}
    return [str(each["id"]) for each in messages if each.get("alias") in first]


def _take(call: Call, ids: list[str], me: Identity) -> None:
    """After the answer was taken. Raises Provisional when the remote does not know of it yet."""
    from gitcoord.actions import messages

    if messages.ack(call.workspace, ids, identity=me).get("state") == "provisional":
        raise Provisional("Acknowledged on this machine, not on the remote.", hint="gitcoord sync")


def _stream(call: Call, me: Identity) -> Iterator[str]:
    from gitcoord.actions import following
    from gitcoord.views import render_stream

    timeout, limit = call.options.get("timeout"), call.get("limit")
    for each in following.follow(call.workspace, me, _pause, timeout=timeout, limit=limit):
        yield render_stream("message", [following.as_line(each)], True)
        if call.flag("ack"):
            _take(call, [each.id], me)


def _pause(seconds: float) -> bool:
    """Sleeps, and says whether anybody still reads our output: a pipe without a reader tells at once."""
    import select
    import sys
    import time

    try:
        poller = select.poll()
        poller.register(sys.stdout.fileno(), 0)
    except (AttributeError, OSError, ValueError):  # no such call here, or no real output
        time.sleep(seconds)
        return True
    return not poller.poll(int(seconds * 1000) + 1)


def _ack(call: Call) -> Answer:
    from gitcoord.actions import messages

    me = messages.acting(call.workspace, call.get("me"))
    return Answer("msg", messages.ack(call.workspace, call.texts("messages"), identity=me))


def _reply(call: Call) -> Answer:
    from gitcoord.actions import messages

    me = messages.acting(call.workspace, call.get("me"))
    return Answer("msg", messages.reply(call.workspace, call.get("message"), _text(call), identity=me))


def _list(call: Call) -> Answer:
    from gitcoord.actions import messages

    ws, all_, sent = call.workspace, call.flag("all"), call.flag("sent")
    return Answer("messages", messages.listed(ws, all_=all_, sent=sent, limit=call.get("limit")))


def _show(call: Call) -> Answer:
    from gitcoord.actions import messages

    found = messages.shown(call.workspace, call.get("message"))
    if not call.get("output"):
        return Answer("message", found)
    from gitcoord.cli.streams import to_file

    return Answer("export", to_file(call, [found["message"]]))


def _close(call: Call) -> Answer:
    from gitcoord.actions import messages

    return Answer("msg", messages.close(call.workspace, call.texts("messages")))


_MESSAGE = Argument("message", "MSG-3")
_MESSAGES = Argument("messages", "MSG-3 …", "+")
_ME = Option("--me", "Whose mailbox, when it is not mine: human:alex.", metavar="WHO")
_BODY = Option("--body", "The text: @FILE, - for standard input, or the text itself.", metavar="@FILE|-|TEXT")
_LIMIT = Option("--limit -n", "At most so many.", type=INTEGER, name="limit", metavar="N")

COMMANDS = {
    "msg send": Command(
        "msg send",
        _send,
        "Send a message to agents, groups or people.",
        (
            'gitcoord msg send --to sky "the token tests are red on main"',
            'gitcoord msg send --to reviewers:backend --task TASK-4 --question "May the retry stay?"',
            "gitcoord msg send --to human:alex --body @notes.md",
        ),
        arguments=(Argument("text", "the message", "*"),),
        options=(
            Option(
                "--to", "A name or handle, workers, reviewers:backend, all, thread:THR-3, human:alex.", many=True, metavar="WHO"
            ),
            _BODY,
            Option("--question", "It waits for an answer, and shows in the reader's read until then.", type=FLAG),
            Option("--thread", "The thread that it belongs to; without --to, to its participants.", metavar="THR-n"),
            Option("--work --task", "The task that it is about.", name="task", metavar="TASK-n"),
        ),
    ),
    "msg recv": Command(
        "msg recv",
        _recv,
        "What is addressed to me and not acknowledged, oldest first.",
        ("gitcoord msg recv", "gitcoord msg recv --ack", "gitcoord msg recv --me human:alex", "gitcoord msg recv --follow"),
        options=(
            _ME,
            Option("--ack", "Acknowledge what was shown, after it was printed.", type=FLAG),
            Option("--follow", "Go on: one JSON object a line as messages arrive, until --timeout or Ctrl-C.", type=FLAG),
            _LIMIT,
        ),
        more="Delivered at least once: until it is acknowledged, a message is shown again.",
    ),
    "msg ack": Command(
        "msg ack",
        _ack,
        "Acknowledge messages: they are not shown to me again.",
        ("gitcoord msg ack MSG-3 MSG-4",),
        arguments=(_MESSAGES,),
        options=(_ME,),
    ),
    "msg reply": Command(
        "msg reply",
        _reply,
        "Answer a message, and acknowledge it by that.",
        ('gitcoord msg reply MSG-3 "port 8080"',),
        arguments=(_MESSAGE, Argument("text", "the answer", "*")),
        options=(_BODY, _ME),
    ),
    "msg list": Command(
        "msg list",
        _list,
        "Open messages to me and from me, newest first.",
        ("gitcoord msg list", "gitcoord msg list --sent", "gitcoord msg list --all --json"),
        options=(
            Option("--all", "Everybody's, finished ones too.", type=FLAG),
            Option("--sent", "All that I sent, finished ones too.", type=FLAG),
            _LIMIT,
        ),
    ),
    "msg show": Command(
        "msg show",
        _show,
        "One message, whole.",
        ("gitcoord msg show MSG-3", "gitcoord msg show MSG-3 --output message.jsonl"),
        arguments=(_MESSAGE,),
        options=(Option("--output -o", "Into a file, as one JSON object.", name="output", metavar="FILE"),),
    ),
    "msg close": Command(
        "msg close",
        _close,
        "Say that a message waits for nobody any more.",
        ("gitcoord msg close MSG-3",),
        arguments=(_MESSAGES,),
    ),
}
