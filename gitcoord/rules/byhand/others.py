"""Files of the branch that are no entities, when somebody edits them by hand: settings, format, policy."""

from __future__ import annotations

from gitcoord.codec import yaml
from gitcoord.rules.initial import FORMAT_FILE, SETTINGS_FILE
from gitcoord.rules.owners.policy import FILE as OWNERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.rules.byhand.step import Change

KEPT = (SETTINGS_FILE, FORMAT_FILE, OWNERS)
_GONE = "deleted by hand, and nothing here is ever deleted"


def kept(path: str, before: bytes | None, change: Change) -> tuple[bytes | None, str]:
    """What stands at this path from now on, and why it is not what the hand wrote; an empty reason: it is.

    An ownership policy that cannot be used stays where it is, for its author to mend: its last good copy is in force.
    """
    if change.data is None:
        return before, _GONE if before is not None else ""
    if path == SETTINGS_FILE and before is not None:
        try:
            yaml.decode_tree(change.data)
        except yaml.Malformed as problem:
            return before, problem.reason
    return change.data, ""
