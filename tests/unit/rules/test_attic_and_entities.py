"""Generic writes, what they may not touch, what loses, and how it comes back."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.codec import yaml
from gitcoord.model.ids import new_ulid
from gitcoord.model.kinds import KINDS


def _put(desk: Any, agent: str, id: str, values: dict[str, Any], **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = desk.does(agent, "entity.put", kind="task", id=id, values=values, **more)
    return found


def test_two_offline_edits_of_one_field_leave_one_winner_and_the_loser_in_the_attic(desk: Any) -> None:
    task = desk.task(title="draft")
    seen = {"base": {"title": "draft"}, "base_revision": desk.snapshot.revision}
    _put(desk, "sky", task, {"title": "by sky"}, **seen)
    result = _put(desk, "river", task, {"title": "by river"}, **seen)
    assert desk.the("task", task).get("title") == "by river"
    (record,) = desk.snapshot.find("attic")
    assert (record.get("of_kind"), record.get("of_id"), record.get("field")) == ("task", task, "title")
    assert (record.get("loser"), record.get("winner")) == ({"value": "by sky"}, {"value": "by river", "by": "river"})
    assert result["attic"][0]["id"] == record.id
    assert desk.told()[-2:] == ["entity.put", "entity.lost"]


def test_a_lost_value_comes_back_and_what_it_replaces_is_kept_in_turn(desk: Any) -> None:
    task = desk.task(title="draft")
    seen = {"base": {"title": "draft"}, "base_revision": desk.snapshot.revision}
    _put(desk, "sky", task, {"title": "by sky"}, **seen)
    record = _put(desk, "river", task, {"title": "by river"}, **seen)["attic"][0]["id"]
    result = desk.does("sky", "attic.restore", attic=record)
    assert result["tasks"][0]["title"] == "by sky"
    assert desk.the("attic", record).get("restored_by") == "sky"
    (other,) = [each for each in desk.snapshot.find("attic") if each.id != record]
    assert other.get("loser") == {"value": "by river"}
    revision = desk.snapshot.revision
    assert desk.does("sky", "attic.restore", attic=record)["outcome"] == "already-restored"
    assert desk.snapshot.revision == revision


def test_edits_of_different_fields_lose_nothing(desk: Any) -> None:
    task = desk.task(title="draft")
    seen = {"base": {"title": "draft", "specialty": None}, "base_revision": desk.snapshot.revision}
    _put(desk, "sky", task, {"title": "by sky"}, **seen)
    _put(desk, "river", task, {"specialty": "backend"}, **seen)
    found = desk.the("task", task)
    assert (found.get("title"), found.get("specialty")) == ("by sky", "backend")
    assert desk.snapshot.find("attic") == []


def test_a_writer_who_does_not_say_what_it_saw_overwrites_nothing_unkept(desk: Any) -> None:
    task = desk.task(title="draft", body="first words")
    seen = desk.snapshot.revision
    desk.does("sky", "task.update", task=task, title="by sky", body="other words")
    _put(desk, "river", task, {"title": "by river"}, body="my words", base_revision=seen)
    losers = {each.get("field"): each.get("loser")["value"] for each in desk.snapshot.find("attic")}
    assert losers == {"title": "by sky", "body": "other words"}


def test_lists_of_two_writers_are_joined(desk: Any) -> None:
    task = desk.task(owned_paths=["a"])
    seen = {"base": {"owned_paths": ["a"]}, "base_revision": desk.snapshot.revision}
    _put(desk, "sky", task, {"owned_paths": ["a", "b"]}, **seen)
    _put(desk, "river", task, {"owned_paths": ["c"]}, **seen)
    assert desk.the("task", task).get("owned_paths") == ["b", "c"]


def test_writing_back_what_was_read_changes_nothing(desk: Any) -> None:
    task = desk.task(body="words")
    found = desk.the("task", task)
    revision = desk.snapshot.revision
    assert _put(desk, "sky", task, dict(found.values), body=found.body)["outcome"] == "unchanged"
    assert desk.snapshot.revision == revision


def test_unknown_keys_are_kept(desk: Any) -> None:
    task = desk.task()
    _put(desk, "sky", task, {"x-board": {"column": "doing"}})
    desk.does("river", "task.update", task=task, title="other")
    assert desk.the("task", task).get("x-board") == {"column": "doing"}


def test_a_new_entity_gets_a_number_its_author_and_its_defaults(desk: Any) -> None:
    result = _put(desk, "sky", new_ulid(desk.now), {"title": "made by hand", "alias": "TASK-999", "created_by": "river"})
    (task,) = result["tasks"]
    assert (task["alias"], task["created_by"], task["state"], task["priority"]) == ("TASK-1", "sky", "open", 2)


_OWN_COMMAND = ["claim", "coop", "agent", "session", "attic", "queue", "request", "thread", "thread_message", "message"]


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {*_OWN_COMMAND}))
def test_every_other_kind_can_be_made_and_encoded(desk: Any, kind: str) -> None:
    id = new_ulid(desk.now)
    desk.does("sky", "entity.put", kind=kind, id=id, values={})
    assert yaml.decode(kind, yaml.encode(desk.the(kind, id))).id == id


@pytest.mark.parametrize("kind", sorted({*_OWN_COMMAND} - {"thread_message"}))
def test_what_carries_a_promise_is_not_made_by_a_generic_write(desk: Any, kind: str) -> None:
    denied = desk.refused("sky", "entity.put", kind=kind, id=new_ulid(desk.now), values={})
    assert denied.code == "invalid-arguments" and denied.hint


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("claim", {"state": "active", "agent": "mallory"}), ("claim", {"expires_at": "2099-01-01T00:00:00Z"}),
        ("claim", {"scope": "src/b.py"}), ("claim", {"x-own": "key"}), ("task", {"state": "done"}),
        ("task", {"assignee": "mallory"}), ("task", {"alias": "TASK-9"}), ("task", {"created_by": "mallory"}),
        ("blocker", {"state": "resolved"}), ("coop", {"members": []}), ("coop", {"status": "closed"}),
        ("coop", {"slug": "other"}), ("session", {"agent": "mallory"}), ("session", {"state": "left"}),
        ("agent", {"handle": "mallory"}),
    ],
)  # fmt: skip
def test_what_carries_a_promise_is_not_changed_by_a_generic_write(desk: Any, kind: str, values: dict[str, Any]) -> None:
    coop = desk.coop("sky")
    desk.task("sky")
    desk.does("sky", "blocker.ask", text="Which port?", coop=coop)
    desk.claim("sky", "src/a.py")
    (target,) = desk.snapshot.find(kind)
    assert desk.refused("river", "entity.put", kind=kind, id=target.id, values=values).code == "invalid-arguments"


def test_a_value_of_the_wrong_type_is_refused_with_the_right_one(desk: Any) -> None:
    denied = desk.refused("sky", "entity.put", kind="task", id=desk.task(), values={"priority": "high"})
    assert "whole number" in denied.message


def test_a_message_needs_a_thread_that_exists(desk: Any) -> None:
    id = new_ulid(desk.now)
    values = {"thread": "../../settings"}
    assert desk.refused("sky", "entity.put", kind="thread_message", id=id, values=values).code == "not-found"


def test_an_entity_too_large_for_one_file_is_refused(desk: Any) -> None:
    values = {f"x-{n}": "w" * 30_000 for n in range(3)}
    assert desk.refused("sky", "entity.put", kind="task", id=new_ulid(desk.now), values=values).code == "cap-exceeded"


# Contested: what was promised offline, and lost.


def _offline(desk: Any, agent: str, *paths: str) -> dict[str, Any]:
    scopes = [{"kind": "file", "scope": each, "symbols": [], "files": None} for each in paths]
    found: dict[str, Any] = desk.does(agent, "claim.acquire", scopes=scopes, _provisional=True)
    return found


def test_a_claim_made_offline_that_lost_is_contested_and_told(desk: Any) -> None:
    (held,) = desk.claim("sky", "src/a.py")
    result = _offline(desk, "river", "src/a.py")
    assert (result["outcome"], result["code"]) == ("contested", "claim-conflict")
    assert result["conflicts"][0]["claim"]["id"] == held["id"]
    assert len(desk.snapshot.find("claim")) == 1
    (record,) = desk.snapshot.find("attic")
    assert record.get("winner")["claims"] == ["CLM-1 of sky: src/a.py"]
    assert "claim.contested" in desk.told()


def test_a_claim_made_offline_that_wins_is_an_ordinary_grant(desk: Any) -> None:
    assert _offline(desk, "river", "src/a.py")["outcome"] == "granted"
    assert desk.snapshot.find("attic") == []


def test_a_contested_claim_can_be_asked_again_when_the_way_is_free(desk: Any) -> None:
    desk.coop("sky")
    desk.claim("sky", "src/a.py")
    record = _offline(desk, "river", "src/a.py")["attic"][0]["id"]
    assert desk.refused("river", "attic.restore", attic=record).code == "claim-conflict"
    desk.does("sky", "coop.leave")
    result = desk.does("river", "attic.restore", attic=record)
    assert result["outcome"] == "granted"
    assert desk.the("claim", result["claims"][0]["id"]).get("agent") == "river"
    assert desk.the("attic", record).get("restored_by") == "river"


def test_a_contested_request_of_any_size_is_kept_whole_and_comes_back_whole(desk: Any) -> None:
    paths = [f"src/{'deep/' * 10}file_{n:04}.py" for n in range(400)]
    desk.coop("sky")
    desk.claim("sky", paths[7])
    records = _offline(desk, "river", *paths)["attic"]
    assert len(records) > 1
    assert all(len(yaml.encode(desk.the("attic", each["id"]))) < yaml.LIMIT for each in records)
    desk.does("sky", "coop.leave")
    result = desk.does("river", "attic.restore", attic=records[1]["id"])
    assert [each["scope"] for each in result["claims"]] == paths
    assert all(desk.the("attic", each["id"]).get("restored_at") for each in records)


def test_an_offline_write_on_a_revision_that_has_passed_is_contested(desk: Any) -> None:
    task = desk.task()
    terms = {"expected_revision": desk.snapshot.revision - 1}
    result = desk.does("sky", "task.update", terms, task=task, title="late", _provisional=True)
    assert (result["outcome"], result["code"]) == ("contested", "state-revision-conflict")
    assert "intent.contested" in desk.told()


def test_a_malformed_offline_write_is_refused_not_contested(desk: Any) -> None:
    assert desk.refused("sky", "task.add", title=7, _provisional=True).code == "invalid-arguments"


def test_an_attic_record_survives_its_file(desk: Any) -> None:
    desk.claim("sky", "src/a.py")
    record = desk.the("attic", _offline(desk, "river", "src/a.py")["attic"][0]["id"])
    again = yaml.decode("attic", yaml.encode(record))
    assert again.get("loser")["request"] == record.get("loser")["request"]
    assert again.get("loser")["ids"] == record.get("loser")["ids"]
