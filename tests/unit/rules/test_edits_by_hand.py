"""What becomes of commits that people made on the branch by hand: pure, on a snapshot and bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gitcoord.codec import yaml
from gitcoord.model.entity import Entity
from gitcoord.model.ids import derived_ulid
from gitcoord.model.kinds import path_of_values
from gitcoord.rules.byhand.lines import MOST, WRITER
from gitcoord.rules.byhand.mend import Mended, mended
from gitcoord.rules.byhand.step import Change, Step
from gitcoord.rules.memory import MemorySnapshot

NOON = 1_795_000_000


def an_id(*words: str) -> str:
    return derived_ulid(*words)


def a_task(**values: Any) -> Entity:
    return Entity("task", {"id": an_id("task"), "alias": "TASK-1", "title": "old", "state": "open", "priority": 2,
                           "created_by": "river", "created_at": "2026-11-21T09:30:00Z", **values})  # fmt: skip


def a_decision(**values: Any) -> Entity:
    return Entity("decision", {"id": an_id("decision"), "alias": "DEC-1", "title": "drop 3.10", "status": "proposed",
                               "decided_by": "river", "decided_at": "2026-11-21T09:30:00Z", **values})  # fmt: skip


def a_blocker(**values: Any) -> Entity:
    return Entity("blocker", {"id": an_id("blocker"), "alias": "BLK-1", "title": "which?", "state": "open",
                              "asked_by": "sky", **values})  # fmt: skip


def a_claim(**values: Any) -> Entity:
    return Entity("claim", {"id": an_id("claim"), "alias": "CLM-1", "state": "active", "kind": "file", "scope": "src/a.py",
                            "agent": "river", "fence": 3, "lease_token": "t", **values})  # fmt: skip


def path(entity: Entity) -> str:
    return path_of_values(entity.kind, entity.values)


class Branch:
    """What stood there when gitcoord last landed, and what people committed since."""

    def __init__(self, *entities: Entity, **files: bytes) -> None:
        self.base = {path(each): yaml.encode(each) for each in entities}
        self.base.update({name.replace("_", "."): data for name, data in files.items()})
        self.tip: dict[str, bytes] = dict(self.base)
        self.steps: list[Step] = []

    def commit(self, files: dict[str, bytes | None], who: str = "Pat", mode: str = "100644") -> Branch:
        n = len(self.steps) + 1
        step = Step(f"{n:040d}", 10 + n, NOON + n, who, f"{who.lower()}@example.org", "an edit")
        for name, data in sorted(files.items()):
            step.changes.append(Change(name, None if data is None else mode, None if data is None else f"oid{n}", data))
            if data is None:
                self.tip.pop(name, None)
            else:
                self.tip[name] = data
        self.steps.append(step)
        return self

    def mended(self) -> Mended:
        entities = []
        for name, data in self.tip.items():
            kind = {"tasks": "task", "decisions": "decision", "blockers": "blocker"}.get(name.partition("/")[0])
            try:
                entities += [yaml.decode(kind, data)] if kind else []
            except yaml.Malformed:
                pass
        snapshot = MemorySnapshot(entities)
        for each in entities:  # the port of tests counts what was landed; a file counts as much
            snapshot._numbers[each.kind] = max(snapshot._numbers.get(each.kind, 0), 1)
        return mended(snapshot, self.steps, self.base.get, self.tip.get)


def events(found: Mended) -> list[dict[str, Any]]:
    lines = b"".join(data for name, data in found.files.items() if name.startswith("journal/") and data)
    return [json.loads(line) for line in lines.splitlines()]


def edited(entity: Entity, **values: Any) -> bytes:
    return yaml.encode(entity.changed(**values))


def test_an_edit_of_a_title_is_taken_as_it_is_and_told_under_its_author() -> None:
    task = a_task()
    found = Branch(task).commit({path(task): edited(task, title="new")}).mended()
    assert found.refused == {} and path(task) not in found.files, "it is in canonical form already"
    (event,) = events(found)
    assert (event["type"], event["actor"]["agent"], event["body"]["fields"]) == ("entity.edited", "Pat", ["title"])
    assert event["refs"] == {"task": task.id} and event["revision"] == 11 and event["intent"]["kind"] == "branch.edited"
    assert "example.org" not in json.dumps(event), "an address is nobody's business here"


def test_an_edit_in_another_spelling_is_put_into_canonical_form() -> None:
    task = a_task()
    sloppy = edited(task, title="new").replace(b"title: new", b"title:   'new'").replace(b"\n\n", b"\n").replace(b"\n", b"\r\n")
    found = Branch(task).commit({path(task): sloppy}).mended()
    assert found.files[path(task)] == edited(task, title="new")


def test_a_comment_keeps_its_file_as_the_person_wrote_it() -> None:
    task = a_task()
    spoken = edited(task, title="new").replace(b"title: new", b"title:   new  # better")
    found = Branch(task).commit({path(task): spoken}).mended()
    assert found.refused == {} and path(task) not in found.files


@pytest.mark.parametrize(("change", "words"), [
    (None, "deleted by hand"),
    (b"words\n", "front matter"),
    (b"---\n<<<<<<< ours\ntitle: a\n=======\ntitle: b\n>>>>>>> theirs\n---\n", "conflict markers"),
    (b"---\nid: [\n---\n", "not YAML"),
    (b"---\nid: 01jd8zk3w6v9q0s7m2x4c5b6ta\n---\n", "the file name says"),
    (b"\xff\xfe", "not UTF-8"),
    (b"x" * 70_000, "70000 bytes"),
    (edited(a_task(), alias="TASK-7"), "alias of a task never changes"),
    (edited(a_task(), created_by="mallory"), "created_by of a task never changes"),
    (edited(a_task(), state="done"), "gitcoord task claim"),
    (yaml.encode(Entity("task", a_task().values, "one\n<<<<<<< a\ntwo\n=======\nthree\n>>>>>>> b")), "conflict markers"),
    (edited(a_task(), title="t" * 300), "at most 200"),
    (edited(a_task(), priority=2).replace(b"priority: 2", b"priority: high"), "priority"),
], ids=range(13))  # fmt: skip
def test_what_may_not_stand_is_named_and_the_last_good_state_stays(change: bytes | None, words: str) -> None:
    task = a_task()
    found = Branch(task).commit({path(task): change}).mended()
    _, reason = found.refused[path(task)]
    assert words in reason and "Pat" in reason and reason.endswith("the last good state stays in force")
    assert found.files[path(task)] == yaml.encode(task)
    (event,) = events(found)
    assert event["type"] == "edit.refused" and event["refs"] == {"task": task.id} and words in event["body"]["reason"]


def test_no_file_but_a_plain_one_takes_the_place_of_an_entity() -> None:
    task = a_task()
    for mode in ("120000", "100755", "160000"):
        found = Branch(task).commit({path(task): yaml.encode(task)}, mode=mode).mended()
        assert "no plain file" in found.refused[path(task)][1] and found.files[path(task)] == yaml.encode(task)


def test_a_claim_cannot_be_made_moved_or_ended_by_hand() -> None:
    claim = a_claim()
    other = a_claim(id=an_id("other"), alias=None, agent="mallory")
    found = Branch(claim).commit({path(claim): edited(claim, agent="mallory"), path(other): yaml.encode(other)}).mended()
    assert found.files[path(claim)] == yaml.encode(claim)
    assert found.files[path(other)] is None, "it would be in force at the next landing"
    assert "made by its own command" in found.refused[path(other)][1] and "gitcoord claim" in found.refused[path(claim)][1]
    ended = Branch(claim).commit({path(claim): edited(claim, state="released")}).mended()
    assert ended.files[path(claim)] == yaml.encode(claim)


def test_a_merged_proposal_ratifies_the_decision_and_answers_its_question() -> None:
    asked = a_blocker()
    decision = a_decision(blocker=asked.id, question="which?")
    for status in ("ratified", "decided"):
        found = Branch(decision, asked).commit({path(decision): edited(decision, status=status)}).mended()
        written = yaml.decode("decision", found.files[path(decision)] or b"")
        assert (written.get("status"), written.get("ratified_by")) == ("ratified", "Pat")
        assert written.get("decided_by") == "river" and written.get("ratified_at") == "2026-11-18T11:06:41Z"
        answered = yaml.decode("blocker", found.files[path(asked)] or b"")
        assert (answered.get("state"), answered.get("decision")) == ("resolved", decision.id)
        assert answered.get("resolved_by") == "Pat"
        assert [each["type"] for each in events(found)] == ["decision.ratified", "blocker.resolved"]


def test_a_question_that_was_answered_meanwhile_keeps_its_answer() -> None:
    asked = a_blocker(state="resolved", decision=an_id("another"), resolved_by="sky")
    decision = a_decision(blocker=asked.id)
    found = Branch(decision, asked).commit({path(decision): edited(decision, status="ratified")}).mended()
    assert path(asked) not in found.files and [each["type"] for each in events(found)] == ["decision.ratified"]


def test_nobody_writes_by_hand_who_ratified_nor_takes_a_decision_back() -> None:
    decision = a_decision()
    forged = edited(decision, status="ratified", ratified_by="the boss", ratified_at="2020-01-01T00:00:00Z")
    found = Branch(decision).commit({path(decision): forged}).mended()
    assert yaml.decode("decision", found.files[path(decision)] or b"").get("ratified_by") == "Pat"
    only_forged = Branch(decision).commit({path(decision): edited(decision, ratified_by="the boss")}).mended()
    assert only_forged.files[path(decision)] == yaml.encode(decision)
    taken = a_decision(status="ratified", ratified_by="Pat", ratified_at="2026-11-18T11:06:41Z")
    back = Branch(taken).commit({path(taken): edited(taken, status="proposed")}).mended()
    assert "does not become proposed" in back.refused[path(taken)][1] and back.files[path(taken)] == yaml.encode(taken)


def test_a_new_decision_merged_whole_gets_its_number_and_is_ratified() -> None:
    fresh = Entity("decision", {"id": an_id("fresh"), "title": "tabs"}, "Because.")
    found = Branch(a_decision()).commit({path(fresh): yaml.encode(fresh)}).mended()
    written = yaml.decode("decision", found.files[path(fresh)] or b"")
    assert (written.alias, written.get("status"), written.body) == ("DEC-2", "ratified", "Because.")
    assert written.get("decided_by") == "Pat"
    assert events(found)[0]["intent"]["result"]["decisions"] == [{"id": fresh.id, "alias": "DEC-2"}]


def test_a_number_is_not_taken_by_hand() -> None:
    fresh = Entity("task", {"id": an_id("fresh"), "alias": "TASK-1", "title": "mine"})
    found = Branch(a_task()).commit({path(fresh): yaml.encode(fresh)}).mended()
    assert "numbers are given when it lands" in found.refused[path(fresh)][1] and found.files[path(fresh)] is None


def test_a_file_that_was_never_readable_is_left_for_its_author_to_mend() -> None:
    fresh = Entity("task", {"id": an_id("fresh"), "title": "mine"})
    branch = Branch(a_task()).commit({path(fresh): b"---\nid: [\n---\n"})
    found = branch.mended()
    assert path(fresh) in found.refused and path(fresh) not in found.files
    again = branch.commit({path(fresh): yaml.encode(fresh)}).mended()
    assert again.refused == {} and yaml.decode("task", again.files[path(fresh)] or b"").alias == "TASK-2"


def test_what_came_and_went_between_two_landings_is_no_deletion() -> None:
    fresh = Entity("task", {"id": an_id("fresh"), "title": "mine"})
    found = Branch(a_task()).commit({path(fresh): yaml.encode(fresh)}).commit({path(fresh): None}).mended()
    assert found.refused == {} and path(fresh) not in found.files


def test_a_second_commit_that_mends_the_first_leaves_nothing_refused() -> None:
    task = a_task()
    branch = Branch(task).commit({path(task): b"broken"}, "Alex").commit({path(task): edited(task, title="new")})
    found = branch.mended()
    assert found.refused == {} and path(task) not in found.files
    assert [(each["type"], each["actor"]["agent"], each["revision"]) for each in events(found)] == [
        ("edit.refused", "Alex", 11), ("entity.edited", "Pat", 12),
    ]  # fmt: skip


def test_a_second_edit_of_what_the_first_one_added_to_is_taken_too() -> None:
    """A new task gets a number, a question its answer: a later commit whose file knows nothing of that is no attack on it."""
    fresh = Entity("task", {"id": an_id("fresh"), "title": "mine"})
    asked = a_blocker()
    decision = a_decision(blocker=asked.id)
    branch = Branch(a_task(), decision, asked)
    branch.commit({path(fresh): yaml.encode(fresh), path(decision): edited(decision, status="ratified")})
    branch.commit({path(fresh): edited(fresh, title="ours"), path(asked): edited(asked, title="which one?")}, "Alex")
    branch.commit({path(decision): edited(decision, status="ratified", title="drop 3.9")}, "Alex")
    found = branch.mended()
    assert found.refused == {}
    task = yaml.decode("task", found.files[path(fresh)] or b"")
    assert (task.alias, task.get("title"), task.get("created_by")) == ("TASK-2", "ours", "Pat")
    answered = yaml.decode("blocker", found.files[path(asked)] or b"")
    assert (answered.get("state"), answered.get("title"), answered.get("resolved_by")) == ("resolved", "which one?", "Pat")
    ratified = yaml.decode("decision", found.files[path(decision)] or b"")
    assert (ratified.get("status"), ratified.get("ratified_by"), ratified.get("title")) == ("ratified", "Pat", "drop 3.9")


def test_a_link_in_place_of_the_settings_is_not_followed_nor_taken() -> None:
    found = Branch(settings_yml=b"a: 1\n").commit({"settings.yml": b"../../etc/passwd"}, mode="120000").mended()
    assert found.files["settings.yml"] == b"a: 1\n" and "no plain file" in found.refused["settings.yml"][1]


def test_settings_that_cannot_be_read_and_files_that_are_gone_stay_as_they_were() -> None:
    branch = Branch(a_task(), settings_yml=b"claims:\n  max_files: 7\n", format_yml=b"format: 1\n")
    found = branch.commit({"settings.yml": b"claims: [\n", "format.yml": None}).mended()
    assert found.files["settings.yml"] == b"claims:\n  max_files: 7\n" and found.files["format.yml"] == b"format: 1\n"
    assert set(found.refused) == {"settings.yml", "format.yml"}
    good = Branch(settings_yml=b"a: 1\n").commit({"settings.yml": b"a: 2\n"}).mended()
    assert good.refused == {} and [each["type"] for each in events(good)] == ["policy.changed"]


def test_settings_that_were_broken_and_then_mended_stand_as_they_were_mended_and_both_are_told() -> None:
    branch = Branch(a_task(), settings_yml=b"claims:\n  max_files: 7\n")
    branch.commit({"settings.yml": b"claims: [\n"}, "Alex").commit({"settings.yml": b"claims:\n  max_files: 9\n"})
    found = branch.mended()
    assert found.refused == {} and found.files.get("settings.yml", branch.tip["settings.yml"]) == b"claims:\n  max_files: 9\n"
    first, second = events(found)
    assert (first["type"], first["actor"]["agent"], second["actor"]["agent"]) == ("edit.refused", "Alex", "Pat")


def test_where_landings_are_signed_one_without_a_signature_changes_no_settings() -> None:
    branch = Branch(a_task(), settings_yml=b"claims:\n  max_files: 7\n").commit({"settings.yml": b"claims:\n  max_files: 9\n"})
    assert branch.mended().refused == {}, "by hand, and by whoever may push"
    branch.steps[0].unsigned = True
    found = branch.mended()
    assert found.files["settings.yml"] == b"claims:\n  max_files: 7\n" and "not signed" in found.refused["settings.yml"][1]
    assert [each["type"] for each in events(found)] == ["edit.refused"]


def test_a_new_task_brings_no_more_than_a_person_may_say() -> None:
    fresh = Entity("task", {"id": an_id("fresh"), "title": "mine", "state": "done"})
    found = Branch(a_task()).commit({path(fresh): yaml.encode(fresh)}).mended()
    assert "gitcoord task" in found.refused[path(fresh)][1] and found.files[path(fresh)] is None


def test_an_edit_that_fits_only_as_the_person_spelt_it_is_too_long() -> None:
    """What is put into canonical form later must fit into its file then as well."""
    task = a_task()
    spelt = edited(task).replace(b"title: old", b"title: old\nseen: [" + b"a," * 25_000 + b"a]")
    found = Branch(task).commit({path(task): spelt}).mended()
    assert "does not fit" in found.refused[path(task)][1] and found.files[path(task)] == yaml.encode(task)


def test_landed_lines_of_the_journal_stay_and_lines_that_a_merge_added_stand_behind_them() -> None:
    segment = "journal/01jd8zk3w6v9q0s7m2x4c5b6ta/2026-11-18.jsonl"
    base = b'{"n": 1}\n{"n": 2}\n'
    for now, stays in ((None, base), (b'{"n": 2}\n', base), (b'{"n": 1}\n{"n": 3}\n{"n": 2}\n', base + b'{"n": 3}\n')):
        branch = Branch()
        branch.base[segment] = branch.tip[segment] = base
        found = branch.commit({segment: now}).mended()
        assert found.files[segment] == stays
        assert (segment in found.refused) == (now is None or b"1" not in now)
    branch = Branch()
    branch.base[segment] = branch.tip[segment] = base
    assert branch.commit({segment: base + b'{"n": 3}\n'}).mended().files == {}


def test_the_same_commits_give_the_same_bytes_and_add_to_the_segment_of_the_day() -> None:
    task = a_task()
    branch = Branch(task).commit({path(task): edited(task, title="new")})
    segment = f"journal/{WRITER}/2026-11-18.jsonl"
    assert branch.mended().files == branch.mended().files
    branch.tip[segment] = b'{"event_id": "x"}\n'
    assert (branch.mended().files[segment] or b"").startswith(b'{"event_id": "x"}\n')


def test_a_commit_that_touches_thousands_of_files_is_told_in_few_lines() -> None:
    tasks = [a_task(id=an_id("task", str(n)), alias=f"TASK-{n}") for n in range(1, MOST + 101)]
    found = Branch(*tasks).commit({path(each): edited(each, title="new") for each in tasks}).mended()
    lines = events(found)
    assert len(lines) == MOST + 1 and lines[-1]["body"]["count"] == 100
    gone = Branch(*tasks).commit({path(each): None for each in tasks}).mended()
    assert all(gone.files[path(each)] == yaml.encode(each) for each in tasks)


def test_a_clock_beyond_reason_and_a_name_full_of_escapes_do_no_harm() -> None:
    task = a_task()
    branch = Branch(task).commit({path(task): edited(task, title="new")}, "\x1b[31mPat\n{evil}")
    branch.steps[0] = Step("f" * 40, 11, 10**18, branch.steps[0].who, "p", "a\x07b")
    branch.steps[0].changes = Branch(task).commit({path(task): edited(task, title="new")}).steps[0].changes
    (event,) = events(branch.mended())
    assert "\x1b" not in json.dumps(event, ensure_ascii=False) and event["ts"].startswith("2100-")
