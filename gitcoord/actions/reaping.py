"""Reaping from here: the comparison that a person sees, the request, and what a reaped agent is told.

The rule decides again at the tip (``rules/reaping.py``).
"""

from __future__ import annotations

from gitcoord import clock
from gitcoord.actions.evidence import evidence_of, look_at_branches
from gitcoord.clock import rfc3339
from gitcoord.errors import Ambiguous, CouldNotCheck, GitcoordError, InvalidArguments, NotFound, NotJoined
from gitcoord.rules.reaping import LEAST_AGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.rules.reaping import Judged
    from gitcoord.workspace import Workspace

_MOST = 50


def candidates(ws: Workspace) -> list[dict[str, Any]]:
    """Sessions that could be reaped, or whose lapsed claims could be released, as far as is known here now.

    Asks neither git nor the network: for ``status`` and ``doctor``.
    """
    found = [_line(ws, session, *_judged(ws, session, evidence_of(ws, session))) for session in _others(ws)]
    return [each for each in found if each["verdict"] != "keep"]


def reap(
    ws: Workspace,
    *,
    session: str = "",
    agent: str = "",
    max_age: int | None = None,
    dry_run: bool = False,
    take_over_live: bool = False,
    carry: bool = False,
) -> dict[str, Any]:
    """Reap what has fallen silent: all of it, or what is named. ``dry_run`` shows the comparison alone.

    Raises:
        NotFound: no active session is called that.
        CheckFailed: one was named, and there is a sign of life of it; which, is said.
    """
    if max_age is not None and max_age < LEAST_AGE:
        raise InvalidArguments(f"A session is reaped after {LEAST_AGE} s of silence at least.", hint="gitcoord reap --dry-run")
    ws.fresh = ws.fresh or not (ws.offline or dry_run or ws.at)
    wanted = _wanted(ws, session, agent)
    named = bool(session or agent)
    look_at_branches(ws, wanted)
    compared, reaped, refused = [], [], []
    for each in wanted:
        evidence = evidence_of(ws, each, look=True)
        judged, known = _judged(ws, each, evidence, max_age, take_over_live)
        compared.append(_line(ws, each, judged, known))
        if dry_run or (judged.verdict == "keep" and not named):
            continue
        if evidence.get("process") == "alive" and named and len(wanted) > 1:
            continue
        try:
            reaped.append(_reap(ws, each, evidence, rfc3339(judged.last), max_age, take_over_live, carry))
        except CouldNotCheck:
            raise
        except GitcoordError as problem:
            if len(wanted) == 1:
                raise
            refused.append({"agent": each.get("agent"), "code": problem.code, "message": problem.message})
    return _answer(ws, compared, reaped, refused, dry_run)


def _answer(
    ws: Workspace, compared: list[dict[str, Any]], reaped: list[dict[str, Any]], refused: list[dict[str, Any]], dry: bool
) -> dict[str, Any]:
    order = {"reap": 0, "release": 1, "keep": 2}
    compared.sort(key=lambda each: order[each["verdict"]])
    result: dict[str, Any] = {
        "outcome": "compared" if dry else "reaped" if reaped else "nothing-to-reap", "sessions": compared, "reaped": [],
        "refused": refused, "handoffs": [], "claims": [], "tasks": [], "warnings": [], "dry_run": dry,
        "state": "confirmed", "as_of": ws.as_of(),
    }  # fmt: skip
    for each in reaped:
        left = (each.get("sessions") or [{}])[0]
        result["reaped"].append({"agent": left.get("agent"), "session": left.get("id"), "outcome": each.get("outcome")})
        for plural in ("handoffs", "claims", "tasks", "warnings"):
            result[plural] += each.get(plural) or []
        if each.get("state") == "provisional":
            result["state"], result["reason"] = "provisional", each.get("reason")
    return {name: value for name, value in result.items() if value not in ([], None)}


def _reap(
    ws: Workspace,
    session: Entity,
    evidence: dict[str, Any],
    last: str,
    max_age: int | None,
    take_over_live: bool,
    carry: bool,
) -> dict[str, Any]:
    from gitcoord.actions import carry as carrying
    from gitcoord.actions.handoffs import with_carry

    told = {name: value for name, value in evidence.items() if name != "same_host"}
    told["last_event_at"] = last
    args: dict[str, Any] = {"session": session.id, "evidence": told}
    if max_age is not None:
        args["max_age"] = max_age
    if take_over_live:
        args["take_over_live"] = True
    taken = _carried(ws, session, evidence) if carry else None
    if carrying.record_of(taken):
        args["carry"] = carrying.record_of(taken)
    result = ws.submit("session.reap", args, 1, identity=_reaper(ws))
    return with_carry(result, taken)


