"""The register: the one ref whose compare-and-swap decides. On a remote, or in the local repository.

A push or fetch has an outcome by class. git's words only choose whether to retry or to stop; whether
something landed is decided by looking at the branch, never here.
"""

from __future__ import annotations

import time

from gitcoord.errors import TimedOut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.store.git import Result
    from gitcoord.store.repository import Repository

LANDED, LOST_RACE, LOCKED, REFUSED = "landed", "lost-race", "locked", "refused"
INDETERMINATE, UNREACHABLE, ABSENT, REWRITTEN = "indeterminate", "unreachable", "absent", "rewritten"
#: Of a push that carries code as well: a code ref is not where it was; the remote cannot take several refs as one.
MOVED, NOT_ATOMIC = "moved", "not-atomic"

_LOST = (
    "non-fast-forward", "fetch first", "stale info", "but expected", "incorrect old value", "reference already exists",
    "atomic transaction failed", "needs force", "cannot lock ref",
)  # fmt: skip
_LOCK = ("file exists", "unable to create", "failed to update ref")
_DENIED = (
    "hook declined", "protected branch", "gh006", "gh013", "permission denied", "permission to", "403", "deny",
    "authentication failed", "could not read username", "could not read password", "access denied", "not allowed",
    "401", "terminal prompts disabled", "shallow update not allowed", "read-only",
)  # fmt: skip
_NO_ANSWER = (
    "could not resolve", "could not connect", "couldn't connect", "connection refused", "network is unreachable",
    "does not appear to be a git repository", "no such device", "failed to connect", "no route to host",
    "repository not found", "connection timed out", "does not exist", "name or service not known",
)  # fmt: skip


class Reply:
    """How a push or fetch ended: its class and what git said, on one line."""

    __slots__ = ("detail", "kind")

    def __init__(self, kind: str, detail: str = "") -> None:
        self.kind, self.detail = kind, detail


def _has(words: str, signs: tuple[str, ...]) -> bool:
    return any(sign in words for sign in signs)


def classify_push(result: Result, ref: str) -> Reply:
    """The class of a finished ``git push --porcelain`` of one ref."""
    out = result.out.decode("utf-8", "replace")
    said = _redact(result.message)
    for line in out.splitlines():
        parts = line.split("\t")
        if len(parts) < 3 or not parts[1].endswith(":" + ref):
            continue
        if parts[0] in (" ", "*", "=", "+"):
            return Reply(LANDED if result.code == 0 else INDETERMINATE, parts[2])
        import re

        lock = re.search(r"Unable to create '([^']+)'", said)
        detail = f"{lock.group(1)} {parts[2]}" if lock else f"{parts[2]} {said}"
        return Reply(_rejection(parts[2].lower(), said.lower()), detail[:400])
    lowered = said.lower()
    if _has(lowered, _DENIED):
        return Reply(REFUSED, said[:400])
    return Reply(UNREACHABLE if _has(lowered, _NO_ANSWER) else INDETERMINATE, said[:400])


def _rejection(summary: str, said: str) -> str:
    if _has(summary, ("hook declined", "protected")) or _has(summary, _DENIED):
        return REFUSED
    if "lock" in said and _has(said, _LOCK) and "but expected" not in said:
        return LOCKED
    return LOST_RACE if _has(summary, _LOST) or "failed to update ref" in summary else REFUSED


def _unanswered(said: str) -> str:
    return REFUSED if _has(said, _DENIED) else UNREACHABLE


def _redact(words: str) -> str:
    """URLs without the user information that may hold a token."""
    import re

    return re.sub(r"://[^/\s@]+@", "://", words)


class LocalRegister:
    """No remote: the branch of this repository, so that worktrees of one clone still coordinate."""

    name = ""
    transport = "local"

    def __init__(self, repository: Repository, branch: str) -> None:
        self._repository = repository
        self.ref = "refs/heads/" + branch

    def known_tip(self) -> str | None:
        return self._repository.ref(self.ref)

    def fetch(self, deadline: float) -> Reply:
        return Reply(LANDED if self.known_tip() else ABSENT)

    def push(self, commit: str, expected: str, deadline: float) -> Reply:
        old = expected or "0" * self._repository.oid_length
        args = ["update-ref", "-m", "gitcoord: land", "--end-of-options", self.ref, commit, old]
        result = self._repository.git.run(args, deadline=deadline, check=False)
        if result.code == 0:
            return Reply(LANDED)
        lowered = result.message.lower()
        locked = "file exists" in lowered or "unable to create" in lowered
        return Reply(LOCKED if locked else LOST_RACE, result.message[:400])


