"""Reaping: ending the session of an agent that has fallen silent, on evidence, and never a living one's.

The evidence is a comparison, made again at the tip: the session's last event, the newest commit on its branch,
whether its claims could be taken over (T1 to T4 of ``claims/lease.py``), and its process where that is on the
reaper's machine. One sign of life is enough to keep it.
"""

from __future__ import annotations

from gitcoord.clock import parse_instant, rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules import handoffs, leaving
from gitcoord.rules.asked import Refusal, shown, subject, the
from gitcoord.rules.claims import lease
from gitcoord.rules.claims.conflict import scope_of
from gitcoord.rules.claims.objects import claim_object, instant
from gitcoord.rules.claims.words import event
from gitcoord.rules.coops import without
from gitcoord.text import counted, one_line, show_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

REAP, RELEASE, KEEP = "reap", "release", "keep"
#: A threshold that is asked for by name may not be shorter.
LEAST_AGE = 60
_PATHS = ("file", "directory", "glob", "symbol", "shared")


class Judged:
    """``verdict``: the session as a whole (``reap``), its lapsed claims alone (``release``), or nothing (``keep``).

    ``why`` says it in words. ``silent`` are seconds by the most careful reading of the clocks, ``last`` the last
    event, ``newest`` the newest commit on its branch. ``claims`` are ``(claim, evidence or None)``.
    """

    __slots__ = ("after", "claims", "last", "newest", "silent", "verdict", "why")

    def __init__(
        self, last: float, newest: float | None, silent: float, after: float,
        claims: list[tuple[Entity, dict[str, Any] | None]],
    ) -> None:  # fmt: skip
        self.last, self.newest, self.silent, self.after, self.claims = last, newest, silent, after, claims
        self.verdict, self.why = KEEP, ""


def judge(
    snapshot: Any,
    session: Entity,
    evidence: dict[str, Any],
    now: float,
    settings: Settings,
    max_age: int | None = None,
    take_over_live: bool = False,
) -> Judged:
    """What may be done about a session now. The same for the list that a person sees and for the landing.

    ``evidence``: ``process`` (``alive``, ``dead`` or empty: not known), ``same_host``, ``branch_commit_at``; and for
    the landing ``last_event_at``: what its author knew as the last event.
    """
    held = snapshot.find("claim", session_id=session.id, state="active")
    claims = [(each, lease.takeable(each, snapshot.seen(each), now, settings, take_over_live)) for each in held]
    last = last_sign(snapshot, session, held)
    newest = _instant(evidence.get("branch_commit_at"))
    after = float(settings.get("reap.after") if max_age is None else max_age)
    idle = float(settings.get("sessions.idle"))
    silent = _silence(snapshot, session, last, now, settings, bool(evidence.get("same_host")))
    found = Judged(last, newest, silent, after, claims)
    least = min(each for each in (after, idle) if each > 0) if after > 0 or idle > 0 else 0.0
    fresh = newest is not None and newest > last and _silence(
        snapshot, session, newest, now, settings, bool(evidence.get("same_host"))
    ) < (after or idle)
    kept = [claim for claim, takeable in claims if takeable is None]
    if evidence.get("process") == "alive":
        found.why = "its process is alive on this machine"
    elif least <= 0:
        found.why = "reap.after and sessions.idle are 0"
    elif silent < least:
        found.why = f"it was heard of {_ago(now - last)} ago; {show_duration(least)} of silence are needed"
    elif fresh and newest is not None:
        found.why = f"its branch has a commit of {_ago(now - newest)} ago"
    elif after > 0 and silent >= after and not kept:
        found.verdict, found.why = REAP, f"silent for {_ago(now - last)}, and nothing of it is alive"
    elif idle > 0 and silent >= idle and len(kept) < len(claims):
        found.verdict, found.why = RELEASE, f"idle for {_ago(now - last)}; {_lapsed(len(claims) - len(kept))}"
    elif kept:
        found.why = f"{', '.join(each.alias for each in kept[:3])} cannot be taken over yet"
    else:
        found.why = f"it was heard of {_ago(now - last)} ago; {show_duration(after)} of silence are needed"
    return found


