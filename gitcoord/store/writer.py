"""Writes one commit: blobs, trees and the commit itself, by one ``git fast-import``, on stable storage.

No work tree, no index. The stream names a ref of its own and deletes it again in the same run, so that
nothing but objects remains; a kill leaves at most unreferenced objects. The next step, a push or a ref
update, is what makes the commit visible.
"""

from __future__ import annotations

from gitcoord.errors import LocalStorage, NeedsRepair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitcoord.store.git import Git

COMMITTER = b"gitcoord <gitcoord@localhost>"


def _identity(name: str) -> bytes:
    plain = "".join(letter for letter in name if letter not in "<>\n\0").strip() or "gitcoord"
    return f"{plain} <gitcoord@localhost>".encode("utf-8", "replace")


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _path(path: str) -> bytes:
    quoted = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{quoted}"'.encode("utf-8", "surrogateescape")


def write_commit(
    git: Git,
    *,
    parent: str,
    files: Mapping[str, bytes | None],
    message: str,
    author: str,
    at: int,
    nonce: str,
    deadline: float = 30,
    only: bool = False,
) -> str:
    """Build the commit on ``parent`` with these files changed (None: gone), and return its id. ``only``: and no others.

    Raises:
        NeedsRepair: the parent's tree holds entries that git cannot carry into a new commit.
        LocalStorage: the object database could not be written (disk full, read-only).
    """
    ref = f"refs/gitcoord/landing/{nonce}".encode()
    when = b" %d +0000" % at
    stream = [
        b"feature done\ncommit " + ref + b"\nmark :1\n",
        b"author " + _identity(author) + when + b"\ncommitter " + COMMITTER + when + b"\n",
        _data(message.encode("utf-8", "replace")),
        b"from " + parent.encode() + b"\n" if parent else b"",
    ]
    if only:
        stream.append(b"deleteall\n")
    for path, content in files.items():
        if content is None:
            stream += [b"D ", _path(path), b"\n"]
            continue
        stream += [b"M 100644 inline ", _path(path), b"\n", _data(content)]
    stream += [b"\nget-mark :1\nreset ", ref, b"\nfrom ", b"0" * max(len(parent), 40), b"\n\ndone\n"]
    args = ["fast-import", "--quiet", "--force", "--cat-blob-fd=1"]
    result = git.run(args, stdin=b"".join(stream), deadline=deadline, check=False)
    oid = result.out.decode().strip()
    if result.code != 0 or len(oid) not in (40, 64):
        _explain(result.message)
    return oid


def _explain(words: str) -> None:
    lowered = words.lower()
    if "no space" in lowered or "read-only" in lowered or "permission denied" in lowered or "unable to create" in lowered:
        raise LocalStorage(f"The repository cannot be written: {words[:200]}", hint="Free space, then: gitcoord sync")
    raise NeedsRepair(f"git could not build a commit on the sync branch: {words[:200]}", hint="gitcoord doctor")


ROOT_MESSAGE = "gitcoord sync branch\n\nThe root of every gitcoord sync branch: the same object everywhere.\n"


def write_root(git: Git) -> str:
    """The deterministic root commit: empty tree, constant author, date and message; the same id everywhere."""
    tree = git.run(["hash-object", "-t", "tree", "-w", "--stdin"]).out.decode().strip()
    identity = "gitcoord <gitcoord@localhost> 946684800 +0000"
    body = f"tree {tree}\nauthor {identity}\ncommitter {identity}\n\n{ROOT_MESSAGE}"
    return git.run(["hash-object", "-t", "commit", "-w", "--stdin"], stdin=body.encode()).out.decode().strip()


def commit_message(subject: str, body: list[str], revision: int, intents: list[str], lander: str) -> str:
    """Subject for people, a line an intent when there are several, and the trailers that machines read."""
    lines = [subject[:180] + " [skip ci]", ""]
    if len(body) > 1:
        lines += ["- " + line[:200] for line in body[:50]]
        lines += [f"- and {len(body) - 50} more"] if len(body) > 50 else []
        lines.append("")
    lines.append(f"Gitcoord-Revision: {revision}")
    lines += [f"Gitcoord-Intent: {intent}" for intent in intents]
    if lander:
        lines.append(f"Gitcoord-Lander: {lander}")
    return "\n".join(lines) + "\n"
