"""Which commands are tools, with which of their fields. Every word here is paid for in every conversation.

``minimal`` is what an agent cannot do without, ``core`` the daily work, ``full`` everything that two agents may have to
settle between them. Left out everywhere: what reads or writes files by name, what goes on and on, what a person should
decide in a shell (``init``, ``push``, ``uninstall``), and what other systems call mode advisor or command.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MINIMAL, CORE, FULL = "minimal", "core", "full"
PROFILES = (MINIMAL, CORE, FULL)


class Row:
    """A tool: its command and the fields that are listed. ``more`` fields are listed in ``full`` only."""

    __slots__ = ("compose", "defaults", "fields", "help", "more", "name", "own", "path", "profile", "reads", "words")

    def __init__(
        self,
        profile: str,
        path: str,
        fields: str = "",
        *,
        help: str = "",
        more: str = "",
        reads: bool = False,
        words: dict[str, str] | None = None,
        own: dict[str, dict[str, Any]] | None = None,
        compose: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
        defaults: dict[str, Any] | None = None,
    ) -> None:
        self.profile, self.path, self.help, self.reads = profile, path, help, reads
        self.name = path.replace(" ", "_").replace("-", "_")
        self.fields, self.more = tuple(fields.split()), tuple(more.split())
        self.words, self.own, self.compose = words or {}, own or {}, compose
        self.defaults = defaults or {}


_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": {"type": "string"}}


def _decision(given: dict[str, Any]) -> dict[str, Any]:
    """``decide`` takes the blocker as the first of its words."""
    return {"words": [each for each in (given.get("blocker"), given.get("text")) if each]}


def _opening(given: dict[str, Any]) -> dict[str, Any]:
    """``thread start`` takes the others with an @, then the topic."""
    others = ["@" + each.lstrip("@") for each in given.pop("to", None) or []]
    return {**given, "words": [*others, given.pop("topic", "") or ""]}


_STATED = "stopped changed next do_not_redo risks tests"

ROWS = (
    Row(
        MINIMAL, "read", more="all", reads=True,
        help="News since you last looked, who holds what, and what to do next. Call it first, and before an edit.",
    ),
    Row(
        MINIMAL, "check", "targets", reads=True, more="symbols", help="Are these free? Claims nothing.",
        words={"targets": "src/a.py, src/auth/, src/**/*.ts, src/a.py#Class::method, shared:F, module:M, env:E"},
    ),
    Row(
        MINIMAL, "claim", "targets symbols ttl wait description",
        help="Claim what you will edit, all or none. An error names the holder and what else you can do.",
        more="mode urgency no_block task allow_wide take_over_live accept_divergence accept_ownership narrowable",
        words={
            "targets": "as in check", "symbols": "FILE:NAME", "ttl": "such as 45m", "wait": "in the queue, such as 40s",
            "description": "what for", "no_block": "with wait: return your place at once",
            "mode": "", "urgency": "", "task": "", "allow_wide": "", "take_over_live": "", "accept_divergence": "",
            "accept_ownership": "", "narrowable": "",
        },
    ),
    Row(
        MINIMAL, "release", "claims all", more="no_hold",
        words={"claims": "CLM-n or the target", "all": "", "no_hold": ""},
    ),
    Row(
        MINIMAL, "ask", "text", more="to task", help="Ask a question that stays open until somebody decides it.",
        words={"text": "", "to": "agent", "task": ""},
    ),
    Row(
        MINIMAL, "leave", "stopped next", more=f"reason {_STATED} carry",
        help="Done or out of context: hand over and release your claims.",
        words={"stopped": "where", "next": "best next action", "carry": "take uncommitted work along", "reason": ""},
    ),
    Row(CORE, "status", reads=True, help="Who works on what, what is claimed, what is open."),
    Row(CORE, "claims", "path mine", more="all holds", reads=True, words={"path": "what overlaps it", "mine": "", "all": ""}),
    Row(CORE, "renew", "claims ttl", help="Extend claims, all of mine unless named.", words={"claims": "", "ttl": ""}),
    Row(
        CORE, "request-release", "claim reason wait", more="urgency wanted no_block", help="Ask a holder to give a claim up.",
        words={"claim": "CLM-n", "reason": "", "wait": "", "urgency": "", "wanted": "", "no_block": ""},
    ),
    Row(
        CORE, "respond", "request answer words reason", help="Answer a request for a claim of yours.",
        words={"request": "REQ-n", "answer": "", "words": "narrow: paths you keep; coexist: symbols to give", "reason": ""},
    ),
    Row(
        CORE, "requests", "pending mine queued", reads=True, more="all", help="Requests to you and of yours.",
        words={"pending": "", "mine": "", "queued": "my places in the queue too", "all": ""},
    ),
    Row(
        CORE, "decide", "blocker text", help="Record a decision, for a blocker or by itself.", compose=_decision,
        own={"blocker": {**_TEXT, "description": "BLK-n"}, "text": _TEXT},
    ),
    Row(CORE, "blockers", "mine", more="all", reads=True, words={"mine": "", "all": ""}),
    Row(CORE, "update", "text done open_items", help="Check in: one line on where you are.", words={"text": "", "done": ""}),
    Row(CORE, "handoff", f"title {_STATED}", help="Write a handoff and stay.", more="task carry", words={"title": ""}),
    Row(CORE, "join", "coop", help="Join the open co-op, or the one named.", words={"coop": ""}),
    Row(CORE, "task list", "mine", reads=True, more="state for all", words={"mine": "", "for": "me: ranked for you"}),
    Row(
        CORE, "task claim", "task paths ttl", help="Take a task and claim its paths.",
        words={"task": "", "paths": "claim these too", "ttl": ""},
    ),
    Row(CORE, "task done", "task summary", help="Finish a task, release its claims.", words={"task": "", "summary": ""}),
    Row(FULL, "start", "title goal slug", words={"title": "", "slug": ""}),
    Row(FULL, "discover", "all", reads=True, words={"all": "closed ones too"}),
    Row(FULL, "queue list", "mine path all", reads=True, help="Who waits for what.", words={"mine": "", "all": "", "path": ""}),
    Row(FULL, "queue cancel", "entry", help="Stop waiting."),
    Row(FULL, "decisions", "limit", reads=True, words={"limit": ""}),
    Row(FULL, "handoffs", "all", reads=True, words={"all": "taken ones too"}),
    Row(FULL, "takeover", "handoff", help="Take a handoff over, its work in a new worktree.", words={"handoff": "HND-n"}),
    Row(FULL, "next-handoff", help="The one that waited longest.", reads=True),
    Row(FULL, "claim-handoff", "handoff", help="Take it without its work.", words={"handoff": ""}),
    Row(FULL, "ack-handoff", "handoff", help="Say you read it.", words={"handoff": ""}),
    Row(
        FULL, "task add", "title body priority paths depends_on specialty",
        words={"title": "", "body": "", "priority": "0 is most urgent", "paths": "", "depends_on": "", "specialty": ""},
    ),
    Row(
        FULL, "task update", "task state title priority depends_on specialty",
        words={"task": "", "state": "", "title": "", "priority": "", "depends_on": "", "specialty": ""},
    ),
    Row(
        FULL, "msg send", "to text question thread task", help="Message agents, groups or people.",
        words={"to": "name, workers, all, human:alex", "text": "", "question": "waits for an answer", "thread": "", "task": ""},
    ),
    Row(FULL, "msg recv", "ack limit", help="Messages to me, oldest first.", words={"ack": "acknowledge them", "limit": ""}),
    Row(FULL, "msg ack", "messages", help="Acknowledge messages.", words={"messages": "MSG-n"}),
    Row(FULL, "msg reply", "message text", help="Answer a message.", words={"message": "", "text": ""}),
    Row(
        FULL, "thread start", "to topic message", help="A short exchange with one to three agents.", compose=_opening,
        own={"to": _TEXTS, "topic": _TEXT}, words={"message": ""},
    ),
    Row(FULL, "thread reply", "thread text", words={"thread": "", "text": ""}),
    Row(FULL, "thread read", "thread history", help="A thread, or the summary of one that is over.", reads=True,
        words={"thread": "", "history": ""}),
    Row(
        FULL, "thread close", "thread summary decisions open_items",
        words={"thread": "", "summary": "", "decisions": "DEC-n", "open_items": ""},
    ),
    Row(FULL, "thread list", "all mine", reads=True, words={"all": "", "mine": ""}),
    Row(FULL, "show", "id", help="One thing, whole: CLM-3, TASK-4, HND-7.", reads=True, words={"id": ""}),
    Row(FULL, "why", "path", help="What happened to a path.", reads=True, words={"path": ""}),
    Row(
        FULL, "log", "since by kind limit", help="What landed, oldest first.", reads=True, defaults={"limit": 6},
        words={"since": "revision, time or age", "by": "agent", "kind": "such as claim", "limit": "6 unless since"},
    ),
    Row(FULL, "reap", "dry_run session max_age", help="End sessions fallen silent.", words={"session": "", "max_age": ""}),
    Row(FULL, "radar", "all", help="Which branches will conflict, and who lands first.", reads=True, words={"all": ""}),
    Row(FULL, "owners why", "path", help="Who owns a path, and why.", reads=True, words={"path": ""}),
    Row(FULL, "sync", help="Land what waits here, and fetch."),
)  # fmt: skip
#: Names of the same things in other systems, and their fields: accepted, never listed.
OTHER_NAMES: dict[str, tuple[str, dict[str, Any]]] = {
    "list_claims": ("claims", {}), "check_conflicts": ("check", {}), "claim_files": ("claim", {}),
    "release_claims": ("release", {}), "release_session": ("release", {"all": True}),
    "pending_requests": ("requests", {"pending": True}), "my_requests": ("requests", {"mine": True}),
    "respond_to_request": ("respond", {}), "cancel_queue_request": ("queue_cancel", {}),
    "state": ("status", {}), "events": ("log", {}), "notifications": ("msg_recv", {}), "sessions": ("discover", {}),
    "session_register": ("join", {}), "session_reap": ("reap", {}), "lease_heartbeat": ("renew", {}),
    "lease_reclaim": ("claim", {}), "dispatch": ("task_add", {}),
}  # fmt: skip
OTHER_FIELDS = {
    "files": "targets", "wait_seconds": "wait", "ttl_seconds": "ttl", "request_id": "request", "entry_id": "entry",
    "response": "answer", "claim_id": "claim", "claim_ids": "claims",
}  # fmt: skip


def rows_of(profile: str) -> list[Row]:
    """The tools of a profile; each holds those of the smaller ones."""
    return [row for row in ROWS if PROFILES.index(row.profile) <= PROFILES.index(profile)]
