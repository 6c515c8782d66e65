"""What this checkout knows of work that has not landed: for giving claims back, and for taking what others gave back."""

from __future__ import annotations

from gitcoord.actions import branches
from gitcoord.errors import GitcoordError, NotFound
from gitcoord.hashes import sha1
from gitcoord.rules.claims.conflict import scope_of
from gitcoord.rules.claims.holds import HOLD, MAX_PATHS, commit_of, work_of
from gitcoord.rules.claims.overlap import literal_prefix, matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.rules.claims.scope import Scope
    from gitcoord.workspace import Workspace

_PATHS = ("file", "directory", "glob", "symbol")
#: So far back on the integration branch it is looked for work that landed in another shape.
_LOOKED_BACK = 300
#: Holds of others that one sync looks at.
OTHERS = 20
#: In the state of a clone: the integration branch and the holds of which none had landed.
_UNLANDED = "holds_unlanded"
_HEX = frozenset("0123456789abcdef")


def unlanded_work(ws: Workspace, claims: list[Entity]) -> dict[str, dict[str, Any]]:
    """For each claim with commits on its paths that the integration branch does not have: commit, branch, paths.

    The commits are those of the branch that the claim was made on, whichever is checked out now; of a claim that was made
    on the integration branch, before one went on to a branch of one's own, those of the branch that is checked out. Empty
    where nothing is known (no integration branch, no work tree) or the team does not want it.
    """
    scoped = [
        each for each in claims
        if each.get("kind") in _PATHS and each.get("mode") != "shared" and each.get("state") == "active"
    ]  # fmt: skip
    base = integration(ws)
    if not scoped or not base or not ws.settings.get("claims.sticky"):
        return {}
    here, head = ws.repo.head()
    found: dict[str, dict[str, Any]] = {}
    everybodys, tips = integration_name(ws), dict[str, tuple[str, str, list[str]]]()
    for claim in scoped:
        own = str(claim.get("branch") or here or "")
        for branch in dict.fromkeys([own, here or ""] if own == everybodys else [own]):
            if branch not in tips:
                tip = (head if branch == (here or "") else _tip(ws, branch)) or ""
                tips[branch] = (tip, *_since_fork(ws, base, tip))
            tip, fork, changed = tips[branch]
            scope = scope_of(claim)
            mine = [path for path in changed if matches(scope, path)]
            if mine:
                paths = _contents(ws, tip, mine[:MAX_PATHS])
                found[claim.id] = {"commit": tip, "base": fork, "branch": branch, "paths": paths}
                break
    return found


def _tip(ws: Workspace, branch: str) -> str:
    return _asked(ws, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}").strip()


