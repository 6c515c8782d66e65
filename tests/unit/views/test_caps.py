"""No state, however large or hostile, makes an answer larger than its cap, and JSON stays JSON."""

from __future__ import annotations

import json
import random

import pytest

from gitcoord.errors import ClaimConflict, GitcoordError, NotFound
from gitcoord.text import estimate_tokens
from gitcoord.views import render, render_error
from gitcoord.views.budget import CAPS, LISTS

NOW = 1_800_000_000.0
NASTY = ["x" * 900, "漢字" * 200, "\x1b[31m\u202e" * 99, '"}{]"' * 80, "a\nb\r\n" * 90, "", "🚀" * 99]


def text(chance: random.Random) -> str:
    return chance.choice([*NASTY, "a short title", "src/auth/login.py"])


def records(chance: random.Random, most: int) -> list[dict]:
    return [
        {
            "id": f"01jd8zk3w6v9q0s7m2x4c5b{n:03d}",
            "alias": f"CLM-{n}",
            "number": n,
            "scope": text(chance),
            "agent": text(chance),
            "title": text(chance),
            "state": chance.choice(["active", "open", "expired"]),
            "expires_at": "2027-01-15T09:00:00Z",
            "question": text(chance),
            "asked_by": "sky",
            "slug": text(chance),
            "goal": text(chance),
            "status": "active",
            "age_seconds": 50,
            "ts": "2027-01-15T07:00:00Z",
            "type": "claim.granted",
            "actor": {"agent": text(chance)},
            "body": {"title": text(chance)} if n % 2 else text(chance),
            "reason": text(chance),
            "name": text(chance),
            "ok": n % 3 == 0,
            "detail": text(chance),
            "fix": text(chance),
            "command": text(chance),
            "why": text(chance),
            "path": text(chance),
            "value": text(chance),
            "origin": "default",
            "revision": n,
            "kind": text(chance),
            "agents": [text(chance)] * 3,
        }
        for n in range(most)
    ]


def state(seed: int) -> dict:
    chance = random.Random(seed)
    most = chance.choice([0, 1, 3, 30])
    lists = {
        name: records(chance, most)
        for name in (
            "claims",
            "blockers",
            "decisions",
            "tasks",
            "handoffs",
            "agents",
            "coops",
            "events",
            "questions",
            "log",
            "attic",
            "confirmed",
            "contested",
            "waiting",
            "checks",
            "settings",
            "next_actions",
            "quarantined",
        )
    }
    conflicts = [{"requested": text(chance), "claim": each, "files": [text(chance)] * 5, "more": 7} for each in lists["claims"]]
    return {
        **lists,
        "conflicts": conflicts,
        "free": False,
        "outcome": "granted",
        "state": chance.choice(["confirmed", "provisional"]),
        "me": {"agent": text(chance), "name": text(chance)},
        "coop": {"slug": text(chance), "status": "active"},
        "outbox": {"pending": 3, "contested": 2},
        "as_of": {"revision": 7, "age_seconds": 3, "note": text(chance)},
        "warnings": [text(chance)] * 3,
        "entity": (lists["claims"] or [{}])[0],
        "created": [text(chance)] * 9,
        "text": text(chance),
        "totals": {"claims": 5000},
        "notes": {"before_editing": text(chance), "on_leave": text(chance)},
    }


NAMES = sorted(
    {*CAPS, "claims", "blockers", "decisions", "tasks", "handoffs", "log", "attic", "start", "join", "ask", "decide", "task"}
)
NAMES = [name for name in NAMES if name not in ("error", "claim-conflict")]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("as_json", [False, True])
def test_an_answer_is_never_over_its_hard_cap(name: str, as_json: bool) -> None:
    hard = CAPS.get(name, LISTS)[1]
    for seed in range(4):
        result = state(seed)
        if name == "init":
            result["notes"] = [text(random.Random(seed))] * 5
        shown = render(name, result, as_json=as_json, now=NOW)
        assert estimate_tokens(shown) <= hard, (seed, estimate_tokens(shown))
        assert "\x1b" not in shown and "\u202e" not in shown
        if as_json:
            found = json.loads(shown)
            assert found["schema"] == f"gitcoord.{name}/1"
            assert shown.count("\n") == 1


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("kind", [GitcoordError, NotFound, ClaimConflict])
def test_an_error_is_never_over_its_hard_cap(kind: type[GitcoordError], as_json: bool) -> None:
    for seed in range(4):
        result = state(seed)
        words = text(random.Random(seed)) or "no"
        shown = render_error(kind(words, hint="gitcoord status", conflicts=result["conflicts"]), as_json)
        assert estimate_tokens(shown) <= CAPS["claim-conflict" if kind is ClaimConflict else "error"][1]
        if as_json:
            assert json.loads(shown)["error"]["code"] == kind.code


def test_what_was_left_out_is_counted_and_the_command_that_shows_it_is_named() -> None:
    claims = [
        {
            "alias": f"CLM-{n}",
            "scope": f"src/f{n}.py",
            "agent": "river",
            "state": "active",
            "expires_at": "2027-01-15T09:00:00Z",
        }
        for n in range(300)
    ]
    shown = render("claims", {"claims": claims}, as_json=False, now=NOW)
    whole = [line for line in shown.splitlines() if line.startswith("CLM-")]
    assert f"{300 - len(whole)} more: gitcoord claims" in shown
    assert all(line.endswith("left)") for line in whole)
    found = json.loads(render("claims", {"claims": claims}, as_json=True, now=NOW))
    assert found["truncated"] is True and found["next"]
    assert all(set(each) == set(claims[0]) for each in found["claims"])
