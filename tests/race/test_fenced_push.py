"""500 races between a push and a take-over: code never advances under a claim that somebody took over.

6 of them by whole processes side by side, 94 through the whole of ``gitcoord push`` in this process with a competitor
that lands between decision and push, 400 of the atomic push itself against a hub whose sync branch moves meanwhile.
"""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import threading
from pathlib import Path

import pytest

from gitcoord.actions import claims, push
from gitcoord.codec import yaml
from gitcoord.errors import LeaseTokenConflict
from gitcoord.model.entity import Entity
from gitcoord.model.kinds import path_of_values
from gitcoord.store import register as replies
from gitcoord.store import repository
from gitcoord.store.fenced import CodeRef, FencedRegister
from gitcoord.store.objects import Objects
from gitcoord.store.writer import write_commit, write_root
from gitcoord.workspace import Workspace
from tests.conftest import Clone, World

PROCESSES, IN_PROCESS, REGISTER = 6, 94, 400
PATH = "src/part1.py"
ZERO = "0" * 40


def chain(clone: Clone, count: int) -> list[str]:
    """So many commits, each the child of the last, each changing the contended file."""
    stream = b""
    for n in range(count):
        text = b"x = %d\n" % (1000 + n)
        head = f"commit refs/heads/chain\nmark :{n + 1}\ncommitter T <t@example.org> {1_700_000_000 + n} +0000\ndata 1\nc\n"
        parent = b"from refs/remotes/origin/main\n" if n == 0 else b""
        stream += head.encode() + parent + b"M 100644 inline %s\ndata %d\n%s\n" % (PATH.encode(), len(text), text)
    subprocess.run(["git", "fast-import", "--quiet"], cwd=clone.path, env=clone.env, input=stream, check=True)
    return clone.git("rev-list", "--reverse", "origin/main..chain").split()


def assert_history_is_fenced(world: World, branch: str) -> int:
    """Replays the hub: each push ran under claims that were active, with that fence, at the parent revision; and the
    branch is where the recorded pushes lead, step by step. Returns how many pushes there were."""
    hub = repository.find(str(world.hub), world.env)
    objects = Objects(hub.git)
    commits = world.at_hub("rev-list", "--first-parent", "--reverse", "gitcoord-sync").split()
    pushes, at = 0, ""
    for parent, commit in itertools.pairwise(commits):
        for path, _, oid in objects.differences(objects.commit(parent).tree, objects.commit(commit).tree):
            if not path.startswith("journal/") or oid is None:
                continue
            before = objects.read(f"{parent}:{path}")
            new = objects.read(oid)[1][len(before[1]) if before else 0 :]
            for event in map(json.loads, new.splitlines()):
                if event["type"] != "code.pushed":
                    continue
                pushes += 1
                assert event["body"]["claims"], "every push of this test runs under a claim"
                for held in event["body"]["claims"]:
                    file = path_of_values("claim", {"id": held["id"]})
                    claim = yaml.decode("claim", objects.read(f"{parent}:{file}")[1])
                    assert isinstance(claim, Entity)
                    found = (claim.get("state"), claim.get("fence"), claim.get("agent_id"))
                    assert found == ("active", held["fence"], event["actor"]["agent_id"]), (commit, held)
                for ref in event["body"]["refs"]:
                    assert ref["old"] == at, "nothing moved the branch but recorded pushes"
                    at = ref["new"]
    objects.close()
    assert world.git("rev-parse", "--verify", "-q", f"refs/heads/{branch}", cwd=world.hub, check=False).strip() == at
    return pushes


def test_by_whole_processes(world: World, pair) -> None:
    river, sky = pair
    commits = chain(river, PROCESSES)
    landed = 0
    for commit in commits:
        river.ok("claim", PATH, "--take-over-live", "--fresh")
        sides = [river.spawn("push", "origin", f"{commit}:work", "--json"), sky.spawn("claim", PATH, "--take-over-live")]
        (pushed, _), _ = (side.communicate(timeout=60) for side in sides)
        assert sides[0].returncode in (0, 4), pushed
        landed += sides[0].returncode == 0
        now = world.git("rev-parse", "--verify", "-q", "refs/heads/work", cwd=world.hub, check=False).strip()
        assert (now == commit) == (sides[0].returncode == 0)
    assert assert_history_is_fenced(world, "work") == landed


