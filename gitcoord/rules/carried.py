"""Writes that came on the branch of an agent that may not push the sync branch: who may say what there.

Whoever can push such a branch can write anything on it. So a branch speaks only for sessions that are known to work on
it, and for newcomers; nothing that needs more rights than pushing a branch travels this way; and what arrives late is
measured against what it asked for. Who lies in all of these places at once is recorded, not stopped.
"""

from __future__ import annotations

from gitcoord.model.ids import derived_ulid
from gitcoord.model.outcome import Denied, Event, Landed
from gitcoord.text import one_line, show_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.entity import Entity
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

#: Kinds that need the right to push the sync branch itself: they change the rules, others' sessions, or go with a push.
_DIRECT_ONLY = frozenset({"store.init", "settings.set", "owners.set", "session.reap", "carrier.refuse"})
#: How the branch of a clone ends that holds nothing but what it wants to have landed.
SUFFIX = "-gitcoord"
#: Between the name of another repository and that of its branch; no branch has it in its own name.
FORK = ":"
_TIMED = {"claim.acquire": "file", "task.claim": "task", "slot.take": "branch"}


def refusal(snapshot: Snapshot, intent: Intent, branch: str, now: float, settings: Settings) -> Denied | None:
    """Why what stands on this branch is not even decided; None when it may be."""
    if needs_direct(intent):
        words = f"{one_line(intent.kind, 40)} cannot travel on a branch: it needs the right to push the sync branch."
        return Denied("remote-refused", words, "Ask somebody who may push it.")
    if intent.at < now - float(settings.get("sync.adopt_max_age")):
        return Denied("expired", f"It was written {show_duration(now - intent.at)} ago, which is too long.", "Ask again.")
    return forged(snapshot, intent, branch, now, settings)


def parked(snapshot: Snapshot, intent: Intent, branch: str, now: float, settings: Settings) -> Denied | None:
    """Why a landing takes along nothing of this: its own clone, or whoever adopts, decides it. It may come from somebody
    who may not push the sync branch, whatever it waits for."""
    if needs_direct(intent) or intent.args.get("take_over_live"):
        return Denied("remote-refused", "It needs more than a branch.", "")
    return forged(snapshot, intent, branch, now, settings)


def needs_direct(intent: Intent) -> bool:
    """Whether it can be landed only by who may push the sync branch. A fenced push is one push with its code, or none."""
    return intent.kind in _DIRECT_ONLY or (intent.kind == "code.push" and not intent.args.get("two_step"))


def forged(snapshot: Snapshot, intent: Intent, branch: str, now: float, settings: Settings) -> Denied | None:
    """Whether the branch names somebody who works elsewhere. A newcomer may speak from any branch: the first one."""
    since = now - (float(settings.get("reap.after")) or float("inf"))
    clone = intent.actor.get("clone", "")
    if is_carrier(branch) and clone != _clone_of(branch):
        return _forged(f"The clone {one_line(clone, 20) or 'without a name'} does not write the branch {_named(branch)}.")
    session = snapshot.get("session", intent.session_id)
    if session is not None:
        if session.get("agent") != intent.agent and not _has(snapshot, intent.agent, branch, since):
            return _forged(f"That session belongs to {_named(session.get('agent'))}, not to {_named(intent.agent)}.")
        if speaks_from(session, branch):
            return None
        return _forged(f"That session of {_named(session.get('agent'))} does not work on {_named(branch)}.")
    if _has(snapshot, intent.agent, branch, since):
        return None
    return _forged(f"{_named(intent.agent)} works elsewhere, not on {_named(branch)}.", "Act under another name: --as NAME")


def _has(snapshot: Snapshot, agent: str, branch: str, since: float) -> bool:
    """Whether an agent of this name may speak here: nobody else has the name, or one of its sessions works here. A
    session that could be reaped holds no name: the machine on which it ran may be gone."""
    open_ = [each for each in snapshot.find("session", agent=agent) if each.get("state") != "left"]
    working = [each for each in open_ if (snapshot.heard_of(each.id) or 0.0) >= since]
    return not working or any(speaks_from(each, branch) for each in working)


def speaks_from(session: Entity, branch: str) -> bool:
    """Whether a session works on this branch: it came on it, it has it checked out, or its clone writes it."""
    if FORK in branch:  # whoever owns a fork names its branches as he likes
        return str(session.get("via") or "") == branch
    if is_carrier(branch):
        return bool(session.get("clone")) and session.get("clone") == _clone_of(branch)
    return branch in (session.get("via"), session.get("branch"))


def is_carrier(branch: str) -> bool:
    return branch.endswith(SUFFIX)


def _clone_of(branch: str) -> str:
    return branch.rpartition(FORK)[2].rpartition("/")[2].removesuffix(SUFFIX)


def _forged(words: str, hint: str = "Write from the branch on which that agent works.") -> Denied:
    return Denied("session-binding-conflict", words, hint)


def _named(word: object) -> str:
    return one_line(str(word or "somebody"), 80)


def stale(snapshot: Snapshot, intent: Intent, now: float, settings: Settings) -> Denied | None:
    """A lease that would have run out by now is not begun; and nobody's claim is taken over while it lives.

    Leases run from their landing. The two clocks may differ, so the margin for clocks is given to the writer.
    """
    if intent.args.get("take_over_live"):
        words = "A write that comes on a branch takes over no claim that lives."
        return Denied("claim-conflict", words, "Ask for it: gitcoord request-release", {"conflicts": []})
    kind = _TIMED.get(intent.kind)
    if kind is None:
        return None
    ttl = intent.args.get("ttl") or settings.get(f"claims.ttl.{kind}")
    late = now - intent.at
    if late <= float(ttl) + float(settings.get("claims.clock_margin")):
        return None
    words = f"It asked for {show_duration(float(ttl))}, and arrived {show_duration(late)} after it was written."
    return Denied("expired", words, "Ask again if it is still wanted: gitcoord claim")


def met(intent: Intent, outcome: Landed) -> Landed:
    """A write that changes nothing is landed all the same: its author waits for it on the sync branch."""
    if outcome.changes or outcome.events or outcome.files or outcome.result.get("replayed"):
        return outcome
    body = {"kind": intent.kind}
    return Landed([], [Event("intent.met", {}, body)], outcome.result, f"{intent.kind} of {intent.agent}: nothing to change")


def refusal_id(branch: str, intent_id: str) -> str:
    """Under which id the refusal lands: the same whoever refuses. Another branch cannot refuse in its place."""
    return derived_ulid("refused", branch, intent_id)


def refuse(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Written down by whoever adopts, so that the author hears of it where it reads: on the sync branch."""
    names = ("intent", "kind", "agent", "branch", "code", "message", "hint")
    told = {name: one_line(str(intent.args.get(name) or ""), 300) for name in names}
    event = Event("intent.refused", {"intent": told["intent"]}, told)
    subject = f"refused {told['kind']} of {told['branch']}: {told['code']}"
    return Landed([], [event], {"outcome": "refused", "refused": told}, subject)
