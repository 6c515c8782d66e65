"""The registry of kinds: every entity of the sync branch, its place and its fields (protocol section 3).

Adding a field here is all that the codec, the merge, the cache and the docs need.
"""

from __future__ import annotations

from gitcoord.model.fields import (
    FLAG,
    IMMUTABLE,
    INSTANT,
    INTEGER,
    MAXIMUM,
    TEXT,
    TEXTS,
    TREE,
    UNION,
    Field,
    Kind,
)  # fmt: skip
from gitcoord.model.ids import shard

_ID = Field("id", TEXT, merge=IMMUTABLE, doc="ULID, lower case; also the file name")
_ALIAS = Field("alias", TEXT, merge=IMMUTABLE, doc="given when it lands")
_COOP = Field("coop", TEXT, doc="id of the co-op, or empty")


def _made(by: str = "created_by", at: str = "created_at") -> tuple[Field, ...]:
    return (
        Field(by, TEXT, merge=IMMUTABLE, doc="handle of the agent"),
        Field("agent_id", TEXT, merge=IMMUTABLE, doc="id of that agent"),
        Field("session_id", TEXT, merge=IMMUTABLE, doc="id of that agent's session"),
        Field(at, INSTANT, merge=IMMUTABLE),
    )


AGENT = Kind("agent", "agents", "agents", ".md", (
    _ID,
    Field("handle", TEXT, doc="name, such as river or alex/claude/main"),
    Field("display", TEXT, doc="name shown to people"),
    Field("role", TEXT, "worker", doc="worker | reviewer"),
    Field("strengths", TEXTS, merge=UNION, doc="what it is good at"),
    Field("created_at", INSTANT, merge=IMMUTABLE),
), "flat")  # fmt: skip

SESSION = Kind("session", "sessions", "sessions", ".yml", (
    _ID,
    Field("agent", TEXT, doc="handle"), Field("agent_id", TEXT), Field("state", TEXT, "active", doc="active | left"),
    Field("epoch", INTEGER, 1, merge=MAXIMUM, doc="rises with each new binding"),
    Field("host_id", TEXT), Field("window_id", TEXT), Field("tool", TEXT), Field("worktree", TEXT),
    Field("branch", TEXT), _COOP, Field("name", TEXT, doc="visible name in the co-op: Sky hmi-settings-flow"),
    Field("started_at", INSTANT), Field("joined_at", INSTANT), Field("left_at", INSTANT),
    Field("left_reason", TEXT), Field("place_id", TEXT, doc="tells worktrees of one machine apart without naming them"),
    Field("author_id", TEXT, doc="tells the author of its commits apart without naming them: what a claim proof is held to"),
    Field("left_by", TEXT, doc="who reaped it, or its claims, when it last fell silent"),
    Field("handoff", TEXT, doc="id of the handoff that it left"),
    Field("clone", TEXT, doc="end of the id of the clone that it works in: its carrier has it in its name"),
    Field("via", TEXT, doc="the branch on which its writes come, when it may not push the sync branch"),
    Field("lapsed", TEXTS, doc="claims of it that were reaped while it was idle"), Field("lapsed_at", INSTANT),
), "flat")  # fmt: skip

COOP = Kind("coop", "coops", "coops", ".md", (
    _ID, Field("slug", TEXT, merge=IMMUTABLE), Field("title", TEXT), Field("goal", TEXT),
    Field("status", TEXT, "active", doc="active | closed"), Field("branch", TEXT),
    Field("members", TEXTS, merge=UNION, doc="ids of the sessions that have joined and not left"),
    Field("max_members", INTEGER), *_made(), Field("closed_at", INSTANT), Field("closed_by", TEXT),
    Field("max_lifetime", INTEGER, doc="seconds; empty: the setting coops.max_lifetime"),
    Field("reopened_at", INSTANT, doc="its lifetime counts from here"), Field("reopened_by", TEXT),
), "flat")  # fmt: skip