def test_with_a_competitor_between_decision_and_push(world: World, pair, monkeypatch: pytest.MonkeyPatch) -> None:
    river, sky = pair
    commits, chance = chain(river, IN_PROCESS), random.Random(5)
    plain = FencedRegister.push
    todo: list[str] = []

    def acting(clone: Clone, *words: str) -> None:
        with Workspace.open(str(clone.path), agent=clone.agent, environ=clone.environment()) as ws:
            claims.claim(ws, list(words), take_over_live=True)

    def push_late(self: FencedRegister, commit: str, expected: str, deadline: float) -> replies.Reply:
        if todo:
            acting(sky, {"take": PATH, "other": f"notes/n{chance.random()}.md"}[todo.pop()])
        return plain(self, commit, expected, deadline)

    monkeypatch.setattr(FencedRegister, "push", push_late)
    counts = {"take": 0, "other": 0, "": 0}
    acting(river, PATH)
    for commit in commits:
        what = chance.choice(["take", "take", "other", ""])
        counts[what] += 1
        todo[:] = [what] if what else []
        with Workspace.open(str(river.path), agent="river", environ=river.environment()) as ws:
            if what == "take":
                with pytest.raises(LeaseTokenConflict, match="sky"):
                    push.push(ws, ["origin", f"{commit}:work"])
            else:
                assert push.push(ws, ["origin", f"{commit}:work"])["outcome"] == "pushed"
        if what == "take":
            acting(river, PATH)
    assert assert_history_is_fenced(world, "work") == counts["other"] + counts[""]
    assert min(counts.values()) > 10


class Mover:
    """Somebody else's landing, as quick as can be: one ``update-ref --stdin`` at the hub for all of them."""

    def __init__(self, hub: Path, env: dict[str, str]) -> None:
        self.child = subprocess.Popen(
            ["git", "update-ref", "--stdin"], cwd=hub, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def move(self, ref: str, new: str, old: str) -> bool:
        assert self.child.stdin and self.child.stdout
        self.child.stdin.write(f"start\nupdate {ref} {new} {old}\ncommit\n")
        self.child.stdin.flush()
        return [self.child.stdout.readline().strip() for _ in range(2)] == ["start: ok", "commit: ok"]


def test_of_the_atomic_push_itself(world: World) -> None:
    """The competitor moves the sync branch before, or at the same time, or not; the code follows our commit or stays."""
    clone = world.clone("river", agent="river")
    commits, chance = chain(clone, REGISTER), random.Random(11)
    repo = repository.find(str(clone.path), clone.env)
    root = write_root(repo.git)
    sync, code = "refs/heads/gitcoord-sync", "refs/heads/work"
    rival = write_commit(repo.git, parent=root, files={"a": b"r"}, message="m\n", author="sky", at=1_800_000_000, nonce="r")
    mine = write_commit(repo.git, parent=root, files={"a": b"m"}, message="m\n", author="river", at=1_800_000_000, nonce="m")
    for n, oid in enumerate((root, rival)):
        clone.git("push", "-q", "--no-verify", "origin", f"{oid}:refs/heads/seed{n}")
    world.at_hub("update-ref", sync, root)
    at, won, lost = ZERO, 0, 0
    file = world.hub / sync
    for commit in commits:
        register = FencedRegister(repo, "origin", "gitcoord-sync", "", [CodeRef(code, at.replace(ZERO, ""), commit)])
        how = chance.choice(["before", "during", "during", "never"])
        mover = Mover(world.hub, world.env) if how == "during" else None
        if how == "before":
            world.git("update-ref", sync, rival, root, cwd=world.hub)
        thread = threading.Timer(chance.uniform(0, 0.02), mover.move, (sync, rival, root)) if mover else None
        if thread:
            thread.start()
        reply = register.push(mine, root, 20)
        if thread and mover:
            thread.join()
            mover.child.communicate()
        now = world_ref(world, code)
        landed = reply.kind == replies.LANDED
        assert landed or reply.kind in (replies.LOST_RACE, replies.LOCKED), (reply.kind, reply.detail)
        assert (now == commit) == landed and (now in (at, commit)), (how, reply.kind)
        assert not (landed and how == "before")
        assert file.read_text().strip() == (mine if landed else world_ref(world, sync))
        at = now
        won, lost = won + landed, lost + (not landed)
        file.write_text(root + "\n")
    assert won > 50 and lost > 50, (won, lost)


def world_ref(world: World, ref: str) -> str:
    file = world.hub / ref
    return file.read_text().strip() if file.exists() else ZERO
