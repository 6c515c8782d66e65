"""The cache: incremental update, full rebuild against a loop that only reads, memory at 50,000."""

from __future__ import annotations

import json
import subprocess
import sys

from measure import median
from tables import ms, table, verdict
from world import World, made

REBUILD = """
import json, resource, sys, time
from gitcoord.workspace import Workspace
ws = Workspace.open(sys.argv[1], offline=True)
tip = ws.tip
ws.ledger.connection()
started = time.perf_counter()
ws.ledger.rebuild(tip)
print(json.dumps({"seconds": time.perf_counter() - started,
                  "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""
LOOP = """
import json, subprocess, sys, time
names = subprocess.run(["git", "-C", sys.argv[1], "ls-tree", "-r", "-z", sys.argv[2]], capture_output=True).stdout
oids = [line.split(b"\\t")[0].split()[2] for line in names.split(b"\\0") if line]
started = time.perf_counter()
child = subprocess.Popen(["git", "-C", sys.argv[1], "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
total = 0
for at in range(0, len(oids), 400):
    part = oids[at:at + 400]
    child.stdin.write(b"\\n".join(part) + b"\\n")
    child.stdin.flush()
    for _ in part:
        size = int(child.stdout.readline().split()[2])
        total += len(child.stdout.read(size + 1))
print(json.dumps({"seconds": time.perf_counter() - started, "bytes": total}))
"""
INCREMENT = """
import json, sys, time
from gitcoord.workspace import Workspace
ws = Workspace.open(sys.argv[1], offline=True)
connection = ws.ledger.connection()
started = time.perf_counter()
ws.ledger.bring(ws.tip)
print(json.dumps({"seconds": time.perf_counter() - started}))
"""


def measure(world: World, quick: bool) -> list[str]:
    rows = []
    for size in (100, 10_000) if quick else (100, 1_000, 10_000, 50_000):
        world.new_hub()
        clone = world.clone("cache")
        world.seed(clone, size)
        world.git("repack", "-a", "-d", "-q", cwd=clone)
        runs = 3 if quick or size > 10_000 else 5
        loop, full, memory = [], [], 0.0
        for _ in range(runs):
            loop.append(_python(world, LOOP, clone, "origin/gitcoord-sync")["seconds"])
            answer = _python(world, REBUILD, clone)
            full.append(answer["seconds"])
            memory = max(memory, answer["mb"])
        ratio = median(full) / median(loop)
        step = _increment(world, clone, size)
        rows.append([f"{size:,}", ms(median(loop)), ms(median(full)), verdict(ratio, 3), f"{memory:.0f} MB", ms(step)])
    head = ["entities", "only reading", "full rebuild", "ratio", "peak memory", "10 entities changed"]
    note = "Goals: rebuild 3 x the reading loop at 10,000; 150 MB at 50,000; 30 ms of work for 10 of 10,000."
    return table("The cache", head, rows, note)


def _python(world: World, code: str, *args: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", code, *args], env=world.env, capture_output=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _increment(world: World, clone: str, size: int) -> float:
    """A second clone changes ten entities; this one fetches, and only the projection is timed."""
    other = world.clone("other")
    times = []
    for n in range(3):
        world.gitcoord(other, "claim", *(f"inc/r{n}/f{k}.py" for k in range(10)), agent="sky")
        world.git("fetch", "-q", "origin", "gitcoord-sync:refs/remotes/origin/gitcoord-sync", cwd=clone)
        times.append(_python(world, INCREMENT, clone)["seconds"])
    return median(times)


__all__ = ["made", "measure"]
