"""``next-handoff claim-handoff ack-handoff``: the inbox of handoffs."""

from __future__ import annotations

from gitcoord.cli.command import DURATION, Answer, Argument, Call, Command, Option


def _next(call: Call) -> Answer:
    from gitcoord.actions import inbox

    return Answer("next-handoff", inbox.next_one(call.workspace, float(call.get("watch") or 0)))


def _claim(call: Call) -> Answer:
    from gitcoord.actions import inbox

    return Answer("takeover", inbox.claim(call.workspace, call.get("handoff")))


def _acknowledge(call: Call) -> Answer:
    from gitcoord.actions import inbox

    return Answer("ack-handoff", inbox.acknowledge(call.workspace, call.get("handoff")))


_HANDOFF = Argument("handoff", "HND-7")

COMMANDS = {
    "next-handoff": Command(
        "next-handoff",
        _next,
        "The handoff of another agent that has waited longest.",
        ("gitcoord next-handoff", "gitcoord next-handoff --watch-seconds 300"),
        options=(
            Option(
                "--watch-seconds", "Wait so long for one; exit 8 when none comes.", type=DURATION, name="watch",
                metavar="SECONDS",
            ),
        ),
        slow=True,
    ),
    "claim-handoff": Command(
        "claim-handoff",
        _claim,
        "Take a handoff; its work stays where it is until takeover brings it.",
        ("gitcoord claim-handoff HND-7",),
        arguments=(_HANDOFF,),
        more="Only one agent can take a handoff; exit 3 names who has it.",
    ),
    "ack-handoff": Command(
        "ack-handoff",
        _acknowledge,
        "Say that you have read a handoff that you took.",
        ("gitcoord ack-handoff HND-7",),
        arguments=(_HANDOFF,),
    ),
}  # fmt: skip
