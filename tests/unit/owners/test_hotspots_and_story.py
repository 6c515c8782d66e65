from __future__ import annotations

from typing import Any

import pytest

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import derived_ulid, new_ulid
from gitcoord.rules import hotspots, metrics
from gitcoord.rules.claims.scope import parse
from gitcoord.rules.owners.policy import FILE, GOOD, read
from gitcoord.rules.why import holders, story

DAY = 86400
HOT = "src/app.py"


class Past:
    """A history of a month, laid down entity by entity; ``at`` counts days from its beginning."""

    def __init__(self, desk: Any) -> None:
        self.desk, self.start, self.n = desk, desk.now, 0

    def _id(self, at: float) -> str:
        return new_ulid(self.start + at * DAY)

    def _put(self, of: str, /, **values: Any) -> Entity:
        self.n += 1
        entity = Entity(of, {name: value for name, value in values.items() if value is not None})
        self.desk.snapshot.apply([entity], self.desk.snapshot.revision + 1)
        return entity

    def claim(self, at: float, agent: str = "river", scope: str = HOT, hours: float = 2, **values: Any) -> Entity:
        what = parse(scope, is_directory=lambda path: False)
        began = self.start + at * DAY
        usual = {
            "id": self._id(at), "alias": f"CLM-{self.n + 1}", "state": "released", "kind": what.kind, "scope": what.scope,
            "mode": "exclusive", "agent": agent, "agent_id": derived_ulid("agent-of", agent), "session_id": agent,
            "acquired_at": rfc3339(began), "ended_at": rfc3339(began + hours * 3600), "expires_at": rfc3339(began + 4 * 3600),
            "fence": self.n + 1,
        }  # fmt: skip
        return self._put("claim", **{**usual, **values})

    def request(self, at: float, claim: Entity, agent: str = "sky") -> Entity:
        return self._put(
            "request", id=self._id(at), alias=f"REQ-{self.n}", claim=claim.id, agent=agent, state="pending",
            created_at=rfc3339(self.start + at * DAY), reason="soon?",
        )  # fmt: skip

    def wait(self, at: float, agent: str = "sky", scope: str = HOT) -> Entity:
        return self._put(
            "queue", id=self._id(at), alias=f"QUE-{self.n}", scopes=[scope], agent=agent, state="waiting",
            created_at=rfc3339(self.start + at * DAY),
        )  # fmt: skip

    def lost(self, at: float, agent: str = "sky", scope: str = HOT) -> Entity:
        request = f'{{"scopes": [{{"kind": "file", "scope": "{scope}"}}]}}'
        return self._put(
            "attic", id=self._id(at), of_kind="claim", of_id=self._id(at), agent=agent, lost_at=rfc3339(self.start + at * DAY),
            loser={"intent": "claim.acquire", "ids": [], "request": request}, winner={"claims": ["CLM-1 of river: x"]},
        )  # fmt: skip

    def heat(self, now: float, days: float = 30) -> dict[str, hotspots.Heat]:
        find, at = self.desk.snapshot.find, self.start + now * DAY
        return hotspots.heat(
            find("claim"), find("request"), find("queue"), find("attic"), at - days * DAY, at,
            lambda id: self.desk.snapshot.get("claim", id),
        )  # fmt: skip


@pytest.fixture
def past(desk: Any) -> Past:
    return Past(desk)


def test_contacts_are_counted_by_path_and_kind(past: Past) -> None:
    first = past.claim(1)
    past.request(1.1, first)
    past.request(1.2, first, "kit")
    past.wait(2)
    past.wait(2, scope="docs/")
    past.lost(3)
    past.claim(4, state="superseded", ended_by="kit")
    symbol = past.claim(5, "sky", f"{HOT}#f")
    past.claim(5, "river", HOT, narrowed_by=[symbol.id])
    past.claim(5.5, "kit", f"{HOT}#g", coexists_with=[symbol.id])
    past.claim(6, "kit", "branch:main")
    found = past.heat(7)
    assert found.keys() == {HOT, "docs/"}
    hot = found[HOT].as_json("")
    assert {name: hot[name] for name in hotspots.CONTACTS} == {
        "contested": 1, "queued": 1, "requested": 2, "narrowed": 1, "coexisting": 1, "superseded": 1,
    }  # fmt: skip
    assert (hot["contention"], hot["claims"], hot["agents"], hot["held_seconds"]) == (7, 5, 3, 5 * 2 * 3600)
    assert (found[HOT].plain, found["docs/"].plain) == (True, False)