def _carried(ws: Workspace, session: Entity, evidence: dict[str, Any]) -> dict[str, Any]:
    """The work of the lost agent, where its worktree is one of this clone's and its process does not run."""
    from gitcoord.actions import carry as carrying
    from gitcoord.store import repository

    if evidence.get("process") == "alive":
        return {"state": "refused", "reason": "its process is alive"}
    place = _place(ws, session)
    if not place:
        return {"state": "refused", "reason": "its worktree is not on this machine; what it carried before is kept"}
    return carrying.carry(ws, str(session.get("agent")), repository=repository.find(place, ws.environ))


def _place(ws: Workspace, session: Entity) -> str:
    """The worktree of this clone in which a session worked; empty when it is none of them."""
    import os

    from gitcoord.workspace.identity import place_id

    folders = [ws.repo.worktree or "", os.path.dirname(ws.repo.common_dir)]
    linked = ws.repo.common_dir + "/worktrees"
    for name in os.listdir(linked) if os.path.isdir(linked) else []:
        try:
            with open(f"{linked}/{name}/gitdir", encoding="utf-8") as file:
                folders.append(os.path.dirname(file.read().strip()))
        except (OSError, UnicodeDecodeError):
            continue
    wanted = session.get("place_id")
    here = [each for each in folders if each and os.path.isdir(each) and place_id(each) == wanted]
    return here[0] if wanted and here else ""


# Who is meant.


def _reaper(ws: Workspace) -> Any:
    """Whoever acts here; somebody who never joined may notice, too."""
    from gitcoord.model.ids import new_ulid
    from gitcoord.workspace.identity import Identity, default_handle

    try:
        return ws.identity()
    except NotJoined:
        # As if bound: who only sweeps does not become the agent of this worktree.
        return Identity(default_handle(ws.environ), new_ulid(clock.now()), new_ulid(clock.now()), bound=True)


def _others(ws: Workspace) -> list[Entity]:
    """Active sessions but my own; those that hold nothing and are in no co-op are nobody's concern."""
    try:
        mine = ws.identity().session_id
    except (NotJoined, Ambiguous):
        mine = ""
    reader = ws.reader()
    found = reader.find("session", state="active", limit=4 * _MOST)
    waiting = {each.session_id for each in ws.outbox.pending()} if ws.outbox.count() else set()
    return [
        each for each in found
        if each.id != mine and each.id not in waiting
        and (each.get("coop") or reader.find("claim", session_id=each.id, state="active", limit=1))
    ][:_MOST]  # fmt: skip


def _wanted(ws: Workspace, session: str, agent: str) -> list[Entity]:
    if session:
        from gitcoord.actions.references import one

        return [one(ws, session, "session")]
    others = _others(ws)
    if not agent:
        return others
    found = [each for each in others if agent in (each.get("agent"), each.get("name"))]
    if not found:
        names = sorted({str(each.get("agent")) for each in others})
        raise NotFound(f"No other session of {agent[:60]} is active.", hint="gitcoord reap --dry-run", candidates=names)
    return found


# The evidence.


def _judged(
    ws: Workspace, session: Entity, evidence: dict[str, Any], max_age: int | None = None, take_over_live: bool = False
) -> tuple[Judged, dict[str, Any]]:
    from gitcoord.rules.reaping import judge

    return judge(ws.reader(), session, evidence, ws.now(), ws.settings, max_age, take_over_live), evidence


def _line(ws: Workspace, session: Entity, judged: Judged, evidence: dict[str, Any]) -> dict[str, Any]:
    """One session as it is compared."""
    margin = float(ws.settings.get("claims.clock_margin"))
    return {
        "id": session.id, "agent": session.get("agent"), "name": session.get("name"), "verdict": judged.verdict,
        "why": judged.why, "last_event_at": rfc3339(judged.last), "silent_for": max(0, int(judged.silent)),
        "after": int(judged.after), "branch": session.get("branch"),
        "branch_commit_at": evidence.get("branch_commit_at"),
        "host": "here" if evidence.get("same_host") else "elsewhere", "process": evidence.get("process") or "not known",
        "claims": [_claim(claim, takeable, margin) for claim, takeable in judged.claims[:20]],
        "carried_at": _carried_at(ws, session),
    }  # fmt: skip


def _claim(claim: Entity, takeable: dict[str, Any] | None, margin: float) -> dict[str, Any]:
    from gitcoord.rules.claims.lease import ends_at

    ends = ends_at(claim)
    shown = {"alias": claim.alias, "scope": claim.get("scope"), "renewed_at": claim.get("renewed_at")}
    if takeable is not None:
        return {**shown, "takeable": takeable["rule"]}
    return {**shown, "takeable": None, "takeable_at": rfc3339(ends + margin) if ends else None}


def _carried_at(ws: Workspace, session: Entity) -> str | None:
    found = [each for each in ws.reader().find("handoff", session_id=session.id, order="-id") if each.get("carry")]
    return str(found[0].get("created_at")) if found else None