class RemoteRegister:
    """The branch on the remote, known here by its tracking ref."""

    transport = "direct"

    def __init__(self, repository: Repository, remote: str, branch: str, push_url: str = "") -> None:
        self._repository = repository
        self.name = remote
        self.branch = branch
        self.ref = "refs/heads/" + branch
        self.tracking = f"refs/remotes/{remote}/{branch}"
        self._push_url = push_url

    def known_tip(self) -> str | None:
        return self._repository.ref(self.tracking)

    def _refspec(self) -> str:
        return f"remote.{self.name}.fetch=+{self.ref}:{self.tracking}"

    def fetch(self, deadline: float, extra: tuple[str, ...] = ()) -> Reply:
        """Bring the tracking ref up to the remote's tip; never move it off its own history.

        ``extra`` are further refspecs, fetched in the same round trip.
        """
        args = [
            "fetch", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-filter",
            "--end-of-options", self._push_url or self.name, f"{self.ref}:{self.tracking}", *extra,
        ]  # fmt: skip
        try:
            result = self._repository.git.run(args, deadline=deadline, check=False)
        except TimedOut as problem:
            return Reply(UNREACHABLE, problem.message)
        if result.code == 0:
            return Reply(LANDED)
        said = _redact(result.message)
        lowered = said.lower()
        if "couldn't find remote ref" in lowered:
            return Reply(ABSENT, said[:400])
        if "non-fast-forward" in lowered:
            return Reply(REWRITTEN, said[:400])
        if "cannot lock ref" in lowered:
            return Reply(LOST_RACE, said[:400])
        return Reply(_unanswered(lowered), said[:400])

    def fetch_moved(self, deadline: float) -> tuple[Reply, dict[str, str]]:
        """As :meth:`fetch`, and where every branch of the remote was just before. A tip that has not moved and is here
        costs one round trip, any other a second one."""
        ends = time.monotonic() + deadline
        reply, heads = self._heads([], deadline)
        if reply.kind != LANDED:
            return reply, {}
        tip = heads.get(self.branch)
        if tip and tip == self.known_tip() and self._repository.has(tip):
            return reply, heads
        return self.fetch(max(0.1, ends - time.monotonic())), heads

    def push(self, commit: str, expected: str, deadline: float) -> Reply:
        """Move the branch from exactly ``expected`` (empty: it must not exist) to ``commit``."""
        args = [
            "-c", self._refspec(), "-c", f"remote.{self.name}.mirror=false", "-c", "push.followTags=false",
            "-c", "push.gpgSign=false", "-c", "push.recurseSubmodules=no", "-c", "push.useForceIfIncludes=false",
            "push", "--porcelain", "--no-verify", "--no-progress", f"--force-with-lease={self.ref}:{expected}",
            "--end-of-options", self.name, f"{commit}:{self.ref}",
        ]  # fmt: skip
        return self._push(args, self.ref, deadline)

    def push_carrier(self, commit: str, ref: str, deadline: float) -> Reply:
        """Publish a carrier: a branch that only this clone writes, so nobody contends for it."""
        args = [
            "-c", f"remote.{self.name}.mirror=false", "-c", "push.followTags=false", "-c", "push.gpgSign=false",
            "-c", "push.recurseSubmodules=no", "push", "--porcelain", "--no-verify", "--no-progress",
            "--end-of-options", self.name, f"{commit}:{ref}",
        ]  # fmt: skip
        return self._push(args, ref, deadline)

    def heads(self, patterns: list[str], deadline: float) -> dict[str, str] | None:
        """Branches of the remote that match: name to commit. None when it could not be asked."""
        reply, found = self._heads([f"refs/heads/{each}" for each in patterns], deadline)
        return found if reply.kind == LANDED else None

    def _heads(self, refs: list[str], deadline: float) -> tuple[Reply, dict[str, str]]:
        """git asks for all of ``refs/heads/`` whatever the patterns, and leaves out the others itself."""
        args = ["ls-remote", "--heads", "--end-of-options", self._push_url or self.name, *refs]
        try:
            result = self._repository.git.run(args, deadline=deadline, check=False)
        except TimedOut as problem:
            return Reply(UNREACHABLE, problem.message), {}
        if result.code:
            said = _redact(result.message)
            return Reply(_unanswered(said.lower()), said[:400]), {}
        lines = (line.split("\t", 1) for line in result.out.decode("utf-8", "surrogateescape").split("\n") if "\t" in line)
        return Reply(LANDED), {ref[11:]: oid for oid, ref in lines if ref.startswith("refs/heads/")}

    def fetch_left_out(self, oids: list[str], deadline: float) -> Reply:
        """Objects that a partial clone left out when it was made, or when its user fetched. As git itself asks for them."""
        args = [
            "-c", "fetch.negotiationAlgorithm=noop", "fetch", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules",
            "--filter=blob:none", "--end-of-options", self.name, *oids,
        ]  # fmt: skip
        return self._fetched(args, deadline)

    def fetch_refs(self, refspecs: list[str], deadline: float) -> Reply:
        """Fetch these refspecs and nothing else: without ``--refmap=`` git moves the user's tracking refs along."""
        args = [
            "fetch", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--refmap=",
            "--end-of-options", self._push_url or self.name, *refspecs,
        ]  # fmt: skip
        return self._fetched(args, deadline)

    def _fetched(self, args: list[str], deadline: float) -> Reply:
        try:
            result = self._repository.git.run(args, deadline=deadline, check=False)
        except TimedOut as problem:
            return Reply(UNREACHABLE, problem.message)
        return Reply(LANDED if result.code == 0 else UNREACHABLE, _redact(result.message)[:400])

    def fetch_ref(self, ref: str, here: str, deadline: float) -> str:
        """Where a ref of the remote stands, its commit now here; empty when that is not known."""
        done = self.fetch_refs([f"+{ref}:{here}"], deadline)
        return (self._repository.ref(here) or "") if done.kind == LANDED else ""

    def _push(self, args: list[str], ref: str, deadline: float) -> Reply:
        try:
            result = self._repository.git.run(args, deadline=deadline, check=False)
        except TimedOut as problem:
            return Reply(INDETERMINATE, problem.message)
        return classify_push(result, ref)


Register = LocalRegister | RemoteRegister


def opened(repository: Repository, remote: str, branch: str, push_url: str = "") -> Register:
    """The register on a remote, or without one in the repository itself."""
    if not remote:
        return LocalRegister(repository, branch or "gitcoord-sync")
    return RemoteRegister(repository, remote, branch or "gitcoord-sync", push_url)
