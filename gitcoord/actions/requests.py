"""Asking a holder to give a claim up, answering, and the list of what waits for an answer."""

from __future__ import annotations

from gitcoord.errors import Ambiguous, GitcoordError, InvalidArguments
from gitcoord.rules.requests import PENDING, request_object, shown_state
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.cache.queries import Reader
    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace

#: More than this fit in no answer.
MOST = 60
_NOTICES = 10


def request_release(
    ws: Workspace,
    reference: str,
    reason: str,
    urgency: str = "normal",
    wait: int | None = None,
    wanted: list[str] | None = None,
    block: bool = True,
) -> dict[str, Any]:
    """File a request; with ``wait`` stand in the queue for it, and wait."""
    from gitcoord.actions import queue
    from gitcoord.actions.references import one

    seconds = queue.checked_wait(wait)
    if not reason.strip():
        raise InvalidArguments("Say why.", hint=f'gitcoord request-release {reference} --reason "…"')
    identity = ws.identity()
    asked = _by_target(ws, reference) or one(ws, reference, "claim")
    args: dict[str, Any] = {
        "claim": asked.id, "reason": reason, "urgency": urgency, "branch": ws.repo.head()[0],
    }  # fmt: skip
    if identity.coop:
        args["coop"] = identity.coop
    if wanted:
        args["wanted"] = _scopes(ws, wanted)
    if seconds:
        args["wait"], args["blocking"] = seconds, block
    filed = ws.submit("request.file", args, 2, identity=identity)
    if not seconds or not block or filed.get("state") != "confirmed" or not filed.get("queue"):
        return filed
    granted = queue.wait(ws, filed, seconds)
    names = ("id", "alias", "claim", "scope", "holder", "agent", "state")  # the claim is what matters now: it comes whole
    return {**granted, "requests": [{name: each.get(name) for name in names} for each in filed["requests"]]}


def _by_target(ws: Workspace, reference: str) -> Entity | None:
    """The one claim of somebody else on what a target names; None when the word is the name of a claim, or nothing is held.

    Raises Ambiguous when several are: each holder has to be asked.
    """
    if not reference.strip() or ws.reader().resolve("claim", reference.strip()):
        return None
    from gitcoord.actions.targets import scopes_of
    from gitcoord.rules.claims.conflict import candidates, scope_of
    from gitcoord.rules.claims.overlap import overlaps

    try:
        scope = scopes_of(ws, [reference])[0]
    except GitcoordError:  # no target either
        return None
    who, reader = ws.who(), ws.reader()
    found = [each for each in candidates(reader, scope) if overlaps(scope, scope_of(each)) and not _is_mine(each, who)]
    if len(found) > 1:
        names = [str(each.alias) for each in found]
        raise Ambiguous(
            f"{len(found)} claims hold {one_line(reference, 120)}: {', '.join(names[:8])}.",
            hint=f'gitcoord request-release {names[0]} --reason "…"', candidates=names[:8],
        )  # fmt: skip
    return found[0] if found else None


def _scopes(ws: Workspace, targets: list[str]) -> list[dict[str, Any]]:
    from gitcoord.actions.targets import is_directory
    from gitcoord.rules.claims.scope import parse

    found = [parse(target, is_directory=lambda path: is_directory(ws, path)) for target in targets]
    return [{"kind": each.kind, "scope": each.scope, "symbols": list(each.symbols)} for each in found]


def respond(ws: Workspace, reference: str, answer: str, words: list[str], reason: str = "") -> dict[str, Any]:
    """Answer a request for a claim of mine: approve, deny, narrow PATTERN, coexist [SYMBOL…]."""
    from gitcoord.actions.references import one

    args: dict[str, Any] = {"request": one(ws, reference, "request").id, "answer": answer, "reason": reason}
    if answer == "narrow":
        if len(words) != 1:
            raise InvalidArguments("Say what you keep.", hint=f"gitcoord respond {reference} narrow src/auth/login.py")
        args["to"] = _scopes(ws, words)
    elif answer == "coexist" and words:
        args["symbols"] = words
    elif words:
        raise InvalidArguments(f"{answer} takes no further words.", hint=f'gitcoord respond {reference} {answer} --reason "…"')
    args["branch"] = ws.repo.head()[0]
    return ws.submit("request.respond", args, 1)


