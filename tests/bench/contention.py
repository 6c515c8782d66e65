"""Many writers: agents in worktrees of one clone, and separate clones against one hub."""

from __future__ import annotations

import os
import subprocess
import time

from measure import median, percentile, process, seconds
from tables import ms, table, verdict
from world import GITCOORD, World

LOOP = """
import json, os, subprocess, sys, time
verb, agent, count, cwd = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
took = []
for n in range(count):
    started = time.perf_counter()
    words = [os.path.join(os.path.dirname(sys.executable), "gitcoord"), verb, f"area/{agent}/f{n}.py", "--timeout", "60"]
    done = subprocess.run(words, cwd=cwd, capture_output=True)
    took.append(time.perf_counter() - started)
    if done.returncode:
        sys.stderr.write(done.stderr.decode() + done.stdout.decode())
        sys.exit(f"{agent} {verb} {n}: exit {done.returncode}")
print(json.dumps(took))
"""


def measure(world: World, quick: bool) -> list[str]:
    return [*_one_machine(world, quick), *_clones(world, quick)]


def _all_at_once(world: World, verb: str, places: list[tuple[str, str]], count: int) -> tuple[float, dict[str, list[float]]]:
    import json
    import sys

    started = time.perf_counter()
    running = {}
    for agent, cwd in places:
        env = {**world.env, "GITCOORD_AGENT": agent, "GITCOORD_SYNC_MAX_AGE": "1h"}
        argv = [sys.executable, "-c", LOOP, verb, agent, str(count), cwd]
        running[agent] = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE)
    found = {}
    for agent, child in running.items():
        out, _ = child.communicate()
        if child.returncode:
            raise RuntimeError(f"{agent} failed")
        found[agent] = json.loads(out)
    return time.perf_counter() - started, found


def _one_machine(world: World, quick: bool) -> list[str]:
    agents, count = (4, 5) if quick else (16, 20)
    world.new_hub()
    clone = world.clone("machine")
    world.seed(clone, 1_000 if quick else 10_000)
    world.count_trips(clone)
    places = []
    for n in range(agents):
        path = f"{world.root}/tree{n}"
        world.git("worktree", "add", "-q", "-b", f"work{n}", path, cwd=clone)
        world.gitcoord(path, "claim", f"warm/{n}.py", agent=f"agent-{n}")
        places.append((f"agent-{n}", path))
    before = _commits(world)
    checks, _ = _all_at_once(world, "check", places, count)
    world.forget_trips()
    claims, took = _all_at_once(world, "claim", places, count)
    pushes = world.trips().count("receive-pack")
    every = [value for values in took.values() for value in values]
    push = _bare_push(world, clone)
    rows = [
        [f"{agents} agents x {count} `check`", ms(checks), "-"],
        [f"{agents} agents x {count} `claim`", ms(claims), verdict(claims / checks, 2)],
        ["pushes for a claim", f"{pushes} for {agents * count}", verdict(pushes / (agents * count), 1 / 3)],
        ["p99 of a claim", ms(percentile(every, 0.99)), verdict(percentile(every, 0.99) / push, 20) + " bare pushes"],
        ["commits on the branch", str(_commits(world) - before), "-"],
    ]
    return table("One machine, all at once (worktrees of one clone)", ["what", "measured", "ratio"], rows)


def _commits(world: World) -> int:
    return int(world.git("rev-list", "--count", "gitcoord-sync", cwd=world.hub))


def _bare_push(world: World, clone: str) -> float:
    from writes import _pusher

    push = _pusher(world, clone)
    return median([seconds(push) for _ in range(9)])


def _clones(world: World, quick: bool) -> list[str]:
    rows = []
    for latency in (0.0, 0.3):
        for clones in (2, 4) if quick else (2, 8, 16):
            rows.append(_race(world, clones, 5 if quick else 20, latency))
    head = [
        "clones",
        "latency",
        "landed",
        "total",
        "claims/s",
        "slowest / mean",
        "pushes to the branch",
        "against an ideal combiner",
    ]
    note = (
        "Each clone makes its claims one after the other, all clones at once. An ideal combiner would need one push for each"
        " round of claims; its time is that many bare pushes, or the processor time of the commands where that is more."
    )
    return table("Separate clones against one hub", head, rows, note)


def _race(world: World, clones: int, count: int, latency: float) -> list[str]:
    world.new_hub()
    first = world.clone("first")
    world.seed(first, 200)
    places = []
    for n in range(clones):
        path = world.clone(f"clone{n}")
        world.gitcoord(path, "claim", f"warm/{n}.py", agent=f"agent-{n}")
        world.count_trips(path, latency)
        places.append((f"agent-{n}", path))
    world.forget_trips()
    alone = _alone(world, places[0], latency)
    before = _commits(world)
    world.forget_trips()
    total, took = _all_at_once(world, "claim", places, count)
    pushes = _commits(world) - before
    sums = [sum(values) for values in took.values()]
    landed = _granted(world, first)
    expected = clones * count
    ideal = max(count * alone, clones * count * _cpu(world, first) / (os.cpu_count() or 1))
    return [
        str(clones), f"{int(latency * 1000)} ms", f"{landed} of {expected}", f"{total:.1f} s", f"{expected / total:.1f}",
        verdict(max(sums) / (sum(sums) / len(sums)), 3), f"{pushes} (ideal {count})",
        f"{verdict(pushes / count, 3)} in pushes; {total / ideal:.2f} x in time",
    ]  # fmt: skip


def _alone(world: World, place: tuple[str, str], latency: float) -> float:
    env = {**world.env, "GITCOORD_AGENT": place[0]}
    act = process([*GITCOORD, "claim", f"alone/{latency}.py"], place[1], env)
    return seconds(act)


def _cpu(world: World, clone: str) -> float:
    env = {**world.env, "GITCOORD_AGENT": "nobody"}
    return median([seconds(process([*GITCOORD, "check", "a/b.py"], clone, env)) for _ in range(5)])


def _granted(world: World, clone: str) -> int:
    import json

    world.gitcoord(clone, "sync")
    out = world.gitcoord(clone, "store", "query", "--kind", "claim", "--limit", "100000")
    rows = [json.loads(line) for line in out.splitlines() if line.strip()]
    return sum(1 for row in rows if str(row.get("scope", "")).startswith("area/"))
