"""The tools' own hooks, with payloads as the tools send them: the brief, the claim that an edit takes, the refusal, the
handoff. Exit 0 and one object or nothing, whatever comes in."""

from __future__ import annotations

import json
import shlex
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.hooks.conftest import home, reason, settled
from tests.hooks.payloads import SESSION, TOOLS, edit, end, start, stop


@pytest.mark.parametrize("tool", TOOLS)
def test_an_edit_of_what_another_holds_is_refused_with_who_and_until_when(pair: Any, hook: Any, tool: str) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.ok("sync")
    answer = hook(tool, edit(tool, str(sky.path / "src/part1.py"), "t1"))
    assert "src/part1.py is claimed by river until" in reason(answer) and "CLM-1" in reason(answer)
    hint = reason(answer).partition("To ask for it: gitcoord ")[2]
    assert sky.run(*shlex.split(hint)).code == 0, "the command that is named works as it stands"
    text = json.dumps(answer)
    assert ('"deny"' in text) and "permissionDecision\": \"ask" not in text


@pytest.mark.parametrize("tool", TOOLS)
def test_an_edit_takes_the_claim_once_and_it_reaches_the_remote(pair: Any, hook: Any, tool: str) -> None:
    river, sky = pair
    target = sky.path / "src/new folder/déjà.py"
    answer = hook(tool, edit(tool, str(target), "t1"))
    assert "deny" not in json.dumps(answer)
    assert hook(tool, edit(tool, str(target), "t1")) in (None, {}), "two wirings fire for one edit"
    settled(sky)
    (claim,) = river.ok("claims", "--fresh", "--full")["claims"]
    assert claim["scope"] == "src/new folder/déjà.py" and claim["agent"].startswith(f"pat/{tool}/")
    assert claim["ttl"] == 1800
    assert hook(tool, edit(tool, str(target), "t2")) in (None, {}), "what is held already costs no words"
    settled(sky)
    assert len(river.ok("claims", "--all", "--fresh")["claims"]) == 1


@pytest.mark.parametrize("tool", TOOLS)
def test_a_session_begins_with_a_brief_and_ends_with_a_handoff(pair: Any, hook: Any, tool: str) -> None:
    river, sky = pair
    river.ok("start", "login")
    river.ok("claim", "src/part1.py")
    brief = json.dumps(hook(tool, start(tool)), ensure_ascii=False)
    assert "src/part1.py" in brief and "login" in brief and len(brief) < 10_000
    hook(tool, edit(tool, str(sky.path / "src/part2.py"), "t1"))
    settled(sky)
    assert len(river.ok("status", "--fresh")["agents"]) == 2, "it has joined the one co-op that is open"
    assert hook(tool, end(tool, "clear")) in (None, {})
    hook(tool, end(tool))
    settled(sky)
    after = river.ok("status", "--fresh")
    assert [each["scope"] for each in after["claims"]] == ["src/part1.py"]
    assert len(after["agents"]) == 1
    (handoff,) = river.ok("handoffs")["handoffs"]
    assert "session ended" in handoff["title"]


@pytest.mark.parametrize("tool", ["claude", "cursor"])
def test_who_is_about_to_stop_with_claims_and_no_handoff_is_told_once(pair: Any, hook: Any, tool: str) -> None:
    _, sky = pair
    assert hook(tool, stop(tool)) in (None, {})
    hook(tool, edit(tool, str(sky.path / "src/part2.py"), "t1"))
    settled(sky)
    assert "src/part2.py" in json.dumps(hook(tool, stop(tool)))
    assert hook(tool, stop(tool)) in (None, {})
    assert hook(tool, stop(tool, again=True)) in (None, {})


@pytest.mark.parametrize("tool", ["codex", "gemini", "copilot"])
def test_where_a_nudge_would_be_a_block_there_is_none(pair: Any, hook: Any, tool: str) -> None:
    _, sky = pair
    hook(tool, edit(tool, str(sky.path / "src/part2.py"), "t1"))
    settled(sky)
    assert hook(tool, stop(tool)) in (None, {})


