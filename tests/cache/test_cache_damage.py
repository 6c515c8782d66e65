"""The cache can be deleted, truncated, corrupted, locked, copied or read-only at any moment: a sound one, or none."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from gitcoord.cache import database, projector
from gitcoord.cache.queries import Reader
from tests.cache.trees import Tree, a_claim, a_task, observed, projected, rows_of

TREE = Tree(*(a_claim(n, f"src/{n}.py") for n in range(1, 60)), *(a_task(n, body="text\n" * 40) for n in range(1, 60)))


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A cache that shows ``TREE``."""
    name = str(tmp_path / "cache.db")
    projected(TREE, 3, _opened(name)).close()
    return name


def _opened(file: str, key: str = "here") -> sqlite3.Connection:
    connection = database.open_cache(file, key=key)
    assert connection is not None
    return connection


def _is_usable(file: str) -> bool:
    """Whatever it was: it can be projected into again, and then shows the tree."""
    connection = _opened(file)
    projected(TREE, 3, connection)
    whole = rows_of(connection) == rows_of(projected(TREE, 3))
    sound = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    return whole and sound


def test_what_was_projected_is_there_when_the_cache_is_opened_again(file: str) -> None:
    connection = _opened(file)
    assert database.applied(connection) == ("c3", 3)
    assert len(Reader(connection).claims()) == 59
    connection.close()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"garbage" + data[7:],
        lambda data: b"",
        lambda data: data[:100],
        lambda data: data[: len(data) // 2],
        lambda data: b"\0" * len(data),
        lambda data: b"<html>" * 1000,
        lambda data: data[:18] + b"\x09\x09" + data[20:],
        lambda data: data[:100] + random.Random(7).randbytes(4000) + data[4100:],
    ],
    ids=["header", "empty", "stump", "half", "zeros", "html", "future file format", "first page"],
)
def test_a_damaged_file_is_replaced(file: str, damage: object) -> None:
    data = Path(file).read_bytes()
    Path(file).write_bytes(damage(data))  # type: ignore[operator]
    assert _is_usable(file)


def test_random_flips_never_give_a_wrong_answer(file: str) -> None:
    """Either the damage is noticed, by an error that callers heal, or the answer is right."""
    whole = Path(file).read_bytes()
    chance = random.Random(7)
    expected = [each.as_json() for each in Reader(_opened(file)).find("claim")]
    noticed = 0
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 20))):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        Path(file).write_bytes(data)
        try:
            connection = _opened(file)
            if database.applied(connection) is None:
                noticed += 1
            else:
                assert [each.as_json() for each in Reader(connection).find("claim")] == expected
            connection.close()
        except sqlite3.DatabaseError:
            noticed += 1
        for suffix in ("-wal", "-shm"):
            Path(file + suffix).unlink(missing_ok=True)
    assert noticed


def test_a_flipped_letter_in_a_row_is_noticed_and_healed(file: str) -> None:
    data = Path(file).read_bytes()
    assert data.count(b"src/17.py") > 1
    Path(file).write_bytes(data.replace(b'"scope":"src/17.py"', b'"scope":"src/71.py"'))
    connection = _opened(file)
    claim = a_claim(17, "src/17.py")
    with pytest.raises(sqlite3.DatabaseError):
        Reader(connection).get("claim", claim.id)
    found = Reader(connection, heal=lambda: projected(TREE, 3)).get("claim", claim.id)
    assert found is not None
    assert found.get("scope") == "src/17.py"
    connection.close()


def test_a_cache_of_another_repository_or_branch_is_not_believed(file: str) -> None:
    connection = _opened(file, key="elsewhere")
    assert database.applied(connection) is None
    assert Reader(connection).claims() == []
    connection.close()


def test_an_older_version_is_replaced(file: str) -> None:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version=1")
    connection.close()
    assert database.applied(_opened(file)) is None
    assert _is_usable(file)


def test_a_newer_version_is_left_as_it_is_and_ours_stands_beside_it(file: str) -> None:
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE future(x)")
    connection.execute("PRAGMA user_version=99")
    connection.close()
    assert _is_usable(file)
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA user_version").fetchone() == (99,)
    assert connection.execute("SELECT count(*) FROM entities").fetchone() == (118,)
    connection.close()


