"""A co-op's own commands: leaving, and exporting a long one; and the hook that stands before an agent's edit."""

from __future__ import annotations

import json
import time

from measure import interleaved, median, process, seconds
from tables import ms, table, verdict
from world import GITCOORD, PASS, World

from gitcoord.clock import rfc3339
from gitcoord.model.ids import derived_ulid

EVENTS = 5_000


def measure(world: World, quick: bool) -> list[str]:
    size = 1_000 if quick else 10_000
    world.new_hub()
    clone = world.clone("coop")
    world.seed(clone, size)
    env = {**world.env, "GITCOORD_AGENT": "river", "GITCOORD_SYNC_MAX_AGE": "1h"}
    rows = [_leave(world, clone, env, 5 if quick else 11), *_hook(world, clone, env, 7 if quick else 21)]
    rows.append(_export(world, env))
    note = (
        f"A sync branch of {size:,} entities. Goals: the local part of `leave` at most 5 times, the hook at most 3 times"
        f" `python -c pass`; the export of a co-op with {EVENTS:,} events at most 2 s."
    )
    return table("Co-ops and agent hooks", ["command", "median", "against `python -c pass`", "goal"], rows, note)


def _leave(world: World, clone: str, env: dict[str, str], runs: int) -> list[str]:
    """Durable on this machine; the landing goes on in a process of its own and is not waited for."""
    took, base = [], []
    for n in range(runs + 1):
        world.gitcoord(clone, "start", "bench")
        world.gitcoord(clone, "claim", f"leave/f{n}.py")
        passed = seconds(process(PASS, clone, env))
        left = seconds(process([*GITCOORD, "leave", "--no-wait"], clone, env, ok=(6,)))
        world.gitcoord(clone, "sync", ok=(0, 3, 6))
        if n:
            took.append(left)
            base.append(passed)
    ratio = median(took) / median(base)
    return ["`leave --no-wait`, until it is safe", ms(median(took)), f"{ratio:.2f}", verdict(ratio, 5.0)]


def _hook(world: World, clone: str, env: dict[str, str], runs: int) -> list[list[str]]:
    world.gitcoord(clone, "start", "bench")
    named = {"session_id": "bench", "cwd": clone, "hook_event_name": "PreToolUse", "tool_name": "Edit"}
    held = {**named, "tool_input": {"file_path": f"{clone}/src/d1/f1.py"}}
    stopped = {**named, "hook_event_name": "Stop"}
    world.gitcoord(clone, "claim", "src/d1/f1.py")
    line = [*GITCOORD, "hook", "claude"]
    acts = {
        "pass": process(PASS, clone, env),
        "the hook before an edit of what is mine": process(line, clone, env, json.dumps(held).encode()),
        "the hook at a stop": process(line, clone, env, json.dumps(stopped).encode()),
    }
    found = {name: median(values) for name, values in interleaved(acts, runs).items()}
    base = found.pop("pass")
    return [[name, ms(took), f"{took / base:.2f}", verdict(took / base, 3.0)] for name, took in found.items()]


def _export(world: World, env: dict[str, str]) -> list[str]:
    clone = world.clone("story")
    coop = json.loads(world.gitcoord(clone, "start", "a long story", "--json"))["coops"][0]["id"]
    tip = world.git("rev-parse", "refs/heads/gitcoord-sync", cwd=world.hub).strip()
    first = json.loads(world.gitcoord(clone, "status", "--json"))["as_of"]["revision"] + 1
    now = time.time()
    message = f"a long story\n\nGitcoord-Revision: {first + EVENTS}\n"
    journal = "".join(_line(n, coop, now - EVENTS + n - first) for n in range(first, first + EVENTS)).encode()
    head = f"commit refs/heads/gitcoord-sync\ncommitter gitcoord <gitcoord@localhost> {int(now)} +0000\n"
    stream = [head.encode(), b"data %d\n%s" % (len(message), message.encode()), f"from {tip}\n".encode()]
    path = f"journal/{derived_ulid('story')}/2026-11-21.jsonl".encode()
    stream.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path, len(journal), journal))
    world.git("fast-import", "--quiet", cwd=world.hub, stdin=b"".join(stream))
    world.gitcoord(clone, "sync")
    act = process([*GITCOORD, "export", "md", "--coop", "a-long-story"], clone, env)
    base = median([seconds(process(PASS, clone, env)) for _ in range(5)])
    took = median([seconds(act) for _ in range(4)][1:])
    return [f"`export md` of {EVENTS:,} events", ms(took), f"{took / base:.1f}", f"{verdict(took / 2.0, 1.0)} of 2 s"]


def _line(n: int, coop: str, at: float) -> str:
    agent = f"agent{n % 5}"
    record = {"kind": "claim.acquire", "key": derived_ulid("i", str(n)), "digest": "d", "result": {}, "subject": "s"}
    return json.dumps({
        "event_id": derived_ulid("e", str(n)), "ts": rfc3339(at), "project": "hub", "type": "claim.granted",
        "actor": {"agent": agent, "agent_id": derived_ulid("agent", agent), "session_id": derived_ulid("s", agent)},
        "refs": {"coop": coop, "claim": derived_ulid("c", str(n))}, "revision": n, "intent": record,
        "body": {"alias": f"CLM-{n}", "scope": f"src/part{n % 40}/module_{n}.py"}, "intent_id": derived_ulid("i", str(n)),
    }) + "\n"  # fmt: skip
