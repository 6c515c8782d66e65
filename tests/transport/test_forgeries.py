"""What stands on a branch that an agent may push is foreign: who it speaks for is checked, and it harms nothing else."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from gitcoord.model.ids import new_ulid
from tests.conftest import Clone, World
from tests.transport.conftest import ONE_BRANCH, PREFIX, publish, rules

CLAIM = {"scopes": [{"kind": "file", "scope": "src/part4.py", "symbols": [], "files": 1}], "mode": "exclusive"}


def written(clone: Clone) -> dict[str, Any]:
    """The intent that a clone has left in its work tree."""
    file = next((clone.path / ".gitcoord/outbox").glob("*.md"))
    found: dict[str, Any] = json.loads(file.read_text().split("```json\n")[1].split("\n```")[0])
    return found


def leave(clone: Clone, intent: dict[str, Any], name: str = "") -> None:
    text = f"x\n\n```json\n{json.dumps(intent)}\n```\n"
    clone.write(f".gitcoord/outbox/{name or intent['id']}.md", text)


def again(intent: dict[str, Any], now: float = 0.0, **changes: Any) -> dict[str, Any]:
    """Another intent of the same shape."""
    made = new_ulid(now or time.time())
    return {**intent, "id": made, "key": made, "ids": [new_ulid(time.time()) for _ in intent["ids"]], **changes}


def carrier(world: World, clone: Clone, branch: str, files: dict[str, str]) -> None:
    """A branch with exactly these files, pushed as a forger would."""
    clone.git("switch", "-q", "--orphan", "forged")
    for name, text in files.items():
        clone.write(name, text)
    clone.git("add", "-A", "-f")
    clone.git("commit", "-q", "-m", "forged")
    clone.git("push", "-q", "origin", f"HEAD:refs/heads/{branch}")


@pytest.fixture
def scene(world: World, peer: Clone, sandboxed) -> tuple[Clone, Clone, Clone]:
    """Sky was adopted and holds part1; Eve has one honest intent of her own, not yet published."""
    rules(world, ONE_BRANCH)
    sky, eve = sandboxed("sky"), sandboxed("eve")
    assert sky.run("claim", "src/part1.py").code == 6
    publish(sky)
    assert len(peer.ok("sync")["adopted"]) == 1
    assert eve.run("claim", "src/part2.py").code == 6
    return peer, sky, eve


def test_a_branch_that_names_somebody_who_works_elsewhere_is_refused_and_told(scene) -> None:
    peer, _, eve = scene
    peer.ok("ask", "which port")
    theirs = peer.ok("claims", "--all", "--full")["claims"][0]
    honest = written(eve)
    session = {"session_id": theirs["session_id"]}
    for lie in (session, {"agent": "sky"}, {"agent": "sky", **session}, {"agent": "peer"}, {"agent": "peer", **session}):
        leave(eve, again(honest, actor={**honest["actor"], **lie}, args=CLAIM))
    publish(eve)
    said = peer.ok("sync")
    assert [each["agent"] for each in said["adopted"]] == ["eve"], "the honest one is adopted all the same"
    assert [each["code"] for each in said["refused_carried"]] == ["session-binding-conflict"] * 5, said
    assert {each["branch"] for each in said["refused_carried"]} == {"claude/eve"}
    assert {each["scope"]: each["agent"] for each in peer.ok("claims", "--all")["claims"]} == {
        "src/part1.py": "sky", "src/part2.py": "eve",
    }  # fmt: skip
    assert "refused_carried" not in peer.ok("sync"), "said once"
    assert peer.run("log", "--json", "--limit", "20").out.count('"kind": "carrier.refuse"') == 5


def test_an_adopted_claim_never_displaces_one_that_lives_and_its_author_is_told_at_the_next_command(scene) -> None:
    peer, _, eve = scene
    peer.ok("claim", "src/part2.py")
    leave(eve, again(written(eve), args={**CLAIM, "scopes": [{**CLAIM["scopes"][0], "scope": "src/part1.py"}],
                                         "take_over_live": True}))  # fmt: skip
    publish(eve)
    outcomes = [each["outcome"] for each in peer.ok("sync")["adopted"]]
    assert outcomes == ["contested", "contested"]
    assert {each["agent"] for each in peer.ok("claims", "--all")["claims"]} == {"peer", "sky"}
    status = eve.ok("status", "--fresh")
    assert status["outbox"] == {"pending": 0, "contested": 1}
    assert "CONTESTED" in eve.run("read").out
    assert "warning: what you wrote before was refused: " in eve.run("claim", "src/part5.py").out
    told = eve.run("sync", "--json")
    assert told.json["contested"][0]["code"] == "claim-conflict", told


def test_who_was_refused_hears_of_it_where_it_reads(scene) -> None:
    peer, _, eve = scene
    file = next((eve.path / ".gitcoord/outbox").glob("*.md"))
    file.write_text(file.read_text().replace('"agent":"eve"', '"agent":"sky"'))
    publish(eve)
    assert peer.ok("sync")["refused_carried"]
    assert eve.ok("status", "--fresh")["outbox"] == {"pending": 0, "contested": 1}
    told = eve.run("sync", "--json")
    assert told.code == 3 and told.json["refused"][0]["code"] == "session-binding-conflict"


def test_a_carrier_that_bears_the_name_of_another_clone_speaks_for_nobody_new(world: World, peer, sandboxed) -> None:
    rules(world, PREFIX)
    sky, eve = sandboxed("sky"), sandboxed("eve")
    for each in (sky, eve):
        assert each.run("claim", "src/part1.py" if each is sky else "src/part2.py").code == 6
    assert len(peer.ok("sync")["adopted"]) == 2
    branch = json.loads((eve.path / ".git/gitcoord/state.json").read_text())["carrier_branch"]
    path = world.at_hub("ls-tree", "-r", "--name-only", branch).strip()
    intent = json.loads(world.at_hub("cat-file", "-p", f"{branch}:{path}"))
    forged = again(intent, args=CLAIM)
    carrier(world, eve, "claude/zzzzzzzzzz-gitcoord", {f"outbox/{forged['id']}.json": json.dumps(forged)})
    said = peer.ok("sync")
    assert not said["adopted"] and "does not write the branch" in said["refused_carried"][0]["message"]


def test_what_is_old_is_refused_and_a_lease_that_would_be_over_is_not_begun(scene) -> None:
    peer, _, eve = scene
    honest = written(eve)
    ancient, late = time.time() - 30 * 86400, time.time() - 6 * 3600
    leave(eve, again(honest, ancient, at=ancient, args=CLAIM))
    leave(eve, again(honest, late, at=late, args=CLAIM))
    publish(eve)
    said = peer.ok("sync")
    assert sorted(each["outcome"] for each in said["adopted"]) == ["contested", "granted"]
    assert [each["code"] for each in said["refused_carried"]] == ["expired"]
    assert {each["scope"] for each in peer.ok("claims", "--all")["claims"]} == {"src/part1.py", "src/part2.py"}


HOSTILE = {
    "not json": "```json\n{]\n```\n", "no fence": "hello\n", "huge": "```json\n" + "9" * 200_000 + "\n```\n",
    "deep": "```json\n" + "[" * 50_000 + "\n```\n", "nul": "```json\n\0\n```\n", "list": "```json\n[1]\n```\n",
    "other format": '```json\n{"format": 99}\n```\n', "no actor": '```json\n{"format":1,"id":"x","kind":"y"}\n```\n',
}  # fmt: skip


def test_hostile_files_get_one_message_and_harm_nothing_else(scene) -> None:
    peer, _, eve = scene
    folder, honest = eve.path / ".gitcoord/outbox", written(eve)
    for n, text in enumerate(HOSTILE.values()):
        (folder / f"{new_ulid(time.time())}.md").write_text(text)
        (folder / f"note{n}.md").write_text("a note\n")
    (folder / f"{new_ulid(time.time())}.md").symlink_to("/etc/passwd")
    odd: list[dict[str, Any]] = [
        {"kind": "no.such"}, {"kind": "store.init"}, {"kind": 7}, {"ids": ["x"]}, {"at": "soon"}, {"at": 1e400}, {"args": []},
        {"actor": "eve"}, {"actor": {**honest["actor"], "agent": "\x1b[31meve"}}, {"key": new_ulid(time.time())},
        {"args": {"_provisional": True, "_settings": "claims: {}"}, "kind": "settings.set"}, {"kind": "carrier.refuse"},
        {"at": time.time() + 40 * 86400}, {"args": {**CLAIM, "scopes": "x"}}, {"expected_revision": "\0"}, {"seen": []},
    ]  # fmt: skip
    for change in odd:
        leave(eve, again(honest, **change))
    leave(eve, again(honest), name=new_ulid(time.time()))
    publish(eve)
    said = peer.run("sync", "--json")
    assert said.code == 0 and "Traceback" not in said.err, said
    assert [each["subject"] for each in said.json["adopted"] if each["outcome"] == "granted"] == ["claim src/part2.py by eve"]
    assert len(said.json["unusable"]) == 1 and said.json["unusable"][0]["files"] > len(HOSTILE)
    assert not any("\x1b" in text for text in (peer.run("sync").out, peer.run("log").out, said.out))
    assert {each["agent"] for each in peer.ok("claims", "--all")["claims"]} == {"sky", "eve"}
    assert peer.run("doctor").code == 0 and peer.run("validate").code == 0
    assert "claims:" not in peer.git("show", "origin/gitcoord-sync:settings.yml")
    peer.git("fetch", "-q", "origin", "claude/eve")
    peer.git("switch", "-q", "--detach", "FETCH_HEAD")
    assert peer.run("sync").code == 0, "whoever checks that branch out goes on as well"


def test_the_same_intent_by_several_roads_lands_once(world: World, scene) -> None:
    peer, _, eve = scene
    intent = written(eve)
    publish(eve)
    name = f"claude/{intent['actor']['clone']}-gitcoord"
    world.at_hub("update-ref", f"refs/heads/{name}", commit_of(world, {f"outbox/{intent['id']}.json": json.dumps(intent)}))
    world.at_hub("update-ref", "refs/heads/cursor/copy", "refs/heads/claude/eve")
    said = peer.ok("sync")
    assert len(said["adopted"]) == 1, said
    log = [json.loads(line) for line in peer.run("log", "--json", "--limit", "50").out.splitlines()]
    assert sum(each.get("intent_id") == intent["id"] for each in log) == 1


def commit_of(world: World, files: dict[str, str]) -> str:
    """A commit at the hub that holds these files, however many, by one ``fast-import``."""
    stream = [b"commit refs/heads/made\ncommitter x <x@x> 1700000000 +0000\ndata 0\n"]
    for name, text in files.items():
        data = text.encode()
        stream.append(b"M 100644 inline %s\ndata %d\n%s\n" % (name.encode(), len(data), data))
    world.git("fast-import", "--quiet", "--force", cwd=world.hub, stdin=b"".join(stream))
    oid = world.at_hub("rev-parse", "refs/heads/made").strip()
    world.at_hub("update-ref", "-d", "refs/heads/made")
    return oid


def test_ten_thousand_intents_on_one_branch_are_taken_in_bounded_steps(world: World, scene) -> None:
    peer, _, eve = scene
    intent = written(eve)
    many = {}
    for n in range(10_000):
        one = again(intent, kind="update.post", args={"text": f"step {n}"}, ids=[new_ulid(time.time())])
        many[f".gitcoord/outbox/{one['id']}.md"] = f"x\n\n```json\n{json.dumps(one)}\n```\n"
    world.at_hub("update-ref", "refs/heads/claude/flood", commit_of(world, many))
    started = time.monotonic()
    said = peer.ok("sync")
    took = time.monotonic() - started
    assert said["adopted_total"] == 200 and said["more"] == 9_800, said
    assert took < 50, took  # all of them: more than ten minutes
    assert peer.run("claim", "src/part5.py").code == 0


def test_ten_thousand_forged_ones_leave_a_bounded_trace(world: World, scene) -> None:
    peer, _, eve = scene
    intent = written(eve)
    intent["actor"]["agent"] = "sky"
    many = {}
    for n in range(10_000):
        one = again(intent, args={"text": f"step {n}"}, kind="update.post")
        many[f".gitcoord/outbox/{one['id']}.md"] = f"x\n\n```json\n{json.dumps(one)}\n```\n"
    world.at_hub("update-ref", "refs/heads/claude/flood", commit_of(world, many))
    before = int(world.at_hub("rev-list", "--count", "gitcoord-sync"))
    said = peer.ok("sync")
    assert not said["adopted"] and len(said["refused_carried"]) <= 20 and said["refused_more"] >= 1
    assert int(world.at_hub("rev-list", "--count", "gitcoord-sync")) == before + 1


def test_an_outbox_that_is_a_link_is_not_written_through(world: World, peer, sandboxed, tmp_path: Path) -> None:
    rules(world, ONE_BRANCH)
    river = sandboxed("river")
    (tmp_path / "elsewhere").mkdir()
    (river.path / ".gitcoord").symlink_to(tmp_path / "elsewhere")
    said = river.run("claim", "src/part1.py", "--json")
    assert said.code == 6 and said.json["sync"] == "local", said
    assert not list((tmp_path / "elsewhere").iterdir())
