"""``ci check`` in a clone that knows nothing but fetched branches, with the network gone."""

from __future__ import annotations

import os

import pytest

from tests.ci.conftest import Job, job_of, publish
from tests.conftest import Clone, World


@pytest.fixture
def work(pair) -> tuple[Clone, Clone]:
    """Sky works on a branch of its own and holds ``src/part2.py``; River holds ``src/part1.py``."""
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.git("switch", "-q", "-c", "sky-work")
    sky.ok("claim", "src/part2.py")
    return pair


def test_a_live_claim_of_another_is_told_with_its_holder_and_nothing_is_written(work, world: World) -> None:
    _, sky = work
    sky.commit("src/part1.py", "x = 1\ny = 1\n")
    sky.commit("src/part2.py", "x = 2\ny = 1\n")
    publish(sky, "sky-work")
    job = job_of(world)
    before = sorted(os.listdir(job.path / ".git"))
    said = job.check("sky-work")
    assert said.code == 3
    assert "src/part1.py  river until" in said.out and "CLM-1" in said.out and "src/part2.py  sky, CLM-2" in said.out
    found = job.found("sky-work")
    assert [each["path"] for each in found["conflicts"]] == ["src/part1.py"] and found["conflicts"][0]["line"] == 2
    assert (found["agents"], found["known_by"], found["uncovered"]) == (["sky"], "branch", [])
    assert sorted(os.listdir(job.path / ".git")) == before
    assert job.git("status", "--porcelain") == ""


def test_nobody_is_blamed_for_what_the_target_has_already(work, world: World) -> None:
    river, sky = work
    sky.commit("src/part2.py", "mine\n")
    river.commit("src/part1.py", "river's\n")
    publish(river, "main")
    sky.git("fetch", "-q", "origin")
    sky.git("merge", "-q", "--no-edit", "origin/main")
    publish(sky, "sky-work")
    found = job_of(world).found("sky-work")
    assert found["ok"] and found["changed"] == 1


def test_what_no_claim_covered_is_what_the_team_says(work, world: World) -> None:
    _, sky = work
    sky.commit("src/part3.py", "free\n")
    publish(sky, "sky-work")
    job = job_of(world)
    for policy, exit, mark in (("ignore", 0, "gitcoord passed"), ("warn", 0, "::warning file="), ("fail", 1, "::error file=")):
        said = job.check("sky-work", "--format", "github", GITCOORD_CI_UNCOVERED=policy)
        assert said.code == exit and said.out.startswith(mark), said


def test_a_conflict_may_be_made_a_warning(work, world: World) -> None:
    river, sky = work
    river.ok("config", "set", "ci.conflicts", "warn")
    sky.commit("src/part1.py", "mine\n")
    publish(sky, "sky-work")
    said = job_of(world).check("sky-work", "--format", "github")
    assert said.code == 0 and said.out.startswith("::warning file=src/part1.py")


def test_released_claims_are_in_nobodys_way_and_cover_what_was_done_under_them(work, world: World) -> None:
    river, sky = work
    sky.commit("src/part2.py", "done\n")
    publish(sky, "sky-work")
    sky.ok("release", "--all", "--no-hold")
    river.ok("release", "--all")
    found = job_of(world).found("sky-work")
    assert found["ok"] and not found["uncovered"] and found["held"][0]["claim"]["state"] == "released"


def test_work_given_back_and_not_landed_is_told_until_the_branch_stands_on_it(work, world: World) -> None:
    river, sky = work
    river.ok("release", "--all")
    river.git("switch", "-q", "-c", "river-work")
    river.ok("claim", "src/part1.py")
    river.commit("src/part1.py", "river's work\n")
    publish(river, "river-work")
    river.ok("release", "--all")
    sky.commit("src/part1.py", "other words\n")
    publish(sky, "sky-work")
    job = job_of(world)
    found = job.found("sky-work")
    assert found["ok"] and found["unlanded"][0]["path"] == "src/part1.py"
    assert job.found("river-work")["unlanded"] == [], "its own work is in nobody's way"
    sky.git("fetch", "-q", "origin")
    sky.git("reset", "-q", "--hard", "origin/river-work")
    sky.commit("src/part1.py", "built on it\n")
    publish(sky, "sky-work")
    assert job.see().found("sky-work")["unlanded"] == []


def test_only_the_claimed_symbol_is_in_the_way(pair, world: World) -> None:
    river, sky = pair
    river.commit("src/app.py", "def one():\n    return 1\n\n\ndef two():\n    return 2\n")
    publish(river, "main")
    river.ok("claim", "src/app.py#two")
    sky.git("fetch", "-q", "origin")
    sky.git("switch", "-q", "-C", "sky-work", "origin/main")
    sky.commit("src/app.py", "def one():\n    return 11\n\n\ndef two():\n    return 2\n")
    publish(sky, "sky-work")
    job = job_of(world)
    assert job.check("sky-work").code == 0
    sky.commit("src/app.py", "def one():\n    return 11\n\n\ndef two():\n    return 22\n")
    publish(sky, "sky-work")
    found = job.see().found("sky-work")
    assert found["conflicts"][0]["symbols"] == ["two"] and found["conflicts"][0]["line"] == 6


def test_the_name_of_a_common_branch_says_nothing_about_anybody(work, world: World) -> None:
    """River claimed while on main. Sky's change on main is no change of River's for that."""
    _, sky = work
    sky.commit("src/part1.py", "mine\n")
    publish(sky, "sky-work")
    job = job_of(world)
    first = job.git("rev-parse", "origin/main").strip()
    said = job.run("ci", "check", "--base", first, "--head", "origin/sky-work", "--branch", "main")
    assert said.code == 3 and "river" in said.out


