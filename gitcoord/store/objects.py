"""Reads commits, trees and blobs, each verified by its object id, and compares trees without a work tree.

``git ls-tree`` into a full pipe exits 0 with half an answer; ``cat-file --batch`` gives lengths, and what
it gives is hashed again here, so a damaged or truncated answer is an error and never a shorter tree.
"""

from __future__ import annotations

from gitcoord.errors import NeedsRepair
from gitcoord.hashes import sha1, sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gitcoord.store.git import Child, Git

TREE_MODE = "40000"
#: The address under which gitcoord commits, and names agents as authors.
OURS = "gitcoord@localhost"
#: A folder nested deeper, or a tree with more entries, is nobody's coordination state.
MAX_DEPTH = 8
MAX_FILES = 500_000
_CHUNK = 400


class Commit:
    """``at`` is the committer time in seconds; ``trailers`` are the lines of the message's last paragraph. ``author`` and
    ``committer`` are names, ``emails`` their addresses, in this order."""

    __slots__ = ("at", "author", "committer", "emails", "message", "oid", "parents", "tree")

    def __init__(self, oid: str, data: bytes) -> None:
        head, _, message = data.partition(b"\n\n")
        self.oid = oid
        self.tree, self.author, self.committer, self.at = "", "", "", 0
        self.emails = ["", ""]
        self.parents: list[str] = []
        for line in head.split(b"\n"):
            key, _, value = line.partition(b" ")
            if key == b"tree":
                self.tree = value.decode()
            elif key == b"parent":
                self.parents.append(value.decode())
            elif key == b"author":
                self.author, self.emails[0] = _who(value)
            elif key == b"committer":
                self.committer, self.emails[1] = _who(value)
                self.at = _seconds(value)
        self.message = message.decode("utf-8", "replace")

    def trailers(self, name: str) -> list[str]:
        last = self.message.rstrip("\n").rpartition("\n\n")[2]
        start = name + ": "
        return [line[len(start) :].strip() for line in last.split("\n") if line.startswith(start)]

    @property
    def revision(self) -> int | None:
        """What the trailer says; None for a commit made by hand or with a nonsense trailer. A squash, cherry-pick or
        merge copies messages: only what gitcoord committed counts, and gitcoord never merges."""
        if len(self.parents) > 1 or self.emails[1] != OURS:
            return None
        values = self.trailers("Gitcoord-Revision")
        if len(values) != 1 or not values[0].isascii() or not values[0].isdigit() or len(values[0]) > 15:
            return None
        return int(values[0])


def _who(identity: bytes) -> tuple[str, str]:
    name, _, rest = identity.rpartition(b" <")
    return name.decode("utf-8", "replace"), rest.partition(b">")[0].decode("utf-8", "replace")


def _seconds(identity: bytes) -> int:
    try:
        return int(identity.rsplit(b" ", 2)[1])
    except (IndexError, ValueError):
        return 0


def object_id(kind: bytes, data: bytes, length: int = 40) -> str:
    """The id that git gives to an object of this kind and content."""
    hasher = sha256 if length == 64 else sha1
    return hasher(kind + b" " + str(len(data)).encode() + b"\0" + data).hexdigest()


class Unread(NeedsRepair):
    """git has no answer for an object: it is gone, or a partial clone left it with its remote."""


