"""One file of a tool as it is written and taken back: what is strange is left alone and named, bytes come back as they were.

Remembers what stood there before the first time, so that taking ours out restores it; a person's later edit makes that
memory worthless, and is noticed.
"""

from __future__ import annotations

import errno
import json
import os

from gitcoord.hashes import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitcoord.store.repository import Repository

    #: From the text that is there (None: no file) to the text that is to be (None: no file).
    Change = Callable[[str | None], str | None]


#: A sandbox lets its agent write neither hooks nor settings.
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def apply(
    repo: Repository, path: str, change: Change, what: str, report: dict[str, list[str]], dry_run: bool, out: bool = False
) -> None:
    """Adds to ``report``: ``written``, ``notes`` and, of a dry run, ``diff``."""
    file = f"{repo.worktree}/{path}"
    try:
        _refuse_strange(repo, file)
        before = _read(file)
        text = _restored(repo, path, before) if out else before  # what stood there may be a teammate's, with ours in it
        after = _ended(change(plain(text)), text)
        if after == before:
            return
        if dry_run:
            report.setdefault("diff", []).extend(_diff(path, before, after))
        else:
            if not out:
                _keep(repo, path, before, after or "")
            _write(file, after)
    except (OSError, ValueError, RecursionError) as problem:
        why = _first_line(problem)
        if isinstance(problem, OSError):
            why = f"{problem.strerror}{'; in a sandbox, run it in your own terminal' if problem.errno in _FORBIDDEN else ''}"
        report["notes"].append(f"{path} is left alone: {why}")
        return
    verb = "removed" if after is None else ("created" if before is None else "changed")
    report["written"].append(f"{path} {verb}{f' ({what})' if what else ''}")


def plain(text: str | None) -> str | None:
    """With the line ends that we write, where all of them are those of Windows: git makes such work trees of our files."""
    return text.replace("\r\n", "\n") if text and _is_crlf(text) else text


def _is_crlf(text: str) -> bool:
    return "\r\n" in text and text.count("\n") == text.count("\r\n")


def _ended(text: str | None, like: str | None) -> str | None:
    return text.replace("\n", "\r\n") if text and like and _is_crlf(like) else text


def _diff(path: str, before: str | None, after: str | None) -> list[str]:
    from difflib import unified_diff

    names = (f"a/{path}" if before is not None else "/dev/null", f"b/{path}" if after is not None else "/dev/null")
    return list(unified_diff((before or "").splitlines(), (after or "").splitlines(), *names, lineterm="", n=1))


def _first_line(problem: BaseException) -> str:
    return str(problem).splitlines()[0] if str(problem) else type(problem).__name__


def _refuse_strange(repo: Repository, file: str) -> None:
    """Raises ValueError for what lies outside of the repository, behind whatever link."""
    root = os.path.realpath(str(repo.worktree))
    real = os.path.realpath(file)
    if real != root and not real.startswith(root + os.sep):
        raise ValueError(f"it is a link out of the repository, to {real}")
    if os.path.lexists(file) and not os.path.isfile(file):
        raise ValueError("it is no plain file")


def present(repo: Repository, path: str) -> str | None:
    """The text of a file that :func:`apply` would touch; None where there is none, or it is strange."""
    file = f"{repo.worktree}/{path}"
    try:
        _refuse_strange(repo, file)
        return _read(file)
    except (OSError, ValueError):
        return None


def _read(file: str) -> str | None:
    try:
        with open(file, encoding="utf-8", newline="") as handle:
            return handle.read()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None


def _write(file: str, text: str | None) -> None:
    if text is None:
        os.unlink(file)
        _remove_empty(os.path.dirname(file))
        return
    os.makedirs(os.path.dirname(file), exist_ok=True)
    real = os.path.realpath(file)
    if os.path.exists(real) and not (os.access(real, os.W_OK) and os.stat(real).st_mode & 0o222):  # root may write anything
        raise PermissionError(errno.EACCES, "it is read-only")
    temporary = f"{real}.{os.getpid()}.tmp"
    with open(temporary, "w", encoding="utf-8", newline="") as handle:
        handle.write(text)
    if os.path.exists(real):
        os.chmod(temporary, os.stat(real).st_mode & 0o7777)
    os.replace(temporary, real)


def _remove_empty(folder: str) -> None:
    """Folders that only our file was in; never the root of the work tree, which is not empty."""
    try:
        for _ in range(3):
            os.rmdir(folder)
            folder = os.path.dirname(folder)
    except OSError:
        pass


# The bytes that were there.


def _keep(repo: Repository, path: str, before: str | None, after: str) -> None:
    """Remember what stood there before the first time; a person's later edit makes this worthless, and is noticed."""
    manifest = _manifest(repo)
    known = manifest.get(path)
    first = known["before"] if known and known.get("after") == _digest(before or "") else before
    manifest[path] = {"before": first, "after": _digest(after)}
    os.makedirs(repo.home, mode=0o700, exist_ok=True)
    _write(repo.home + "/wired.json", json.dumps(manifest))


def _restored(repo: Repository, path: str, now: str | None) -> str | None:
    """What stood there (None: no file), if nobody has touched the file since; else what is there now."""
    known = _manifest(repo).get(path)
    if not known or now is None or known.get("after") != _digest(now):
        return now
    before = known.get("before")
    return before if isinstance(before, str) else None


def untouched(repo: Repository, path: str, now: str) -> bool:
    """Whether the file is as we wrote it last."""
    known = _manifest(repo).get(path)
    return isinstance(known, dict) and known.get("after") == _digest(now)


def _manifest(repo: Repository) -> dict[str, Any]:
    try:
        with open(repo.home + "/wired.json", encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(text: str) -> str:
    return str(sha256(text.encode()).hexdigest())
