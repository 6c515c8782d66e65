"""Carrying uncommitted work: taken from the work tree, published on a branch of the agent's own.

The branch ``gitcoord-wip/<agent>`` only ever moves forward, by ordinary pushes. What could not be pushed stays under
``refs/gitcoord/wip/`` and in ``carry/`` of the local state until ``sync`` pushes it. Secrets never leave the machine.
"""

from __future__ import annotations

import os

from gitcoord import clock
from gitcoord.errors import CouldNotCheck, TimedOut
from gitcoord.rules.handoffs import CARRY
from gitcoord.store import register as replies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.store.repository import Repository
    from gitcoord.workspace import Workspace

#: Tips of the branches as this clone pushed or saw them; they also keep the objects.
HERE, SEEN = "refs/gitcoord/wip/", "refs/gitcoord/wip-seen/"
_TRIES = 3
#: Objects of commits that are on no remote yet; with more, nobody has looked at them.
_MOST_OBJECTS = 20_000
_SHOWN = 50


def branch_of(agent: str) -> str:
    """``gitcoord-wip/river``; two handles never share one, whatever their letters."""
    return CARRY + safe(agent)


def safe(handle: str) -> str:
    """A handle as one word of small letters, digits and dashes, with a mark of the handle where that lost something."""
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "-" for letter in handle)
    word = plain.lower().lstrip("-")[:60] or "agent"
    if word == handle:
        return word
    from gitcoord.hashes import sha256

    return f"{word}-{sha256(handle.encode()).hexdigest()[:6]}"


def carry(ws: Workspace, agent: str, *, repository: Repository | None = None, publish: bool = True) -> dict[str, Any]:
    """Take the work tree as it is. Returns the record for the handoff, with ``state`` of its own:

    ``confirmed`` (the branch is on the remote), ``provisional`` (kept here, ``gitcoord sync`` pushes it), or
    ``refused`` with the reason, and then nothing was carried.
    """
    repo = repository or ws.repo
    if repo.worktree is None:
        return _refused("a bare repository has no work tree")
    try:
        return _carried(ws, repo, agent, publish)
    except CouldNotCheck as problem:
        return _refused(problem.message)


def _carried(ws: Workspace, repo: Repository, agent: str, publish: bool) -> dict[str, Any]:
    from gitcoord.rules.secrets import suspicion
    from gitcoord.store.carry import take

    branch = branch_of(agent)
    known = ws.repo.ref(HERE + branch.removeprefix(CARRY)) or ""
    settings = ws.settings
    taken = take(
        repo, ws.objects, known, suspicion, max_file=settings.get("carry.max_file"),
        max_total=settings.get("carry.max_total"), author=agent, at=int(clock.now()), nonce=f"wip-{os.getpid()}",
        message=f"uncommitted work of {agent} on {repo.head()[0] or 'a detached HEAD'} [skip ci]\n",
    )  # fmt: skip
    guilty = _secrets_in_commits(ws, repo, taken.base, known)
    if guilty:
        return _refused(f"commits that are not on the remote yet look as if they held secrets: {guilty}")
    left_out = [f"{_path(path)}: {why}" for path, why in taken.left_out]
    record: dict[str, Any] = {
        "branch": branch, "commit": taken.commit, "base": taken.base, "index_commit": taken.index_commit,
        "index_tree": taken.index_tree, "work_tree": taken.work_tree, "left_out": _capped(left_out),
        "submodules": _capped([_path(each) for each in taken.submodules]),
        "intent_to_add": taken.intent_to_add[:_SHOWN], "notes": taken.notes,
    }  # fmt: skip
    record = {name: value for name, value in record.items() if value}
    _keep(ws, branch, taken.commit)
    state = push_waiting(ws).get(branch, "provisional") if publish else "provisional"
    return {**record, "files": taken.files, "state": state}


def _refused(why: str) -> dict[str, Any]:
    return {"state": "refused", "reason": why}


def record_of(found: dict[str, Any] | None) -> dict[str, Any] | None:
    """What of it goes into the handoff."""
    if not found or not found.get("commit"):
        return None
    return {name: value for name, value in found.items() if name not in ("state", "files", "reason")}


def told(found: dict[str, Any] | None) -> list[str]:
    """What a person must know of it: what stayed behind, and what is not on the remote."""
    if not found:
        return []
    if found.get("state") == "refused":
        return [f"the uncommitted work was not carried: {found.get('reason')}"]
    words = [f"left out: {each}" for each in found.get("left_out") or []]
    words += [f"submodule {each}: its inside is not carried" for each in found.get("submodules") or []]
    words += list(found.get("notes") or [])
    if found.get("state") == "provisional":
        words.insert(0, f"the carried work is on this machine only: gitcoord sync   (branch {found.get('branch')})")
    return words


# Publishing.


def _keep(ws: Workspace, branch: str, commit: str) -> None:
    """Under a ref, so that git keeps the objects, and in a file that ``sync`` looks for."""
    from gitcoord.store.outbox import write_durably

    name = branch.removeprefix(CARRY)
    ws.repo.git.run(["update-ref", "-m", "gitcoord: carry", "--end-of-options", HERE + name, commit])
    folder = ws.repo.home + "/carry"
    os.makedirs(folder, mode=0o700, exist_ok=True)
    write_durably(f"{folder}/{name}", commit.encode())


def waiting(ws: Workspace) -> dict[str, str]:
    """Branch to commit of what is not on the remote yet."""
    folder = ws.repo.home + "/carry"
    try:
        names = [name for name in os.listdir(folder) if not name.endswith(".tmp")]
    except OSError:
        return {}
    found = {}
    for name in names:
        try:
            with open(f"{folder}/{name}", encoding="ascii") as file:
                found[CARRY + name] = file.read(64).strip()
        except (OSError, UnicodeDecodeError):
            continue
    return found


