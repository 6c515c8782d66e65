"""Carried work back into files: a new worktree in which index and files are as they were.

The road back of ``carry.py``. What is read is a peer's: every id is checked against the record, every path against
what git allows in a tree, and a file is written only below real folders of the new worktree.
"""

from __future__ import annotations

import os

from gitcoord.errors import CheckFailed, LocalStorage, NeedsRepair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.store.git import Git
    from gitcoord.store.objects import Objects
    from gitcoord.store.repository import Repository

_SECONDS = 50.0
GITLINK, LINK, EXECUTABLE = "160000", "120000", "100755"


def check(repository: Repository, objects: Objects, record: dict[str, Any], tip: str) -> None:
    """Raises CheckFailed unless the commit is what the record says, and stands on the branch that it names."""
    commit = str(record.get("commit"))
    if objects.read(commit) is None:
        raise CheckFailed(f"The carried commit {commit[:12]} is not on {record.get('branch')}.", hint="gitcoord sync")
    found = objects.commit(commit)
    index = objects.commit(str(record.get("index_commit") or ""))
    base = str(record.get("base") or "")
    expected = (record.get("work_tree"), record.get("index_tree"))
    parents = [index.oid, *([base] if base else [])]
    same = (found.tree, index.tree) == expected and found.parents[: len(parents)] == parents
    if not same or (index.parents != ([base] if base else [])):
        raise CheckFailed(f"The carried commit {commit[:12]} is not what the handoff describes.", hint="gitcoord doctor")
    if tip != commit:
        there = repository.git.run(["merge-base", "--is-ancestor", commit, tip], check=False)
        if there.code:
            raise CheckFailed(f"The carried commit {commit[:12]} is not on {record.get('branch')}.", hint="gitcoord doctor")


def unpack(repository: Repository, objects: Objects, record: dict[str, Any], directory: str, branch: str) -> int:
    """Make the worktree on a new branch at the base, then bring in what was not committed. Returns how many files.

    Raises:
        CheckFailed: git could not make the worktree or the branch.
        NeedsRepair: a path that no work tree may have.
    """
    base, commit = str(record.get("base") or ""), str(record["commit"])
    _add(repository, base, commit, directory, branch)
    there = _git(repository, directory)
    changes = _changes(repository.git, base, commit)
    for _, _, path in changes:
        _check_path(path)
    for mode, _, path in changes:
        if mode != GITLINK:
            _remove(directory, path)
    written = [(mode, oid, path) for mode, oid, path in changes if mode not in ("000000", GITLINK)]
    for (mode, _, path), content in zip(written, objects.blobs(oid for _, oid, _ in written), strict=True):
        _write(directory, path, mode, content)
    there.run(["read-tree", str(record["index_tree"])], deadline=_SECONDS)
    later = record.get("intent_to_add") or []
    if later:
        names = "".join(f"{name}\0" for name in later).encode()
        there.run(["add", "-N", "-f", "--pathspec-from-file=-", "--pathspec-file-nul"], stdin=names, check=False)
    there.run(["update-index", "-q", "--refresh"], check=False, deadline=_SECONDS)
    return len(changes)


def _git(repository: Repository, directory: str) -> Git:
    from gitcoord.store.git import Git

    return Git("", repository._environ, directory=directory)


def _add(repository: Repository, base: str, commit: str, directory: str, branch: str) -> None:
    made = ["worktree", "add", "--quiet"]
    if base:
        words = [*made, "-b", branch, "--", directory, base]
    else:
        words = [*made, "--no-checkout", "--detach", "--", directory, commit]
    result = repository.git.run(words, check=False, deadline=_SECONDS)
    if result.code:
        raise CheckFailed(f"git could not make the worktree {directory}: {result.message[:200]}", hint="git worktree list")
    if not base:
        _git(repository, directory).run(["symbolic-ref", "HEAD", f"refs/heads/{branch}"])


def _changes(git: Git, base: str, commit: str) -> list[tuple[str, str, bytes]]:
    """``(mode, oid, path)`` of what the work tree has otherwise than the base; mode 000000: gone."""
    old = base or git.run(["hash-object", "-t", "tree", "--stdin"]).out.decode().strip()
    out = git.run(["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", old, commit], deadline=_SECONDS).out
    parts = out.split(b"\0")
    found = []
    for head, path in zip(parts[0::2], parts[1::2], strict=False):
        _, mode, _, oid, _ = head.decode().lstrip(":").split(" ")
        found.append((mode, oid, path))
    return found


def _check_path(path: bytes) -> None:
    """git refuses such paths in an index; a tree made by hand may have them."""
    for part in path.split(b"/"):
        plain = part.lower().rstrip(b". ")
        if part in (b"", b".", b"..") or plain in (b".git", b"git~1") or b"\0" in part:
            raise NeedsRepair(f"The carried work has a path that no work tree may have: {path[:80]!r}", hint="gitcoord doctor")


def _remove(directory: str, path: bytes) -> None:
    file = os.fsencode(directory) + b"/" + path
    if not _is_below(directory, path):
        return
    try:
        os.unlink(file)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError):
        return
    parent = os.path.dirname(path)
    while parent:
        try:
            os.rmdir(os.fsencode(directory) + b"/" + parent)
        except OSError:
            return
        parent = os.path.dirname(parent)


def _is_below(directory: str, path: bytes) -> bool:
    """Whether every folder on the way is a real one: a link could lead out of the worktree."""
    at = os.fsencode(directory)
    for part in path.split(b"/")[:-1]:
        at += b"/" + part
        if os.path.islink(at) or not os.path.isdir(at):
            return False
    return True


def _make_folders(root: bytes, path: bytes) -> None:
    at = root
    for part in path.split(b"/")[:-1]:
        at += b"/" + part
        if os.path.islink(at):
            raise NeedsRepair(f"The carried work has a path below a link: {path[:80]!r}", hint="gitcoord doctor")
        if not os.path.isdir(at):
            os.mkdir(at)


def _write(directory: str, path: bytes, mode: str, content: bytes) -> None:
    root = os.fsencode(directory)
    try:
        _make_folders(root, path)
        if mode == LINK:
            os.symlink(content, root + b"/" + path)
            return
        rights = 0o777 if mode == EXECUTABLE else 0o666
        fd = os.open(root + b"/" + path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, rights)
        with os.fdopen(fd, "wb") as file:
            file.write(content)
    except OSError as problem:
        raise LocalStorage(f"Cannot write {path[:80]!r}: {problem.strerror}", hint="gitcoord doctor") from problem
