"""Granting: all scopes of an intent or none. What I hold exactly is renewed, what has lapsed is taken over."""

from __future__ import annotations

from gitcoord.errors import Refused, ScopeInvalid
from gitcoord.model.entity import Entity
from gitcoord.model.outcome import Denied, Landed
from gitcoord.rules.claims import holds, lease
from gitcoord.rules.claims.grant import Grant, task_id
from gitcoord.rules.claims.overlap import literal_prefix, parts
from gitcoord.rules.claims.scope import Scope, checked
from gitcoord.rules.claims.words import denied, queue_denied
from gitcoord.rules.owners.grant import Ownership, refused
from gitcoord.text import counted, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings


MODES = ("exclusive", "shared", "warn")
MAX_DESCRIPTION = 1000
#: Of those for whom somebody waits, so many stand in the answer.
SHOWN_HOLDERS = 5


def acquire(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Either every scope is granted (or renewed) or none is."""
    scopes = asked_scopes(snapshot, intent, settings)
    if isinstance(scopes, Denied):
        return scopes
    ownership = Ownership.at(snapshot, bool(settings.get("claims.fold_case")))
    try:
        scopes = resolved(scopes, ownership, settings)
    except (Refused, ScopeInvalid) as refusal:
        return Denied(refusal.code, refusal.message, refusal.hint, refusal.details)
    wanted = [scope for _, scope in scopes]
    foreign = ownership.foreign(wanted, intent.agent)
    hard = [each for each in foreign if each.module.hard]
    if hard and not intent.args.get("accept_ownership"):
        return refused(hard)
    past = holds.passed(snapshot, intent, wanted, str(intent.args.get("mode")), now, settings)
    if isinstance(past, Denied):
        return past
    wait = _wait(intent)
    grant = Grant(snapshot, intent, now, settings, revision, ownership)
    grant.others, grant.events = {each.id: each for each in past[0]}, past[1]
    for n, scope in scopes:
        grant.add(n, scope)
    before = _before(snapshot, intent, grant, now, settings)
    if (grant.blocked or before) and not grant.warn:
        return _queued(snapshot, intent, grant, before, scopes, wait, now, settings)
    if hard:
        grant.accepted(hard)
    return _too_many(snapshot, intent, grant, now, settings) or grant.outcome(ownership.notes(wanted, foreign))


def resolved(scopes: list[tuple[int, Scope]], ownership: Ownership, settings: Settings) -> list[tuple[int, Scope]]:
    """Modules with the paths that the policy gives them. Raises Refusal, ScopeInvalid for what is none, or outside."""
    found = [(n, ownership.resolved(scope)) for n, scope in scopes]
    for _, scope in found:
        _check_within(scope, str(settings.get("claims.scope") or ""))
    return found


def _wait(intent: Intent) -> int:
    """For how long the claimant waits when it cannot be served at once."""
    if intent.args.get("wait") is None and intent.args.get("urgency") is None:
        return 0
    from gitcoord.rules.queue.acts import checked_wait

    return checked_wait(intent)


def _before(snapshot: Snapshot, intent: Intent, grant: Grant, now: float, settings: Settings) -> list[tuple[Scope, Entity]]:
    """Waiters who come before this claimant: nobody overtakes the queue but by being more urgent."""
    waiting = snapshot.find("queue", state="waiting") if not intent.args.get("take_over_live") else []
    if not waiting or grant.warn:
        return []
    from gitcoord.rules.queue.entries import overtaking

    urgency = str(intent.args.get("urgency") or "normal")
    return overtaking(snapshot, grant.fresh, urgency, grant.agents, grant.sessions, now, settings)


def _queued(
    snapshot: Snapshot,
    intent: Intent,
    grant: Grant,
    before: list[tuple[Scope, Entity]],
    scopes: list[tuple[int, Scope]],
    wait: int,
    now: float,
    settings: Settings,
) -> Outcome:
    """The intent lands as a queue entry when its author waits; else it is refused."""
    if not wait:
        margin = float(settings.get("claims.clock_margin"))
        return denied(grant.blocked, now, margin) if grant.blocked else queue_denied(before, now)
    from gitcoord.rules.queue.acts import joined, new_entry
    from gitcoord.rules.queue.entries import entry_object

    entry = new_entry(
        snapshot, intent, intent.ids[0], [scope for _, scope in scopes], wait, now, settings,
        mode=grant.mode, ttl=int(min(grant.usual_ttl(scope) for _, scope in scopes)),
    )  # fmt: skip
    held = {each.id: each for _, each in (*grant.blocked, *before)}
    waits_for = [
        {name: each.get(name) for name in ("alias", "agent", "expires_at")} for each in list(held.values())[:SHOWN_HOLDERS]
    ]
    result = {"outcome": "queued", "queue": [{**entry_object(entry, now), "waiting_for": waits_for}]}
    scope = one_line(", ".join(entry.get("scopes")), 120)
    return Landed([entry], [joined(entry)], result, f"wait for {scope} by {one_line(intent.agent, 40)}")


def _too_many(snapshot: Snapshot, intent: Intent, grant: Grant, now: float, settings: Settings) -> Denied | None:
    most, new = int(settings.get("claims.max_per_agent")), len(grant.fresh)
    if not new:
        return None
    count = snapshot.count("claim", state="active", agent_id=intent.agent_id)
    if count + new <= most:
        return None
    held = snapshot.find("claim", state="active", agent_id=intent.agent_id)
    soon = min((end for end in map(lease.ends_at, held) if end), default=now)
    words = f"You hold {counted(len(held), 'claim')}; with {new} more it would be over {most} (claims.max_per_agent)."
    return Denied(
        "rate-limited", words,
        "gitcoord claims --mine, then: gitcoord release …", {"retry_after": max(1, int(soon - now)), "limit": most},
    )  # fmt: skip


def asked_scopes(snapshot: Snapshot, intent: Intent, settings: Settings) -> list[tuple[int, Scope]] | Denied:
    """The scopes of the intent, each once, with their places in it; or why it cannot be granted to anybody."""
    args, asked = intent.args, intent.args.get("scopes") or []
    wrong = lease.wrong_ttl(args.get("ttl"), settings)
    if wrong is not None:
        return wrong
    if (args.get("mode") or "exclusive") not in MODES:
        return Denied("invalid-arguments", f"A claim is exclusive or shared, not {str(args['mode'])[:20]}.")
    if not asked or len(intent.ids) < len(asked):
        return Denied("invalid-arguments", "Say what to claim.", "gitcoord claim src/auth/login.py")
    if len(str(args.get("description") or "")) > MAX_DESCRIPTION:
        return Denied("cap-exceeded", f"A description has at most {MAX_DESCRIPTION} characters.", "Say it shorter.")
    if args.get("task") and task_id(snapshot, args["task"]) is None:
        return Denied("not-found", f"There is no task {str(args['task'])[:60]}.", "gitcoord task list")
    found: dict[tuple[str, str], tuple[int, Scope]] = {}
    for n, each in enumerate(asked):
        try:
            scope = checked(str(each.get("kind")), str(each.get("scope")), tuple(each.get("symbols") or ()))
        except ScopeInvalid as refusal:
            return Denied(refusal.code, refusal.message, refusal.hint, refusal.details)
        scope = _canonical(snapshot, scope)
        found.setdefault((scope.kind, scope.scope), (n, scope))
    return list(found.values())


def _check_within(scope: Scope, limit: str) -> None:
    """Raises ScopeInvalid for a path outside of the folder to which the team limits its claims."""
    folder = limit.strip("/") + "/"
    if folder != "/" and not all(literal_prefix(each).startswith(folder) for each in parts(scope)):
        raise ScopeInvalid(
            f"{scope.scope} is outside of {folder}, to which this team limits its claims.",
            hint="gitcoord config get claims.scope",
        )


def _canonical(snapshot: Snapshot, scope: Scope) -> Scope:
    """A task by its alias, whichever of its names was said. One that the branch does not know keeps its name."""
    known = snapshot.resolve("task", scope.path) if scope.kind == "task" else []
    if len(known) == 1 and known[0].alias:
        return Scope("task", f"task:{known[0].alias}", known[0].alias)
    return scope
