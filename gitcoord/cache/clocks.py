"""What this clone saw with its own clocks (protocol section 4), for the evidence of a take-over.

Kept beside the projection and not part of it: two clones see different things. Losing it makes nobody a holder
less; it only takes longer until somebody else may take over.
"""

from __future__ import annotations

from gitcoord.clock import parse_instant
from gitcoord.sql import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.cache.database import Observed

#: Clocks drift; bounds older than this bound nothing.
LASTING = 86400.0


def note_tokens(connection: sqlite3.Connection, claims: Iterable[tuple[str, str]], now: Observed) -> None:
    """``(id, lease token)`` of active claims: when this very token was first seen here."""
    connection.executemany(
        "INSERT INTO observations VALUES(?, ?, ?, ?, ?) ON CONFLICT(claim_id) DO UPDATE SET token = excluded.token,"
        " boot_id = excluded.boot_id, elapsed = excluded.elapsed, wall = excluded.wall WHERE token <> excluded.token",
        [(id, token, now.boot_id, now.elapsed, now.wall) for id, token in claims],
    )


def restart(connection: sqlite3.Connection, now: Observed) -> None:
    """After a reboot the clock without jumps begins anew, and so does every observation."""
    connection.execute(
        "UPDATE observations SET boot_id = ?, elapsed = ?, wall = ? WHERE boot_id <> ?",
        (now.boot_id, now.elapsed, now.wall, now.boot_id),
    )


def bound(connection: sqlite3.Connection, arrived: list[tuple[str, str, str]], now: Observed) -> None:
    """How far the clocks of those can be off whose intents landed since the last look.

    An intent is written, and later landed, by its session's machine; both stamps are that machine's. It was written
    before now, so its clock is ahead of ours by at least (written - now). It was landed after a fetch that did not
    bring it, so by at most (landed - that fetch). The stamp of the landing may be *later* than the clock it was read
    from (a commit never precedes its parent), never earlier, so it must not serve for the lower bound. What a peer
    adopted carries the stamp of the peer, and is not among those that arrived.
    """
    before = _absent_at(connection, now)
    connection.executemany(
        "INSERT OR REPLACE INTO meta VALUES(?, ?)", [("looked_at", now.wall), ("fetched_before", now.previous)]
    )
    if before is None or before > now.wall:
        return
    found: dict[str, tuple[float, float]] = {}
    for session, asked_at, landed_at in arrived:
        try:
            written, landed = parse_instant(asked_at), parse_instant(landed_at)
        except ValueError:
            continue
        low, high = found.get(session, (float("-inf"), float("inf")))
        found[session] = (max(low, written - now.wall), min(high, landed + 1 - before))
    for session, (low, high) in found.items():
        if session and low <= high:
            _narrow(connection, session, low, high, now)


def _absent_at(connection: sqlite3.Connection, now: Observed) -> float | None:
    """The latest time at which what is new now is known to have been absent.

    That is the previous fetch if the last projection came after it; else there was a fetch in between whose tip
    nobody looked at, and only the fetch before the last projection is sure.
    """
    last = dict(connection.execute("SELECT name, value FROM meta WHERE name IN ('looked_at', 'fetched_before')").fetchall())
    if now.previous is None or last.get("looked_at") is None:
        return None
    if now.previous <= last["looked_at"]:
        return now.previous
    found: float | None = last.get("fetched_before")
    return found


def _narrow(connection: sqlite3.Connection, session: str, low: float, high: float, now: Observed) -> None:
    known = offset(connection, session, now)
    if known is not None and known[0] <= high and low <= known[1]:
        low, high = max(low, known[0]), min(high, known[1])
    connection.execute(
        "INSERT OR REPLACE INTO clock_bounds VALUES(?, ?, ?, ?, ?, ?)",
        (session, low, high, now.boot_id, now.elapsed, now.wall),
    )


def offset(connection: sqlite3.Connection, session: str, now: Observed) -> list[float] | None:
    """``[low, high]``: by how many seconds that session's clock is ahead of ours, as ours stands now."""
    found = connection.execute(
        "SELECT low, high, boot_id, elapsed, wall FROM clock_bounds WHERE session_id = ?", (session,)
    ).fetchone()
    if found is None or found[2] != now.boot_id or not 0 <= now.elapsed - found[3] < LASTING:
        return None
    moved = (now.wall - now.elapsed) - (found[4] - found[3])
    return [found[0] - moved, found[1] - moved]


def seen_for(connection: sqlite3.Connection, claim_id: str, token: str, now: Observed) -> float | None:
    """For how many seconds this clone has seen this lease token unchanged."""
    found = connection.execute(
        "SELECT elapsed FROM observations WHERE claim_id = ? AND token = ? AND boot_id = ?", (claim_id, token, now.boot_id)
    ).fetchone()
    return None if found is None or not now.boot_id else max(0.0, now.elapsed - found[0])
