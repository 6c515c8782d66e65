"""``ask decide blockers decisions``."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, INTEGER, Answer, Argument, Call, Command, Option
from gitcoord.model.ids import is_ulid, parse_alias, parse_provisional

_LIMIT = Option("--limit -n", "At most so many.", type=INTEGER, name="limit", metavar="N")


def _ask(call: Call) -> Answer:
    from gitcoord.actions import blockers

    return Answer("ask", blockers.ask(call.workspace, call.prose(), task=call.get("task"), to=call.get("to")))


def _decide(call: Call) -> Answer:
    from gitcoord.actions import blockers

    words = call.texts("words")
    reference = words.pop(0) if _is_reference(words[0]) else None
    if call.flag("needs_ratification"):
        from gitcoord.actions import propose

        return Answer("propose", propose.decision(call.workspace, " ".join(words), question=reference))
    return Answer("decide", blockers.decide(call.workspace, reference, " ".join(words)))


def _is_reference(word: str) -> bool:
    """``BLK-3`` and the like; any alias, so that ``TASK-4`` is refused as a wrong kind and not taken for prose."""
    return parse_alias(word) is not None or parse_provisional(word) is not None or is_ulid(word.lower())


def _blockers(call: Call) -> Answer:
    from gitcoord.actions import blockers

    found = blockers.blockers(call.workspace, all_=call.flag("all"), mine=call.flag("mine"), limit=call.get("limit"))
    return Answer("blockers", found)


def _decisions(call: Call) -> Answer:
    from gitcoord.actions import blockers

    return Answer("decisions", blockers.decisions(call.workspace, limit=call.get("limit")))



def _all_blockers(path: str) -> Command:
    return Command(
        path,
        _blockers,
        "Open questions.",
        (f"gitcoord {path}", f"gitcoord {path} --all"),
        options=(
            Option("--all", "Resolved ones too.", type=FLAG),
            Option("--mine", "Only those that I asked.", type=FLAG),
            _LIMIT,
        ),
    )


def _all_decisions(path: str) -> Command:
    return Command(path, _decisions, "What was decided, newest first.", (f"gitcoord {path}",), options=(_LIMIT,))


COMMANDS = {
    "ask": Command(
        "ask",
        _ask,
        "Open a blocker: a question that stays in view until it is decided.",
        (
            'gitcoord ask "Which port may the demo use?"',
            'gitcoord ask "May I drop Python 3.9?" --to river --task TASK-4',
        ),
        arguments=(Argument("text", "the question", "+"),),
        options=(
            Option("--task", "The task that waits for it.", metavar="TASK-n"),
            Option("--to", "Who should answer.", metavar="AGENT"),
        ),
    ),
    "decide": Command(
        "decide",
        _decide,
        "Record a decision; it resolves the blocker that you name.",
        ('gitcoord decide BLK-3 "port 8080"', 'gitcoord decide "we keep Python 3.11"'),
        arguments=(Argument("words", "BLK-n, then what is decided", "+"),),
        options=(
            Option(
                "--needs-ratification", "Only propose it: whoever merges its proposal decides.", name="needs_ratification",
                type=FLAG,
            ),
        ),
    ),
    "blockers": _all_blockers("blockers"),
    "blocker list": _all_blockers("blocker list"),
    "decisions": _all_decisions("decisions"),
    "decision list": _all_decisions("decision list"),
}
