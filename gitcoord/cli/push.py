"""``push``."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, Answer, Argument, Call, Command, Option


def _push(call: Call) -> Answer:
    from gitcoord.actions import push

    _refuse(call)
    found = push.push(
        call.workspace, call.texts("words"), release=call.flag("release"), leased=call.flag("force_with_lease"),
        set_upstream=call.flag("set_upstream"), dry_run=call.flag("dry_run"), two_step=call.flag("two_step"),
        ignore_claims=call.flag("ignore_claims"), verify=not call.flag("no_verify"),
    )  # fmt: skip
    return Answer("push", found)


def _refuse(call: Call) -> None:
    from gitcoord.errors import InvalidArguments

    if call.flag("force"):
        raise InvalidArguments(
            "--force is refused: it would also overwrite what you have not seen.", hint="gitcoord push --force-with-lease"
        )
    if call.flag("tags"):
        raise InvalidArguments("Tags change no claimed path and need no fence.", hint="git push --tags")


COMMANDS = {
    "push": Command(
        "push",
        _push,
        "Push code and its record as one: nothing lands under a claim that somebody took over.",
        ("gitcoord push", "gitcoord push -u origin HEAD --release", "gitcoord push origin work:main --dry-run"),
        arguments=(Argument("words", "as git push has them: the remote, then branches (work, HEAD, HEAD:main)", "*"),),
        options=(
            Option("--release", "Release the claims that the push ran under, in the same commit.", type=FLAG),
            Option("--set-upstream -u", "The branch follows where it was pushed.", name="set_upstream", type=FLAG),
            Option("--dry-run -n", "Say what would be pushed, under which claims.", name="dry_run", type=FLAG),
            Option("--force-with-lease", "Commits that the remote has, and this clone knows, may go.", type=FLAG),
            Option("--ignore-claims", "Push over claims of others; it is recorded.", type=FLAG),
            Option("--two-step", "For a remote without atomic pushes: code, then record. Not fenced.", type=FLAG),
            Option("--no-verify", "Do not run this repository's own pre-push hook.", type=FLAG),
            Option("--force -f", "Refused; --force-with-lease names the guard that it lifts.", name="force", type=FLAG),
            Option("--tags", "Refused: git push --tags.", type=FLAG),
        ),
        more="One atomic push carries the branches and the commit of the sync branch, each on condition that it has not"
        " moved. With --timeout the network may take longer than 30 s.",
        slow=True,
    ),
}