CLAIM = Kind("claim", "claims", "claims", ".yml", (
    _ID, _ALIAS, Field("state", TEXT, "active", doc="active | hold | released | superseded"),
    Field("kind", TEXT, doc="file | directory | glob | symbol | shared | module | branch | task | component | env | runner"),
    Field("scope", TEXT, doc="canonical: what was claimed"), Field("mode", TEXT, "exclusive", doc="exclusive | shared"),
    Field("agent", TEXT, doc="handle of the holder"), Field("agent_id", TEXT), Field("session_id", TEXT),
    Field("branch", TEXT, doc="code branch of the holder"), _COOP, Field("task", TEXT, doc="id of a linked task"),
    Field("description", TEXT), Field("narrowable", FLAG, False),
    Field("symbols", TEXTS), Field("patterns", TEXTS, doc="paths that the policy gave a module when it was claimed"),
    Field("coexists_with", TEXTS, merge=UNION), Field("narrowed_by", TEXTS, merge=UNION),
    Field("ttl", INTEGER, doc="seconds"), Field("acquired_at", INSTANT), Field("renewed_at", INSTANT),
    Field("expires_at", INSTANT), Field("fence", INTEGER, merge=MAXIMUM, doc="revision of the grant"),
    Field("lease_token", TEXT, doc="changes with each renewal"), Field("ended_at", INSTANT), Field("ended_by", TEXT),
    Field("end_reason", TEXT), Field("evidence", TREE, doc="why a take-over was allowed"),
    Field("hold", TREE, doc="work that had not landed: commit, base, branch, paths with their content"),
    Field("head", TEXT, doc="of a landing slot: the commit that is to land"),
    Field("queue", TEXT, doc="id of the queue entry that it was granted to"),
    Field("requests", TEXTS, doc="ids of requests to release it that wait for an answer"),
    Field("clamped_from", INSTANT, doc="expires_at as it was before a request cut it short"),
))  # fmt: skip

TASK = Kind("task", "tasks", "tasks", ".md", (
    _ID, _ALIAS, Field("title", TEXT), Field("state", TEXT, "open", doc="open | in_progress | blocked | done | closed"),
    Field("assignee", TEXT, doc="handle"), Field("assignee_id", TEXT), Field("priority", INTEGER, 2), _COOP,
    Field("specialty", TEXT), Field("depends_on", TEXTS, merge=UNION), Field("owned_paths", TEXTS, merge=UNION),
    Field("claims", TEXTS, merge=UNION, doc="ids of linked claims"), Field("fence", INTEGER, merge=MAXIMUM),
    Field("lease_token", TEXT), *_made(), Field("started_at", INSTANT), Field("done_at", INSTANT), Field("done_by", TEXT),
))  # fmt: skip

BLOCKER = Kind("blocker", "blockers", "blockers", ".md", (
    _ID, _ALIAS, Field("title", TEXT, doc="the question, in one line"), Field("state", TEXT, "open", doc="open | resolved"),
    _COOP, Field("task", TEXT), Field("to", TEXT), Field("decision", TEXT, doc="id of the decision that resolved it"),
    *_made("asked_by", "asked_at"), Field("resolved_at", INSTANT), Field("resolved_by", TEXT),
))  # fmt: skip

DECISION = Kind("decision", "decisions", "decisions", ".md", (
    _ID, _ALIAS, Field("title", TEXT, doc="what was decided, in one line"),
    Field("status", TEXT, "decided", doc="decided | proposed | ratified | withdrawn; proposed: it has no effect yet"),
    Field("blocker", TEXT, doc="id of the blocker that it resolves"), Field("question", TEXT), _COOP,
    *_made("decided_by", "decided_at"), Field("ratified_by", TEXT, doc="who merged its proposal"),
    Field("ratified_at", INSTANT),
))  # fmt: skip

HANDOFF = Kind("handoff", "handoffs", "handoffs", ".md", (
    _ID, _ALIAS, Field("title", TEXT, doc="reason, in one line"), Field("state", TEXT, "open", doc="open | taken"), _COOP,
    Field("branch", TEXT), Field("head", TEXT, doc="commit at which the agent stopped"), Field("commits", TEXTS),
    Field("stopped", TEXT, doc="where I stopped"), Field("changed", TEXT, doc="what I changed"),
    Field("files", TEXTS, doc="files touched"), Field("tests", TEXTS, doc="tests run"),
    Field("risks", TEXT, doc="known risks"), Field("blockers", TEXTS, doc="open blockers: ids"),
    Field("next", TEXT, doc="best next action"), Field("do_not_redo", TEXT, doc="do not redo"),
    Field("claims", TEXTS, doc="ids of the claims that its writer held"),
    Field("tasks", TEXTS, doc="ids of its tasks in progress"),
    Field("carry", TREE, doc="uncommitted work on a branch: branch, commit, base, index_tree, work_tree, left_out, notes"),
    *_made("agent", "created_at"), Field("written_by", TEXT, doc="who wrote it for an agent that was reaped"),
    Field("taken_at", INSTANT), Field("taken_by", TEXT), Field("taken_by_id", TEXT), Field("taken_session", TEXT),
    Field("acked_at", INSTANT, doc="when whoever took it had read it"),
))  # fmt: skip