# Lists.


def for_me(ws: Workspace, reader: Reader, who: dict[str, set[str]]) -> list[dict[str, Any]]:
    """What the brief of an agent should show: requests that wait for its answer, then its own places in the queue.

    Each has ``kind`` (``request`` or ``queue``) and ``command``, the one that helps. By index: two questions, whatever
    the size of the state.
    """
    now = ws.now()
    found = [
        {"kind": "request", **request_object(each, now), "command": f"gitcoord respond {each.alias} ANSWER"}
        for each in reader.find("request", state=PENDING, limit=MOST)
        if shown_state(each, now) == PENDING and _asks(each, who)
    ]
    waiting = reader.find("queue", state="waiting", limit=MOST)
    if any(each.get("agent_id") in who["agents"] for each in waiting):
        from gitcoord.actions.queue import described
        from gitcoord.rules.queue.entries import in_order
        from gitcoord.rules.queue.entries import shown_state as shown

        queue = in_order((each for each in waiting if shown(each, now) == "waiting"), now, ws.settings)
        found += [
            {"kind": "queue", **described(ws, reader, each, queue, now), "command": f"gitcoord queue cancel {each.alias}"}
            for each in queue if each.get("agent_id") in who["agents"]
        ]  # fmt: skip
    return found


def _asks(request: Entity, who: dict[str, set[str]]) -> bool:
    return request.get("holder_id") in who["agents"] or request.get("holder_session") in who["sessions"]


def _is_mine(entity: Entity, who: dict[str, set[str]]) -> bool:
    return entity.get("agent_id") in who["agents"] or entity.get("session_id") in who["sessions"]


def requests(
    ws: Workspace, mine: bool = False, pending: bool = False, queued: bool = False, all_: bool = False
) -> dict[str, Any]:
    """The inbox of negotiation: requests to me, those that I filed, my claims that were narrowed, my writes that lost.

    ``mine``: only what I filed; ``pending``: only what waits for my answer; ``queued``: my places in the queue too;
    ``all_``: everybody's, answered ones included.
    """
    reader, now, who = ws.reader(), ws.now(), ws.who()
    if all_:
        found = reader.find("request", order="-id", limit=MOST)
    else:
        found = [each for each in reader.find("request", order="-id", limit=200) if _asks(each, who) or _is_mine(each, who)]
    if mine:
        found = [each for each in found if _is_mine(each, who)]
    if pending:
        found = [each for each in found if shown_state(each, now) == PENDING and _asks(each, who)]
    found.sort(key=lambda each: shown_state(each, now) != PENDING)
    shown = [{**request_object(each, now), **({"to_me": True} if _asks(each, who) else {})} for each in found[:MOST]]
    result: dict[str, Any] = {"requests": shown}
    if queued:
        from gitcoord.actions.queue import queue

        result["queue"] = queue(ws, mine=True)["queue"]
    if not (mine or pending):
        result["notices"] = _notices(reader, who)
    return {**result, "as_of": ws.as_of()}


def _notices(reader: Reader, who: dict[str, set[str]]) -> list[dict[str, Any]]:
    """What was decided over my head: claims of mine that gave way to symbols, writes of mine that lost."""
    found = []
    for each in reader.events(types=["claim.narrowed", "claim.contested"], newest_first=True, limit=100):
        actor, body = each.get("actor") or {}, each.get("body") or {}
        by_me = actor.get("agent_id") in who["agents"] or actor.get("session_id") in who["sessions"]
        if each["type"] == "claim.contested":
            if by_me:
                said = {"scope": body.get("message"), "attic": (each.get("refs") or {}).get("attic")}
                found.append({"type": each["type"], "ts": each.get("ts"), **said})
        elif not by_me and _holds(reader, each, who):
            said = {"claim": body.get("alias"), "scope": body.get("scope"), "by": body.get("by"), "to": body.get("to")}
            found.append({"type": each["type"], "ts": each.get("ts"), **said})
        if len(found) >= _NOTICES:
            break
    return found


def _holds(reader: Reader, event: dict[str, Any], who: dict[str, set[str]]) -> bool:
    claim = reader.get("claim", str((event.get("refs") or {}).get("claim") or ""))
    return claim is not None and _is_mine(claim, who)
