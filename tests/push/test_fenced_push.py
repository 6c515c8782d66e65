"""Pushing code and record as one, from real clones to a real hub."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Clone, World


def at_hub(world: World, ref: str) -> str:
    return world.git("rev-parse", "--verify", "--quiet", f"refs/heads/{ref}", cwd=world.hub, check=False).strip()


def last_push(clone: Clone) -> dict:
    (line,) = clone.run("log", "--limit", "1", "--json", "--fresh").out.splitlines()[-1:]
    found = json.loads(line)
    assert found["kind"] == "code.push", found
    return found


def a_change(clone: Clone, branch: str = "work", path: str = "src/part1.py", text: str = "changed\n") -> str:
    clone.git("switch", "-q", "-C", branch)
    return clone.commit(path, text)


def test_code_and_record_land_in_one_push(world: World, pair) -> None:
    river, _ = pair
    (claim,) = river.ok("claim", "src/part1.py")["claims"]
    head = a_change(river)
    found = river.ok("push")
    assert at_hub(world, "work") == head and found["commit"] == world.tip and found["state"] == "confirmed"
    assert found["refs"] == [{"ref": "refs/heads/work", "old": "", "new": head}] and found["fenced"] is True
    assert [each["alias"] for each in found["claims"]] == [claim["alias"]]
    subject = world.at_hub("log", "-1", "--format=%s", "gitcoord-sync")
    assert subject.startswith("push work new..") and "CLM-1" in subject
    assert river.git("rev-parse", "origin/work").strip() == head


def test_pushing_again_what_is_there_does_nothing(world: World, pair) -> None:
    river, _ = pair
    a_change(river)
    river.ok("push")
    tip = world.tip
    assert river.ok("push")["outcome"] == "up-to-date" and world.tip == tip


def test_the_same_key_again_gives_the_first_outcome(world: World, pair) -> None:
    river, _ = pair
    a_change(river)
    first = river.ok("push", "--idempotency-key", "k1")
    again = river.ok("push", "--idempotency-key", "k1")
    assert again["replayed"] and (again["intent_id"], again["refs"]) == (first["intent_id"], first["refs"])
    a_change(river, text="other\n")
    said = river.run("push", "--idempotency-key", "k1", "--json")
    assert said.code == 4 and said.error["code"] == "idempotency-mismatch"


def test_anothers_claim_stops_it_before_anything_moves(world: World, pair) -> None:
    river, sky = pair
    river.ok("claim", "src/")
    a_change(sky)
    tip = world.tip
    said = sky.run("push", "--json")
    assert said.code == 3 and said.out == "" and said.error["code"] == "claim-conflict"
    (conflict,) = said.error["conflicts"]
    assert conflict["claim"]["agent"] == "river" and conflict["files"] == ["src/part1.py"]
    assert world.tip == tip and at_hub(world, "work") == ""
    assert sky.run("push", "--dry-run").code == 3
    found = sky.ok("push", "--ignore-claims")
    assert "river" in found["warnings"][0] and at_hub(world, "work")


def test_a_claim_that_was_taken_over_while_i_slept_stops_it_and_names_the_holder(world: World, pair) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    a_change(river)
    sky.ok("claim", "src/part1.py", "--take-over-live")
    said = river.run("push", "--json")
    assert said.code == 4 and said.error["code"] == "lease-token-conflict" and said.error["holder"] == "sky"
    assert at_hub(world, "work") == ""
    sky.ok("release", "--all")
    assert river.run("push").code == 4, "somebody else's finished work lies between"
    river.ok("claim", "src/part1.py", "--fresh")
    assert river.ok("push")["outcome"] == "pushed"


def test_release_goes_with_the_push(world: World, pair) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py", "docs/")
    a_change(river)
    assert "src/part1.py" in world.at_hub("show", "gitcoord-sync:README.md")
    found = river.ok("push", "--release", "-u", "origin", "HEAD")
    assert [each["state"] for each in found["claims"]] == ["hold"], "its work has not landed"
    assert "src/part1.py" not in world.at_hub("show", "gitcoord-sync:README.md"), "the page for people goes with it"
    assert [each["scope"] for each in sky.ok("claims", "--fresh")["claims"]] == ["docs/"]
    assert river.git("rev-parse", "--abbrev-ref", "work@{upstream}").strip() == "origin/work"
    assert world.at_hub("rev-list", "--count", "gitcoord-sync").strip() == "4"


def test_what_the_push_lands_is_released_and_not_held(world: World, pair) -> None:
    river, _ = pair
    river.ok("claim", "src/part1.py")
    a_change(river)
    found = river.ok("push", "--release", "origin", "HEAD:main")
    assert [each["state"] for each in found["claims"]] == ["released"]


def test_the_sync_branch_moved_meanwhile_is_decided_again(world: World, pair) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.ok("claim", "src/part2.py")
    head = a_change(river)
    assert river.ok("push", GITCOORD_SYNC_MAX_AGE="1h")["revision"] > 3
    assert at_hub(world, "work") == head


def test_the_code_branch_moved_meanwhile_stops_it(world: World, pair) -> None:
    river, sky = pair
    river.commit("one.txt")
    sky.commit("two.txt")
    sky.ok("push", "origin", "HEAD:main")
    tip = world.tip
    said = river.run("push", "origin", "HEAD:main", "--json")
    assert said.code == 4 and said.error["code"] == "state-revision-conflict" and "git fetch" in said.error["hint"]
    assert world.tip == tip
    river.git("fetch", "-q")
    said = river.run("push", "origin", "HEAD:main", "--json")
    assert said.code == 4 and "would lose" in said.error["message"]
    river.git("rebase", "-q", "origin/main")
    assert river.ok("push", "origin", "HEAD:main")["outcome"] == "pushed"


def test_commits_go_only_by_the_guard_that_names_it(world: World, pair) -> None:
    river, _ = pair
    a_change(river)
    river.ok("push")
    river.git("commit", "-q", "--amend", "-m", "other words")
    for words in (["push"], ["push", "--force"], ["push", "-f"], ["push", "origin", "+work"]):
        assert river.run(*words).code in (2, 4), words
    assert river.ok("push", "--force-with-lease")["outcome"] == "pushed"
    assert at_hub(world, "work") == river.git("rev-parse", "HEAD").strip()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--tags"], 2), (["origin", ":work"], 2), (["origin", "refs/heads/*:refs/heads/*"], 2),
        (["origin", "HEAD:refs/tags/v1"], 2),
        (["origin", "HEAD:gitcoord-sync"], 2), (["origin", "HEAD:x-gitcoord"], 2), (["origin", "nowhere:work"], 5),
        (["upstream", "HEAD"], 2), (["origin", "HEAD~1"], 2), (["origin", "HEAD:a..b"], 2), (["--mirror"], 2),
        (["origin", "main", "HEAD:main"], 2), (["origin", "--", "--upload-pack=x:main"], 5), (["--offline"], 8),
    ],
)  # fmt: skip
def test_what_it_does_not_do_is_refused_by_name(world: World, pair, words: list[str], code: int) -> None:
    river, _ = pair
    river.commit("one.txt")
    before = world.at_hub("for-each-ref")
    said = river.run("push", *words, "--json") if "--" not in words else river.run("push", "--json", *words)
    assert said.code == code, said
    assert said.error["message"] and world.at_hub("for-each-ref") == before


def test_several_branches_go_as_one(world: World, pair) -> None:
    river, sky = pair
    one = a_change(river, "one", "a.txt")
    two = a_change(river, "two", "b.txt")
    found = river.ok("push", "origin", "one", "two:other")
    assert (at_hub(world, "one"), at_hub(world, "other")) == (one, two) and len(found["refs"]) == 2
    sky.ok("claim", "c.txt")
    three = a_change(river, "three", "d.txt")
    a_change(river, "four", "c.txt")
    assert river.run("push", "origin", "three", "four").code == 3
    assert at_hub(world, "three") == "" and three


def test_a_detached_head_says_where_it_goes(world: World, pair) -> None:
    river, _ = pair
    head = river.commit("one.txt")
    river.git("checkout", "-q", "--detach")
    assert river.run("push").code == 2
    river.ok("push", "origin", "HEAD:work")
    assert at_hub(world, "work") == head


def test_a_remote_without_atomic_pushes_is_told_and_two_steps_are_offered_by_name(world: World, pair) -> None:
    river, sky = pair
    world.at_hub("config", "receive.advertiseAtomic", "false")
    river.ok("claim", "src/part1.py")
    head = a_change(river)
    before = world.at_hub("for-each-ref")
    said = river.run("push", "--json")
    assert said.code == 8 and "--two-step" in said.error["hint"] and world.at_hub("for-each-ref") == before
    found = river.ok("push", "--two-step", "--release")
    assert found["fenced"] is False and at_hub(world, "work") == head
    assert not sky.ok("claims", "--fresh")["claims"]
    sky.ok("claim", "src/part1.py", "--accept-divergence")
    a_change(river, "more", text="more\n")
    assert river.run("push", "--two-step").code == 3 and at_hub(world, "more") == ""


def test_a_hub_that_refuses_the_code_refuses_the_record_too(world: World, pair) -> None:
    river, _ = pair
    hook = world.hub / "hooks/update"
    hook.write_text('#!/bin/sh\n[ "$1" != refs/heads/work ]\n')
    hook.chmod(0o755)
    a_change(river)
    tip = world.tip
    said = river.run("push", "--json")
    assert said.code == 8 and said.error["code"] == "remote-refused" and world.tip == tip


def test_the_users_own_hook_runs_as_git_runs_it_and_ours_is_not_run_twice(world: World, pair) -> None:
    river, _ = pair
    head = a_change(river)
    seen = world.root / "seen"
    hook = river.path / ".git/hooks/pre-push"
    river.ok("hooks", "install")
    hook.write_text(hook.read_text() + f'\necho "$1 $(cat)" >>"{seen}"\n[ ! -e "{seen}.no" ]\n')
    (world.root / "seen.no").touch()
    said = river.run("push", "--json")
    assert said.code == 1 and at_hub(world, "work") == ""
    (world.root / "seen.no").unlink()
    river.ok("push")
    zero = "0" * 40
    assert seen.read_text() == f"origin refs/heads/work {head} refs/heads/work {zero}\n" * 2
    a_change(river, "next", text="more\n")
    (world.root / "seen.no").touch()
    river.ok("push", "--no-verify")


def test_without_a_remote_it_says_so(world: World, tmp_path) -> None:
    world.git("init", "-q", "-b", "main", str(tmp_path / "alone"))
    alone = Clone(tmp_path / "alone", world.env, agent="river")
    alone.commit("one.txt")
    alone.ok("init", "--yes", "--no-hooks")
    said = alone.run("push", "--json")
    assert said.code == 5 and "no remote" in said.error["message"]


def test_an_unreachable_remote_leaves_nothing_behind(world: World, pair) -> None:
    river, _ = pair
    a_change(river)
    river.git("branch", "-q", "-r", "-d", "origin/work", check=False)
    river.git("remote", "set-url", "origin", str(world.root / "gone.git"))
    said = river.run("push", "--json")
    assert said.code == 8 and river.ok("status", "--offline")["outbox"]["pending"] == 0


def test_claims_that_wait_in_the_outbox_land_first_and_fence_it(world: World, pair) -> None:
    river, _ = pair
    assert river.run("claim", "src/part1.py", "--offline").code == 6
    a_change(river)
    found = river.ok("push")
    assert [each["scope"] for each in found["claims"]] == ["src/part1.py"]


def test_nobody_is_blamed_for_what_the_default_branch_has(world: World, pair) -> None:
    river, sky = pair
    a_change(sky, "work", "mine.txt")
    sky.ok("push")
    river.ok("claim", "src/part1.py")
    river.commit("src/part1.py", "river's\n")
    river.ok("push", "origin", "HEAD:main")
    sky.git("fetch", "-q")
    sky.git("merge", "-q", "--no-edit", "origin/main")
    assert sky.ok("push")["outcome"] == "pushed"


@pytest.mark.usefixtures("pair")
def test_from_a_clone_that_tracks_one_branch_only(world: World) -> None:
    narrow = world.clone("narrow", "--single-branch", agent="narrow")
    narrow.ok("init", "--yes", "--no-hooks")
    one = a_change(narrow)
    narrow.ok("push")
    two = a_change(narrow, text="again\n")
    narrow.ok("push")
    assert at_hub(world, "work") == two != one
