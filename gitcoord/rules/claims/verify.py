"""The verdict on a push: which changed paths fall under whose claims. Indexed, not a product."""

from __future__ import annotations

from gitcoord.rules.claims.acquire import scope_of
from gitcoord.rules.claims.overlap import literal_prefix, matches
from gitcoord.rules.claims.scope import PATH_KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from gitcoord.model.entity import Entity


def blamed(
    paths: Iterable[str], claims: Iterable[Entity], agents: Collection[str], sessions: Collection[str], fold_case: bool = False
) -> list[tuple[str, Entity]]:
    """``(path, claim)`` for each changed path and each active claim of somebody else that covers it.

    Shared files never block; symbol claims are judged by the caller, who knows the changed lines.
    """
    index: dict[str, list[Entity]] = {}
    for claim in claims:
        if claim.get("agent_id") in agents or claim.get("session_id") in sessions or claim.get("state") != "active":
            continue
        kind = claim.get("kind")
        if kind not in PATH_KINDS or kind == "shared" or claim.get("mode") == "shared":
            continue
        key = literal_prefix(scope_of(claim))
        index.setdefault(key.lower() if fold_case else key, []).append(claim)
    if not index:
        return []
    found = []
    for path in paths:
        for key in _keys(path.lower() if fold_case else path):
            for claim in index.get(key, ()):
                if matches(scope_of(claim), path, fold_case):
                    found.append((path, claim))
    return found


def _keys(path: str) -> list[str]:
    keys = ["", path, path + "/"]
    at = path.find("/")
    while at >= 0:
        keys.append(path[: at + 1])
        at = path.find("/", at + 1)
    return keys
