"""``sync``."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, Answer, Argument, Call, Command, Option


def _sync(call: Call) -> Answer:
    from gitcoord.actions import sync

    found = sync.sync(call.workspace, unheard=call.flag("unheard"), probe=call.flag("probe"))
    if found.get("state") != "provisional" and (found.get("contested") or found.get("refused")):
        return Answer("sync", found, exit=3)
    if found.get("state") != "provisional" and not found.get("fetched", True):
        return Answer("sync", found, exit=8)
    return Answer("sync", found)


def _harvest(call: Call) -> Answer:
    from gitcoord.actions import harvest

    found = harvest.harvest(call.workspace, call.texts("branches"), remotes=call.texts("remotes"), dry_run=call.flag("dry_run"))
    refused = found["refused_carried"] or found["unusable"]
    return Answer("harvest", found, exit=1 if refused and call.flag("strict") else 0)


COMMANDS = {
    "harvest": Command(
        "harvest",
        _harvest,
        "Adopt what agents left on branches, once: for CI.",
        ("gitcoord harvest", "gitcoord harvest claude/fix-login --dry-run"),
        arguments=(Argument("branches", "Look at these branches only; none: at all that agents may have.", "*"),),
        options=(
            Option("-n --dry-run", "Tell what would land; write nothing.", type=FLAG),
            Option(
                "--remote", "Look there: the register, or a contributor's fork that is a remote here.", name="remotes",
                metavar="REMOTE", many=True,
            ),
            Option("--strict", "Exit 1 when something was refused or could not be read.", type=FLAG),
        ),
        more="Exit 0 when everything was looked at, 8 when the remote did not answer or takes no push from here.",
    ),
    "sync": Command(
        "sync",
        _sync,
        "Land what waits, fetch, and say what became of it.",
        ("gitcoord sync", "gitcoord sync --json"),
        options=(
            Option("--unheard", "Nobody reads the answer: what lost is told by the next sync.", type=FLAG),
            Option("--probe", "Try the sync branch even when it was refused a short while ago.", type=FLAG),
        ),
        more="Also adopts what agents that may not push the sync branch left on their own branches. "
        "Exit 6 while something is not on the remote, 8 when it could not be asked, 3 when something that waited lost.",
    ),
}
