"""Adoption by several, by CI, and across kills; and what an agent can do that nobody has adopted yet."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from tests.conftest import Clone, World
from tests.faults.conftest import executable
from tests.transport.conftest import HEAD, NOTHING, ONE_BRANCH, PREFIX, publish, rules


def landed(world: World, words: str) -> int:
    return world.at_hub("log", "--format=%B", "gitcoord-sync").count(words)


def test_an_agent_goes_on_with_what_it_made_before_anybody_adopted_it(world: World, peer: Clone, sandboxed) -> None:
    rules(world, PREFIX)
    river = sandboxed("river")
    task = river.run("task", "add", "one", "--json").json["tasks"][0]["alias"]
    assert task.startswith("TASK-~")
    for words in (["claim", "src/part1.py"], ["renew"], ["task", "claim", task], ["release", "src/part1.py"]):
        said = river.run(*words, "--json")
        assert said.code == 6 and said.json["state"] == "provisional", (words, said)
        assert "CLM-1" not in said.out and "TASK-1" not in said.out, "numbers are given when a write lands"
        assert "you hold nothing" not in river.run("read", "--all").out, "a claim may be among what waits"
    assert not river.ok("claims", "--all")["claims"] and not river.ok("task", "list", "--all")["tasks"]
    assert peer.ok("sync")["adopted_total"] == 5
    assert [each["state"] for each in peer.ok("task", "list", "--all")["tasks"]] == ["in_progress"]
    assert [(each["kind"], each["state"]) for each in peer.ok("claims", "--all")["claims"] if each["state"] == "active"] == [
        ("task", "active")
    ]
    assert river.ok("sync")["outcome"] == "synced"


def test_what_the_tip_refuses_is_refused_at_once_and_never_published(world: World, peer: Clone, sandboxed) -> None:
    rules(world, ONE_BRANCH)
    river = sandboxed("river")
    peer.ok("claim", "src/part1.py")
    said = river.run("claim", "src/part1.py", "--json")
    assert said.code == 3 and said.error["code"] == "claim-conflict", said
    assert not (river.path / ".gitcoord").exists()


def test_two_adopters_at_once_land_each_once(world: World, peer: Clone, sandboxed) -> None:
    rules(world, PREFIX)
    second = world.clone("second", agent="second")
    second.env = peer.env
    second.ok("init", "--yes", "--no-hooks")
    river = sandboxed("river")
    for n in range(4):
        assert river.run("claim", f"src/part{n}.py").code == 6
    children = [clone.spawn("sync", "--json") for clone in (peer, second)]
    answers = [json.loads(child.communicate(timeout=60)[0]) for child in children]
    assert sum(each.get("adopted_total", 0) for each in answers) == 4, answers
    assert landed(world, "claim src/part0.py") == landed(world, "claim src/part3.py") == 1 or landed(world, "4 intents") == 1


def test_an_adopter_that_is_killed_leaves_nothing_half_and_the_next_goes_on(
    world: World, peer: Clone, sandboxed, tmp_path: Path
) -> None:
    rules(world, PREFIX)
    river = sandboxed("river")
    assert river.run("claim", "src/part1.py").code == 6
    gate, reached = tmp_path / "gate", tmp_path / "reached"
    hook = world.hub / "hooks" / "pre-receive"
    executable(hook, f"#!/bin/sh\ntouch {reached}; while [ ! -e {gate} ]; do sleep 0.02; done\n")
    child = peer.spawn("sync")
    while not reached.exists():
        assert child.poll() is None
    child.send_signal(signal.SIGKILL)
    child.communicate()
    gate.touch()
    hook.unlink()
    peer.ok("sync")
    peer.ok("sync")
    assert landed(world, "claim src/part1.py by river") == 1
    assert [each["agent"] for each in peer.ok("claims", "--all")["claims"]] == ["river"]


def test_a_killed_restricted_command_publishes_later_and_once(world: World, peer: Clone, sandboxed, tmp_path: Path) -> None:
    rules(world, PREFIX)
    river = sandboxed("river")
    assert river.run("claim", "src/part1.py").code == 6
    gate, reached = tmp_path / "gate", tmp_path / "reached"
    hook = world.hub / "hooks" / "pre-receive"
    executable(hook, f"#!/bin/sh\ntouch {reached}; while [ ! -e {gate} ]; do sleep 0.02; done\n")
    child = river.spawn("claim", "src/part2.py")
    while not reached.exists():
        assert child.poll() is None
    child.send_signal(signal.SIGKILL)
    child.communicate()
    gate.touch()
    hook.unlink()
    assert river.run("sync").code == 6, "its carrier is not where it left it, and goes on from there"
    assert len(peer.ok("sync")["adopted"]) == 2
    assert len(river.ok("sync")["confirmed"]) == 2


def test_harvest_tells_what_would_land_lands_it_once_and_says_when_it_cannot(world: World, peer: Clone, sandboxed) -> None:
    rules(world, PREFIX)
    river, sky = sandboxed("river"), sandboxed("sky")
    for clone in (river, sky):
        assert clone.run("claim", f"src/part{len(clone.agent) % 2}.py").code == 6
    ci = world.clone("ci")
    refused = ci.run("harvest", "--json")
    assert refused.code == 8 and refused.error["code"] == "remote-refused", refused
    ci.env = peer.env
    before = world.tip
    assert len(ci.ok("harvest", "--dry-run")["adopted"]) == 2 and world.tip == before
    one = json.loads((sky.path / ".git/gitcoord/state.json").read_text())["carrier_branch"]
    assert [each["agent"] for each in ci.ok("harvest", one)["adopted"]] == ["sky"]
    assert [each["agent"] for each in ci.ok("harvest")["adopted"]] == ["river"]
    again = ci.ok("harvest", "--strict")
    assert again["adopted"] == [] and again["branches"] == 2
    assert "adopted 0 from 2 branches" in ci.run("harvest").out
    absent = ci.run("harvest", "no/such")
    assert absent.code == 0 and "no branch to look at there: no/such" in absent.out, "it may be gone since"
    world.hub.rename(world.hub.with_suffix(".gone"))
    assert ci.run("harvest").code == 8


def test_harvest_without_a_remote_is_a_misunderstanding(world: World) -> None:
    lonely = world.clone("lonely", agent="river")
    lonely.git("remote", "remove", "origin")
    lonely.ok("init", "--yes", "--no-hooks")
    assert lonely.run("harvest").code == 2


def test_a_strict_harvest_exits_1_when_something_was_refused(world: World, peer: Clone, sandboxed) -> None:
    rules(world, ONE_BRANCH)
    river = sandboxed("river")
    assert river.run("claim", "src/part1.py").code == 6
    river.write(".gitcoord/outbox/readme.md", "hello\n")
    publish(river)
    assert peer.run("harvest", "--strict").code == 1
    assert [each["agent"] for each in peer.ok("claims", "--all")["claims"]] == ["river"]


def test_a_branch_that_is_rewritten_or_gone_is_no_trouble(world: World, peer: Clone, sandboxed) -> None:
    rules(world, ONE_BRANCH)
    river = sandboxed("river")
    assert river.run("claim", "src/part1.py").code == 6
    publish(river)
    assert len(peer.ok("sync")["adopted"]) == 1
    world.at_hub("update-ref", "refs/heads/claude/river", "refs/heads/main")
    assert "adopted" not in peer.ok("sync")
    world.at_hub("update-ref", "-d", "refs/heads/claude/river")
    world.at_hub("update-ref", "refs/heads/claude/river/below", "refs/heads/main")
    assert "adoption" not in peer.ok("sync")
    assert peer.git("for-each-ref", "refs/remotes").count("claude") == 0, "the user's refs stay as they are"


def test_who_may_not_push_learns_it_in_the_first_brief(world: World, peer: Clone, sandboxed) -> None:
    rules(world, ONE_BRANCH)
    river = sandboxed("river")
    assert river.run("claim", "src/part1.py").code == 6
    event = {"session_id": "s1", "hook_event_name": "SessionStart", "source": "startup", "cwd": str(river.path)}
    said = river.run("hook", "claude", stdin=json.dumps(event).encode())
    assert said.code == 0 and "TRANSPORT tree" in said.out and "git push" in said.out, said


def test_the_files_of_the_outbox_are_nobodys_edit(world: World, peer: Clone, sandboxed) -> None:
    rules(world, ONE_BRANCH)
    peer.ok("claim", ".gitcoord/")
    river = sandboxed("river")
    river.ok("hooks", "install")
    assert river.run("claim", "src/part1.py").code == 6
    publish(river)
    assert "tree claude/river" in json.dumps(peer.ok("sync")["adopted"])
    checked = river.run("ci", "check", "--base", "origin/main", "--head", "HEAD", "--json")
    assert '"uncovered": 0' in checked.out and ".gitcoord" not in checked.out, checked


def test_a_hub_that_refuses_for_a_while_and_then_everything(world: World, peer: Clone, sandboxed) -> None:
    """From carrier to nothing and back: no write is lost and none is told twice."""
    rules(world, PREFIX)
    river = sandboxed("river")
    assert river.run("claim", "src/part1.py").code == 6
    rules(world, NOTHING)
    said = river.run("claim", "src/part2.py", "--json")
    assert said.code == 6 and said.json["sync"] == "tree", said
    rules(world, HEAD)
    assert river.ok("sync", "--probe")["outcome"] == "synced"
    assert len(peer.ok("claims", "--all", "--fresh")["claims"]) == 2
    assert "adopted" not in peer.ok("sync")


def test_a_contributor_without_rights_takes_part_by_a_fork(world: World, peer: Clone, tmp_path: Path) -> None:
    fork = tmp_path / "eve" / "app.git"
    world.git("clone", "-q", "--bare", str(world.hub), str(fork))
    rules(world, NOTHING)
    eve = world.clone("contributor", agent="eve")
    eve.git("remote", "add", "mine", f"file://{fork}")
    eve.env = {**eve.env, "GITCOORD_SYNC_CARRIER_REMOTE": "mine"}
    said = eve.run("claim", "src/part1.py", "--json")
    assert said.code == 6 and said.json["sync"] == "carrier", said
    assert "adopted" not in peer.ok("sync"), "a fork is looked at only when somebody says so"
    peer.git("remote", "add", "eve", f"file://{fork}")
    adopted = peer.ok("harvest", "--remote", "eve")["adopted"]
    assert [each["agent"] for each in adopted] == ["eve"] and "app:gitcoord-carrier/" in adopted[0]["via"]
    assert eve.ok("sync")["confirmed"]
    mallory = tmp_path / "mallory" / "other.git"
    mallory.parent.mkdir()
    world.git("clone", "-q", "--bare", str(fork), str(mallory))
    assert eve.run("claim", "src/part2.py").code == 6
    ref = f"refs/heads/{json.loads((eve.path / '.git/gitcoord/state.json').read_text())['carrier_branch']}"
    world.git("fetch", "-q", str(fork), f"{ref}:{ref}", "--update-head-ok", cwd=mallory)
    peer.git("remote", "add", "mallory", f"file://{mallory}")
    stolen = peer.ok("sync", GITCOORD_SYNC_ADOPT_REMOTES="mallory")
    assert not stolen["adopted"] and stolen["refused_carried"], "a copy of her branch elsewhere does not speak for her"
    assert len(peer.ok("sync", GITCOORD_SYNC_ADOPT_REMOTES="eve")["adopted"]) == 1


def test_a_token_is_never_written_where_everybody_reads_it(world: World, peer: Clone) -> None:
    token = "ghp_" + "a1B2" * 9
    said = peer.run("ask", f"is {token} the right one?", "--json")
    assert said.code == 1 and said.error["code"] == "check-failed" and token not in said.out + said.err, said
    assert peer.ok("status")["outbox"]["pending"] == 0
    assert token not in world.at_hub("log", "-p", "gitcoord-sync")
    peer.ok("ask", f"is {token} the right one?", GITCOORD_SECRETS_SCAN="false")


def test_a_message_that_waits_is_not_called_sent(world: World, peer: Clone, sandboxed) -> None:
    rules(world, PREFIX)
    peer.ok("ask", "which port?")
    river = sandboxed("river")
    said = river.run("msg", "send", "--to", "peer", "hello")
    assert said.code == 6 and said.out.startswith("PROVISIONAL"), said
    for text in (said.out, river.run("status").out, river.run("sync").out):
        assert "delivered" not in text and "\nsent" not in text, text
    assert "hello" not in peer.run("msg", "recv").out
    peer.ok("sync")
    assert "hello" in peer.run("msg", "recv").out
