"""Which road is taken on which platform, what is said of it, and that nothing is called confirmed before it is."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.conftest import World
from tests.transport.conftest import NOTHING, ONE_BRANCH, PREFIX, publish, rules


def branches(world: World) -> set[str]:
    return set(world.at_hub("for-each-ref", "--format=%(refname)").split())


def test_where_only_a_prefix_may_be_pushed_writes_wait_on_a_carrier_and_are_adopted(world: World, peer, sandboxed) -> None:
    rules(world, PREFIX)
    river = sandboxed("river")
    said = river.run("claim", "src/part1.py", "--json")
    assert said.code == 6 and said.json["sync"] == "carrier", said
    assert "403" in said.json["reason"] and "gitcoord sync" in said.json["publishes"]
    new = branches(world) - {"refs/heads/main", "refs/heads/gitcoord-sync"}
    assert len(new) == 1 and new.pop().startswith("refs/heads/claude/")
    status = river.ok("status")
    assert status["transport"]["mode"] == "carrier" and "403" in status["transport"]["reason"]
    assert not peer.ok("claims", "--all", "--fresh")["claims"]
    adopted = peer.ok("sync")["adopted"]
    assert [each["agent"] for each in adopted] == ["river"] and adopted[0]["via"].startswith("carrier claude/")
    assert [each["agent"] for each in peer.ok("claims", "--all")["claims"]] == ["river"]
    assert peer.run("log", "--json").out.count('"kind": "claim.acquire"') == 1
    told = river.ok("sync", "--json")["confirmed"]
    assert told[0]["claims"][0]["alias"] == "CLM-1"
    assert river.ok("status")["outbox"]["pending"] == 0


def test_where_one_branch_may_be_pushed_writes_are_files_of_the_work_tree(world: World, peer, sandboxed) -> None:
    rules(world, ONE_BRANCH)
    river = sandboxed("river")
    said = river.run("claim", "src/part1.py", "--json")
    assert said.code == 6 and said.json["sync"] == "tree" and "git push" in said.json["publishes"], said
    files = list((river.path / ".gitcoord/outbox").iterdir())
    assert [file.suffix for file in files] == [".md"]
    assert peer.ok("sync").get("adopted", []) == []
    publish(river)
    assert [each["via"] for each in peer.ok("sync")["adopted"]] == ["tree claude/river"]
    assert "adopted" not in peer.ok("sync"), "each once"
    assert river.ok("claims", "--mine", "--fresh")["claims"][0]["state"] == "active"
    assert not list((river.path / ".gitcoord/outbox").iterdir()), "what has landed leaves the work tree"


def test_where_nothing_may_be_pushed_it_is_said_and_nothing_is_lost(world: World, peer, sandboxed) -> None:
    hook = rules(world, NOTHING)
    river = sandboxed("river", branch="mine")
    said = river.run("claim", "src/part1.py", "--json")
    assert said.code == 6 and said.json["sync"] == "local", said
    assert not (river.path / ".gitcoord").exists(), "nobody looks for files on this branch"
    assert "TRANSPORT local" in river.run("status").out
    hook.unlink()
    assert river.ok("sync")["confirmed"]
    assert river.ok("status")["transport"]["mode"] == "direct"


def test_the_road_is_found_once_and_not_by_every_write(world: World, peer, sandboxed, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    rules(world, f'#!/bin/sh\necho "$1" >>{asked}\n' + ONE_BRANCH.removeprefix("#!/bin/sh\n"))
    river = sandboxed("river")
    for n in range(3):
        assert river.run("claim", f"src/part{n}.py").code == 6
    asked_for = asked.read_text().split()
    assert asked_for.count("refs/heads/gitcoord-sync") == 1 and len(asked_for) == 3, asked_for
    assert river.run("sync", "--probe").code == 6
    assert asked.read_text().split().count("refs/heads/gitcoord-sync") == 2


def test_a_spell_of_refusals_passes_and_the_direct_road_is_found_again(world: World, peer, sandboxed, tmp_path: Path) -> None:
    count = tmp_path / "count"
    rules(world, f"""#!/bin/sh