CHECKIN = Kind("checkin", "checkins", "checkins", ".md", (
    _ID, Field("summary", TEXT), _COOP, Field("branch", TEXT), Field("done", TEXTS), Field("open_items", TEXTS),
    *_made("agent", "created_at"),
))  # fmt: skip

ATTIC = Kind("attic", "attic", "attic", ".yml", (
    _ID, Field("of_kind", TEXT), Field("of_id", TEXT), Field("field", TEXT, doc="empty: the whole entity or intent"),
    Field("reason", TEXT), Field("winner", TREE), Field("loser", TREE), Field("intent_id", TEXT),
    *_made("agent", "lost_at"), Field("restored_at", INSTANT), Field("restored_by", TEXT),
), "attic")  # fmt: skip

REQUEST = Kind("request", "requests", "requests", ".yml", (
    _ID, _ALIAS,
    Field("state", TEXT, "pending", doc="pending | approved | denied | narrowed | coexisting | resolved | expired"),
    Field("claim", TEXT), Field("scope", TEXT, doc="what that claim held"), Field("reason", TEXT),
    Field("urgency", TEXT, "normal"), _COOP, *_made("agent", "created_at"),
    Field("expires_at", INSTANT, doc="from then on an answer comes late"),
    Field("holder", TEXT, doc="handle, when it was filed"), Field("holder_id", TEXT), Field("holder_session", TEXT),
    Field("wanted", TEXTS, doc="what the requester needs of it, canonical; absent: all"),
    Field("queue", TEXT, doc="id of the requester's queue entry"),
    Field("answered_at", INSTANT), Field("answered_by", TEXT), Field("answer", TEXT), Field("answer_reason", TEXT),
    Field("granted", TEXT, doc="id of the claim that the answer gave the requester"),
    Field("timeline", TEXTS, doc="append-only: instant, what happened, who"),
))

QUEUE = Kind("queue", "queue", "queue", ".yml", (
    _ID, _ALIAS, Field("state", TEXT, "waiting", doc="waiting | granted | cancelled | expired"),
    Field("scopes", TEXTS, doc="canonical"), Field("mode", TEXT, "exclusive"), Field("urgency", TEXT, "normal"), _COOP,
    *_made("agent", "created_at"), Field("expires_at", INSTANT, doc="end of the wait"),
    Field("position", INTEGER, doc="place in order of arrival"), Field("ttl", INTEGER, doc="seconds, of the claims to come"),
    Field("branch", TEXT), Field("task", TEXT), Field("description", TEXT),
    Field("blocking", FLAG, doc="a command waits for it"), Field("passed", INTEGER, doc="how often it was overtaken"),
    Field("request", TEXT, doc="id of the request that it belongs to"), Field("claims", TEXTS, doc="ids of what was granted"),
    Field("ended_at", INSTANT), Field("ended_by", TEXT), Field("end_reason", TEXT),
))

REVIEW = Kind("review", "reviews", "reviews", ".md", (
    _ID, _ALIAS, Field("title", TEXT), Field("state", TEXT, "open"), Field("task", TEXT), Field("reviewer", TEXT), _COOP,
    *_made(),
))  # fmt: skip

THREAD = Kind("thread", "threads", "threads", ".md", (
    _ID, _ALIAS, Field("title", TEXT, doc="the topic"),
    Field("state", TEXT, "open", doc="open | waiting | resolved | expired | summarized | archived"),
    Field("ended", TEXT, doc="resolved | expired"), Field("participants", TEXTS, merge=UNION, doc="handles"),
    Field("waiting_for", TEXTS, doc="handles of those who have not answered what was said"),
    Field("max_messages", INTEGER), Field("max_tokens", INTEGER), Field("max_participants", INTEGER),
    Field("expires_at", INSTANT), Field("message_count", INTEGER, merge=MAXIMUM),
    Field("tokens_est", INTEGER, merge=MAXIMUM, doc="estimated tokens of all messages"), Field("last_by", TEXT),
    Field("last_at", INSTANT), _COOP, *_made(), Field("closed_at", INSTANT), Field("closed_by", TEXT),
    Field("outcome", TEXT, doc="what came of it"), Field("automatic", FLAG, doc="nobody wrote the outcome"),
    Field("decisions", TEXTS, merge=UNION, doc="ids of decisions"), Field("open_items", TEXTS, merge=UNION),
), "thread")  # fmt: skip

