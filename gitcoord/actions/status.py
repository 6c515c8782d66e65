"""``status`` and ``read``: what is going on, gathered from the projection with a bounded number of questions.

Who works, on what, on which branch; what is claimed; what was decided; what is open; what needs my answer; what
to know before editing; what leaving will do. Neither writes anything; the cursor of ``read`` is advanced by the
surface, after the answer was taken.
"""

from __future__ import annotations

from gitcoord import clock
from gitcoord.actions import addressed, advice
from gitcoord.actions.briefs import coop_line, decision, event, handoff, only, question, task
from gitcoord.errors import Ambiguous, NotJoined
from gitcoord.rules.claims.objects import claim_object, expires_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.cache.queries import Reader
    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace
    from gitcoord.workspace.identity import Identity

#: More of a kind than this cannot be shown within any budget; totals tell how many there are.
MOST = 24
_MOST_EVENTS = 60
_FIRST_EVENTS = 12


def status(ws: Workspace) -> dict[str, Any]:
    """The state of things for anybody, joined or not."""
    reader, now = ws.reader(), ws.now()
    me = _me(ws)
    totals = _totals(reader)
    coop = reader.get("coop", me.coop) if me and me.coop else None
    mine = coop.id if coop and coop.get("status") != "closed" else ""  # not yet, when reading the past
    result: dict[str, Any] = {
        "me": _as_me(ws, me, mine),
        **(_several(ws) if me is None else {}),
        "coop": _coop(ws, reader, coop) if coop else None,
        "agents": _agents(reader, mine),
        "claims": _claims(ws, me, now),
        "blockers": [question(each) for each in reader.find("blocker", state="open", limit=MOST, hot=True)],
        "tasks": _tasks(reader, me),
        "totals": totals,
        **_condition(ws, reader),
    }
    if not mine or coop is None:
        result["coops"] = [_coop(ws, reader, each) for each in reader.find("coop", status="active", order="-id", limit=10)]
    return result


def read(ws: Workspace, *, whole: bool = False) -> dict[str, Any]:
    """What an agent needs before it goes on. The first time, or with ``whole``, the hot state; after that what others
    have changed since, what waits for this agent, and how much there is that has not changed.

    Raises:
        NotJoined, Ambiguous: whose cursor is not known.
    """
    me = ws.identity()
    reader, now = ws.reader(), ws.now()
    seen = ws.local.cursor(me.agent_id)
    news = _news(reader, me, seen)
    coop = reader.get("coop", me.coop) if me.coop else None
    mine = coop.id if coop is not None and coop.get("status") != "closed" else ""
    blockers = _open_questions(reader, me)
    claims = _claims(ws, me, now)
    handoffs = [each for each in reader.find("handoff", state="open", order="-id", limit=10, hot=True) if _others(each, me)]
    result: dict[str, Any] = {
        "me": _as_me(ws, me, mine),
        "coop": _coop(ws, reader, coop) if coop else None,
        "since": seen,
        "agents": _agents(reader, mine),
        "events": _told(news[: _FIRST_EVENTS if seen is None else _MOST_EVENTS], me),
        "decisions": _decisions(reader, seen, me),
        "questions": [question(each) for each in blockers if _asks_me(each, me)],
        "blockers": [question(each) for each in blockers if not _asks_me(each, me)],
        "claims": claims,
        "tasks": _tasks(reader, me),
        "handoffs": [handoff(each) for each in handoffs],
        **addressed.gather(ws, reader, me, seen),
        "totals": _totals(reader),
        **_condition(ws, reader),
    }
    reaped = _reaped(ws, reader, me)
    if reaped:
        result["reaped"] = reaped
    result["notes"] = advice.notes(result)
    brief = seen is not None and not whole and len(news) <= _MOST_EVENTS
    touched = _touched(news)
    if brief:
        result["questions"] = [each for each in result["questions"] if each.get("to") or each["id"] in touched]
    result["next_actions"] = advice.next_actions(result)
    if brief:
        _leave_out_unchanged(result, news, touched)
    return result


