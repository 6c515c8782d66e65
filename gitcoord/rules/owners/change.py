"""``owners.set``: an edit of the policy, decided on the policy that stands at the tip.

Edits meet there like any other intents: two people who add modules at the same time both have theirs. A whole text
says on which one it rests (``base``), and is refused when that has changed.
"""

from __future__ import annotations

from gitcoord.codec import yaml
from gitcoord.hashes import sha256
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules.asked import Refusal, subject
from gitcoord.rules.owners.edit import edited
from gitcoord.rules.owners.policy import FILE, GOOD, Broken, read
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

MAX_EDITS, TOLD = 1200, 20


def digest_of(data: bytes | None) -> str:
    """What ``base`` names: a text of the policy. Empty where there is none."""
    return "" if data is None else str(sha256(data).hexdigest()[:16])


def set_policy(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """All edits, or the whole text, or nothing."""
    before, args = snapshot.file(FILE), intent.args
    base = args.get("base")
    if base is not None and base != digest_of(before):
        raise Refusal(
            "state-revision-conflict", "The ownership policy has changed since you looked.",
            "gitcoord owners list --output owners.yml, put your change in, then: gitcoord owners set owners.yml",
            expected=base, actual=digest_of(before),
        )  # fmt: skip
    text = args.get("text")
    after, told = (text.encode(), ["the whole policy"]) if isinstance(text, str) else _edited(before, args.get("edits"))
    policy = _checked(after)
    result: dict[str, Any] = {
        "outcome": "set", "changes": told[:TOLD], "total": len(policy.modules), "shared": list(policy.shared[:TOLD]),
        "base": digest_of(after),
    }  # fmt: skip
    if after == (before or b"") and (before is not None or not after):
        return Landed([], [], {**result, "outcome": "unchanged", "changes": []}, "")
    body = {"file": FILE, "changes": told[:TOLD], "reason": one_line(str(args.get("reason") or ""), 200)}
    event = Event("policy.changed", {}, {name: value for name, value in body.items() if value})
    files = {FILE: after.decode(), GOOD: after.decode()}
    return Landed([], [event], result, subject(intent, f"owners: {'; '.join(told)}"), files)


def _edited(before: bytes | None, edits: Any) -> tuple[bytes, list[str]]:
    if not isinstance(edits, list) or not 0 < len(edits) <= MAX_EDITS or not all(isinstance(each, dict) for each in edits):
        raise Refusal("invalid-arguments", "Say what to change in the policy.", "gitcoord owners add MODULE PATH --owner @a")
    try:
        if before is not None:
            read(before)
        return edited(before or b"", edits)
    except (Broken, yaml.Malformed) as reason:
        raise Refusal(
            "needs-repair", f"{FILE} cannot be used as it stands: {reason}.",
            "gitcoord owners list --output owners.yml (the last good one), correct it, then: gitcoord owners set owners.yml",
        ) from None  # fmt: skip


def _checked(after: bytes) -> Any:
    try:
        if len(after) > yaml.LIMIT:
            raise Broken(f"{len(after)} bytes; a policy has at most {yaml.LIMIT}")
        return read(after)
    except Broken as reason:
        raise Refusal("invalid-arguments", f"That is no policy: {reason}.", "gitcoord owners --help") from None
