"""The branches of proposals: cutting one, publishing it, and what became of those that are there."""

from __future__ import annotations

import os

from gitcoord import clock
from gitcoord.errors import CouldNotCheck, InvalidArguments, RemoteRefused, TimedOut, Unreachable
from gitcoord.store import register as replies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.workspace import Workspace

PREFIX = "gitcoord-propose/"
#: Where this clone keeps the proposals that it has seen.
SEEN = "refs/gitcoord/propose/"
_NETWORK = 30.0
#: Proposals that are looked at, the newest first.
_MOST = 50


class Proposal:
    """``name`` is the last part of the branch, ``change`` the path and new content of the only file that differs."""

    __slots__ = ("body", "change", "name", "title")

    def __init__(self, name: str, title: str, body: str, change: tuple[str, bytes]) -> None:
        from gitcoord.text import one_line

        self.name, self.title, self.change = name, one_line(title, 120), change
        self.body = _without_trailers(body)


def _without_trailers(body: str) -> str:
    """A squash takes the message along: no line of it may look like one that gitcoord reads."""
    return "\n".join(f" {line}" if line.lower().startswith("gitcoord-") else line for line in body.splitlines()).strip()


def name_for(what: str, before: bytes, change: tuple[str, bytes]) -> str:
    """The same change of the same text proposed again has the same branch."""
    from gitcoord.hashes import sha256

    parts = (change[0].encode(), before, change[1])
    return what + "-" + sha256(b" ".join(sha256(part).digest() for part in parts)).hexdigest()[:6]


def publish(ws: Workspace, proposal: Proposal, open_: bool = False) -> dict[str, Any]:
    """Cut the branch from the newest tip known and push it. One that is there already stays as it is.

    Raises:
        Unreachable, RemoteRefused, CouldNotCheck: it is not, or not known to be, on the remote.
    """
    if ws.at is not None:
        raise InvalidArguments("--at shows the past; nothing can be proposed there.", hint="Leave --at out.")
    branch = PREFIX + proposal.name
    register = replies.opened(ws.repo, ws.state.text("remote"), branch, ws.state.text("push_url"))
    if ws.offline and register.name:
        raise Unreachable("A proposal is a branch on the remote, and --offline asks none.", hint="the same command again")
    agent = ws.identity().agent
    there = _there(ws, register)
    if there:
        return _told(ws, branch, there, proposal, open_, already=True)
    commit = _commit(ws, proposal, agent)
    ws.make_home()
    reply = register.push(commit, "", _NETWORK)
    if reply.kind != replies.LANDED:
        there = _there(ws, register)
        if not there:
            raise _refused(reply, branch)
        return _told(ws, branch, there, proposal, open_, already=there != commit)
    return _told(ws, branch, commit, proposal, open_, already=False)


def _commit(ws: Workspace, proposal: Proposal, agent: str) -> str:
    from gitcoord.store.writer import write_commit

    path, data = proposal.change
    at = max(int(clock.now()), ws.objects.commit(ws.tip).at)
    return write_commit(
        ws.repo.git, parent=ws.tip, files={path: data}, message=f"{proposal.title}\n\n{proposal.body}\n", author=agent,
        at=at, nonce=f"propose-{os.getpid()}",
    )  # fmt: skip


def _there(ws: Workspace, register: replies.Register) -> str:
    """Where the branch stands on the register; empty when it does not. Raises CouldNotCheck when that cannot be asked."""
    if not register.name:
        return register.known_tip() or ""
    from gitcoord.store.fenced import remote_values

    found = remote_values(ws.repo, register.name, [register.ref], _NETWORK)
    if found is None:
        raise Unreachable("The remote could not be reached; nothing is proposed there.", hint="the same command again")
    return found.get(register.ref, "")


def _refused(reply: replies.Reply, branch: str) -> Exception:
    said = reply.detail[:200]
    if reply.kind == replies.REFUSED:
        return RemoteRefused(f"The remote refuses {branch}: {said}", hint="push rights for gitcoord-propose/* are needed")
    if reply.kind == replies.INDETERMINATE:
        return CouldNotCheck(f"It is not known whether {branch} is on the remote: {said}", hint="the same command again")
    return Unreachable(f"{branch} is not on the remote: {said}", hint="the same command again")


def _told(ws: Workspace, branch: str, commit: str, proposal: Proposal, open_: bool, *, already: bool) -> dict[str, Any]:
    from gitcoord.actions import forge

    remote, base = ws.state.text("remote"), ws.state.text("branch")
    link = forge.compare_link(forge.address(ws), base, branch)
    shown: dict[str, Any] = {
        "state": "confirmed", "branch": branch, "commit": commit, "changes": proposal.change[0], "link": link or None,
        "merge": f"git merge {remote + '/' if remote else ''}{branch}   (on {base}), or a pull request into it",
    }  # fmt: skip
    if already:
        shown["already"] = True
    if open_:
        opened, why = forge.opened(ws, base, branch, proposal.title, proposal.body)
        shown["pull_request"] = opened or None
        if why:
            shown["warnings"] = [f"no pull request was opened: {why}"]
    return shown


def proposals(ws: Workspace, *, all_: bool = False) -> dict[str, Any]:
    """Proposals on the remote: open, in conflict with what has landed since, or merged (only with ``all_``)."""
    note = _fetched(ws)
    tip = ws.tip
    found = [_looked_at(ws, tip, *each) for each in _known(ws)]
    shown = [each for each in found if all_ or each["state"] != "merged"]
    return {"proposals": shown, **({"note": note} if note else {}), "as_of": ws.as_of()}


def _fetched(ws: Workspace) -> str:
    ws.reader()
    remote = ws.state.text("remote")
    if not remote:
        return ""
    if ws.offline:
        return "--offline: proposals as last seen"
    args = ["fetch", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--prune", "--end-of-options", remote,
            f"+refs/heads/{PREFIX}*:{SEEN}*"]  # fmt: skip
    try:
        done = ws.repo.git.run(args, check=False, deadline=_NETWORK)
    except TimedOut:
        return "the remote did not answer; proposals as last seen"
    return "the remote could not be reached; proposals as last seen" if done.code else ""


def _known(ws: Workspace) -> list[tuple[str, str]]:
    """``(branch, commit)``, the newest first."""
    place = SEEN if ws.state.text("remote") else f"refs/heads/{PREFIX}"
    args = ["for-each-ref", "--sort=-committerdate", f"--count={_MOST}", "--format=%(objectname) %(refname)", place]
    lines = ws.repo.git.run(args).out.decode("utf-8", "replace").splitlines()
    return [(PREFIX + line.partition(" ")[2].removeprefix(place), line.partition(" ")[0]) for line in lines]


def _looked_at(ws: Workspace, tip: str, branch: str, commit: str) -> dict[str, Any]:
    from gitcoord.store import merging

    said = ws.objects.commit(commit)
    with merging.Scratch(ws.repo.common_dir) as scratch:
        trial = merging.trial(ws.repo.git, tip, commit, scratch.env)
    state = "unknown" if trial.kind == merging.ERROR else "conflict" if trial.kind == merging.CONFLICT else "open"
    if trial.kind == merging.CLEAN and trial.tree == ws.objects.commit(tip).tree:
        state = "merged"
    shown = {"branch": branch, "title": said.message.partition("\n")[0], "by": said.author, "at": clock.rfc3339(said.at),
             "state": state, "commit": commit}  # fmt: skip
    return {**shown, "files": trial.files[:5]} if state == "conflict" else shown
