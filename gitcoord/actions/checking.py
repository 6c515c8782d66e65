"""Whether something could be claimed now, and whatever else a claimant should know. Writes nothing."""

from __future__ import annotations

from gitcoord.actions.targets import SAMPLE, Tracked, add_files, asked_scopes, written
from gitcoord.rules.claims.conflict import conflicts as conflicts_with
from gitcoord.rules.claims.scope import Scope
from gitcoord.rules.claims.words import conflict
from gitcoord.text import as_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.rules.owners.grant import Ownership
    from gitcoord.workspace.workspace import Workspace


def check(
    ws: Workspace, targets: list[str], symbols: list[str] | None = None, symbol_check: bool = True
) -> dict[str, Any]:
    """Whether these could be claimed now: ``free`` and the ``conflicts``. Writes nothing."""
    scopes = asked_scopes(ws, targets, symbols, symbol_check)
    who = ws.who()
    snapshot = ws.reader()
    found: list[dict[str, Any]] = []
    tracked = Tracked(ws)
    now = ws.now()
    told, policy = _owned(ws, scopes)
    for scope in scopes:
        mode = "exclusive" if policy is None else policy.mode(scope, "exclusive")
        for held in conflicts_with(snapshot, scope, who["agents"], who["sessions"], mode, now, ws.settings):
            found.append(conflict(written(scope), held, now))
    found += _unlanded(ws, snapshot, scopes, who, now)
    if found:
        add_files(found, tracked, scopes)
    hard = any(each["enforcement"] == "hard" for each in told.get("ownership") or ())
    before = {} if found else _who_waits(ws, scopes, who, now)
    beside = _giving_way(ws, scopes, who) if not found else []
    result = {"free": not found and not hard and not before, "conflicts": found, **before, **told}
    if not result["free"]:
        result["suggestion"] = _suggestion(found, before, scopes)
    return {**result, **({"beside": beside} if beside else {}), "as_of": ws.as_of()}


def _suggestion(found: list[dict[str, Any]], before: dict[str, Any], scopes: list[Scope]) -> str:
    """The command that helps whoever is in the way."""
    wanted = " ".join(as_word(written(each)) for each in scopes[:5])
    if found and all(each["claim"].get("state") == "hold" for each in found):
        return f"gitcoord claim {wanted} --accept-divergence"
    if found or before:
        return f"gitcoord claim {wanted} --wait 10m"
    return f"gitcoord claim {wanted} --accept-ownership"


def _who_waits(ws: Workspace, scopes: list[Scope], who: dict[str, set[str]], now: float) -> dict[str, Any]:
    """What is held by nobody is not free while somebody waits for it who comes first."""
    snapshot: Any = ws.reader()
    if not snapshot.find("queue", state="waiting", limit=1):
        return {}
    from gitcoord.rules.queue.entries import entry_object, overtaking

    asked = [(scope, "exclusive") for scope in scopes]
    found = overtaking(snapshot, asked, "normal", who["agents"], who["sessions"], now, ws.settings)
    waiting = {entry.id: entry for _, entry in found}
    return {"queue": [entry_object(each, now) for each in list(waiting.values())[:SAMPLE]]} if waiting else {}


def _owned(ws: Workspace, scopes: list[Scope]) -> tuple[dict[str, Any], Ownership | None]:
    """What the ownership policy says about a claim on these, as the claim itself would be told."""
    reader = ws.reader()
    if reader.file("policy/owners.yml") is None and reader.file("policy/owners.good.yml") is None:
        return {}, None
    from gitcoord.actions.owners import ownership
    from gitcoord.errors import GitcoordError

    policy = ownership(ws)
    try:
        agent = ws.identity().agent
    except GitcoordError:
        agent = ""
    foreign = policy.foreign(scopes, agent)
    notes = policy.notes(scopes, [each for each in foreign if not each.module.hard])
    told: dict[str, Any] = {"ownership": [each.as_json() for each in foreign]} if foreign else {}
    return {**told, **({"warnings": notes} if notes else {})}, policy


def _unlanded(
    ws: Workspace, snapshot: Any, scopes: list[Scope], who: dict[str, set[str]], now: float
) -> list[dict[str, Any]]:
    """Work of others that was given back and is neither landed nor below our HEAD."""
    from gitcoord.rules.claims import holds as rules

    if not snapshot.count("claim", state=rules.HOLD):
        return []
    from gitcoord.actions import holds

    met = rules.met(snapshot, scopes, tuple(who["agents"]), tuple(who["sessions"]), now, ws.settings)
    known = holds.evidence(ws, [rules.work_of(held) for _, held in met])
    past = {*known["contains"], *known["landed"]}
    return [
        conflict(written(scope), held, now)
        for scope, held in met
        if rules.commit_of(held) not in past
    ]


def _giving_way(ws: Workspace, scopes: list[Scope], who: dict[str, Any]) -> list[dict[str, Any]]:
    """Claims of others on the file that would give way to these symbols."""
    found: dict[str, dict[str, Any]] = {}
    for scope in scopes:
        if scope.kind == "symbol":
            from gitcoord.rules.claims.conflict import NARROW, met

            for held, way, _ in met(ws.reader(), scope, who["agents"], who["sessions"], "exclusive", ws.now(), ws.settings):
                if way == NARROW:
                    shown = {name: held.get(name) for name in ("alias", "scope", "agent", "expires_at")}
                    found[held.id] = {"met": "narrowed", **shown}
    return list(found.values())
