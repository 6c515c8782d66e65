"""A fenced push against a plain one and a claim; the radar over 20 branches against a single trial merge."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable

from measure import interleaved, median, process
from tables import ms, table, verdict
from world import GITCOORD, PASS, World

BRANCHES = 20


def measure(world: World, quick: bool) -> list[str]:
    return [*_radar(world, quick), *_push(world, quick)]


def _radar(world: World, quick: bool) -> list[str]:
    rows: list[list[str]] = []
    for shared in (10, 4):
        rows += _looks(world, shared, 5 if quick else 15)
    note = (
        f"{BRANCHES} branches (210 pairs) of a repository of 5,000 files; each changes 11 files of its own and one that"
        " some others change too. The single merge is one of those in conflict."
    )
    return table("The radar", ["what", "median", "ratio"], rows, note)


def _looks(world: World, shared: int, runs: int) -> list[list[str]]:
    """With ``shared`` common files, so many pairs meet: 10 with ten of them, 40 with four."""
    world.new_hub(5_000)
    clone = world.clone(f"radar{shared}")
    world.gitcoord(clone, "init", "--no-hooks", "--yes")
    for n in range(BRANCHES):
        _branch(world, n, shared)
    world.git("fetch", "--quiet", cwd=clone)
    env = {**world.env, "GITCOORD_AGENT": "river", "GITCOORD_SYNC_MAX_AGE": "1h"}
    cache = clone + "/.git/gitcoord/radar.json"
    look = process([*GITCOORD, "radar", "--all"], clone, env)

    def cold() -> None:
        if os.path.exists(cache):
            os.unlink(cache)
        look()

    one = process(["git", "merge-tree", "--write-tree", "origin/b0", f"origin/b{shared}"], clone, env, ok=(0, 1))
    acts: dict[str, Callable[[], object]] = {
        "pass": process(PASS, clone, env), "one": one, "cold": cold, "warm": look,
    }  # fmt: skip
    found = {name: median(values) for name, values in interleaved(acts, runs).items()}
    single, meet = found["one"], {10: 10, 4: 40}[shared]
    ratio = found["cold"] / single
    beyond = (found["cold"] - found["warm"]) / single
    goal = verdict(beyond, 20) if shared == 10 else verdict(beyond, 2 * meet)
    return [
        [f"one `git merge-tree` ({meet} pairs meet)", ms(single), "1"],
        ["radar --all, nothing remembered", ms(found["cold"]), f"{ratio:.1f} x; beyond a remembered look {goal}"],
        ["radar --all, remembered", ms(found["warm"]), verdict(found["warm"] / found["pass"], 5) + " of start-up"],
    ]


def _branch(world: World, n: int, shared: int) -> None:
    ref = f"refs/heads/b{n}"
    stream = f"commit {ref}\ncommitter B <b@example.org> {1700000100 + n} +0000\ndata 1\nc\nfrom refs/heads/main^0\n".encode()
    for k in [*(1000 + 11 * n + i for i in range(11)), n % shared]:
        stream += b"M 100644 inline src/d%d/f%d.py\ndata 7\ny = %03d\n" % (k % 20, k, n)
    world.git("fast-import", "--quiet", cwd=world.hub, stdin=stream)


def _push(world: World, quick: bool) -> list[str]:
    world.new_hub()
    clone = world.clone("pusher")
    world.seed(clone, 200 if quick else 2_000)
    env = {**world.env, "GITCOORD_AGENT": "river", "GITCOORD_SYNC_MAX_AGE": "1h"}
    runs = 5 if quick else 15
    plain, fenced = (_commits(world, clone, name, runs + 2) for name in ("plain", "fenced"))
    number = itertools.count()
    world.gitcoord(clone, "claim", "notes/")
    acts: dict[str, Callable[[], object]] = {
        "pass": process(PASS, clone, env),
        "plain": lambda: process(["git", "push", "-q", "origin", f"{next(plain)}:refs/heads/plain"], clone, env)(),
        "claim": lambda: process([*GITCOORD, "claim", f"new/f{next(number)}.py"], clone, env)(),
        "fenced": lambda: process([*GITCOORD, "push", "origin", f"{next(fenced)}:fenced"], clone, env)(),
    }
    found = {name: median(values) for name, values in interleaved(acts, runs).items()}
    both = found["plain"] + found["claim"]
    rows = [
        ["git push", ms(found["plain"]), "-"], ["claim", ms(found["claim"]), "-"],
        ["gitcoord push", ms(found["fenced"]), verdict(found["fenced"] / both, 1.5) + " of both"],
    ]  # fmt: skip
    return table("A fenced push", ["what", "median", "ratio"], rows, "One commit onto a branch of a hub by path.")


def _commits(world: World, clone: str, name: str, count: int) -> itertools.chain[str]:
    stream = b""
    for n in range(count):
        start = b"from refs/remotes/origin/main^0\n" if n == 0 else b""
        stream += f"commit refs/heads/{name}\ncommitter B <b@example.org> {1700000200 + n} +0000\ndata 1\nc\n".encode() + start
        stream += b"M 100644 inline notes/%s.md\ndata 4\n%04d\n" % (name.encode(), n)
    world.git("fast-import", "--quiet", cwd=clone, stdin=stream)
    return itertools.chain(world.git("rev-list", "--reverse", f"origin/main..{name}", cwd=clone).split())
