"""Co-ops: opening, joining, leaving, closing, and how alive one is."""

from __future__ import annotations

from gitcoord.clock import parse_instant, rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.outcome import Denied, Event, Landed
from gitcoord.rules import handoffs, policy, sessions
from gitcoord.rules.claims import release as releasing
from gitcoord.rules.claims.objects import claim_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

FIRST_NAMES = (
    "Sky", "Charlie", "River", "Robin", "Wren", "Juno", "Milo", "Nova", "Ash", "Piper", "Remy", "Sage", "Quinn", "Tobi",
    "Luca", "Mika", "Noor", "Ines", "Otis", "Vera", "Zuri", "Arlo", "Cleo", "Dara",
)  # fmt: skip


def lifecycle(coop: Entity, last_activity: float, has_live_thread: bool, now: float, settings: Settings) -> str:
    """``active | idle | stale | closed | expired``. A boundary belongs to the livelier side."""
    if coop.get("status") == "closed":
        return "closed"
    created = parse_instant(str(coop.get("created_at"))) if coop.get("created_at") else last_activity
    if now - created > settings.get("coops.max_lifetime"):
        return "expired"
    silent = now - last_activity
    if has_live_thread or silent <= settings.get("coops.active"):
        return "active"
    if silent <= settings.get("coops.idle"):
        return "idle"
    return "stale" if silent <= settings.get("coops.stale") else "expired"


