"""Claim proofs: trailers of a code commit that say under which claims it was made, and whether that is so.

::

    Gitcoord-Claim: CLM-12@57        the claim and its fence; as many lines as claims
    Gitcoord-Revision: 61            the revision of the sync branch that the committer knew

Judged from the sync branch alone: what the record said at the cited revision, and what became of it. The only clocks are
those written down: the stamp of the cited sync commit and the commit's own author date.
"""

from __future__ import annotations

import re

from gitcoord.rules.claims.conflict import scope_of
from gitcoord.rules.claims.lease import ends_at, ttl_of
from gitcoord.rules.claims.objects import instant
from gitcoord.rules.claims.overlap import matches
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gitcoord.model.entity import Entity
    from gitcoord.rules.claims.touch import Touch

CLAIM, REVISION = "Gitcoord-Claim", "Gitcoord-Revision"
MALFORMED, UNKNOWN, FENCE, AUTHOR = "proof-malformed", "claim-unknown", "fence-mismatch", "author-mismatch"
NO_REVISION, EARLY, NOT_LIVE = "revision-unknown", "revision-before-grant", "claim-not-live"
EXPIRED, ENDED, PATH = "claim-expired", "claim-ended", "path-not-covered"
#: Every reason for which a proof is refused, and what it means. ``docs/ci.md`` has the same table.
REASONS = {
    MALFORMED: "the trailer cannot be read",
    UNKNOWN: "the sync branch has no such claim",
    FENCE: "the claim was granted under another fence",
    AUTHOR: "the commit's author is not the one whose session held the claim",
    NO_REVISION: "the sync branch never reached the cited revision",
    EARLY: "the cited revision is older than the grant",
    NOT_LIVE: "at the cited revision the claim was not active: released, superseded or held for its work",
    EXPIRED: "the lease had run out and could be taken over",
    ENDED: "the claim had ended before the commit was made",
    PATH: "the commit changes a path that none of its claims covers",
}
#: More citations than this in one message are not read.
MOST = 100
_CITED = re.compile(r"(CLM-[1-9][0-9]{0,9})@([0-9]{1,15})")
_LINE = re.compile(rf"^({CLAIM}|{REVISION}):(.*)$", re.MULTILINE | re.IGNORECASE)


class Citation:
    """One trailer. ``revision`` is None where the message names none: then the grant itself is what was known."""

    __slots__ = ("alias", "fence", "malformed", "revision")

    def __init__(self, alias: str, fence: int, revision: int | None = None, malformed: bool = False) -> None:
        self.alias, self.fence, self.revision, self.malformed = alias, fence, revision, malformed

    @property
    def text(self) -> str:
        return self.alias if self.malformed else f"{self.alias}@{self.fence}"


class Standing:
    """What the sync branch says of a citation: the record as it is, and as it was at the cited revision."""

    __slots__ = ("author_id", "claim", "reached", "stamp", "then")

    def __init__(
        self, claim: Entity | None, then: Entity | None = None, *, reached: bool = True, stamp: float = 0.0, author_id: str = ""
    ) -> None:
        self.claim, self.then, self.reached = claim, then, reached
        self.stamp, self.author_id = stamp, author_id


def cited(message: str) -> list[Citation]:
    """The claims that a message cites. A squash has the messages of several commits one after another: each revision line
    is that of the claims above it, back to the one before."""
    found: list[Citation] = []
    waiting: list[Citation] = []
    for name, value in _LINE.findall(message.replace("\r", "")):
        value = value.strip()
        if name.lower() == REVISION.lower():
            number = int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None
            for each in waiting:
                each.revision, each.malformed = number, each.malformed or number is None
            waiting = []
            continue
        fits = _CITED.fullmatch(value)
        made = Citation(fits[1], int(fits[2])) if fits else Citation(one_line(value, 60), 0, None, True)
        found.append(made)
        waiting.append(made)
    return found[:MOST]


def trailers(claims: Iterable[Entity], revision: int) -> list[str]:
    """The lines that cite these claims. Only what has landed has an alias and a fence."""
    lines = [f"{CLAIM}: {each.alias}@{each.get('fence')}" for each in claims if each.alias and each.get("fence")]
    return [*sorted(set(lines)), f"{REVISION}: {revision}"] if lines else []


def refused(citation: Citation, standing: Standing, author_id: str, authored_at: float, margin: float) -> str:
    """The reason for which this citation proves nothing, or an empty text.

    Args:
        author_id: of the commit, as ``session.author_id`` has it.
        authored_at: the author date; it survives a rebase, an amendment and a cherry-pick.
        margin: seconds that two clocks may differ, ``claims.clock_margin``.
    """
    claim, then = standing.claim, standing.then
    if citation.malformed:
        return MALFORMED
    if claim is None:
        return UNKNOWN
    if claim.get("fence") != citation.fence:
        return FENCE
    if not standing.reached:
        return NO_REVISION
    if citation.revision is not None and citation.revision < citation.fence:
        return EARLY
    if then is None or then.get("fence") != citation.fence or then.get("state", "active") != "active":
        return NOT_LIVE
    if standing.author_id and author_id != standing.author_id:
        return AUTHOR
    return _over(claim, then, standing.stamp, authored_at, margin)


def _over(claim: Entity, then: Entity, stamp: float, authored_at: float, margin: float) -> str:
    """Whether the lease had ended: by the stamp of the cited commit, or by the commit's own date."""
    known = ends_at(then)
    if known is not None and stamp and stamp >= known + margin:
        return EXPIRED
    last = max(_lease_end(then), _lease_end(claim))
    if last and authored_at > last + margin:
        return EXPIRED
    ended = instant(claim, "ended_at")
    over = claim.get("state", "active") != "active" and ended is not None and authored_at > ended + margin
    return ENDED if over else ""


def _lease_end(claim: Entity) -> float:
    """The end of the lease, also of a claim that is now held for its work and says when that is forgotten."""
    if claim.get("state", "active") == "active":
        return ends_at(claim) or 0.0
    began = instant(claim, "renewed_at") or instant(claim, "acquired_at")
    return began + ttl_of(claim) if began else 0.0


def uncovered(paths: Iterable[str], claims: list[Entity], fold: bool, touched: Callable[[str], Touch]) -> list[str]:
    """Those of the paths that none of these claims covers. ``touched`` is asked where only symbols cover a path."""
    scopes = [scope_of(each) for each in claims]
    bare = []
    for path in paths:
        over = [scope for scope in scopes if matches(scope, path, fold)]
        if any(scope.kind != "symbol" for scope in over):
            continue
        symbols = tuple(name for scope in over for name in scope.symbols)
        if not symbols or not _within(touched(path), symbols):
            bare.append(path)
    return bare


def _within(touch: Touch, symbols: tuple[str, ...]) -> bool:
    from gitcoord.rules.claims.touch import outside

    return not touch.reason and not outside(touch, symbols)
