"""``why PATH``: what happened to a path, for whoever asks how two people came to edit it."""

from __future__ import annotations

from gitcoord.actions.targets import scopes_of
from gitcoord.rules.claims.conflict import candidates, scope_of
from gitcoord.rules.claims.holds import HOLD
from gitcoord.rules.claims.objects import claim_object, expires_at
from gitcoord.rules.claims.overlap import overlaps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace

#: Records of a kind that are looked at, the newest first. Ended claims stand in no index of paths.
LOOKED = 5000


def why(ws: Workspace, target: str, limit: int | None = None) -> dict[str, Any]:
    """Who holds what a target names, and its story, newest first; at ``--at`` as it was then."""
    from gitcoord.rules.why import holders, story

    scope, reader, now = scopes_of(ws, [target])[0], ws.reader(), ws.now()
    fold, margin = bool(ws.settings.get("claims.fold_case")), float(ws.settings.get("claims.clock_margin"))
    claims = _newest(ws, "claim")
    known = {each.id for each in claims}
    claims += [each for each in candidates(reader, scope) if each.id not in known]
    found = story(
        scope, claims, _newest(ws, "request"), _newest(ws, "queue"), _newest(ws, "attic", of_kind="claim"),
        _newest(ws, "handoff"), now, margin, fold,
    )  # fmt: skip
    held = holders(candidates(reader, scope), scope, now, margin, fold)
    result: dict[str, Any] = {"path": scope.scope, "holders": [claim_object(each, now, margin=margin) for each in held]}
    kept = [each for each in claims if each.get("state") == HOLD and expires_at(each) > now]
    holds = [claim_object(each, now) for each in kept if overlaps(scope, scope_of(each), fold)]
    result.update({"holds": holds} if holds else {}, **_owned(ws, scope.path, fold))
    ids = {each.id for each in held}
    past = [each for each in found if each["id"] not in ids]
    result["history"] = past if limit is None else past[:limit]
    if len(claims) >= LOOKED:
        result["note"] = f"only the newest {LOOKED} claims were looked at"
    return {**result, "as_of": ws.as_of()}


def _newest(ws: Workspace, kind: str, **equals: Any) -> list[Entity]:
    return list(ws.reader().find(kind, order="-id", limit=LOOKED, **equals))


def _owned(ws: Workspace, path: str, fold: bool) -> dict[str, Any]:
    from gitcoord.rules.owners.policy import in_force

    won = in_force(ws.reader()).policy.winner(path.rstrip("/"), fold)
    return {} if won is None else {"module": won[0].name, "owners": list(won[0].owners)}
