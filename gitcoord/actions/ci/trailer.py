"""The trailers of a commit that is about to be made: claims of mine that cover what it changes, as they are known here."""

from __future__ import annotations

from gitcoord.rules.claims import proofs as rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace

#: What gitcoord itself writes into work trees: nobody claims it.
OUTBOX = ".gitcoord/outbox/"
#: With more staged paths than this nothing is proved: nobody waits for it at a commit.
MOST = 5000


def of_index(ws: Workspace, paths: list[str], *, index: str = "", base: str = "HEAD") -> dict[str, Any]:
    """``trailers``; none where a path is covered by no claim of mine, which are then ``uncovered``: half a proof is none."""
    changed = paths or _staged(ws, index, base)
    claims = _mine(ws)
    if not changed or not claims or len(changed) > MOST:
        return {"trailers": [], "claims": [], "uncovered": changed[:5]}
    fold = bool(ws.settings.get("claims.fold_case"))
    used, bare = _covering(claims, changed, fold)
    revision = ws.reader().revision
    if not bare and _by_another(ws, used):
        return {"trailers": [], "claims": [], "note": "the author of this commit is not the one that your session is known by"}
    return {
        "trailers": [] if bare else rules.trailers(used, revision),
        "claims": [{"alias": each.alias, "fence": each.get("fence"), "scope": each.get("scope")} for each in used],
        "uncovered": bare[:5], "revision": revision,
    }  # fmt: skip


def _by_another(ws: Workspace, claims: list[Entity]) -> bool:
    """Whether the commit would bear another name than the commits of the claims' sessions: such a proof is refused."""
    from gitcoord.workspace.identity import author_id

    known = [ws.reader().get("session", str(each.get("session_id") or "")) for each in claims]
    names = {str(each.get("author_id")) for each in known if each is not None and each.get("author_id")}
    return bool(names) and names != {author_id(ws.repo, ws.environ)}


def _staged(ws: Workspace, index: str, base: str) -> list[str]:
    """Paths that differ between a commit and the index; ``index`` is the one that git makes this very commit from."""
    env = {"GIT_INDEX_FILE": index} if index else {}
    known = ws.repo.work_git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", base], check=False, deadline=2)
    tree = known.out.decode().strip() or _empty(ws)
    args = ["diff-index", "--cached", "-z", "--name-only", "--no-renames", "--end-of-options", tree]
    found = ws.repo.work_git.run(args, check=False, deadline=4, env=env)
    paths = [] if found.code else found.out.decode("utf-8", "surrogateescape").split("\0")
    return [path for path in paths if path and not path.startswith(OUTBOX)]


def _empty(ws: Workspace) -> str:
    from gitcoord.hooks.pre_push import empty_tree

    return empty_tree(ws)


def _mine(ws: Workspace) -> list[Entity]:
    """Active claims of the agents that work here, which have landed."""
    who, reader = ws.who(), ws.reader()
    found = [each for id in who["agents"] for each in reader.claims(active=True, agent_id=id)]
    found += [each for id in who["sessions"] for each in reader.claims(active=True, session_id=id)]
    return [each for each in {each.id: each for each in found}.values() if each.alias and each.get("fence")]


def _covering(claims: list[Entity], paths: list[str], fold: bool) -> tuple[list[Entity], list[str]]:
    """For each path a claim on more than symbols if there is one, else all on symbols of it; and paths without any."""
    from gitcoord.rules.claims.conflict import scope_of
    from gitcoord.rules.claims.overlap import matches

    used: dict[str, Entity] = {}
    bare = []
    scopes = [(each, scope_of(each)) for each in sorted(claims, key=lambda each: each.id)]
    for path in paths:
        over = [(each, scope) for each, scope in scopes if matches(scope, path, fold)]
        whole = [each for each, scope in over if scope.kind != "symbol"][:1]
        for each in whole or [each for each, _ in over]:
            used[each.id] = each
        if not over:
            bare.append(path)
    return list(used.values()), bare
