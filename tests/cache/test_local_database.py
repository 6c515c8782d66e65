"""local.db: what this machine alone knows. Never dropped, and never a reason to fail."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gitcoord.cache.local import STEPS, Local

ROOT = str(Path(__file__).parents[2])


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "local.db")


def test_bindings_belong_to_a_worktree_and_an_agent_and_the_latest_comes_first(file: str) -> None:
    local = Local(file)
    assert local.bindings("/trees/a") == []
    assert local.bind("/trees/a", "river", "r", "s1", coop="c", name="River login")
    local.bind("/trees/a", "sky", "k", "s2")
    local.bind("/trees/b", "sky", "k", "s3")
    local.bind("/trees/a", "river", "r", "s4")
    again = Local(file)
    assert [(each["agent"], each["session_id"]) for each in again.bindings("/trees/a")] == [("river", "s4"), ("sky", "s2")]
    assert again.bindings("/trees/b")[0]["coop"] == ""
    assert again.unbind("/trees/a", "river")
    assert [each["agent"] for each in again.bindings("/trees/a")] == ["sky"]


def test_a_worktree_may_have_any_name(file: str) -> None:
    for place in ("/a\udcff", "/it's", "/ü ☃\n", ""):
        assert Local(file).bind(place, "river", "r", "s")
        assert [each["worktree"] for each in Local(file).bindings(place)] == [place]


def test_cursors_leases_costs_and_told_outcomes_are_kept(file: str) -> None:
    local = Local(file)
    assert local.cursor("r") is None
    local.set_cursor("r", 7)
    local.set_cursor("r", 12)
    local.put_lease("c", "t", "boot", 1.5, 2.5, 3600)
    for tokens in (100, 50):
        local.meter("2026-11-21", "river", "status", 1, 7, tokens)
    local.meter("2026-11-20", "sky", "read", 1, 2, 5)
    local.acknowledge("i1")
    again = Local(file)
    assert again.cursor("r") == 12
    assert again.lease("c") == {
        "claim_id": "c", "lease_token": "t", "boot_id": "boot", "elapsed": 1.5, "wall": 2.5, "ttl": 3600,
    }  # fmt: skip
    again.drop_lease("c")
    assert again.lease("c") is None
    river = {"day": "2026-11-21", "agent": "river", "command": "status", "calls": 2, "tokens": 150, "given": 14}
    assert again.costs(since="2026-11-21") == again.costs(agent="river") == [river]
    assert len(again.costs()) == 2
    again.put_work("2026-11-21", "river", 90_000)
    again.put_work("2026-11-21", "river", 80_000)
    assert again.work() == {("2026-11-21", "river"): 90_000}
    assert again.unacknowledged(["i1", "i2"]) == ["i2"]


def test_an_older_database_is_migrated_step_by_step_and_keeps_what_it_has(file: str) -> None:
    connection = sqlite3.connect(file)
    connection.executescript(STEPS[0])
    connection.execute("PRAGMA user_version=1")
    connection.execute("INSERT INTO cursors VALUES('r', 41)")
    connection.commit()
    connection.close()
    local = Local(file)
    assert local.cursor("r") == 41
    assert local.acknowledge("i")
    assert local.problem == ""
    assert sqlite3.connect(file).execute("PRAGMA user_version").fetchone() == (len(STEPS),)


def test_a_newer_database_is_used_and_not_taken_back(file: str) -> None:
    Local(file).set_cursor("r", 5)
    connection = sqlite3.connect(file)
    connection.execute("ALTER TABLE leases ADD COLUMN future TEXT")
    connection.execute("PRAGMA user_version=99")
    connection.close()
    local = Local(file)
    assert local.cursor("r") == 5
    assert local.set_cursor("r", 6)
    local.close()
    assert sqlite3.connect(file).execute("PRAGMA user_version").fetchone() == (99,)


@pytest.mark.parametrize("damage", [b"garbage" * 700, b"\0" * 8192, b"short"])
def test_a_damaged_database_is_set_aside_and_kept(file: str, damage: bytes) -> None:
    local = Local(file)
    local.bind("/work", "river", "r", "s")
    local.close()
    Path(file).write_bytes(damage)
    local = Local(file)
    assert local.bindings("/work") == []
    assert local.bind("/work", "sky", "k", "s")
    local.close()
    assert [each["agent"] for each in Local(file).bindings("/work")] == ["sky"]
    (kept,) = [name for name in os.listdir(os.path.dirname(file)) if ".damaged-" in name and name[-1].isdigit()]
    assert (Path(file).parent / kept).read_bytes() == damage


def test_damage_inside_is_noticed_when_it_is_met(file: str) -> None:
    local = Local(file)
    for n in range(400):
        local.bind(f"/trees/{n}", "river", "r" * 50, "s" * 50)
    local.close()
    data = bytearray(Path(file).read_bytes())
    for page in range(8192, len(data) - 4096, 4096):
        data[page : page + 64] = b"\xff" * 64
    Path(file).write_bytes(data)
    local = Local(file)
    local.bindings("/trees/399")
    assert local.bind("/trees/x", "sky", "k", "s")
    assert [each["agent"] for each in Local(file).bindings("/trees/x")] == ["sky"]


def test_an_empty_file_is_a_new_database(file: str) -> None:
    Path(file).write_bytes(b"")
    assert Local(file).set_cursor("r", 1)
    assert Local(file).cursor("r") == 1


def test_without_a_place_to_write_it_lives_in_memory_and_says_so() -> None:
    local = Local("/proc/nobody/local.db")
    assert local.bind("/work", "river", "r", "s") is False
    assert [each["agent"] for each in local.bindings("/work")] == ["river"]
    assert local.problem.startswith("local.db: ")


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes somebody who may not write")
def test_a_folder_that_may_not_be_written_is_read(tmp_path: Path) -> None:
    folder = Path("/var/tmp") / f"gitcoord-{os.getpid()}"
    folder.mkdir(mode=0o755)
    try:
        file = str(folder / "local.db")
        local = Local(file)
        local.bind("/work", "river", "r", "s")
        local.close()
        os.chmod(file, 0o644)
        code = (
            "import os, sys; sys.path.insert(0, sys.argv[2]); from gitcoord.cache.local import Local; os.setuid(65534)\n"
            "local = Local(sys.argv[1]); print([b['agent'] for b in local.bindings('/work')], local.set_cursor('r', 1),"
            " local.problem != '')"
        )
        said = subprocess.run([sys.executable, "-c", code, file, ROOT], capture_output=True, text=True, check=False)
        assert said.stdout == "['river'] False True\n", said.stderr
    finally:
        shutil.rmtree(folder)


def test_many_processes_may_begin_it_at_once(file: str) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[2]); from gitcoord.cache.local import Local; sys.stdin.readline()\n"
        "local = Local(sys.argv[1]); print(local.bind('/work', sys.argv[3], 'a', 's'), local.problem)"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, file, ROOT, f"agent{n}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for n in range(12)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    assert {child.communicate(timeout=60)[0] for child in children} == {"True \n"}
    assert len(Local(file).bindings("/work")) == 12