class Objects:
    """One ``cat-file --batch`` for the life of a command."""

    def __init__(self, git: Git, oid_length: int = 40) -> None:
        self._git = git
        #: Gets objects that a partial clone left with its remote, by name; False when it could not, or nothing is left out.
        self.get_left_out: Callable[[list[str]], bool] | None = None
        self._length = oid_length
        self._child: Child | None = None

    def close(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None

    def _ask(self, names: list[str]) -> Child:
        if self._child is None:
            self._child = self._git.open(["cat-file", "--batch"])
        self._child.write("".join(name + "\n" for name in names).encode())
        return self._child

    def _answer(self, child: Child) -> tuple[str, bytes, bytes] | None:
        """``(oid, kind, data)``, or None when git has no such object."""
        header = child.read_line()
        parts = header.split()
        if len(parts) != 3 or not parts[2].isdigit():
            if header.endswith((b" missing\n", b" ambiguous\n")):
                return None
            self.close()
            raise Unread("git could not read an object of the sync branch.", hint="gitcoord doctor")
        name, kind, length = parts
        size = int(length)
        data = child.read(size + 1)
        content, oid = data[:-1], name.decode()
        hasher = sha256 if self._length == 64 else sha1
        if len(data) != size + 1 or hasher(b"%b %b\0%b" % (kind, length, content)).hexdigest() != oid:
            self.close()
            raise NeedsRepair(f"Object {oid[:12]} of the sync branch is damaged.", hint="gitcoord doctor")
        return oid, kind, content

    def _one(self, name: str) -> tuple[str, bytes, bytes] | None:
        for _ in range(2):  # the folders on the way to it, and then what they name
            try:
                return self._answer(self._ask([name]))
            except Unread:
                if self.get_left_out is None or not self.get_left_out([name]):
                    raise
        return self._answer(self._ask([name]))

    def read(self, name: str) -> tuple[str, bytes] | None:
        """``(oid, data)`` of an object id or of ``<commit>:<path>``; None when it does not exist."""
        found = self._one(name)
        return None if found is None else (found[0], found[2])

    def file(self, name: str) -> bytes | None:
        """The content of ``<commit>:<path>`` or of an object id, when that is a file."""
        found = self._one(name)
        return found[2] if found is not None and found[1] == b"blob" else None

    def is_tree(self, name: str) -> bool:
        """Whether ``<commit>:<path>`` is a folder."""
        found = self._one(name)
        return found is not None and found[1] == b"tree"

    def commit(self, oid: str) -> Commit:
        found = self._one(oid)
        if found is None or found[1] != b"commit":
            raise NeedsRepair(f"Commit {oid[:12]} is missing here.", hint="gitcoord sync")
        return Commit(oid, found[2])

    def blobs(self, oids: Iterable[str]) -> Iterator[bytes]:
        """The contents, in order, asking for many at a time and holding few."""
        batch: list[str] = []
        for oid in oids:
            batch.append(oid)
            if len(batch) == _CHUNK:
                yield from self._contents(batch)
                batch = []
        if batch:
            yield from self._contents(batch)

    def _contents(self, oids: list[str]) -> Iterator[bytes]:
        child = self._ask(oids)
        for n, oid in enumerate(oids):
            try:
                found = self._answer(child)
            except Unread:
                left = oids[n:]
                if self.get_left_out is None or not self.get_left_out(left):
                    raise
                child = self._ask(left)
                found = self._answer(child)
            if found is None:
                raise NeedsRepair(f"Object {oid[:12]} of the sync branch is missing here.", hint="gitcoord sync")
            yield found[2]

    def _trees(self, oids: list[str]) -> list[list[tuple[str, str, str]]]:
        return [self._entries(data) for data in self.blobs(oids)]

    def _entries(self, data: bytes) -> list[tuple[str, str, str]]:
        """``(mode, name, oid)`` of a raw tree. Names are text with unreadable bytes escaped."""
        entries = []
        position, end, width = 0, len(data), self._length // 2 + 1
        while position < end:
            zero = data.index(b"\0", position)
            mode, space, name = data[position:zero].decode("utf-8", "surrogateescape").partition(" ")
            if not space:
                raise ValueError("a tree entry without a name")
            position = zero + width
            entries.append((mode, name, data[zero + 1 : position].hex()))
        return entries

    def folder(self, name: str) -> list[tuple[str, str, str]]:
        """``(mode, name, oid)`` of what ``<commit>:<path>`` holds itself; nothing when it is no folder."""
        found = self._one(name)
        return self._entries(found[2]) if found is not None and found[1] == b"tree" else []

    def entry(self, tree: str, path: str) -> tuple[str, str | None, str | None]:
        """``(path, mode, oid)`` of one file of a tree; mode and oid are None where there is none."""
        oid = tree
        *folders, last = path.split("/")
        for folder in folders:
            found = [each[2] for each in self._trees([oid])[0] if each[1] == folder and each[0] == TREE_MODE]
            if not found:
                return path, None, None
            oid = found[0]
        here = [(mode, each) for mode, name, each in self._trees([oid])[0] if name == last and mode != TREE_MODE]
        return (path, *here[0]) if here else (path, None, None)

    def walk(self, tree: str) -> list[tuple[str, str, str]]:
        """``(path, mode, oid)`` of every file of a tree, level by level."""
        files: list[tuple[str, str, str]] = []
        level = [("", tree)]
        for _ in range(MAX_DEPTH):
            below: list[tuple[str, str]] = []
            for (prefix, _oid), entries in zip(level, self._trees([oid for _, oid in level]), strict=True):
                for mode, name, oid in entries:
                    if mode == TREE_MODE:
                        below.append((prefix + name + "/", oid))
                    else:
                        files.append((prefix + name, mode, oid))
            if not below or len(files) > MAX_FILES:
                break
            level = below
        return files

    def differences(self, old: str, new: str) -> list[tuple[str, str | None, str | None]]:
        """``(path, mode, oid)`` of every file that differs; mode and oid are None where it is gone."""
        changed: list[tuple[str, str | None, str | None]] = []
        pairs = [("", old, new)]
        for _ in range(MAX_DEPTH):
            level = self._trees([oid for _, a, b in pairs for oid in (a, b) if oid])
            trees = iter(level)
            below: list[tuple[str, str, str]] = []
            for prefix, a, b in pairs:
                before = {name: (mode, oid) for mode, name, oid in (next(trees) if a else [])}
                after = {name: (mode, oid) for mode, name, oid in (next(trees) if b else [])}
                _compare(prefix, before, after, changed, below)
            if not below:
                return changed
            pairs = below
        return changed


def _compare(
    prefix: str,
    before: dict[str, tuple[str, str]],
    after: dict[str, tuple[str, str]],
    changed: list[tuple[str, str | None, str | None]],
    below: list[tuple[str, str, str]],
) -> None:
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        old_tree = old[1] if old and old[0] == TREE_MODE else ""
        new_tree = new[1] if new and new[0] == TREE_MODE else ""
        if old_tree or new_tree:
            below.append((prefix + name + "/", old_tree, new_tree))
        if new and not new_tree:
            changed.append((prefix + name, new[0], new[1]))
        elif old and not old_tree and not (new and not new_tree):
            changed.append((prefix + name, None, None))
