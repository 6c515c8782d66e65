"""A register whose every push carries code along: the sync branch and the code refs move together or not at all.

Each ref has an exact lease, so the code cannot land when the sync branch moved after the decision, nor over anybody
else's code. What git says of a failed push is a reason to look: :meth:`FencedRegister.fetch` asks the remote where the
code refs stand, and only that answer, together with the intent's id on the branch, tells that somebody else moved them.
"""

from __future__ import annotations

from gitcoord.errors import TimedOut
from gitcoord.store import register as replies
from gitcoord.store.register import RemoteRegister, Reply, classify_push

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.store.git import Result
    from gitcoord.store.repository import Repository

_PLAIN = (
    "-c", "push.followTags=false", "-c", "push.gpgSign=false", "-c", "push.recurseSubmodules=no",
    "-c", "push.useForceIfIncludes=false",
)  # fmt: skip


class CodeRef:
    """``ref`` goes from exactly ``old`` (empty: it must not exist) to ``new``. ``source`` is the local branch, or empty."""

    __slots__ = ("new", "old", "ref", "source")

    def __init__(self, ref: str, old: str, new: str, source: str = "") -> None:
        self.ref, self.old, self.new, self.source = ref, old, new, source

    @property
    def lease(self) -> str:
        return f"--force-with-lease={self.ref}:{self.old}"


class FencedRegister(RemoteRegister):
    def __init__(self, repository: Repository, remote: str, branch: str, push_url: str, code: list[CodeRef]) -> None:
        super().__init__(repository, remote, branch, push_url)
        self._code = code
        self._tried = False
        self._moved = ""
        #: Some push of ours got no answer: until its leases are known to be void it may still land.
        self.doubtful = False

    def push(self, commit: str, expected: str, deadline: float) -> Reply:
        """Move the sync branch from ``expected`` to ``commit``, and every code ref with it."""
        if self._moved:
            return Reply(replies.MOVED, self._moved)
        self._tried = True
        args = [
            "-c", self._refspec(), "-c", f"remote.{self.name}.mirror=false", *_PLAIN,
            "push", "--porcelain", "--atomic", "--no-verify", "--no-progress",
            f"--force-with-lease={self.ref}:{expected}", *(each.lease for each in self._code),
            "--end-of-options", self.name, f"{commit}:{self.ref}", *(f"{each.new}:{each.ref}" for each in self._code),
        ]  # fmt: skip
        try:
            result = self._repository.git.run(args, deadline=deadline, check=False)
            reply = classify_atomic(result, self.ref, [each.ref for each in self._code])
        except TimedOut as problem:
            reply = Reply(replies.INDETERMINATE, problem.message)
        self.doubtful = self.doubtful or reply.kind == replies.INDETERMINATE
        return reply

    def push_code(self, deadline: float) -> Reply:
        """The code alone, under its leases: the first of two steps, for a remote that cannot do both at once."""
        args = [
            "-c", f"remote.{self.name}.mirror=false", *_PLAIN, "push", "--porcelain", "--no-verify", "--no-progress",
            *(each.lease for each in self._code), "--end-of-options", self.name,
            *(f"{each.new}:{each.ref}" for each in self._code),
        ]  # fmt: skip
        return self._push(args, self._code[0].ref, deadline)

    def fetch(self, deadline: float, extra: tuple[str, ...] = ()) -> Reply:
        """After a push that failed: first where the code stands, then the branch. In this order a push of ours that
        lands late is either still to be seen on the branch, or has moved nothing yet."""
        if self._tried:
            self._look(deadline)
        return super().fetch(deadline, extra)

    def _look(self, deadline: float) -> None:
        found = remote_values(self._repository, self.name, [each.ref for each in self._code], deadline)
        if found is None:
            return
        moved = [each for each in self._code if found.get(each.ref, "") != each.old]
        if moved:
            at = found.get(moved[0].ref, "")
            self._moved = f"{moved[0].ref} is {'at ' + at[:12] if at else 'gone'}, not {moved[0].old[:12] or 'absent'}"


def remote_values(repository: Repository, remote: str, refs: list[str], deadline: float) -> dict[str, str] | None:
    """Where these refs of the remote stand; absent ones are left out. None: it could not be asked."""
    args = ["ls-remote", "--refs", "--end-of-options", remote, *refs]
    try:
        result = repository.git.run(args, deadline=deadline, check=False)
    except TimedOut:
        return None
    if result.code:
        return None
    lines = (line.split("\t") for line in result.out.decode("utf-8", "surrogateescape").splitlines())
    return {parts[1]: parts[0] for parts in lines if len(parts) == 2 and parts[1] in refs}


def classify_atomic(result: Result, sync: str, code: list[str]) -> Reply:
    """The class of an atomic push. A code ref that git calls stale counts as a lost race until somebody has looked."""
    said = result.message
    if "does not support --atomic" in said:
        return Reply(replies.NOT_ATOMIC, said[:400])
    failed = {ref: summary for flag, ref, summary in _lines(result) if flag == "!"}
    own = {ref: summary for ref, summary in failed.items() if "atomic" not in summary.lower()}
    for ref in (ref for ref in code if ref in own):
        reply = classify_push(result, ref)
        return Reply(reply.kind, f"{ref}: {reply.detail}"[:400])
    if failed and not own:
        return Reply(replies.LOST_RACE, next(iter(failed.values()))[:400])
    return classify_push(result, sync)


def _lines(result: Result) -> list[tuple[str, str, str]]:
    """``(flag, ref, summary)`` of each ref that ``--porcelain`` reports."""
    found = []
    for line in result.out.decode("utf-8", "replace").splitlines():
        parts = line.split("\t")
        if len(parts) >= 3:
            found.append((parts[0], parts[1].partition(":")[2], parts[2]))
    return found
