"""``profile``."""

from __future__ import annotations

from gitcoord.cli.command import Answer, Call, Command, Option
from gitcoord.errors import InvalidArguments


def _profile(call: Call) -> Answer:
    from gitcoord.actions import profiles

    role, strengths, drop = call.get("role"), call.texts("strengths"), call.texts("drop")
    if not (role or strengths or drop):
        return Answer("profile", profiles.profile(call.workspace, call.get("of")))
    if call.get("of"):
        raise InvalidArguments("An agent describes itself only.", hint="gitcoord --as AGENT profile --strength WORD")
    return Answer("profile", profiles.describe(call.workspace, role=role, strengths=strengths, drop=drop))


COMMANDS = {
    "profile": Command(
        "profile",
        _profile,
        "What I am good at and my role; without options, shown.",
        ("gitcoord profile --strength backend --strength tests", "gitcoord profile --role reviewer"),
        options=(
            Option("--role", "worker unless told.", choices=("worker", "reviewer")),
            Option("--strength", "Add what I am good at, such as backend.", name="strengths", many=True, metavar="WORD"),
            Option("--drop", "Take one out again.", many=True, metavar="WORD"),
            Option("--of", "Show another agent's.", metavar="AGENT"),
        ),
    ),
}
