"""``harvest``: one run of adoption, for a machine that has nothing else to do here."""

from __future__ import annotations

from gitcoord.errors import CouldNotCheck, InvalidArguments, RemoteRefused, Unreachable
from gitcoord.store import register as replies
from gitcoord.store.landing import Stopped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.workspace import Workspace


def harvest(
    ws: Workspace, branches: list[str], *, remotes: list[str] | None = None, dry_run: bool = False
) -> dict[str, Any]:
    """Land what waits on these branches, or on all that agents may have. Running it again has no further effect.

    Raises:
        Unreachable, RemoteRefused, CouldNotCheck: what has not landed is still on its branch.
    """
    from gitcoord.workspace import adoption
    from gitcoord.workspace.asking import Asking

    if not ws.register.name:
        raise InvalidArguments("There is no remote here, so nobody's branch to harvest.", hint="git remote -v")
    names = [each.removeprefix("refs/heads/").removeprefix(f"{ws.register.name}/") for each in branches]
    asking = Asking(ws)
    ws.refresh(required=True, ask=None if remotes else asking.ask)
    ws.forget()
    try:
        found = adoption.adopt(ws, only=names or None, remotes=remotes or None, again=True, dry_run=dry_run, heads=asking.heads)
    except Stopped as stop:
        raise _error(stop) from None
    if found.note and not found.branches:
        raise Unreachable(f"Nothing was adopted: {found.note}", hint="gitcoord harvest")
    told = found.as_json()
    absent = [name for name in names if name not in found.seen]
    if absent and not found.note:
        told["adoption"] = f"no branch to look at there: {', '.join(absent[:5])}"
    outcome = "would-adopt" if dry_run else "harvested"
    return {"outcome": outcome, "dry_run": dry_run, "branches": found.branches, **told, "as_of": ws.as_of()}


def _error(stop: Stopped) -> CouldNotCheck:
    said = f"{stop.reason}: {stop.detail[:200]}"
    if stop.reason == replies.REFUSED:
        return RemoteRefused(f"The sync branch takes no push from here, so nothing was adopted: {said}", hint="gitcoord doctor")
    return Unreachable(f"Not everything was adopted: {said}", hint="gitcoord harvest")
