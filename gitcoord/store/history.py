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
    """The chain from the tip back to the root, or to where a shallow clone ends. At a merge that somebody made by hand it
    follows the parent that gitcoord's own commits reach furthest on: people merge either way round."""
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
        oid = commit.parents[0] if len(commit.parents) == 1 else _main_parent(objects, commit)


def revision_of(objects: Objects, tip: str, known: dict[str, int]) -> int:
    """The revision of a commit: its trailer; a commit made by hand is one more than the highest of its parents.

    ``known`` maps commits whose revision is known already; the root is 0.
    """
    return _reached(objects, tip, known)[tip][1]


def landed_revision(objects: Objects, commit: Commit) -> int | None:
    """The revision of a commit that gitcoord made; None for one made by hand. A trailer that does not rise was copied by
    a cherry-pick."""
    revision = commit.revision
    if revision is None or not commit.parents:
        return revision
    found = objects.read(commit.parents[0])
    before = None if found is None else objects.commit(commit.parents[0]).revision
    return None if before is not None and revision <= before else revision


def _main_parent(objects: Objects, merge: Commit) -> str:
    reached: dict[str, tuple[int, int]] = {}
    for parent in merge.parents:
        reached.update(_reached(objects, parent, {}, reached))
    return max(merge.parents, key=lambda oid: reached[oid][0])  # of equals the first: what was merged into


def _reached(
    objects: Objects, tip: str, known: dict[str, int], found: dict[str, tuple[int, int]] | None = None
) -> dict[str, tuple[int, int]]:
    """Of the tip and the commits made by hand below it: the highest revision that gitcoord itself landed there, and
    their own."""
    found = {} if found is None else found
    open_: list[str] = [tip]
    parents: dict[str, list[str]] = {}
    while open_:
        oid = open_[-1]
        if oid not in parents and oid not in found:
            fixed, parents[oid] = _looked_up(objects, oid, known, required=oid == tip)
            if fixed is not None:
                found[oid] = (fixed, fixed)
            else:
                open_ += [each for each in parents[oid] if each not in found and each not in parents]
                continue
        if oid not in found:
            below = [found.get(each, (0, 0)) for each in parents[oid]]
            found[oid] = (max(each[0] for each in below), 1 + max(each[1] for each in below))
        open_.pop()
    return found


def _looked_up(objects: Objects, oid: str, known: dict[str, int], *, required: bool) -> tuple[int | None, list[str]]:
    """Its revision, where that does not depend on its parents; and its parents."""
    if oid in known:
        return known[oid], []
    try:
        commit = objects.commit(oid)
    except NeedsRepair:  # where a shallow clone ends
        if required:
            raise
        return 0, []
    revision = landed_revision(objects, commit)
    return (0 if revision is None and not commit.parents else revision), commit.parents


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
