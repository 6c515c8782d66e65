"""A decision is proposed, a person merges it with plain git, and it is in force: whatever the kind of merge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Clone, World
from tests.review.conftest import BRANCH, Person


def propose(river: Clone) -> str:
    river.ok("ask", "Which Python is the oldest?")
    found = river.ok("propose", "decision", "we drop Python 3.10", "--question", "BLK-1", "--body", "It ends in October.")
    assert (found["outcome"], found["state"], found["branch"]) == ("proposed", "confirmed", "gitcoord-propose/DEC-1")
    assert found["decisions"][0]["status"] == "proposed"
    return f"origin/{found['branch']}"


def decided(clone: Clone) -> dict[str, Any]:
    (found,) = clone.ok("decisions", "--fresh")["decisions"]
    return found


def move(sky: Clone) -> None:
    """Others go on working on the branch."""
    sky.ok("claim", "src/part1.py")
    sky.ok("task", "add", "something else")


def test_the_round_trip_of_a_squashed_pull_request(
    pair: tuple[Clone, Clone], world: World, person: Callable[..., Person]
) -> None:
    river, sky = pair
    branch = propose(river)
    move(sky)
    assert sky.ok("blockers", "--fresh")["blockers"], "a proposed answer answers nothing"
    sky.ok("read")

    pat = person("Pat")
    assert pat.git("diff", "--numstat", f"{branch}~1", branch).split()[:2] == ["1", "1"], "one line, for one eye"
    assert "we drop Python 3.10" in pat.git("log", "-1", "--format=%B", branch)
    pat.git("merge", "-q", "--squash", branch)
    pat.git("commit", "-q", "-m", "Ratify DEC-1 (#7)")
    pat.push()

    said = sky.run("read", "--fresh")
    assert "we drop Python 3.10” (on “Which Python is the oldest?”) (ratified by Pat)" in said.out, said
    assert "Pat  blocker.resolved BLK-1  “Which Python is the oldest?”" in said.out, said
    assert decided(sky)["ratified_by"] == "Pat" and decided(sky)["decided_by"] == "river"
    assert sky.ok("blockers")["blockers"] == []
    assert world.at_hub("log", "-1", "--format=%an", BRANCH).strip() == "Pat", "reading wrote nothing"

    sky.ok("claim", "src/part2.py")
    file = world.at_hub("show", f"{BRANCH}:{pat.path_of('decisions')}")
    assert "status: ratified" in file and "ratified_by: Pat" in file and "It ends in October." in file
    assert river.ok("digest", "--fresh")["digest"] == sky.ok("digest")["digest"]
    assert "we drop Python 3.10” (on “Which Python is the oldest?”) (ratified by Pat)" in river.run("read").out


WAYS = ("fast-forward", "merge", "squash", "rebase", "the other way round")


def merge(pat: Person, way: str, branch: str) -> None:
    if way == "fast-forward":
        pat.git("merge", "-q", "--ff-only", branch)
    elif way == "squash":
        pat.git("merge", "-q", "--squash", branch)
        pat.git("commit", "-q", "-m", "Ratify DEC-1 (#7)")
    elif way == "rebase":
        pat.git("switch", "-q", "-c", "review", branch)
        pat.git("rebase", "-q", f"origin/{BRANCH}")
    elif way == "the other way round":
        pat.git("switch", "-q", "-c", "review", branch)
        pat.git("merge", "-q", "-m", "catch up", f"origin/{BRANCH}")
    else:
        pat.git("merge", "-q", "-m", "Ratify DEC-1", branch)
    pat.push()


@pytest.mark.parametrize("way", WAYS)
def test_every_kind_of_merge_ratifies_also_when_the_branch_moved_meanwhile(
    way: str, pair: tuple[Clone, Clone], world: World, person: Callable[..., Person]
) -> None:
    river, sky = pair
    branch = propose(river)
    if way != "fast-forward":
        move(sky)
    before = sky.ok("status", "--fresh")["as_of"]["revision"]
    merge(person("Pat"), way, branch)

    found = decided(sky)
    assert (found["status"], found["alias"]) == ("ratified", "DEC-1")
    assert found["ratified_by"] == ("somebody" if way == "fast-forward" else "Pat"), "git does not tell who pushes"
    after = sky.ok("status")["as_of"]["revision"]
    assert after > before
    claim = river.ok("claim", "src/part3.py")["claims"][0]
    assert claim["fence"] == after + 1, "fences go on rising over commits that no gitcoord made"
    assert decided(sky) == found == decided(river), "the next landing wrote what every reader saw"
    digest = sky.ok("digest", "--fresh")["digest"]
    sky.ok("rebuild-index")
    assert sky.ok("digest")["digest"] == digest == river.ok("digest")["digest"]
    assert sky.run("validate").code == 0
    assert len([line for line in sky.run("log").out.splitlines() if "branch.edited" in line]) >= 1


def test_what_nobody_ratified_has_no_effect_and_is_said_to_have_none(pair: tuple[Clone, Clone]) -> None:
    river, sky = pair
    river.ok("ask", "Which Python is the oldest?")
    found = river.ok("decide", "BLK-1", "we drop Python 3.10", "--needs-ratification")
    assert found["branch"] == "gitcoord-propose/DEC-1"
    assert "proposed, not in force" in sky.run("decisions", "--fresh").out
    again = sky.ok("ask", "Do we drop Python 3.10?")
    assert "decided_before" not in again
    refused = sky.run("store", "put", "decision", "--id", "DEC-1", "status=ratified", "--json")
    assert refused.code == 2 and "its own command" in refused.error["message"]
    assert sky.ok("decide", "BLK-1", "we keep it")["blockers"][0]["state"] == "resolved", "a real decision goes first"
    once = river.ok("propose", "decision", "DEC-1")
    assert once["already"] and once["commit"] == found["commit"], "proposing again cuts nothing new"
    assert [each["state"] for each in river.ok("propose", "list")["proposals"]] == ["open"]


def test_readers_who_race_to_land_after_a_merge_tell_of_it_once(
    pair: tuple[Clone, Clone], world: World, person: Callable[..., Person]
) -> None:
    river, sky = pair
    branch = propose(river)
    merge(person("Pat"), "squash", branch)
    running = [clone.spawn("task", "add", f"{clone.agent} was here", "--json") for clone in (river, sky) for _ in range(2)]
    assert [each.wait(60) for each in running] == [0, 0, 0, 0], [each.stderr.read() for each in running if each.stderr]
    journals = world.at_hub("grep", "-h", "-o", '"type":"[a-z.]*"', BRANCH, "--", "journal").splitlines()
    assert journals.count('"type":"decision.ratified"') == 1 and journals.count('"type":"blocker.resolved"') == 1
    assert river.ok("digest", "--fresh")["digest"] == sky.ok("digest", "--fresh")["digest"]
    assert river.run("validate").code == 0
