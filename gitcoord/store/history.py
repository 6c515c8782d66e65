"""Questions about the first-parent chain of the sync branch: revisions, ancestry, points in time."""

from __future__ import annotations

from gitcoord.errors import NeedsRepair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.store.git import Git
    from gitcoord.store.objects import Commit, Objects

#: Further back than this nobody looks along first parents.
HORIZON = 1_000_000


def first_parents(objects: Objects, tip: str) -> Iterator[Commit]:
    """The chain from the tip back to the root, or to where a shallow clone ends."""
    oid = tip
    for _ in range(HORIZON):
        try:
            commit = objects.commit(oid)
        except NeedsRepair:
            if oid == tip:
                raise
            return
        yield commit
        if not commit.parents:
            return
        oid = commit.parents[0]


def revision_of(objects: Objects, tip: str, known: dict[str, int]) -> int:
    """The revision of a commit: its trailer; a commit made by hand is one more than its first parent.

    ``known`` maps commits whose revision is known already; the root is 0.
    """
    extra = 0
    for commit in first_parents(objects, tip):
        if commit.oid in known:
            return known[commit.oid] + extra
        revision = commit.revision
        if revision is not None:
            return revision + extra
        if not commit.parents:
            return extra
        extra += 1
    return extra


def descends(git: Git, objects: Objects, tip: str, ancestor: str) -> bool:
    """Whether ``ancestor`` is in the history of ``tip``. When a shallow clone cannot tell, it is."""
    for n, commit in enumerate(first_parents(objects, tip)):
        if commit.oid == ancestor:
            return True
        if n > 64:
            break
    if objects.read(ancestor) is None:
        return False
    result = git.run(["merge-base", "--is-ancestor", ancestor, tip], check=False)
    if result.code == 1:
        shallow = git.run(["rev-parse", "--is-shallow-repository"], check=False).out.strip() == b"true"
        return shallow and git.run(["merge-base", ancestor, tip], check=False).code != 0
    return result.code == 0


def commit_at(objects: Objects, tip: str, *, revision: int | None = None, instant: float | None = None) -> Commit | None:
    """The newest commit that is not younger than a revision or an instant; None when all are."""
    for commit in first_parents(objects, tip):
        if instant is not None and commit.at <= instant:
            return commit
        if revision is not None:
            reached = commit.revision
            if reached is None:
                reached = revision_of(objects, commit.oid, {})
            if reached <= revision:
                return commit
    return None
