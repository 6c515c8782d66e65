"""Uncommitted work travels with a handoff: what comes out in the other clone is what was there, byte for byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
KEY = "-----BEGIN OPENSSH " + "PRIVATE KEY-----\nabc\n"


def files_of(root: Path) -> dict[bytes, tuple[str, bytes]]:
    """Every file of a work tree but git's own: path to kind and content."""
    found: dict[bytes, tuple[str, bytes]] = {}
    top = os.fsencode(root)
    for folder, folders, names in os.walk(top):
        folders[:] = [each for each in folders if each != b".git"]
        for name in names + [each for each in folders if os.path.islink(folder + b"/" + each)]:
            file = folder + b"/" + name
            path = file[len(top) + 1 :]
            if path == b".git":
                continue
            if os.path.islink(file):
                found[path] = ("link", os.readlink(file))
            else:
                kind = "executable" if os.stat(file).st_mode & 0o100 else "file"
                found[path] = (kind, Path(os.fsdecode(file)).read_bytes())
    return found


def status(agent: Any, place: Path | None = None) -> str:
    done = subprocess.run(
        ["git", "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all"], cwd=place or agent.place,
        env=agent.env, capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout.decode("utf-8", "surrogateescape")


def index(agent: Any, place: Path | None = None) -> bytes:
    words = ["git", "ls-files", "-s", "-z"]
    return subprocess.run(words, cwd=place or agent.place, env=agent.env, capture_output=True, check=True).stdout


def untouched(agent: Any) -> tuple[Any, ...]:
    """What no command may change: index, HEAD, refs of the user, stash, config."""
    refs = [line for line in agent.git("for-each-ref").splitlines() if "gitcoord" not in line]
    index_file = agent.place / ".git/index"
    config = (agent.place / ".git/config").read_bytes()
    return index_file.read_bytes(), (agent.place / ".git/HEAD").read_bytes(), refs, config, files_of(agent.place), status(agent)


def make_a_mess(agent: Any) -> None:
    """Every way in which work can be unfinished."""
    agent.git("switch", "-q", "-c", "login")
    for path in ("src/gone.py", "src/renamed.py", "src/mode.sh", "src/turned", "src/both.py", "src/staged_away.py"):
        agent.write(path, f"{path}\n" * 3)
    agent.write(".gitignore", "ignored/\n*.log\n")
    agent.git("add", "-A")
    agent.git("commit", "-q", "-m", "not pushed yet")
    place = agent.place
    agent.write("src/both.py", "staged\n")
    agent.git("add", "src/both.py")
    agent.write("src/both.py", "staged\nand later\r\n")
    (place / "src/gone.py").unlink()
    agent.git("mv", "src/renamed.py", "src/new name.py")
    os.chmod(place / "src/mode.sh", 0o755)
    (place / "src/turned").unlink()
    os.symlink("both.py", place / "src/turned")
    agent.git("rm", "-q", "--cached", "src/staged_away.py")
    agent.write("untracked/with space/ünï\ncode.txt", "new\n")
    (place / "untracked/raw.bin").write_bytes(bytes(range(256)))
    (place / os.fsdecode(b"untracked/\xff-bytes")).write_bytes(b"x")
    os.symlink("/nowhere/at/all", place / "untracked/dangling")
    agent.write("untracked/run.sh", "#!/bin/sh\n")
    os.chmod(place / "untracked/run.sh", 0o700)
    agent.write("added later.txt", "not staged\n")
    agent.git("add", "-N", "added later.txt")
    agent.write("ignored/secret.txt", "not carried\n")
    agent.write("noise.log", "not carried\n")
    (place / "README.md").unlink()
    (place / "README.md").mkdir()
    agent.write("README.md/now a folder", "yes\n")


def test_the_successor_has_the_same_files_and_the_same_index(river, sky, tmp_path: Path) -> None:
    make_a_mess(river)
    before = untouched(river)
    written = river("leave", "out of context", "--carry", "--json").json
    assert written["carry"]["state"] == "confirmed"
    assert untouched(river) == before
    there = tmp_path / "taken over"
    taken = sky("takeover", written["handoffs"][0]["alias"], "--worktree", str(there), "--json", "--fresh").json
    assert taken["outcome"] == "taken"
    assert taken["worktree"]["branch"] == "login-HND-1"
    expected = {path: each for path, each in files_of(river.place).items() if not path.startswith((b"ignored/", b"noise"))}
    assert files_of(there) == expected
    assert status(sky, there) == status(river)
    assert index(sky, there) == index(river)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=there, env=sky.env, capture_output=True, check=True).stdout.decode()
    assert head.strip() == river.git("rev-parse", "HEAD")
    assert sky.git("status", "--porcelain") == ""