THREAD_MESSAGE = Kind("thread_message", "thread_messages", "threads", ".md", (
    _ID, Field("thread", TEXT, merge=IMMUTABLE), Field("number", INTEGER, doc="place in its thread"),
    Field("tokens", INTEGER, doc="estimated"), _COOP, *_made("agent", "created_at"),
), "thread-message")  # fmt: skip

MESSAGE = Kind("message", "messages", "messages", ".md", (
    _ID, _ALIAS, Field("title", TEXT, doc="its first line"), Field("state", TEXT, "open", doc="open | done"),
    Field("question", FLAG, False, doc="whether it waits for an answer"),
    Field("to", TEXTS, doc="agent:<handle>, human:<name>, a group, thread:THR-n"), Field("thread", TEXT), Field("task", TEXT),
    _COOP, Field("reply_to", TEXT, merge=IMMUTABLE, doc="id of the message that it replies to"),
    *_made("agent", "created_at"), Field("answered_by", TEXT), Field("answered_at", INSTANT),
    Field("answer", TEXT, doc="first line of the answer"), Field("closed_at", INSTANT), Field("closed_by", TEXT),
    Field("acked_by", TEXTS, merge=UNION, doc="handles of those who have taken it; the last field: it is searched"),
))  # fmt: skip

ARTIFACT = Kind("artifact", "artifacts", "artifacts", ".yml", (
    _ID, _ALIAS, Field("type", TEXT), Field("title", TEXT), Field("url", TEXT), Field("commit", TEXT), Field("task", TEXT),
    _COOP, *_made(),
))  # fmt: skip

RUN = Kind("run", "runs", "runs", ".yml", (
    _ID, _ALIAS, Field("title", TEXT), Field("command", TEXT), Field("state", TEXT, "requested"), Field("exit_code", INTEGER),
    Field("task", TEXT), _COOP, *_made(), Field("completed_at", INSTANT),
))  # fmt: skip

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        AGENT, SESSION, COOP, CLAIM, TASK, BLOCKER, DECISION, HANDOFF, CHECKIN, ATTIC, REQUEST, QUEUE, REVIEW,
        THREAD, THREAD_MESSAGE, MESSAGE, ARTIFACT, RUN,
    )
}  # fmt: skip
BY_PLURAL: dict[str, Kind] = {kind.plural: kind for kind in KINDS.values()}
_BY_DIRECTORY: dict[str, Kind] = {k.directory: k for k in KINDS.values() if k.name != "thread_message"}


def path_of(kind: str, id: str, *, parent: str = "", of_kind: str = "") -> str:
    """Where an entity's file stands in the tree of the sync branch.

    ``parent`` is the thread of a thread message or the entity of an attic record, ``of_kind`` the kind
    of that entity.
    """
    declared = KINDS[kind]
    if declared.layout == "flat":
        return f"{declared.directory}/{id}{declared.suffix}"
    if declared.layout == "thread":
        return f"threads/{id}/thread.md"
    if declared.layout == "thread-message":
        return f"threads/{parent}/{id}.md"
    if declared.layout == "attic":
        return f"attic/{of_kind}/{parent}/{id}.yml"
    return f"{declared.directory}/{shard(id)}/{id}{declared.suffix}"


def path_of_values(kind: str, values: dict[str, object]) -> str:
    """:func:`path_of` with the parent taken from the entity's own fields."""
    if kind == "attic":
        return path_of(kind, str(values["id"]), parent=str(values["of_id"]), of_kind=str(values["of_kind"]))
    return path_of(kind, str(values["id"]), parent=str(values.get("thread") or ""))


_DEPTHS = {"flat": 2, "sharded": 3, "attic": 4}


def kind_of_path(path: str) -> tuple[str, str] | None:
    """``(kind, id)`` of a file of the tree, or None when it is no entity's file."""
    parts = path.split("/")
    declared = _BY_DIRECTORY.get(parts[0])
    if declared is None or len(parts) < 2:
        return None
    if declared.layout == "thread":
        if len(parts) != 3 or not parts[2].endswith(".md"):
            return None
        return ("thread", parts[1]) if parts[2] == "thread.md" else ("thread_message", parts[2][:-3])
    name = parts[-1]
    if len(parts) != _DEPTHS[declared.layout] or not name.endswith(declared.suffix):
        return None
    id = name[: -len(declared.suffix)]
    if declared.layout == "sharded" and parts[1] != shard(id):
        return None
    return declared.name, id
