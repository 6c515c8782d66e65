"""Who held what a branch changes, whose live claims it runs over, what no claim covered, and which proofs hold.

A claim of another that stands now is positive evidence and fails the check. A commit that proves that it was made under a
live claim is nobody's trespass, unless that very claim was taken over: then the taker has the word.
"""

from __future__ import annotations

from gitcoord.actions.ci import changes as diffs
from gitcoord.actions.ci.people import People, of_branch
from gitcoord.actions.ci.proofs import UNREAD, Proof, proved
from gitcoord.rules.claims import holds
from gitcoord.rules.claims.conflict import is_mine, scope_of
from gitcoord.rules.claims.objects import claim_object, instant
from gitcoord.rules.claims.overlap import matches
from gitcoord.rules.claims.scope import Scope
from gitcoord.rules.claims.verify import judged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.actions.ci.changes import Change
    from gitcoord.model.entity import Entity
    from gitcoord.rules.claims.touch import Finding
    from gitcoord.workspace import Workspace

FAIL, WARN, IGNORE, REQUIRE = "fail", "warn", "ignore", "require"
#: Findings for which the first changed line is looked up.
LOCATED = 50


class Ground:
    """One branch held against one state of the sync branch."""

    def __init__(self, ws: Workspace, base: str, head: str, landed: str) -> None:
        self.ws, self.base, self.head = ws, base, head
        self.fork = diffs.fork_of(ws, base, head)
        known = [self.fork, base]
        if landed:
            known += [landed, diffs.fork_of(ws, landed, head)]
        self.paths = diffs.paths(ws, head, known)
        self.changes, self.unread = diffs.commits(ws, head, known)
        self.proofs = proved(ws, self.changes)
        self.people = People()
        self.proved = _proved_paths(ws, self.changes, self.proofs)


def check(
    ws: Workspace, base: str, head: str, *, branch: str = "", agents: list[str] | None = None, common: bool = False,
    landed: str = "",
) -> dict[str, Any]:
    """The findings on ``head`` as it would go into ``base``; both are commits. Reads, and writes nothing.

    Args:
        branch: name of the branch; ``common``: one that everybody works on.
        agents: handles of those whose branch it is, where that is known.
        landed: a commit, the default branch: what came from there is nobody's doing either.

    Raises:
        CouldNotCheck: what is needed of the history is not here.
    """
    ground = Ground(ws, base, head, landed)
    ground.people = of_branch(ws, branch, ground.changes, ground.proofs, agents or [], common=common)
    over, since = _run_over(ground)
    met = {each.path for each in over}
    own = _own_claims(ground, branch)
    bare = [path for path in ground.paths if path not in met and not _covered(ground, own, path)]
    unlanded = [each for each in _unlanded(ground, branch) if each["path"] not in met]
    lines = diffs.first_lines(ws, ground.fork, head, [*dict.fromkeys([*(e.path for e in over), *bare])][:LOCATED])
    found = {
        "base": base, "fork": ground.fork, "head": head, "branch": branch,
        "agents": ground.people.handles(ws), "known_by": ground.people.known_by,
        "totals": {"conflicts": len(over), "uncovered": len(bare), "proofs": len(ground.proofs), "unlanded": len(unlanded)},
        "changed": len(ground.paths), "commits": len(ground.changes), **({"unread": ground.unread} if ground.unread else {}),
        "conflicts": [_conflict(ws, each, lines) for each in over],
        "unlanded": unlanded,
        "uncovered": [{"path": path, "line": lines.get(path, 1)} for path in bare],
        "proofs": [each.as_json() for each in ground.proofs],
        "unproved": [each.oid for each in _unproved(ground)],
        "held": _held(ground, own, met),
        "since": [_conflict(ws, each, {}) for each in since],
    }  # fmt: skip
    return verdict(found, ws)


def verdict(found: dict[str, Any], ws: Workspace) -> dict[str, Any]:
    """``failed`` has what the team's settings make of it; ``ok`` when that is nothing."""
    policy = {name: str(ws.settings.get(f"ci.{name}")) for name in ("conflicts", "uncovered", "proofs")}
    failed = []
    if found["conflicts"] and policy["conflicts"] == FAIL:
        failed.append("conflicts")
    if found["uncovered"] and policy["uncovered"] == FAIL:
        failed.append("uncovered")
    refused = [each for each in found["proofs"] if not each["ok"] and each["reason"] != UNREAD]
    missing = found["unproved"] or [each for each in found["proofs"] if not each["ok"]]
    if (refused and policy["proofs"] in (FAIL, REQUIRE)) or (missing and policy["proofs"] == REQUIRE):
        failed.append("proofs")
    known = ws.reader()
    as_of = {"revision": known.revision, "commit": known.commit}
    return {"ok": not failed, "failed": failed, **found, "policy": policy, "as_of": as_of}


def exit_of(found: dict[str, Any]) -> int:
    """3 where another's claim is run over, 1 where the team demands more than there is, 0 otherwise."""
    if "conflicts" in found["failed"]:
        return 3
    return 1 if found["failed"] else 0


# What is proved.