def test_a_shell_that_changed_files_is_noticed(pair: Any, hook: Any) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.ok("sync")
    sky.write("src/part1.py", "changed by sed\n")
    sky.write("src/part3.py", "changed by sed\n")
    after = {"session_id": SESSION, "hook_event_name": "PostToolUse", "tool_name": "Bash", "tool_use_id": "t9",
             "tool_input": {"command": "sed -i s/x/y/ src/*.py"}}  # fmt: skip
    assert "src/part1.py is claimed by river" in json.dumps(hook("claude", after))
    settled(sky)
    assert {each["scope"] for each in river.ok("claims", "--fresh")["claims"]} == {"src/part1.py", "src/part3.py"}


def test_sub_agents_of_one_session_do_not_stand_in_each_others_way(pair: Any, hook: Any) -> None:
    river, sky = pair
    given = edit("claude", str(sky.path / "src/part2.py"), "t1")
    hook("claude", given)
    settled(sky)
    assert hook("claude", {**edit("claude", given["tool_input"]["file_path"], "t2"), "agent_id": "a1b2c3"}) is None
    hook("claude", {**edit("claude", str(sky.path / "src/part4.py"), "t3"), "agent_id": "a1b2c3"})
    settled(sky)
    claims = river.ok("claims", "--fresh", "--full")["claims"]
    assert len({each["session_id"] for each in claims}) == 1 and len({each["agent"] for each in claims}) == 2


def test_warn_tells_and_off_says_nothing(pair: Any, hook: Any) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.ok("sync")
    given = edit("claude", str(sky.path / "src/part1.py"), "t1")
    warned = hook("claude", given, GITCOORD_HOOKS_AGENT="warn")
    assert "claimed by river" in warned["hookSpecificOutput"]["additionalContext"]
    assert hook("claude", given, GITCOORD_HOOKS_AGENT="off") is None


