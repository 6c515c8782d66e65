"""``attic list show restore``."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, INTEGER, Answer, Argument, Call, Command, Option

_ID = Argument("id", "from gitcoord attic list")


def _list(call: Call) -> Answer:
    from gitcoord.actions import attic

    all_, of, limit = call.flag("all"), call.get("of"), call.get("limit")
    return Answer("attic", attic.list_lost(call.workspace, all_=all_, of=of, limit=limit))


def _show(call: Call) -> Answer:
    from gitcoord.actions import store
    from gitcoord.actions.references import one

    return Answer("show", store.show(call.workspace, one(call.workspace, call.get("id"), "attic").id))


def _restore(call: Call) -> Answer:
    from gitcoord.actions import attic

    return Answer("attic-restore", attic.restore(call.workspace, call.get("id")))


COMMANDS = {
    "attic list": Command(
        "attic list",
        _list,
        "Values that lost and can be restored.",
        ("gitcoord attic list", "gitcoord attic list --of TASK-4"),
        options=(
            Option("--all", "Restored ones too.", type=FLAG),
            Option("--of", "Only of this entity.", metavar="ID"),
            Option("--limit -n", "At most so many.", type=INTEGER, name="limit", metavar="N"),
        ),
    ),
    "attic show": Command(
        "attic show", _show, "What lost, to what, and why.", ("gitcoord attic show 01k9…",), arguments=(_ID,)
    ),
    "attic restore": Command(
        "attic restore",
        _restore,
        "Put a lost value back; what it replaces is kept in its turn.",
        ("gitcoord attic restore 01k9…",),
        arguments=(_ID,),
    ),
}
