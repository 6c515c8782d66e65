"""``sync``."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, Answer, Call, Command, Option


def _sync(call: Call) -> Answer:
    from gitcoord.actions import sync

    found = sync.sync(call.workspace, unheard=call.flag("unheard"))
    if found.get("state") != "provisional" and (found.get("contested") or found.get("refused")):
        return Answer("sync", found, exit=3)
    if found.get("state") != "provisional" and not found.get("fetched", True):
        return Answer("sync", found, exit=8)
    return Answer("sync", found)


COMMANDS = {
    "sync": Command(
        "sync",
        _sync,
        "Land what waits, fetch, and say what became of it.",
        ("gitcoord sync", "gitcoord sync --json"),
        options=(Option("--unheard", "Nobody reads the answer: what lost is told by the next sync.", type=FLAG),),
        more="Exit 6 while something is not on the remote, 8 when it could not be asked, 3 when something that waited lost.",
    ),
}
