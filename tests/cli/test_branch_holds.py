"""Claims that live until the work is merged: who may take the paths meanwhile, and how a hold ends by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

PATH = "src/part1.py"


@pytest.fixture
def worked(pair: Any) -> tuple[Any, Any, str]:
    """River changed a file on a branch, pushed the branch, and gave the claim back."""
    river, sky = pair
    river.git("switch", "-q", "-c", "feature")
    river.ok("claim", PATH)
    commit = river.commit(PATH, "x = 'river'\n")
    river.git("push", "-q", "origin", "feature")
    given = river.ok("release", PATH)["claims"][0]
    assert given["state"] == "hold" and given["hold"]["commit"] == commit
    assert [each.split()[1] for each in given["hold"]["paths"]] == [PATH]
    return river, sky, commit


def _integrate(river: Any, *how: tuple[str, ...]) -> None:
    river.git("switch", "-q", "main")
    river.git("pull", "-q", "origin", "main")
    for words in how:
        river.git(*words)
    river.git("push", "-q", "origin", "main")


def _upstream_moves(sky: Any, name: str = "docs/other.md") -> None:
    sky.git("switch", "-q", "main")
    sky.git("pull", "-q", "origin", "main")
    sky.commit(name, "meanwhile\n")
    sky.git("push", "-q", "origin", "main")


def test_others_may_take_the_path_only_on_top_of_the_work(worked: Any) -> None:
    _, sky, commit = worked
    said = sky.run("claim", PATH)
    assert said.code == 3 and commit[:12] in said.err and "river" in said.err and "--accept-divergence" in said.err
    assert sky.run("check", PATH).code == 3
    told = sky.run("claim", PATH, "--json").error
    assert told["conflicts"][0]["claim"]["hold"]["branch"] == "feature"
    sky.git("fetch", "-q", "origin", "feature")
    sky.git("switch", "-q", "-c", "mine", "origin/feature")
    assert sky.run("check", PATH).code == 0
    assert sky.ok("claim", PATH)["outcome"] == "granted", "on top of it nobody builds beside it"


def test_divergence_is_accepted_by_name_and_told(worked: Any) -> None:
    river, sky, _ = worked
    assert sky.ok("claim", PATH, "--accept-divergence")["outcome"] == "granted"
    events = [each["type"] for each in river.ok("read", "--fresh")["events"]]
    assert "claim.diverged" in events


def _merge(river: Any, sky: Any) -> None:
    _integrate(river, ("merge", "-q", "--no-ff", "-m", "merge", "feature"))


def _fast_forward(river: Any, sky: Any) -> None:
    _integrate(river, ("merge", "-q", "--ff-only", "feature"))


def _squash(river: Any, sky: Any) -> None:
    _upstream_moves(sky)
    _integrate(river, ("merge", "-q", "--squash", "feature"), ("commit", "-q", "-m", "squashed"))


def _rebase(river: Any, sky: Any) -> None:
    _upstream_moves(sky)
    river.git("fetch", "-q")
    river.git("switch", "-q", "-c", "rebased", "feature")
    river.git("rebase", "-q", "origin/main")
    _integrate(river, ("merge", "-q", "--ff-only", "rebased"))


def _cherry_pick(river: Any, sky: Any) -> None:
    _upstream_moves(sky)
    _integrate(river, ("cherry-pick", "feature"))


def _squash_then_changed_again(river: Any, sky: Any) -> None:
    _squash(river, sky)
    river.commit(PATH, "x = 'and on'\n")
    river.git("push", "-q", "origin", "main")


@pytest.mark.parametrize("lands", [_merge, _fast_forward, _squash, _rebase, _cherry_pick, _squash_then_changed_again])
def test_the_hold_ends_by_itself_when_the_work_lands(worked: Any, lands: Callable[[Any, Any], None]) -> None:
    river, sky, _ = worked
    lands(river, sky)
    sky.git("switch", "-q", "main")
    sky.git("pull", "-q", "origin", "main")
    granted = sky.ok("claim", PATH)
    assert granted["outcome"] == "granted"
    assert sky.ok("claims", "--holds")["claims"] == [], "what has landed holds nothing"


def test_the_holders_own_sync_ends_it_too(worked: Any) -> None:
    river, sky, _ = worked
    _merge(river, sky)
    assert [each["scope"] for each in river.ok("sync")["landed"]] == [PATH]
    assert sky.ok("check", PATH, "--fresh")["free"]
    before = river.ok("status")["as_of"]["revision"]
    assert river.ok("sync")["landed"] == []
    assert river.ok("status", "--fresh")["as_of"]["revision"] == before, "and then there is nothing to write"


def test_the_sync_of_anybody_who_sees_it_landed_ends_it(worked: Any) -> None:
    river, sky, _ = worked
    for _ in "12":  # the second time nothing is looked at again
        assert sky.ok("sync")["landed"] == []
    _squash(river, sky)
    sky.git("fetch", "-q")
    assert [each["scope"] for each in sky.ok("sync")["landed"]] == [PATH]
    assert sky.ok("claims", "--holds")["claims"] == []


def test_why_tells_of_work_that_has_not_landed(worked: Any) -> None:
    _, sky, _ = worked
    told = sky.ok("why", PATH, "--fresh")
    assert (told["holders"], [each["state"] for each in told["holds"]]) == ([], ["hold"])
    said = sky.run("why", PATH).out
    assert "given back; its work" in said


def test_the_refusal_of_a_hold_says_what_to_do_in_json_too(worked: Any) -> None:
    _, sky, _ = worked
    error = sky.run("claim", PATH, "--json").error
    assert "has not landed" in error["message"]
    assert "git fetch && git merge" in error["hint"]


def test_another_change_of_the_same_path_is_not_the_work(worked: Any) -> None:
    _, sky, _ = worked
    _upstream_moves(sky, PATH)
    assert sky.run("claim", PATH).code == 3


def test_what_has_landed_before_it_is_given_back_is_no_hold(pair: Any) -> None:
    river, sky = pair
    river.ok("claim", PATH)
    river.commit(PATH, "x = 'river'\n")
    river.git("push", "-q", "origin", "HEAD:main")
    assert river.ok("release", PATH)["claims"][0]["state"] == "released"
    assert sky.run("claim", PATH).code == 0


@pytest.mark.parametrize("way", ["option", "setting", "twice"])
def test_nobody_has_to_hold(pair: Any, way: str) -> None:
    river, sky = pair
    river.git("switch", "-q", "-c", "feature")
    if way == "setting":
        river.ok("config", "set", "claims.sticky", "false")
    river.ok("claim", PATH)
    river.commit(PATH, "x = 'river'\n")
    released = river.ok("release", PATH, *(["--no-hold"] if way == "option" else []))["claims"][0]
    if way == "twice":
        assert released["state"] == "hold"
        released = river.ok("release", released["alias"])["claims"][0]
    assert released["state"] == "released"
    assert sky.run("claim", PATH).code == 0


def test_leaving_holds_the_work_as_well(pair: Any) -> None:
    river, sky = pair
    river.ok("start", "login")
    river.git("switch", "-q", "-c", "feature")
    river.ok("claim", PATH)
    river.commit(PATH, "x = 'river'\n")
    river.ok("leave", "out of context")
    said = sky.run("claim", PATH, "--fresh")
    assert said.code == 3 and "has not landed" in said.err


def test_a_claimant_whose_head_lacks_landed_work_is_told(pair: Any) -> None:
    river, sky = pair
    river.commit(PATH, "x = 'landed'\n")
    river.git("push", "-q", "origin", "HEAD:main")
    sky.git("fetch", "-q", "origin")
    said = sky.run("claim", PATH)
    assert said.code == 0 and "your HEAD lacks 1 commit of main" in said.out
    assert "lacks" not in sky.run("claim", "src/part2.py").out


def test_a_hold_of_a_commit_that_nobody_has_stands_until_it_is_lifted_by_name(pair: Any) -> None:
    river, sky = pair
    river.git("switch", "-q", "-c", "feature")
    river.ok("claim", PATH)
    river.commit(PATH, "x = 'never pushed'\n")
    river.ok("release", PATH)
    assert sky.run("claim", PATH).code == 3
    assert sky.run("claim", PATH, "--accept-divergence").code == 0


def test_who_waits_is_not_served_beside_work_that_has_not_landed(pair: Any) -> None:
    river, sky = pair
    river.git("switch", "-q", "-c", "feature")
    river.ok("claim", PATH)
    assert "queued" in sky.run("claim", PATH, "--wait", "5m", "--no-block").out
    river.commit(PATH, "x = 'river'\n")
    river.ok("release", PATH)
    assert sky.ok("claims", "--mine", "--fresh")["claims"] == []
    river.git("switch", "-q", "main")
    river.git("merge", "-q", "feature")
    river.git("push", "-q", "origin", "main")
    river.ok("sync")
    assert [each["scope"] for each in sky.ok("claims", "--mine", "--fresh")["claims"]] == [PATH], "served once it has landed"


def test_who_claimed_before_it_went_on_to_its_branch_holds_the_work_all_the_same(pair: Any) -> None:
    river, sky = pair
    river.ok("claim", PATH)
    river.git("switch", "-q", "-c", "afterwards")
    river.commit(PATH, "x = 'afterwards'\n")
    assert [each["state"] for each in river.ok("release", PATH)["claims"]] == ["hold"]
    assert sky.run("claim", PATH).code == 3


def test_the_claim_is_judged_by_the_branch_it_was_made_on(pair: Any) -> None:
    river, sky = pair
    river.git("switch", "-q", "-c", "feature")
    river.ok("claim", PATH)
    commit = river.commit(PATH, "x = 'river'\n")
    river.git("push", "-q", "origin", "feature")
    river.git("switch", "-q", "main")
    given = river.ok("release", PATH)["claims"][0]
    assert (given["state"], given["hold"]["commit"], given["hold"]["branch"]) == ("hold", commit, "feature")
    assert sky.run("claim", PATH).code == 3


DAMAGE = ["7", '"text"', "[a, b]", "true", "{commit: x;id, branch: 7, base: -f, paths: 7}", "{paths: [{}, 3]}"]


@pytest.mark.parametrize("harm", DAMAGE)
def test_a_hold_that_anybody_wrote_stops_no_other_write_and_is_no_command(worked: Any, tmp_path: Any, harm: str) -> None:
    river, sky, _ = worked
    place = tmp_path / "by-hand"
    river.git("clone", "-q", "-b", "gitcoord-sync", river.git("remote", "get-url", "origin").strip(), str(place))
    file = next(each for each in place.rglob("claims/**/*.yml") if "hold:" in each.read_text())
    kept = file.read_text().split("\nhold:")[0]
    file.write_text(f"{kept}\nhold: {harm}\n")
    for words in (("commit", "-qam", "by hand"), ("push", "-q")):
        river.git("-C", str(place), *words)
    sky.run("sync")
    said = sky.run("claim", PATH, "--fresh")
    assert said.code in (0, 3) and "x;id" not in said.out + said.err
    assert sky.run("check", PATH).code in (0, 3)
    assert sky.ok("claim", "src/part9.py")["outcome"] == "granted"
    assert sky.run("claims", "--holds", "--json").code == 0
    assert sky.run("release", "--all").code == 0
