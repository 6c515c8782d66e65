"""The branches on which somebody works: those that claims name and those that were fetched, not merged yet."""

from __future__ import annotations

from gitcoord.errors import NotFound
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace

#: Of the branches that nobody claims for, so many are looked at, the newest first.
NEWEST = 50
_HEADS, _REMOTES = "refs/heads/", "refs/remotes/"
_USUAL = ("main", "master", "trunk", "develop")
DETACHED = "HEAD (detached)"


class Branch:
    __slots__ = ("claims", "mine", "name", "oid", "ref")

    def __init__(self, name: str, ref: str, oid: str) -> None:
        self.name, self.ref, self.oid = name, ref, oid
        self.claims: list[Entity] = []
        self.mine = False

    @property
    def agents(self) -> list[str]:
        return sorted({str(each.get("agent")) for each in self.claims})


def integration(ws: Workspace, named: str | None = None) -> Branch:
    """The branch where work lands: the one named, else the remote's default.

    Raises:
        NotFound: there is none of that name, or none at all.
    """
    remote = ws.register.name
    wanted = [named] if named else [*_default(ws, remote), *_USUAL]
    for name in wanted:
        for ref in ([f"{_REMOTES}{remote}/{name}"] if remote else []) + [_HEADS + name]:
            oid = ws.repo.ref(ref)
            if oid:
                return Branch(name, ref, oid)
    what = f"There is no branch {one_line(named, 80)} here." if named else "It is not known where work lands."
    raise NotFound(what, hint="git fetch, then: gitcoord radar --base BRANCH")


def _default(ws: Workspace, remote: str) -> list[str]:
    if not remote:
        return []
    try:
        with open(f"{ws.repo.common_dir}/{_REMOTES}{remote}/HEAD", encoding="utf-8") as file:
            text = file.read().strip()
    except OSError:
        return []
    start = f"ref: {_REMOTES}{remote}/"
    return [text[len(start) :]] if text.startswith(start) else []


def live(ws: Workspace, base: Branch) -> list[Branch]:
    """Branches with something to land, by name. Fetched refs are believed; what is checked out here is newer."""
    remote = ws.register.name
    prefix = f"{_REMOTES}{remote}/" if remote else ""
    claims = [each for each in ws.reader().find("claim", state="active") if each.get("branch")]
    claimed = {str(each.get("branch")) for each in claims}
    here = ws.repo.head()
    there: dict[str, Branch] = {}
    local: dict[str, Branch] = {}
    out: set[str] = set()
    for oid, ref, place in _unmerged(ws, base, prefix):
        name = ref.removeprefix(prefix) if prefix and ref.startswith(prefix) else ref.removeprefix(_HEADS)
        if name == base.name or name == "HEAD" or _is_ours(ws, name):
            continue
        if prefix and ref.startswith(prefix):
            if len(there) < NEWEST or name in claimed or name == here[0]:
                there[name] = Branch(name, ref, oid)
        elif name in claimed or name == here[0]:
            local[name] = Branch(name, ref, oid)
            out.update([name] if place or name == here[0] else [])
    found = {**local, **there, **{name: local[name] for name in out}}
    if not here[0] and here[1] and _is_unmerged(ws, here[1], base.oid):
        found[DETACHED] = Branch(DETACHED, "HEAD", here[1])
    for name, branch in found.items():
        branch.claims = [each for each in claims if each.get("branch") == name]
        branch.mine = name == (here[0] or DETACHED)
    return [found[name] for name in sorted(found)]


def _unmerged(ws: Workspace, base: Branch, prefix: str) -> list[tuple[str, str, str]]:
    """``(oid, ref, place of the worktree)`` of every branch that the integration branch does not hold, newest first."""
    form = "%(objectname) %(refname) %(worktreepath)"
    where = [prefix.rstrip("/"), _HEADS.rstrip("/")] if prefix else [_HEADS.rstrip("/")]
    args = ["for-each-ref", "--sort=-committerdate", f"--no-merged={base.oid}", f"--format={form}", *where]
    lines = ws.repo.git.run(args).out.decode("utf-8", "surrogateescape").splitlines()
    parts = (line.split(" ", 2) for line in lines)
    return [(each[0], each[1], each[2] if len(each) > 2 else "") for each in parts if len(each) > 1]


def _is_ours(ws: Workspace, name: str) -> bool:
    carrier = str(ws.machine_settings().get("sync.carrier_prefix"))
    return (
        name == ws.state.text("branch") or name.startswith(("gitcoord-", carrier)) or name.endswith("-gitcoord")
    )


def _is_unmerged(ws: Workspace, oid: str, base: str) -> bool:
    return ws.repo.git.run(["merge-base", "--is-ancestor", oid, base], check=False).code == 1
