"""Writes a set of files below one folder: nothing outside it, nothing through a link, each replaced as a whole.

Existing files of other names are left alone. Never inside a ``.git``.
"""

from __future__ import annotations

import errno
import os
import stat

from gitcoord.errors import InvalidArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

_ELSEWHERE = "gitcoord export md --output DIR"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write(
    base: str,
    folder: str,
    files: Iterable[tuple[str, Iterable[str] | None]],
    *,
    forbidden: tuple[str, ...] = (),
    tick: Callable[[str, int], object] | None = None,
) -> list[dict[str, Any]]:
    """Write ``(path below folder, pieces of text)``; None for the pieces makes a folder. Returns path and bytes of each.

    Args:
        base: the directory that a relative ``folder`` starts from; it is trusted as it stands.
        forbidden: directories (of git) below which nothing may be written.
        tick: told the path and how many bytes of it are written, now and then.

    Raises:
        InvalidArguments: the folder is, or leads through, a link or something else than a folder; or lies in a ``.git``.
        OSError: the disk is full or may not be written; what was replaced until then is whole.
    """
    start, parts = _placed(base, folder)
    _refuse_git(os.path.join(start, *parts), forbidden)
    root = _opened(start, parts)
    try:
        made = [_one(root, folder, path, pieces, tick) for path, pieces in files]
        return [each for each in made if each is not None]
    finally:
        os.close(root)


def _placed(base: str, folder: str) -> tuple[str, list[str]]:
    """The trusted beginning of the way, and the parts of it that may be no links."""
    whole = os.path.normpath(os.path.join(os.path.abspath(base), folder))
    trusted = os.path.abspath(base)
    if not whole.startswith(trusted.rstrip("/") + "/"):
        trusted = os.path.dirname(whole)
        while not os.path.isdir(trusted):
            trusted = os.path.dirname(trusted)
    below = os.path.relpath(whole, trusted)
    return os.path.realpath(trusted), [] if below == "." else below.split("/")


def _refuse_git(target: str, forbidden: tuple[str, ...]) -> None:
    inside = any(f"{target}/".startswith(os.path.realpath(each).rstrip("/") + "/") for each in forbidden if each)
    if inside or any(part.lower() == ".git" for part in target.split("/")) or _in_bare(target):
        raise InvalidArguments("Nothing is written into a git directory.", hint=_ELSEWHERE)


def _in_bare(target: str) -> bool:
    """Whether a folder or one above it looks like a git directory, as git itself decides it."""
    while True:
        if os.path.isdir(f"{target}/objects") and os.path.isdir(f"{target}/refs") and os.path.isfile(f"{target}/HEAD"):
            return True
        above = os.path.dirname(target)
        if above == target:
            return False
        target = above


def _opened(start: str, parts: list[str]) -> int:
    """The folder, made where it is missing, opened without following a link."""
    descriptor = os.open(start, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for part in parts:
        descriptor = _inner(descriptor, part)
    return descriptor


def _inner(outer: int, name: str) -> int:
    """A folder within a folder; closes the outer one."""
    try:
        try:
            os.mkdir(name, dir_fd=outer)
        except FileExistsError:
            pass
        return os.open(name, _FOLDER, dir_fd=outer)
    except OSError as problem:
        if problem.errno not in (errno.ENOTDIR, errno.ELOOP):
            raise
        raise InvalidArguments(f"{name} is a link or a file; an export goes through neither.", hint=_ELSEWHERE) from problem
    finally:
        os.close(outer)


def _one(
    root: int, folder: str, path: str, pieces: Iterable[str] | None, tick: Callable[[str, int], object] | None
) -> dict[str, Any] | None:
    parts = path.split("/")
    if any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise ValueError(f"not a path below the folder: {path!r}")
    inner = os.dup(root)
    for part in parts if pieces is None else parts[:-1]:
        inner = _inner(inner, part)
    shown = os.path.join(folder, path)
    try:
        if pieces is None:
            return None
        return {"path": shown, "bytes": _replaced(inner, parts[-1], pieces, lambda n: tick and tick(shown, n))}
    finally:
        os.close(inner)


def _replaced(folder: int, name: str, pieces: Iterable[str], tick: Callable[[int], object]) -> int:
    _refuse_special(folder, name)
    temporary = f".{name[:200]}.{os.getpid()}.tmp"
    size = 0
    try:
        with open(os.open(temporary, _FRESH, 0o644, dir_fd=folder), "wb", buffering=1 << 16) as out:
            for piece in pieces:
                data = piece.encode("utf-8", "replace")
                out.write(data)
                size += len(data)
                tick(size)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        try:
            os.unlink(temporary, dir_fd=folder)
        except OSError:
            pass
        raise
    return size


def _refuse_special(folder: int, name: str) -> None:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not stat.S_ISREG(found.st_mode):
        raise InvalidArguments(f"{name} is no plain file; it is not replaced.", hint=_ELSEWHERE)
