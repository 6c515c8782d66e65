"""The sync branch on a server of one's own: it goes forward, and nobody deletes it. Else whoever is refused for a claim
could take the record of all claims away first.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def refused(directory: str, environ: Mapping[str, str], lines: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """A finding for each line of a push that deletes the sync branch, or moves it anywhere but forward."""
    from gitcoord.settings import Settings, from_environ

    name = f"refs/heads/{Settings([('environment', from_environ(environ))]).get('sync.branch')}"
    moved = [(old, new) for old, new, ref in lines if ref == name and old.strip("0")]
    return [
        {"ref": name, "ok": False, "failed": ["rewritten"], "reason": why}
        for why in (_why(directory, environ, old, new) for old, new in moved) if why
    ]  # fmt: skip


def _why(directory: str, environ: Mapping[str, str], old: str, new: str) -> str:
    if not new.strip("0"):
        return "it would be deleted"
    from gitcoord.store import repository

    repo = repository.find(directory, environ)
    repo.in_quarantine(environ)
    code = repo.git.run(["merge-base", "--is-ancestor", "--end-of-options", old, new], check=False).code
    return "what it holds would be lost: it may only go forward" if code == 1 else ""
