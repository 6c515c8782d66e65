"""In which work tree a call happens: what it says, else what the server was started with, else the client's folders, else
the working directory. Several worktrees of one repository stay apart, because an agent is bound to one of them."""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit

from gitcoord.errors import Ambiguous, NotARepository
from gitcoord.store import repository


def chosen(asked: str | None, started_in: str | None, roots: list[str]) -> str:
    """The directory of a call. A relative one is meant from where the server would work without it.

    Raises:
        Ambiguous: the client has several repositories open, and we were started in none of them.
    """
    if asked and os.path.isabs(os.path.expanduser(asked)):
        return os.path.expanduser(asked)
    base = started_in if started_in is not None else _of_roots(roots)
    return os.path.join(base, asked) if asked else base


def _of_roots(roots: list[str]) -> str:
    """The working directory where it lies in one of the folders, or they are none of our business."""
    here = os.getcwd()
    if not roots or any(_within(here, root) for root in roots):
        return here
    found: dict[str, str] = {}
    for root in roots:
        tree = _work_tree(root)
        if tree:
            found.setdefault(tree, root)
    if len(found) > 1:
        raise Ambiguous(
            f"{len(found)} repositories are open, and none is meant by itself: {', '.join(found)[:300]}.",
            hint="Say which one: directory", candidates=list(found)[:10],
        )  # fmt: skip
    return next(iter(found.values()), here)


def _work_tree(directory: str) -> str:
    try:
        repo = repository.find(directory)
    except NotARepository:
        return ""
    return repo.worktree or repo.common_dir


def _within(path: str, folder: str) -> bool:
    path, folder = os.path.realpath(path), os.path.realpath(folder)
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def path_of(uri: str) -> str:
    """The directory of a ``file:`` address; empty for any other."""
    parts = urlsplit(uri)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return ""
    path = unquote(parts.path)
    return path if os.path.isdir(path) else ""
