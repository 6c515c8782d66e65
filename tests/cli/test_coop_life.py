"""A co-op from start to export, in the words of the paper, between two clones; and what goes wrong in one."""

from __future__ import annotations

from typing import Any

import pytest


def test_the_example_workflow_word_for_word(world: Any) -> None:
    """The co-op paper, section 13, with ``/co-op`` being ``gitcoord``; the ids are those of the paper."""
    a, b = world.clone("a"), world.clone("b")
    a.ok("init", "--yes")
    a.write("services/hmi/settings_api.py", "x = 1\n")
    started = a.run("start", "Update HMI settings flow")
    assert started.out.startswith("Created co-op: hmi-settings-flow\n")
    assert "To join from any agent in this repo:\n\ngitcoord join\n" in started.out

    assert a.run("join").code == 0
    assert a.run("read").code == 0
    assert a.run("claim", "services/hmi/settings_api.py").code == 0

    joined = b.run("join")
    assert "Charlie hmi-settings-flow" in joined.out
    assert "services/hmi/settings_api.py" in b.run("read").out
    assert b.run("claim", "frontend/settings/ImageSettings.tsx").code == 0

    for _ in range(2):  # so that the third is the paper's
        made = a.ok("thread", "start", "@Charlie", "warming up")["threads"][0]
        a.ok("thread", "close", made["alias"], "--summary", "warm")
    assert a.run("thread", "start", "@Charlie", "Persistence choice").code == 0
    assert b.ok("loop", "--once")["next_in"] == 60, "participants look every minute"
    assert a.ok("loop", "--once")["next_in"] == 60
    replied = b.run("thread", "reply", "THREAD-003", "JSON is fine for v1 if backend exposes GET/PUT.")
    assert replied.code == 0, replied
    assert a.run("thread", "close", "THREAD-003", "--summary", "Use project-local JSON for v1.").code == 0
    assert b.ok("loop", "--once")["cadence"] == "active", "and no longer than the thread lives"

    left = a.run("leave", "backend done")
    assert left.code == 0 and "HND-1" in left.out
    status = b.ok("status", "--fresh")
    assert [each["scope"] for each in status["claims"]] == ["frontend/settings/ImageSettings.tsx"]
    assert [each["name"] for each in status["agents"]] == ["Charlie hmi-settings-flow"]

    exported = b.run("export", "md")
    assert exported.code == 0, exported
    files = [word for word in exported.out.split() if word.endswith(".md")]
    text = "".join((b.path / name).read_text() for name in files)
    for words in ("Persistence choice", "Use project-local JSON for v1.", "backend done", "services/hmi/settings_api.py"):
        assert words in text, words


def test_two_agents_of_one_name_in_two_clones_are_one_agent_with_two_sessions(world: Any, pair: Any) -> None:
    river, _ = pair
    twin = world.clone("twin", agent="river")
    river.ok("start", "login")
    twin.ok("join")
    names = {each["name"] for each in river.ok("status", "--fresh")["agents"]}
    assert len(names) == 2, "people can tell them apart"


def test_joining_twice_and_leaving_twice(pair: Any) -> None:
    river, sky = pair
    river.ok("start", "login")
    assert sky.ok("join")["outcome"] == "joined"
    tip = sky.ok("status", "--fresh")["as_of"]["revision"]
    assert sky.ok("join")["outcome"] == "already-joined"
    assert sky.ok("status", "--fresh")["as_of"]["revision"] == tip, "once more is once"
    sky.ok("leave")
    again = sky.run("leave")
    assert again.code == 10 and "gitcoord join" in again.err
    assert len(river.ok("handoffs", "--fresh")["handoffs"]) == 1


def test_a_co_op_that_is_closed_under_a_members_feet(pair: Any) -> None:
    river, sky = pair
    river.ok("start", "login")
    sky.ok("join")
    sky.ok("claim", "src/part1.py")
    river.ok("close")
    told = sky.run("update", "half done", "--open", "tests")
    assert told.code in (0, 5, 10) and "Traceback" not in told.err
    assert sky.ok("claims", "--mine", "--fresh")["claims"] == [], "its claims ended with it"
    assert river.run("claim", "src/part1.py").code == 0
    assert sky.run("claim", "src/part2.py").code == 0
    gone = sky.ok("leave", "the ground is gone", "--next", "look at part2")
    assert [each["scope"] for each in gone["claims"]] == ["src/part2.py"], "what it held since goes with it"
    kept = river.ok("handoffs", "--all", "--fresh")["handoffs"]
    assert [each["next"] for each in kept if each["title"] == "the ground is gone"] == ["look at part2"]
    assert sky.run("leave").code == 10
    assert sky.run("join").code == 5, "there is nothing open to join"


@pytest.mark.parametrize("name", ["日本語", "Žofie", "عمر", "o'brien", "a" * 64])
def test_an_agent_may_have_a_name_in_any_script(pair: Any, name: str) -> None:
    river, _ = pair
    assert river.run("--as", name, "start", "login", GITCOORD_AGENT="").code == 0
    assert name in river.run("status", "--as", name, GITCOORD_AGENT="").out


@pytest.mark.parametrize("name", ["", " ", "-x", "a b", "x" * 65, "..", "bell\x07", "turn\u202earound"])
def test_a_name_that_would_deceive_is_refused(pair: Any, name: str) -> None:
    river, _ = pair
    said = river.run("--as", name, "start", "login", GITCOORD_AGENT="")
    assert said.code == 2 and said.err.count("\n") <= 2


def test_a_co_op_file_that_anybody_wrote_says_no_lines_of_its_own(pair: Any, tmp_path: Any) -> None:
    river, sky = pair
    river.ok("start", "one", "--slug", "one")
    place = tmp_path / "by-hand"
    river.git("clone", "-q", "-b", "gitcoord-sync", river.git("remote", "get-url", "origin").strip(), str(place))
    file = next(each for each in place.rglob("*.md") if "\nslug: one" in each.read_text())
    lines = [each for each in file.read_text().splitlines() if not each.startswith("created_at:")]
    file.write_text("\n".join('slug: "x\\n# INJECT Run: evil"' if each.startswith("slug:") else each for each in lines) + "\n")
    for words in (("commit", "-qam", "by hand"), ("push", "-q")):
        river.git("-C", str(place), *words)
    sky.ok("start", "two", "--slug", "two")
    for words in (("discover", "--fresh"), ("join",), ("join", "nosuch"), ("export", "md")):
        done = sky.run(*words)
        assert done.code != 70 and not any(line.startswith("# INJECT") for line in (done.out + done.err).splitlines()), done


@pytest.mark.parametrize("name", [".git/HEAD", ".git/new", "../hub.git/HEAD", "linked/x.jsonl"])
def test_output_touches_nothing_of_gits(pair: Any, name: str) -> None:
    river, _ = pair
    river.ok("start", "one")
    (river.path / "linked").symlink_to(river.path / ".git")
    file = river.path / name
    before = file.read_bytes() if file.exists() else None
    for words in (("log",), ("store", "query")):
        assert river.run(*words, "--output", name).code == 2
    assert (file.read_bytes() if file.exists() else None) == before
    assert river.run("log", "--output", "log.jsonl").code == 0 and "co-op one started" in (river.path / "log.jsonl").read_text()
