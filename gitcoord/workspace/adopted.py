"""What one run of adoption found, as its answer tells it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.store.rounds import Decided

_REFUSED = ("branch", "intent", "agent", "kind", "code", "message")


class Adopted:
    """What one run found. ``landed`` and ``refused`` tell of intents, ``unusable`` of files that are none."""

    def __init__(self) -> None:
        self.landed: list[dict[str, Any]] = []
        self.refused: list[dict[str, Any]] = []
        self.unusable: list[dict[str, Any]] = []
        self.untold: set[str] = set()
        self.branches = self.more = 0
        self.note = ""
        #: Branches that were named and looked at, wherever they are.
        self.seen: set[str] = set()

    def as_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {"adopted": self.landed, "refused_carried": self.refused, "unusable": self.unusable}
        if self.untold:
            told["refused_more"] = len(self.untold)
        return {**told, "adopted_total": len(self.landed), "more": self.more, **({"adoption": self.note} if self.note else {})}

    def __bool__(self) -> bool:
        return bool(self.landed or self.refused or self.unusable or self.more or self.note)

    def tell(self, landed: list[Decided]) -> None:
        """Take note of what landed: intents, and refusals of intents."""
        for each in landed:
            if each.intent.kind == "carrier.refuse":
                self.refused.append({name: each.intent.args[name] for name in _REFUSED})
                continue
            self.landed.append({
                "intent_id": each.intent.id, "kind": each.intent.kind, "agent": each.intent.agent,
                "outcome": str(each.landed.result.get("outcome") or "landed"), "subject": each.landed.subject,
                "via": each.via, "branch": each.via.partition(" ")[2], "revision": each.revision,
            })  # fmt: skip
