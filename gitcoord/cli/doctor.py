"""``doctor validate rebuild-index``."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, Answer, Call, Command, Option
from gitcoord.errors import InvalidArguments


def _doctor(call: Call) -> Answer:
    if call.flag("adopt"):
        return _adopt(call)
    if call.flag("yes"):
        raise InvalidArguments("--yes goes with --adopt; what needs no decision is mended by --repair.", hint="gitcoord doctor")
    return _examined(call, only_state=False)


def _adopt(call: Call) -> Answer:
    """A person's decision: without ``--yes`` it is only shown what it would cost."""
    from gitcoord.doctor import adoption

    if call.flag("repair"):
        raise InvalidArguments("--adopt is a decision, --repair mends what needs none.", hint="gitcoord doctor --adopt")
    offline, yes = bool(call.options.get("offline")), call.flag("yes")
    found = adoption.adopt(call.directory, yes=yes, offline=offline, agent=call.options.get("agent"))
    return Answer("doctor-adopt", found, exit=1 if found["outcome"] == "would-adopt" else 0)


def _validate(call: Call) -> Answer:
    if call.get("ref") or call.get("base"):
        from gitcoord.doctor import review

        offline = bool(call.options.get("offline"))
        found = review.review(call.directory, call.get("ref") or "HEAD", call.get("base"), offline=offline)
        return Answer("validate", found, exit=0 if found.get("ok") else 1)
    return _examined(call, only_state=True)


def _examined(call: Call, *, only_state: bool) -> Answer:
    """The doctor opens things itself: what is broken may be what a workspace needs."""
    from gitcoord import doctor

    found = doctor.run(
        call.directory,
        offline=bool(call.options.get("offline")),
        repair=call.flag("repair"),
        only_state=only_state,
        agent=call.options.get("agent"),
    )
    return Answer("validate" if only_state else "doctor", found, exit=0 if found.get("ok") else 1)


def _rebuild(call: Call) -> Answer:
    from gitcoord.actions import store

    return Answer("rebuild-index", store.rebuild(call.workspace))


_REPAIR = Option("--repair", "Mend what can be mended without a decision.", type=FLAG)

COMMANDS = {
    "doctor": Command(
        "doctor",
        _doctor,
        "Is everything wired, reachable and sound?",
        ("gitcoord doctor", "gitcoord doctor --repair", "gitcoord doctor --adopt"),
        options=(
            _REPAIR,
            Option("--adopt", "Show what taking a rewritten branch as it is now would lose.", type=FLAG),
            Option("--yes -y", "With --adopt: take it. What is lost is kept in this clone.", name="yes", type=FLAG),
        ),
        more="Exit 1 only when something is truly broken, or was shown and not adopted.",
    ),
    "validate": Command(
        "validate",
        _validate,
        "Is every file of the sync branch what it should be?",
        ("gitcoord validate", "gitcoord validate --ref HEAD --base origin/gitcoord-sync"),
        options=(
            _REPAIR,
            Option("--ref", "Check a pull request instead: what merging this commit would do.", metavar="REF"),
            Option("--base", "Merge into this one; the sync branch unless told.", metavar="REF"),
        ),
    ),
    "rebuild-index": Command(
        "rebuild-index",
        _rebuild,
        "Build the cache anew from git.",
        ("gitcoord rebuild-index",),
    ),
}
