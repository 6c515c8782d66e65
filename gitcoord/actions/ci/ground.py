"""The sync branch as a checkout has it that never ran ``init``: one commit, read into memory. No network, no file written."""

from __future__ import annotations

from gitcoord.errors import Ambiguous, CouldNotCheck, NeedsRepair, NotInitialised
from gitcoord.text import one_line
from gitcoord.workspace.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitcoord.store.repository import Repository


def opened(directory: str, environ: Mapping[str, str], sync: str = "") -> Workspace:
    """The workspace at the newest sync commit that is here; ``sync`` names another ref or commit.

    Raises:
        NotInitialised: no sync branch has been fetched.
        CouldNotCheck: what was named is not here.
    """
    from gitcoord.store import repository

    repo = repository.find(directory, environ)
    ws = Workspace.reading(repo, environ)
    tip = commit_of(ws, sync) if sync else known_tip(ws)
    try:
        format = ws.read_at(tip).format()
    except NeedsRepair as problem:
        ws.close()
        raise CouldNotCheck(
            f"The sync branch is not whole here, as after a fetch with a filter: {problem.message}",
            hint="git fetch --no-filter --refetch origin gitcoord-sync",
        ) from problem
    if not format:
        ws.close()
        named = one_line(sync, 80) or "The fetched branch"
        raise NotInitialised(f"{named} is no sync branch of gitcoord.", hint="gitcoord init")
    return ws


def known_tip(ws: Workspace) -> str:
    """The tip of the sync branch: fetched from the remote, in a bare repository its own, or what a bare fetch left."""
    branch = str(ws.machine_settings().get("sync.branch"))
    remote = _remote(ws)
    tracking, own = f"refs/remotes/{remote}/{branch}", f"refs/heads/{branch}"
    for name in (own, tracking) if ws.repo.bare else (tracking, own):
        oid = ws.repo.ref(name)
        if oid:
            return oid
    oid = _just_fetched(ws.repo, branch)
    if oid:
        return oid
    raise NotInitialised(
        f"The sync branch {branch} has not been fetched here.", hint=f"git fetch {remote} +{own}:{tracking}"
    )


def _remote(ws: Workspace) -> str:
    from gitcoord.workspace.setup import choose_remote

    try:
        return choose_remote(ws.repo, str(ws.machine_settings().get("sync.remote"))) or "origin"
    except Ambiguous:
        return "origin"


def _just_fetched(repo: Repository, branch: str) -> str:
    """From ``FETCH_HEAD``: a fetch of a single branch by its address leaves no other trace."""
    try:
        with open(repo.git_dir + "/FETCH_HEAD", encoding="utf-8", errors="replace") as file:
            lines = [line.split("\t", 2) for line in file]
    except OSError:
        return ""
    return next((each[0] for each in lines if len(each) == 3 and each[2].startswith(f"branch '{branch}' ")), "")


def commit_of(ws: Workspace, name: str) -> str:
    """The commit that a name means. Raises CouldNotCheck when it is not here."""
    if not name or "\0" in name:
        raise CouldNotCheck("No commit is named.", hint="gitcoord ci check --base origin/main --head HEAD")
    found = ws.repo.git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}"], check=False)
    oid = found.out.decode().strip()
    if found.code or not oid:
        raise CouldNotCheck(f"{one_line(name, 80)} is no commit that is here.", hint=_fetch_of(ws, name))
    return oid


def _fetch_of(ws: Workspace, name: str) -> str:
    """The fetch that brings it, also where the clone follows a single branch."""
    shallow = ws.repo.git.run(["rev-parse", "--is-shallow-repository"], check=False).out.strip() == b"true"
    remote, _, branch = one_line(name, 200).partition("/")
    if remote == _remote(ws) and branch and branch != "HEAD":
        from shlex import quote

        ref = quote(f"+refs/heads/{branch}:refs/remotes/{remote}/{branch}")
        return f"git fetch {'--unshallow ' if shallow else ''}{remote} {ref}"
    return "git fetch --unshallow origin   (or fetch-depth: 0)" if shallow else "git fetch origin, then name it: --base REV"

