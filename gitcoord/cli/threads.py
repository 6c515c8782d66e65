"""``thread start reply read close list``."""

from __future__ import annotations

from gitcoord.cli.command import DURATION, FLAG, INTEGER, Answer, Argument, Call, Command, Option
from gitcoord.errors import InvalidArguments

#: More than this is too much for any message, so that no more of it is read.
_MOST = 1 << 17
_THREAD = Argument("thread", "THR-3")


def _start(call: Call) -> Answer:
    from gitcoord.actions import threads

    words = call.texts("words")
    names = []
    while words and words[0][:1] in ("@", "＠"):
        names.append("@" + words.pop(0)[1:])
    found = threads.start(
        call.workspace,
        names,
        " ".join(words),
        message=_text(call.get("message") or ""),
        max_messages=call.get("max_messages"),
        max_tokens=call.get("max_tokens"),
        lifetime=call.get("lifetime"),
    )
    return Answer("thread-start", found)


def _reply(call: Call) -> Answer:
    from gitcoord.actions import threads

    words, file = call.prose(), call.get("body")
    if words and file:
        raise InvalidArguments("The message stands either in the command or in --body.", hint="gitcoord thread reply --help")
    text = _file(file[1:]) if file and file[:1] == "@" else _text(file or words)
    return Answer("thread-reply", threads.reply(call.workspace, call.get("thread"), text))


def _text(given: str) -> str:
    """The words themselves, or those of standard input for ``-``."""
    if given != "-":
        return given
    import sys

    return _decoded(sys.stdin.buffer.read(_MOST), "Standard input")


def _file(name: str) -> str:
    try:
        with open(name, "rb") as found:
            return _decoded(found.read(_MOST), name)
    except (OSError, ValueError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "that is no name of a file"
        raise InvalidArguments(f"{name or '@'} cannot be read: {why}", hint="gitcoord thread reply --help") from problem


def _decoded(data: bytes, what: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as problem:
        if problem.start < len(data) - 4:
            raise InvalidArguments(f"{what} is not UTF-8.") from problem
        return data[: problem.start].decode()  # cut within a character, and too long anyway


def _read(call: Call) -> Answer:
    from gitcoord.actions import threads

    return Answer("thread", threads.read(call.workspace, call.get("thread"), history=call.flag("history")))


def _close(call: Call) -> Answer:
    from gitcoord.actions import threads

    found = threads.close(
        call.workspace,
        call.get("thread"),
        call.get("summary") or "",
        decisions=call.texts("decisions"),
        open_items=call.texts("open_items"),
    )
    return Answer("thread-close", found)


def _list(call: Call) -> Answer:
    from gitcoord.actions import threads

    found = threads.threads(call.workspace, all_=call.flag("all"), mine=call.flag("mine"), limit=call.get("limit"))
    return Answer("threads", found)


COMMANDS = {
    "thread start": Command(
        "thread start",
        _start,
        "Open a short thread with one to three others.",
        (
            'gitcoord thread start @Charlie "persistence choice"',
            'gitcoord thread start @river @sky "who merges first?" --message "I am ready." --lifetime 10m',
        ),
        arguments=(Argument("words", "@who (visible name, handle or id), then the topic", "+"),),
        options=(
            Option("--message -m", "The first message; - from standard input.", name="message", metavar="TEXT"),
            Option("--max-messages", "At most so many in all, up to 10.", type=INTEGER, metavar="N"),
            Option("--max-tokens", "At most so many in all, up to 1000.", type=INTEGER, metavar="N"),
            Option("--lifetime", "How long, up to 60m.", type=DURATION, metavar="DURATION"),
        ),
        more="Six messages, 800 tokens, 30 minutes and 2 agents unless told otherwise; then it ends with a summary.",
    ),
    "thread reply": Command(
        "thread reply",
        _reply,
        "Say something in a thread.",
        ('gitcoord thread reply THR-3 "JSON is fine for v1"', "gitcoord thread reply THR-3 --body @answer.md"),
        arguments=(_THREAD, Argument("text", "the message; - from standard input", "*")),
        options=(Option("--body", "The message; @file or - (standard input).", metavar="TEXT"),),
        more="A reply that comes too late is kept in the attic, and the exit is 7 (1 when the thread was closed).",
    ),
    "thread read": Command(
        "thread read",
        _read,
        "A live thread with its messages; of one that is over its summary.",
        ("gitcoord thread read THR-3", "gitcoord thread read THR-3 --history --budget 700"),
        arguments=(_THREAD,),
        options=(Option("--history", "The messages of one that is over, too.", type=FLAG),),
    ),
    "thread close": Command(
        "thread close",
        _close,
        "End a thread with a summary.",
        ('gitcoord thread close THR-3 --summary "JSON for v1" --decision DEC-2 --open "multi-profile support"',),
        arguments=(_THREAD,),
        options=(
            Option("--summary", "What came of it; without it one is put together.", metavar="TEXT"),
            Option("--decision", "A decision that was made.", name="decisions", many=True, metavar="DEC-n"),
            Option("--open", "Something still open.", name="open_items", many=True, metavar="TEXT"),
        ),
    ),
    "thread list": Command(
        "thread list",
        _list,
        "Live threads, the newest first.",
        ("gitcoord thread list", "gitcoord thread list --all --mine --json"),
        options=(
            Option("--all", "Those that are over too.", type=FLAG),
            Option("--mine", "Only those in which I take part.", type=FLAG),
            Option("--limit -n", "At most so many.", type=INTEGER, name="limit", metavar="N"),
        ),
    ),
}