def push_waiting(ws: Workspace) -> dict[str, str]:
    """Push what waits. Branch to ``confirmed`` or ``provisional``."""
    return {branch: _pushed(ws, branch, commit) for branch, commit in waiting(ws).items()}


def _pushed(ws: Workspace, branch: str, commit: str) -> str:
    if ws.offline:
        return "provisional"
    name = branch.removeprefix(CARRY)
    network = ws.network_deadline()
    tip = commit
    for _ in range(_TRIES):
        reply = _push(ws, branch, tip, network)
        if reply.kind == replies.LANDED:
            ws.repo.git.run(["update-ref", "--end-of-options", HERE + name, tip])
            _done(ws, name, commit)
            return "confirmed"
        if reply.kind != replies.LOST_RACE:
            return "provisional"
        there = fetch(ws, branch, network)
        if not there:
            return "provisional"
        tip = _joined(ws, there, commit)
    return "provisional"


def _push(ws: Workspace, branch: str, commit: str, network: float) -> replies.Reply:
    ref = "refs/heads/" + branch
    if isinstance(ws.register, replies.RemoteRegister):
        return ws.register.push_carrier(commit, ref, network)
    old = ws.repo.ref(ref)
    if old and ws.repo.git.run(["merge-base", "--is-ancestor", old, commit], check=False).code:
        return replies.Reply(replies.LOST_RACE)
    expected = old or "0" * ws.repo.oid_length
    done = ws.repo.git.run(["update-ref", "--end-of-options", ref, commit, expected], check=False)
    return replies.Reply(replies.LOST_RACE if done.code else replies.LANDED, done.message)


def _joined(ws: Workspace, there: str, commit: str) -> str:
    """A commit after both tips, with the files of ours: so the branch never moves back."""
    if not ws.repo.git.run(["merge-base", "--is-ancestor", commit, there], check=False).code:
        return there
    who = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER")
           for part, value in (("NAME", "gitcoord"), ("EMAIL", "gitcoord@localhost"))}  # fmt: skip
    words = ["commit-tree", f"{commit}^{{tree}}", "-p", there, "-p", commit, "-m", "carried from two places [skip ci]"]
    return ws.repo.git.run(words, env=who).out.decode().strip()


def _done(ws: Workspace, name: str, commit: str) -> None:
    file = f"{ws.repo.home}/carry/{name}"
    try:
        with open(file, encoding="ascii") as found:
            if found.read(64).strip() != commit:
                return  # somebody has carried again meanwhile
        os.unlink(file)
    except OSError:
        pass


def fetch(ws: Workspace, branch: str, network: float) -> str:
    """The tip that the branch has on the remote, with its objects; empty when there is none or it cannot be had."""
    name = branch.removeprefix(CARRY)
    if not ws.register.name:
        return ws.repo.ref("refs/heads/" + branch) or ""
    if ws.offline:
        return ws.repo.ref(SEEN + name) or ws.repo.ref(HERE + name) or ""
    words = [
        "fetch", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--refmap=", "--end-of-options",
        ws.register.name, f"+refs/heads/{branch}:{SEEN}{name}",
    ]  # fmt: skip
    try:
        done = ws.repo.git.run(words, check=False, deadline=network)
    except TimedOut:
        return ws.repo.ref(HERE + name) or ""
    return (ws.repo.ref(SEEN + name) or "") if done.code == 0 else ws.repo.ref(HERE + name) or ""


# What must not leave the machine.


def _secrets_in_commits(ws: Workspace, repo: Repository, head: str, known: str) -> str:
    """A path in the commits that would travel along, and that looks like a secret; empty when there is none."""
    if not head or not ws.register.name:
        return ""
    words = ["rev-list", "--objects", head, "--not", f"--remotes={ws.register.name}", *([known] if known else [])]
    listed = repo.git.run(words, deadline=20.0).out.splitlines()
    named = [line.split(b" ", 1) for line in listed if b" " in line]
    if len(named) > _MOST_OBJECTS:
        return f"{len(named)} objects, too many to look at (push the branch first)"
    from gitcoord.rules.secrets import by_content, by_name

    for oid, path in _blobs(repo, named, ws.settings.get("carry.max_file")):
        text = path.decode("utf-8", "replace")
        blob = ws.objects.read(oid.decode())
        reason = by_name(text) or (by_content(blob[1]) if blob else "")
        if reason:
            return f"{_path(text)} ({reason})"
    return ""


def _blobs(repo: Repository, named: list[list[bytes]], largest: int) -> list[tuple[bytes, bytes]]:
    if not named:
        return []
    asked = b"".join(oid + b"\n" for oid, _ in named)
    format_ = "--batch-check=%(objecttype) %(objectsize)"
    kinds = repo.git.run(["cat-file", format_], stdin=asked, deadline=20.0).out.splitlines()
    found = []
    for (oid, path), kind in zip(named, kinds, strict=True):
        type_, _, size = kind.partition(b" ")
        if type_ == b"blob" and size.isdigit() and int(size) <= largest:
            found.append((oid, path))
    return found


def _path(path: str) -> str:
    from gitcoord.text import one_line

    return one_line(path, 200)


def _capped(names: list[str]) -> list[str]:
    if len(names) <= _SHOWN:
        return names
    return [*names[:_SHOWN], f"and {len(names) - _SHOWN} more"]