def start(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Open a co-op and join it. One of this slug that is open already is joined instead."""
    args = intent.args
    slug = str(args.get("slug") or "")
    if not slug:
        return Denied("invalid-arguments", "A co-op needs a name.", 'gitcoord start "what we are doing"')
    same = [each for each in snapshot.find("coop", slug=slug) if each.get("status") == "active"]
    if same:
        return _join(snapshot, intent, same[0], now, settings, "joined-existing")
    coop = Entity("coop", {
        "id": intent.ids[0], "slug": slug, "title": policy.title(str(args.get("title") or slug)),
        "goal": policy.title(str(args.get("goal") or "")) or None, "status": "active", "branch": args.get("branch") or None,
        "members": [], "created_by": intent.agent, "agent_id": intent.agent_id, "session_id": intent.session_id,
        "created_at": rfc3339(now),
    })  # fmt: skip
    joined = _join(snapshot, intent, coop, now, settings, "started")
    if isinstance(joined, Landed):
        joined.events.insert(0, Event("coop.started", {"coop": coop.id}, {"slug": slug, "title": coop.get("title")}))
        joined.subject = f"start {slug} by {intent.agent}"
    return joined


def join(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    coop = snapshot.get("coop", str(intent.args.get("coop")))
    if coop is None:
        return Denied("not-found", "There is no such co-op.", "gitcoord discover")
    if coop.get("status") == "closed":
        return Denied("not-found", f"The co-op {coop.get('slug')} is closed.", "gitcoord discover")
    return _join(snapshot, intent, coop, now, settings, "joined")


def _join(snapshot: Snapshot, intent: Intent, coop: Entity, now: float, settings: Settings, outcome: str) -> Outcome:
    session = snapshot.get("session", intent.session_id)
    if session is None:
        return Denied("session-binding-conflict", "This session has no record.", "gitcoord join")
    members = list(coop.get("members", []))
    if session.id in members and session.get("state") == "active" and session.get("coop") == coop.id:
        result = {"outcome": "already-joined", "coops": [coop.as_json()], "sessions": [session.as_json()]}
        return Landed([], [], result, "")
    limit = coop.get("max_members") or settings.get("coops.max_members")
    if session.id not in members and len(members) >= limit:
        return Denied(
            "cap-exceeded", f"The co-op {coop.get('slug')} has {len(members)} members; at most {limit}.",
            "gitcoord config set coops.max_members 20   or: gitcoord start", {"limit": limit},
        )  # fmt: skip
    name = _name(snapshot, intent, coop, members)
    bound = sessions.bound(session, coop=coop.id, name=name, branch=intent.actor.get("branch", ""), now=now)
    coop = coop.changed(members=sorted({*members, session.id}))
    event = Event("coop.joined", {"coop": coop.id, "session": session.id}, {"name": name, "slug": coop.get("slug")})
    result = {"outcome": outcome, "coops": [coop.as_json()], "sessions": [bound.as_json()]}
    return Landed([coop, bound], [event], result, f"{name} joins {coop.get('slug')}")


def _name(snapshot: Snapshot, intent: Intent, coop: Entity, members: list[str]) -> str:
    """``Sky hmi-settings-flow``, told apart from the names of the other members."""
    taken = set()
    for member in members:
        other = snapshot.get("session", member)
        if other is not None and member != intent.session_id:
            taken.add(str(other.get("name") or ""))
    wanted = policy.title(str(intent.args.get("name") or "")).partition(" ")[0]
    first = wanted or intent.agent.partition("/")[0]
    first = first[:1].upper() + first[1:24]
    slug = str(coop.get("slug"))
    n = 2
    name = f"{first} {slug}"
    while name in taken:
        name, n = f"{first}-{n} {slug}", n + 1
    return name


def leave(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Release what this session holds, hand over, keep every open question."""
    session = snapshot.get("session", intent.session_id)
    if session is None or session.get("state") != "active":
        return Denied("not-joined", f"{intent.agent} has not joined here, or has left already.", "gitcoord join")
    coop = snapshot.get("coop", str(session.get("coop") or intent.args.get("coop") or ""))
    held = {c.id: c for c in snapshot.find("claim", state="active", session_id=session.id)}
    gone = [releasing.released(claim, intent.agent, "left", now) for claim in held.values()]
    open_questions = snapshot.find("blocker", state="open", **({"coop": coop.id} if coop else {}))
    reason = policy.title(str(intent.args.get("reason") or ""))
    capsule = handoffs.capsule(snapshot, intent, intent.args.get("handoff") or {}, open_questions, now)
    left = session.changed(state="left", left_at=rfc3339(now), left_reason=reason or None)
    changes = [*gone, capsule, left]
    refs = {"session": session.id, "handoff": capsule.id}
    if coop is not None:
        changes.append(coop.changed(members=sorted(set(coop.get("members", [])) - {session.id})))
        refs["coop"] = coop.id
    body = {"name": session.get("name"), "reason": reason, "handoff": capsule.alias}
    events = [*(releasing.ended(each) for each in gone), Event("coop.left", refs, body), handoffs.written(capsule)]
    result = {
        "outcome": "left", "claims": [claim_object(each, now) for each in gone], "handoffs": [capsule.as_json()],
        "blockers": [{"id": each.id, "alias": each.alias, "title": each.get("title")} for each in open_questions],
    }  # fmt: skip
    where = f" {coop.get('slug')}" if coop is not None else ""
    return Landed(changes, events, result, f"{intent.agent} leaves{where}")


def close(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """End it for everybody: members' claims in it are released, decisions and tasks stay."""
    coop = snapshot.get("coop", str(intent.args.get("coop")))
    if coop is None:
        return Denied("not-found", "There is no such co-op.", "gitcoord discover")
    if coop.get("status") == "closed":
        return Landed([], [], {"outcome": "already-closed", "coops": [coop.as_json()]}, "")
    gone = [
        releasing.released(claim, intent.agent, "co-op closed", now)
        for claim in snapshot.find("claim", state="active", coop=coop.id)
    ]
    out = [
        each.changed(state="left", left_at=rfc3339(now), left_reason="co-op closed")
        for each in snapshot.find("session", coop=coop.id, state="active")
    ]
    closed = coop.changed(status="closed", closed_at=rfc3339(now), closed_by=intent.agent, members=[])
    body = {"slug": coop.get("slug"), "reason": policy.title(str(intent.args.get("reason") or ""))}
    events = [*(releasing.ended(each) for each in gone), Event("coop.closed", {"coop": coop.id}, body)]
    result = {"outcome": "closed", "coops": [closed.as_json()], "claims": [claim_object(each, now) for each in gone]}
    return Landed([*gone, *out, closed], events, result, f"close {coop.get('slug')} by {intent.agent}")
