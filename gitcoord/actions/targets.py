"""What the words of a claim mean in this checkout: scopes, how many files they cover, and which files two scopes share."""

from __future__ import annotations

import os

from gitcoord.errors import InvalidArguments, NotFound, ScopeInvalid
from gitcoord.rules.claims.conflict import scope_of
from gitcoord.rules.claims.overlap import matches
from gitcoord.rules.claims.scope import Scope, checked, from_stored, parse
from gitcoord.text import as_word, counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.workspace.workspace import Workspace

#: Targets in one command; more is a script that should use a directory or a glob.
MAX_TARGETS = 1000
_PATHS = ("file", "directory", "glob", "symbol", "shared")
_BROAD = ("directory", "glob", "module")
SAMPLE = 5


def asked_scopes(ws: Workspace, targets: list[str], symbols: list[str] | None, symbol_check: bool) -> list[Scope]:
    """The scopes of a claim or check; symbols must be declared in their files, unless that guard is lifted."""
    if symbols:
        from gitcoord.actions.symbols import targets_with

        targets = targets_with(targets, symbols)
    scopes = scopes_of(ws, targets)
    if any(scope.kind == "symbol" for scope in scopes) and symbol_check and ws.settings.get("symbols.validate"):
        from gitcoord.actions.symbols import validate

        for scope in scopes:
            if scope.kind == "symbol":
                validate(ws, scope)
    return scopes


def files_scope(path: str) -> Scope:
    """A file by its name, which may hold signs that are patterns elsewhere. Raises ScopeInvalid."""
    return checked("file", path)


def scopes_of(ws: Workspace, targets: list[str]) -> list[Scope]:
    """The scopes that the words mean in this checkout, without repeats.

    Raises:
        InvalidArguments: none, or too many.
        ScopeInvalid: one of them is no scope.
        NotFound: ``task:TASK-9`` names no task.
    """
    if not targets:
        raise InvalidArguments("Say what to claim.", hint="gitcoord claim src/auth/login.py")
    if len(targets) > MAX_TARGETS:
        raise InvalidArguments(
            f"{len(targets)} targets in one command; at most {MAX_TARGETS}.", hint="Claim a directory or a glob."
        )
    found: dict[tuple[str, str], Scope] = {}
    for target in targets:
        scope = parse(target, is_directory=lambda path: is_directory(ws, path))
        scope = _resolved(ws, scope)
        _refuse_wrong_root(ws, scope, target)
        found.setdefault((scope.kind, written(scope)), scope)
    return list(found.values())


def _resolved(ws: Workspace, scope: Scope) -> Scope:
    """A module with the paths that the policy gives it. Raises NotFound when there is no such module."""
    if scope.kind != "module":
        return scope
    from gitcoord.actions.owners import ownership
    from gitcoord.rules.asked import Refusal

    try:
        return ownership(ws).resolved(scope)
    except Refusal as refusal:
        if ws.look_again():
            return _resolved(ws, scope)
        raise NotFound(refusal.message, hint=refusal.hint, **refusal.details) from None


def is_directory(ws: Workspace, path: str) -> bool:
    """In the work tree, else at HEAD (sparse checkouts and bare repositories)."""
    if ws.repo.worktree is not None and os.path.lexists(f"{ws.repo.worktree}/{path}"):
        return os.path.isdir(f"{ws.repo.worktree}/{path}")
    head = ws.repo.head()[1]
    if not head or any(c in path for c in "\n\0:"):
        return False
    return ws.objects.is_tree(f"{head}:{path}")


def _refuse_wrong_root(ws: Workspace, scope: Scope, target: str) -> None:
    """Targets start at the root of the repository; say so when the words fit the current folder only."""
    root = ws.repo.worktree
    here = os.getcwd()
    if scope.kind not in _PATHS or root is None or not here.startswith(root + "/"):
        return
    plain = scope.scope.rstrip("/").partition("#")[0]
    inside = os.path.relpath(here, root)
    if not os.path.exists(f"{root}/{plain}") and os.path.exists(f"{here}/{plain}"):
        raise ScopeInvalid(
            f"{target} is not at the root of the repository; targets are written from there.",
            hint=f"gitcoord claim {as_word(f'{inside}/{target}')}",
        )


def written(scope: Scope) -> str:
    return scope.scope


class Tracked:
    """The files that git tracks here, listed once and only when somebody asks."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._files: list[str] | None = None

    @property
    def files(self) -> list[str]:
        if self._files is None:
            result = None
            if self._ws.repo.worktree is not None:
                result = self._ws.repo.work_git.run(["ls-files", "-z"], check=False)
            text = result.out.decode("utf-8", "surrogateescape") if result is not None and not result.code else ""
            self._files = [path for path in text.split("\0") if path]
        return self._files

    def scope_of(self, held: dict[str, Any]) -> Scope:
        """The scope of a claim as conflicts show it, which is without the paths of a module."""
        if held["kind"] == "module":
            record = self._ws.reader().get("claim", str(held.get("id")))
            if record is not None:
                return scope_of(record)
        return from_stored(held["kind"], held["scope"], tuple(held.get("symbols") or ()))

    def matching(self, scope: Scope) -> list[str]:
        if scope.kind == "directory":
            return [path for path in self.files if path.startswith(scope.scope)]
        return [path for path in self.files if matches(scope, path)]

    def count(self, scope: Scope) -> int | None:
        return len(self.matching(scope)) if scope.kind in _BROAD else None


def check_breadth(ws: Workspace, scope: Scope, count: int | None, tracked: Tracked) -> None:
    if count is None:
        return
    total = len(tracked.files)
    settings = ws.settings
    limit, ratio = settings.get("claims.max_files"), settings.get("claims.max_ratio")
    if count > limit:
        raise ScopeInvalid(
            f"{scope.scope} covers {counted(count, 'file')}; a claim may cover {limit}.",
            hint="Claim less, or: gitcoord claim … --allow-wide", files=count,
        )  # fmt: skip
    if total > settings.get("claims.ratio_floor") and count > ratio * total:
        raise ScopeInvalid(
            f"{scope.scope} covers {count} of {total} tracked files, more than {ratio:.0%}.",
            hint="Claim less, or: gitcoord claim … --allow-wide", files=count,
        )  # fmt: skip


def add_files(found: list[dict[str, Any]], tracked: Tracked, asked: list[Scope]) -> None:
    """Name the existing files in which a request and a claim meet: a few, and how many more."""
    by_name = {written(scope): scope for scope in asked}
    for conflict in found:
        held = conflict["claim"]
        if held.get("kind") not in ("file", "directory", "glob", "shared", "symbol", "module"):
            continue
        scope = tracked.scope_of(held)
        wanted = by_name.get(str(conflict["requested"]))
        if wanted is None:
            continue
        both = [path for path in tracked.matching(scope) if matches(wanted, path)]
        conflict["files"] = both[:SAMPLE]
        if len(both) > SAMPLE:
            conflict["more"] = len(both) - SAMPLE
