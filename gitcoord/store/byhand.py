"""What people committed on the branch since gitcoord last landed there: commit by commit, file by file.

However it was merged (fast-forward, merge commit, squash, rebase): along the chain of the branch itself each commit is
compared with the one before it. Reads only.
"""

from __future__ import annotations

from itertools import islice

from gitcoord.rules.byhand.step import Change, Step
from gitcoord.store.history import first_parents, landed_revision, revision_of
from gitcoord.store.objects import OURS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.store.objects import Commit, Objects

#: More commits by hand in a row than this are looked at as one.
MOST = 1000
#: Commits of one merged branch whose authors are asked for.
MOST_MERGED = 50


class Since:
    """The last state that gitcoord landed (a commit; None where the clone does not reach that far back), and the commits
    made by hand on top of it, the oldest first."""

    __slots__ = ("base", "steps")

    def __init__(self, base: str | None, steps: list[Step]) -> None:
        self.base, self.steps = base, steps


def since_landing(objects: Objects, tip: str, anchor: str = "") -> Since:
    """``anchor``: the last landing that is trusted, where not every one is (``store/signing.py``)."""
    chain: list[Commit] = []
    base: Commit | None = None
    for commit in first_parents(objects, tip):
        landed = commit.oid == anchor if anchor else landed_revision(objects, commit) is not None
        if not commit.parents or landed:
            base = commit
            break
        chain.append(commit)
    if base is None or not chain:
        return Since(base.oid if base is not None else None, [])
    chain = chain if len(chain) <= MOST else chain[:1]
    steps, before = [], base
    known = {base.oid: revision_of(objects, base.oid, {})}
    for commit in reversed(chain):
        revision = revision_of(objects, commit.oid, known)
        steps.append(Step(commit.oid, revision, commit.at, *_who(commit), commit.message.partition("\n")[0]))
        if anchor and landed_revision(objects, commit) is not None:
            steps[-1].unsigned, steps[-1].who = True, f"{commit.author} as it says"
        steps[-1].changes = changes(objects, before.tree, commit.tree)
        if len(commit.parents) > 1:
            _name_authors(objects, commit, before.oid, steps[-1])
        before = commit
    return Since(base.oid, steps)


def _name_authors(objects: Objects, merge: Commit, main: str, step: Step) -> None:
    """Who last touched each file on the branches that were merged. What gitcoord wrote there for an agent is its merger's."""
    authors: dict[str, tuple[str, str]] = {}
    for side in merge.parents:
        for commit in [] if side == main else islice(first_parents(objects, side), MOST_MERGED):
            if not commit.parents or landed_revision(objects, commit) is not None:
                break
            if objects.read(commit.parents[0]) is None:
                break
            for path, _, _ in objects.differences(objects.commit(commit.parents[0]).tree, commit.tree):
                authors.setdefault(path, (commit.author, commit.emails[0]))
    for each in step.changes:
        author = authors.get(each.path)
        each.author = author if author is not None and author[1] != OURS else None


def changes(objects: Objects, old: str, new: str) -> list[Change]:
    """What differs between two trees, by path, with the new content."""
    found = sorted(objects.differences(old, new), key=lambda each: each[0])
    contents = objects.blobs(oid for _, mode, oid in found if oid is not None and mode != "160000")
    return [
        Change(path, mode, oid, None if oid is None else b"" if mode == "160000" else next(contents))
        for path, mode, oid in found
    ]


def _who(commit: Commit) -> tuple[str, str]:
    """Name and address of the person who brought the commit here. Its author; of a commit that gitcoord wrote for an agent
    whoever committed it anew; nobody, where such a commit was taken as it is: git does not tell who pushed it."""
    if commit.emails[0] != OURS:
        return commit.author, commit.emails[0]
    if commit.emails[1] != OURS:
        return commit.committer, commit.emails[1]
    return "", ""
