"""Co-ops: start, join, close, reopen (leaving: ``leaving.py``); how alive one is, and what its members are called.

A name such as ``Sky hmi-settings-flow`` is for people. Nothing is ever looked up by it.
"""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules.asked import Refusal, filled, made, shown, subject, the, title_of
from gitcoord.rules.claims.objects import claim_object
from gitcoord.rules.lifecycle import ACTIVE, CLOSED, EXPIRED, outlived
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

MAX_SLUG, MAX_GOAL, MAX_NAME = 64, 2000, 80
LEAST_LIFETIME, MOST_LIFETIME = 60, 365 * 86400
FIRST_NAMES = (
    "Sky", "Charlie", "River", "Robin", "Wren", "Juno", "Milo", "Nova", "Ash", "Piper", "Remy", "Sage", "Quinn", "Luca",
    "Mika", "Noor", "Ines", "Otis", "Vera", "Zuri", "Arlo", "Cleo", "Dara", "Esme", "Finn", "Gwen", "Hugo", "Iris",
    "Jude", "Kaya", "Lena", "Moss", "Nell", "Petra", "Rosa", "Sven", "Tess", "Uma", "Vito", "Yara",
)  # fmt: skip


def start(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Open a co-op and join it. One that is open under this name already is joined instead: two clones that start
    the same work at the same time end up together."""
    slug = _slug(str(intent.args.get("slug") or ""))
    namesakes = snapshot.find("coop", slug=slug)
    for each in namesakes:
        if each.get("status") != CLOSED and not outlived(each, now, settings):
            return _join(snapshot, intent, each, now, settings, "joined-existing")
    if namesakes:
        slug = _unused(snapshot, slug)
    title = title_of(str(intent.args.get("title") or slug), "A co-op's title")
    goal = one_line(str(intent.args.get("goal") or ""))
    if len(goal) > MAX_GOAL:
        raise Refusal("cap-exceeded", f"The goal has {len(goal)} characters; at most {MAX_GOAL} are allowed.")
    values = {
        "id": intent.ids[0], "slug": slug, "title": title, "status": ACTIVE, "members": [],
        **filled(goal=goal, branch=intent.args.get("branch"), max_lifetime=_lifetime(intent.args.get("max_lifetime"))),
        **made(intent, now),
    }  # fmt: skip
    landed = _join(snapshot, intent, Entity("coop", values), now, settings, "started")
    started = Event("coop.started", {"coop": intent.ids[0]}, {"slug": slug, "title": title})
    words = f"co-op {slug} started"
    return Landed(landed.changes, [started, *landed.events], landed.result, subject(intent, words))


def join(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Become a member; once more is once."""
    coop = the(snapshot, "coop", str(intent.args.get("coop") or ""))
    if coop.get("status") == CLOSED or outlived(coop, now, settings):
        state = CLOSED if coop.get("status") == CLOSED else EXPIRED
        raise Refusal("not-found", f"The co-op {coop.name} is {state}.", f"gitcoord reopen {coop.name}")
    return _join(snapshot, intent, coop, now, settings, "joined")


def _join(
    snapshot: Snapshot, intent: Intent, coop: Entity, now: float, settings: Settings, outcome: str
) -> Landed:
    session = snapshot.get("session", intent.session_id)
    assert session is not None  # the author's session is always bound before a rule runs
    members = list(coop.get("members", []))
    if session.id in members and session.get("coop") == coop.id:
        again = "already-joined" if outcome == "joined" else outcome
        result = {"outcome": again, "coops": shown(coop), "sessions": shown(session), "name": session.get("name")}
        return Landed([], [], result, "")
    present = [each for each in (snapshot.get("session", id) for id in members) if each is not None]
    most = int(coop.get("max_members") or settings.get("coops.max_members"))
    if len(members) >= most:
        names = [str(each.get("name") or each.get("agent")) for each in present]
        raise Refusal(
            "cap-exceeded", f"{coop.name} has {len(members)} members already; {most} are allowed.",
            f"gitcoord leave in a window that is done, or: gitcoord config set coops.max_members {most + 2}",
            members=names, limit=most,
        )  # fmt: skip
    taken = {str(each.get("name") or "").casefold() for each in present}
    name = visible_name(intent, coop.name, taken)
    joined = session.changed(coop=coop.id, name=name, joined_at=rfc3339(now))
    changes = [coop.changed(members=sorted({*members, session.id})), joined]
    events = [Event("coop.joined", {"coop": coop.id, "session": session.id}, {"name": name})]
    _move(snapshot, session, coop, changes, events)
    result = {"outcome": outcome, "coops": shown(changes[0]), "sessions": shown(joined), "name": name}
    return Landed(changes, events, result, subject(intent, f"{coop.name} joined"))


def _move(snapshot: Snapshot, session: Entity, coop: Entity, changes: list[Entity], events: list[Event]) -> None:
    """A session is in one co-op at a time."""
    before = str(session.get("coop") or "")
    old = snapshot.get("coop", before) if before and before != coop.id else None
    if old is not None and session.id in old.get("members", []):
        changes.append(without(old, session.id))
        events.append(Event("coop.left", {"coop": old.id, "session": session.id}, {"moved_to": coop.id}))


def without(coop: Entity, session_id: str) -> Entity:
    return coop.changed(members=[each for each in coop.get("members", []) if each != session_id])


def visible_name(intent: Intent, slug: str, taken: set[str]) -> str:
    """What the intent asks for, else the handle when it is a simple word, else a first name; never one that
    another member has. ``taken`` is in case-folded form."""
    asked = one_line(str(intent.args.get("name") or ""), MAX_NAME)
    handle = intent.agent
    if not asked and handle.isalpha() and len(handle) <= 20:
        asked = f"{handle[0].upper()}{handle[1:]} {slug}"
    if asked and asked.casefold() not in taken:
        return asked
    for round_ in ("", *(f" {n}" for n in range(2, 100))):
        for first in FIRST_NAMES:
            name = f"{first}{round_} {slug}"
            if name.casefold() not in taken:
                return name
    return f"{handle} {slug}"


def close(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """End it for everybody: the claims made in it are released, its sessions have left. Questions, decisions and
    tasks stay; nothing is deleted."""
    coop = the(snapshot, "coop", str(intent.args.get("coop") or ""))
    if coop.get("status") == CLOSED:
        return Landed([], [], {"outcome": "already-closed", "coops": shown(coop)}, "")
    reason = one_line(str(intent.args.get("reason") or ""), 200)
    gone = [
        each.changed(state="released", ended_at=rfc3339(now), ended_by=intent.agent, end_reason="co-op closed")
        for each in snapshot.find("claim", coop=coop.id, state="active")
    ]
    out = [
        each.changed(state="left", left_at=rfc3339(now), left_reason="co-op closed")
        for each in snapshot.find("session", coop=coop.id, state="active")
    ]
    from gitcoord.rules.threads.close import archive

    threads, ends = archive(snapshot, coop, intent.agent, now)
    closed = coop.changed(status=CLOSED, closed_at=rfc3339(now), closed_by=intent.agent, members=[])
    events = [Event("coop.closed", {"coop": coop.id}, filled(slug=coop.get("slug"), reason=reason))]
    for each in gone:
        told = {"alias": each.alias, "scope": each.get("scope"), "holder": each.get("agent")}
        events.append(Event("claim.released", {"claim": each.id, "coop": coop.id}, told))
    result = {"outcome": "closed", "coops": shown(closed), "claims": [claim_object(each, now) for each in gone]}
    events += ends
    return Landed([closed, *gone, *out, *threads], events, result, subject(intent, f"{coop.name} closed"))


def reopen(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Open again one that was closed or has outlived its time: without members, and its lifetime begins anew."""
    coop = the(snapshot, "coop", str(intent.args.get("coop") or ""))
    if coop.get("status") != CLOSED and not outlived(coop, now, settings):
        raise Refusal("check-failed", f"The co-op {coop.name} is open.", f"gitcoord join {coop.name}")
    reason = one_line(str(intent.args.get("reason") or ""), 200)
    again = coop.changed(
        status=ACTIVE, members=[], closed_at=None, closed_by=None, reopened_at=rfc3339(now), reopened_by=intent.agent
    )
    events = [Event("coop.reopened", {"coop": coop.id}, filled(slug=coop.get("slug"), reason=reason))]
    return Landed([again], events, {"outcome": "reopened", "coops": shown(again)}, subject(intent, f"{coop.name} reopened"))


def _lifetime(seconds: int | None) -> int | None:
    if seconds is not None and not LEAST_LIFETIME <= seconds <= MOST_LIFETIME:
        raise Refusal("invalid-arguments", "A co-op lives for a minute at least and a year at most.", "--max-lifetime 3d")
    return seconds


def _slug(text: str) -> str:
    fine = 0 < len(text) <= MAX_SLUG and text[0].isalnum() and all(c.isalnum() or c in "-_." for c in text)
    if not fine or text != text.lower() or text.isdigit():
        raise Refusal(
            "invalid-arguments", f"{one_line(text, 60)!r} cannot name a co-op: use small letters, digits and dashes.",
            "gitcoord start login-flow",
        )  # fmt: skip
    return text


def slug_of(coop: Entity) -> str:
    """The short name of a co-op in its file; its id where that holds what could not be one."""
    slug = str(coop.get("slug") or "")
    try:
        return _slug(slug)
    except Refusal:
        return coop.id


def _unused(snapshot: Snapshot, slug: str) -> str:
    n = 2
    while snapshot.find("coop", slug=f"{slug}-{n}"):
        n += 1
    return f"{slug}-{n}"