def advance(ws: Workspace, result: dict[str, Any]) -> None:
    """After the answer was taken: the next ``read`` tells only what came later. Not when reading the past."""
    me = ws.identity()
    if result.get("reaped"):
        from gitcoord.actions.reaped import notice_told

        notice_told(ws)
    if ws.at is None and (me.bound or ws.reader().get("agent", me.agent_id) is not None):
        ws.local.set_cursor(me.agent_id, int(result["as_of"]["revision"]))


def _reaped(ws: Workspace, reader: Reader, me: Identity) -> str:
    """What an agent hears that was reaped while it was away; nobody else pays for it."""
    session = reader.get("session", me.session_id)
    if session is None or not session.get("left_by"):
        return ""
    from gitcoord.actions.reaped import reaped_notice

    return reaped_notice(ws) or ""


# Who I am and how things stand here.


def _me(ws: Workspace) -> Identity | None:
    try:
        return ws.identity()
    except (NotJoined, Ambiguous):
        return None


def _several(ws: Workspace) -> dict[str, Any]:
    """The agents that act in this worktree, when it is not known which of them asks."""
    try:
        ws.identity()
    except NotJoined:
        return {}
    except Ambiguous as several:
        return {"candidates": several.details.get("candidates") or []}
    return {}


def _as_me(ws: Workspace, me: Identity | None, coop: str) -> dict[str, Any] | None:
    if me is None:
        return None
    return {"agent": me.agent, "name": me.name, "branch": ws.repo.head()[0], "joined": bool(coop)}


def _coop(ws: Workspace, reader: Reader, coop: Entity) -> dict[str, Any]:
    """A line on a co-op, with how alive it is now: the record only knows whether it was closed."""
    from gitcoord.rules.lifecycle import ACTIVE, CLOSED, EXPIRED, lifecycle, outlived

    now, heard = ws.now(), reader.last_activity(coop.id)
    state = lifecycle(coop, heard, False, now, ws.settings)
    if state not in (ACTIVE, CLOSED, EXPIRED) or (state == EXPIRED and not outlived(coop, now, ws.settings)):
        from gitcoord.actions.threads import live

        state = ACTIVE if live(reader, coop.id, now) else state
    return {**coop_line(coop), "status": state}


def _condition(ws: Workspace, reader: Reader) -> dict[str, Any]:
    from gitcoord.workspace import transport

    road = transport.shown(ws)
    return {
        "outbox": ws.outbox_state(),
        "sync": road["mode"],
        "transport": road,
        "as_of": ws.as_of(),
        "quarantined": [{"path": each["path"], "reason": each["reason"]} for each in reader.quarantined()],
    }


def _totals(reader: Reader) -> dict[str, int]:
    return {
        "claims": reader.count("claim", state="active"),
        "blockers": reader.count("blocker", state="open", hot=True),
        "tasks": sum(reader.count("task", state=state, hot=True) for state in ("open", "in_progress", "blocked")),
        "handoffs": reader.count("handoff", state="open", hot=True),
    }


# Who works, on what.


def _agents(reader: Reader, coop: str) -> list[dict[str, Any]]:
    wanted = {"coop": coop} if coop else {}
    sessions = reader.find("session", state="active", order="-id", limit=MOST, **wanted)
    said = _check_ins(reader)
    return [_agent(reader, each, said.get(each.id, "")) for each in sessions]


def _check_ins(reader: Reader) -> dict[str, str]:
    """The newest one-line summary of each session."""
    said: dict[str, str] = {}
    for each in reader.find("checkin", order="-id", limit=MOST):
        said.setdefault(str(each.get("session_id")), str(each.get("summary") or ""))
    return said


def _agent(reader: Reader, session: Entity, said: str) -> dict[str, Any]:
    newest = reader.events(session=session.id, newest_first=True, limit=1)
    doing = said or _task_of(reader, session) or _claim_of(reader, session)
    active = newest[0]["ts"] if newest else session.get("joined_at") or session.get("started_at")
    return {**only(session, "agent", "name", "branch"), "doing": doing or None, "last_activity_at": active}


