"""A clone that changes its register: from its own branch to a remote, back, or between two remotes.

What was landed on the old one comes along where the new one has nothing else. Two histories are never mixed.
"""

from __future__ import annotations

from gitcoord.errors import CheckFailed, RemoteRefused, Unreachable
from gitcoord.store import history
from gitcoord.store import register as replies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.store.register import Register
    from gitcoord.workspace.workspace import Workspace


def seen(ws: Workspace) -> str:
    """The newest commit of the old register that this clone knows; empty when there is none."""
    oid = ws.state.text("seen")
    return oid if oid and ws.objects.read(oid) is not None else ""


def check(ws: Workspace, register: Register, old: str, dry_run: bool) -> None:
    """The new register has a branch: it holds what landed on the old one, or is brought forward to it.

    Raises:
        CheckFailed: each has something that the other has not.
        Unreachable, RemoteRefused: it could not be brought forward.
    """
    mine, theirs = seen(ws), register.known_tip()
    if not mine or theirs is None or history.descends(ws.repo.git, ws.objects, theirs, mine):
        return
    if not history.descends(ws.repo.git, ws.objects, mine, theirs):
        where, stay = register.name or "this repository", f"--remote {old}" if old else "--mode local"
        raise CheckFailed(
            f"The sync branch of {where} lacks what this clone has landed on {old or 'its own'}, and has what that lacks.",
            hint=f"gitcoord init {stay}   stays; to leave that behind: gitcoord uninstall --yes && gitcoord init",
        )
    if dry_run:
        return
    reply = register.push(mine, theirs, 30.0)
    if reply.kind != replies.LANDED:
        error = RemoteRefused if reply.kind == replies.REFUSED else Unreachable
        raise error(f"The sync branch could not be brought forward: {reply.detail[:200]}", hint="gitcoord init")
    register.fetch(30.0)