def test_only_the_window_counts(past: Past) -> None:
    old = past.claim(1)
    past.lost(1)
    past.wait(1)
    past.request(20, old)
    found = past.heat(25, days=7)
    assert (found[HOT].contention, found[HOT].claims) == (1, 0)
    assert past.heat(60).keys() == set()


def test_time_is_that_part_of_a_claim_that_lies_in_the_window(past: Past) -> None:
    past.claim(1, hours=3)
    past.claim(1.5, state="active", ended_at=None)  # ran out after four hours
    past.claim(2.9, "sky", state="active", ended_at=None, expires_at=rfc3339(past.start + 9 * DAY))
    assert past.heat(3)[HOT].held_seconds == pytest.approx((3 + 4) * 3600 + 0.1 * DAY, abs=3)
    assert past.heat(3, days=1.95)[HOT].held_seconds == pytest.approx(3 * 3600 - 0.05 * DAY + 4 * 3600 + 0.1 * DAY, abs=3)


@pytest.mark.parametrize(("count", "what"), [(9, "monitor"), (10, "shared_file"), (19, "shared_file"), (20, "split")])
def test_what_is_suggested_follows_the_thresholds(count: int, what: str) -> None:
    assert hotspots.suggestion(count) == what


def test_a_record_that_nobody_can_read_is_no_contact(past: Past) -> None:
    asked = "claim.acquire"
    for loser in ({}, {"intent": asked, "request": "{"}, {"intent": asked, "request": "[]"}, {"intent": "x"}):
        past._put("attic", id=past._id(1), of_kind="claim", lost_at=rfc3339(past.start + DAY), loser=loser)
    assert past.heat(2) == {}


# By itself


def on(desk: Any, **more: Any) -> None:
    desk.team = {"hotspots": {"promote_at": 3, **more}}


def lands(past: Past, at: float, scope: str = HOT, agent: str = "sky") -> None:
    """A request that was reported as provisional, and lost: the only refusal that lands."""
    desk = past.desk
    desk.now = past.start + at * DAY
    asked = [{"kind": "file", "scope": scope, "symbols": [], "files": None}]
    held = desk.snapshot.overlap_candidates("file", scope)
    if not held:
        past.claim(at, "river", scope, state="active", ended_at=None, session_id=derived_ulid("session-of", "river"))
    outcome = desk.land(desk.intent(agent, "claim.acquire", {"scopes": asked, "_provisional": True}))
    assert outcome.result["outcome"] == "contested", outcome.result


def automatic(desk: Any) -> list[str]:
    return [each.body["reason"] for each in desk.snapshot.events if each.type == "policy.changed"]


def test_nothing_is_promoted_unless_the_team_asks_for_it(past: Past) -> None:
    for n in range(6):
        lands(past, 0.01 * n)
    assert past.desk.snapshot.file(FILE) is None
    assert automatic(past.desk) == []


def test_the_landing_that_reaches_the_threshold_promotes_once(past: Past) -> None:
    desk = past.desk
    on(desk)
    lands(past, 0.01)
    lands(past, 0.02)
    assert desk.snapshot.file(FILE) is None
    lands(past, 0.03)
    assert desk.text().endswith(f"shared:\n- {HOT}  # auto-promoted=2026-11-21\n")
    assert desk.text(GOOD) == desk.text()
    assert automatic(desk) == ["auto-promote: 3 contacts in 7 days"]
    lands(past, 0.04)
    assert len(automatic(desk)) == 1
    assert desk.told().index("claim.contested") < desk.told().index("policy.changed")


