"""``gitcoord propose``: what is cut, what is refused, where a person opens the pull request."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gitcoord.actions.forge import compare_link, forge_of
from tests.conftest import Clone, World
from tests.review.conftest import BRANCH, Person

HUB = "gitcoord-propose/DEC-4"


@pytest.mark.parametrize(("url", "link"), [
    ("git@github.com:Org/App.git", "https://github.com/Org/App/compare/gitcoord-sync...gitcoord-propose/DEC-4?expand=1"),
    ("https://tok:en@github.com/org/app", "https://github.com/org/app/compare/gitcoord-sync...gitcoord-propose/DEC-4?expand=1"),
    ("ssh://git@github.example.com:2222/org/app.git",
     "https://github.example.com/org/app/compare/gitcoord-sync...gitcoord-propose/DEC-4?expand=1"),
    ("https://gitlab.com/group/sub/app.git",
     "https://gitlab.com/group/sub/app/-/merge_requests/new?merge_request%5Bsource_branch%5D=gitcoord-propose/DEC-4"
     "&merge_request%5Btarget_branch%5D=gitcoord-sync"),
    ("https://codeberg.org/org/app.git", "https://codeberg.org/org/app/compare/gitcoord-sync...gitcoord-propose/DEC-4"),
    ("http://gitea.local:3000/org/app", "http://gitea.local:3000/org/app/compare/gitcoord-sync...gitcoord-propose/DEC-4"),
    ("git@bitbucket.org:org/app.git",
     "https://bitbucket.org/org/app/pull-requests/new?source=gitcoord-propose/DEC-4&dest=gitcoord-sync"),
    ("https://git.example.com/org/app.git", ""), ("/srv/git/app.git", ""), ("file:///srv/github/app.git", ""), ("", ""),
    ("../github/app", ""),
])  # fmt: skip
def test_the_compare_link_of_a_forge_is_told_by_the_address_of_the_remote(url: str, link: str) -> None:
    assert compare_link(url, BRANCH, HUB) == link
    assert "tok" not in forge_of(url)[1]


def test_a_change_of_any_entity_and_of_the_policy_is_cut_as_one_file(pair: tuple[Clone, Clone], world: World) -> None:
    river, _ = pair
    river.ok("task", "add", "vague words")
    words = ("--set", "title=clear words", "--set", "priority=1", "--reason", "it was vague")
    found = river.ok("propose", "entity", "TASK-1", *words)
    assert found["branch"].startswith("gitcoord-propose/TASK-1-") and found["link"] is None
    tip = world.tip
    assert world.at_hub("rev-parse", f"{found['branch']}^").strip() == tip, "cut from the tip, which did not move"
    assert world.at_hub("diff", "--name-only", tip, found["branch"]).split() == [found["changes"]]
    message = world.at_hub("log", "-1", "--format=%an%n%B", found["branch"])
    assert message.startswith("river\nTASK-1: change title, priority\n") and "it was vague" in message
    assert "skip ci" not in message and "Gitcoord-" not in message
    assert river.ok("task", "list")["tasks"][0]["title"] == "vague words", "nothing of it is in force"

    policy = river.path / "owners.yml"
    policy.write_text('modules:\n  auth:\n    paths:\n    - src/\n    owners:\n    - "@river"\n')
    cut = river.ok("propose", "policy", str(policy))
    assert cut["changes"] == "policy/owners.yml" and river.ok("owners")["modules"] == []
    listed = river.ok("propose")["proposals"]
    assert {(each["branch"], each["state"]) for each in listed} == {(cut["branch"], "open"), (found["branch"], "open")}
    assert river.git("for-each-ref", "refs/heads").count("\n") == 1, "no branch of the user's came or went"
    assert river.git("status", "--porcelain") == "?? owners.yml\n"


@pytest.mark.parametrize(("words", "code", "said"), [
    (("entity", "TASK-1", "--set", "state=done"), 2, "its own command"),
    (("entity", "TASK-1", "--set", "priority=soon"), 2, "priority"),
    (("entity", "TASK-1", "--set", "title=a task"), 2, "says that already"),
    (("entity", "TASK-1", "--set", "title"), 2, "not field=value"),
    (("entity", "TASK-1", "--set", "alias=TASK-9"), 2, "never changes"),
    (("entity", "TASK-1"), 2, "Say what to change"),
    (("entity", "TASK-7", "--set", "title=x"), 5, "no task TASK-7"),
    (("decision", "DEC-9"), 5, "no decision DEC-9"),
    (("decision", " "), 2, "needs words"),
    (("decision", "x", "--question", "TASK-1"), 5, "not a blocker"),
    (("policy", "nowhere.yml"), 5, "no file"),
    (("policy", "README.md"), 2, "no policy"),
    (("entity", "TASK-1", "--set", "title=x", "--offline"), 8, "branch on the remote"),
])  # fmt: skip
def test_what_cannot_be_proposed_is_said_in_one_message(
    one: Clone, words: tuple[str, ...], code: int, said: str
) -> None:
    found = one.run("propose", *words, "--json")
    assert found.code == code and said in found.error["message"] and found.error["hint"], found


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """One clone with a task, for all that is refused."""
    river = World(tmp_path_factory.mktemp("one")).clone("river", agent="river")
    river.ok("init", "--yes")
    river.ok("task", "add", "a task")
    return river


def test_a_task_edited_on_the_forge_is_told_under_its_author_and_its_merger(
    pair: tuple[Clone, Clone], person: Callable[[str], Person]
) -> None:
    river, sky = pair
    river.ok("task", "add", "vague words")
    alex, pat = person("Alex"), person("Pat")
    alex.git("switch", "-q", "-c", "words")
    path = alex.path_of("tasks")
    alex.write(path, alex.read(path).replace("vague words", "clear words"))
    alex.save("clearer")
    pat.git("fetch", "-q", str(alex.path), "words:words")
    pat.git("merge", "-q", "--no-ff", "-m", "Merge pull request #3", "words")
    pat.push()
    assert sky.ok("task", "list", "--fresh")["tasks"][0]["title"] == "clear words"
    (event,) = [each for each in sky.ok("read")["events"] if each["type"] == "entity.edited"]
    assert event["actor"]["agent"] == "Alex" and event["body"]["merged_by"] == "Pat" and event["body"]["fields"] == ["title"]
    river.ok("task", "add", "another")
    sky.ok("sync")
    checks = sky.ok("doctor", "--offline")["checks"]
    assert "taken" in next(each["detail"] for each in checks if each["name"] == "hand-made")


def test_a_forges_own_command_opens_the_pull_request(pair: tuple[Clone, Clone], tmp_path: Path) -> None:
    river, _ = pair
    river.git("remote", "set-url", "origin", "https://github.com/org/app.git")
    river.git("config", "url.file://" + str(tmp_path / "hub.git") + ".insteadOf", "https://github.com/org/app.git")
    tools = tmp_path / "tools"
    tools.mkdir()
    gh = tools / "gh"
    gh.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/asked\necho https://github.com/org/app/pull/7\n')
    gh.chmod(0o755)
    path = f"{tools}:{os.environ['PATH']}"
    found = river.ok("propose", "decision", "we drop Python 3.10", "--open", PATH=path)
    assert found["pull_request"] == "https://github.com/org/app/pull/7"
    assert found["link"] == "https://github.com/org/app/compare/gitcoord-sync...gitcoord-propose/DEC-1?expand=1"
    asked = (tmp_path / "asked").read_text()
    assert "--base=gitcoord-sync\n--head=gitcoord-propose/DEC-1\n--title=ratify DEC-1: we drop Python 3.10" in asked
    gh.write_text("#!/bin/sh\necho not logged in >&2\nexit 4\n")
    said = river.ok("propose", "decision", "DEC-1", "--open", PATH=path)
    assert said["pull_request"] is None and "gh: not logged in" in said["warnings"][0]


def test_the_same_decision_proposed_again_is_the_one_that_is_there(pair: tuple[Clone, Clone]) -> None:
    river, sky = pair
    river.ok("ask", "which Python?")
    words = ("propose", "decision", "drop 3.10", "--question", "BLK-1")
    first = river.ok(*words)
    again = river.ok(*words)
    assert again["branch"] == first["branch"] and again["already"] and again["commit"] == first["commit"]
    assert len(river.ok("decisions")["decisions"]) == 1
    assert "\nmerge it: git merge origin/" in river.run(*words).out, "no link is told, so there is nothing to be \"or\" to"
    assert river.ok("propose", "decision", "drop 3.10")["branch"] != first["branch"], "on no question it is another one"
    assert sky.ok(*words)["branch"] != first["branch"], "and so it is when somebody else says it"
