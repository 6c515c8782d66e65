"""How writes leave this clone: ``direct``, ``carrier``, ``tree`` or ``local`` (protocol section 8), and why.

Nothing is pushed to find out. A real write tries the sync branch; when the remote refuses, the next road is tried with
what is to be written anyway, and what was found is remembered for ``sync.reprobe``. Importing this costs nothing: the
hot paths only ask :func:`known`.
"""

from __future__ import annotations

from gitcoord import clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.workspace.workspace import Workspace

AUTO, DIRECT, CARRIER, TREE, LOCAL = "auto", "direct", "carrier", "tree", "local"

NO_REMOTE = "there is no remote"
#: Letters of what a remote said that are kept; a policy's address stands at the end of it.
LONGEST = 250


def known(ws: Workspace) -> tuple[str, str]:
    """``(mode, reason)`` as last found; what nobody has tried counts as ``direct``."""
    forced = str(ws.machine_settings().get("sync.transport"))
    if not ws.register.name:
        return (TREE, "there is no remote; sync.transport is tree") if forced == TREE else (LOCAL, NO_REMOTE)
    if forced != AUTO:
        return forced, f"sync.transport is {forced}"
    mode = ws.state.text("transport")
    if not mode:
        return DIRECT, "nothing has been refused"
    return mode, ws.state.text("transport_reason")


def shown(ws: Workspace) -> dict[str, Any]:
    """``mode, reason``; and ``unpublished``: how many writes wait on this machine that this road has not taken."""
    from gitcoord.text import one_line

    mode, reason = known(ws)
    left = _unpublished(ws, mode) if ws.register.name and mode in (CARRIER, TREE) else 0
    return {"mode": mode, "reason": one_line(reason, 300), **({"unpublished": left} if left else {})}


def _unpublished(ws: Workspace, mode: str) -> int:
    """What was written while another road was taken waits here, whichever is taken now."""
    if not ws.outbox.count():
        return 0
    if mode == CARRIER:
        from gitcoord.errors import NeedsRepair

        head, out = ws.state.text("carrier_head"), set()
        try:
            files = ws.objects.walk(ws.objects.commit(head).tree) if head else []
            out = {path.removeprefix("outbox/").removesuffix(".json") for path, _, _ in files}
        except NeedsRepair:
            pass
        return sum(each.id not in out for each in ws.outbox.pending())
    from gitcoord.store import treebox
    from gitcoord.workspace.identity import place_id

    place, branch = ws.repo.worktree, ws.repo.head()[0]
    out = set(treebox.ids(place)) if place is not None else set()
    mine = place_id(ws.place), branch  # files of another worktree or branch cannot be seen from here
    here = [each for each in ws.outbox.pending() if (each.actor.get("place_id"), each.actor.get("branch")) == mine]
    return sum(each.id not in out for each in here)


def restricted(ws: Workspace) -> bool:
    """Whether what is written here waits for somebody else to land it."""
    if not ws.register.name:
        return False
    if not ws.state.text("transport") and str(ws.machine_settings().get("sync.transport")) in (AUTO, DIRECT):
        return False
    return known(ws)[0] != DIRECT


def is_tried(ws: Workspace) -> bool:
    """Whether the next write tries the sync branch itself: unless that was refused a short while ago."""
    forced = str(ws.machine_settings().get("sync.transport"))
    if forced != AUTO or known(ws)[0] == DIRECT:
        return forced in (AUTO, DIRECT) or not ws.register.name
    state = ws.state
    if state.text("transport_boot") != clock.boot_id():
        return True
    age = clock.elapsed() - state.number("transport_elapsed")
    return age < 0 or age >= float(ws.machine_settings().get("sync.reprobe"))


def brief(said: str) -> str:
    """What the remote itself said of a refusal, without git's words around it."""
    for number in ("401", "403"):
        if f"HTTP {number}" in said or f"returned error: {number}" in said:  # git shows no more of such an answer
            return f"HTTP {number}"
    from gitcoord.text import one_line

    words = said.replace("[remote rejected]", "").replace("remote:", "").partition(" error: ")[0].removeprefix("error:")
    own = words
    for hook in ("hook declined", "pre-receive hook declined", "update hook declined"):
        own = own.replace(f"({hook})", "")
    return one_line(own, LONGEST) or one_line(words, LONGEST) or "refused"


def remember(ws: Workspace, mode: str, reason: str) -> None:
    """What was found, and when the sync branch was last refused."""
    ws.state.save(
        transport=mode, transport_reason=reason[:300], transport_elapsed=clock.elapsed(), transport_boot=clock.boot_id()
    )


def probe_again(ws: Workspace) -> None:
    """The next write tries the sync branch, whatever was refused before."""
    if ws.state.text("transport"):
        ws.state.save(transport_boot="")


def publishes(ws: Workspace) -> dict[str, Any]:
    """What publishes that which this command left somewhere, in words; nothing where only ``gitcoord sync`` does."""
    mode = known(ws)[0]
    if not ws.published:
        return {}
    if mode == CARRIER:
        branch = ws.state.text("carrier_branch")
        return {"publishes": f"It waits on {branch} for a peer's gitcoord sync."} if branch else {}
    if mode == TREE:
        return {"publishes": "Publish it with your branch: git add .gitcoord/outbox && git commit && git push"}
    return {}


def _open_again(ws: Workspace) -> None:
    from gitcoord.workspace.settling import tidy

    remember(ws, DIRECT, "the sync branch takes pushes")
    tidy(ws)


def of_waiting(ws: Workspace, reason: str) -> str:
    """How a write of this command that has not landed is on its way."""
    if ws.offline or "unreachable" in reason:
        return "offline"
    mode = known(ws)[0]
    return mode if ws.published or mode == DIRECT or not ws.register.name else LOCAL


def told_here(ws: Workspace, result: dict[str, Any]) -> dict[str, Any]:
    """Of a write that landed where no remote is: when files are to carry it on, the team does not have it yet."""
    mode, reason = known(ws)
    if mode != TREE or result.get("replayed"):
        return result
    return {**result, "state": "provisional", "sync": TREE, "reason": reason, **publishes(ws)}


def carry(ws: Workspace, deadline: float, network: float) -> str:
    """Land the outbox, or put it where somebody else lands it: empty, or why it has not landed. Hold the landing lock.

    Raises:
        Stopped: the remote could not be reached, or it is not known what became of the push.
    """
    from gitcoord.store import register as replies
    from gitcoord.store.landing import Stopped
    from gitcoord.workspace import submission

    if not ws.register.name and known(ws)[0] == TREE:
        from gitcoord.workspace import carrying

        return carrying.land_here(ws, deadline, network)
    reason, probing = known(ws)[1], is_tried(ws)
    if probing:
        try:
            submission.land_all(ws, deadline, network)
            if ws.register.name and ws.state.text("transport") not in ("", DIRECT):
                _open_again(ws)
            return ""
        except Stopped as stop:
            forced = str(ws.machine_settings().get("sync.transport"))
            if stop.reason != replies.REFUSED or not ws.register.name or forced == DIRECT:
                if known(ws)[0] == TREE:  # files need no remote
                    from gitcoord.workspace import carrying

                    carrying.into_the_tree(ws)
                raise
            reason = f"the remote refuses the sync branch: {brief(stop.detail)}"
            remember(ws, ws.state.text("transport") or LOCAL, reason)
    from gitcoord.workspace import carrying

    return carrying.publish(ws, reason, deadline, network, probing=probing)
