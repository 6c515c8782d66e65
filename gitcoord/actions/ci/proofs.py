"""The facts that a claim proof is judged by: records of the sync branch, as they are and as they once were."""

from __future__ import annotations

from gitcoord.codec.errors import Malformed
from gitcoord.errors import NeedsRepair
from gitcoord.rules.claims import proofs as rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.actions.ci.changes import Change
    from gitcoord.model.entity import Entity
    from gitcoord.rules.claims.proofs import Citation
    from gitcoord.rules.claims.touch import Touch
    from gitcoord.workspace import Workspace

#: The branch's history does not reach back to the cited revision here: not a refusal, and no proof either.
UNREAD = "history-missing"


class Proof:
    """What one commit cites. Holds when ``reason`` is empty; ``claims`` are those whose citation holds."""

    __slots__ = ("about", "change", "citations", "claims", "paths", "reason")

    def __init__(self, change: Change, citations: list[Citation]) -> None:
        self.change, self.citations = change, citations
        self.reason = self.about = ""
        self.claims: list[Entity] = []
        self.paths: list[str] = []

    @property
    def holds(self) -> bool:
        return not self.reason

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "commit": self.change.oid, "claims": [each.text for each in self.citations], "ok": self.holds,
        }  # fmt: skip
        if self.reason:
            meaning = rules.REASONS.get(self.reason, "the history of the sync branch that is here does not reach back so far")
            shown.update(reason=self.reason, about=self.about, meaning=meaning)
            shown["path"] = next(iter(self.paths or self.change.paths), "")
        return shown


class Past:
    """The first-parent chain of the sync branch, read once and only as far back as it is asked."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._chain: list[tuple[int, str, int]] = []

    def reached(self, revision: int) -> bool:
        return revision <= self._ws.reader().revision

    def at(self, revision: int) -> tuple[str, int] | None:
        """``(commit, stamp)`` of the oldest commit at or after a revision; None where the history here ends before."""
        chain = self._back_to(revision)
        if not chain or chain[-1][0] > revision:
            return None
        found = [each for each in chain if each[0] >= revision]
        return (found[-1][1], found[-1][2]) if found else None

    def _back_to(self, revision: int) -> list[tuple[int, str, int]]:
        if self._chain and self._chain[-1][0] <= revision:
            return self._chain
        from gitcoord.store.history import first_parents, revision_of

        objects, known = self._ws.objects, self._ws.reader()
        chain = []
        for commit in first_parents(objects, known.commit):
            number = commit.revision
            if number is None:
                number = revision_of(objects, commit.oid, {known.commit: known.revision})
            chain.append((number, commit.oid, commit.at))
            if number <= revision:
                break
        self._chain = chain
        return chain


def proved(ws: Workspace, changes: list[Change]) -> list[Proof]:
    """A proof, held or refused, for every commit that cites claims; the newest first."""
    past = Past(ws)
    found = []
    for change in changes:
        citations = rules.cited(change.message)
        if citations:
            found.append(_judged(ws, past, Proof(change, citations)))
    return found


def _judged(ws: Workspace, past: Past, proof: Proof) -> Proof:
    """The first thing that is wrong with it; the paths last, as they rest on all of its claims."""
    change = proof.change
    margin = float(ws.settings.get("claims.clock_margin"))
    for citation in proof.citations:
        standing = _standing(ws, past, citation)
        if standing is None:
            proof.reason, proof.about = UNREAD, citation.text
            return proof
        reason = rules.refused(citation, standing, change.author_id, change.authored_at, margin)
        if reason:
            proof.reason, proof.about = reason, citation.text
            return proof
        if standing.then is not None:
            proof.claims.append(standing.then)
    fold = bool(ws.settings.get("claims.fold_case"))
    proof.paths = rules.uncovered(change.paths, proof.claims, fold, lambda path: _touch(ws, change, path))
    if proof.paths:
        proof.reason, proof.about = rules.PATH, proof.paths[0]
    return proof


def _touch(ws: Workspace, change: Change, path: str) -> Touch:
    from gitcoord.hooks.touches import touch_of

    return touch_of(ws, change.parent, change.oid, path)


def _standing(ws: Workspace, past: Past, citation: Citation) -> rules.Standing | None:
    """None: the history that is here cannot tell."""
    if citation.malformed:
        return rules.Standing(None)
    known = ws.reader().resolve("claim", citation.alias)
    if not known:
        return rules.Standing(None)
    claim = known[0]
    revision = citation.fence if citation.revision is None else citation.revision
    if claim.get("fence") != citation.fence or not past.reached(revision):
        return rules.Standing(claim, reached=past.reached(revision))
    place = past.at(revision)
    if place is None:
        return None
    then = _record(ws, place[0], claim.id)
    session = ws.reader().get("session", str(claim.get("session_id") or ""))
    author = str(session.get("author_id") or "") if session is not None else ""
    return rules.Standing(claim, then, stamp=float(place[1]), author_id=author)


def _record(ws: Workspace, commit: str, claim_id: str) -> Entity | None:
    """A claim as a commit of the sync branch has it; None where it has none that can be read."""
    from gitcoord.codec import yaml
    from gitcoord.model.kinds import path_of

    try:
        data = ws.objects.file(f"{commit}:{path_of('claim', claim_id)}")
        return None if data is None else yaml.decode("claim", data, id=claim_id)
    except (Malformed, NeedsRepair):
        return None
