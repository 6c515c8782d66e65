"""Whose a branch is. A job knows commits and the name of a branch; the sync branch knows whose these are.

In this order: agents that are named; those of whom the sync branch says that they work, claimed or pushed on this branch;
else the one agent that its proofs lead to. The author of a commit says nothing: the agents of one person, and what runs
beside them without gitcoord, commit under one name. Where nothing is known nobody is guessed, and every claim is another's.
"""

from __future__ import annotations

from gitcoord.errors import NotFound
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.actions.ci.changes import Change
    from gitcoord.actions.ci.proofs import Proof
    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace

#: Pushes and records that are looked at, the newest first.
PAST = 1000
_HEADS = "refs/heads/"


class People:
    """Agents and sessions whose claims are the branch's own; ``known_by`` says why."""

    __slots__ = ("agents", "known_by", "sessions")

    def __init__(self, agents: set[str] | None = None, sessions: set[str] | None = None, known_by: str = "") -> None:
        self.agents, self.sessions, self.known_by = agents or set(), sessions or set(), known_by

    def handles(self, ws: Workspace) -> list[str]:
        found = [ws.reader().get("agent", id) for id in self.agents]
        return sorted(str(each.get("handle")) for each in found if each is not None)


def of_branch(
    ws: Workspace, branch: str, changes: list[Change], proofs: list[Proof], named: list[str], *, common: bool
) -> People:
    """``common``: the branch is one that everybody works on, so its name says nothing about anybody."""
    if named:
        return People({_agent(ws, name) for name in named}, known_by="named")
    oids = {each.oid for each in changes}
    found = People(_pushers(ws, "" if common else branch, oids), known_by="push")
    for name in [] if common else [branch] if branch else _tips(ws, oids):
        pairs = _on_branch(ws, name)
        found.agents |= {agent for agent, _ in pairs}
        found.sessions |= {session for _, session in pairs}
        found.known_by = "branch"
    found.agents.discard("")
    found.sessions.discard("")
    if found.agents or found.sessions:
        return found
    held = {str(each.get("agent_id")) for proof in proofs if proof.holds for each in proof.claims}
    return People(held, known_by="proof") if len(held) == 1 else People()


def _tips(ws: Workspace, oids: set[str]) -> list[str]:
    """Fetched branches that end in one of these commits: a merge queue tests a commit of its own and names no branch."""
    from gitcoord.actions.ci.receive import default_branch

    listed = ws.repo.git.run(["for-each-ref", "--format=%(objectname) %(refname:lstrip=3)", "refs/remotes"], check=False)
    lines = [line.partition(" ") for line in listed.out.decode("utf-8", "surrogateescape").splitlines()]
    return sorted({name for oid, _, name in lines if oid in oids} - {"HEAD", default_branch(ws)})


def _agent(ws: Workspace, name: str) -> str:
    found = ws.reader().find("agent", handle=name)
    if not found:
        raise NotFound(f"The sync branch knows no agent called {one_line(name, 64)}.", hint="gitcoord store query --kind agent")
    return found[0].id


def _on_branch(ws: Workspace, branch: str) -> list[tuple[str, str]]:
    """``(agent, session)`` of claims, work given back, and sessions that name this branch."""
    reader = ws.reader()
    found: list[Entity] = reader.find("claim", branch=branch, order="-id", limit=PAST)
    holds = [each for each in reader.find("claim", state="hold") if _work(each).get("branch") == branch]
    pairs = [(str(each.get("agent_id") or ""), str(each.get("session_id") or "")) for each in [*found, *holds]]
    return pairs + [(str(each.get("agent_id") or ""), each.id) for each in reader.find("session", branch=branch)]


def _work(hold: Entity) -> dict[str, Any]:
    from gitcoord.rules.claims.holds import work_of

    return work_of(hold)


def _pushers(ws: Workspace, branch: str, oids: set[str]) -> set[str]:
    """Agents that recorded a push of this branch, or of one of these very commits."""
    found = set()
    for event in ws.reader().events(types=["code.pushed"], newest_first=True, limit=PAST):
        refs = (event.get("body") or {}).get("refs")
        for each in refs if isinstance(refs, list) else ():
            if isinstance(each, dict) and (each.get("new") in oids or (branch and each.get("ref") == _HEADS + branch)):
                found.add(str((event.get("actor") or {}).get("agent_id") or ""))
    return found - {""}