def test_a_log_left_behind_by_a_crash_is_taken_up_or_dropped(file: str, tmp_path: Path) -> None:
    writer = _opened(file)
    writer.execute("INSERT INTO meta VALUES('left', 'in the log')")
    for suffix in ("", "-wal", "-shm"):
        shutil.copy(file + suffix, str(tmp_path / "crashed.db") + suffix)
    crashed = str(tmp_path / "crashed.db")
    connection = _opened(crashed)
    assert connection.execute("SELECT value FROM meta WHERE name = 'left'").fetchone() == ("in the log",)
    connection.close()
    writer.close()
    for content in (b"garbage" * 900, b""):
        Path(file + "-wal").write_bytes(content)
        Path(file + "-shm").write_bytes(content)
        assert _is_usable(file)


def test_the_log_of_a_damaged_cache_is_never_read_into_the_new_one(file: str) -> None:
    writer = _opened(file)
    writer.execute("INSERT INTO meta VALUES('left', 'in the log')")
    saved = Path(file + "-wal").read_bytes()
    writer.close()
    Path(file).write_bytes(b"garbage")
    Path(file + "-wal").write_bytes(saved)
    connection = _opened(file)
    assert connection.execute("SELECT value FROM meta WHERE name = 'left'").fetchone() is None
    connection.close()


def test_a_cache_that_is_replaced_stays_whole_for_whoever_has_it_open(file: str) -> None:
    old = _opened(file)
    reader = Reader(old)
    database.discard(file)
    fresh = _opened(file)
    projected(Tree(a_task(1)), 5, fresh)
    assert len(reader.claims()) == 59
    old.close()
    assert database.applied(fresh) == ("c5", 5)
    fresh.close()
    again = _opened(file)
    assert (again.execute("PRAGMA integrity_check").fetchall(), database.applied(again)) == ([("ok",)], ("c5", 5))
    again.close()


def test_a_locked_cache_is_passed_over(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    holder.execute("INSERT INTO meta VALUES('x', 'y')")
    connection = database.open_cache(file, key="here")
    if connection is not None:  # it can be read beside a writer, but not written
        with pytest.raises(sqlite3.OperationalError):
            projector.rebuild(connection, "c9", 9, [], observed())
        connection.close()
    holder.close()
    assert _is_usable(file)


@pytest.mark.parametrize("place", ["folder", "below a file", "nowhere"])
def test_where_no_cache_can_be_there_is_none(tmp_path: Path, place: str) -> None:
    if place == "folder":
        (tmp_path / "cache.db").mkdir()
        file = tmp_path / "cache.db"
    elif place == "below a file":
        (tmp_path / "plain").write_text("x")
        file = tmp_path / "plain" / "cache.db"
    else:
        file = Path("/proc/nobody/cache.db")
    assert database.open_cache(str(file), key="here") is None


def test_a_link_in_its_place_is_replaced_and_not_followed(file: str, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("not a database")
    os.unlink(file)
    os.symlink(precious, file)
    assert _is_usable(file)
    assert precious.read_text() == "not a database"
    assert not os.path.islink(file)


def test_only_reading_neither_makes_nor_replaces_one(file: str, tmp_path: Path) -> None:
    assert database.open_cache(str(tmp_path / "other.db"), key="here", readonly=True) is None
    assert not (tmp_path / "other.db").exists()
    assert database.open_cache(file, key="elsewhere", readonly=True) is None
    connection = database.open_cache(file, key="here", readonly=True)
    assert connection is not None
    assert len(Reader(connection).claims()) == 59
    connection.close()


def test_a_name_with_signs_that_mean_something_in_an_address(tmp_path: Path) -> None:
    folder = tmp_path / "what?mode=ro#100%25 \udcff"
    folder.mkdir()
    file = str(folder / "cache.db")
    _opened(file).close()
    assert sorted(os.listdir(folder)) == ["cache.db", "cache.db.lock"]


def test_nobody_else_may_read_it(file: str) -> None:
    assert os.stat(file).st_mode & 0o077 == 0
