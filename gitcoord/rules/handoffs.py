"""Handoffs: where an agent stopped, in eight fields, and who took over from there.

A field that nobody stated is filled from what the branch knows of the session (check-ins, recorded runs); one of
which nothing is known stays empty.
"""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import alias
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules.asked import Refusal, coop_id, filled, made, shown, subject, texts, the
from gitcoord.text import clean, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

#: field -> what it is called where people read it. The order is that of reading.
EIGHT = {
    "stopped": "where I stopped", "changed": "what I changed", "files": "files touched", "tests": "tests run",
    "risks": "known risks", "blockers": "open blockers", "next": "best next action", "do_not_redo": "do not redo",
}  # fmt: skip
_PROSE = ("stopped", "changed", "risks", "next", "do_not_redo")
MAX_PROSE, MAX_TITLE, MAX_BLOCKERS, MAX_FILES, MAX_RUNS, MAX_LEFT_OUT = 4000, 200, 100, 200, 20, 60
#: Where carried work travels: one branch an agent.
CARRY = "gitcoord-wip/"
_OIDS = ("commit", "base", "index_commit", "index_tree", "work_tree")


def write(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Write a handoff and stay."""
    named = coop_id(snapshot, intent)
    coop = snapshot.get("coop", named) if named else None
    blockers = [
        each
        for each in snapshot.find("blocker", state="open")
        if each.get("agent_id") == intent.agent_id or (named and each.get("coop") == named)
    ]
    stated = dict(intent.args)
    if stated.get("task"):
        stated["tasks"] = [the(snapshot, "task", stated["task"]).id]
    else:
        stated["tasks"] = [each.id for each in tasks_of(snapshot, intent.agent_id)]
    stated["claims"] = [each.id for each in snapshot.find("claim", session_id=intent.session_id, state="active")]
    author = made(intent, now, "agent")
    handoff = compose(snapshot, intent.ids[0], stated, coop, blockers, author, intent.actor.get("branch", ""))
    result = {"outcome": "written", "handoffs": shown(handoff)}
    return Landed([handoff], events(handoff), result, subject(intent, f"handoff {handoff.alias}", coop))


def take(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Only one takes a handoff. Taking again what I have taken changes nothing."""
    handoff = the(snapshot, "handoff", str(intent.args.get("handoff") or ""))
    if handoff.get("state") == "taken":
        if handoff.get("taken_by_id") == intent.agent_id:
            return Landed([], [], {"outcome": "already-taken", "handoffs": shown(handoff)}, "")
        who, at = one_line(str(handoff.get("taken_by")), 60), handoff.get("taken_at")
        raise Refusal(
            "claim-conflict", f"{handoff.alias} was taken by {who} at {at}.", "gitcoord handoffs",
            taken_by=handoff.get("taken_by"), taken_at=at,
        )  # fmt: skip
    taken = handoff.changed(
        state="taken", taken_at=rfc3339(now), taken_by=intent.agent, taken_by_id=intent.agent_id,
        taken_session=intent.session_id,
    )  # fmt: skip
    events = [Event("handoff.taken", {"handoff": handoff.id}, {"alias": handoff.alias, "of": handoff.get("agent")})]
    result = {"outcome": "taken", "handoffs": shown(taken)}
    return Landed([taken], events, result, subject(intent, f"handoff {handoff.alias} taken"))


def ack(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Whoever took a handoff says that it was read. Saying it again changes nothing."""
    handoff = the(snapshot, "handoff", str(intent.args.get("handoff") or ""))
    name, who = one_line(handoff.name, 60), one_line(str(handoff.get("taken_by") or ""), 60)
    if handoff.get("state") != "taken":
        raise Refusal("check-failed", f"Nobody has taken {name} yet.", f"gitcoord claim-handoff {name}")
    if handoff.get("taken_by_id") != intent.agent_id:
        raise Refusal("claim-conflict", f"{name} was taken by {who}.", "gitcoord handoffs", taken_by=who)
    if handoff.get("acked_at"):
        return Landed([], [], {"outcome": "already-acknowledged", "handoffs": shown(handoff)}, "")
    read = handoff.changed(acked_at=rfc3339(now))
    told = [Event("handoff.acknowledged", {"handoff": handoff.id}, {"alias": handoff.alias, "of": handoff.get("agent")})]
    result = {"outcome": "acknowledged", "handoffs": shown(read)}
    return Landed([read], told, result, subject(intent, f"handoff {handoff.alias} acknowledged"))


def compose(
    snapshot: Snapshot,
    id: str,
    stated: dict[str, Any],
    coop: Entity | None,
    blockers: list[Entity],
    author: dict[str, Any],
    branch: str = "",
) -> Entity:
    """The entity: what was stated, else what the branch knows of its author's session.

    ``stated`` has the eight fields but the blockers; title, body, branch, head, commits, claims, tasks, carry; and
    ``where``: what git says of the place at which the agent stopped. ``author`` is what ``made`` gives.
    """
    known = known_of(snapshot, str(author.get("session_id")))
    prose = {name: _prose(stated, name) or _prose(known, name) for name in _PROSE}
    commits = list(dict.fromkeys(texts(stated.get("commits"), "commits")))
    prose["changed"] = prose["changed"] or "; ".join(commits[:5])
    if not _text(stated, "stopped"):
        prose["stopped"] = _stopped(prose["stopped"] or one_line(_text(stated, "title")), _text(stated, "where"))
    values = filled(
        id=id, alias=alias("handoff", snapshot.next_number("handoff")),
        title=one_line(_text(stated, "title"), MAX_TITLE), state="open", coop=coop.id if coop else "",
        branch=one_line(_text(stated, "branch") or branch, 255),
        head=one_line(_text(stated, "head"), 64), commits=commits,
        files=sorted(set(texts(stated.get("files"), "files")))[:MAX_FILES],
        tests=list(dict.fromkeys([*texts(stated.get("tests"), "tests"), *known["tests"]])),
        blockers=[each.id for each in blockers[:MAX_BLOCKERS]], **prose,
        claims=sorted(stated.get("claims") or [])[:MAX_FILES], tasks=sorted(stated.get("tasks") or [])[:MAX_BLOCKERS],
        carry=carried(stated.get("carry")),
    )  # fmt: skip
    return Entity("handoff", {**values, **author}, clean(_text(stated, "body")))


def known_of(snapshot: Snapshot, session_id: str) -> dict[str, Any]:
    """What the branch knows of a session's work: its check-ins as prose, its recorded runs as ``tests``."""
    checkins = snapshot.find("checkin", session_id=session_id) if session_id else []
    runs = snapshot.find("run", session_id=session_id, state="completed") if session_id else []
    known: dict[str, Any] = {"tests": [_ran(each) for each in runs[-MAX_RUNS:]]}
    if not checkins:
        return known
    done = list(dict.fromkeys(item for each in checkins for item in each.get("done", [])))
    open_items: list[str] = next((c.get("open_items") for c in reversed(checkins) if c.get("open_items")), [])
    known["stopped"] = one_line(str(checkins[-1].get("summary") or ""), MAX_TITLE)
    known["changed"] = one_line("; ".join(done[-MAX_RUNS:]), MAX_PROSE)
    known["next"] = one_line("; ".join(each for each in open_items if each not in done), MAX_PROSE)
    return known


def _ran(run: Entity) -> str:
    command = one_line(str(run.get("command") or run.get("title") or "a run"), 200)
    code = run.get("exit_code")
    return f"{command}: exit {code}" if isinstance(code, int) else command


def _stopped(said: str, where: str) -> str:
    where = one_line(where, 400)
    return f"{said} ({where})" if said and where else said or where


def tasks_of(snapshot: Snapshot, agent_id: str) -> list[Entity]:
    """What an agent has in progress."""
    return snapshot.find("task", assignee_id=agent_id, state="in_progress") if agent_id else []


def carried(value: object) -> dict[str, Any] | None:
    """Where uncommitted work travels, checked: the record of a peer may name only a branch of that family.

    ``branch, commit, base, index_commit, index_tree, work_tree``, what was ``left_out`` and why, and ``notes``.
    """
    if not isinstance(value, dict) or not value.get("commit"):
        return None
    branch = value.get("branch")
    if not isinstance(branch, str) or not is_carry_branch(branch):
        raise Refusal("invalid-arguments", "The branch of the carried work is none of gitcoord's.")
    for name in _OIDS:
        oid = value.get(name)
        if oid is not None and oid != "" and not (isinstance(oid, str) and is_oid(oid)):
            raise Refusal("invalid-arguments", f"carry: {name} is no object id.")
    found: dict[str, Any] = {"branch": branch, **{name: value[name] for name in _OIDS if value.get(name)}}
    for name in ("left_out", "submodules", "intent_to_add", "notes"):
        said = texts(value.get(name), name)[:MAX_LEFT_OUT]
        if said:
            found[name] = said
    return found


def is_carry_branch(name: str) -> bool:
    """``gitcoord-wip/river``: one word of small letters, digits and dashes after the slash."""
    word = name.removeprefix(CARRY)
    plain = word.isascii() and word.replace("-", "").replace("_", "").isalnum() and word == word.lower()
    return name.startswith(CARRY) and 0 < len(word) <= 100 and plain and word[0] != "-"


def is_oid(text: str) -> bool:
    return len(text) in (40, 64) and all(letter in "0123456789abcdef" for letter in text)


def events(handoff: Entity) -> list[Event]:
    """That it was written; and, where it says so, that files were changed and tests were run."""
    refs = {"handoff": handoff.id}
    found = [Event("handoff.written", refs, {"alias": handoff.alias, "title": handoff.get("title", "")})]
    files, tests = handoff.get("files", []), handoff.get("tests", [])
    if files:
        found.append(Event("work.files_changed", refs, {"count": len(files), "files": files[:20]}))
    if tests:
        found.append(Event("work.tests_run", refs, {"count": len(tests), "tests": tests[:20]}))
    return found


def _text(stated: dict[str, Any], name: str) -> str:
    value = stated.get(name)
    if value is not None and not isinstance(value, str):
        raise Refusal("invalid-arguments", f"{name}: expected text.")
    return value or ""


def _prose(stated: dict[str, Any], name: str) -> str:
    text = clean(_text(stated, name)).strip()
    if len(text) > MAX_PROSE:
        raise Refusal(
            "cap-exceeded", f"{EIGHT[name]}: {len(text)} characters; at most {MAX_PROSE} are allowed.",
            "Say it shorter.",
        )  # fmt: skip
    return text