def test_a_change_in_the_same_second_and_of_the_same_size_is_seen(river, sky, tmp_path: Path) -> None:
    river.write("src/app.py", "aaaa\n")
    river.git("add", "src/app.py")
    river.write("src/app.py", "bbbb\n")
    river("handoff", "half done", "--carry")
    sky("takeover", "HND-1", "--worktree", str(tmp_path / "there"), "--fresh")
    assert (tmp_path / "there/src/app.py").read_text() == "bbbb\n"


def test_secrets_and_giants_stay_behind_and_are_named(river, sky, tmp_path: Path) -> None:
    river.write(".env", "A=1\n")
    river.write("deploy/id_ed25519", "x\n")
    river.write("src/app.py", f"token = '{TOKEN}'\n")
    river.write("notes.txt", KEY)
    river.git("add", "notes.txt")
    river.write("notes.txt", "clean now\n")
    river.write("big.bin", "x" * 3000)
    river.write("fine.txt", "carried\n")
    said = river("handoff", "half done", "--carry", "--json", GITCOORD_CARRY_MAX_FILE="2000").json
    entity = sky("show", "HND-1", "--json", "--fresh").json["entity"]
    left = {each.partition(":")[0] for each in entity["carry"]["left_out"]}
    assert left == {".env", "deploy/id_ed25519", "src/app.py", "notes.txt", "big.bin"}
    assert all(any(name in line for line in said["warnings"]) for name in left)
    sky("takeover", "HND-1", "--worktree", str(tmp_path / "there"))
    assert (tmp_path / "there/fine.txt").read_text() == "carried\n"
    assert (tmp_path / "there/src/app.py").read_text() == "# src/app.py\n"
    assert (tmp_path / "there/notes.txt").read_text() == "clean now\n"
    everything = sky.git("log", "-p", "--all")
    assert TOKEN not in everything and KEY not in everything and "A=1" not in everything


def test_a_secret_in_a_commit_that_nobody_has_keeps_all_of_it_here(river, sky) -> None:
    river.write("src/app.py", f"token = '{TOKEN}'\n")
    river.git("commit", "-qam", "oops")
    river.git("rm", "-q", "--cached", "src/app.py")
    said = river("leave", "--carry", "--json").json
    assert said["carry"]["state"] == "refused"
    assert "src/app.py" in said["carry"]["reason"]
    assert sky.git("ls-remote", "origin", "refs/heads/gitcoord-wip/*") == ""
    assert "carry" not in sky("show", "HND-1", "--json", "--fresh").json["entity"]


def test_each_carry_follows_the_one_before_and_nothing_is_forced(river, sky, tmp_path: Path) -> None:
    tips = []
    for n in range(3):
        river.write("work.txt", f"{n}\n")
        river("handoff", f"step {n}", "--carry")
        tips.append(river.git("ls-remote", "origin", "refs/heads/gitcoord-wip/river").split()[0])
    river.git("fetch", "-q", "origin", "refs/heads/gitcoord-wip/river")
    for old, new in pairwise(tips):
        river.git("merge-base", "--is-ancestor", old, new)
    sky("takeover", "HND-1", "--worktree", str(tmp_path / "first"), "--fresh")
    assert (tmp_path / "first/work.txt").read_text() == "0\n"


def test_a_branch_that_moved_elsewhere_is_joined_not_overwritten(river, clone, sky, tmp_path: Path) -> None:
    other = clone("river", folder="second")
    river.write("work.txt", "here\n")
    river("handoff", "one", "--carry")
    other.write("work.txt", "there\n")
    other("handoff", "two", "--carry")
    for n, text in ((1, "here\n"), (2, "there\n")):
        sky("takeover", f"HND-{n}", "--worktree", str(tmp_path / str(n)), "--fresh")
        assert (tmp_path / str(n) / "work.txt").read_text() == text


def test_without_the_remote_it_waits_here_and_sync_pushes_it(river, sky, hub: Path, tmp_path: Path) -> None:
    river.write("work.txt", "kept\n")
    hidden = hub.with_name("hidden.git")
    hub.rename(hidden)
    said = river("leave", "--carry", "--json", code=6).json
    assert said["carry"]["state"] == "provisional"
    assert any("gitcoord sync" in each for each in said["warnings"])
    hidden.rename(hub)
    assert river("sync", "--json").json["carried"] == {"gitcoord-wip/river": "confirmed"}
    sky("takeover", "HND-1", "--worktree", str(tmp_path / "there"), "--fresh")
    assert (tmp_path / "there/work.txt").read_text() == "kept\n"


