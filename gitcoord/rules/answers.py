"""Answers to requests for release: approve, deny, narrow, coexist. By the holder or by a person; each request once.

An answer that comes too late changes nothing and is not lost: it stands in the timeline.
"""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.outcome import Denied, Event, Landed
from gitcoord.rules.asked import Refusal, filled, subject, the
from gitcoord.rules.claims.conflict import is_mine, met, scope_of
from gitcoord.rules.claims.cover import covers
from gitcoord.rules.claims.grant import Grant
from gitcoord.rules.claims.objects import claim_object, instant
from gitcoord.rules.claims.overlap import overlaps
from gitcoord.rules.claims.scope import Scope, checked
from gitcoord.rules.claims.words import denied, event
from gitcoord.rules.intents import within
from gitcoord.rules.owners.grant import NOBODYS
from gitcoord.rules.queue.entries import CANCELLED, GRANTED, WAITING, stands_before
from gitcoord.rules.requests import (
    EXPIRED,
    MAX_REASON,
    MAX_TIMELINE,
    PENDING,
    brief,
    expired,
    note,
    request_object,
    shown_state,
)
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

ANSWERS = {"approve": "approved", "deny": "denied", "narrow": "narrowed", "coexist": "coexisting"}


def respond(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    request = the(snapshot, "request", str(intent.args.get("request") or ""))
    claim = snapshot.get("claim", str(request.get("claim") or ""))
    word = str(intent.args.get("answer") or "")
    if word not in ANSWERS:
        raise Refusal("invalid-arguments", f"An answer is one of {', '.join(ANSWERS)}, not {one_line(word, 20)}.")
    if not _may_answer(intent, request, claim):
        holder = one_line(str(request.get("holder")), 60)
        return Denied(
            "claim-conflict", f"{request.alias} is {holder}'s to answer, or a person's.", "gitcoord requests --pending",
            {"conflicts": [], "requests": [brief(request, now)]},
        )  # fmt: skip
    if request.get("answered_at"):
        return _answered_before(request, now)
    if claim is None or claim.get("state") != "active" or shown_state(request, now) != PENDING:
        return _late(request, intent, word, now)
    answer = _Answer(snapshot, intent, request, claim, now, settings, revision)
    {"approve": answer.approve, "deny": answer.deny, "narrow": answer.narrow, "coexist": answer.coexist}[word]()
    return answer.outcome()


def _may_answer(intent: Intent, request: Entity, claim: Entity | None) -> bool:
    """The holder, in whichever of its sessions; or a person, who has the last word over all claims."""
    if intent.agent.startswith(("human:", "human/")):
        return True
    agents, sessions = (intent.agent_id,), (intent.session_id,)
    asked = (request.get("holder_id") in agents) or (request.get("holder_session") in sessions)
    return asked or (claim is not None and is_mine(claim, agents, sessions))


def _answered_before(request: Entity, now: float) -> Denied:
    who, when = one_line(str(request.get("answered_by")), 60), request.get("answered_at")
    return Denied(
        "check-failed", f"{request.alias} was answered before: {request.get('answer')} by {who} at {when}.",
        f"gitcoord show {request.alias}", {"first": brief(request, now)},
    )  # fmt: skip


def _late(request: Entity, intent: Intent, word: str, now: float) -> Landed:
    over = expired(request) if request.get("state") == PENDING and shown_state(request, now) == EXPIRED else request
    if len(over.get("timeline", [])) >= MAX_TIMELINE:
        raise Refusal("cap-exceeded", f"{request.alias} was answered too late too often to keep more.")
    over = over.changed(timeline=note(over, now, f"responded-late: {word} by {one_line(intent.agent, 60)}"))
    body = filled(alias=request.alias, answer=word, late=True, reason=_reason(intent))
    events = [Event("request.answered", {"request": request.id, "claim": str(request.get("claim"))}, body)]
    result = {"outcome": "responded-late", "requests": [request_object(over, now)]}
    return Landed([over], events, result, subject(intent, f"{request.alias} answered late"))


def _reason(intent: Intent) -> str:
    return one_line(str(intent.args.get("reason") or ""), MAX_REASON)


class _Answer:
    """One answer in the making: the claim, the request and what else changes by it."""

    def __init__(
        self, snapshot: Snapshot, intent: Intent, request: Entity, claim: Entity, now: float, settings: Settings, revision: int
    ) -> None:
        self.snapshot, self.intent, self.now, self.settings, self.revision = snapshot, intent, now, settings, revision
        self.request, self.claim = request, claim
        self.more: list[Entity] = []
        self.events: list[Event] = []
        self.granted = ""
        self.said = ""

    def approve(self) -> None:
        """The claim ends; whoever is next in the queue gets it in the same commit."""
        reason = f"asked for by {one_line(str(self.request.get('agent')), 60)} ({self.request.alias})"
        self.claim = self.claim.changed(
            state="released", ended_at=rfc3339(self.now), ended_by=self.intent.agent, end_reason=reason
        )
        self.events.append(event("claim.released", self.claim, reason=reason))

    def deny(self) -> None:
        """The holder keeps it, until when it would have had it; the requester need not wait."""
        self.claim = self._restored(self.claim)
        self._stop_waiting(f"denied by {one_line(self.intent.agent, 60)}")

    def narrow(self) -> None:
        """The holder keeps a part that is surely one."""
        part = self._part()
        fold, held = bool(self.settings.get("claims.fold_case")), scope_of(self.claim)
        if (part.kind, part.scope) == (held.kind, held.scope):
            raise Refusal("invalid-arguments", f"{part.scope} is all of {self.claim.alias}.", f"{self._command()} deny")
        if not covers(held, part, fold):
            raise Refusal(
                "scope-invalid", f"{part.scope} is not provably a part of {held.scope}.",
                f"{self._command()} narrow PATTERN   (a file, folder or simpler pattern within {held.scope})",
            )  # fmt: skip
        narrowable = part.kind == "file" and self.claim.get("mode") != "shared"
        self.said = part.scope
        self.claim = self._restored(
            self.claim.changed(
                kind=part.kind, scope=part.scope, symbols=list(part.symbols) or None, narrowable=narrowable
            )
        )
        self.events.append(event("claim.narrowed", self.claim, by=self.intent.agent, was=held.scope))
        entry = self._entry()
        if entry is not None and stands_before(entry, part, str(self.claim.get("mode") or "exclusive"), fold):
            self._stop_waiting(f"narrowed to {part.scope}")

    def coexist(self) -> None:
        """The requester gets a claim beside the holder's: on symbols, or on all of it, and then it excludes nobody."""
        mine, named = scope_of(self.claim), bool(self.intent.args.get("symbols"))
        wanted, mode = (self._symbols(mine), "exclusive") if named else (mine, "shared")
        beside, others = self._beside(wanted, mode)
        grant = self._grant(mode)
        sibling = grant.new(0, wanted, mode, grant.usual_ttl(wanted), f"{self.intent.id}-0")
        sibling = sibling.changed(coexists_with=sorted({self.claim.id, *(each.id for each in beside)}))
        grant.pass_by(others, sibling)
        self.granted, self.said = sibling.id, wanted.scope
        field = "narrowed_by" if named else "coexists_with"
        self.claim = _linked(self._restored(self.claim), "coexists_with" if mine.kind == "symbol" else field, sibling)
        self.more += [sibling, *(_linked(each, field, sibling) for each in beside), *grant.others.values()]
        self.events.append(event("claim.granted", sibling, by=self.intent.agent, beside=self.claim.alias))
        self.events += grant.events
        entry = self._entry()
        if entry is not None:
            self.more.append(entry.changed(state=GRANTED, claims=[sibling.id], ended_at=rfc3339(self.now)))
            refs = {"queue": entry.id, "claim": sibling.id}
            self.events.append(Event("queue.left", refs, {"alias": entry.alias, "why": GRANTED}))

    def outcome(self) -> Landed:
        state = ANSWERS[word := str(self.intent.args["answer"])]
        what = f"{word} {self.said}".strip()
        lines = note(self.request, self.now, f"responded: {what} by {one_line(self.intent.agent, 60)}")
        answered = self.request.changed(
            state=state, answered_at=rfc3339(self.now), answered_by=self.intent.agent, answer=what, timeline=lines,
            **filled(answer_reason=_reason(self.intent), granted=self.granted),
        )  # fmt: skip
        answered = answered.changed(timeline=note(answered, self.now, f"resolved: {state}"))
        body = filled(
            alias=answered.alias, answer=what, scope=answered.get("scope"), to=answered.get("agent"), title=_reason(self.intent)
        )
        events = [Event("request.answered", {"request": answered.id, "claim": self.claim.id}, body), *self.events]
        result = {
            "outcome": state, "requests": [request_object(answered, self.now)],
            "claims": [claim_object(each, self.now) for each in (self.claim, *self.more) if each.kind == "claim"],
        }  # fmt: skip
        changes = [answered, self.claim, *self.more]
        return Landed(changes, events, result, subject(self.intent, f"{answered.alias} {state}"))

    # Parts of an answer.

    def _command(self) -> str:
        return f"gitcoord respond {self.request.alias}"

    def _restored(self, claim: Entity) -> Entity:
        """The claim without this request. Once the last one is answered its old end is back; the time that passed
        meanwhile has passed."""
        rest = [each for each in claim.get("requests") or [] if each != self.request.id]
        open_ = [each for each in rest if self._is_open(each)]
        if open_:
            return claim.changed(requests=open_)
        before = instant(claim, "clamped_from")
        values: dict[str, Any] = {"requests": None, "clamped_from": None}
        if before is not None and before > self.now:
            values["expires_at"] = claim.get("clamped_from")
        return claim.changed(**values)

    def _is_open(self, id: str) -> bool:
        other = self.snapshot.get("request", str(id))
        return other is not None and shown_state(other, self.now) == PENDING

    def _entry(self) -> Entity | None:
        entry = self.snapshot.get("queue", str(self.request.get("queue") or ""))
        return entry if entry is not None and entry.get("state") == WAITING else None

    def _stop_waiting(self, why: str) -> None:
        entry = self._entry()
        if entry is not None:
            gone = entry.changed(state=CANCELLED, ended_at=rfc3339(self.now), ended_by=self.intent.agent, end_reason=why)
            self.more.append(gone)
            self.events.append(Event("queue.left", {"queue": entry.id}, {"alias": entry.alias, "why": why}))

    def _part(self) -> Scope:
        asked = self.intent.args.get("to") or []
        if len(asked) != 1:
            raise Refusal("invalid-arguments", "Say what you keep.", f"{self._command()} narrow src/auth/login.py")
        return checked(str(asked[0]["kind"]), str(asked[0]["scope"]), tuple(asked[0].get("symbols") or ()))

    def _symbols(self, mine: Scope) -> Scope:
        """``Session::refresh`` of the claimed file, or ``path#Session::refresh`` of a file within the claim."""
        names: list[str] = []
        paths = {mine.path} if mine.kind in ("file", "symbol") else set()
        for each in self.intent.args["symbols"]:
            path, mark, name = str(each).rpartition("#")
            names.append(name)
            if mark:
                paths.add(path)
        if len(paths) != 1:
            raise Refusal("scope-invalid", "Say of which file, and of one.", f"{self._command()} coexist src/a.py#Session")
        path = paths.pop()
        chains = sorted({name.strip().replace(".", "::") for name in names})
        scope = checked("symbol", f"{path}#{','.join(chains)}")
        if not covers(Scope("file", path, path) if mine.kind == "symbol" and path == mine.path else mine, scope):
            raise Refusal("scope-invalid", f"{path} is not within {mine.scope}.", f"gitcoord show {self.claim.alias}")
        if mine.kind == "symbol" and overlaps(scope, mine):
            raise Refusal("scope-invalid", f"{scope.scope} meets what you hold, {mine.scope}.", f"{self._command()} narrow …")
        return scope

    def _beside(self, wanted: Scope, mode: str) -> tuple[list[Entity], list[tuple[Entity, str, dict[str, Any]]]]:
        """The holder's other claims that the sibling meets (whoever answers speaks for them too), and those of third
        ones that it may pass by, with the way and its evidence.

        Raises Refusal when a third one holds what the sibling would hold, or the holder these very symbols.
        """
        agents, sessions = (self.request.get("agent_id"),), (self.request.get("session_id"),)
        found = met(self.snapshot, wanted, agents, sessions, mode, self.now, self.settings)
        others = [each for each in found if each[0].id != self.claim.id]
        holder, session = (self.claim.get("agent_id"),), (self.claim.get("session_id"),)
        own = [each for each, _, _ in others if is_mine(each, holder, session)]
        blocked = [each for each, way, _ in others if not way and each not in own]
        if mode != "shared":
            blocked += [each for each in own if each.get("kind") == "symbol"]
        if blocked:
            refusal = denied([(wanted, each) for each in blocked], self.now, float(self.settings.get("claims.clock_margin")))
            raise Refusal(refusal.code, refusal.message, refusal.hint, **refusal.details)
        return own, [each for each in others if each[0] not in own]

    def _grant(self, mode: str) -> Grant:
        """What the requester gets by this answer, in the making."""
        part = within(self.intent, "claim.acquire", {"mode": mode, "scopes": []}, self.intent.ids)
        part.actor = {name: str(self.request.get(name) or "") for name in ("agent", "agent_id", "session_id")}
        part.args = filled(mode=mode, coop=self.request.get("coop"), description=self.request.get("reason"))
        return Grant(self.snapshot, part, self.now, self.settings, self.revision, NOBODYS)


def _linked(claim: Entity, field: str, sibling: Entity) -> Entity:
    names: dict[str, Any] = {field: sorted({*claim.get(field, []), sibling.id})}
    return claim.changed(**names)
