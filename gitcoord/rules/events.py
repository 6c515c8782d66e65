"""The published taxonomy: every type of event that a journal may hold, and which of them deserve attention.

A type is ``noun.past_participle``. One that begins ``x-`` belongs to whoever writes it and is never refused.
"""

from __future__ import annotations

from gitcoord.text import one_line

TAXONOMY: dict[str, str] = {
    "admin.repaired": "somebody repaired the branch",
    "agent.described": "an agent said what it is good at, or took another role",
    "agent.registered": "an agent landed something for the first time",
    "attic.restored": "a value that had lost was put back",
    "blocker.opened": "a question was asked that somebody must decide",
    "blocker.resolved": "a decision answered a question",
    "checkin.posted": "an agent said what it has done and what is open",
    "claim.coexisted": "symbols were claimed beside symbols that another claimed in the same file",
    "claim.contested": "a claim made offline lost when it landed; it is kept in the attic",
    "claim.expired": "a claim had run out when somebody needed what it held",
    "claim.granted": "a scope was claimed",
    "claim.diverged": "a scope was claimed without the work that had been given back unlanded",
    "claim.landed": "the work of a claim that had been given back has landed",
    "claim.narrowed": "a claim on a file gave way to a claim on symbols of it",
    "claim.released": "a claim was given back",
    "claim.renewed": "a holder extended a claim",
    "claim.superseded": "a lapsed claim was taken over",
    "code.pushed": "code was pushed, under the claims and fences that the event names",
    "coop.closed": "a co-op was closed for everybody",
    "coop.joined": "a session joined a co-op",
    "coop.left": "a session left a co-op",
    "coop.reopened": "a co-op that was closed or had expired is open again",
    "coop.started": "a co-op was opened",
    "decision.made": "something was decided",
    "decision.proposed": "a decision was proposed that somebody must ratify",
    "decision.ratified": "somebody merged a proposed decision: it is in force",
    "edit.refused": "somebody edited the branch by hand where nobody may, or broke a file; the last good state stays",
    "entity.edited": "somebody edited an entity by hand, or merged a proposal to",
    "entity.lost": "a field that had changed since its writer looked was overwritten; the value is in the attic",
    "entity.put": "an entity was written as a whole or in part",
    "handoff.acknowledged": "whoever took a handoff has read it",
    "handoff.taken": "somebody took over from a handoff",
    "handoff.written": "an agent wrote down where it stopped",
    "intent.met": "a write that came on an agent's branch asked for what was so already",
    "intent.refused": "a write that came on an agent's branch was refused; the event names the branch",
    "intent.contested": "a write made offline was refused when it landed; it is kept in the attic",
    "lease.expired": "a lease ran out",
    "msg.acked": "messages were taken by whom they are addressed to",
    "msg.answered": "a question in a message was answered",
    "msg.closed": "a message no longer waits for anybody",
    "msg.sent": "a message was sent",
    "notify.sent": "somebody was notified",
    "policy.changed": "a setting or the ownership policy of the team was changed",
    "policy.overridden": "a guard of the ownership policy was lifted by name",
    "queue.joined": "somebody waits for a scope",
    "queue.left": "somebody no longer waits for a scope",
    "request.answered": "a holder answered a request for release",
    "request.filed": "somebody asked a holder to release a claim",
    "review.finished": "a review was finished",
    "review.started": "a review was begun",
    "run.completed": "a requested run ended",
    "run.requested": "a run was asked for",
    "session.bound": "a session of an agent began, or began again",
    "session.heartbeat": "a session is alive and has nothing to say",
    "slot.taken": "a branch took the slot in which it lands",
    "session.reaped": "a session that had fallen silent was ended by somebody else",
    "store.initialised": "the branch got its layout and settings",
    "task.added": "a task was added",
    "task.done": "a task was finished",
    "task.started": "somebody took a task",
    "task.updated": "a task was changed",
    "thread.closed": "a thread was closed",
    "thread.replied": "somebody replied in a thread",
    "thread.started": "a thread was started",
    "thread.word_kept": "a reply or a summary had no place in its thread any more; it is kept in the attic",
    "work.files_changed": "an agent said which files it changed",
    "work.tests_run": "an agent said which tests it ran",
}

_ROUTINE = frozenset({
    "intent.met", "store.initialised",
    "agent.registered", "claim.renewed", "notify.sent", "session.bound", "session.heartbeat",
    "msg.acked", "msg.answered", "msg.closed", "msg.sent",  # their addressees hear of them by their mailbox, nobody else
    "claim.coexisted",
})  # fmt: skip
_SAYS_NOTHING = frozenset((
    "", "alive", "heartbeat", "keepalive", "no change", "no changes", "no update", "no updates", "nothing new", "ok",
    "ping", "same as before", "still alive", "still at it", "still going", "still here", "still on it", "still working",
    "still working on it", "wip", "work in progress", "working", "working on it",
))  # fmt: skip


def known(type: str) -> bool:
    """Whether an event of this type may stand in a journal."""
    return type in TAXONOMY or type.startswith("x-")


def meaningful(type: str) -> bool:
    """Whether somebody else should hear of it. Renewals, heartbeats and bindings: no."""
    return type not in _ROUTINE


def worth_telling(type: str) -> bool:
    """Whether the story of a co-op tells it: what is meaningful, and what only its addressee hears at the time."""
    return meaningful(type) or type in ("msg.sent", "claim.coexisted")


def says_something(text: str) -> bool:
    """Whether a check-in's words tell more than that the agent is alive."""
    return one_line(text).casefold().strip(" .!…") not in _SAYS_NOTHING