def _proved_paths(ws: Workspace, changes: list[Change], proofs: list[Proof]) -> dict[str, list[Entity]]:
    """Paths of which every change on this branch was proved, with the claims; none of which was taken over since."""
    held = {each.change.oid: each for each in proofs if each.holds and not _taken_over(ws, each)}
    found: dict[str, list[Entity]] = {}
    bare: set[str] = set()
    for change in changes:
        proof = held.get(change.oid)
        for path in change.paths:
            if proof is None:
                bare.add(path)
            else:
                found.setdefault(path, []).extend(proof.claims)
    return {path: claims for path, claims in found.items() if path not in bare}


def _taken_over(ws: Workspace, proof: Proof) -> bool:
    now = [ws.reader().get("claim", each.id) for each in proof.claims]
    return any(each is not None and each.get("state") == "superseded" for each in now)


def _unproved(ground: Ground) -> list[Change]:
    """Commits that change something here and cite nothing."""
    citing = {each.change.oid for each in ground.proofs}
    return [each for each in ground.changes if each.paths and each.oid not in citing]


# Whose claims are run over.


def _run_over(ground: Ground) -> tuple[list[Finding], list[Finding]]:
    """Findings against the branch; and claims that others took after what is changed here had been proved."""
    ws, people = ground.ws, ground.people
    claims = ws.reader().claims(active=True)

    def look(paths: list[str]) -> list[Finding]:
        from gitcoord.hooks.touches import touch_of

        return judged(
            paths, claims, people.agents, people.sessions, bool(ws.settings.get("claims.fold_case")), seen=ws.reader().seen,
            now=ws.now(), settings=ws.settings, touched=lambda path: touch_of(ws, ground.fork, ground.head, path),
        )  # fmt: skip

    if not claims or not ground.paths:
        return [], []
    bare = [path for path in ground.paths if path not in ground.proved]
    mine = {str(claim.get("agent_id")) for path in ground.proved for claim in ground.proved[path]}
    later = look([path for path in ground.paths if path in ground.proved])
    since = [each for each in later if str(each.claim.get("agent_id")) not in mine]
    return (look(bare) if bare else []), since


def _conflict(ws: Workspace, each: Finding, lines: dict[str, int]) -> dict[str, Any]:
    shown: dict[str, Any] = {"path": each.path, "claim": claim_object(each.claim, ws.now())}
    line = min(each.names.values()) if each.names else lines.get(each.path)
    if line:
        shown["line"] = line
    if each.names:
        shown["symbols"] = list(each.names)[:10]
    if each.reason:
        shown["reason"] = each.reason
    return shown


# What was covered.


def _own_claims(ground: Ground, branch: str) -> list[Entity]:
    """Claims of the branch's people that stood at some time while it was written."""
    people = ground.people
    if not (people.agents or people.sessions):
        return []
    began = min((each.authored_at for each in ground.changes), default=0.0)
    reader = ground.ws.reader()
    return [
        each for each in reader.claims(active=False)
        if is_mine(each, people.agents, people.sessions)
        and (each.get("state", "active") in ("active", holds.HOLD) or (branch and each.get("branch") == branch)
             or (instant(each, "ended_at") or 0.0) >= began)
    ]  # fmt: skip


def _covered(ground: Ground, own: list[Entity], path: str) -> bool:
    return path in ground.proved or _holder(ground, own, path) is not None


def _holder(ground: Ground, own: list[Entity], path: str) -> Entity | None:
    fold = bool(ground.ws.settings.get("claims.fold_case"))
    return next((each for each in own if matches(scope_of(each), path, fold)), None)


def _held(ground: Ground, own: list[Entity], met: set[str]) -> list[dict[str, Any]]:
    """Who of the branch held each changed path that nobody else is run over on."""
    now, shown = ground.ws.now(), []
    for path in ground.paths:
        claims = ground.proved.get(path) or ([each] if (each := _holder(ground, own, path)) is not None else [])
        if claims and path not in met:
            claim = claim_object(claims[0], now)
            known = {name: claim[name] for name in ("alias", "scope", "agent", "fence", "state")}
            shown.append({"path": path, "claim": known, "proved": path in ground.proved})
    return shown


def _unlanded(ground: Ground, branch: str) -> list[dict[str, Any]]:
    """Work of others on these paths that was given back, has not landed, and is not below this branch."""
    ws, people = ground.ws, ground.people
    reader: Any = ws.reader()
    if not ground.paths or not reader.count("claim", state=holds.HOLD):
        return []
    scopes = [Scope("file", path, path) for path in ground.paths]
    met = holds.met(reader, scopes, tuple(people.agents), tuple(people.sessions), ws.now(), ws.settings)
    open_here: dict[str, bool] = {}
    found = []
    for scope, hold in met:
        work = holds.work_of(hold)
        if branch and work["branch"] == branch:
            continue
        if hold.id not in open_here:
            open_here[hold.id] = not _is_below(ground, str(work["commit"]))
        if open_here[hold.id]:
            found.append({"path": scope.path, "claim": claim_object(hold, ws.now())})
    return found


def _is_below(ground: Ground, commit: str) -> bool:
    if not commit or ground.ws.objects.read(commit) is None:
        return False
    git = ground.ws.repo.git
    known = (ground.head, ground.base)
    return any(git.run(["merge-base", "--is-ancestor", commit, tip], check=False).code == 0 for tip in known)
