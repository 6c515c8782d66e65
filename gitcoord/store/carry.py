"""Uncommitted work as a commit: index and work tree as two trees, without touching either.

``git status`` says what differs, files are read once, and one ``git fast-import`` writes two commits: the index on
HEAD, and on that the work tree with its untracked files. A file goes in as the bytes that it has on disk, past
filters and line-end conversion, so that it comes out the same. Nothing here names a ref of the user, or an index.

Not carried: ignored files, empty folders, what is inside submodules, the state of an unfinished merge or rebase, and
what ``admit`` turns away.
"""

from __future__ import annotations

import os
import stat

from gitcoord.store.writer import COMMITTER, _data, _explain, _identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.store.git import Git
    from gitcoord.store.objects import Objects
    from gitcoord.store.repository import Repository

    #: ``(path, content)`` -> why the file stays behind, or empty.
    Admit = Callable[[str, bytes], str]

GITLINK, LINK, PLAIN, EXECUTABLE = b"160000", b"120000", b"100644", b"100755"
_NONE = b"000000"
_STATUS = (
    "-c", "core.untrackedCache=false", "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all",
    "--no-renames", "--ignore-submodules=none", "--no-ahead-behind",
)  # fmt: skip
#: More untracked files than this are no work of an agent but something that should be ignored.
MOST_FILES = 20_000
_UNFINISHED = {
    "MERGE_HEAD": "a merge", "CHERRY_PICK_HEAD": "a cherry-pick", "REVERT_HEAD": "a revert", "rebase-merge": "a rebase",
    "rebase-apply": "a rebase", "BISECT_LOG": "a bisection",
}  # fmt: skip


class Entry:
    """One path that differs. ``index`` and ``work`` are modes (``000000``: gone), None where they say nothing new.

    ``index_oid`` is the staged blob; ``submodule`` the four letters of git.
    """

    __slots__ = ("added_later", "index", "index_oid", "path", "submodule", "unmerged", "untracked", "work")

    def __init__(self, path: bytes) -> None:
        self.path = path
        self.index: bytes | None = None
        self.work: bytes | None = None
        self.index_oid, self.submodule = b"", b"N..."
        self.unmerged = self.untracked = self.added_later = False


class Taken:
    """What was written, and what was not. All ids are hex; ``base`` is HEAD, empty before the first commit."""

    __slots__ = (
        "base", "commit", "files", "index_commit", "index_tree", "intent_to_add", "left_out", "notes", "submodules",
        "work_tree",
    )  # fmt: skip

    def __init__(self, base: str) -> None:
        self.base = base
        self.commit = self.index_commit = self.index_tree = self.work_tree = ""
        self.files = 0
        self.left_out: list[tuple[str, str]] = []
        self.submodules: list[str] = []
        self.intent_to_add: list[str] = []
        self.notes: list[str] = []


def entries(git: Git, deadline: float = 30.0) -> tuple[str, list[Entry]]:
    """HEAD, and every path in which index, work tree and that very HEAD differ, with the untracked ones.

    Both from one process: the agent may commit while its work is taken.
    """
    lines = git.run(_STATUS, deadline=deadline).out.split(b"\0")
    named = b"# branch.oid "
    head = next((line[len(named) :].decode() for line in lines if line.startswith(named)), "")
    found = [_entry(line) for line in lines if line[:2] in (b"1 ", b"u ", b"? ")]
    return ("" if head == "(initial)" else head), found


def _entry(line: bytes) -> Entry:
    kind = line[:1]
    if kind == b"?":
        found = Entry(line[2:])
        found.work, found.untracked = PLAIN, True
        return found
    if kind == b"u":
        _, _, sub, _, _, _, mode, _, _, _, path = line.split(b" ", 10)
        found = Entry(path)
        found.work, found.submodule, found.unmerged = mode, sub, True
        return found
    _, both, sub, _, in_index, in_work, _, oid, path = line.split(b" ", 8)
    found = Entry(path)
    found.submodule = sub
    if both[:1] != b".":
        found.index, found.index_oid = in_index, oid
    if both[1:] != b".":
        found.work = in_work
        found.added_later = both == b".A"
    return found


def take(
    repository: Repository,
    objects: Objects,
    previous: str,
    admit: Admit,
    *,
    max_file: int,
    max_total: int,
    message: str,
    author: str,
    at: int,
    nonce: str,
) -> Taken:
    """Write the two commits and return their ids. ``previous``: the tip that the branch already has.

    Raises:
        LocalStorage, NeedsRepair: the object database could not be written.
    """
    assert repository.worktree is not None
    head, found = entries(repository.work_git)
    taken = Taken(head)
    taken.notes = [f"{what} was not finished; only its files are carried" for what in _unfinished(repository)]
    room = _Room(repository.worktree, admit, max_file, max_total, taken)
    staged, worked = [], []
    if len(found) > MOST_FILES:
        taken.notes.append(f"{len(found)} paths differ; {MOST_FILES} are carried")
    sizes = _sizes(repository.git, [each.index_oid for each in found if _is_staged_file(each)])
    for each in sorted(found[:MOST_FILES], key=lambda each: (each.untracked, each.path)):
        if each.submodule[:1] == b"S":
            taken.submodules.append(_text(each.path))
        index = _staged(each, objects, sizes, room)
        if index:
            staged.append(index)
        work = room.line(each)
        if work:
            worked.append(work)
    _write(repository.git, taken, head, previous, staged, worked, message, author, at, nonce)
    taken.index_tree, taken.work_tree = objects.commit(taken.index_commit).tree, objects.commit(taken.commit).tree
    return taken


