"""``reap``."""

from __future__ import annotations

from gitcoord.cli.command import DURATION, FLAG, Answer, Call, Command, Option


def _reap(call: Call) -> Answer:
    from gitcoord.actions import reaping

    found = reaping.reap(
        call.workspace,
        session=call.get("session") or "",
        agent=call.get("of") or "",
        max_age=call.get("max_age"),
        dry_run=call.flag("dry_run"),
        take_over_live=call.flag("take_over_live"),
        carry=call.flag("carry"),
    )
    return Answer("reap", found)


COMMANDS = {
    "reap": Command(
        "reap",
        _reap,
        "End sessions that have fallen silent, on evidence.",
        ("gitcoord reap --dry-run", "gitcoord reap --agent river --carry", "gitcoord reap --max-age 1d"),
        options=(
            Option("--dry-run", "Show the comparison, reap nothing.", type=FLAG),
            Option("--session", "Only this session.", metavar="ID"),
            Option("--agent", "Only sessions of this agent.", name="of", metavar="AGENT"),
            Option("--max-age", "Silence that is enough, instead of reap.after.", type=DURATION, metavar="DURATION"),
            Option("--carry", "Carry its uncommitted work, where its worktree is on this machine.", type=FLAG),
            Option("--take-over-live", "Also with claims whose time is not up; the holder is told.", type=FLAG),
        ),
        more="Never one with a newer event, a fresh commit on its branch, a claim that cannot be taken over, or a"
        " process that runs on this machine.",
    ),
}
