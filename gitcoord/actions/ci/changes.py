"""What a branch changes: commits that the target does not have, and paths whose content is new with them."""

from __future__ import annotations

from gitcoord.errors import CouldNotCheck
from gitcoord.hooks.pre_push import DEADLINE, OUTBOX, diff, empty_tree, merge_base
from gitcoord.store.objects import Commit
from gitcoord.workspace.identity import author_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.workspace import Workspace

#: Commits of a branch whose messages are read, the newest first.
MOST = 2000


class Change:
    """One commit. ``paths`` of a merge are those that differ from all of its parents."""

    __slots__ = ("author_id", "authored_at", "message", "oid", "parent", "paths")

    def __init__(self, commit: Commit, data: bytes, paths: list[str], root: str) -> None:
        self.oid, self.message, self.paths = commit.oid, commit.message, paths
        self.parent = commit.parents[0] if commit.parents else root
        self.author_id, self.authored_at = _author(data)


def _author(data: bytes) -> tuple[str, float]:
    for line in data.partition(b"\n\n")[0].split(b"\n"):
        if line.startswith(b"author "):
            who, _, when = line.rpartition(b"> ")
            email = who.rpartition(b"<")[2].decode("utf-8", "replace")
            stamp = when.split(b" ")[0]
            return author_of(email), float(stamp) if stamp.isdigit() else 0.0
    return "", 0.0


def fork_of(ws: Workspace, base: str, head: str) -> str:
    """Where the branch left its target. Raises CouldNotCheck when a shallow checkout does not know."""
    found = merge_base(ws, base, head)
    if found:
        return found
    shallow = ws.repo.git.run(["rev-parse", "--is-shallow-repository"], check=False).out.strip() == b"true"
    if shallow:
        raise CouldNotCheck(
            "This checkout is too shallow to tell what the branch changes.", hint="git fetch --unshallow   (or fetch-depth: 0)"
        )
    return empty_tree(ws)


def paths(ws: Workspace, head: str, known: list[str]) -> list[str]:
    """Paths whose content at ``head`` differs from each of these commits or trees: what any of them has is nobody's doing."""
    left: list[str] | None = None
    for each in dict.fromkeys(known):
        changed = diff(ws, each, head)
        if changed is None:
            raise CouldNotCheck("git cannot tell what the branch changes.", hint="git fetch --unshallow   (or fetch-depth: 0)")
        here = set(changed)
        left = changed if left is None else [path for path in left if path in here]
    return left or []


def commits(ws: Workspace, head: str, known: list[str]) -> tuple[list[Change], int]:
    """The commits of ``head`` that none of these has, newest first, and how many more there are than were read."""
    without = [each for each in known if each and each != empty_tree(ws)]
    listed = ws.repo.git.run(["rev-list", "--topo-order", head, *("^" + each for each in without)], deadline=30)
    oids = listed.out.decode().split()
    read = oids[:MOST]
    touched = _touched(ws, read)
    found = []
    for oid in read:
        data = ws.objects.read(oid)
        if data is not None:
            found.append(Change(Commit(oid, data[1]), data[1], touched.get(oid, []), empty_tree(ws)))
    return found, len(oids) - len(read)


def _touched(ws: Workspace, oids: list[str]) -> dict[str, list[str]]:
    """Paths of each commit. In raw form no path can be taken for a commit."""
    args = ["diff-tree", "--stdin", "-r", "-z", "-c", "--root", "--raw", "--no-renames"]
    result = ws.repo.git.run(args, stdin="".join(f"{oid}\n" for oid in oids).encode(), deadline=30, check=False)
    if result.code:
        raise CouldNotCheck("git cannot read the commits of the branch.", hint="git fetch --unshallow   (or fetch-depth: 0)")
    found: dict[str, list[str]] = {}
    here: list[str] = []
    words = iter(result.out.decode("utf-8", "surrogateescape").split("\0"))
    for word in words:
        if word.startswith(":"):
            path = next(words, "")
            here += [] if path.startswith(OUTBOX) else [path]
        elif word:
            here = found.setdefault(word, [])
    return found


def first_lines(ws: Workspace, fork: str, head: str, wanted: list[str]) -> dict[str, int]:
    """The first changed line of each of these paths, for a note beside it."""
    from gitcoord.hooks.touches import hunks

    found: dict[str, int] = {}
    for path in wanted:
        args = ["diff-tree", "-r", "-p", "-U0", "--no-renames", "--text", "--no-ext-diff", "--no-textconv", "--end-of-options"]
        result = ws.repo.git.run([*args, fork, head, "--", path], check=False, deadline=DEADLINE)
        places = hunks(result.out) if not result.code else []
        found[path] = max(1, places[0][2]) if places else 1
    return found
