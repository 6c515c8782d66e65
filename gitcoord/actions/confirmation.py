"""Where a session works, confirmed once: the worktree and the branch. Another branch makes the confirmation void."""

from __future__ import annotations

from gitcoord.errors import CheckFailed
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.workspace import Workspace


def confirmed(ws: Workspace, anew: bool = False) -> dict[str, Any]:
    """``worktree`` and ``branch`` of this session, as confirmed before; with ``anew`` as they are now.

    Raises:
        CheckFailed: nothing was confirmed, or another branch is checked out since; what is confirmed stays as it is.
    """
    session = ws.identity().session_id
    here = (ws.repo.worktree or ws.repo.common_dir, ws.repo.head()[0] or "a detached HEAD")
    if anew:
        ws.local.confirm(session, *here)
    known = ws.local.confirmed(session)
    if known != here:
        now = f"{one_line(here[0], 200)} on {one_line(here[1], 80)}"
        said = f"Confirm once that this session works in {now}."
        if known:
            said = f"This session was to work in {one_line(known[0], 200)} on {one_line(known[1], 80)}; now it is {now}."
        raise CheckFailed(
            said,
            hint="gitcoord loop --while-session --confirm --once", worktree=here[0], branch=here[1],
        )  # fmt: skip
    return {"worktree": here[0], "branch": here[1]}
