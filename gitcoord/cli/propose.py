"""``propose decision entity policy list``, ``merge-driver``."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, Answer, Argument, Call, Command, Option
from gitcoord.errors import InvalidArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_OPEN = Option("--open", "Open the pull request with the forge's own gh or glab.", name="open", type=FLAG)
_REASON = Option("--reason", "Why, for whoever reviews it.", metavar="TEXT")
_BODY = Option("--body", "The whole text, in Markdown.", metavar="TEXT")


def _decision(call: Call) -> Answer:
    from gitcoord.actions import propose

    found = propose.decision(
        call.workspace, call.prose(), body=call.get("body") or "", question=call.get("question"), open_=call.flag("open")
    )
    return Answer("propose", found)


def _entity(call: Call) -> Answer:
    from gitcoord.actions import propose

    found = propose.entity(
        call.workspace, call.get("id"), _values(call.texts("set")), body=call.get("body"), reason=call.get("reason") or "",
        open_=call.flag("open"),
    )  # fmt: skip
    return Answer("propose", found)


def _values(pairs: list[str]) -> dict[str, Any]:
    from gitcoord.cli.store import _typed

    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise InvalidArguments(f"{pair[:60]!r} is not field=value.", hint="gitcoord propose entity --help")
        found[name] = _typed(value) if value else None
    return found


def _policy(call: Call) -> Answer:
    from gitcoord.actions import propose

    found = propose.policy(call.workspace, call.get("file"), reason=call.get("reason") or "", open_=call.flag("open"))
    return Answer("propose", found)


def _list(call: Call) -> Answer:
    from gitcoord.actions import proposals

    return Answer("proposals", proposals.proposals(call.workspace, all_=call.flag("all")))


def _merge_driver(call: Call) -> Answer:
    from gitcoord.actions import mergedriver
    from gitcoord.text import one_line

    path = call.get("path")
    found = mergedriver.merge_files(call.get("base"), call.get("ours"), call.get("theirs"), path)
    if call.as_json:
        result = {"path": path, "clean": not found.conflicts, "conflicts": found.conflicts}
        return Answer("merge-driver", result, exit=1 if found.conflicts else 0)
    said = f"gitcoord: {one_line(path, 200)}: both sides changed {', '.join(found.conflicts)}\n" if found.conflicts else ""
    return Answer(text=said, exit=1 if found.conflicts else 0)


COMMANDS = {
    "merge-driver": Command(
        "merge-driver",
        _merge_driver,
        "What git runs to merge a file of the branch field by field; exit 1 for a conflict.",
        ("gitcoord merge-driver base.md ours.md theirs.md tasks/ab/01jd8zk3w6v9q0s7m2x4c5b6ab.md",),
        arguments=(
            Argument("base", "file of the common ancestor"),
            Argument("ours", "our file; the result goes there"),
            Argument("theirs", "their file"),
            Argument("path", "its path on the branch"),
        ),
    ),
    "propose decision": Command(
        "propose decision",
        _decision,
        "A decision that a person ratifies by merging its pull request; until then it has no effect.",
        ('gitcoord propose decision "we drop Python 3.10" --question BLK-3', "gitcoord propose decision DEC-4 --open"),
        arguments=(Argument("text", "what is decided, or DEC-n that is proposed already", "+"),),
        options=(_BODY, Option("--question", "The blocker that it answers.", metavar="BLK-n"), _OPEN),
    ),
    "propose entity": Command(
        "propose entity",
        _entity,
        "A change of anything on the branch, for review.",
        ("gitcoord propose entity TASK-4 --set title='Log in by key' --set priority=1",),
        arguments=(Argument("id", "TASK-4, DEC-2 …"),),
        options=(Option("--set", "A field and its new value.", many=True, metavar="FIELD=VALUE"), _BODY, _REASON, _OPEN),
    ),
    "propose policy": Command(
        "propose policy",
        _policy,
        "A change of the ownership policy, for review.",
        ("gitcoord owners list --output owners.yml", "gitcoord propose policy owners.yml --reason 'River owns auth'"),
        arguments=(Argument("file", "the whole policy in YAML"),),
        options=(_REASON, _OPEN),
    ),
    "propose list": Command(
        "propose list",
        _list,
        "Proposals that wait for a person.",
        ("gitcoord propose", "gitcoord propose list --all"),
        options=(Option("--all", "Merged ones too.", type=FLAG),),
    ),
}