def _since_fork(ws: Workspace, base: str, tip: str) -> tuple[str, list[str]]:
    """The commit where ``tip`` left the integration branch, and the paths that differ since."""
    if not tip or tip == base:
        return "", []
    fork = _asked(ws, "merge-base", base, tip)
    return fork, _files(ws, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", fork, tip) if fork else []


def evidence(ws: Workspace, held: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Of the holds in the way: commits that are below our HEAD (``contains``), and commits that have ``landed``."""
    contains, done = [], []
    base, head = integration(ws), ws.repo.head()[1]
    for hold in held:
        commit = str(hold.get("commit") or "")
        if base and landed(ws, hold, base):
            done.append(commit)
        elif head and _is_ancestor(ws, commit, head):
            contains.append(commit)
    return {"contains": contains, "landed": done}


def ended_here(ws: Workspace, agent_id: str) -> list[str]:
    """Commits of holds that have landed, as far as this clone has fetched: of mine, and of as many others as a sync can
    look at (a few git processes each), the oldest first: whoever gave the work back may never come again.

    What had not landed is not looked at again before the integration branch or the holds are others.
    """
    base = integration(ws)
    if not base:
        return []
    known = ws.reader().find("claim", state=HOLD, limit=200)
    mine = [each for each in known if each.get("agent_id") == agent_id]
    others = [each for each in known if each.get("agent_id") != agent_id][:OTHERS]
    works: dict[str, list[dict[str, Any]]] = {}
    for each in (*mine, *others):
        works.setdefault(commit_of(each), []).append(work_of(each))
    question = sha1(" ".join((base, *sorted(each.id for each in (*mine, *others)))).encode()).hexdigest()
    if ws.state.text(_UNLANDED) == question:
        return []
    found = sorted(commit for commit, held in works.items() if all(landed(ws, work, base) for work in held))
    if not found:
        ws.state.save(**{_UNLANDED: question})
    return found


def landed(ws: Workspace, hold: dict[str, Any], base: str) -> bool:
    """Whether the work of a hold is on the integration branch: its commit, or the content of its paths in one commit
    since (squash, rebase, cherry-pick), or patches that git knows to be the same.

    The content stands in the hold, so this needs no commit that was never fetched.
    """
    commit, fork = str(hold.get("commit") or ""), str(hold.get("base") or "")
    if _is_ancestor(ws, commit, base):
        return True
    paths = [entry.partition(" ")[2] for entry in map(str, hold.get("paths") or [])]
    if not paths or not _is_oid(fork) or len(paths) >= MAX_PATHS:
        return False
    wanted = sorted(map(str, hold["paths"]))
    since = ("log", "--first-parent", f"-n{_LOOKED_BACK}", "--format=%H", f"{fork}..{base}", "--", *paths)
    if any(_contents(ws, each, paths) == wanted for each in _asked(ws, *since).splitlines()):
        return True
    marks = _asked(ws, "cherry", base, commit).splitlines() if _is_oid(commit) else []
    return bool(marks) and all(each.startswith("-") for each in marks)


def behind(ws: Workspace, scopes: list[Scope]) -> str:
    """A warning for a claimant whose HEAD lacks landed work on these paths; empty when it has all that is known here."""
    base, head = integration(ws), ws.repo.head()[1]
    specs = [path for scope in scopes if scope.kind in _PATHS and (path := _folder(scope))]
    if not base or not head or base == head or not specs:
        return ""
    missing = _asked(ws, "rev-list", "--max-count=50", f"{head}..{base}", "--", *specs).splitlines()
    if not missing:
        return ""
    name, count = integration_name(ws), f"{len(missing)}{'+' if len(missing) == 50 else ''}"
    commits = "commit" if len(missing) == 1 else "commits"
    return f"your HEAD lacks {count} {commits} of {name} on what you claim: git merge {missing[0][:12]}"


def integration(ws: Workspace) -> str:
    """The commit at which the integration branch stands, as this clone knows it; empty when it does not."""
    try:
        return branches.integration(ws).oid
    except NotFound:
        return ""


def integration_name(ws: Workspace) -> str:
    try:
        return branches.integration(ws).name
    except NotFound:
        return ""


def _folder(scope: Scope) -> str:
    """The path of a scope as git takes it here (paths are literal); of a glob the folder in which it matches."""
    return literal_prefix(scope).rpartition("/")[0] if scope.kind == "glob" else scope.path


def _contents(ws: Workspace, commit: str, paths: list[str]) -> list[str]:
    """``<object id> <path>`` of each path at a commit, sorted; ``-`` for a path that is not there."""
    found = dict.fromkeys(paths, "-")
    for line in _asked(ws, "ls-tree", "-z", commit, "--", *paths).split("\0"):
        meta, _, path = line.partition("\t")
        if path in found:
            found[path] = meta.split()[2]
    return sorted(f"{oid} {path}" for path, oid in found.items())


def _is_oid(text: str) -> bool:
    return len(text) >= 40 and _HEX.issuperset(text)


def _is_ancestor(ws: Workspace, commit: str, of: str) -> bool:
    """Whether a commit is below another; one that this clone does not have is not."""
    return _is_oid(commit) and ws.repo.git.run(["merge-base", "--is-ancestor", commit, of], check=False).code == 0


def _files(ws: Workspace, *args: str) -> list[str]:
    return [each for each in _asked(ws, *args).split("\0") if each]


def _asked(ws: Workspace, *args: str) -> str:
    try:
        return ws.git(*args)
    except GitcoordError:
        return ""
