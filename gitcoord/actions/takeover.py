"""Taking a handoff over: once, by one agent; with the work that it carries, in a worktree of its own."""

from __future__ import annotations

import os

from gitcoord.actions import carry as carrying
from gitcoord.actions.handoffs import with_names
from gitcoord.actions.references import one
from gitcoord.errors import CheckFailed, GitcoordError, InvalidArguments, Unreachable
from gitcoord.rules.handoffs import carried
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace
    from gitcoord.workspace.identity import Identity


def takeover(ws: Workspace, reference: str, directory: str = "") -> dict[str, Any]:
    """Take a handoff. What it carries is checked before, and brought into a new worktree after nobody else can.

    Raises:
        ClaimConflict: somebody else has it; who is named.
        CheckFailed: the carried commit is not what the handoff says, or the folder is in use. Nothing was taken.
        Unreachable: the carried work cannot be had now. Nothing was taken.
    """
    identity = ws.identity()
    handoff = one(ws, reference, "handoff")
    record = carried(handoff.get("carry"))
    if directory and record is None:
        words = f"{handoff.name} carries no work, so there is nothing for a worktree."
        raise InvalidArguments(words, hint=f"gitcoord takeover {handoff.name}")
    there = ""
    if record is not None:
        there = os.path.abspath(directory) if directory else _beside(ws, handoff)
        if handoff.get("state") != "taken" or handoff.get("taken_by_id") == identity.agent_id:
            _check(ws, handoff, record, there)
    result = ws.submit("handoff.take", {"handoff": handoff.id}, identity=identity)
    again = what_to_claim(ws, handoff, identity)
    result = {**with_names(ws, result), "carry": bool(record), "next_commands": again, "agent": identity.agent}
    if record is None:
        return result
    if result.get("state") == "provisional":
        said = f"the worktree is made once this has landed: gitcoord takeover {handoff.name}"
        return {**result, "warnings": [*(result.get("warnings") or []), said]}
    branch, count = _bring(ws, handoff, record, there)
    ws.local.bind(there, identity.agent, identity.agent_id, identity.session_id, identity.coop, identity.name)
    undo = f"git worktree remove {_shell(there)}; git branch -D {_shell(branch)}"
    made = {"directory": there, "branch": branch, "files": count, "undo": undo}
    told = carrying.told({**record, "state": "confirmed"})
    return {**result, "worktree": made, "warnings": [*(result.get("warnings") or []), *told]}


def _beside(ws: Workspace, handoff: Entity) -> str:
    """``../<repository>-HND-7``, beside the main worktree."""
    main = ws.repo.common_dir
    main = os.path.dirname(main) if os.path.basename(main) == ".git" else main.removesuffix(".git")
    return f"{main}-{handoff.name}"


def _check(ws: Workspace, handoff: Entity, record: dict[str, Any], there: str) -> None:
    """Whether it can be brought, before anybody is told that it is taken."""
    from gitcoord.store.unpack import check

    if os.path.lexists(there) and (not os.path.isdir(there) or os.path.islink(there) or os.listdir(there)):
        raise CheckFailed(f"{there} is there already.", hint=f"gitcoord takeover {handoff.name} --worktree DIR")
    tip = carrying.fetch(ws, record["branch"], ws.network_deadline())
    if not tip:
        raise Unreachable(
            f"{record['branch']} cannot be had now, and it holds the work of {handoff.name}.", hint="gitcoord sync"
        )
    check(ws.repo, ws.objects, record, tip)


def _bring(ws: Workspace, handoff: Entity, record: dict[str, Any], there: str) -> tuple[str, int]:
    from gitcoord.store.unpack import unpack

    try:
        branch = _unused(ws, handoff)
        return branch, unpack(ws.repo, ws.objects, record, there, branch)
    except GitcoordError as problem:
        problem.hint = f"It is yours already; once more: gitcoord takeover {handoff.name} --worktree DIR"
        raise


def _unused(ws: Workspace, handoff: Entity) -> str:
    """``<their branch>-HND-7``; a number more when that is there already. A branch of no plain name is not used."""
    theirs = str(handoff.get("branch") or "")
    plain = theirs.isprintable() and not theirs.startswith("-") and not any(c.isspace() for c in theirs)
    base = f"{theirs}-{handoff.name}" if theirs and plain else handoff.name
    valid = ws.repo.git.run(["check-ref-format", f"refs/heads/{base}"], check=False).code == 0
    parts = base.split("/")
    taken = any(ws.repo.ref("refs/heads/" + "/".join(parts[:n])) for n in range(1, len(parts)))
    base = base if valid and not taken else handoff.name
    name, n = base, 2
    while ws.repo.ref("refs/heads/" + name):
        name, n = f"{base}-{n}", n + 1
    return name


def what_to_claim(ws: Workspace, handoff: Entity, identity: Identity) -> list[str]:
    """What to claim: the scopes that the leaver held and nobody holds now, and its tasks."""
    from gitcoord.rules.claims.conflict import conflicts, scope_of

    reader, now, settings = ws.reader(), ws.now(), ws.settings
    scopes: list[str] = []
    held = [scope_of(each) for each in reader.claims(active=True, agent_id=identity.agent_id)]
    for id in handoff.get("claims", []):
        claim = reader.get("claim", id)
        if claim is None or claim.get("kind") == "task":
            continue
        mine = ((identity.agent_id,), (identity.session_id,))
        if scope_of(claim) in held:
            continue
        if not conflicts(reader, scope_of(claim), *mine, "exclusive", now, settings):
            scopes.append(one_line(str(claim.get("scope")), 200))
    tasks = [each for each in (reader.get("task", id) for id in handoff.get("tasks", [])) if each is not None]
    unfinished = ("open", "in_progress", "blocked")
    commands = [f"gitcoord task claim {each.alias}" for each in tasks if each.get("state") in unfinished]
    return commands + ([f"gitcoord claim {' '.join(_shell(each) for each in scopes[:20])}"] if scopes else [])


def _shell(word: str) -> str:
    from shlex import quote

    return quote(word)