def _unfinished(repository: Repository) -> list[str]:
    return [what for name, what in _UNFINISHED.items() if os.path.exists(f"{repository.git_dir}/{name}")]


def _is_staged_file(each: Entry) -> bool:
    return each.index not in (None, _NONE, GITLINK)


def _sizes(git: Git, oids: list[bytes]) -> dict[bytes, int]:
    if not oids:
        return {}
    asked = b"".join(oid + b"\n" for oid in oids)
    out = git.run(["cat-file", "--batch-check=%(objectname) %(objectsize)"], stdin=asked).out
    pairs = (line.split(b" ") for line in out.splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


def _staged(each: Entry, objects: Objects, sizes: dict[bytes, int], room: _Room) -> bytes:
    """The line that puts a path into the index's tree; empty when it is as HEAD has it, or must stay behind."""
    if each.index is None:
        return b""
    if each.index == _NONE:
        return b"D " + _quoted(each.path) + b"\n"
    if each.index != GITLINK:
        size = sizes.get(each.index_oid, 0)
        blob = objects.read(each.index_oid.decode()) if size <= room.max_file else None
        if not room.admits(each.path, blob[1] if blob else b"", size):
            return b""
    return b"M %s %s %s\n" % (each.index, each.index_oid, _quoted(each.path))


class _Room:
    """Reads files of the work tree as long as there is room for them."""

    def __init__(self, root: str, admit: Admit, max_file: int, max_total: int, taken: Taken) -> None:
        self._root, self._admit, self.max_file, self._left, self._taken = os.fsencode(root), admit, max_file, max_total, taken
        self._refused: set[bytes] = set()

    def admits(self, path: bytes, content: bytes, size: int) -> bool:
        reason = self._admit(_text(path), content)
        if not reason and size > self.max_file:
            reason = f"{size} bytes: more than carry.max_file"
        if not reason and size > self._left:
            reason = "carry.max_total is used up"
        if reason:
            if path not in self._refused:
                self._taken.left_out.append((_text(path), reason))
            self._refused.add(path)
            return False
        self._left -= size
        return True

    def line(self, each: Entry) -> bytes:
        """The line that puts a path into the work tree's tree; empty when it is as the index has it."""
        if each.work is None or each.submodule[:1] == b"S" or each.work == GITLINK:
            return b""
        if each.path.endswith(b"/"):
            self._taken.submodules.append(_text(each.path))
            return b""
        if each.work == _NONE:
            return b"D " + _quoted(each.path) + b"\n"
        found = self._read(each)
        if found is None:
            return b""
        mode, content = found
        if not self.admits(each.path, content, len(content)):
            return b""
        self._taken.files += 1
        if each.added_later:
            self._taken.intent_to_add.append(_text(each.path))
        return b"M %s inline %s\n" % (mode, _quoted(each.path)) + _data(content)

    def _read(self, each: Entry) -> tuple[bytes, bytes] | None:
        """Mode and content of a file, read once; None when it is gone or no file by now."""
        file = self._root + b"/" + each.path
        try:
            known = os.lstat(file)
            if stat.S_ISLNK(known.st_mode):
                return LINK, os.readlink(file)
            if not stat.S_ISREG(known.st_mode):
                return None
            if known.st_size > self.max_file:
                self.admits(each.path, b"", known.st_size)
                return None
            fd = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as problem:
            self._taken.left_out.append((_text(each.path), f"it cannot be read: {problem.strerror}"))
            return None
        with os.fdopen(fd, "rb") as opened:
            content = opened.read(self.max_file + 1)
        if each.untracked or each.work is None:
            return EXECUTABLE if known.st_mode & 0o100 else PLAIN, content
        return each.work, content


def _write(
    git: Git,
    taken: Taken,
    head: str,
    previous: str,
    staged: list[bytes],
    worked: list[bytes],
    message: str,
    author: str,
    at: int,
    nonce: str,
) -> None:
    """Both commits in one stream. Parents of the second: the index, HEAD, and the tip that the branch has."""
    ref = f"refs/gitcoord/landing/{nonce}".encode()
    when = b" %d +0000" % at
    who = b"author " + _identity(author) + when + b"\ncommitter " + COMMITTER + when + b"\n"
    stream = [b"feature done\ncommit ", ref, b"-i\nmark :1\n", who, _data(f"index of {message}".encode("utf-8", "replace"))]
    if head:
        stream.append(b"from " + head.encode() + b"\n")
    stream += sorted(staged, key=_deletions_first)
    stream += [b"\ncommit ", ref, b"-w\nmark :2\n", who, _data(message.encode("utf-8", "replace")), b"from :1\n"]
    stream += [b"merge " + oid.encode() + b"\n" for oid in (head, previous) if oid]
    stream += sorted(worked, key=_deletions_first)
    stream.append(b"\nget-mark :1\nget-mark :2\n")
    nothing = b"0" * (len(head) or 40)
    stream += [b"reset " + ref + part + b"\nfrom " + nothing + b"\n\n" for part in (b"-i", b"-w")]
    stream.append(b"done\n")
    args = ["fast-import", "--quiet", "--force", "--cat-blob-fd=1"]
    result = git.run(args, stdin=b"".join(stream), deadline=50, check=False)
    made = result.out.decode().split()
    if result.code != 0 or len(made) != 2:
        _explain(result.message)
    taken.index_commit, taken.commit = made


def _deletions_first(line: bytes) -> bool:
    """A file may have become a folder."""
    return line[:1] != b"D"


def _quoted(path: bytes) -> bytes:
    return b'"' + path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'


def _text(path: bytes) -> str:
    return path.decode("utf-8", "replace")
