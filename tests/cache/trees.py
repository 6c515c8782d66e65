"""Trees of a sync branch without git: what the store hands to the projector."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Any

from gitcoord.cache import database, projector, verify
from gitcoord.cache.queries import Reader
from gitcoord.codec import yaml
from gitcoord.model.entity import Entity
from gitcoord.model.ids import derived_ulid
from gitcoord.model.kinds import path_of_values

NOON = 1_795_000_000.0  # 2026-11-18T11:06:40Z


def ulid(*words: object) -> str:
    return derived_ulid(*map(str, words))


def observed(elapsed: float = 100.0, previous: float | None = None, wall: float | None = None, boot: str = "boot") -> Any:
    return database.Observed(boot, elapsed, NOON + elapsed if wall is None else wall, previous)


def a_claim(n: int = 1, scope: str = "src/x.py", **values: Any) -> Entity:
    basic = {
        "id": ulid("claim", n), "alias": f"CLM-{n}", "state": "active", "kind": "file", "scope": scope, "mode": "exclusive",
        "agent": "river", "agent_id": ulid("agent", "river"), "session_id": ulid("session", "river"),
        "lease_token": f"token-{n}", "ttl": 3600, "fence": 3,
    }  # fmt: skip
    return Entity("claim", {**basic, **values})


def a_task(n: int = 1, body: str = "", **values: Any) -> Entity:
    return Entity("task", {"id": ulid("task", n), "alias": f"TASK-{n}", "title": f"task {n}", "state": "open", **values}, body)


def an_event(n: int = 1, revision: int | None = None, **values: Any) -> dict[str, Any]:
    """A line of a journal, with the record of its intent."""
    basic = {
        "event_id": ulid("event", n), "ts": "2026-11-18T11:06:40Z", "project": "p", "type": "task.added",
        "actor": {"agent": "river", "agent_id": ulid("agent", "river"), "session_id": ulid("session", "river")},
        "refs": {"task": ulid("task", n)}, "body": {}, "intent_id": ulid("intent", n), "revision": revision or n,
        "intent": {
            "kind": "task.add", "key": ulid("intent", n), "digest": f"d{n}", "subject": f"add TASK-{n}",
            "result": {"outcome": "added", "tasks": [{"id": ulid("task", n), "alias": f"TASK-{n}"}]},
            "at": "2026-11-18T11:06:40Z", "seen": {},
        },
    }  # fmt: skip
    return {name: value for name, value in {**basic, **values}.items() if value is not None}


def lines(*events: dict[str, Any]) -> bytes:
    return "".join(json.dumps(each) + "\n" for each in events).encode()


class Tree:
    """Path -> (mode, content)."""

    def __init__(self, *entities: Entity) -> None:
        self.files: dict[str, tuple[str, bytes]] = {}
        for each in entities:
            self.put(each)

    def put(self, entity: Entity) -> str:
        path = path_of_values(entity.kind, entity.values)
        self.files[path] = ("100644", yaml.encode(entity))
        return path

    def write(self, path: str, data: bytes, mode: str = "100644") -> str:
        self.files[path] = (mode, data)
        return path

    def entries(self) -> list[tuple[str, str, str, bytes]]:
        return [(path, mode, oid_of(data), data) for path, (mode, data) in self.files.items()]

    def since(self, old: dict[str, tuple[str, bytes]]) -> list[tuple[str, str | None, str | None, bytes | None]]:
        changed: list[tuple[str, str | None, str | None, bytes | None]] = []
        for path in old.keys() | self.files.keys():
            if old.get(path) != self.files.get(path):
                mode, data = self.files.get(path, (None, None))
                changed.append((path, mode, None if data is None else oid_of(data), data))
        return changed


def oid_of(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def projected(tree: Tree, revision: int = 3, connection: sqlite3.Connection | None = None) -> sqlite3.Connection:
    connection = connection or database.open_memory()
    projector.rebuild(connection, f"c{revision}", revision, tree.entries(), observed())
    return connection


def step(connection: sqlite3.Connection, tree: Tree, old: dict[str, tuple[str, bytes]], revision: int) -> None:
    """Bring the projection from an older content of the tree to what it holds now."""
    database.applied(connection)
    projector.apply(connection, f"c{revision}", revision, tree.since(old), observed())


def rows_of(connection: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that has to be a function of the tree."""
    return {name: sorted(connection.execute(sql).fetchall(), key=repr) for name, sql in verify.PROJECTED.items()}


def reader_of(*entities: Entity) -> Reader:
    return Reader(projected(Tree(*entities)), observed=observed())
