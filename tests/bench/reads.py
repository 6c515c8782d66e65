"""Warm reads as whole processes, on sync branches of rising size."""

from __future__ import annotations

from measure import interleaved, median, process
from tables import ms, table, verdict
from world import GITCOORD, PASS, World

VERBS = {
    "status": (["status"], (0,)),
    "check (free)": (["check", "src/d1/f1.py"], (0,)),
    "claims": (["claims"], (0,)),
    "read": (["read"], (0,)),
}


def measure(world: World, quick: bool) -> list[str]:
    rows = []
    for size in (100, 10_000) if quick else (100, 1_000, 10_000, 50_000):
        world.new_hub()
        clone = world.clone("reader")
        world.seed(clone, size)
        world.gitcoord(clone, "start", "bench")
        env = {**world.env, "GITCOORD_AGENT": "river", "GITCOORD_SYNC_MAX_AGE": "1h"}
        acts = {"python -c pass": process(PASS, clone, env)}
        for name, (words, ok) in VERBS.items():
            acts[name] = process([*GITCOORD, *words], clone, env, ok=ok)
        acts["check --json"] = process([*GITCOORD, "check", "src/d1/f1.py", "--json"], clone, env)
        found = interleaved(acts, 7 if quick else 21)
        base = median(found["python -c pass"])
        for name in acts:
            ratio = median(found[name]) / base
            goal = verdict(ratio, 3.0 if name == "read" else 2.5) if name != "python -c pass" else "1"
            rows.append([f"{size:,}", name, ms(median(found[name])), goal])
    note = "Goal at 10,000 entities: at most 2.5 times `python -c pass`, for `read` 3 times. Knowledge is fresh, caches warm."
    return table("Warm reads", ["entities", "command", "median", "against `python -c pass`"], rows, note)