def reap(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """End a session whose silence the evidence proves, or release what of it has lapsed.

    Raises Refusal ``check-failed``, with the reason, when there is a sign of life.
    """
    args = intent.args
    session = the(snapshot, "session", str(args.get("session") or ""))
    if session.get("state") != "active":
        return Landed([], [], {"outcome": "already-left", "sessions": shown(session)}, "")
    if session.id == intent.session_id:
        raise Refusal("invalid-arguments", "This is your own session.", "gitcoord leave")
    max_age = args.get("max_age")
    if max_age is not None and max_age < LEAST_AGE:
        raise Refusal("invalid-arguments", f"A session is reaped after {LEAST_AGE} s of silence at least.")
    evidence = {**(args.get("evidence") or {}), "same_host": _on_same_host(session, intent)}
    if evidence["same_host"]:
        now = min(now, intent.at)  # the clock that both share, whoever lands this
    judged = judge(snapshot, session, evidence, now, settings, max_age, bool(args.get("take_over_live")))
    who = one_line(str(session.get("agent")), 60)
    if judged.verdict == KEEP:
        raise Refusal("check-failed", f"{who} is not reaped: {judged.why}.", f"gitcoord reap --agent {who} --dry-run")
    if judged.last >= (_instant(evidence.get("last_event_at")) or 0.0) + 1:
        raise Refusal(
            "check-failed", f"{who} is not reaped: it was heard of since you looked.", "gitcoord reap --dry-run"
        )
    told = f"silent since {rfc3339(judged.last)}"
    ended = [_ended(claim, takeable, intent, now, told) for claim, takeable in judged.claims if takeable is not None]
    events = [event("claim.released", each, by=intent.agent, reason="reaped") for each in ended]
    result: dict[str, Any] = {
        "outcome": "reaped" if judged.verdict == REAP else "released", "why": judged.why,
        "claims": [claim_object(each, now) for each in ended],
    }  # fmt: skip
    if judged.verdict == RELEASE:
        names = [each.name for each in ended]
        idle = session.changed(lapsed=names, lapsed_at=rfc3339(now), left_by=intent.agent)
        result["sessions"] = shown(idle)
        words = f"{counted(len(ended), 'lapsed claim')} of {who} released"
        return Landed([*ended, idle], events, result, subject(intent, words))
    return _whole(snapshot, intent, session, judged, ended, events, result, told, now)


def _whole(
    snapshot: Snapshot,
    intent: Intent,
    session: Entity,
    judged: Judged,
    ended: list[Entity],
    events: list[Event],
    result: dict[str, Any],
    told: str,
    now: float,
) -> Landed:
    coop = snapshot.get("coop", str(session.get("coop") or ""))
    agent_id, reason = str(session.get("agent_id")), f"reaped: {told}"
    gone = session.changed(state="left", left_at=rfc3339(now), left_reason=reason, left_by=intent.agent)
    changes: list[Entity] = list(ended)
    body = {"agent": session.get("agent"), "reason": reason, "last_event_at": rfc3339(judged.last)}
    first = Event("session.reaped", {"session": session.id}, body)
    if coop is not None:
        changes.append(without(coop, session.id))
        first.refs["coop"] = coop.id
        result["coops"] = shown(changes[-1])
    if coop is not None or ended:
        tasks = handoffs.tasks_of(snapshot, agent_id)
        handoff = _handoff(snapshot, intent, session, coop, ended, tasks, reason, now)
        ids = [each.id for each in ended]
        reopened = leaving.given_back(snapshot, tasks, agent_id, {session.id}, ids, handoff)
        gone = gone.changed(handoff=handoff.id)
        changes += [handoff, *reopened]
        events = [*handoffs.events(handoff), *events]
        events += [Event("task.updated", {"task": each.id}, {"alias": each.alias, "state": "open"}) for each in reopened]
        result.update(handoffs=shown(handoff), tasks=shown(*reopened))
    result["sessions"] = shown(gone)
    who = one_line(str(session.get("agent")), 60)
    return Landed([*changes, gone], [first, *events], result, subject(intent, f"{who} reaped, {told}", coop))


def _handoff(
    snapshot: Snapshot,
    intent: Intent,
    session: Entity,
    coop: Entity | None,
    ended: list[Entity],
    tasks: list[Entity],
    reason: str,
    now: float,
) -> Entity:
    """From the last known state: check-ins and runs, the scopes of its claims as files, its branch, what it carried."""
    evidence = intent.args.get("evidence") or {}
    agent_id = str(session.get("agent_id"))
    blockers = [each for each in snapshot.find("blocker", state="open") if leaving.concerns(each, coop, agent_id)]
    branch = str(session.get("branch") or next((c.get("branch") for c in ended if c.get("branch")), ""))
    head = str(evidence.get("head") or "")
    carry, commits = intent.args.get("carry"), []
    earlier = [each for each in snapshot.find("handoff", session_id=session.id) if each.get("carry")]
    if not carry and earlier and isinstance(earlier[-1].get("carry"), dict):
        before = earlier[-1]
        notes = before.values["carry"].get("notes")
        carry = {**before.values["carry"], "notes": [*(notes if isinstance(notes, list) else []), f"as of {before.alias}"]}
        commits = before.get("commits", [])
    stated = {
        "title": reason, "where": f"on {branch}, {reason.partition(': ')[2]}" if branch else reason, "branch": branch,
        "head": head if handoffs.is_oid(head) else "", "commits": commits, "carry": carry,
        "files": [scope_of(c).path for c in ended if c.get("kind") in _PATHS], "claims": [c.id for c in ended],
        "tasks": [each.id for each in tasks],
    }  # fmt: skip
    author = {"agent": session.get("agent"), "agent_id": agent_id, "session_id": session.id, "created_at": rfc3339(now)}
    handoff = handoffs.compose(snapshot, intent.ids[0], stated, coop, blockers, author)
    return handoff.changed(written_by=intent.agent)


def _ended(claim: Entity, takeable: dict[str, Any], intent: Intent, now: float, told: str) -> Entity:
    evidence = {**takeable, "silent": told}
    return claim.changed(
        state="released", ended_at=rfc3339(now), ended_by=intent.agent, end_reason="reaped", evidence=evidence
    )


def last_sign(snapshot: Any, session: Entity, held: list[Entity]) -> float:
    """When the session was last heard of: its newest event, or what its records say."""
    stamps = [snapshot.heard_of(session.id), instant(session, "started_at"), instant(session, "joined_at")]
    stamps += [instant(each, "renewed_at") for each in held]
    return max((each for each in stamps if each is not None), default=0.0)


def _silence(
    snapshot: Any, session: Entity, last: float, now: float, settings: Settings, same_host: bool
) -> float:
    """Seconds of silence by the reading of the clocks that is best for the session (protocol, section 4).

    On the same machine there is one clock. Where the other clock is known, its lowest reading counts; where it is
    not, it may be ``claims.clock_margin`` behind, and ours must not be behind the newest commit.
    """
    if same_host:
        return now - last
    facts = snapshot.seen(Entity("claim", {"id": session.id, "session_id": session.id}))
    offset, margin = facts.get("offset"), float(settings.get("claims.clock_margin"))
    if offset is None:
        return now - last - margin if now >= (facts.get("newest_commit_at") or 0.0) else 0.0
    exact: float = now + float(offset[0]) - last
    if offset[1] - offset[0] > margin:
        return max(exact, now + min(0.0, float(offset[1])) - last - margin)
    return exact


def _on_same_host(session: Entity, intent: Intent) -> bool:
    host = intent.actor.get("host_id")
    return bool(host) and session.get("host_id") == host


def _instant(value: object) -> float | None:
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _lapsed(count: int) -> str:
    return "1 claim has lapsed" if count == 1 else f"{count} claims have lapsed"


def _ago(seconds: float) -> str:
    return show_duration(seconds)
