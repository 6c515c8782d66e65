"""Whether what became of a foreign intent can be written at all: known before it joins a commit with those of others."""

from __future__ import annotations

from gitcoord.codec import yaml
from gitcoord.codec.journal import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Landed


def check_writable(intent: Intent, landed: Landed) -> None:
    """Raises ValueError: no file or line of the branch can hold it."""
    for entity in landed.changes:
        yaml.encode(entity)
    for text in landed.files.values():
        text.encode()
    events = [{"type": each.type, "refs": each.refs, "body": each.body} for each in landed.events]
    encode_line({
        "events": events, "actor": intent.actor, "key": intent.key, "seen": intent.seen, "result": landed.result,
        "subject": landed.subject, "digest": intent.digest(),
    })  # fmt: skip