def test_two_take_one_handoff_and_one_of_them_is_told_who_has_it(river, sky, clone, tmp_path: Path) -> None:
    wren = clone("wren")
    wren("join")
    river.write("work.txt", "mine\n")
    river("claim", "src/app.py", "src/auth/")
    river("leave", "--carry")
    taken = sky("takeover", "HND-1", "--json", "--fresh").json
    assert taken["next_commands"] == ["gitcoord claim src/app.py src/auth/"]
    assert Path(taken["worktree"]["directory"]) == sky.place.parent / "app-HND-1"
    denied = wren("takeover", "HND-1", "--json", "--fresh", code=3).error
    assert denied["taken_by"] == "sky"
    assert not (wren.place.parent / "app-HND-1").exists()
    assert sky("handoffs", "--json").json["handoffs"] == []
    made = Path(taken["worktree"]["directory"])
    assert sky("claim", "src/app.py", "--json", cwd=made).json["claims"][0]["agent"] == "sky"
    again = sky("takeover", "HND-1", "--worktree", str(tmp_path / "again"), "--json").json
    assert (again["outcome"], again["worktree"]["branch"]) == ("already-taken", "main-HND-1-2")
    assert (tmp_path / "again/work.txt").read_text() == "mine\n"


def test_what_is_in_the_way_is_said_before_anything_is_taken(river, sky, tmp_path: Path) -> None:
    river.write("work.txt", "mine\n")
    river("leave", "--carry")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").write_text("x")
    sky("handoffs", "--fresh")
    assert sky("takeover", "HND-1", "--offline", "--json", code=8).error["code"] == "unreachable"
    sky("takeover", "HND-1", "--worktree", str(tmp_path / "full"), "--fresh", code=1)
    assert len(sky("handoffs", "--json").json["handoffs"]) == 1


def test_a_record_that_does_not_fit_the_branch_is_not_followed(river, sky, tmp_path: Path) -> None:
    river.write("work.txt", "mine\n")
    river("handoff", "half done", "--carry")
    record = sky("show", "HND-1", "--json", "--fresh").json["entity"]["carry"]
    script = (
        "import sys, json; from gitcoord.actions import takeover;"
        "real = takeover.carried; wrong = json.loads(sys.argv.pop());"
        "takeover.carried = lambda value: real(wrong); from gitcoord.__main__ import main; sys.exit(main())"
    )
    for field in ("work_tree", "index_tree", "commit", "branch"):
        wrong = {**record, field: "main" if field == "branch" else river.git("rev-parse", "HEAD")}
        done = subprocess.run(
            [sys.executable, "-c", script, "takeover", "HND-1", "--worktree", str(tmp_path / "there"), json.dumps(wrong)],
            cwd=sky.place, env={**sky.env, "GITCOORD_AGENT": "sky"}, capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 1, (field, done.stderr.decode())
        assert not (tmp_path / "there").exists()
    assert len(sky("handoffs", "--json").json["handoffs"]) == 1


def test_without_a_commit_there_is_work_too(tmp_path: Path, env, hub: Path, river, sky) -> None:
    river.git("switch", "-q", "--orphan", "fresh")
    river.write("first.txt", "one\n")
    river.git("add", "first.txt")
    river.write("second.txt", "two\n")
    river("handoff", "a new root", "--carry")
    sky("takeover", "HND-1", "--worktree", str(tmp_path / "there"), "--fresh")
    assert status(sky, tmp_path / "there") == status(river)


def test_worktrees_of_one_clone_need_no_remote(clone, tmp_path: Path) -> None:
    river = clone("river")
    river.git("remote", "remove", "origin")
    river("init")
    river("start", "alone")
    river.git("worktree", "add", "-q", str(tmp_path / "linked"))
    river.write("work.txt", "mine\n")
    assert river("leave", "--carry", "--json").json["carry"]["state"] == "confirmed"
    linked = tmp_path / "linked"
    river("join", "--as", "sky", cwd=linked)
    river("takeover", "HND-1", "--as", "sky", "--worktree", str(tmp_path / "there"), cwd=linked)
    assert (tmp_path / "there/work.txt").read_text() == "mine\n"
