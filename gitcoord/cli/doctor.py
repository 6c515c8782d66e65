"""``doctor validate rebuild-index``."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, Answer, Call, Command, Option


def _doctor(call: Call) -> Answer:
    return _examined(call, only_state=False)


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
        ("gitcoord doctor", "gitcoord doctor --repair"),
        options=(_REPAIR,),
        more="Exit 1 only when something is truly broken.",
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
