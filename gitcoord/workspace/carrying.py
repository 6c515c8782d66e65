"""Puts what cannot be landed from here where somebody else lands it: on a carrier, or into files of this work tree.

Reading works all the same. So what the branch says already is settled first, and what it refuses is refused here and
now, before anything is published.
"""

from __future__ import annotations

import time

from gitcoord.errors import GitcoordError, LocalStorage
from gitcoord.rules import carried
from gitcoord.store import addresses, treebox
from gitcoord.store import register as replies
from gitcoord.store.carriers import MAX_BYTES
from gitcoord.store.landing import Stopped
from gitcoord.store.register import RemoteRegister
from gitcoord.workspace import transport
from gitcoord.workspace.asking import agent_prefixes
from gitcoord.workspace.identity import place_id
from gitcoord.workspace.transport import CARRIER, LOCAL, TREE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.intent import Intent
    from gitcoord.workspace.workspace import Workspace

#: Bytes of one write, less the words around it in a file of the work tree.
MAX_TRAVELS = MAX_BYTES - 1024


def publish(ws: Workspace, reason: str, deadline: float, network: float, *, probing: bool) -> str:
    """Empty when nothing is left to be published, else why what is left has not landed.

    ``probing``: every road is tried; otherwise the one that was open, and those behind it.
    """
    from gitcoord.workspace.settling import settle_seen

    unseen = ""
    try:
        waiting = _judged(ws, deadline, network)
    except Stopped as stop:
        waiting, unseen = ws.outbox.pending(), f"{stop.reason}: {stop.detail}"
    settle_seen(ws)
    waiting = [each for each in waiting if ws.outbox.has(each.id) and _travels(each)]
    if not waiting:
        return reason if ws.outbox.count() else ""
    forced = str(ws.machine_settings().get("sync.transport"))
    mode, why, last = LOCAL, reason, transport.known(ws)[0]
    if forced == CARRIER or (forced == transport.AUTO and (probing or last == CARRIER)):
        mode, why = _on_a_carrier(ws, waiting, why, max(1.0, min(network, deadline - time.monotonic())))
    if mode == LOCAL and (forced == TREE or (forced == transport.AUTO and (probing or last != LOCAL))):
        mode, why = _in_the_tree(ws, waiting, why, forced)
    if not mode:  # it is not known whether that road is open: the next write tries again
        transport.probe_again(ws)
    elif forced == transport.AUTO:
        _note(ws, mode, why)
    return unseen if unseen and not ws.published else why


def land_here(ws: Workspace, deadline: float, network: float) -> str:
    """No remote, and files are what leaves this machine: the branch here takes the writes, and files carry them on."""
    from gitcoord.workspace.submission import land_all

    waiting = ws.outbox.pending()
    land_all(ws, deadline, network)
    place = ws.repo.worktree
    for intent in waiting:
        if place is not None and "ok" in (ws.outbox.outcome(intent.id) or {}) and _travels(intent):
            treebox.write(place, intent)
            ws.published = True
    return ""


def _note(ws: Workspace, mode: str, why: str) -> None:
    """The hour of the last refusal stays: from there on it is counted when to try again."""
    ws.state.save(transport=mode, transport_reason=why[:300])


def _judged(ws: Workspace, deadline: float, network: float) -> list[Intent]:
    """Fetch; settle what has landed; refuse what the newest tip refuses. What remains is worth publishing."""
    from gitcoord.workspace.submission import lander

    _refuse_direct_only(ws)
    return lander(ws).judge(deadline, network)


def _refuse_direct_only(ws: Workspace) -> None:
    for intent in ws.outbox.pending():
        if _travels(intent) or ws.outbox.is_provisional(intent.id):  # what was promised to wait, waits
            continue
        words = f"{intent.kind} needs the right to push the sync branch, which the remote refuses from here."
        if not carried.needs_direct(intent):
            words = f"{intent.kind} takes more than the {MAX_TRAVELS // 1024} KiB that travel on a branch from here."
        denied = {"code": "remote-refused", "message": words, "hint": "Ask somebody who may push it.", "details": {}}
        ws.outbox.settle(intent.id, {"denied": denied, "intent_id": intent.id, "session": intent.session_id})


def _travels(intent: Intent) -> bool:
    """Whether whoever adopts would take it from a branch."""
    return not carried.needs_direct(intent) and len(intent.to_json().encode("utf-8", "replace")) <= MAX_TRAVELS


def _on_a_carrier(ws: Workspace, waiting: list[Intent], reason: str, network: float) -> tuple[str, str]:
    """``carrier`` when it is published; ``local`` when every branch was refused; nothing when that is not known."""
    from gitcoord.workspace.submission import carriers

    label, there = _where(ws)
    mine = carriers(ws, there)
    if mine is None:
        return LOCAL, reason
    for branch in _candidates(ws, mine.mine):
        head = ws.state.text("carrier_head") if branch == ws.state.text("carrier_branch") else ""
        reply, commit = mine.publish(waiting, branch, head, network)
        if reply.kind == replies.LANDED:
            ws.published = True
            ws.state.save(carrier_branch=branch, carrier_head=commit, carrier_label=label)
            return CARRIER, reason
        if reply.kind != replies.REFUSED:
            return "", f"{reply.kind}: {reply.detail}"
        ws.state.save(carrier_branch="", carrier_head="")
    return LOCAL, reason


def _where(ws: Workspace) -> tuple[str, RemoteRegister | None]:
    """A contributor's fork, when there is one: ``(what its branches are called elsewhere, the remote)``."""
    name = str(ws.machine_settings().get("sync.carrier_remote"))
    if not name or name == ws.register.name or name not in addresses.remotes(ws.repo):
        return "", None
    label = addresses.repository_name(addresses.fetch_address(ws.repo, name)) + carried.FORK
    return label, RemoteRegister(ws.repo, name, ws.state.text("branch"))


def _candidates(ws: Workspace, mine: str) -> list[str]:
    """The branch that worked, else beside the branch that is checked out here, else under the setting's prefix."""
    settings = ws.machine_settings()
    prefix, origin = settings.origin("sync.carrier_prefix")
    here = ws.repo.head()[0].partition("/")[0] + "/"
    found = [ws.state.text("carrier_branch")]
    if origin == "default" and here in agent_prefixes(ws):
        found.append(here + mine)
    found.append(str(prefix) + mine)
    return list(dict.fromkeys(each for each in found if each.endswith(mine)))


def _in_the_tree(ws: Workspace, waiting: list[Intent], reason: str, forced: str) -> tuple[str, str]:
    """Written by whichever worktree asked for it. Without being told to, only where adopters will look."""
    place = ws.repo.worktree
    branch = ws.repo.head()[0]
    if place is None or (forced != TREE and not any(branch.startswith(each) for each in agent_prefixes(ws))):
        return LOCAL, reason
    try:
        for intent in waiting:
            if intent.actor.get("place_id") == place_id(place):
                treebox.write(place, intent)
    except (LocalStorage, OSError) as problem:
        said = problem.message if isinstance(problem, GitcoordError) else str(problem)
        return LOCAL, f"{reason}; {said}"
    ws.published = True
    return TREE, reason


def into_the_tree(ws: Workspace) -> None:
    """What waits becomes files even while the remote gives no answer: they are published by another push."""
    waiting = [each for each in ws.outbox.pending() if _travels(each)]
    _in_the_tree(ws, waiting, "", str(ws.machine_settings().get("sync.transport")))
