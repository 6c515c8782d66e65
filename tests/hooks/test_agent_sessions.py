"""Who acts: the session of a tool, its sub-agents, and the commands that its agent types in a shell."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.hooks.conftest import call, home, reason, settled
from tests.hooks.payloads import SESSION, common, edit, end, start, stop


def test_the_brief_says_nothing_of_a_join_that_still_waits(pair: Any) -> None:
    river, sky = pair
    river.ok("start", "login flow")
    brief = json.dumps(call(sky, "claude", start("claude")))
    assert "You are" in brief and "PROVISIONAL" not in brief
    assert len(river.ok("status", "--fresh")["agents"]) == 2


def test_without_the_remote_the_session_begins_all_the_same(pair: Any) -> None:
    river, sky = pair
    river.ok("start", "login flow")
    sky.ok("sync")
    url = sky.git("remote", "get-url", "origin").strip()
    sky.git("remote", "set-url", "origin", "file:///nowhere")
    assert "login flow" in json.dumps(call(sky, "claude", start("claude")))
    sky.git("remote", "set-url", "origin", url)
    sky.ok("sync")
    assert len(river.ok("status", "--fresh")["agents"]) == 2


def test_a_sub_agent_is_told_what_is_held_and_joins_nothing(pair: Any) -> None:
    river, sky = pair
    river.ok("start", "login flow")
    river.ok("claim", "src/part1.py")
    call(sky, "claude", start("claude"))
    for sub in ("a1", "b2"):
        asked = {**start("claude"), "hook_event_name": "SubagentStart", "agent_id": sub, "agent_type": "Explore"}
        told = call(sky, "claude", asked)["hookSpecificOutput"]
        assert told["hookEventName"] == "SubagentStart" and "src/part1.py" in told["additionalContext"]
    assert len(river.ok("status", "--fresh")["agents"]) == 2


def test_what_the_agent_types_acts_in_the_session_of_its_hooks(pair: Any) -> None:
    _, sky = pair
    typed = {"CLAUDE_CODE_SESSION_ID": "one", "CLAUDECODE": "1", "GITCOORD_AGENT": ""}
    for session in ("one", "two"):
        call(sky, "claude", edit("claude", str(sky.path / f"src/{session}.py"), session, session))
        call(sky, "claude", {**edit("claude", str(sky.path / f"src/{session}_sub.py"), "s", session), "agent_id": "abc"})
    settled(sky)
    granted = sky.ok("claim", "src/part3.py", **typed)["claims"][0]
    assert granted["agent"] == "pat/claude/one"
    assert sky.ok("claims", "--mine", **typed)["claims"]
    said = sky.run("claim", "src/part5.py", GITCOORD_AGENT="")
    assert said.code == 5 and "pat/claude/one, pat/claude/two." in said.err, "sub-agents are not counted"
    call(sky, "claude", end("claude", session="one"))
    settled(sky)
    left = {each["scope"] for each in sky.ok("claims", "--fresh")["claims"]}
    assert left == {"src/two.py", "src/two_sub.py"}, "a session takes its sub-agents' claims with it"
    assert sky.ok("claim", "src/part4.py", GITCOORD_AGENT="")["claims"][0]["agent"] == "pat/claude/two"


def test_a_tool_s_session_without_hooks_changes_nothing(pair: Any) -> None:
    river, _ = pair
    river.ok("claim", "src/part1.py")
    typed = river.ok("claim", "src/part2.py", GITCOORD_AGENT="", CLAUDE_CODE_SESSION_ID="elsewhere", CLAUDECODE="1")
    first = river.ok("claims", "--full", "--fresh")["claims"]
    assert typed["claims"][0]["agent"] == "river" and len({each["session_id"] for each in first}) == 1


@pytest.mark.parametrize("tool", ["claude", "codex"])
def test_who_clears_the_conversation_keeps_his_claims_and_his_name(pair: Any, tool: str) -> None:
    river, sky = pair
    river.ok("start", "login flow")
    call(sky, tool, start(tool, "old"))
    call(sky, tool, edit(tool, str(sky.path / "src/part1.py"), "t1", "old"))
    settled(sky)
    for before, after in (("old", "new"), ("new", "newest")):
        call(sky, tool, end(tool, "clear", before))
        call(sky, tool, {**start(tool, after), "source": "clear"})
        assert reason(call(sky, tool, edit(tool, str(sky.path / "src/part1.py"), after, after))) == ""
    settled(sky)
    assert [each["agent"] for each in river.ok("claims", "--fresh")["claims"]] == [f"pat/{tool}/old"]
    assert len(river.ok("status", "--fresh")["agents"]) == 2
    call(sky, tool, end(tool, session="newest"))
    settled(sky)
    assert river.ok("claims", "--fresh")["claims"] == [] and len(river.ok("handoffs")["handoffs"]) == 1
    other = start(tool, "other")
    call(sky, tool, other)
    call(sky, tool, edit(tool, str(sky.path / "src/part2.py"), "t9", "other"))
    settled(sky)
    assert [each["agent"] for each in river.ok("claims", "--fresh")["claims"]] == [f"pat/{tool}/other"]


@pytest.mark.parametrize("source", ["clear", "compact"])
def test_who_has_forgotten_the_brief_gets_the_whole_again(pair: Any, source: str) -> None:
    river, sky = pair
    river.ok("start", "login flow")
    river.ok("claim", "src/part1.py")
    assert "src/part1.py  river" in json.dumps(call(sky, "claude", start("claude")))
    assert "src/part1.py" not in json.dumps(call(sky, "claude", {**start("claude"), "source": "resume"})), "it remembers"
    assert "src/part1.py  river" in json.dumps(call(sky, "claude", {**start("claude"), "source": source}))


def test_what_an_edit_asked_for_counts_before_it_has_landed(pair: Any, world: Any) -> None:
    _, sky = pair
    sky.ok("sync")
    world.hub.rename(world.root / "away.git")
    call(sky, "claude", edit("claude", str(sky.path / "src/part2.py"), "t1"))
    assert "you hold src/part2.py" in json.dumps(call(sky, "claude", stop("claude")))
    assert call(sky, "claude", stop("claude")) is None


def test_what_waits_is_told_at_the_next_turn_once_and_only_when_there_is_something(pair: Any) -> None:
    river, sky = pair
    river.ok("start", "login flow")
    asked = {**common("claude"), "hook_event_name": "UserPromptSubmit", "prompt": "go on"}
    assert call(sky, "claude", asked) is None, "who takes no part pays nothing"
    call(sky, "claude", start("claude"))
    call(sky, "claude", edit("claude", str(sky.path / "src/part1.py"), "t1"))
    settled(sky)
    assert call(sky, "claude", asked) is None
    river.ok("request-release", "CLM-1", "--reason", "a fix\nthere")
    sky.ok("sync")
    told = call(sky, "claude", asked)["hookSpecificOutput"]
    assert told["hookEventName"] == "UserPromptSubmit"
    assert "REQ-1" in told["additionalContext"] and "data, not instructions" in told["additionalContext"]
    assert call(sky, "claude", asked) is None
    river.ok("thread", "start", "@pat/claude/7a0b5e", "naming")
    sky.ok("sync")
    again = json.dumps(call(sky, "claude", asked))
    assert "THR-1" in again and "REQ-1" not in again
    assert "REQ-1" in sky.run("read", GITCOORD_AGENT="", CLAUDE_CODE_SESSION_ID=SESSION).out, "and read tells it all the same"


def test_a_turn_asks_the_remote_for_the_turn_after_it(pair: Any) -> None:
    river, sky = pair
    call(sky, "claude", edit("claude", str(sky.path / "src/part1.py"), "t1"))
    settled(sky)
    river.ok("request-release", "CLM-1", "--reason", "a fix")
    asked = {**common("claude"), "hook_event_name": "UserPromptSubmit", "prompt": "go on"}
    until, told = time.monotonic() + 30, None
    while told is None and time.monotonic() < until:
        told = call(sky, "claude", asked, GITCOORD_SYNC_MAX_AGE="0")
    assert "REQ-1" in json.dumps(told)


def test_marks_of_old_sessions_are_swept(pair: Any) -> None:
    _, sky = pair
    call(sky, "gemini", edit("gemini", str(sky.path / "src/part1.py"), ""))
    seen = home(sky) / "seen"
    (mark,) = seen.iterdir()
    os.utime(mark, (time.time() - 8 * 86400,) * 2)
    call(sky, "gemini", start("gemini", "later"))
    assert mark not in set(seen.iterdir())


def test_two_hooks_for_one_edit_without_an_id_ask_once(pair: Any) -> None:
    _, sky = pair
    sky.git("config", "remote.origin.receivepack", "false")
    asked = edit("copilot", str(sky.path / "src/part1.py"), "")
    until = time.time() + 20
    while time.time() < until:
        second = int(time.time()) + 1
        while time.time() < second:  # an edit without an id is known by its second
            time.sleep(0.005)
        call(sky, "copilot", asked)
        call(sky, "copilot", asked)
        if int(time.time()) == second:
            break
        for each in (home(sky) / "outbox").iterdir():
            each.unlink()
    assert len([each for each in (home(sky) / "outbox").iterdir() if each.suffix == ".json"]) == 1


def test_a_path_through_a_link_is_the_file_that_it_leads_to(pair: Any, tmp_path: Path) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.ok("sync")
    (tmp_path / "short").symlink_to(sky.path)
    assert "claimed by river" in reason(call(sky, "claude", edit("claude", str(tmp_path / "short/src/part1.py"), "t1")))


def test_a_file_whose_name_holds_a_token_is_not_told_to_everybody(pair: Any) -> None:
    _, sky = pair
    call(sky, "claude", edit("claude", str(sky.path / f"src/ghp_{'a1B2' * 9}.py"), "t1"))
    assert not (home(sky) / "outbox").exists() or not list((home(sky) / "outbox").glob("*.json"))
    told = call(sky, "claude", edit("claude", str(sky.path / "src/plain.py"), "t2"))
    assert "src/plain.py asked for" in json.dumps(told)


def test_a_session_that_ends_on_a_branch_named_with_a_token_hands_over_all_the_same(pair: Any) -> None:
    river, sky = pair
    token = f"ghp_{'a1B2' * 9}"
    sky.git("checkout", "-q", "-b", f"try/{token}")
    call(sky, "claude", start("claude"))
    call(sky, "claude", edit("claude", str(sky.path / "src/plain.py"), "t1"))
    settled(sky)
    call(sky, "claude", end("claude"))
    settled(sky)
    (found,) = river.ok("handoffs", "--fresh")["handoffs"]
    assert found["branch"] == "try/[looks like a token: left out]"
    assert river.ok("claims")["claims"] == [] and token not in river.git("log", "-p", "origin/gitcoord-sync")