def _task_of(reader: Reader, session: Entity) -> str:
    found = reader.find("task", assignee_id=session.get("agent_id"), state="in_progress", limit=1)
    return f"{found[0].alias} {found[0].get('title')}" if found else ""


def _claim_of(reader: Reader, session: Entity) -> str:
    found = reader.find("claim", session_id=session.id, state="active", order="-id", limit=1)
    return str(found[0].get("description") or found[0].get("scope")) if found else ""


# What is claimed, asked, decided, to do.


def _claims(ws: Workspace, me: Identity | None, now: float) -> list[dict[str, Any]]:
    """Mine first, then those of my co-op, then the newest of the others. Expired ones only when they are mine."""
    reader = ws.reader()
    found: dict[str, Entity] = {}
    own: set[str] = set()
    if me is not None:
        held = reader.claims(active=True, agent_id=me.agent_id) + reader.claims(active=True, session_id=me.session_id)
        found = {each.id: each for each in held}
        own = set(found)
        if me.coop:
            found.update((c.id, c) for c in reader.find("claim", state="active", coop=me.coop, order="-id", limit=MOST))
    found.update((c.id, c) for c in reader.find("claim", state="active", order="-id", limit=MOST))
    shown = []
    for each in found.values():
        claim = claim_object(each, now)
        if each.get("description"):
            claim["description"] = each.get("description")
        if each.id in own:
            claim["mine"] = True
            if _nearly_over(each, now):
                claim["ending"] = True
            if ws.at is None and _lapsed(ws, each):
                claim["lapsed"] = True
            shown.append(claim)
        elif claim.get("state") != "expired":
            shown.append(claim)
    return shown


def _lapsed(ws: Workspace, claim: Entity) -> bool:
    """The holder stops believing at 95 % of the time, by this machine's own clock (protocol section 4)."""
    lease = ws.local.lease(claim.id)
    if lease is None or lease["lease_token"] != claim.get("lease_token") or lease["boot_id"] != clock.boot_id():
        return False
    return clock.elapsed() - float(lease["elapsed"]) > 0.95 * float(lease["ttl"])


def _tasks(reader: Reader, me: Identity | None) -> list[dict[str, Any]]:
    states = ("in_progress", "blocked", "open")
    found = [each for state in states for each in reader.find("task", state=state, limit=MOST, hot=True)]
    if me is None:
        return [task(each) for each in found[:MOST]]
    agent = reader.get("agent", me.agent_id)
    suits = {} if agent is None or not agent.get("strengths") else _suiting(reader, agent)
    found.sort(key=lambda each: (each.get("assignee_id") != me.agent_id, suits.get(each.id, (len(suits), ""))[0]))
    return [{**task(each), **({"suits": suits[each.id][1]} if each.id in suits else {})} for each in found[:MOST]]


def _suiting(reader: Reader, agent: Entity) -> dict[str, tuple[int, str]]:
    """Open tasks that suit the strengths that an agent has stated: their rank, and which strength it is."""
    from gitcoord.actions.profiles import suggestions

    found = [each for each in suggestions(reader, agent, agent.id) if each.suits]
    return {each.task.id: (n, each.suits) for n, each in enumerate(found)}


def _decisions(reader: Reader, seen: int | None, me: Identity) -> list[dict[str, Any]]:
    """Those that others have made since the cursor; for a newcomer the newest few."""
    if seen is None:
        return [decision(each) for each in reader.find("decision", order="-id", limit=_FIRST_EVENTS)]
    made = reader.events(since=seen, types=["decision.made", "decision.proposed", "decision.ratified"], limit=MOST)
    ids = dict.fromkeys(str((each.get("refs") or {}).get("decision")) for each in made)
    found = (reader.get("decision", id) for id in ids)
    return [decision(each) for each in found if each is not None and (_others(each, me) or each.get("status") != "decided")]