n=$(( $(cat {count} 2>/dev/null || echo 0) + 1 )); echo $n >{count}
[ $n -gt 3 ] && exit 0
echo "HTTP 503 Service Unavailable (403)" >&2; exit 1
""")
    river = sandboxed("river")
    assert river.run("claim", "src/part1.py").code == 6
    assert river.run("claim", "src/part2.py", GITCOORD_SYNC_REPROBE="0").code == 0
    assert [each["scope"] for each in peer.ok("claims", "--all", "--fresh")["claims"]] == ["src/part1.py", "src/part2.py"]
    assert river.ok("status")["transport"]["mode"] == "direct"
    assert not list((river.path / ".gitcoord/outbox").iterdir()), "what went another way is cleared away"


def test_everything_up_to_date_after_a_refusal_is_not_believed(world: World, peer, sandboxed, tmp_path: Path) -> None:
    from tests.faults.conftest import executable

    river = sandboxed("river")
    said = "fatal: unable to access: The requested URL returned error: 403\nEverything up-to-date"
    proxy = executable(tmp_path / "proxy", f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    river.git("config", "remote.origin.receivepack", proxy)
    answer = river.run("claim", "src/part1.py", "--timeout", "8s", "--json")
    assert answer.code == 6 and answer.json["state"] == "provisional", answer
    assert not peer.ok("claims", "--all", "--fresh")["claims"]


def test_a_remote_that_answers_503_for_hours_costs_no_minute(world: World, peer, sandboxed, tmp_path: Path) -> None:
    from tests.faults.conftest import executable

    river = sandboxed("river")
    said = "fatal: unable to access: The requested URL returned error: 503"
    river.git("config", "remote.origin.receivepack", executable(tmp_path / "proxy", f"#!/bin/sh\necho '{said}' >&2\nexit 1\n"))
    started = time.monotonic()
    answer = river.run("claim", "src/part1.py", "--json")
    assert answer.code == 6 and "503" in answer.json["reason"], answer
    assert time.monotonic() - started < 45
    river.git("config", "--unset", "remote.origin.receivepack")
    assert river.ok("sync")["confirmed"] and river.ok("status")["transport"]["mode"] == "direct"


def test_no_tag_no_deletion_no_forced_update_is_ever_pushed(world: World, peer, sandboxed, tmp_path: Path) -> None:
    log = tmp_path / "pushed"
    executable_log = f"#!/bin/sh\nwhile read old new ref; do echo $old $new $ref >>{log}; done\n"
    file = world.hub / "hooks" / "post-receive"
    file.write_text(executable_log)
    file.chmod(0o755)
    rules(world, PREFIX)
    river = sandboxed("river")
    for words in (["claim", "src/part1.py"], ["task", "add", "one"], ["sync"], ["handoff", "done"]):
        assert river.run(*words).code == 6
    peer.ok("sync")
    river.run("sync")
    lines = [line.split() for line in log.read_text().splitlines()]
    assert len(lines) > 4
    for old, new, ref in lines:
        assert ref.startswith("refs/heads/") and new.strip("0"), (old, new, ref)
        if old.strip("0"):
            world.at_hub("merge-base", "--is-ancestor", old, new)


def test_no_remote_at_all_the_repository_is_the_register(world: World) -> None:
    lonely = world.clone("lonely", agent="river")
    lonely.git("remote", "remove", "origin")
    lonely.ok("init", "--yes", "--no-hooks")
    said = lonely.ok("claim", "src/part1.py")
    assert said["state"] == "confirmed" and said["sync"] == "local"
    assert lonely.ok("status")["transport"] == {"mode": "local", "reason": "there is no remote"}


def test_no_remote_and_files_that_travel_are_provisional_and_reach_the_hub(world: World, peer) -> None:
    """Where the platform takes the files of the work tree and makes a branch of them."""
    task = world.clone("task", agent="codex")
    task.git("remote", "remove", "origin")
    tree = {"GITCOORD_SYNC_TRANSPORT": "tree"}
    assert task.run("init", "--yes", "--no-hooks", **tree).code in (0, 6)
    said = task.run("claim", "src/part1.py", "--json", **tree)
    assert said.code == 6 and said.json["sync"] == "tree" and said.json["state"] == "provisional", said
    task.git("add", "-A")
    task.git("commit", "-q", "-m", "work")
    task.git("push", "-q", f"file://{world.hub}", "HEAD:refs/heads/codex/task-1")
    assert [each["agent"] for each in peer.ok("sync")["adopted"]] == ["codex"]


@pytest.mark.parametrize("words", [["config", "set", "hooks.pre_push", "off"], ["hotspots", "promote", "src/part1.py"]])
def test_what_needs_more_than_a_branch_is_refused_at_once(world: World, peer, sandboxed, words: list[str]) -> None:
    rules(world, PREFIX)
    river = sandboxed("river")
    assert river.run("claim", "src/part1.py").code == 6
    said = river.run(*words, "--json")
    assert said.code == 8 and said.error["code"] == "remote-refused", said
    assert river.ok("status")["outbox"]["pending"] == 1, "only what can travel waits"
    offline = river.run(*words, "--offline")
    assert offline.code == 6 and river.run("sync").code == 6
    assert river.ok("status")["outbox"] == {"pending": 2, "contested": 0}, "what was promised to wait, waits"


def test_what_nobody_would_take_from_a_branch_is_refused_at_once(world: World, peer, sandboxed) -> None:
    rules(world, PREFIX)
    river = sandboxed("river")
    said = river.run("claim", *(f"src/{'long' * 50}{n}.py" for n in range(300)), "--json")
    assert said.code == 8 and "KiB that travel" in said.error["message"], said
    assert river.ok("status")["outbox"]["pending"] == 0


def test_from_a_shallow_clone_of_one_branch_the_same(world: World, peer) -> None:
    """As a cloud session may have it: no history, no refspec for the sync branch, a detached or made-up branch."""
    from tests.conftest import Clone

    rules(world, ONE_BRANCH)
    world.git("clone", "-q", "--depth=1", "--single-branch", f"file://{world.hub}", str(world.root / "cloud"))
    cloud = Clone(world.root / "cloud", {**world.env, "SESSION": "cloud"}, "cloud")
    cloud.git("switch", "-q", "-c", "claude/cloud")
    before = cloud.git("config", "--local", "--list")
    assert cloud.run("claim", "src/part1.py", "--json").json["sync"] == "tree"
    publish(cloud)
    assert [each["agent"] for each in peer.ok("sync")["adopted"]] == ["cloud"]
    assert cloud.ok("sync")["confirmed"][0]["claims"][0]["alias"] == "CLM-1"
    assert cloud.git("config", "--local", "--list") == before


def test_from_a_linked_worktree_the_file_lies_in_the_work_tree_that_asked(world: World, peer, sandboxed) -> None:
    rules(world, ONE_BRANCH)
    river = sandboxed("river")
    river.git("worktree", "add", "-q", "../linked", "-b", "claude/linked")
    linked = world.root / "linked"
    assert river.run("claim", "src/part1.py", cwd=linked).code == 6
    assert river.run("claim", "src/part2.py").code == 6
    assert [len(list((place / ".gitcoord/outbox").iterdir())) for place in (linked, river.path)] == [1, 1]


def test_what_was_written_on_another_road_is_not_said_to_wait_where_it_is_not(world: World, peer, sandboxed) -> None:
    river = sandboxed("river")
    river.run("task", "add", "one", GITCOORD_SYNC_TRANSPORT="local")
    here = "1 write is not on the sync branch; it waits on this machine: gitcoord sync"
    for mode in ("carrier", "tree", "local"):
        assert here in river.run("status", GITCOORD_SYNC_TRANSPORT=mode).out
    assert river.ok("status", GITCOORD_SYNC_TRANSPORT="carrier")["transport"]["unpublished"] == 1
    river.run("sync", GITCOORD_SYNC_TRANSPORT="carrier")
    river.run("task", "add", "two", GITCOORD_SYNC_TRANSPORT="local")
    said = river.run("status", GITCOORD_SYNC_TRANSPORT="carrier").out
    assert "2 writes are not on the sync branch; they wait on a branch of yours for a peer's gitcoord sync;" in said
    assert "1 of them waits on this machine only: gitcoord sync" in said
    river.run("sync", GITCOORD_SYNC_TRANSPORT="carrier")
    assert "unpublished" not in river.ok("status", GITCOORD_SYNC_TRANSPORT="carrier")["transport"]
    river.run("sync", GITCOORD_SYNC_TRANSPORT="tree")
    said = river.run("status", GITCOORD_SYNC_TRANSPORT="tree").out
    assert "2 writes are not on the sync branch; publish them: git add .gitcoord/outbox" in said