def test_contacts_older_than_the_window_do_not_promote(past: Past) -> None:
    on(past.desk)
    past.lost(1)
    past.lost(1)
    lands(past, 9)
    assert automatic(past.desk) == []


def test_files_of_one_folder_become_the_folder_and_pins_stay(past: Past) -> None:
    desk = past.desk
    on(desk, promote_at=1)
    desk.policy("shared:\n- src/pinned.py  # auto-promoted=2026-11-20 coord-managed=permanent\n- mine.lock\n")
    for n, path in enumerate(("src/a.py", "src/b.py", "lib/x.py", "top.py", "src/c.py")):
        lands(past, 0.01 * n, path)
    assert read(desk.text().encode()).shared == ("src/pinned.py", "mine.lock", "lib/x.py", "top.py", "src/**")
    assert automatic(desk)[-1] == "auto-promote: 3 shared files in src"
    lands(past, 0.2, "src/d.py")
    assert len(automatic(desk)) == 6


def test_a_promoted_file_that_is_quiet_is_demoted_and_nothing_else_is(past: Past) -> None:
    desk = past.desk
    on(desk)
    desk.policy(
        "shared:\n# by hand\n- hand.lock\n- old.py  # auto-promoted=2026-11-21\n"
        "- pinned.py  # auto-promoted=2026-11-21 coord-managed=permanent\n- new.py  # auto-promoted=2026-12-01\n"
    )
    desk.now = past.start + 13 * DAY
    desk.task("sky")
    assert automatic(desk) == []
    desk.now = past.start + 15.5 * DAY
    desk.task("sky")
    assert automatic(desk) == ["auto-demote: 0 contacts in 14 days"]
    assert "old.py" not in desk.text()
    assert desk.text().startswith("shared:\n# by hand\n- hand.lock\n- pinned.py  # auto-promoted=2026-11-21 coord")
    desk.task("sky")
    assert len(automatic(desk)) == 1


def test_a_promoted_file_that_is_still_hot_is_dated_anew(past: Past) -> None:
    desk = past.desk
    on(desk)
    desk.policy(f"shared:\n- {HOT}  # keep auto-promoted=2026-11-21\n")
    for _ in range(3):
        past.wait(10)
    desk.now = past.start + 15.5 * DAY
    desk.task("sky")
    desk.task("sky")
    assert desk.text() == f"shared:\n- {HOT}  # keep auto-promoted=2026-12-06\n"
    assert automatic(desk) == ["still hot: 3 contacts in 14 days"]


@pytest.mark.parametrize("text", ["shared: [", "shared:\n- 7\n"])
def test_a_policy_that_cannot_be_used_is_left_alone(past: Past, text: str) -> None:
    on(past.desk, promote_at=1)
    past.desk.policy(text)
    lands(past, 0.01)
    assert past.desk.text() == text


# Numbers


def test_settled_overlaps_are_counted_by_day(past: Past) -> None:
    first = past.claim(1, "sky", f"{HOT}#f")
    past.claim(1.1, "kit", f"{HOT}#g", coexists_with=[first.id])
    past.claim(1, "river", HOT, narrowed_by=[first.id])
    past.claim(3, "kit", f"{HOT}#h", coexists_with=[first.id])
    claims = past.desk.snapshot.find("claim")
    found = metrics.auto_resolutions(claims, past.start, lambda id: past.desk.snapshot.get("claim", id))
    assert found == {
        "rows": [
            {"name": "2026-11-24", "coexisting": 1, "narrowed": 0}, {"name": "2026-11-22", "coexisting": 1, "narrowed": 1},
        ],
        "total": {"coexisting": 2, "narrowed": 1},
    }  # fmt: skip