def _news(reader: Reader, me: Identity, seen: int | None) -> list[dict[str, Any]]:
    """Meaningful events of others since the cursor, newest first; for a newcomer the newest few."""
    from gitcoord.rules.events import meaningful

    if seen is None:
        found = reader.events(newest_first=True, limit=_FIRST_EVENTS * 4)
    else:
        found = reader.events(since=seen, newest_first=True, limit=_MOST_EVENTS * 4)
    return [each for each in found if meaningful(str(each.get("type"))) and not _is_mine(each, me)]


def _told(news: list[dict[str, Any]], me: Identity) -> list[dict[str, Any]]:
    """What others did to claims, requests and places of mine, then the rest, each in its order: a budget cuts the end."""
    def elsewhere(each: dict[str, Any]) -> bool:
        body = each.get("body") or {}
        return me.agent not in (body.get("holder"), body.get("to"))

    oldest_first = news[::-1]
    return [event(each) for each in sorted(oldest_first, key=elsewhere)]


def _touched(news: list[dict[str, Any]]) -> set[str]:
    """Ids of everything that others' events refer to."""
    return {str(id) for each in news for id in (each.get("refs") or {}).values()}


def _leave_out_unchanged(result: dict[str, Any], news: list[dict[str, Any]], touched: set[str]) -> None:
    """What this agent has been told and nobody has touched since is only counted. What waits for it stays: questions
    asked of it, and claims of its own that are about to end."""
    actors = {(each.get("actor") or {}).get("agent") for each in news}
    unchanged: dict[str, int] = {}
    for plural in ("claims", "blockers", "tasks", "handoffs", "agents"):
        told = result[plural]
        if plural == "agents":
            kept = [each for each in told if each.get("agent") in actors]
        else:
            kept = [each for each in told if each["id"] in touched or each.get("ending") or each.get("lapsed")]
        total = max(result["totals"].get(plural, 0), len(told))
        if len(kept) < total:
            unchanged[plural] = total - len(kept)
        result[plural] = kept
        result["totals"].pop(plural, None)
    for plural in ("threads", "requests", "messages"):
        told = result[plural]
        result[plural] = [each for each in told if addressed.waits_for_me(each) or each.get("id") in touched]
        if len(result[plural]) < len(told):
            unchanged[plural] = len(told) - len(result[plural])
    if not news:
        result["radar"] = []
    result["unchanged"] = unchanged
    result["notes"] = {}
    told = ("gitcoord claim PATH", "gitcoord decide")  # a question that is asked of me says itself what to do
    result["next_actions"] = [each for each in result["next_actions"] if not each["command"].startswith(told)][:3]


def _is_mine(event: dict[str, Any], me: Identity) -> bool:
    actor = event.get("actor") or {}
    return bool(actor.get("agent_id") == me.agent_id or actor.get("session_id") == me.session_id)


def _others(entity: Entity, me: Identity) -> bool:
    return bool(entity.get("agent_id") != me.agent_id)


def _open_questions(reader: Reader, me: Identity) -> list[Entity]:
    """As many as fit in any answer; in a crowd those that are addressed to me are among them all the same."""
    found = reader.find("blocker", state="open", limit=MOST, hot=True)
    if len(found) == MOST:
        known = {each.id for each in found}
        for word in {me.agent, me.name, me.name.partition(" ")[0]} - {""}:
            mine = reader.find("blocker", state="open", to=word, limit=MOST, hot=True)
            found = [each for each in mine if each.id not in known] + found
            known.update(each.id for each in mine)
    return found


def _asks_me(blocker: Entity, me: Identity) -> bool:
    """Addressed to me, or to nobody in particular by somebody else of my co-op."""
    to = str(blocker.get("to") or "")
    if to:
        return to.lower() in (me.agent.lower(), me.name.lower(), me.name.partition(" ")[0].lower())
    return bool(me.coop) and blocker.get("coop") == me.coop and _others(blocker, me)


def _nearly_over(claim: Entity, now: float) -> bool:
    """Less than a quarter of its time is left, or none."""
    return expires_at(claim) - now < float(claim.get("ttl") or 0) / 4
