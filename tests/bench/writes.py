"""An uncontended claim, confirmed; and how often it goes to the network."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

from measure import interleaved, median, process
from tables import ms, table, verdict
from world import GITCOORD, PASS, World, serve_http


def measure(world: World, quick: bool) -> list[str]:
    rows: list[list[str]] = []
    trips: list[list[str]] = []
    size = 1_000 if quick else 10_000
    runs = 5 if quick else 15
    world.new_hub()
    first = world.clone("first")
    world.seed(first, size)
    by_path = world.clone("path")
    rows.append(_row(world, "a hub by path", by_path, runs, 2.0, trips))
    url, stop = serve_http(world)
    rows.append(_row(world, "http", world.clone("http", url=url), runs, 1.5, trips))
    stop()
    slow = world.clone("slow")
    rows.append(_row(world, "300 ms of latency", slow, max(3, runs // 3), 1.15, trips, latency=0.3))
    note = (
        "Goals: by path 2 x and by http 1.5 x a bare `git push` of one such commit plus 2.5 x `python -c pass`; with 300 ms"
        f" at most 1.15 x in all. A sync branch of {size:,} entities."
    )
    lines = table("An uncontended claim", ["remote", "git push", "start-up", "claim", "against the goal"], rows, note)
    lines += table("Round trips", ["command", "connections to the hub"], [*trips, *_quiet(world)])
    return lines


def _row(
    world: World, name: str, clone: str, runs: int, goal: float, trips: list[list[str]], latency: float = 0.0
) -> list[str]:
    world.gitcoord(clone, "claim", "warm/up.py", agent="river")
    if name != "http":
        world.count_trips(clone, latency)
    env = {**world.env, "GITCOORD_AGENT": "river", "GITCOORD_SYNC_MAX_AGE": "1h"}
    number = itertools.count()

    def claim() -> None:
        process([*GITCOORD, "claim", f"new/{name.replace(' ', '')}/f{next(number)}.py"], clone, env)()
        time.sleep(0)

    acts: dict[str, Callable[[], object]] = {
        "pass": process(PASS, clone, env), "push": _pusher(world, clone), "claim": claim,
    }  # fmt: skip
    world.forget_trips()
    claim()
    if name != "http":
        trips.append([f"claim, {name}", ", ".join(world.trips()) or "none"])
    found = {key: median(values) for key, values in interleaved(acts, runs).items()}
    start, push, took = found["pass"], found["push"], found["claim"]
    limit = goal * push if latency else goal * push + 2.5 * start
    return [name, ms(push), ms(start), ms(took), verdict(took / limit, 1.0)]


def _pusher(world: World, clone: str) -> Callable[[], None]:
    """A bare ``git push`` of one commit of the same size onto a branch like the sync branch."""
    world.git("fetch", "--quiet", "origin", "refs/heads/gitcoord-sync:refs/heads/copy", cwd=clone)
    world.git("push", "--quiet", "origin", "copy:refs/heads/copy-" + clone.rsplit("/", 1)[-1], cwd=clone)
    ref = "refs/heads/copy-" + clone.rsplit("/", 1)[-1]
    commits = []
    tip = world.git("rev-parse", "copy", cwd=clone).strip()
    for n in range(60):
        stream = f"commit refs/heads/copy\ncommitter B <b@example.org> {1800000000 + n} +0000\ndata 2\nc\n\nfrom {tip}\n"
        body = f"M 100644 inline claims/zz/n{n}.yml\ndata 400\n{'x' * 400}\nM 100644 inline journal/w{n % 3}/d.jsonl\n"
        world.git("fast-import", "--quiet", cwd=clone, stdin=f"{stream}{body}data 600\n{'y' * 600}\n".encode())
        tip = world.git("rev-parse", "copy", cwd=clone).strip()
        commits.append(tip)
    waiting = iter(commits)

    def push() -> None:
        argv = ["git", "push", "--quiet", "--no-verify", "origin", f"{next(waiting)}:{ref}"]
        process(argv, clone, world.env)()

    return push


def _quiet(world: World) -> list[list[str]]:
    clone = world.clone("quiet")
    world.gitcoord(clone, "sync")
    world.count_trips(clone)
    before = world.git("rev-parse", "gitcoord-sync", cwd=world.hub)
    world.forget_trips()
    world.gitcoord(clone, "sync")
    commits = "no commit" if world.git("rev-parse", "gitcoord-sync", cwd=world.hub) == before else "A COMMIT"
    rows = [["sync with nothing to say", ", ".join(world.trips()) + f"; {commits}"]]
    world.forget_trips()
    world.gitcoord(clone, "status")
    rows.append(["status within `sync.max_age`", ", ".join(world.trips()) or "none"])
    return rows
