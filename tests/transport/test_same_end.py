"""The promise of section 8: restricted agents and one adopter end where unrestricted ones end."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.conftest import Clone, World
from tests.transport.conftest import ONE_BRANCH, PREFIX, publish, rules

#: Who says what, in order. Every command of an agent is followed by its push; the adopter syncs now and then.
COMMANDS: list[tuple[str, str]] = [
    ("river", "join"), ("sky", "join"),
    ("river", "claim src/part1.py --description parser"), ("sky", "claim src/part2.py src/part3.py"),
    ("river", "task add refresh-tokens"), ("sky", "ask which-port"),
    ("peer", "sync"),
    ("sky", "task claim TASK-1"), ("river", "claim src/part2.py"), ("peer", "decide BLK-1 443"),
    ("peer", "sync"),
    ("river", "update half-way --done parser"), ("sky", "release src/part3.py"), ("sky", "msg send --to river hello"),
    ("peer", "sync"),
    ("river", "claim src/part3.py"), ("sky", "task done TASK-1 finished"), ("river", "handoff stopped-here"),
    ("peer", "sync"),
    ("sky", "claim src/part4.py"), ("river", "leave done"), ("peer", "sync"), ("sky", "sync"), ("river", "sync"),
]  # fmt: skip
KINDS = ("claim", "task", "blocker", "decision", "checkin", "handoff", "message", "coop", "agent", "session")
#: When, under which id, at which commit and by which road differs between two runs of anything.
_VOLATILE = re.compile(r"(_at|_id|_ids)$|^(id|fence|lease_token|via|clone|members|commits|head)$")
_COMMIT = re.compile(r"\b[0-9a-f]{7,40}\b")
_ULID = re.compile(r"[0-7][0-9a-hjkmnp-tv-z]{25}(-\d+)?")


def canonical(clone: Clone) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind in KINDS:
        rows = []
        file = clone.path.parent / f"{kind}.jsonl"
        assert clone.run("store", "query", "--kind", kind, "--output", str(file)).code == 0
        for each in map(json.loads, file.read_text().splitlines()):
            values = {k: v for k, v in each.items() if not _VOLATILE.search(k) and v not in (None, "", [])}
            rows.append(_COMMIT.sub("COMMIT", _ULID.sub("ULID", json.dumps(values, sort_keys=True))))
        found[kind] = sorted(rows)
    return found


def play(world: World, clones: dict[str, Clone], restricted: bool) -> None:
    clones["peer"].ok("start", "login")
    for who, line in COMMANDS:
        said = clones[who].run(*line.split(), "--json", "--timeout", "20s")
        assert said.code in (0, 3, 6), (who, line, said)
        if said.code == 0 and who != "peer" and '"confirmed"' in said.out and line != "sync":
            assert not restricted, (who, line, said)
        if said.code == 0 and (found := re.search(r'"revision": (\d+), "commit": "([0-9a-f]+)"', said.out)):
            world.at_hub("merge-base", "--is-ancestor", found.group(2), "refs/heads/gitcoord-sync")
        if restricted and who != "peer" and (clones[who].path / ".gitcoord").exists():
            publish(clones[who])


def test_two_restricted_agents_and_one_adopter_end_as_an_unrestricted_run_does(tmp_path: Path) -> None:
    ends = {}
    for name, hook in (("free", ""), ("carrier", PREFIX), ("tree", ONE_BRANCH)):
        (tmp_path / name).mkdir()
        world = World(tmp_path / name)
        clones = {who: world.clone(who, agent=who) for who in ("peer", "river", "sky")}
        clones["peer"].env = {**clones["peer"].env, "PUSHER": "peer"}
        clones["peer"].ok("init", "--yes", "--no-hooks")
        for who in ("river", "sky"):
            clones[who].env = {**clones[who].env, "SESSION": who}
            clones[who].git("switch", "-q", "-c", f"claude/{who}")
        if hook:
            rules(world, hook)
        play(world, clones, restricted=bool(hook))
        ends[name] = canonical(clones["peer"])
        for who in ("river", "sky"):
            assert clones[who].ok("status", "--fresh")["outbox"]["pending"] == 0, (name, who)
        assert world.at_hub("log", "--format=%B", "gitcoord-sync").count("Gitcoord-Intent") > 10
    assert ends["carrier"] == ends["free"]
    assert ends["tree"] == ends["free"]
