"""What is said about claims: events, the log line of a commit, and a refusal that names holder, time and way out."""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.outcome import Denied, Event
from gitcoord.rules.claims.lease import ends_at
from gitcoord.rules.claims.objects import MARGIN, claim_object
from gitcoord.rules.claims.scope import NAMED_KINDS
from gitcoord.text import as_word, one_line, show_duration, until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.rules.claims.scope import Scope

OPTIONS = ["wait", "narrow", "escalate", "override"]
SHOWN = 120


def event(type: str, claim: Entity, **body: Any) -> Event:
    refs = {"claim": claim.id}
    for noun in ("coop", "task"):
        if claim.get(noun):
            refs[noun] = str(claim.get(noun))
    said = {"alias": claim.alias, "scope": claim.get("scope"), "holder": claim.get("agent")}
    return Event(type, refs, {**said, **{name: value for name, value in body.items() if value}})


def subject(verb: str, claims: list[Entity], agent: str) -> str:
    """``claim src/auth/** by Sky``: three scopes at most, and how many more."""
    words = ", ".join(one_line(str(each.get("scope")), 60) for each in claims[:3])
    more = f" and {len(claims) - 3} more" if len(claims) > 3 else ""
    return f"{verb} {words}{more} by {one_line(agent, 40)}"


def denied(blocked: list[tuple[Scope, Entity]], now: float, margin: float) -> Denied:
    """Who holds what, until when, and what can be done. All conflicts are in the details."""
    asked, held = blocked[0]
    scope, holder = one_line(asked.scope, SHOWN), one_line(str(held.get("agent")), 60)
    others = {claim.id for _, claim in blocked} - {held.id}
    more = f" {len(others)} more claim{'s are' if len(others) > 1 else ' is'} in the way." if others else ""
    details = {
        "conflicts": [conflict(each.scope, claim, now, margin) for each, claim in blocked],
        "options": list(OPTIONS),
    }
    narrower = "" if asked.kind in NAMED_KINDS and asked.kind != "module" else "Claim something narrower, or wait"
    hint = (
        f"{narrower or 'Wait'}: gitcoord claim {as_word(asked.scope)} --wait 10m, or ask: gitcoord request-release"
        f" {held.alias or held.id} --reason \"…\""
    )
    about = one_line(str(held.get("description") or ""), 60).replace("“", '"').replace("”", '"')
    said = f": “{about}”" if about else ""
    message = f"{scope} is claimed by {holder} {_when(held, asked, now, margin)}{said}.{more}"
    return Denied("claim-conflict", message, hint, details)


def conflict(requested: str, claim: Entity, now: float, margin: float = MARGIN) -> dict[str, Any]:
    """One claim that is in the way, with what its holder does there, where it said so."""
    about = {"description": one_line(str(claim.get("description")), 200)} if claim.get("description") else {}
    return {"requested": requested, "claim": claim_object(claim, now, margin=margin), **about}


def queue_denied(before: list[tuple[Scope, Entity]], now: float) -> Denied:
    """Nobody holds it for sure, but somebody waits for it and comes first."""
    from gitcoord.rules.queue.entries import entry_object

    asked, entry = before[0]
    scope, who = one_line(asked.scope, SHOWN), one_line(str(entry.get("agent")), 60)
    waiting = list({each.id: each for _, each in before}.values())
    details = {"conflicts": [], "queue": [entry_object(each, now) for each in waiting[:10]], "options": list(OPTIONS)}
    message = f"{scope} is not free: {who} waits for it ({entry.alias}) and comes first."
    return Denied("claim-conflict", message, f"gitcoord claim {as_word(asked.scope)} --wait 10m", details)


def _when(held: Entity, asked: Scope, now: float, margin: float) -> str:
    """``until 14:20Z (CLM-12, src/auth/**; 1 h 40 m left)``, or from when on it may be taken over."""
    ends = ends_at(held)
    where = one_line(str(held.get("scope")), SHOWN)
    name = held.alias if where == asked.scope else f"{held.alias}, {where}"
    if ends is None:
        return f"({name})"
    clock = until(ends, now).partition(" (")[0]
    if ends > now:
        return f"until {clock} ({name}; {show_duration(ends - now)} left)"
    free = rfc3339(max(ends + margin, now))[11:16]
    return f"until {clock} ({name}): that is over, and it can be taken over from about {free}Z on"
