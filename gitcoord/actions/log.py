"""History: the landed intents in order, the digest of the whole state, and the taxonomy of events."""

from __future__ import annotations

from gitcoord.errors import InvalidArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.workspace import Workspace


def log(
    ws: Workspace,
    *,
    since: str | None = None,
    until: str | None = None,
    limit: int | None = None,
    agent: str | None = None,
    kind: str | None = None,
) -> dict[str, Any]:
    """Landed intents, oldest first, each with revision, id, kind, agent, session, time, commit and references.

    ``since`` (exclusive) and ``until`` (inclusive) are revisions or instants. With ``limit`` the newest of them.
    """
    if kind:
        _check_kind(kind)
    reader = ws.reader()
    low = revision(ws, since) if since else 0
    high = revision(ws, until) if until else None
    narrow = bool(agent or kind)
    found = reader.intents(since=low, until=high)
    if narrow:
        found = [each for each in found if (not agent or each.get("agent") == agent) and _is_kind(each, kind)]
    if limit is not None:
        found = found[-limit:] if limit else []
    return {"log": _with_commits(ws, found), "as_of": ws.as_of()}


def _with_commits(ws: Workspace, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with the commit that landed it: the oldest one whose revision reaches that of the intent."""
    from gitcoord.store import history

    waiting = sorted(found, key=lambda each: int(each["revision"]))
    newer = ""
    for commit in history.first_parents(ws.objects, ws.reader().commit):
        if not waiting:
            break
        reached = commit.revision if commit.revision is not None else history.revision_of(ws.objects, commit.oid, {})
        while waiting and int(waiting[-1]["revision"]) > reached:
            waiting.pop()["commit"] = newer or commit.oid
        newer = commit.oid
    for each in waiting:
        each["commit"] = newer or None
    return found


def _is_kind(intent: dict[str, Any], kind: str | None) -> bool:
    named = str(intent.get("kind"))
    return not kind or named == kind or named.startswith(kind + ".")


def _check_kind(kind: str) -> None:
    """An intent of a newer version may be in the log under a kind that is not known here; ``x-`` ones as well."""
    from gitcoord.rules import TABLE

    known = {*TABLE, *(name.partition(".")[0] for name in TABLE)}
    if kind in known or kind.startswith("x-"):
        return
    from gitcoord.text import nearest, one_line

    near = nearest(kind, sorted(known))
    raise InvalidArguments(
        f"No intent is of the kind {one_line(kind, 40)!r}." + (f" Did you mean {', '.join(near)}?" if near else ""),
        hint="gitcoord log --kind claim",
    )


def revision(ws: Workspace, text: str) -> int:
    """The revision that a number, or the last one before an instant, means."""
    plain = text.strip().removeprefix("r")
    if plain.isascii() and plain.isdigit() and len(plain) < 16:
        return int(plain)
    from gitcoord import clock

    try:
        instant = clock.parse_instant(text.strip())
    except ValueError:
        from gitcoord.text import one_line, parse_duration

        try:
            instant = ws.now() - parse_duration(text.strip())
        except InvalidArguments:
            raise InvalidArguments(
                f"{one_line(text, 40)!r} is neither a revision, an instant nor a duration.",
                hint="gitcoord log --since 120   or --since 2026-11-21T09:30:00Z   or --since 2h",
            ) from None
    return ws.reader().revision_at(instant) or 0


def digest(ws: Workspace) -> dict[str, Any]:
    """A hash of the whole state at the known tip: equal tips give equal digests, whatever the road."""
    reader = ws.reader()
    return {"digest": reader.digest(), "revision": reader.revision, "commit": reader.commit, "as_of": ws.as_of()}


def event_types() -> dict[str, Any]:
    """Every type of event with what it means; ``meaningful`` ones are worth somebody's attention."""
    from gitcoord.rules import events

    types = [
        {"type": name, "meaning": meaning, "meaningful": events.meaningful(name)}
        for name, meaning in sorted(events.TAXONOMY.items())
    ]
    return {"types": types}
