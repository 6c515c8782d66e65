"""What follows from the state that ``read`` has gathered: what to know, and what to do next."""

from __future__ import annotations

from gitcoord.text import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


def notes(result: dict[str, Any]) -> dict[str, str]:
    """Two things an agent should not have to guess: what to know before editing, and what leaving does."""
    others = [each for each in result["claims"] if not each.get("mine")]
    mine = [each for each in result["claims"] if each.get("mine")]
    holders = sorted({str(each.get("agent")) for each in others})
    held = max(len(others), result["totals"].get("claims", 0) - len(mine))
    names = ", ".join(holders[:4]) + (" and others" if held > len(others) or len(holders) > 4 else "")
    before = f"{counted(held, 'claim')} of {names}; ask first: gitcoord check PATH" if others else ""
    open_questions = max(len(result["blockers"]) + len(result["questions"]), result["totals"].get("blockers", 0))
    releases = f"releases your {counted(len(mine), 'claim')}, " if mine else ""
    keeps = f", keeps {counted(open_questions, 'open question')}" if open_questions else ""
    leaving = f"gitcoord leave {releases}writes a handoff{keeps}"
    return {"before_editing": before or "nobody else holds a claim; claim what you will touch", "on_leave": leaving}


def next_actions(result: dict[str, Any]) -> list[dict[str, str]]:
    """At most five commands, most urgent first, each with the reason."""
    found: list[dict[str, str]] = []

    def add(command: str, why: str) -> None:
        found.append({"command": command, "why": why})

    outbox = result["outbox"]
    if outbox.get("contested"):
        lost = "your offline write" if outbox["contested"] == 1 else f"{outbox['contested']} of your offline writes"
        add("gitcoord sync", f"{lost} lost when landing")
    road = (result.get("transport") or {}).get("mode")
    if outbox.get("pending") and road == "tree":
        add("git add .gitcoord/outbox && git commit && git push", "your writes publish when your branch is pushed")
    elif outbox.get("pending") and road != "carrier":
        add("gitcoord sync", f"{counted(outbox['pending'], 'write', be=True)} not on the remote yet")
    if result["quarantined"]:
        add("gitcoord doctor", f"{counted(len(result['quarantined']), 'file')} of the sync branch cannot be read")
    for each in _named(result["questions"])[:2]:
        add(f'gitcoord decide {each["alias"]} "…"', f"{each.get('asked_by')} waits for it")
    for each in [one for one in result.get("threads") or [] if one.get("waiting_for_me")][:1]:
        if int(each.get("message_count") or 0) >= int(each.get("max_messages") or 10):
            add(f'gitcoord thread close {each["alias"]} --summary "…"', "it is full: say what came of it")
        else:
            add(f'gitcoord thread reply {each["alias"]} "…"', "they wait for you")
    for each in [one for one in result.get("messages") or [] if one.get("question")][:1]:
        add(f'gitcoord msg reply {each["alias"]} "…"', f"{each.get('from')} asks you")
    for each in [one for one in result.get("requests") or [] if one.get("kind") == "request"][:1]:
        who = f"{each.get('agent')} asks for {each.get('scope')}"
        add(str(each.get("command")), f"{who}: approve, deny, narrow PATTERN or coexist")
    asked = {one.get("claim") for one in result.get("requests") or []}  # not renewed before it is answered
    late = [each for each in result["claims"] if (each.get("ending") or each.get("lapsed")) and each["id"] not in asked]
    if late:
        aliases = " ".join(str(each["alias"]) for each in late[:3])
        over = any(each.get("lapsed") or each.get("state") == "expired" for each in late[:3])
        add(f"gitcoord renew {aliases}", "it ran out: do not edit before this says renewed" if over
            else "less than a quarter of the time is left; once it is over, stop editing")  # fmt: skip
    if result["handoffs"]:
        newest = result["handoffs"][0]
        add(f"gitcoord show {newest.get('alias') or newest['id']}", f"{newest.get('agent')} handed work over")
    _add_work(result, add)
    return found[:5]


def _add_work(result: dict[str, Any], add: Callable[[str, str], None]) -> None:
    me = result["me"]
    own = [each for each in result["tasks"] if each.get("assignee") == me["agent"]]
    free = [each for each in result["tasks"] if each.get("state") == "open" and not each.get("assignee")]
    if own:
        add(f"gitcoord task done {own[0].get('alias')}", f"when finished: {own[0].get('title')}")
    elif free:
        why = f"suits {free[0]['suits']}" if free[0].get("suits") else "nobody has it"
        add(f"gitcoord task claim {free[0].get('alias')}", f"{why}: {free[0].get('title')}")
    if not me["joined"] and not result["outbox"].get("pending"):  # what waits may be that very step
        add("gitcoord join", "you are in no co-op")
    if me["joined"] and (result.get("coop") or {}).get("status") == "expired":
        add('gitcoord update "…"', "the co-op was silent for long; the next word brings it back")
    if not any(each.get("mine") for each in result["claims"]) and not result["outbox"].get("pending"):
        add("gitcoord claim PATH", "you hold nothing; claim what you will edit")


def _named(entities: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in entities if each.get("alias")]
