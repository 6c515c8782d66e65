"""Leaving in a hurry, coming back under another session, and ending what has fallen silent."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gitcoord import clock
from gitcoord.actions.reaped import notice_told, reaped_notice
from gitcoord.actions.reaping import candidates
from gitcoord.workspace import Workspace

HOUR = 3600
#: A whole command, on a machine whose clock shows another time.
LATER = (
    "import sys; from gitcoord import clock; by = float(sys.argv.pop(1)); wall, elapsed = clock.now, clock.elapsed;"
    "clock.now = lambda: wall() + by; clock.elapsed = lambda: elapsed() + by;"
    "from gitcoord.__main__ import main; sys.exit(main())"
)
#: An agent of its own process: claims, tells where it is, begins to write, and then waits for its end.
AGENT = """
import subprocess, sys
for words in (["join"], ["claim", "src/app.py", "--ttl", "1h"], ["update", "parser half done", "--open", "fix the loop"]):
    subprocess.run([sys.executable, "-m", "gitcoord", *words], check=True, stdout=subprocess.DEVNULL)
open("src/app.py", "w").write("half a line, no newl")
print("ready", flush=True)
sys.stdin.read()
"""


def later(agent: Any, seconds: float, *words: str, code: int = 0) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", LATER, str(seconds), *words], cwd=agent.place, env={**agent.env, "GITCOORD_AGENT": agent.name},
        capture_output=True, timeout=60, check=False, text=True,
    )  # fmt: skip
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done


def open_here(agent: Any) -> Workspace:
    return Workspace.open(str(agent.place), agent=agent.name, environ=agent.env, fresh=True)


def test_leaving_in_a_hurry_is_kept_here_and_lands_by_itself(river, sky) -> None:
    river("claim", "src/app.py")
    gone = river("leave", "window closed", "--no-wait", "--json", code=6).json
    assert (gone["outcome"], gone["state"]) == ("provisional", "provisional")
    river("leave", code=10)
    for _ in range(200):
        found = sky("handoffs", "--json", "--fresh").json["handoffs"]
        if found:
            break
        time.sleep(0.1)
    assert [each["title"] for each in found] == ["window closed"]
    assert sky("claims", "--json").json["claims"] == []
    again = river("leave", "--json", code=10)
    assert again.error["code"] == "not-joined"
    assert len(sky("handoffs", "--json", "--fresh").json["handoffs"]) == 1


def test_leaving_in_a_hurry_needs_no_remote_and_nothing_of_what_lands(river, sky, hub: Path) -> None:
    river("claim", "src/app.py")
    river.write("work.txt", "kept\n")
    hidden = hub.with_name("hidden.git")
    hub.rename(hidden)
    words = [sys.executable, "-X", "importtime", "-m", "gitcoord", "leave", "--no-wait", "--carry"]
    env = {**river.env, "GITCOORD_AGENT": "river"}
    done = subprocess.run(words, cwd=river.place, env=env, capture_output=True, check=False)
    assert done.returncode == 6
    assert b"it lands in the background" in done.stdout
    imported = {line.rpartition(b"|")[2].strip() for line in done.stderr.splitlines()}
    assert b"gitcoord.workspace.deferral" in imported
    assert not {b"gitcoord.store.landing", b"subprocess", b"click", b"gitcoord.rules.leaving"} & imported
    hidden.rename(hub)
    found = river("sync", "--json").json
    assert found["state"] == "confirmed"
    assert sky("show", "HND-1", "--json", "--fresh").json["entity"]["carry"]["branch"] == "gitcoord-wip/river"
    assert sky.git("ls-remote", "origin", "refs/heads/gitcoord-wip/river") != ""


def test_leaving_in_a_hurry_loses_nothing_and_tells_no_token(river, sky) -> None:
    token = "ghp_" + "a1B2" * 9
    river("claim", "src/app.py")
    river.git("checkout", "-q", "-b", f"try-{token}")
    river.write(f"src/{token}.py", "new\n")
    river.git("add", "src")
    river.git("commit", "-qm", f"with {token}\n\nmore")
    assert "looks like a token" in river("leave", "done", code=1).err
    said = river("leave", "out of time", "--next", f"use\n{token} there", "--no-wait", code=6)
    assert "what looks like a token or a key was left out of: branch, commits, files, next, where" in said.out
    river("sync")
    whole = sky("show", "HND-1", "--json", "--fresh").json["entity"]
    mark = "[looks like a token: left out]"
    assert (whole["title"], whole["next"]) == ("out of time", f"use\n{mark} there")
    assert (whole["branch"], whole["files"]) == (f"try-{mark}", [f"src/{mark}.py"])
    assert whole["commits"][0].endswith(f"with {mark}")
    assert token not in sky.git("log", "-p", "origin/gitcoord-sync"), "nowhere in the history of the branch"


def test_who_says_so_leaves_with_the_words_as_they_are(river, sky) -> None:
    token = "ghp_" + "a1B2" * 9
    river("leave", token, "--no-wait", code=6, GITCOORD_SECRETS_SCAN="false")
    river("sync")
    assert sky("show", "HND-1", "--json", "--fresh").json["entity"]["title"] == token


def test_the_eight_fields_fill_themselves(river, sky) -> None:
    river.git("checkout", "-q", "-b", "login")
    river.write("src/auth/login.py", "new\n")
    river.git("commit", "-qam", "a new login")
    river.write("src/left.py", "not committed\n")
    river("run", "record", "pytest", "-q", "--exit-code", "1", code=2)
    river("run", "record", "pytest -q", "--exit-code", "1")
    river("task", "add", "tokens")
    river("task", "claim", "TASK-1")
    river("update", "parser done, loop open", "--done", "parser", "--open", "loop")
    river("leave", "out of context")
    whole = sky("show", "HND-1", "--json", "--fresh").json["entity"]
    committed = river.git("diff", "--name-only", "origin/main...HEAD").split()
    assert whole["files"] == sorted({*committed, "src/left.py"})
    assert whole["tests"] == ["pytest -q: exit 1"]
    assert whole["stopped"].startswith("parser done, loop open (on login, at ")
    assert (whole["changed"], whole["next"]) == ("parser", "loop")
    assert whole["commits"][0].endswith("a new login")
    assert "risks: none stated" in sky("show", "HND-1").out
    task = sky("task", "list", "--json").json["tasks"][0]
    assert (task["state"], task.get("assignee"), task["body"]) == ("open", None, "left by river: HND-1")


def test_claims_of_the_session_before_a_restart_are_released_too(river, sky) -> None:
    river("leave")
    river("join", GITCOORD_SESSION_ID="first")
    river("claim", "src/app.py", GITCOORD_SESSION_ID="first")
    river("join", GITCOORD_SESSION_ID="second")
    river("claim", "docs/guide.md", GITCOORD_SESSION_ID="second")
    assert len(sky("claims", "--json", "--fresh").json["claims"]) == 2
    river("leave", GITCOORD_SESSION_ID="second")
    assert sky("claims", "--json", "--fresh").json["claims"] == []
    assert [each["agent"] for each in sky("status", "--json").json["agents"]] == ["sky"]


def test_an_agent_of_another_clone_is_not_left_for(river, sky, clone) -> None:
    other = clone("river", folder="second")
    assert "leave there" in other("leave", "--json", code=10).error["message"]
    assert len(sky("status", "--json", "--fresh").json["agents"]) == 2


def test_an_agent_that_was_killed_in_the_middle_of_an_edit(
    river, sky, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    river("leave")
    words = [sys.executable, "-c", AGENT]
    env = {**river.env, "GITCOORD_AGENT": "noor"}
    noor = subprocess.Popen(words, cwd=river.place, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert noor.stdout is not None and noor.stdout.readline() == b"ready\n"
    assert "is alive" in later(river, 5 * HOUR, "reap", "--agent", "noor", code=1).stderr
    noor.kill()
    noor.communicate()
    assert "of silence are needed" in later(river, HOUR / 3, "reap", "--agent", "noor", code=1).stderr
    assert "cannot be taken over yet" in later(river, HOUR, "reap", "--agent", "noor", code=1).stderr
    compared = later(river, 5 * HOUR, "reap", "--dry-run").stdout
    assert "reap" in compared and "(T1)" in compared and "process dead" in compared
    assert len(sky("claims", "--json", "--fresh").json["claims"]) == 1
    said = later(river, 5 * HOUR, "reap", "--agent", "noor", "--carry").stdout
    assert "reaped noor" in said
    whole = sky("show", "HND-2", "--json", "--fresh").json["entity"]
    assert (whole["agent"], whole["written_by"], whole["files"]) == ("noor", "river", ["src/app.py"])
    assert (whole["next"], whole["stopped"].partition(" (")[0]) == ("fix the loop", "parser half done")
    assert sky("claims", "--json").json["claims"] == []
    sky("takeover", "HND-2", "--worktree", str(tmp_path / "there"))
    assert (tmp_path / "there/src/app.py").read_bytes() == (river.place / "src/app.py").read_bytes() == b"half a line, no newl"
    river.name = "noor"
    elapsed = clock.elapsed
    monkeypatch.setattr(clock, "elapsed", lambda: elapsed() + 6 * HOUR)
    with open_here(river) as ws:
        told = reaped_notice(ws)
        assert told is not None and "by river" in told and "HND-2, taken over by sky" in told
        notice_told(ws)
        assert reaped_notice(ws) is None
    assert "You were reaped" in river("leave", "--json", code=10).error["message"]


def test_who_claimed_on_everybodys_branch_lives_by_the_branch_it_went_on_to(river, sky) -> None:
    river("claim", "src/app.py", "--ttl", "1h")
    river.git("checkout", "-q", "-b", "login")
    river.write("src/app.py", "x = 'thought about'\n")
    fresh = {**river.env, "GIT_COMMITTER_DATE": f"{int(time.time()) + 4 * HOUR} +0000"}
    for words in (["commit", "-qam", "thinking"], ["push", "-q", "--no-verify", "origin", "login"]):
        subprocess.run(["git", *words], cwd=river.place, env=fresh, check=True, capture_output=True)
    assert "its branch has a commit" in later(sky, 5 * HOUR, "reap", "--agent", "river", code=1).stderr
    assert '"outcome": "reaped"' in later(sky, 7 * HOUR, "reap", "--json").stdout


def test_a_silent_agent_in_another_clone_lives_as_long_as_its_branch_grows(river, sky) -> None:
    river.git("checkout", "-q", "-b", "login")
    river("claim", "src/app.py", "--ttl", "1h")
    with open_here(sky) as ws:
        assert candidates(ws) == []
    fresh = {**river.env, "GIT_COMMITTER_DATE": f"{int(time.time()) + 4 * HOUR} +0000"}
    for words in (["commit", "-q", "--allow-empty", "-m", "thinking"], ["push", "-q", "--no-verify", "origin", "login"]):
        subprocess.run(["git", *words], cwd=river.place, env=fresh, check=True, capture_output=True)
    refs = sky.git("for-each-ref", "refs/heads", "refs/remotes/origin/login")
    assert "its branch has a commit" in later(sky, 5 * HOUR, "reap", "--agent", "river", code=1).stderr
    assert sky.git("for-each-ref", "refs/heads", "refs/remotes/origin/login") == refs
    done = later(sky, 7 * HOUR, "reap", "--json")
    assert '"outcome": "reaped"' in done.stdout
    whole = sky("show", "HND-1", "--json").json["entity"]
    assert whole["head"] == river.git("rev-parse", "HEAD")
    assert river("claim", "src/app.py", "--json").json["outcome"] == "granted"


def test_uninstalling_in_one_worktree_leaves_the_others_alone(river, sky, tmp_path: Path) -> None:
    river.git("worktree", "add", "-q", str(tmp_path / "linked"), "HEAD")
    river("join", "--as", "wren", cwd=tmp_path / "linked")
    said = river("uninstall", "--yes", "--json").json
    assert any("wren" in each for each in said["notes"])
    assert (river.place / ".git/gitcoord/local.db").exists()
    assert b"gitcoord" in (river.place / ".git/hooks/pre-push").read_bytes()
    assert river("status", "--as", "wren", "--json", cwd=tmp_path / "linked").json["me"]["joined"] is True
    river("uninstall", "--yes", "--all-worktrees")
    assert not (river.place / ".git/gitcoord").exists()
    assert not (river.place / ".git/hooks/pre-push").exists()
