"""The story of the demo. Every scene ends with promises; a broken one makes the demo exit 1."""

from __future__ import annotations

import os
import subprocess

from gitcoord.demo.stage import AGENTS, Stage


def run(directory: str = ".") -> int:
    """Play the whole story; 0 when every promise was kept, else 1."""
    with Stage(directory) as stage:
        print("gitcoord demo: three agents, three clones, one bare hub. Nothing of yours is touched.")
        before = _refs_of(stage)
        files = stage.build()
        stage.say(f"cloned {stage.source.worktree or stage.source.common_dir} into a hub and {len(AGENTS)} clones")
        _meet(stage)
        _claim(stage, files)
        _race(stage, files)
        _decide(stage)
        _push(stage, files)
        _offline(stage, files)
        _leave(stage)
        stage.title("Afterwards")
        stage.expect("the repository in which the demo stood is as it was", _refs_of(stage) == before)
        clean = [stage.run(agent, "git", "status", "--porcelain", show=False).out == "" for agent in AGENTS]
        stage.expect("no clone has a file of gitcoord in its work tree", all(clean))
        print(f"\n{stage.checked - len(stage.broken)} of {stage.checked} promises kept.")
        for promise in stage.broken:
            print(f"BROKEN: {promise}")
        return 1 if stage.broken else 0


def _refs_of(stage: Stage) -> bytes:
    argv = ["git", "-C", stage.source.worktree or stage.source.common_dir, "for-each-ref"]
    return subprocess.run(argv, capture_output=True, env=stage.environment("river"), check=False).stdout


def _meet(stage: Stage) -> None:
    stage.title("River sets it up and opens a co-op; the others join")
    first = stage.run("river", "gitcoord", "init", "--yes")
    stage.expect("init creates the sync branch on the hub", first.code == 0)
    again = stage.run("river", "gitcoord", "init", "--yes", show=False)
    stage.expect("init again changes nothing", again.code == 0)
    stage.expect("start opens a co-op", stage.run("river", "gitcoord", "start", "demo work").code == 0)
    for agent in ("sky", "wren"):
        stage.run(agent, "gitcoord", "init", "--yes", show=False)
        stage.expect(f"{agent} joins without naming anything", stage.run(agent, "gitcoord", "join").code == 0)


def _claim(stage: Stage, files: list[str]) -> None:
    stage.title("River claims a file; Sky sees it at once and takes another")
    mine, other = files[0], files[1]
    stage.expect("a free file is granted", stage.run("river", "gitcoord", "claim", mine).code == 0)
    check = stage.run("sky", "gitcoord", "check", mine, "--fresh")
    stage.expect("check says who holds it (exit 3)", check.code == 3 and "river" in check.out)
    denied = stage.run("sky", "gitcoord", "claim", mine)
    stage.expect("a second claim is refused (exit 3)", denied.code == 3 and "river" in denied.err)
    stage.expect("a file that nobody holds is granted", stage.run("sky", "gitcoord", "claim", other).code == 0)


def _race(stage: Stage, files: list[str]) -> None:
    stage.title("Sky and Wren want the same file in the same moment")
    wanted = files[2]
    one, two = stage.together(("sky", "gitcoord", "claim", wanted), ("wren", "gitcoord", "claim", wanted))
    stage.expect("exactly one of them gets it", sorted([one.code, two.code]) == [0, 3])


def _decide(stage: Stage) -> None:
    stage.title("Sky asks, River decides, Sky reads the answer")
    asked = stage.run("sky", "gitcoord", "ask", "Tabs or spaces in the new module?")
    stage.expect("a question becomes a blocker", asked.code == 0 and "BLK-1" in asked.out)
    decided = stage.run("river", "gitcoord", "decide", "BLK-1", "Spaces, four of them")
    stage.expect("a decision resolves it", decided.code == 0 and "DEC-1" in decided.out)
    read = stage.run("sky", "gitcoord", "read", "--fresh")
    stage.expect("the next read shows the decision", read.code == 0 and "DEC-1" in read.out)


def _push(stage: Stage, files: list[str]) -> None:
    stage.title("Wren changes River's file and tries to push")
    name = files[0]
    with open(os.path.join(stage.clone("wren"), name), "a", encoding="utf-8") as file:
        file.write("\n")
    stage.run("wren", "git", "switch", "-q", "-c", "wren-work", show=False)
    stage.run("wren", "git", "commit", "-q", "-a", "--no-verify", "-m", "a change in claimed territory", show=False)
    blocked = stage.run("wren", "git", "push", "-q", "origin", "wren-work")
    stage.expect("the pre-push check stops it and says why", blocked.code != 0 and "river" in blocked.err)
    stage.expect("River gives it back", stage.run("river", "gitcoord", "release", name).code == 0)
    stage.run("wren", "gitcoord", "sync", show=False)
    allowed = stage.run("wren", "git", "push", "-q", "origin", "wren-work")
    stage.expect("the same push now goes through", allowed.code == 0)


def _offline(stage: Stage, files: list[str]) -> None:
    stage.title("Wren works without a network, then syncs")
    free, held = files[3], files[1]
    saved = stage.run("wren", "gitcoord", "claim", free, "--offline")
    stage.expect("offline a claim is provisional (exit 6), never granted", saved.code == 6)
    stage.run("wren", "gitcoord", "claim", held, "--offline", show=False)
    synced = stage.run("wren", "gitcoord", "sync")
    stage.expect("sync confirms the free one and says which was contested", "contested" in synced.out.lower())
    listed = stage.run("sky", "gitcoord", "claims", "--fresh", "--path", free)
    stage.expect("everybody sees the confirmed claim", "wren" in listed.out)
    holder = stage.run("wren", "gitcoord", "claims", "--path", held, "--json", show=False).json
    stage.expect("the holder of the other one still has it", {c["agent"] for c in holder["claims"]} == {"sky"})


def _leave(stage: Stage) -> None:
    stage.title("Sky leaves")
    left = stage.run("sky", "gitcoord", "leave", "done for today")
    stage.expect("leave releases and writes a handoff", left.code == 0 and "HND-1" in left.out)
    claims = stage.run("river", "gitcoord", "claims", "--fresh", "--json", show=False).json
    stage.expect("no claim of Sky is left", "sky" not in {each["agent"] for each in claims["claims"]})
    stage.expect("the handoff is there for the others", "HND-1" in stage.run("river", "gitcoord", "handoffs").out)
