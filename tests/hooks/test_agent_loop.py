"""The whole loop between two clones with what Claude Code and Codex send: brief, claim by edit, refusal, handoff."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.hooks.conftest import call, reason, settled
from tests.hooks.payloads import edit, end, patch, start, stop


@pytest.mark.parametrize(("mine", "theirs"), [("claude", "codex"), ("codex", "claude")])
def test_brief_claim_refusal_and_handoff_between_two_clones(pair: Any, mine: str, theirs: str) -> None:
    river, sky = pair
    river.ok("start", "login flow")
    brief = call(sky, mine, start(mine, "s-mine"))["hookSpecificOutput"]
    assert brief["hookEventName"] == "SessionStart" and "login flow" in brief["additionalContext"]
    assert set(brief) == {"hookEventName", "additionalContext"}, "Codex accepts no further keys"
    assert reason(call(sky, mine, edit(mine, str(sky.path / "src/part1.py"), "t1", "s-mine"))) == ""
    settled(sky)

    told = call(river, theirs, start(theirs, "s-theirs"))["hookSpecificOutput"]["additionalContext"]
    assert "src/part1.py" in told, "the other clone's session begins with knowing it"
    refused = call(river, theirs, edit(theirs, str(river.path / "src/part1.py"), "t1", "s-theirs"))
    assert f"src/part1.py is claimed by pat/{mine}/smine until" in reason(refused) and "CLM-1" in reason(refused)
    assert reason(call(river, theirs, edit(theirs, str(river.path / "src/part2.py"), "t2", "s-theirs"))) == ""
    settled(river)

    asked = {**stop(mine), "session_id": "s-mine"}
    nudge = call(sky, mine, asked)
    assert nudge is None if mine == "codex" else "src/part1.py" in nudge["hookSpecificOutput"]["additionalContext"]
    assert call(sky, mine, end(mine, session="s-mine")) is None
    settled(sky)
    river.ok("sync")
    (handoff,) = river.ok("handoffs", "--fresh")["handoffs"]
    assert "session ended" in handoff["title"] and handoff["agent"] == f"pat/{mine}/smine"
    again = call(river, theirs, edit(theirs, str(river.path / "src/part1.py"), "t3", "s-theirs"))
    assert reason(again) == "", "what was handed back is free"
    settled(river)
    held = {each["scope"]: each["agent"] for each in sky.ok("claims", "--fresh")["claims"]}
    assert held == dict.fromkeys(("src/part1.py", "src/part2.py"), f"pat/{theirs}/stheir")


def test_a_patch_through_codex_s_shell_is_an_edit_too(pair: Any) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.ok("sync")
    assert "claimed by river" in reason(call(sky, "codex", patch("src/part1.py", "t1", through_shell=True)))
    text = "*** Begin Patch\n*** Add File: src/new.py\n+x\n*** Delete File: src/part1.py\n*** End Patch"
    several = {**patch("x", "t2"), "tool_input": {"command": text}}
    assert "claimed by river" in reason(call(sky, "codex", several)), "one held file refuses the whole patch"
    assert sky.ok("claims", "--fresh")["claims"][0]["agent"] == "river"


def test_a_patch_that_begins_elsewhere_is_refused_for_the_held_file_in_it(pair: Any, tmp_path: Path) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.ok("sync")
    nested = sky.path / "nested"
    subprocess.run(["git", "init", "-q", str(nested)], check=True)
    for n, first in enumerate((tmp_path / "notes.txt", nested / "x.py", Path("/nowhere/x"))):
        text = f"*** Begin Patch\n*** Add File: {first}\n+x\n*** Update File: src/part1.py\n@@\n-x\n+y\n*** End Patch"
        given = {**patch("x", f"t{n}"), "tool_input": {"command": text}}
        assert "src/part1.py is claimed by river" in reason(call(sky, "codex", given)), first
    assert not (nested / ".git/gitcoord").exists()


def test_many_sessions_that_edit_at_once_are_all_answered_and_all_land(pair: Any, world: Any) -> None:
    running = []
    for n in range(16):
        clone = pair[n % 2]
        asked = edit("claude", str(clone.path / f"src/new{n}.py"), f"t{n}", f"s{n:03d}")
        data = json.dumps({"cwd": str(clone.path), **asked})
        child = subprocess.Popen(
            clone.command("hook", "claude"), env={**clone.env, "LOGNAME": "pat", "GITCOORD_HOOK_SECONDS": "30"}, cwd="/",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert child.stdin is not None
        child.stdin.write(data.encode())
        child.stdin.close()
        running.append(child)
    said = [child.stdout.read().decode() for child in running if child.stdout is not None]
    assert [child.wait() for child in running] == [0] * 16
    assert all("asked for until" in each or "is yours until" in each for each in said), said
    for clone in pair:
        settled(clone)
        clone.ok("sync")
        assert os.listdir(clone.path / ".git/gitcoord/outbox") == [], "nothing is left behind"
    holders = world.at_hub("grep", "-h", "^agent:", "gitcoord-sync", "--", "claims").split("\n")
    assert sorted(filter(None, holders)) == [f"agent: pat/claude/s{n:03d}" for n in range(16)]
