"""Exports as text, from a small story: held to files that a person has read, to hostile words, and to their own bytes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from gitcoord.actions.bundles import Bundle
from gitcoord.actions.exports import Gathered
from gitcoord.clock import parse_instant
from gitcoord.model.entity import Entity
from gitcoord.settings import Settings
from gitcoord.views import exports
from gitcoord.views.exports import bundle

GOLDEN = Path(__file__).parent / "golden"
COOP = "01k8coop000000000000000001"
#: ``make golden``: write the pages anew after a change that was meant, then read them.
ANEW = bool(os.environ.get("GOLDEN"))


def id_(name: str) -> str:
    return f"01k8{name:0<22}"


def at(clock: str, day: int = 3) -> str:
    return f"2026-05-{day:02d}T{clock}:00Z"


def an_event(type: str, who: str, ts: str, refs: dict[str, str], body: dict[str, Any] | None = None) -> dict[str, Any]:
    actor = {"agent": who, "agent_id": id_("a" + who), "session_id": id_("s" + who)}
    return {"ts": ts, "type": type, "actor": actor, "refs": {**refs, "coop": COOP}, "body": body or {}}


def story(hostile: str = "") -> Gathered:
    """River and Sky settle a question, do a task; Sky leaves with a handoff, River closes. ``hostile`` is in every text."""

    def text(words: str) -> str:
        return f"{words}{hostile}"

    coop = Entity("coop", {
        "id": COOP, "slug": "hmi-settings-flow", "title": text("Update HMI settings flow"), "goal": text("Settings persist"),
        "status": "closed", "branch": text("main"), "members": [], "created_by": "river", "created_at": at("09:00"),
        "closed_at": at("10:30", 4), "closed_by": "river",
    })  # fmt: skip
    sessions = [
        Entity("session", {"id": id_("s" + who), "agent": who, "agent_id": id_("a" + who), "state": "left", "coop": COOP,
                           "name": text(f"{who.title()} hmi-settings-flow"), "branch": text(f"{who}-work"), "tool": "shell"})
        for who in ("river", "sky")
    ]  # fmt: skip
    claims = [
        Entity("claim", {"id": id_("c1"), "alias": "CLM-1", "state": "released", "kind": "file", "mode": "exclusive",
                         "scope": text("services/hmi/settings_api.py"), "agent": "river", "coop": COOP,
                         "expires_at": at("13:05")}),
        Entity("claim", {"id": id_("c2"), "alias": "CLM-2", "state": "active", "kind": "directory", "mode": "exclusive",
                         "scope": text("frontend/settings/"), "agent": "sky", "coop": COOP, "expires_at": at("13:06"),
                         "description": text("the form")}),
    ]  # fmt: skip
    tasks = [
        Entity("task", {"id": id_("t1"), "alias": "TASK-1", "title": text("Settings API"), "state": "done", "coop": COOP,
                        "done_by": "river", "done_at": at("11:00")}),
        Entity("task", {"id": id_("t2"), "alias": "TASK-2", "title": text("Settings form"), "state": "open", "coop": COOP}),
    ]  # fmt: skip
    blockers = [
        Entity("blocker", {"id": id_("b1"), "alias": "BLK-1", "title": text("JSON or SQLite?"), "state": "resolved",
                           "coop": COOP, "asked_by": "river", "asked_at": at("09:20"), "decision": id_("d1")}),
        Entity("blocker", {"id": id_("b2"), "alias": "BLK-2", "title": text("Which theme?"), "state": "open", "to": "sky",
                           "coop": COOP, "asked_by": "river", "asked_at": at("10:10", 4)}),
    ]  # fmt: skip
    decision = Entity("decision", {
        "id": id_("d1"), "alias": "DEC-1", "title": text("JSON for v1"), "status": "decided", "blocker": id_("b1"),
        "question": text("JSON or SQLite?"), "coop": COOP, "decided_by": "sky", "decided_at": at("09:40"),
    }, text("JSON for v1\n\nSQLite waits until there are several profiles:\n    one file each"))  # fmt: skip
    checkin = Entity("checkin", {
        "id": id_("k1"), "summary": text("API stands"), "coop": COOP, "agent": "river", "created_at": at("10:50"),
        "done": [text("GET"), text("PUT")], "open_items": [text("errors")],
    }, text("API stands\n# no heading of mine\n- nor a list"))  # fmt: skip
    handoff = Entity("handoff", {
        "id": id_("h1"), "alias": "HND-1", "title": text("context limit"), "state": "open", "coop": COOP,
        "branch": text("sky-work"), "head": "ab" * 20, "stopped": text("in the form"),
        "files": [text("frontend/settings/A.tsx")], "tests": [text("pytest: 3 passed")], "blockers": [id_("b2")],
        "next": text("wire the form"), "agent": "sky", "created_at": at("09:55", 4),
    })  # fmt: skip
    thread = Entity("thread", {
        "id": id_("r1"), "alias": "THR-1", "title": text("Persistence"), "state": "resolved", "coop": COOP,
        "participants": ["river", "sky"], "summary": text("Project-local JSON"),
    })  # fmt: skip
    reply = Entity("thread_message", {
        "id": id_("m1"), "thread": id_("r1"), "agent": "sky", "created_at": at("09:30"),
    }, text("JSON is fine if there is GET and PUT"))  # fmt: skip
    message = Entity("message", {
        "id": id_("n1"), "alias": "MSG-1", "title": text("The port"), "to": ["sky"], "agent": "river", "coop": COOP,
    }, text("8080 it is"))  # fmt: skip
    request = Entity("request", {
        "id": id_("q1"), "alias": "REQ-1", "state": "granted", "claim": id_("c1"), "reason": text("need it"), "agent": "sky",
        "coop": COOP, "answer": text("take it"),
    })  # fmt: skip
    events = [
        an_event("coop.started", "river", at("09:00"), {}, {"slug": "hmi-settings-flow", "title": text("Update HMI")}),
        an_event("coop.joined", "river", at("09:00"), {"session": id_("sriver")}, {"name": text("River")}),
        an_event("session.bound", "river", at("09:00"), {"session": id_("sriver")}, {"epoch": 1}),
        an_event("coop.joined", "sky", at("09:02"), {"session": id_("ssky")}, {"name": text("Sky")}),
        an_event("claim.granted", "river", at("09:05"), {"claim": id_("c1")},
                 {"alias": "CLM-1", "scope": text("services/hmi/settings_api.py"), "holder": "river"}),
        an_event("blocker.opened", "river", at("09:20"), {"blocker": id_("b1")}, {"title": text("JSON or SQLite?")}),
        an_event("thread.started", "river", at("09:25"), {"thread": id_("r1")}, {"title": text("Persistence")}),
        an_event("thread.replied", "sky", at("09:30"), {"thread": id_("r1"), "thread_message": id_("m1")}),
        an_event("decision.made", "sky", at("09:40"), {"decision": id_("d1"), "blocker": id_("b1")},
                 {"title": text("JSON for v1")}),
        an_event("blocker.resolved", "sky", at("09:40"), {"blocker": id_("b1"), "decision": id_("d1")}),
        an_event("msg.sent", "river", at("10:15"), {"message": id_("n1")}, {"title": text("The port")}),
        an_event("checkin.posted", "river", at("10:50"), {"checkin": id_("k1")}, {"summary": text("API stands")}),
        an_event("task.done", "river", at("11:00"), {"task": id_("t1")},
                 {"title": text("Settings API"), "state": "done", "summary": text("all green")}),
        an_event("request.filed", "sky", at("11:01"), {"request": id_("q1"), "claim": id_("c1")}, {"reason": text("need it")}),
        an_event("claim.superseded", "sky", at("11:05"), {"claim": id_("c1")},
                 {"alias": "CLM-1", "scope": text("services/hmi/settings_api.py"), "holder": "river", "rule": "T1"}),
        an_event("x-board.moved", "sky", at("11:06"), {"task": id_("t2")}, {"column": text("doing")}),
        an_event("handoff.written", "sky", at("09:55", 4), {"handoff": id_("h1")}, {"title": text("context limit")}),
        an_event("work.files_changed", "sky", at("09:55", 4), {"handoff": id_("h1")}, {"count": 1, "files": [text("a.tsx")]}),
        an_event("coop.left", "sky", at("09:55", 4), {"session": id_("ssky")}, {"reason": text("context limit")}),
        an_event("coop.closed", "river", at("10:30", 4), {}, {"slug": "hmi-settings-flow", "reason": text("done")}),
    ]  # fmt: skip
    for n, event in enumerate(events):
        event.update(event_id=f"01k8ev{n:020d}", revision=n + 2)
    found = [*sessions, *claims, *tasks, *blockers, decision, checkin, handoff, thread, reply, message, request]
    entities: dict[str, list[Entity]] = {}
    for each in found:
        entities.setdefault(each.kind, []).append(each)
    return Gathered(
        coop, "closed", entities, events, revision=30, commit="c0ffee" + "0" * 34, at=parse_instant(at("10:31", 4)),
        settings=Settings([("settings.yml", {"claims": {"ttl": {"file": 3600}}})]),
    )  # fmt: skip


def everywhere(told: Gathered) -> dict[str, list[Entity]]:
    other = Entity("coop", {"id": id_("o"), "slug": "docs", "status": "active", "created_at": at("08:00")})
    active = [Entity("session", {"id": id_("sriver"), "agent": "river", "branch": "main", "state": "active"})]
    return {"coop": [other, told.coop], "session": active, "claim": told.of("claim"), "blocker": [], "task": [], "thread": []}


def joined(files: Iterable[tuple[str, Iterable[str] | None]]) -> dict[str, str]:
    return {path: "".join(pieces) for path, pieces in files if pieces is not None}


def every_file(told: Gathered) -> dict[str, str]:
    return {
        **joined(exports.markdown(told)), **joined(exports.data(told)),
        **{f".co-op/{path}": text for path, text in joined(exports.co_op(told, everywhere(told))).items()},
        **joined(bundle.files(Bundle("module:frontend", told.of("handoff"), told))),
    }  # fmt: skip


@pytest.mark.parametrize("name", [
    "summary.md", "transcript.md", "coop.json", ".co-op/co-op_hot.md", ".co-op/co-op_status.json",
    ".co-op/co-op_registry.json", ".co-op/co-op_config.yaml", "space/co-op_space.json", "space/co-op_hot.md",
    "space/co-op_status.json", "space/co-op_claims.json", "space/co-op_tasks.json", "space/co-op_blockers.json",
    "space/co-op_threads.json", "space/threads/co-op_THR-1.md", "space/handoffs/co-op_HND-1.md",
    "space/files/co-op_files.json", "module-frontend.handoff.md", "HANDOFFS.md", "handoff-index.json",
])  # fmt: skip
def test_each_page_is_the_one_that_was_read(name: str) -> None:
    told = story()
    space = f".co-op/spaces/{exports.folder_of(told.coop)}/"
    text = every_file(told)[name.replace("space/", space)]
    file = GOLDEN / name.replace("/", "__").removeprefix(".")
    if ANEW:
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_the_tree_of_the_layout_has_its_names() -> None:
    told = story()
    space = "spaces/co-op_2026-05-03_09-00-00_hmi-settings-flow"
    found = exports.co_op(told, everywhere(told))
    assert [path for path, pieces in found if pieces is None] == [
        f"{space}/{name}" for name in ("files", "events", "threads", "exports", "handoffs")
    ]
    assert sorted(path for path, pieces in found if pieces is not None) == [
        "co-op_config.yaml", "co-op_hot.md", "co-op_registry.json", "co-op_status.json", "co-op_transcript.md",
        *(f"{space}/{name}" for name in (
            "co-op_blockers.json", "co-op_claims.json", "co-op_hot.md", "co-op_space.json", "co-op_status.json",
            "co-op_tasks.json", "co-op_threads.json", "events/co-op_events_2026-05-03.jsonl",
            "events/co-op_events_2026-05-04.jsonl", "exports/co-op_summary.md", "exports/co-op_transcript.md",
            "files/co-op_files.json", "handoffs/co-op_HND-1.md", "threads/co-op_THR-1.md",
        )),
    ]  # fmt: skip


def test_each_generated_file_says_so_and_by_which_revision() -> None:
    for path, text in every_file(story()).items():
        if not path.endswith(".jsonl"):
            assert "enerated" in text[:600] and re.search(r"revision\W+30", text[:600]), path


def test_json_is_json_and_has_everything() -> None:
    told = story()
    files = every_file(told)
    whole = json.loads(files["coop.json"])
    assert whole["schema"] == "gitcoord.export/1" and whole["coop"]["slug"] == "hmi-settings-flow"
    assert {kind: len(found) for kind, found in whole.items() if isinstance(found, list)} == {
        "sessions": 2, "claims": 2, "tasks": 2, "blockers": 2, "decisions": 1, "handoffs": 1, "checkins": 1, "requests": 1,
        "threads": 1, "thread_messages": 1, "messages": 1,
    }  # fmt: skip
    assert [json.loads(line) for line in files["events.jsonl"].splitlines()] == told.events
    for path, text in files.items():
        if path.endswith(".json"):
            json.loads(text)


EVIL = "\n# H\n[l](http://x) <b onclick=x> ``` | a\n|--|\n\u202e\u200b\x1b[2J --- ![i](y) &amp; $x$ \\"


def test_hostile_words_take_no_effect() -> None:
    """The pages have the same headings, links, tables and tags as those of the plain story."""
    plain, evil = every_file(story()), every_file(story(EVIL))
    assert list(plain) == list(evil)
    for path, text in evil.items():
        assert not re.search("[\u202e\u200b\x1b]", text), path
        if path.endswith(".md"):
            assert structure(text) == structure(plain[path]), path


def structure(text: str) -> list[str]:
    """What a renderer would make of the page, as far as it is ours: no backslash before it, no code span around it."""
    found = []
    for line in text.splitlines():
        bare = re.sub(r"(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)", "CODE", line)
        bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", bare)
        if line.startswith("#"):
            found.append(line.split(" ")[0])
        elif line.startswith("|"):
            found.append("|" * bare.count("|"))
        found += re.findall(r"<[!a-z/]|\]\(|```|\*\*|~~|\$", bare)
    return found


def test_the_same_state_gives_the_same_bytes() -> None:
    assert every_file(story()) == every_file(story())


def test_what_others_have_not_filled_in_stops_no_page() -> None:
    told = story()
    for kind, found in told.entities.items():
        told.entities[kind] = [Entity(kind, {"id": each.id, "coop": COOP}) for each in found]
    told.coop = Entity("coop", {"id": COOP})
    told.events = [{**each, "refs": {}, "body": None, "actor": {}} for each in told.events]
    assert all(every_file(told).values())


@pytest.mark.parametrize(
    ("slug", "name"),
    [("a-b", "a-b"), ("../../etc/x", "etc-x"), ("..", "000001"), ("Ünï/\0", "n"), ("x" * 300, "x" * 64), (None, "000001")],
)
def test_a_folder_is_named_so_that_it_stays_where_it_is(slug: Any, name: str) -> None:
    coop = Entity("coop", {"id": COOP, "slug": slug, "created_at": at("09:00")})
    assert exports.folder_of(coop) == f"co-op_2026-05-03_09-00-00_{name}"
    assert exports.folder_of(Entity("coop", {"id": COOP, "created_at": "../x"})).startswith("co-op_0000-00-00_00-00-00_")
