"""Files of the branch that are no entities, when somebody edits them by hand: settings, format, policy."""

from __future__ import annotations

from gitcoord.codec import yaml
from gitcoord.rules.initial import FORMAT_FILE, SETTINGS_FILE
from gitcoord.rules.owners.policy import FILE as OWNERS
from gitcoord.rules.owners.policy import GOOD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.rules.byhand.step import Change

PLAIN = "100644"
KEPT = (SETTINGS_FILE, FORMAT_FILE, OWNERS, GOOD, ".gitattributes")
_GONE = "deleted by hand, and nothing here is ever deleted"


def is_kept(path: str) -> bool:
    """Whether a hand is looked at that touches this file."""
    return path in KEPT or (path.startswith("journal/") and path.endswith(".jsonl"))


def kept(path: str, before: bytes | None, change: Change) -> tuple[bytes | None, str]:
    """What stands at this path from now on, and why it is not what the hand wrote; an empty reason: it is.

    An ownership policy that cannot be used stays where it is, for its author to mend: its last good copy is in force.
    """
    if change.data is None:
        return before, _GONE if before is not None else ""
    if change.mode != PLAIN:
        return before, "no plain file any more"
    if path.startswith("journal/"):
        return _journal(before or b"", change.data)
    if path == SETTINGS_FILE and before is not None:
        try:
            told = signing_of(change.data)
        except yaml.Malformed as problem:
            return before, problem.reason
        try:
            known = signing_of(before)
        except yaml.Malformed:
            known = {}
        if known.get("signing.mode") == "strict" and told != known:
            return before, "settings of signing are changed by a signed landing only (gitcoord config set)"
    return change.data, ""


def signing_of(data: bytes) -> dict[str, object]:
    """What a text of the settings says of signing. Raises Malformed."""
    found: dict[str, object] = {}
    for name, value in yaml.decode_tree(data).items():
        if name == "signing" and isinstance(value, dict):
            found.update({f"signing.{key}": each for key, each in value.items()})
        elif name.startswith("signing."):
            found[name] = value
    return found


def _journal(before: bytes, after: bytes) -> tuple[bytes, str]:
    """Landed lines stay, in their order; what a merge by lines added stands behind them."""
    if after.startswith(before):
        return after, ""
    had = before.splitlines(keepends=True)
    known = set(had)
    lost = known - set(after.splitlines(keepends=True))
    added = [line for line in after.splitlines(keepends=True) if line not in known]
    return b"".join((*had, *added)), "lines that had landed were changed or removed" if lost else ""