def test_questions_by_the_time_for_which_they_were_open(desk: Any) -> None:
    for n, words in enumerate(("first?", "second?", "third?")):
        desk.does("river", "blocker.ask", text=words)
        desk.wait(3600 * (n + 1))
    desk.does("sky", "decision.make", blocker="BLK-1", text="yes")
    found = metrics.blockers(desk.snapshot.find("blocker"), desk.now - DAY, desk.now)
    assert [(row["name"], row["open_seconds"], row["state"]) for row in found["rows"]] == [
        ("BLK-1", 21600, "resolved"), ("BLK-2", 18000, "open"), ("BLK-3", 10800, "open"),
    ]  # fmt: skip
    assert found["total"] == {"open": 2, "resolved": 1, "mean_seconds": 21600}
    desk.wait(3 * DAY)
    later = metrics.blockers(desk.snapshot.find("blocker"), desk.now - DAY, desk.now)
    assert [row["name"] for row in later["rows"]] == ["BLK-2", "BLK-3"]


def test_agents_by_what_they_did(desk: Any) -> None:
    desk.claim("river", "a.py", "b.py")
    desk.does("river", "handoff.write", stopped="here")
    desk.does("sky", "blocker.ask", text="what?")
    desk.wait(3600)
    every = [each for kind in metrics.AGENT_KINDS for each in desk.snapshot.find(kind)]
    river, sky = metrics.agents(every, desk.now - DAY, desk.now)["rows"]
    assert (river["name"], river["handoffs"], river["claims"], river["held_seconds"]) == ("river", 1, 2, 7200)
    assert (sky["name"], sky["questions"]) == ("sky", 1)


def test_costs_add_up_over_days() -> None:
    costs = [{"day": "d1", "agent": "sky", "command": "read", "calls": 2, "tokens": 100},
             {"day": "d2", "agent": "sky", "command": "read", "calls": 1, "tokens": 50},
             {"day": "d2", "agent": "sky", "command": "claim", "calls": 9, "tokens": 10}]  # fmt: skip
    assert metrics.overhead(costs) == {
        "rows": [{"name": "sky read", "calls": 3, "tokens": 150}, {"name": "sky claim", "calls": 9, "tokens": 10}],
        "total": {"calls": 12, "tokens": 160},
    }  # fmt: skip


# The story of a path


def test_the_story_of_a_path_is_told_newest_first(past: Past) -> None:
    held = past.claim(1, "river", "src/")
    past.request(1.05, held)
    past.lost(1.06, "kit")
    past.claim(2, "sky", HOT, state="superseded", ended_by="kit", end_reason="taken over as CLM-9, by T3")
    past.claim(3, "kit", "docs/")
    past.wait(4, "sky", "src/*.py")
    now = past.claim(5, "kit", f"{HOT}#f", state="active", ended_at=None)
    past._put("handoff", id=past._id(5.01), alias="HND-1", agent="river", created_at=rfc3339(past.start + 5.01 * DAY),
              files=[HOT], next="finish it")  # fmt: skip
    find, at = past.desk.snapshot.find, past.start + 5.02 * DAY
    scope = parse(HOT, is_directory=lambda path: False)
    told = story(scope, find("claim"), find("request"), find("queue"), find("attic"), find("handoff"), at, 900.0)
    assert [(each["what"], each["agent"]) for each in told] == [
        ("handed over", "river"), ("held", "kit"), ("waited", "sky"), ("held", "sky"), ("refused", "kit"), ("asked for", "sky"),
        ("held", "river"),
    ]  # fmt: skip
    taken, first = told[3], told[-1]
    assert (taken["state"], taken["ended_by"], taken["fence"]) == ("superseded", "kit", 4)
    assert (first["from"], first["to"], first["scope"]) == (held.get("acquired_at"), held.get("ended_at"), "src/")
    assert told[4]["held_by"] == "CLM-1 of river: x"
    assert [each.id for each in holders(find("claim"), scope, at, 900.0)] == [now.id]
    later = at + DAY
    assert holders(find("claim"), scope, later, 900.0) == []
    assert story(scope, [now], (), (), (), (), later, 900.0)[0]["state"] == "expired"


def test_the_story_of_a_module_is_that_of_its_patterns(past: Past) -> None:
    past.claim(1, "sky", "module:auth", patterns=["src/"])
    scope = parse(HOT, is_directory=lambda path: False)
    assert [each["scope"] for each in story(scope, past.desk.snapshot.find("claim"), (), (), (), (), past.start, 9.0)] == [
        "module:auth"
    ]  # fmt: skip
