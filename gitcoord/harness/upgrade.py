"""``gitcoord upgrade``: what another version of gitcoord wrote here becomes what this one writes. Adds nothing new, and
touches nothing that a person wrote.
"""

from __future__ import annotations

from gitcoord.harness import wiring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.store.repository import Repository


def upgrade(repo: Repository, *, dry_run: bool = False) -> dict[str, Any]:
    """``written`` files, ``notes`` of what was left alone, and the ``diff`` that a dry run would make."""
    from gitcoord import __version__
    from gitcoord.hooks import install

    report: dict[str, Any] = {"version": __version__, "written": [], "notes": [], "dry_run": dry_run}
    if repo.worktree is not None:
        done = wiring.refresh(repo, dry_run=dry_run)
        report["written"], report["notes"] = done["written"], done["notes"]
        if done["diff"]:
            report["diff"] = done["diff"]
    if install.is_installed(repo):
        hook = install.install(repo, yes=True, dry_run=dry_run)
        report["written"] += hook.get("written") or []
    if not report["written"]:
        report["notes"].append("everything is as this version writes it")
    return report
