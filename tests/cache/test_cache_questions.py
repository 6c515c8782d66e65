"""What the projection answers."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from gitcoord.cache.queries import Reader
from gitcoord.cache.snapshot import SqlSnapshot
from gitcoord.cache.verify import differences, is_sound
from gitcoord.model.entity import Entity
from gitcoord.model.kinds import KINDS, path_of
from tests.cache.trees import Tree, a_claim, a_task, an_event, lines, observed, projected, reader_of, step, ulid

SEGMENT = f"journal/{ulid('session', 'river')}/2026-11-18.jsonl"
TASK_FILE = path_of("task", a_task(1).id)
COOP = Entity("coop", {"id": ulid("coop"), "slug": "login-flow", "title": "Login", "status": "active"})
AGENT = Entity("agent", {"id": ulid("agent", "river"), "handle": "river"})


def _names(found: list[Entity]) -> list[str]:
    return [each.name for each in found]


def _of(*events: dict[str, Any], entities: tuple[Entity, ...] = ()) -> Reader:
    tree = Tree(*entities)
    tree.write(SEGMENT, lines(*events))
    return Reader(projected(tree, 50), observed=observed())


def _steps(reader: Reader, **asked: Any) -> int:
    """What SQLite does to answer: thousands of its instructions do not depend on the machine."""
    taken = [0]

    def count() -> int:
        taken[0] += 1
        return 0

    reader._db.set_progress_handler(count, 1)
    found = reader.find("claim", state="active", order="-id", limit=24, **asked)
    reader._db.set_progress_handler(None, 0)
    assert len(found) == 1
    return taken[0]


# Entities.


@pytest.mark.parametrize("name", ["session_id", "agent_id", "coop"])
def test_my_newest_claim_costs_the_same_among_a_thousand_of_others(name: str) -> None:
    mine = a_claim(0, **{name: ulid("me")})

    def among(others: int) -> Reader:
        return reader_of(mine, *(a_claim(n, f"src/f{n}.py", **{name: ulid("x", n % 7)}) for n in range(1, others + 1)))

    few, many = (_steps(among(others), **{name: ulid("me")}) for others in (10, 1000))
    assert many <= few * 1.2, (few, many)


def test_fields_of_every_type_are_found_by_their_value() -> None:
    values = {"priority": 3, "assignee": "sky", "depends_on": ["a", "b"], "custom": True, "ratio": 1.5}
    reader = reader_of(a_task(1, **values), a_task(2))
    for name, value in values.items():
        assert _names(reader.find("task", **{name: value})) == ["TASK-1"], name
    assert _names(reader.find("task", assignee=None)) == ["TASK-2"]
    assert _names(reader.find("task", priority="3")) == []
    assert _names(reader.find("task", custom="true")) == []


@pytest.mark.parametrize("value", ["\ud800", "x\0y", 1 << 63, -(1 << 64), "'; DROP TABLE entities; --", float("nan")])
def test_values_that_sqlite_cannot_take_match_nothing(value: Any) -> None:
    reader = reader_of(a_task(1), a_claim(1))
    for name in ("title", "state", "agent_id", "id", "number", "nope\"'"):
        assert reader.find("task", **{name: value}) == []
        assert reader.count("task", **{name: value}) == 0
    if isinstance(value, str):
        assert reader.get("task", value) is None if value.isascii() else True
        assert reader.resolve(None, value) == []
        assert reader.file(value) is None


def test_the_order_is_by_id_or_by_a_field_in_either_direction() -> None:
    tasks = [a_task(n, priority=n % 3, created_at=f"2026-11-18T11:0{n}:00Z") for n in range(1, 7)]
    reader = reader_of(*tasks)
    ids = sorted(each.id for each in tasks)
    assert [each.id for each in reader.find("task")] == ids
    assert [each.id for each in reader.find("task", order="-id", limit=2)] == ids[:-3:-1]
    assert _names(reader.find("task", order="-created_at", limit=2)) == ["TASK-6", "TASK-5"]
    assert [each.get("priority") for each in reader.find("task", order="priority")] == [0, 0, 1, 1, 2, 2]


def test_counts_agree_with_what_is_found() -> None:
    reader = reader_of(*(a_claim(n, state="active" if n % 3 else "released") for n in range(1, 10)), COOP)
    assert reader.count("claim") == 9
    assert reader.count("claim", state="active") == len(reader.claims()) == 6
    assert reader.count("claim", state="active", agent="river") == 6
    assert reader.count("coop", status="active") == 1
    assert reader.count("task") == 0


def test_a_name_means_what_it_exactly_names() -> None:
    reader = reader_of(a_task(4), a_claim(4), COOP, AGENT)
    task, claim = a_task(4).id, a_claim(4).id
    for word in ("TASK-4", "task-004", " TASK-4 ", task, task.upper(), task[:8], f"TASK-~{task[-4:]}"):
        assert [each.id for each in reader.resolve(None, word)] == [task], word
        assert [each.id for each in reader.resolve("task", word)] == [task], word
    assert [each.id for each in reader.resolve(None, claim)] == [claim]
    for word in ("CLM-5", "TASK-~zzzz", task[:3], "", "%", "_" * 26, "login"):
        assert reader.resolve(None, word) == [], word
    assert reader.resolve("claim", "TASK-4") == []
    assert reader.resolve("task", claim) == []
    assert _names(reader.resolve(None, "login-flow")) == ["login-flow"]
    assert _names(reader.resolve("agent", "river")) == ["river"]
    assert reader.resolve("coop", "river") == []


def test_a_prefix_of_several_ids_gives_them_all_but_not_thousands() -> None:
    tasks = [Entity("task", {"id": f"01abcd{n:020}", "title": "t"}) for n in range(70)]
    reader = reader_of(*tasks)
    assert [each.id for each in reader.resolve("task", "01ABCD")] == [each.id for each in tasks[:50]]
    assert [each.id for each in reader.resolve(None, tasks[3].id[:25])] == [each.id for each in tasks[:10]]


def test_claims_are_found_by_holder_session_and_coop() -> None:
    sky = {"agent": "sky", "agent_id": ulid("agent", "sky"), "session_id": ulid("session", "sky"), "coop": COOP.id}
    reader = reader_of(a_claim(1), a_claim(2, "y.py", **sky), a_claim(3, "z.py", state="released", **sky))
    assert _names(reader.claims(agent_id=ulid("agent", "sky"))) == ["CLM-2"]
    assert _names(reader.claims(session_id=ulid("session", "river"))) == ["CLM-1"]
    assert _names(reader.claims(coop=COOP.id)) == ["CLM-2"]
    assert sorted(_names(reader.claims(active=False, coop=COOP.id))) == ["CLM-2", "CLM-3"]


def test_candidates_know_no_case() -> None:
    """Teams on case-insensitive file systems fold it; for the others a candidate more does no harm."""
    reader = reader_of(a_claim(1, "Src/App.py"), a_claim(2, "docs/a.md"), a_claim(3, "SRC/", kind="directory"))
    assert sorted(_names(reader.overlap_candidates("file", "src/app.PY"))) == ["CLM-1", "CLM-3"]
    assert sorted(_names(reader.overlap_candidates("directory", "src/"))) == ["CLM-1", "CLM-3"]


# Foreign and hostile files.


@pytest.mark.parametrize(
    ("path", "data", "mode", "word"),
    [
        ("claims/xx/nothing.yml", b"id: x\n", "100644", "not where"),
        ("claims/readme.txt", b"hello\n", "100644", "not where"),
        (TASK_FILE, b"---\nid: other\n---\n", "100644", "ULID"),
        (
            TASK_FILE,
            b"---\nid: " + a_task(2).id.encode() + b"\n---\n",
            "100644",
            "file name",
        ),
        (TASK_FILE, b"\xff\xfe", "100644", "UTF-8"),
        (TASK_FILE, b"x" * 70_000, "100644", "65536"),
        (TASK_FILE, b"/etc/passwd", "120000", "symbolic link"),
        (TASK_FILE, b"", "160000", "submodule"),
        (TASK_FILE, b"#!/bin/sh\n", "100755", "executable"),
        ("settings.yml", b"/etc/passwd", "120000", "symbolic link"),
        ("policy/owners.yml", b"x" * 70_000, "100644", "65536"),
        ("journal/x/y/2026-11-18.jsonl", b"", "100644", "not where"),
        ("journal/x/2026-11-18.jsonl", b"target", "120000", "symbolic link"),
        ("claims/\udcff\udcfe.yml", b"x", "100644", "not where"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_its_neighbours_are_read(path: str, data: bytes, mode: str, word: str) -> None:
    tree = Tree(a_claim(1), a_task(3))
    tree.write(path, data, mode)
    reader = Reader(projected(tree))
    (found,) = reader.quarantined()
    assert word in found["reason"]
    assert found["path"].isprintable()
    found["path"].encode()
    assert (_names(reader.find("claim")), _names(reader.find("task"))) == (["CLM-1"], ["TASK-3"])
    assert reader.file(path) is None
    old = dict(tree.files)
    del tree.files[path]
    step(reader._db, tree, old, 4)
    assert Reader(reader._db).quarantined() == []


def test_files_that_nobody_knows_are_no_error() -> None:
    tree = Tree(a_claim(1))
    for path in ("LICENSE", "archive/events/x.jsonl", "notes/a.md", "..", "x\udcff", '"quoted"'):
        tree.write(path, b"whatever")
    tree.write("vendored", b"", "160000")
    reader = Reader(projected(tree))
    assert reader.quarantined() == []
    assert reader.file("LICENSE") is None


def test_known_files_are_given_as_they_are() -> None:
    tree = Tree()
    files = {"README.md": b"\xff\0raw", "settings.yml": b"", "policy/a/b.yml": b"x: 1\n", ".gitattributes": b"* text\n"}
    for path, data in files.items():
        tree.write(path, data)
    reader = Reader(projected(tree))
    assert {path: reader.file(path) for path in files} == files
    assert reader.file("format.yml") is None


@pytest.mark.parametrize(
    ("data", "expected"), [(b"format: 1\n", 1), (b"format: 7\nneeds: x\n", 7), (b"format: new\n", 0), (b"{{{", 0), (None, 0)]
)
def test_the_format_of_the_branch_is_told(data: bytes | None, expected: int) -> None:
    tree = Tree()
    if data is not None:
        tree.write("format.yml", data)
    assert Reader(projected(tree)).format() == expected


# History.


def test_events_come_in_the_order_of_landing_without_the_records_of_their_intents() -> None:
    reader = _of(*(an_event(n, revision=n) for n in (3, 1, 2, 5, 4)))
    assert [each["revision"] for each in reader.events()] == [1, 2, 3, 4, 5]
    assert all("intent" not in each for each in reader.events())
    assert [each["revision"] for each in reader.events(since=1, until=4)] == [2, 3, 4]
    assert [each["revision"] for each in reader.events(newest_first=True, limit=2)] == [5, 4]
    assert [each["revision"] for each in reader.events(ref=ulid("task", 3))] == [3]
    assert reader.events(types=["claim.granted"]) == []
    assert reader.events(types=[]) == []
    assert len(reader.events(session=ulid("session", "river"), agent=ulid("agent", "river"))) == 5
    assert reader.events(ref="%") == []


def test_more_events_than_a_page_come_whole_and_once() -> None:
    many = [an_event(n, revision=n // 3) for n in range(1700)]
    tree = Tree()
    tree.write(SEGMENT, lines(*many))
    tree.write(SEGMENT.replace("18", "19"), lines(*many[1000:1200]))  # merged by hand: some stand there twice
    reader = Reader(projected(tree, 600))
    ids = [each["event_id"] for each in reader.events()]
    assert sorted(ids) == sorted(each["event_id"] for each in many)
    assert [each["event_id"] for each in reader.events(newest_first=True)] == ids[::-1]
    assert len(reader.intents()) == 1700


def test_a_landed_intent_is_found_by_its_id_and_by_its_key() -> None:
    keyed = an_event(2)
    keyed["intent"]["key"] = "deploy-7"
    reader = _of(an_event(1), keyed)
    first = reader.landed(ulid("intent", 1))
    assert first is not None
    assert (first["key"], first["digest"], first["revision"]) == (ulid("intent", 1), "d1", 1)
    assert first["result"]["tasks"][0]["alias"] == "TASK-1"
    second = reader.landed("deploy-7")
    assert second == reader.landed(ulid("intent", 2))
    assert second is not None
    assert second["key"] == "deploy-7"
    assert reader.landed("deploy-8") is None


def test_intents_tell_who_did_what_to_what() -> None:
    second = an_event(2, revision=1, intent=None, intent_id=ulid("intent", 1), refs={"claim": "c", "task": "other"})
    reader = _of(an_event(1), second, an_event(3))
    found = reader.intents()
    assert [each["revision"] for each in found] == [1, 3]
    assert found[0]["refs"] == {"task": ulid("task", 1), "claim": "c"}
    assert (found[0]["kind"], found[0]["agent"], found[0]["at"]) == ("task.add", "river", "2026-11-18T11:06:40Z")
    assert [each["revision"] for each in reader.intents(since=1)] == [3]
    assert [each["revision"] for each in reader.intents(limit=1)] == [1]


def test_numbers_are_not_given_again_when_a_file_is_gone() -> None:
    reader = _of(an_event(7), entities=(a_task(3), a_claim(9)))
    assert (reader.next_number("task"), reader.next_number("claim"), reader.next_number("blocker")) == (8, 10, 1)


def test_times_are_compared_as_instants() -> None:
    early, late = an_event(1, ts="2026-11-18T12:00:00+02:00"), an_event(2, ts="2026-11-18T10:30:00Z")
    reader = _of(early, late, an_event(3, ts="no time at all"))
    assert reader.revision_at(1_795_000_000.0) == 2
    from gitcoord.clock import parse_instant

    assert reader.revision_at(parse_instant("2026-11-18T10:15:00Z")) == 1
    assert reader.revision_at(0.0) is None


def test_a_coop_is_as_alive_as_the_last_act_of_its_sessions() -> None:
    session = Entity("session", {"id": ulid("session", "river"), "agent": "river", "state": "active", "coop": COOP.id})
    named = an_event(1, ts="2026-11-18T09:00:00Z", refs={"coop": COOP.id})
    assert _of(named, entities=(COOP,)).last_activity(COOP.id) == "2026-11-18T09:00:00Z"
    act = an_event(2, ts="2026-11-18T10:00:00Z")
    assert _of(named, act, entities=(COOP, session)).last_activity(COOP.id) == "2026-11-18T10:00:00Z"
    aside = an_event(3, ts="2026-11-18T11:00:00Z", type="claim.renewed")
    elsewhere = an_event(4, ts="2026-11-18T11:00:00Z", refs={"coop": ulid("coop", 2)})
    reader = _of(named, act, aside, elsewhere, entities=(COOP, session))
    assert reader.last_activity(COOP.id) == "2026-11-18T10:00:00Z"
    assert reader.last_activity(ulid("coop", 3)) is None


def test_the_commit_of_an_intent_is_told_only_where_it_is_known() -> None:
    tree = Tree(a_task(1))
    tree.write(SEGMENT, lines(an_event(1), an_event(2)))
    reader = Reader(projected(tree, 2))
    assert [each["commit"] for each in reader.intents()] == [None, "c2"]
    found = reader.landed(ulid("intent", 1))
    assert found is not None
    assert found["commit"] is None


# Exports, and people with sqlite3.


def test_a_query_filters_by_kind_field_time_agent_and_coop() -> None:
    reader = _of(
        an_event(1), an_event(2),
        entities=(a_task(1, depends_on=["x"]), a_task(2, created_by="river", coop=COOP.id), a_claim(1), COOP, AGENT),
    )  # fmt: skip

    def found(**wanted: Any) -> list[str]:
        return [str(each.get("alias") or each.get("slug") or each.get("handle")) for each in reader.query(**wanted)]

    assert sorted(found()) == ["CLM-1", "TASK-1", "TASK-2", "login-flow", "river"]
    assert sorted(found(kind="task")) == ["TASK-1", "TASK-2"]
    assert found(kind="task", where={"title": "task 2"}) == ["TASK-2"]
    assert found(where={"depends_on": "x"}) == ["TASK-1"]
    assert found(since=1) == ["TASK-2"]
    assert found(until=1) == ["TASK-1"]
    assert sorted(found(agent="river")) == ["CLM-1", "TASK-2", "river"]
    assert sorted(found(coop=COOP.id)) == ["TASK-2", "login-flow"]
    assert len(found(limit=2)) == 2
    assert list(reader.query(kind="claim", fields=["alias", "kind", "entity", "nope"])) == [
        {"alias": "CLM-1", "kind": "file", "entity": "claim", "nope": None}
    ]


def test_a_query_over_more_than_a_page_gives_each_once() -> None:
    reader = reader_of(*(a_task(n) for n in range(1, 1202)), *(a_claim(n) for n in range(1, 30)))
    assert len({each["id"] for each in reader.query()}) == len(list(reader.query())) == 1230


def test_every_kind_has_a_view_for_a_person_with_sqlite() -> None:
    tree = Tree(a_claim(1, narrowable=True, symbols=["A::b"]), a_task(1, body="Do it.\n"), COOP, AGENT)
    tree.write(SEGMENT, lines(an_event(1)))
    connection = projected(tree)
    for kind in KINDS.values():
        columns = [each[1] for each in connection.execute(f"PRAGMA table_info({kind.plural})")]
        assert {field.name for field in kind.fields} <= set(columns)
    asked = connection.execute("SELECT alias, scope, narrowable, symbols FROM claims").fetchall()
    assert asked == [("CLM-1", "src/x.py", "true", '["A::b"]')]
    assert connection.execute("SELECT title, body FROM tasks").fetchall() == [("task 1", "Do it.\n")]
    assert connection.execute("SELECT slug, status FROM coops").fetchall() == [("login-flow", "active")]
    assert connection.execute("SELECT type, agent FROM events").fetchall() == [("task.added", "river")]
    assert connection.execute("SELECT kind, subject FROM intents").fetchall() == [("task.add", "add TASK-1")]


def test_verification_names_what_differs_from_git() -> None:
    tree = Tree(a_claim(1), a_task(1))
    cache, fresh = projected(tree), projected(tree)
    assert differences(cache, fresh) == []
    cache.execute("DELETE FROM scopes")
    cache.execute("UPDATE entities SET state = 'done' WHERE kind = 'task'")
    task = next(path for path in tree.files if path.startswith("tasks"))
    assert differences(cache, fresh) == [f"entities {task}", f"scopes {a_claim(1).id}"]
    assert is_sound(cache)


# What an earlier intent of a landing changed.


def test_what_was_applied_is_seen_and_taken_back() -> None:
    connection = projected(Tree(a_claim(1), a_task(1)))
    snapshot = SqlSnapshot(connection, observed=observed())
    snapshot.begin()
    snapshot.apply([a_claim(1, state="released"), a_claim(2, "src/", kind="directory"), a_task(2, title="new")], 4)
    assert _names(snapshot.overlap_candidates("file", "src/x.py")) == ["CLM-2"]
    assert (snapshot.revision, snapshot.next_number("task"), snapshot.count("task")) == (4, 3, 2)
    snapshot.apply([a_claim(2, "docs/", kind="directory")], 5)
    assert snapshot.overlap_candidates("file", "src/x.py") == []
    assert _names(snapshot.overlap_candidates("file", "docs/a")) == ["CLM-2"]
    snapshot.rollback()
    reader = Reader(connection)
    assert (reader.revision, _names(reader.overlap_candidates("file", "src/x.py"))) == (3, ["CLM-1"])
    assert reader.count("task") == 1


def test_an_applied_entity_is_as_it_will_be_read() -> None:
    connection = projected(Tree())
    snapshot = SqlSnapshot(connection)
    snapshot.begin()
    snapshot.apply([a_task(1, coop=None, depends_on=["b", "a", "b"], owned_paths=[], assignee="")], 4)
    applied = snapshot.get("task", a_task(1).id)
    snapshot.rollback()
    tree = Tree(a_task(1, coop=None, depends_on=["b", "a", "b"], owned_paths=[], assignee=""))
    assert applied == Reader(projected(tree)).get("task", a_task(1).id)


def test_a_key_used_twice_in_one_landing_is_known_the_second_time() -> None:
    snapshot = SqlSnapshot(projected(Tree()))
    snapshot.begin()
    record = {"intent_id": "i", "key": "k", "digest": "d", "revision": 4, "result": {}, "commit": None}
    snapshot.remember(record)
    assert snapshot.landed("k") == snapshot.landed("i") == record
    assert snapshot.landed("j") is None
    snapshot.rollback()


def test_a_snapshot_whose_ground_was_moved_does_not_begin() -> None:
    tree = Tree(a_claim(1))
    connection = projected(tree)
    snapshot = SqlSnapshot(connection)
    old = dict(tree.files)
    tree.put(a_claim(2))
    step(connection, tree, old, 4)
    with pytest.raises(sqlite3.OperationalError):
        snapshot.begin()
    assert not connection.in_transaction


def test_all_records_come_page_by_page_and_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from gitcoord.cache import queries

    monkeypatch.setattr(queries, "_LARGE", 3)
    reader = reader_of(*(a_task(n, priority=n % 2) for n in range(1, 11)))
    for most in (0, 1, 3, 4, 9, 10, 11):
        assert _names(list(reader.falling("task", most))) == _names(reader.newest("task", most)), most
    assert _names(list(reader.falling("task", 4, priority=1))) == _names(reader.newest("task", 4, priority=1))


def test_what_lies_further_back_than_the_newest_thousands_is_looked_at_and_a_cut_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from gitcoord.actions import whole
    from gitcoord.cache import rows

    tree = Tree(a_claim(scope="src/old.py", state="released"))
    connection = projected(tree, 50)
    marks = ",".join("?" * len(rows.COLUMNS))
    later = (a_claim(scope=f"src/f{n}.py", id=f"7{n:025d}", state="released") for n in range(5000))
    connection.executemany(f"INSERT INTO entities VALUES({marks})", [rows.row(each, f"claims/{each.id}", "") for each in later])
    reader = Reader(connection, observed=observed())
    past = whole.Past(reader)
    found = list(past.each("claim"))
    assert (len(found), found[-1].get("scope"), past.note) == (5001, "src/old.py", "")
    monkeypatch.setattr(whole, "MOST", 5000)
    assert len(list(past.each("claim"))) == 5000
    assert past.note == "only the newest 5,000 of these were looked at: claim"
