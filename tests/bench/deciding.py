"""Deciding alone, without git: what one claim costs against ever more live claims, and the worst two patterns."""

from __future__ import annotations

import time

from measure import median, seconds
from tables import ms, table, verdict
from world import World

from gitcoord import rules
from gitcoord.cache import database, projector
from gitcoord.cache.database import Observed
from gitcoord.cache.snapshot import SqlSnapshot
from gitcoord.clock import rfc3339
from gitcoord.codec import yaml
from gitcoord.model.entity import Entity
from gitcoord.model.ids import derived_ulid
from gitcoord.model.intent import Intent
from gitcoord.model.kinds import path_of_values
from gitcoord.rules.claims.overlap import overlaps
from gitcoord.rules.claims.scope import parse
from gitcoord.settings import Settings
from gitcoord.store.objects import object_id


def measure(world: World, quick: bool) -> list[str]:
    rows, base = [], 0.0
    for live in (10, 1_000, 5_000) if quick else (10, 1_000, 5_000, 50_000):
        took = _claim(live, 51)
        base = base or took
        rows.append([f"{live:,}", ms(took), verdict(took / base, 1.5) if live == 5_000 else f"{took / base:.2f}"])
    note = "Goal: against 5,000 live claims at most 1.5 times the same claim against 10. Indexed, not scanned."
    lines = table("Deciding one claim", ["live claims", "median", "against 10"], rows, note)
    return lines + _patterns()


def _claim(live: int, runs: int) -> float:
    connection = database.open_memory()
    now = time.time()
    entries = []
    for n in range(live):
        holder = f"agent{n % 50}"
        entity = Entity("claim", {
            "id": derived_ulid("claim", str(n)), "alias": f"CLM-{n}", "state": "active", "kind": "file", "mode": "exclusive",
            "scope": f"lib/m{n % 997}/part{n}.py", "agent": holder, "agent_id": derived_ulid("agent", holder),
            "session_id": derived_ulid("session", holder), "ttl": 86400, "acquired_at": rfc3339(now),
            "expires_at": rfc3339(now + 86400), "renewed_at": rfc3339(now), "fence": 2, "lease_token": f"t{n}",
        })  # fmt: skip
        data = yaml.encode(entity)
        entries.append((path_of_values("claim", entity.values), "100644", object_id(b"blob", data, 40), data))
    form = b"format: 1\n"
    entries.append(("format.yml", "100644", object_id(b"blob", form, 40), form))
    observed = Observed("boot", 100.0, now, None)
    projector.rebuild(connection, "0" * 40, 2, iter(entries), observed, at=int(now))
    settings = Settings([])
    took = []
    for n in range(runs):
        snapshot = SqlSnapshot(connection, observed=observed)
        intent = _intent(n, now)

        def decide(snapshot: SqlSnapshot = snapshot, intent: Intent = intent) -> None:
            outcome = rules.decide(snapshot, intent, now, settings)
            assert type(outcome).__name__ == "Landed", vars(outcome) if hasattr(outcome, "__dict__") else outcome.message

        took.append(seconds(decide))
    connection.close()
    return median(took)


def _intent(n: int, now: float) -> Intent:
    actor = {
        "agent": "river", "agent_id": derived_ulid("agent", "river"), "session_id": derived_ulid("session", "river"),
        "host_id": "h", "window_id": "w", "tool": "shell", "worktree": "app", "branch": "main", "coop": "",
    }  # fmt: skip
    scope = {"kind": "file", "scope": f"lib/m5/fresh{n}.py", "symbols": [], "files": None}
    id = derived_ulid("intent", str(n))
    return Intent(
        id=id, kind="claim.acquire", at=now, actor=actor, args={"scopes": [scope], "mode": "exclusive"},
        ids=[derived_ulid("new", str(n))],
    )  # fmt: skip


def _patterns() -> list[str]:
    """200 characters and eight ``**`` each, of the kinds that made other matchers explode."""
    pairs = {
        "the same letters": ("/".join(["**", "a*a*a*a*b"] * 8), "/".join(["**", "a*a*a*c*b"] * 8)),
        "stars against stars": ("/".join(["**/*a*"] * 8), "/".join(["**/*b*"] * 8)),
        "classes": ("/".join(["**/[a-m]*[n-z]?"] * 8), "/".join(["**/?[n-z]*[a-m]"] * 8)),
    }
    rows = []
    for name, pair in pairs.items():
        words = [(each + "/" + "x" * 200)[:200].rstrip("/") for each in pair]
        first, second = (parse(each, is_directory=lambda path: False) for each in words)
        took = median([seconds(lambda a=first, b=second: overlaps(a, b)) for _ in range(51)])
        rows.append([name, f"{took * 1e6:.0f} us", f"{verdict(took / 0.001, 1.0)} of 1 ms"])
    return table("Overlap of two hostile patterns", ["patterns", "median", "goal"], rows)