GARBAGE = [
    b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe\x00", b"\xef\xbb\xbf{}", b"{" * 5000, b'{"hook_event_name": 7}',
    b'{"hook_event_name": "FutureEvent", "session_id": "s"}', b'{"hook_event_name": "PreToolUse", "tool_input": []}',
    b'{"hook_event_name": "PreToolUse", "tool_name": "Edit", "tool_input": {"file_path": "\\u0000"}}',
    b'{"hook_event_name": "PreToolUse", "tool_name": "Edit", "tool_input": {"file_path": "/etc/passwd"}, "cwd": "/nowhere"}',
    b'{"hook_event_name": "SessionEnd"}', b'{"hook_event_name": "Stop", "cwd": 3}',
]  # fmt: skip


@pytest.mark.parametrize("tool", TOOLS)
def test_garbage_gets_no_answer_and_exit_0(hook: Any, tool: str) -> None:
    for data in GARBAGE:
        assert hook(tool, data) in (None, {}), data


@pytest.mark.parametrize("tool", TOOLS)
def test_an_event_of_a_later_version_gets_no_answer(pair: Any, hook: Any, tool: str) -> None:
    later = {**edit(tool, str(pair[1].path / "src/part1.py"), "t1"), "hook_event_name": "AfterTheFact", "new": [{}]}
    assert hook(tool, later) in (None, {})
    assert hook(tool, {**start(tool), "hook_event_name": "PreModelSwitch", "version": 9}) in (None, {})


def test_an_unknown_tool_or_none_is_no_failure(pair: Any) -> None:
    for words in (["hook"], ["hook", "emacs"], ["hook", "--help"]):
        assert pair[1].run(*words).code == 0


@pytest.mark.parametrize("tool", TOOLS)
def test_outside_of_any_repository_and_where_nobody_uses_gitcoord(hook: Any, tmp_path: Path, tool: str) -> None:
    plain = tmp_path / "plain"
    (plain / "sub").mkdir(parents=True)
    events = (start(tool), edit(tool, str(plain / "sub/x.py"), "t1"), stop(tool), end(tool))
    for payload in events:
        assert hook(tool, payload, cwd=plain) in (None, {})
    subprocess.run(["git", "init", "-q", str(plain)], check=True)
    for payload in events:
        assert hook(tool, payload, cwd=plain) in (None, {})
    assert not (plain / ".git/gitcoord").exists()


def test_the_file_decides_and_not_the_folder_of_the_call(pair: Any, hook: Any, tmp_path: Path) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.ok("sync")
    answer = hook("claude", edit("claude", str(sky.path / "src/part1.py"), "t1"), cwd=tmp_path)
    assert "claimed by river" in reason(answer)
    assert hook("claude", edit("claude", str(tmp_path / "elsewhere.py"), "t2")) is None


@pytest.mark.parametrize(("tool", "harm"), [
    *((tool, "locked") for tool in TOOLS), ("claude", "garbage"), ("claude", "unwritable"),
])  # fmt: skip
def test_a_cache_that_cannot_be_used_stops_no_edit(pair: Any, hook: Any, tool: str, harm: str) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.ok("sync")
    place = home(sky)
    held = None
    if harm == "locked":
        held = sqlite3.connect(place / "cache.db", isolation_level=None)
        held.execute("BEGIN EXCLUSIVE")
    elif harm == "garbage":
        (place / "cache.db").write_bytes(b"no database" * 1000)
    else:
        (place / "outbox").rename(place / "outbox.away")
        (place / "outbox").write_text("a file where a folder should be")
    assert reason(hook(tool, edit(tool, str(sky.path / "src/part5.py"), "t1"))) == ""
    if harm != "unwritable":  # what git has is enough to know who holds what
        assert "claimed by river" in reason(hook(tool, edit(tool, str(sky.path / "src/part1.py"), "t2")))
    if held is not None:
        held.close()


def test_who_lost_a_claim_that_an_edit_took_hears_of_it(pair: Any, hook: Any) -> None:
    river, sky = pair
    sky.ok("sync")
    river.ok("claim", "src/part2.py")
    hook("claude", edit("claude", str(sky.path / "src/part2.py"), "t1"))  # Sky does not know of River's claim yet
    until = time.monotonic() + 30
    while time.monotonic() < until and not sky.ok("status")["outbox"]["contested"]:
        pass
    assert "CONTESTED" in sky.run("status").out
    said = sky.run("sync")
    assert said.code == 3 and "src/part2.py" in said.out + said.err
    again = hook("claude", edit("claude", str(sky.path / "src/part2.py"), "t2"))
    assert "claimed by river" in reason(again), "and the next edit is refused"


def test_two_wirings_in_one_tool_answer_once(pair: Any, hook: Any) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.ok("sync")
    sky.write(".cursor/hooks.json", "{}")
    assert hook("claude", edit("claude", str(sky.path / "src/part1.py"), "t1"), CURSOR_VERSION="3.1") is None
    assert hook("cursor", edit("cursor", str(sky.path / "src/part1.py"), "t1"), CURSOR_VERSION="3.1")["permission"] == "deny"


def test_copilot_that_reads_claude_s_settings_too_is_answered_once(pair: Any, hook: Any) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.ok("sync")
    sky.write(".github/hooks/gitcoord.json", "{}")
    through_claude = edit("claude", str(sky.path / "src/part1.py"), "")
    assert hook("claude", through_claude, cwd=sky.path / "src") is None
    assert "claimed by river" in reason(hook("copilot", edit("copilot", str(sky.path / "src/part1.py"), "")))
    real = edit("claude", str(sky.path / "src/part1.py"), "t1")
    assert "claimed by river" in reason(hook("claude", real, COPILOT_CLI="1", CLAUDECODE="1")), "Claude Code is no Copilot"


def test_an_edit_of_several_megabytes_is_checked_like_any_other(pair: Any, hook: Any) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.ok("sync")
    large = edit("claude", str(sky.path / "src/part1.py"), "t1")
    large["tool_input"]["new_string"] = "x = 'é'\n" * 700_000
    assert "claimed by river" in reason(hook("claude", large))


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_descriptor_is_no_failure(pair: Any, closed: str) -> None:
    _, sky = pair
    words = " ".join(sky.command("hook", "claude"))
    done = subprocess.run(["sh", "-c", f"{words} {closed}"], env=sky.env, cwd=sky.path, input=b"{}", check=False, timeout=30)
    assert done.returncode == 0


@pytest.mark.parametrize("tool", TOOLS)
def test_what_takes_too_long_is_given_up_and_the_edit_goes_on(pair: Any, hook: Any, tool: str) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.ok("sync")
    asked = edit(tool, str(sky.path / "src/part1.py"), "t1")
    assert hook(tool, asked, GITCOORD_HOOK_SECONDS="0.001") in (None, {})
    answers = (hook(tool, asked, GITCOORD_HOOK_SECONDS="soon") for _ in range(20))  # its usual time, on a busy machine
    assert "claimed by river" in reason(next(each for each in answers if each))


def test_before_a_tool_runs_nothing_asks_the_network(pair: Any, hook: Any, world: Any) -> None:
    _, sky = pair
    sky.git("config", "remote.origin.uploadpack", "false")
    sky.git("config", "remote.origin.receivepack", "false")
    answer = hook("claude", edit("claude", str(sky.path / "src/part2.py"), "t1"))
    assert "asked for until" in json.dumps(answer) and "not confirmed yet" in json.dumps(answer)


def test_the_session_that_lost_is_told_at_its_next_edit_and_once(pair: Any, hook: Any) -> None:
    river, sky = pair
    sky.ok("sync")
    river.ok("claim", "src/part2.py")
    hook("claude", edit("claude", str(sky.path / "src/part2.py"), "t1"))
    until = time.monotonic() + 30
    while time.monotonic() < until and not sky.ok("status")["outbox"]["contested"]:
        pass
    told = json.dumps(hook("claude", edit("claude", str(sky.path / "src/part3.py"), "t2")))
    assert "refused" in told and "src/part2.py" in told and "river" in told and "src/part3.py asked for" in told
    assert "refused" not in json.dumps(hook("claude", edit("claude", str(sky.path / "src/part4.py"), "t3")))


def test_what_was_changed_before_the_session_is_not_its_edit(pair: Any, hook: Any) -> None:
    river, sky = pair
    sky.ok("start", "Tokens")
    sky.write("src/part4.py", "somebody's work in progress\n")
    _later_than(sky.path / "src/part4.py", sky)
    hook("claude", start("claude"))
    sky.write("src/part3.py", "changed by sed\n")
    after = {"session_id": SESSION, "hook_event_name": "PostToolUse", "tool_name": "Bash", "tool_use_id": "t9",
             "tool_input": {"command": "sed -i s/x/y/ src/*.py"}}  # fmt: skip
    hook("claude", after)
    settled(sky)
    assert {each["scope"] for each in river.ok("claims", "--fresh")["claims"]} == {"src/part3.py"}


def _later_than(file: Path, clone: Any) -> None:
    """Until two seconds have passed since the file's last change, by the clock that stamps files."""
    probe = clone.path / ".git/probe"
    while probe.write_text("x") and probe.stat().st_ctime < file.stat().st_ctime + 2:
        pass


def test_two_sessions_of_one_clone_do_not_both_edit(pair: Any, hook: Any) -> None:
    _, sky = pair
    sky.ok("sync")
    given = edit("claude", str(sky.path / "src/part2.py"), "t1")
    sky.git("config", "remote.origin.receivepack", "false")  # so that the first claim still waits here
    first = hook("claude", given)
    second = hook("claude", {**given, "session_id": "0f00-another"})
    assert "asked for until" in json.dumps(first)
    assert "is taken" in reason(second)


@pytest.mark.parametrize("name", ["src/*.py", "src/c#.md", "src/part1.py#x", "module:x", "app/[slug]/page.tsx"])
def test_the_name_of_a_file_is_no_pattern(pair: Any, hook: Any, name: str) -> None:
    river, sky = pair
    hook("claude", edit("claude", str(sky.path / name), "t1"))
    settled(sky)
    assert [(each["kind"], each["scope"]) for each in river.ok("claims", "--fresh")["claims"]] == [("file", name)]
