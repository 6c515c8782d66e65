"""``why PATH``: what happened to a path, for whoever asks how two people came to edit it."""

from __future__ import annotations

from itertools import chain

from gitcoord.actions.targets import scopes_of
from gitcoord.actions.whole import Past
from gitcoord.rules.claims.conflict import candidates, scope_of
from gitcoord.rules.claims.holds import HOLD
from gitcoord.rules.claims.objects import claim_object, expires_at
from gitcoord.rules.claims.overlap import overlaps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.workspace import Workspace


def why(ws: Workspace, target: str, limit: int | None = None) -> dict[str, Any]:
    """Who holds what a target names, and its story, newest first; at ``--at`` as it was then."""
    from gitcoord.rules.why import holders, story

    scope, reader, now = scopes_of(ws, [target])[0], ws.reader(), ws.now()
    fold, margin = bool(ws.settings.get("claims.fold_case")), float(ws.settings.get("claims.clock_margin"))
    live, past = candidates(reader, scope), Past(reader)
    known = {each.id for each in live}
    ended = (each for each in past.each("claim") if each.id not in known)
    found = story(
        scope, chain(live, ended), past.each("request"), past.each("queue"), past.each("attic", of_kind="claim"),
        past.each("handoff"), now, margin, fold,
    )  # fmt: skip
    held = holders(live, scope, now, margin, fold)
    result: dict[str, Any] = {"path": scope.scope, "holders": [claim_object(each, now, margin=margin) for each in held]}
    kept = [each for each in reader.find("claim", state=HOLD) if expires_at(each) > now]
    holds = [claim_object(each, now) for each in kept if overlaps(scope, scope_of(each), fold)]
    result.update({"holds": holds} if holds else {}, **_owned(ws, scope.path, fold))
    ids = {each.id for each in held}
    over = [each for each in found if each["id"] not in ids]
    result["history"] = over if limit is None else over[:limit]
    if past.note:
        result["note"] = past.note
    return {**result, "as_of": ws.as_of()}


def _owned(ws: Workspace, path: str, fold: bool) -> dict[str, Any]:
    from gitcoord.rules.owners.policy import in_force

    won = in_force(ws.reader()).policy.winner(path.rstrip("/"), fold)
    return {} if won is None else {"module": won[0].name, "owners": list(won[0].owners)}
