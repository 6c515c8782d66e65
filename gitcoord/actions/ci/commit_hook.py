"""The prepare-commit-msg hook: trailers at the end of a message that git is about to show or take. Never stops a commit,
never asks the network, never waits longer than :data:`DEADLINE`."""

from __future__ import annotations

import os
import sys

#: Seconds. A commit that has no proof is better than one that has to wait.
DEADLINE = 2.0
#: While git makes commits of others again, their messages keep the proofs that they have.
_UNDER_WAY = ("rebase-merge", "rebase-apply", "CHERRY_PICK_HEAD", "REVERT_HEAD", "MERGE_HEAD")
#: Sources of a message that somebody has written already. Whoever leaves the editor, or a template, without a word does not
#: want to commit, and git must still find it empty or untouched.
_SPOKEN = ("message", "commit", "squash")
_SCISSORS = b"# ------------------------ >8 ------------------------"


def main(words: list[str]) -> int:
    """Always 0. ``words`` are git's: the file of the message, its source, a commit."""
    if len(words) < 2 or os.environ.get("GITCOORD_INTERNAL") or words[1] not in _SPOKEN:
        return 0
    try:
        _alarm()
        _prove(words[0], amended=words[1:3] == ["commit", "HEAD"])
    except BaseException as problem:  # a coordination tool must not stop a commit
        _told(problem)
    return 0


def _alarm() -> None:
    import signal

    from gitcoord.errors import TimedOut

    def stop(*_: object) -> None:
        raise TimedOut(f"no answer within {DEADLINE:g} s")

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, DEADLINE)


def _told(problem: BaseException) -> None:
    from gitcoord.errors import GitcoordError, NotReady

    if isinstance(problem, NotReady):
        return
    said = problem.message if isinstance(problem, GitcoordError) else f"{type(problem).__name__}: {problem}"
    _say(f"gitcoord: this commit gets no claim proof: {said}")


def _say(text: str) -> None:
    try:
        sys.stderr.write(text.encode("utf-8", "replace").decode() + "\n")
    except OSError:
        pass


def _prove(file: str, amended: bool) -> None:
    from gitcoord.actions.ci import trailer
    from gitcoord.workspace import Workspace

    with Workspace.open(".", offline=True) as ws:
        if any(os.path.exists(f"{ws.repo.git_dir}/{name}") for name in _UNDER_WAY):
            return
        found = trailer.of_index(ws, [], index=_index(os.environ), base="HEAD~1" if amended else "HEAD")
    if found["trailers"]:
        with open(file, "rb") as message:
            before = message.read()
        after = with_trailers(before, found["trailers"])
        if after != before:
            with open(file, "wb") as out:
                out.write(after)
    elif found.get("note"):
        _say(f"gitcoord: no claim proof: {found['note']}.")
    elif found["claims"] and found["uncovered"]:
        from gitcoord.text import one_line

        _say(f"gitcoord: no claim proof: no claim of yours covers {one_line(found['uncovered'][0], 120)}.")


def _index(environ: os._Environ[str]) -> str:
    """The index that this commit is made from: git names another one for ``commit -a`` and ``commit PATH``."""
    named = environ.get("GIT_INDEX_FILE", "")
    return os.path.abspath(named) if named else ""


def with_trailers(message: bytes, lines: list[str]) -> bytes:
    """The message with these trailers instead of those that it has, in the last paragraph of what will be kept: above the
    comments and the diff that git puts below, and in the paragraph of other trailers where there is one. An empty message
    stays empty."""
    text, kept = _parted(message)
    bare = [line for line in text.split(b"\n") if not line.lower().startswith((b"gitcoord-claim:", b"gitcoord-revision:"))]
    body = b"\n".join(bare).rstrip(b"\n")
    joined = "\n".join(lines).encode()
    if not body.strip():
        return message
    return body + (b"\n" if _ends_in_trailers(body) else b"\n\n") + joined + b"\n" + kept


def _parted(message: bytes) -> tuple[bytes, bytes]:
    """What is the message, and the comments below it (from the first line that is a comment to the end)."""
    lines = message.split(b"\n")
    end = len(lines)
    for number, line in enumerate(lines):
        if line.startswith(_SCISSORS):
            end = number
            break
    while end and (lines[end - 1].startswith(b"#") or not lines[end - 1].strip()):
        end -= 1
    return b"\n".join(lines[:end]), b"\n" + b"\n".join(lines[end:]) if any(each.strip() for each in lines[end:]) else b""


def _ends_in_trailers(body: bytes) -> bool:
    """Whether the last paragraph, not being the first, is made of ``Word: text`` lines alone."""
    head, _, last = body.rpartition(b"\n\n")
    names = [line.partition(b": ") for line in last.split(b"\n")]
    return bool(head) and all(sep and name.replace(b"-", b"").isalnum() for name, sep, _ in names)
