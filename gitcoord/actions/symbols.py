"""Symbols of a claim against the file as it is here: the work tree, else HEAD. Decides nothing about claims."""

from __future__ import annotations

import os

from gitcoord.errors import ScopeInvalid
from gitcoord.symbols.declared import GRAMMAR, LANGUAGE, MAX_SIZE, Unreadable, covers
from gitcoord.symbols.outline import outline
from gitcoord.text import as_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.rules.claims.scope import Scope
    from gitcoord.workspace.workspace import Workspace

LIFT = "--no-symbol-check"
#: Names in a message, and in the details of a refusal (the budget may cut those further).
SHOWN, LISTED, COMPARED = 8, 60, 3000


def targets_with(targets: list[str], symbols: list[str]) -> list[str]:
    """``--symbols file:name[,name]`` as targets. A file that is also named as a target is claimed for its symbols only.

    Raises:
        ScopeInvalid: there is no file, or no name.
    """
    wanted: dict[str, list[str]] = {}
    for each in symbols:
        path, _, names = each.partition(":")
        if not path.strip() or not names.strip(" ,"):
            raise ScopeInvalid(
                f"'{each[:80]}' names no file with symbols.", hint="gitcoord claim --symbols src/auth/login.py:handle_login"
            )
        wanted.setdefault(path, []).append(names)
    plain = {os.path.normpath(path) for path in wanted}
    kept = [each for each in targets if os.path.normpath(each) not in plain]
    return kept + [f"{path}#{','.join(names)}" for path, names in wanted.items()]


def validate(ws: Workspace, scope: Scope) -> None:
    """Every symbol of the scope is declared in the file.

    Raises:
        ScopeInvalid: with the symbols that the file has, nearest first; or why it cannot be told.
    """
    data = _content(ws, scope.path)
    if data is None:
        raise ScopeInvalid(
            f"{scope.path} is neither in the work tree nor at HEAD: its symbols cannot be checked.",
            hint=f"gitcoord claim {as_word(scope.path)}   or without the check: gitcoord claim {as_word(scope.scope)} {LIFT}",
            path=scope.path,
        )
    try:
        known = outline(scope.path, data).names()
    except Unreadable as problem:
        raise _unreadable(scope, problem) from None
    unknown = [name for name in scope.symbols if not any(covers(name, each) for each in known)]
    if unknown:
        raise _undeclared(scope, unknown, known)


def _content(ws: Workspace, path: str) -> bytes | None:
    """A regular file of the work tree, else of HEAD; one byte more than may be read, so that its size is refused."""
    root = ws.repo.worktree
    if root is not None:
        file = f"{root}/{path}"
        try:
            if os.path.isfile(file) and os.path.realpath(file) == os.path.join(os.path.realpath(root), path):
                with open(file, "rb") as opened:
                    return opened.read(MAX_SIZE + 1)
            if os.path.lexists(file):
                return None
        except OSError:
            return None
    head = ws.repo.head()[1]
    if not head or any(c in path for c in "\n\0"):
        return None
    return ws.objects.file(f"{head}:{path}")


def _unreadable(scope: Scope, problem: Unreadable) -> ScopeInvalid:
    hint = f"gitcoord claim {as_word(scope.path)}   or without the check: gitcoord claim {as_word(scope.scope)} {LIFT}"
    if problem.why in (GRAMMAR, LANGUAGE):
        hint = f"{problem.hint}   Claims on the whole file work without it: gitcoord claim {as_word(scope.path)}"
    return ScopeInvalid(
        f"The symbols of {scope.path} cannot be told: {problem.message}.", hint=hint, path=scope.path, why=problem.why
    )


def _undeclared(scope: Scope, unknown: list[str], known: list[str]) -> ScopeInvalid:
    near = nearest(unknown, known)
    names = ", ".join(unknown[:SHOWN]) + (" …" if len(unknown) > SHOWN else "")
    there = ", ".join(near[:SHOWN]) + (f" and {len(near) - SHOWN} more" if len(near) > SHOWN else "")
    said = f"It has: {there}." if near else "It declares no symbols."
    meant = f"gitcoord claim {as_word(f'{scope.path}#{near[0]}' if near else scope.path)}"
    return ScopeInvalid(
        f"{scope.path} declares no {names}. {said}", hint=f"{meant}   (not written yet? {LIFT})",
        path=scope.path, unknown=unknown, symbols=near[:LISTED],
    )  # fmt: skip


def nearest(unknown: list[str], known: list[str]) -> list[str]:
    """All names, those that look most like one of the unknown ones first."""
    from difflib import SequenceMatcher

    def distance(name: str) -> float:
        best = 0.0
        for other in unknown:
            if name.rpartition("::")[2].lower() == other.rpartition("::")[2].lower():
                return -1.0
            best = max(best, SequenceMatcher(None, name.lower(), other.lower()).ratio())
        return -best

    few = [name[:200] for name in known[:COMPARED]]
    return sorted(few, key=distance) if len(few) * len(unknown) <= 4 * COMPARED else few


__all__ = ["nearest", "targets_with", "validate"]
