"""``radar`` and ``land acquire release order``."""

from __future__ import annotations

from gitcoord.cli.command import DURATION, FLAG, Answer, Call, Command, Option

_BASE = Option("--base", "Where work lands; the remote's default branch unless told.", metavar="BRANCH")


def _radar(call: Call) -> Answer:
    from gitcoord.actions import radar

    return Answer("radar", radar.radar(call.workspace, all_=call.flag("all"), base=call.get("base")))


def _acquire(call: Call) -> Answer:
    from gitcoord.actions import land

    found = land.acquire(
        call.workspace, call.get("base"), ttl=call.get("ttl"), out_of_turn=call.flag("out_of_turn")
    )
    return Answer("claim", found)


def _release(call: Call) -> Answer:
    from gitcoord.actions import land

    return Answer("release", land.release(call.workspace, call.get("base")))


def _order(call: Call) -> Answer:
    from gitcoord.actions import land

    return Answer("land", land.order(call.workspace, call.get("base")))


COMMANDS = {
    "radar": Command(
        "radar",
        _radar,
        "Which branches will conflict, in which files, who holds those, and who should land first.",
        ("gitcoord radar", "gitcoord radar --all --base main"),
        options=(Option("--all", "Every pair of branches, not only mine.", type=FLAG), _BASE),
        more="It tries the merges of what was fetched last (git fetch), without touching anything. Needs git 2.38.",
    ),
    "land acquire": Command(
        "land acquire",
        _acquire,
        "Take the slot for landing this branch, when it is its turn.",
        ("gitcoord land acquire", "gitcoord land acquire --base release --ttl 1h"),
        options=(
            _BASE,
            Option("--ttl", "How long, 30m unless told.", type=DURATION, metavar="DURATION"),
            Option("--out-of-turn", "Although others should land before; it is recorded.", type=FLAG),
        ),
        more="A slot whose branch has landed is given back on the way, whoever holds it.",
    ),
    "land release": Command(
        "land release", _release, "Give the slot back.", ("gitcoord land release",), options=(_BASE,)
    ),
    "land order": Command(
        "land order", _order, "Who lands when, and who holds the slot.", ("gitcoord land order",), options=(_BASE,)
    ),
}
