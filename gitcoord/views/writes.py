"""Every write: what happened, to which entities, and whether the remote has it."""

from __future__ import annotations

from gitcoord.text import counted
from gitcoord.views import lines
from gitcoord.views.budget import Section
from gitcoord.views.claims import beside
from gitcoord.views.lines import BY_PLURAL, quote, word
from gitcoord.views.parts import provisional

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


#: What a write may have made or changed, in the order of telling.
_WRITTEN = (
    "requests", "coops", "claims", "tasks", "blockers", "decisions", "handoffs", "threads", "messages", "attic", "runs",
)  # fmt: skip
#: What became of an entity, where the outcome of the whole command is not the word for it.
_OTHERWISE = {
    ("left", "claims"): "", ("left", "blockers"): "still open", ("left", "tasks"): "open again", ("left", "handoffs"): "wrote",
    ("closed", "claims"): "", ("decided", "blockers"): "",
}  # fmt: skip


def write(result: dict[str, Any], now: float) -> list[Section]:
    """Every write: what happened, to which entities, and whether the remote has it."""
    outcome = word(result.get("outcome"), 30)
    body: list[str] = []
    for plural in _WRITTEN:
        for each in result.get(plural) or []:
            verb = outcome if plural not in ("coops", "attic") or outcome not in ("granted", "renewed") else ""
            verb = "" if result.get("requests") else verb  # its line has the outcome
            verb = _OTHERWISE.get((outcome, plural), verb)
            if plural == "claims" and verb and each.get("state") == outcome:
                each = {**each, "state": ""}  # said by the verb
            body.append(f"{verb} {BY_PLURAL[plural](each, now)}".strip())
            if plural == "claims" and each.get("fence") and result.get("state") == "confirmed" and outcome != "released":
                body[-1] += f"  fence {each['fence']}"
    for each in result.get("checkins") or []:
        body.append(f"{outcome} {quote(each.get('summary'))}")
    if outcome != "granted":
        body += _places(result, now)
    why = f": {word(result['note'], 160)}" if isinstance(result.get("note"), str) else ""
    if not body and outcome != "provisional":  # that has been said at length
        body.append(_NOTHING.get(outcome) or word(result.get("outcome"), 120) + why)
    for each in result.get("served") or []:
        names = ", ".join(word(name, 30) for name in each.get("claims") or [])
        body.append(f"next: {word(each.get('agent'), 64)} got {names} ({word(each.get('alias'), 30)})")
    body += beside(result, now)
    warnings = [f"warning: {word(text, 300)}" for text in result.get("warnings") or []]
    warnings += [f"decided before: {lines.decision(each, now)}" for each in result.get("decided_before") or []]
    extra = []
    if result.get("name"):
        extra.append(f"You are {word(result['name'], 80)} ({word(result.get('agent'), 64)}).")
    if result.get("join"):
        extra.append(f"Others join with: {word(result['join'], 120)}")
    if result.get("next") and isinstance(result["next"], str):
        extra.append(f"Next: {word(result['next'], 120)}")
    if result.get("files") and isinstance(result["files"][0], dict):
        extra += [f"Written: {each}" for each in lines.written(result["files"])]
    state = provisional(result)
    if result.get("replayed"):
        state.append("(this had been done already: the first outcome is shown)")
    return [Section("", state), Section("", warnings), Section("", body, "add --json"), Section("", extra)]


#: What an outcome means when there is nothing to show for it.
_NOTHING = {"released": "nothing to release: you hold no claim", "warned": "nothing claimed: --mode warn only tells"}


def _places(result: dict[str, Any], now: float) -> list[str]:
    """Places in the queue: one that waits says how to give it up."""
    shown = []
    for each in result.get("queue") or []:
        waits = each.get("state") == "waiting"
        shown.append(f"queued {lines.waiter(each, now)}" if waits else lines.waiter(each, now))
        if waits and result.get("outcome") in ("queued", "filed"):
            shown.append(f"give it up: gitcoord queue cancel {word(each.get('alias'), 30)}")
    return shown


def started(result: dict[str, Any], now: float) -> list[Section]:
    """What a person pastes on: the co-op's name and how others come in."""
    coop = (result.get("coops") or [{}])[0]
    verb = "Created" if result.get("outcome") in ("started", "provisional") else "Joined"
    sections = write({**result, "coops": [], "join": None, "outcome": f"{verb} co-op: {word(coop.get('slug'), 64)}"}, now)
    join = ["", "To join from any agent in this repo:", "", word(result["join"], 120)] if result.get("join") else []
    return [*sections, Section("", join)]


def sync(result: dict[str, Any], now: float) -> list[Section]:
    sections = []
    for name, verb in (("contested", "CONTESTED"), ("refused", "refused"), ("confirmed", "confirmed"), ("waiting", "waiting")):
        shown = [f"{verb}  {_told(each)}" for each in result.get(name) or []]
        sections.append(Section("", shown, "gitcoord attic list" if name == "contested" else "gitcoord sync --json"))
    last = f"revision {result.get('revision')}" + ("" if result.get("fetched") else "; the remote was not reached")
    if not any(result.get(name) for name in ("contested", "refused", "confirmed", "waiting", "adopted", "carried")):
        last = f"nothing waited here; {last}"
    if result.get("note"):
        last += f"; {word(result['note'], 320)}"
    if result.get("waiting"):
        last = f"PROVISIONAL: {counted(len(result['waiting']), 'write', be=True)} not on the sync branch. {last}"
    from gitcoord.views import carried

    last += f"; {word(result['publishes'], 160)}" if result.get("publishes") else ""
    risks = [f"merge risk: {lines.risk(each)}" for each in result.get("radar") or []]
    return [Section("", [last]), *sections, Section("", risks, "gitcoord radar"), *carried.adopted(result)]


def _told(each: dict[str, Any]) -> str:
    claims = each.get("claims") or []
    if claims and each.get("outcome") in ("granted", "renewed", "coexisting", "narrowed", "released"):
        return ", ".join(f"{word(c.get('alias'), 30)} {word(c.get('scope'), 120)}" for c in claims)
    if each.get("message"):
        kept = [word(lost.get("id"), 26) for lost in each.get("attic") or [] if isinstance(lost, dict)]
        return word(each["message"], 200) + (f"  kept: gitcoord attic show {kept[0]}" if kept else "")
    what = word(each.get("kind") or each.get("outcome") or each.get("intent_id"), 60)
    made = [one for plural in _WRITTEN if plural not in ("claims", "coops") for one in each.get(plural) or []]
    names = [word(one["alias"], 30) for one in made[:3] if isinstance(one, dict) and one.get("alias")]
    return f"{what} {', '.join(names)}" if names else what
