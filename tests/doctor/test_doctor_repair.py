"""``gitcoord doctor --repair``: what needs no decision is mended, once, and nothing is lost by it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.conftest import Clone, World


def home(clone: Clone) -> Path:
    return clone.path / ".git/gitcoord"


def dead_process() -> int:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return gone.pid


def test_a_repair_of_a_sound_clone_does_nothing(pair, examine) -> None:
    found = examine(pair[0], repair=True)
    assert found.ok and found.repaired == []


def test_a_cache_that_says_something_else_than_git_is_found_and_built_anew(pair, examine) -> None:
    river, _ = pair
    river.ok("claim", "src/part0.py")
    with sqlite3.connect(home(river) / "cache.db") as database:
        database.execute("DELETE FROM scopes")
    database.close()
    found = examine(river)
    assert not found.ok
    assert found.one("cache")["fix"] == "gitcoord rebuild-index"
    mended = examine(river, repair=True)
    assert mended.ok and mended.repaired, mended
    assert examine(river).repaired == []


def test_the_command_named_for_a_wrong_cache_helps(pair, examine) -> None:
    river, _ = pair
    river.ok("claim", "src/part0.py")
    with sqlite3.connect(home(river) / "cache.db") as database:
        database.execute("UPDATE entities SET oid = 'x' WHERE kind = 'claim'")
    database.close()
    assert not examine(river).ok
    river.ok("rebuild-index")
    assert examine(river).ok


def test_a_cache_of_garbage_is_a_warning_and_is_replaced(pair, examine) -> None:
    river, _ = pair
    for name in ("cache.db-wal", "cache.db-shm"):
        (home(river) / name).unlink(missing_ok=True)
    (home(river) / "cache.db").write_bytes(b"garbage " * 1000)
    found = examine(river)
    assert found.ok and found.one("cache")
    assert (home(river) / "cache.db").read_bytes().startswith(b"garbage"), "looking changes nothing"
    mended = examine(river, repair=True)
    assert not mended.bad("cache"), mended
    assert not examine(river).bad("cache")


def test_a_damaged_local_db_is_kept_beside_a_new_one(pair, examine) -> None:
    river, _ = pair
    river.ok("start", "flow")
    for name in ("local.db-wal", "local.db-shm"):
        (home(river) / name).unlink(missing_ok=True)
    (home(river) / "local.db").write_bytes(b"garbage " * 1000)
    assert examine(river).one("local.db")["fix"] == "gitcoord doctor --repair"
    mended = examine(river, repair=True)
    assert not mended.bad("local.db"), mended
    kept = [each for each in home(river).iterdir() if ".damaged-" in each.name]
    assert kept and kept[0].read_bytes().startswith(b"garbage")


def test_a_reader_ahead_of_the_branch_is_set_back(pair, examine) -> None:
    river, _ = pair
    river.ok("start", "flow")
    river.ok("read")
    with sqlite3.connect(home(river) / "local.db") as database:
        database.execute("UPDATE cursors SET revision = 99999")
    database.close()
    assert examine(river).one("local.db")["fix"] == "gitcoord doctor --repair"
    assert examine(river, repair=True).repaired
    assert not examine(river).bad("local.db")


def test_leftovers_of_the_dead_go_and_those_of_the_living_stay(pair, examine) -> None:
    river, _ = pair
    gone = dead_process()
    old = [home(river) / f"state.json.{gone}.tmp", home(river) / "outbox" / f"01k9x.json.{gone}.tmp"]
    mine = home(river) / f"state.json.{os.getpid()}.tmp"
    for file in (*old, mine):
        file.parent.mkdir(exist_ok=True)
        file.write_text("{")
    river.git("update-ref", f"refs/gitcoord/landing/abcdef-{gone}-1", "HEAD")
    assert len(examine(river).bad("leftovers")) == 3
    mended = examine(river, repair=True)
    assert not mended.bad("leftovers"), mended
    assert not any(each.exists() for each in old) and mine.exists()
    assert not river.git("for-each-ref", "refs/gitcoord/landing/")


def test_a_write_that_cannot_be_read_is_set_aside_and_not_lost(pair, examine) -> None:
    river, _ = pair
    name = "01k9xq3v7w8r2t4y6z8p0a2s4d"
    (home(river) / "outbox").mkdir(exist_ok=True)
    (home(river) / "outbox" / f"{name}.json").write_text('{"half')
    assert examine(river).one("outbox")["fix"] == "gitcoord doctor --repair"
    assert (home(river) / "outbox" / f"{name}.json").exists(), "looking moves nothing"
    examine(river, repair=True)
    aside = home(river) / "outbox" / f"{name}.unreadable"
    assert aside.read_text() == '{"half'
    assert str(aside) in examine(river).one("outbox")["fix"]


def test_a_write_that_waits_is_told_and_never_touched(pair, world: World, examine) -> None:
    river, _ = pair
    assert river.run("claim", "src/part0.py", "--offline").code == 6
    found = examine(river, repair=True)
    assert found.ok and found.one("outbox")["fix"] == "gitcoord sync"
    river.ok("sync")
    assert not examine(river).bad("outbox")


def test_good_news_that_nobody_waits_for_is_told_and_bad_news_is_left_for_sync(pair, examine) -> None:
    river, _ = pair
    box = home(river) / "outbox"
    box.mkdir(exist_ok=True)
    good, bad = "01k9xq3v7w8r2t4y6z8p0a2s4d", "01k9xq3v7w8r2t4y6z8p0a2s4e"
    (box / f"{good}.done").write_text(json.dumps({"ok": {"outcome": "granted", "revision": 7}}))
    denied = {"denied": {"code": "claim-conflict", "message": "no", "hint": "", "details": {}}}
    (box / f"{bad}.done").write_text(json.dumps(denied))
    found = examine(river, repair=True)
    assert any(good in each and "granted" in each for each in found.repaired)
    assert not (box / f"{good}.done").exists() and (box / f"{bad}.done").exists()
    assert found.one("outbox")["fix"] == "gitcoord sync"


def test_a_place_that_cannot_be_written_is_told_and_nothing_crashes(pair, examine) -> None:
    river, _ = pair
    home(river).chmod(0o500)
    try:
        found = examine(river, repair=True)
    finally:
        home(river).chmod(0o700)
    if os.geteuid():
        assert not found.ok and "cannot be written" in found.one("local-state")["detail"]


def test_whatever_is_broken_the_other_checks_go_on(pair, examine) -> None:
    river, _ = pair
    river.ok("start", "flow")
    (home(river) / "state.json").write_text("[")
    (home(river) / "outbox").rmdir()
    (home(river) / "outbox").write_text("a file where a folder should be")
    (home(river) / "local.yml").mkdir()
    found = examine(river, repair=True)
    assert found.of("git")[0]["ok"] and found.of("files") and found.of("hooks"), found
