"""Signed landings: who may sign is told by a file on the code's default branch, git and ssh check and make signatures.

A signature vouches for the whole state below it, because whoever landed it had judged that. So of a branch only the
commits above the newest good one need a look: one process for each batch, one ssh-keygen for each commit in it.
"""

from __future__ import annotations

import os

from gitcoord.errors import CouldNotCheck

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.store.git import Git
    from gitcoord.store.objects import Commit, Objects
    from gitcoord.store.repository import Repository

OFF, WARN, STRICT = "off", "warn", "strict"
#: Commits of the branch that are looked at for a good signature.
FURTHEST = 1000
_BATCHES = (1, 8, 64, 256)
_LIMIT = 256 * 1024
_SSH = ("-c", "gpg.format=ssh", "-c", "gpg.ssh.program=ssh-keygen")


def allowed_signers(repository: Repository, objects: Objects, remote: str, path: str) -> bytes | None:
    """The file on the newest default branch known here; None where there is none."""
    for ref in _default_branches(repository, remote):
        oid = repository.ref(ref)
        found = objects.file(f"{oid}:{path}") if oid else None
        if found is not None:
            return found if len(found) <= _LIMIT else None
    return None


def _default_branches(repository: Repository, remote: str) -> list[str]:
    if not remote:
        return ["refs/heads/main", "refs/heads/master"]
    place = f"refs/remotes/{remote}/"
    try:
        with open(f"{repository.common_dir}/{place}HEAD", encoding="utf-8") as file:
            named = file.read().strip().removeprefix("ref: ")
    except OSError:
        named = ""
    return [*([named] if named.startswith(place) else []), place + "main", place + "master"]


class Signatures:
    """Checks commits against one list of allowed signers. ``known``: a commit that was found good before."""

    def __init__(self, git: Git, home: str, signers: bytes | None, known: str = "") -> None:
        self._git, self._home, self._signers = git, home, signers
        self._verdicts: dict[str, bool] = {known: True} if known else {}

    def good(self, oids: list[str]) -> dict[str, bool]:
        """Of each commit, whether an allowed key signed it."""
        unknown = [oid for oid in oids if oid not in self._verdicts]
        if unknown and self._signers:
            self._verdicts.update(self._asked(unknown))
        return {oid: self._verdicts.get(oid, False) for oid in oids}

    def _asked(self, oids: list[str]) -> dict[str, bool]:
        file = f"{self._home}/signers-{os.getpid()}"
        try:
            os.makedirs(self._home, mode=0o700, exist_ok=True)
            with open(file, "wb") as written:
                written.write(self._signers or b"")
            told = ("-c", f"gpg.ssh.allowedSignersFile={file}")
            args = [*_SSH, *told, "log", "--no-walk=unsorted", "--format=%H %G?", "--stdin"]
            done = self._git.run(args, stdin="".join(oid + "\n" for oid in oids).encode(), check=False, deadline=30)
        except OSError as problem:
            raise CouldNotCheck(f"Signatures cannot be checked: {problem.strerror}.", hint="gitcoord doctor") from problem
        finally:
            if os.path.exists(file):
                os.unlink(file)
        lines = (line.split() for line in done.out.decode().splitlines())
        return {parts[0]: parts[1] == "G" for parts in lines if len(parts) == 2}

    def newest_good(self, chain: list[Commit]) -> str:
        """The first commit of a chain, newest first, that an allowed key signed; empty when there is none."""
        position = 0
        for size in (*_BATCHES, FURTHEST):
            batch = [each.oid for each in chain[position : position + size]]
            verdicts = self.good(batch)
            found = next((oid for oid in batch if verdicts[oid]), "")
            if found or position + size >= len(chain):
                return found
            position += size
        return ""


def signed(git: Git, objects: Objects, commit: str, key: str) -> str:
    """The same commit with a signature. Raises CouldNotCheck when it cannot be signed."""
    said = objects.commit(commit)
    env = {}
    for n, (role, name) in enumerate((("AUTHOR", said.author), ("COMMITTER", said.committer))):
        env.update({f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": said.emails[n], f"GIT_{role}_DATE": f"@{said.at} +0000"})
    parents = [word for parent in said.parents for word in ("-p", parent)]
    args = [*_SSH, "-c", f"user.signingKey={os.path.expanduser(key)}", "commit-tree", "-S", *parents, said.tree]
    done = git.run(args, stdin=said.message.encode("utf-8", "replace"), env=env, check=False, deadline=20)
    oid = done.out.decode().strip()
    if done.code or len(oid) not in (40, 64):
        raise CouldNotCheck(
            f"The landing could not be signed: {done.message[:200]}",
            hint="gitcoord config set signing.key PATH --local   (a key that needs no passphrase, or is in the agent)",
        )
    return oid
