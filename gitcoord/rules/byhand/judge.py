"""Whether a file that somebody edited by hand may stand: the checks of a generic write, and no deletion.

What carries a promise (who holds a claim, what was decided) is changed by its own command only, by hand too. A decision's
way from ``proposed`` to ``ratified`` is the exception: that is what a merged proposal is.
"""

from __future__ import annotations

from gitcoord.codec import yaml
from gitcoord.model.entity import Entity
from gitcoord.model.kinds import KINDS
from gitcoord.rules.asked import MAX_TITLE, Refusal
from gitcoord.rules.entities import MADE_BY, check_protected
from gitcoord.rules.sizes import check_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.rules.byhand.step import Change

PLAIN = "100644"
PROPOSED, RATIFIED, WITHDRAWN = "proposed", "ratified", "withdrawn"
_DECIDED = ("decided", RATIFIED)
#: Fields of a decision that only its ratification writes.
_TAKEN = ("status", "ratified_by", "ratified_at")


class Unfit(Exception):
    """Why the last good state stays in force."""


def judged(kind: str, id: str, before: Entity | None, change: Change, raw: Entity | None = None) -> Entity:
    """The entity as it stands now. Raises Unfit. ``raw``: what the file said when ``before`` was made of it, with more."""
    if change.data is None:
        raise Unfit("deleted by hand, and nothing here is ever deleted")
    if change.mode != PLAIN:
        raise Unfit("no plain file any more")
    try:
        after = yaml.decode(kind, change.data, id=id)
    except yaml.Malformed as problem:
        raise Unfit(problem.reason) from None
    if raw is not None and before is not None:
        after = _rebased(raw, before, after)
    if _unfinished(after.body) and not (before is not None and _unfinished(before.body)):
        raise Unfit("conflict markers of an unfinished merge")
    try:
        _check_title(after)
        check_size([after])
        if before is None:
            _check_new(after)
        else:
            _check_changed(before, after)
    except Refusal as refusal:
        raise Unfit(" ".join((refusal.message.rstrip("."), f"({refusal.hint})" if refusal.hint else "")).strip()) from None
    return after


def _rebased(raw: Entity, before: Entity, after: Entity) -> Entity:
    """Of a second edit by hand before anything landed: what it left alone is as the first one was taken."""
    left = {name: value for name, value in before.values.items() if raw.values.get(name) == after.values.get(name)}
    return after.changed(**left)


def _unfinished(body: str) -> bool:
    """Whether a merge left both its markers in the text."""
    found = [line[:8] for line in body.splitlines() if line.startswith(("<<<<<<< ", ">>>>>>> "))]
    return len(set(found)) == 2


def _check_title(after: Entity) -> None:
    title = after.get("title")
    if isinstance(title, str) and len(title) > MAX_TITLE:
        raise Refusal("cap-exceeded", f"the title has {len(title)} characters; at most {MAX_TITLE} are allowed")


def _check_new(after: Entity) -> None:
    kind = after.kind
    if kind in MADE_BY:
        raise Refusal("invalid-arguments", f"a {kind} is made by its own command", MADE_BY[kind])
    if after.alias:
        raise Refusal("invalid-arguments", f"alias {after.alias}: numbers are given when it lands; leave the line out")
    fresh = {field.name: field.default for field in KINDS[kind].fields}
    given = {name: value for name, value in after.values.items() if name in fresh and name not in ("id", *_own(kind))}
    check_protected(Entity(kind, fresh), given)


def _check_changed(before: Entity, after: Entity) -> None:
    changed = differences(before, after)
    if before.kind == "decision":
        _check_status(str(before.get("status")), str(after.get("status")))
    given = {name: value for name, value in changed.items() if name not in _own(before.kind)}
    check_protected(before, given)


def _own(kind: str) -> tuple[str, ...]:
    return _TAKEN if kind == "decision" else ()


def _check_status(before: str, after: str) -> None:
    if before == after or (before == PROPOSED and after in (*_DECIDED, WITHDRAWN)):
        return
    raise Refusal("invalid-arguments", f"a decision that is {before} does not become {after}", "gitcoord decide")


def differences(before: Entity, after: Entity) -> dict[str, Any]:
    """Fields (and ``body``) that differ, with their value now."""
    names = {**before.values, **after.values}
    found = {name: after.values.get(name) for name in names if before.values.get(name) != after.values.get(name)}
    if before.body != after.body:
        found["body"] = after.body
    return found


def is_ratified(before: Entity | None, after: Entity) -> bool:
    """Whether this very edit ratifies a decision: a proposed one that is decided now, or one that came in whole."""
    if after.kind != "decision" or after.get("status") not in _DECIDED:
        return False
    return before is None or before.get("status") == PROPOSED
