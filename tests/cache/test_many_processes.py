"""Twenty processes of one clone, all finding no cache, or an old one, at the same moment."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from gitcoord.cache import database, projector
from gitcoord.cache.queries import Reader
from tests.cache.trees import Tree, a_claim, observed, projected, step

ONE = """
import json, sqlite3, sys
from gitcoord.cache import database, projector
from gitcoord.cache.queries import Reader
from tests.cache.trees import Tree, a_claim, observed
print("ready", flush=True)
sys.stdin.readline()
tree = Tree(*(a_claim(n, f"src/{n}.py") for n in range(300)))
connection = database.open_cache(sys.argv[1], key="here")
told = "file" if connection is not None else "memory"
try:
    connection = connection or database.open_memory()
    if database.applied(connection) is None:
        projector.rebuild(connection, "c3", 3, tree.entries(), observed())
except sqlite3.OperationalError:
    told, connection = "memory", database.open_memory()
    projector.rebuild(connection, "c3", 3, tree.entries(), observed())
reader = Reader(connection)
print(json.dumps([told, reader.revision, len(reader.claims()), reader.digest()]))
"""


def _all_at_once(file: str, count: int) -> list[list[object]]:
    root = str(Path(__file__).parents[2])
    children = [
        subprocess.Popen(
            [sys.executable, "-c", ONE, file], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": root},
        )
        for _ in range(count)
    ]  # fmt: skip
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    answers = [json.loads(child.communicate(timeout=60)[0]) for child in children]
    assert [child.returncode for child in children] == [0] * count
    return answers


def test_all_answer_the_same_and_the_cache_is_sound(tmp_path: Path) -> None:
    file = str(tmp_path / "cache.db")
    for content in (None, b"garbage" * 2000):
        if content is not None:
            Path(file).write_bytes(content)
        answers = _all_at_once(file, 20)
        assert {(revision, count) for _, revision, count, _ in answers} == {(3, 300)}
        assert len({digest for _, _, _, digest in answers}) == 1
        assert any(where == "file" for where, _, _, _ in answers)
        connection = database.open_cache(file, key="here")
        assert connection is not None
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.applied(connection) == ("c3", 3)
        connection.close()
        assert [name for name in os.listdir(tmp_path) if name.endswith(".new")] == []


def test_whoever_waited_for_a_rebuild_does_not_do_it_again(tmp_path: Path) -> None:
    file = str(tmp_path / "cache.db")
    first, second = database.open_cache(file, key="here"), database.open_cache(file, key="here")
    assert first is not None
    assert second is not None
    tree = Tree(a_claim(1))

    def meanwhile() -> object:
        raise AssertionError("read everything once more")
        yield

    assert database.applied(second) is None
    second.execute("BEGIN")
    projected(tree, 3, first)
    second.execute("ROLLBACK")
    # ``second`` looked before the first one was done, and gets the lock after it.
    original = projector.mark_of
    looks = iter([None])
    projector.mark_of = lambda connection: next(looks, original(connection))  # type: ignore[assignment]
    try:
        projector.rebuild(second, "c3", 3, meanwhile(), observed())  # type: ignore[arg-type]
    finally:
        projector.mark_of = original  # type: ignore[assignment]
    assert len(Reader(second).claims()) == 1
    first.close()
    second.close()


def test_a_reader_shows_one_state_from_its_first_question_to_its_last(tmp_path: Path) -> None:
    file = str(tmp_path / "cache.db")
    tree = Tree(a_claim(1))
    writer, other = database.open_cache(file, key="here"), database.open_cache(file, key="here")
    assert writer is not None
    assert other is not None
    projected(tree, 3, writer)
    reader = Reader(other)
    old = dict(tree.files)
    tree.put(a_claim(2))
    step(writer, tree, old, 4)
    assert (reader.revision, len(reader.claims())) == (3, 1)
    assert database.applied(other) == ("c4", 4)
    reader = Reader(other)
    assert (reader.revision, len(reader.claims())) == (4, 2)
    for each in (writer, other):
        each.close()


def test_a_reader_does_not_keep_its_own_connection_from_writing(tmp_path: Path) -> None:
    connection = database.open_cache(str(tmp_path / "cache.db"), key="here")
    assert connection is not None
    tree = Tree(a_claim(1))
    projected(tree, 3, connection)
    reader = Reader(connection)
    assert len(reader.claims()) == 1
    old = dict(tree.files)
    tree.put(a_claim(2))
    step(connection, tree, old, 4)
    assert len(Reader(connection).claims()) == 2
    connection.close()


def test_a_projection_cut_off_by_a_kill_leaves_the_old_one(tmp_path: Path) -> None:
    file = str(tmp_path / "cache.db")
    connection = database.open_cache(file, key="here")
    assert connection is not None
    projected(Tree(a_claim(1)), 3, connection)
    connection.close()
    code = """
import os, signal, sys
from gitcoord.cache import database, projector
from tests.cache.trees import Tree, a_claim, observed
connection = database.open_cache(sys.argv[1], key="here")
def cut():
    yield from Tree(*(a_claim(n) for n in range(4000))).entries()
    os.kill(os.getpid(), signal.SIGKILL)
projector.rebuild(connection, "c9", 9, cut(), observed())
"""
    root = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", code, file], cwd=root, env={**os.environ, "PYTHONPATH": root}, check=False)
    assert done.returncode == -9
    connection = database.open_cache(file, key="here")
    assert connection is not None
    assert database.applied(connection) == ("c3", 3)
    assert len(Reader(connection).claims()) == 1
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_sqlite_is_new_enough_for_what_the_cache_uses() -> None:
    assert sqlite3.sqlite_version_info >= (3, 24)