def test_who_cannot_be_told_is_nobody_until_named(work, world: World) -> None:
    """One person's agents commit under one name, and so does what runs beside them without gitcoord."""
    river, _ = work
    river.commit("src/part1.py", "mine\n")
    publish(river, "renamed")
    job = job_of(world)
    said = job.check("renamed")
    assert said.code == 3 and "--agent NAME" in said.out
    assert job.found("renamed", "--agent", "river")["ok"]
    assert job.check("renamed", "--agent", "nobody").code == 5


def test_a_merge_queue_names_no_branch_and_the_commits_tell_it(work, world: World) -> None:
    _, sky = work
    sky.commit("src/part2.py", "mine\n")
    publish(sky, "sky-work")
    job = job_of(world)
    job.git("switch", "-q", "--detach", "origin/main")
    job.git("merge", "-q", "--no-ff", "-m", "queued", "origin/sky-work")
    found = job.run("ci", "check", "--base", "origin/main", "--head", "HEAD", "--json").json
    assert (found["ok"], found["agents"], found["known_by"]) == (True, ["sky"], "branch")


def test_another_branch_is_not_taken_for_the_sync_branch(work, world: World) -> None:
    said = job_of(world).run("ci", "check", "--base", "origin/main", "--sync", "origin/main")
    assert said.code == 10 and "no sync branch" in said.err


def test_without_the_sync_branch_the_fetch_is_named(world: World) -> None:
    clone = world.clone("plain")
    said = clone.run("ci", "check", "--base", "origin/main")
    assert said.code == 10 and "git fetch origin +refs/heads/gitcoord-sync:" in said.err


def test_a_fetch_of_the_one_branch_by_its_address_is_enough(work, world: World) -> None:
    _, sky = work
    sky.commit("src/part1.py", "mine\n")
    publish(sky, "sky-work")
    bare = world.root / "bare.git"
    world.git("clone", "-q", "--bare", "--single-branch", "--branch", "sky-work", f"file://{world.hub}", str(bare))
    world.git("fetch", "-q", f"file://{world.hub}", "main:main", cwd=bare)
    world.git("fetch", "-q", f"file://{world.hub}", "gitcoord-sync", cwd=bare)
    said = Clone(bare, world.env).run("ci", "check", "--base", "main", "--head", "sky-work", "--branch", "sky-work")
    assert said.code == 3 and "river" in said.out


def test_a_checkout_that_is_too_shallow_could_not_be_checked(work, world: World) -> None:
    river, sky = work
    river.commit("free.txt", "x\n")
    publish(river, "main")
    sky.commit("src/part2.py", "x\n")
    publish(sky, "sky-work")
    shallow = Job((made := world.clone("shallow", "--depth", "1", "--no-single-branch")).path, made.env)
    said = shallow.check("sky-work")
    assert said.code == 8 and "shallow" in said.err and "fetch-depth: 0" in said.err
    said = shallow.run("ci", "check", "--base", "0" * 40, "--head", "HEAD")
    assert said.code == 8 and "no commit that is here" in said.err
    world.at_hub("config", "uploadpack.allowFilter", "true")
    thin = Job((made := world.clone("thin", "--filter=blob:none")).path, made.env)
    said = thin.check("sky-work")
    assert said.code == 8 and "git fetch --no-filter" in said.err
    thin.git("fetch", "-q", "--no-filter", "--refetch", "origin", "gitcoord-sync")
    assert thin.check("sky-work").code == 0


def test_what_is_no_commit_is_said_to_be_none(pair, job: Job) -> None:
    for name in (" ", "--upload-pack=x", "a\nb", "origin/main:src", "no-such"):
        said = job.run("ci", "check", "--base", "origin/main", f"--head={name}")
        assert said.code == 8 and "no commit" in said.err and "Traceback" not in said.err, name
    said = job.run("ci", "check", "--base", "origin/gone")
    assert said.code == 8 and "git fetch origin +refs/heads/gone:refs/remotes/origin/gone" in said.err


def test_a_job_finds_branch_and_target_in_its_variables(work, world: World) -> None:
    _, sky = work
    sky.commit("src/part2.py", "mine\n")
    publish(sky, "sky-work")
    job = job_of(world)
    said = job.run("ci", "check", "--head", "origin/sky-work", "--json", GITHUB_HEAD_REF="sky-work", GITHUB_BASE_REF="main")
    assert said.json["ok"] and said.json["agents"] == ["sky"]
    base = job.git("rev-parse", "origin/main").strip()
    said = job.run(
        "ci", "check", "--head", "origin/sky-work", "--json", CI_MERGE_REQUEST_SOURCE_BRANCH_NAME="sky-work",
        CI_MERGE_REQUEST_DIFF_BASE_SHA=base,
    )  # fmt: skip
    assert said.json["base"] == base and said.json["agents"] == ["sky"]


def test_a_path_that_is_no_utf8_and_a_record_that_cannot_be_read_stop_nothing(work, world: World) -> None:
    river, sky = work
    (sky.path / os.fsdecode(b"src/\xff\n.py")).write_text("x\n")
    sky.commit("src/part1.py", "mine\n")
    publish(sky, "sky-work")
    river.git("fetch", "-q", "origin")
    river.git("switch", "-q", "-c", "by-hand", "origin/gitcoord-sync")
    river.commit("claims/zz/01m7yphgnwzmxg7g6ky98k2jzz.yml", "state: [\n")
    river.git("push", "-q", "--no-verify", "origin", "HEAD:refs/heads/gitcoord-sync")
    job = job_of(world)
    for form in ("text", "github", "gitlab"):
        said = job.check("sky-work", "--format", form)
        assert said.code == 3 and "Traceback" not in said.err, said
