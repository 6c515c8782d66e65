"""Agents at one branch, in memory: ``desk.sky("task.add", title="…")`` lands an intent and gives its outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gitcoord.clock import parse_instant
from gitcoord.model.entity import Entity
from gitcoord.model.ids import derived_ulid, new_ulid
from gitcoord.model.intent import Intent
from gitcoord.model.outcome import Denied, Landed
from gitcoord.rules import decide
from gitcoord.rules.intents import INTENTS
from gitcoord.rules.memory import MemorySnapshot
from gitcoord.settings import Settings

START = parse_instant("2026-11-21T09:30:00Z")


class Desk:
    def __init__(self) -> None:
        self.snapshot = MemorySnapshot()
        self.now = START
        self.team: dict[str, Any] = {}

    @property
    def settings(self) -> Settings:
        return Settings([("settings.yml", self.team)])

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def intent(self, agent: str, kind: str, args: dict[str, Any], **terms: Any) -> Intent:
        """``session``, ``ids``, ``key``, ``expected_revision`` and ``at`` may be given as terms."""
        session = terms.pop("session", agent)
        actor = {
            "agent": agent, "agent_id": derived_ulid("agent-of", agent), "session_id": derived_ulid("session-of", session),
            "host_id": "h1", "window_id": "w1", "tool": "shell", "worktree": "repo", "branch": "main", "coop": "",
        }  # fmt: skip
        declared = INTENTS.get(kind)
        count = declared.needs + len(args.get(declared.each) or []) if declared else 1
        ids = terms.pop("ids", None) or [new_ulid(self.now) for _ in range(count)]
        at = terms.pop("at", self.now)
        return Intent(id=new_ulid(self.now), kind=kind, at=at, actor=actor, args=args, ids=ids, **terms)

    def land(self, intent: Intent) -> Landed | Denied:
        return self.snapshot.land(intent, self.now, self.settings)

    def decide(self, intent: Intent) -> Landed | Denied:
        return decide(self.snapshot, intent, self.now, self.settings)

    def does(self, agent: str, kind: str, terms: dict[str, Any] | None = None, /, **args: Any) -> dict[str, Any]:
        """The result of an intent that must land."""
        outcome = self.land(self.intent(agent, kind, args, **(terms or {})))
        assert isinstance(outcome, Landed), (outcome.code, outcome.message)
        return outcome.result

    def refused(self, agent: str, kind: str, terms: dict[str, Any] | None = None, /, **args: Any) -> Denied:
        """The refusal of an intent that must not land, and that leaves nothing behind."""
        before = (self.snapshot.revision, self.snapshot.everything())
        outcome = self.land(self.intent(agent, kind, args, **(terms or {})))
        assert isinstance(outcome, Denied), outcome.result
        assert (self.snapshot.revision, self.snapshot.everything()) == before
        return outcome

    def coop(self, agent: str = "river", slug: str = "login-flow", **args: Any) -> str:
        return str(self.does(agent, "coop.start", slug=slug, title=slug, **args)["coops"][0]["id"])

    def task(self, agent: str = "river", title: str = "write it", **args: Any) -> str:
        return str(self.does(agent, "task.add", title=title, **args)["tasks"][0]["id"])

    def claim(self, agent: str, *scopes: str, **args: Any) -> list[dict[str, Any]]:
        wanted = [{"kind": "file", "scope": each, "symbols": [], "files": None} for each in scopes]
        return list(self.does(agent, "claim.acquire", scopes=wanted, **args)["claims"])

    def the(self, kind: str, reference: str) -> Entity:
        (found,) = [e for e in [self.snapshot.get(kind, reference)] if e] or self.snapshot.resolve(kind, reference)
        return found

    def told(self) -> list[str]:
        """Types of all events so far."""
        return [each.type for each in self.snapshot.events]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def file_scope() -> Callable[[str], dict[str, Any]]:
    return lambda path: {"kind": "file", "scope": path, "symbols": [], "files": None}
