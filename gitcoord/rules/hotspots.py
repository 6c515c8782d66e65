"""Where agents meet: contacts of each path, counted from what stands on the branch. Pure.

A contact is a claim that lost (``contested``), a wait for a scope (``queued``), a request to release (``requested``), a
claim on symbols that narrowed a file's or lives beside another (``narrowed``, ``coexisting``), a take-over
(``superseded``). A refusal that its author heard at once leaves no trace on the branch and is not counted.
"""

from __future__ import annotations

import json

from gitcoord.rules.claims.conflict import scope_of
from gitcoord.rules.claims.objects import instant
from gitcoord.rules.claims.scope import PATH_KINDS, from_stored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from gitcoord.model.entity import Entity

CONTACTS = ("contested", "queued", "requested", "narrowed", "coexisting", "superseded")
SPLIT, SHARED_FILE, MONITOR = "split", "shared_file", "monitor"


class Heat:
    """``plain``: somebody meant this very file, not a folder or a pattern."""

    __slots__ = ("agents", "claims", "counts", "held_seconds", "path", "plain")

    def __init__(self, path: str) -> None:
        self.path, self.plain = path, False
        self.counts = dict.fromkeys(CONTACTS, 0)
        self.claims, self.held_seconds = 0, 0.0
        self.agents: set[str] = set()

    @property
    def contention(self) -> int:
        return sum(self.counts.values())

    def as_json(self, suggestion: str) -> dict[str, Any]:
        return {
            "path": self.path, "contention": self.contention, **self.counts, "claims": self.claims,
            "agents": len(self.agents), "held_seconds": int(self.held_seconds), "suggestion": suggestion,
        }  # fmt: skip


def suggestion(contention: int, share_at: int = 10, split_at: int = 20) -> str:
    """What to do about a path with so many contacts."""
    return SPLIT if contention >= split_at else SHARED_FILE if contention >= share_at else MONITOR


def heat(
    claims: Iterable[Entity],
    requests: Iterable[Entity],
    queue: Iterable[Entity],
    contested: Iterable[Entity],
    since: float,
    now: float,
    get: Callable[[str], Entity | None],
) -> dict[str, Heat]:
    """Contacts from ``since`` on, by path. ``get`` gives a claim by its id."""
    found: dict[str, Heat] = {}
    for claim in claims:
        _count_claim(found, claim, since, now, get)
    for request in requests:
        claim_asked = get(str(request.get("claim") or ""))
        if claim_asked is not None and _within(request, "created_at", since):
            _met(found, claim_asked, "requested", str(request.get("agent") or ""))
    for entry in queue:
        if _within(entry, "created_at", since):
            for scope in entry.get("scopes") or ():
                _meet(found, kind_of(str(scope)), str(scope), "queued", str(entry.get("agent") or ""))
    for record in contested:
        if _within(record, "lost_at", since):
            for kind, scope in asked_in(record):
                _meet(found, kind, scope, "contested", str(record.get("agent") or ""))
    return found


def _count_claim(found: dict[str, Heat], claim: Entity, since: float, now: float, get: Callable[[str], Entity | None]) -> None:
    began, ended = instant(claim, "acquired_at") or 0.0, instant(claim, "ended_at")
    until = min(each for each in (ended, instant(claim, "expires_at"), now) if each is not None)
    if max(until, began) >= since:
        of = _of(found, str(claim.get("kind")), str(claim.get("scope")))
        if of is not None:
            of.agents.add(str(claim.get("agent") or ""))
            of.held_seconds += max(0.0, until - max(began, since))
            of.claims += began >= since
    if claim.get("state") == "superseded" and ended is not None and ended >= since:
        _met(found, claim, "superseded", str(claim.get("ended_by") or ""))
    for id in claim.get("narrowed_by") or ():
        other = get(str(id))
        if other is not None and _within(other, "acquired_at", since):
            _met(found, claim, "narrowed", str(other.get("agent") or ""))
    if began >= since and any(str(id) < claim.id for id in claim.get("coexists_with") or ()):
        _met(found, claim, "coexisting", str(claim.get("agent") or ""))


def asked_in(record: Entity) -> list[tuple[str, str]]:
    """Kind and text of the scopes that a contested request in the attic asked for."""
    loser = record.get("loser")
    if not isinstance(loser, dict) or loser.get("parts") or loser.get("intent") not in ("claim.acquire", "task.claim"):
        return []
    try:
        request = json.loads(str(loser.get("request") or ""))
    except (ValueError, RecursionError):
        return []
    scopes = (request.get("scopes") or request.get("paths") or ()) if isinstance(request, dict) else ()
    return [(str(each.get("kind")), str(each.get("scope"))) for each in scopes if isinstance(each, dict)]


def kind_of(text: str) -> str:
    """A waiting scope is written as on a command line."""
    kind, colon, _ = text.partition(":")
    if colon and kind.isalpha():
        return kind
    if text.endswith("/"):
        return "directory"
    return "symbol" if "#" in text.rpartition("/")[2] else "glob" if set("*?[\\") & set(text) else "file"


def path_of(kind: str, scope: str) -> str:
    """Under which path a scope is counted: symbols under their file, a module under its name; else empty."""
    if kind == "module":
        return scope
    return from_stored(kind, scope).path if kind in PATH_KINDS else ""


def _of(found: dict[str, Heat], kind: str, scope: str) -> Heat | None:
    path = path_of(kind, scope)
    if not path:
        return None
    of = found.setdefault(path, Heat(path))
    of.plain = of.plain or kind in ("file", "symbol") or (kind == "shared" and not path.endswith("/"))
    return of


def _met(found: dict[str, Heat], claim: Entity, contact: str, agent: str) -> None:
    scope = scope_of(claim)
    _meet(found, scope.kind, scope.scope, contact, agent)


def _meet(found: dict[str, Heat], kind: str, scope: str, contact: str, agent: str) -> None:
    of = _of(found, kind, scope)
    if of is not None:
        of.counts[contact] += 1
        of.agents.add(agent)


def _within(entity: Entity, field: str, since: float) -> bool:
    at = instant(entity, field)
    return at is not None and at >= since


def ranked(found: dict[str, Heat], least: int = 0) -> list[Heat]:
    """The hottest first; of equal ones that with more agents, then by path."""
    kept = [each for each in found.values() if each.contention >= least]
    return sorted(kept, key=lambda each: (-each.contention, -len(each.agents), -each.claims, each.path))
