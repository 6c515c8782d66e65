"""Built at once or step by step, in whatever order: the same rows."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gitcoord.cache import database, projector
from gitcoord.cache.queries import Reader
from gitcoord.model.entity import Entity
from tests.cache.trees import Tree, a_claim, a_task, an_event, lines, observed, projected, rows_of, step, ulid

SEGMENT = f"journal/{ulid('session', 'river')}/2026-11-18.jsonl"
OTHER = f"journal/{ulid('session', 'sky')}/2026-11-18.jsonl"


def _message(n: int, thread: int) -> Entity:
    return Entity("thread_message", {"id": ulid("message", n), "thread": ulid("thread", thread)}, "words")


def _act(tree: Tree, what: str, n: int) -> None:
    """One thing that may happen to a sync branch, by us or by somebody with an editor."""
    claims = {
        "claim": a_claim(n, f"src/{n % 3}/x.py"),
        "glob": a_claim(n, "Src/**/*.py", kind="glob"),
        "release": a_claim(n, state="released"),
        "renew": a_claim(n, lease_token=f"again-{n}"),
    }
    if what in claims:
        tree.put(claims[what])
    elif what == "task":
        tree.put(a_task(n, body="text\n", priority=n))
    elif what == "message":
        tree.put(_message(n % 3, n % 4))
    elif what == "damage" and tree.files:
        path = sorted(tree.files)[n % len(tree.files)]
        tree.files[path] = ("100644", b"id: [\n<<<<<<<\n")
    elif what == "link" and tree.files:
        path = sorted(tree.files)[n % len(tree.files)]
        tree.files[path] = ("120000", b"/etc/passwd")
    elif what == "remove" and tree.files:
        del tree.files[sorted(tree.files)[n % len(tree.files)]]
    elif what == "foreign":
        tree.write(f"notes/{n % 3}.txt", b"whatever")
    elif what == "settings":
        tree.write("settings.yml", b"claims:\n  mode: warn\n" * (n % 2))
    elif what in ("events", "torn", "nonsense"):
        path = (SEGMENT, OTHER)[n % 2]
        before = tree.files.get(path, ("", b""))[1]
        added = lines(an_event(n, coop=1), an_event(n + 100, refs={"coop": ulid("coop", n)}, intent=None))
        added = {"events": added, "torn": added[:-7], "nonsense": b"no json\n" + added}[what]
        tree.write(path, before + added)
    elif what == "rewrite" and SEGMENT in tree.files:
        tree.write(SEGMENT, tree.files[SEGMENT][1][10:])


ACTS = (
    "claim", "claim", "glob", "release", "renew", "task", "message", "message", "damage", "link", "remove", "remove", "foreign",
    "settings", "events", "events", "torn", "nonsense", "rewrite",
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 9), st.booleans()), max_size=40),
    order=st.randoms(use_true_random=False),
)
def test_step_by_step_gives_the_rows_of_a_rebuild(acts: list[tuple[str, int, bool]], order: random.Random) -> None:
    tree, revision = Tree(), 1
    connection = projected(tree, 1)
    old: dict[str, Any] = {}
    for what, n, look in acts:
        _act(tree, what, n)
        if look:
            revision += 1
            step(connection, tree, old, revision)
            old = dict(tree.files)
    revision += 1
    step(connection, tree, old, revision)
    entries = tree.entries()
    order.shuffle(entries)
    fresh = database.open_memory()
    projector.rebuild(fresh, f"c{revision}", revision, entries, observed())
    assert rows_of(connection) == rows_of(fresh)
    assert Reader(connection).digest() == Reader(fresh).digest()
    assert _answers(Reader(connection)) == _answers(Reader(fresh))


def _answers(reader: Reader) -> list[Any]:
    return [
        list(reader.query()), reader.quarantined(), reader.events(), [{**i, "commit": ""} for i in reader.intents()],
        [reader.next_number(kind) for kind in ("claim", "task")],
        [each.id for each in reader.overlap_candidates("file", "src/1/x.py")],
    ]  # fmt: skip


def test_another_content_gives_another_digest_and_the_same_content_the_same() -> None:
    one, two = Tree(a_task(1), a_task(2)), Tree(a_task(2), a_task(1))
    assert Reader(projected(one)).digest() == Reader(projected(two, revision=9)).digest()
    for change in (
        lambda t: t.put(a_task(2, title="other")), lambda t: t.write("settings.yml", b"{}\n"),
        lambda t: t.write("claims/broken.yml", b"x"), lambda t: t.write("notes.txt", b"x"),
        lambda t: t.write(SEGMENT, lines(an_event(1))), lambda t: t.write("notes.txt", b"x", "100755"),
    ):  # fmt: skip
        before = Reader(projected(one)).digest()
        change(one)
        assert Reader(projected(one)).digest() != before


def test_two_files_with_one_id_are_told_apart_by_their_order_and_the_other_returns_when_one_goes() -> None:
    tree = Tree(_message(1, 1), _message(1, 2))
    first, second = sorted(tree.files)
    connection = projected(tree)
    assert [each["path"] for each in Reader(connection).quarantined()] == [second]
    assert len(Reader(connection).find("thread_message")) == 1
    old = dict(tree.files)
    del tree.files[first]
    step(connection, tree, old, 4)
    assert Reader(connection).quarantined() == []
    assert Reader(connection).find("thread_message")[0].get("thread") == second.split("/")[1]


def test_changes_made_on_another_ground_are_refused_and_change_nothing() -> None:
    """Another process moved the cache between our look and our step."""
    tree = Tree(a_task(1))
    connection = projected(tree)
    database.applied(connection)
    connection.base = ("elsewhere", 2)  # type: ignore[attr-defined]
    before = rows_of(connection)
    try:
        projector.apply(connection, "c4", 4, [("tasks/x", None, None, None)], observed())
    except database.sqlite3.OperationalError:
        pass
    else:
        raise AssertionError("took changes that belong to another state")
    assert rows_of(connection) == before


def test_a_step_that_another_process_took_already_is_not_taken_twice() -> None:
    tree = Tree(a_task(1))
    connection = projected(tree, 4)
    before = rows_of(connection)
    projector.apply(connection, "c4", 4, [(next(iter(tree.files)), None, None, None)], observed())
    assert rows_of(connection) == before


def test_a_failure_half_way_leaves_the_rows_from_before() -> None:
    tree = Tree(a_task(1))
    connection = projected(tree)
    before = rows_of(connection)

    def cut() -> Any:
        yield from Tree(a_task(2), a_task(3)).entries()
        raise ConnectionError("git died")

    for act in (projector.rebuild, projector.apply):
        database.applied(connection)
        try:
            act(connection, "c9", 9, cut(), observed())
        except ConnectionError:
            pass
        assert rows_of(connection) == before


def test_a_tree_that_names_a_path_twice_is_read_and_said() -> None:
    """git can carry such a tree, and refuses to write one."""
    one, two = Tree(a_task(1)), Tree(a_task(1, title="the twin"))
    for entries in (one.entries() + two.entries(), two.entries() + one.entries()):
        connection = database.open_memory()
        projector.rebuild(connection, "c1", 1, entries, observed())
        reader = Reader(connection)
        assert len(reader.find("task")) == 1
        assert [each["reason"] for each in reader.quarantined()] == ["the tree names this path twice"]
        assert reader.find("task")[0].get("title") == min(one.entries() + two.entries(), key=lambda e: e[2])[3].decode().split(
            "title: "
        )[1].split("\n")[0].strip('"')
