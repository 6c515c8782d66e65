"""Calling a tool's hook as the tool does: no name is set, the payload says where it is."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Clone


def call(clone: Clone, tool: str, payload: Any, cwd: Path | None = None, **env: str) -> Any:
    """The object that the hook prints, or None. It exits 0 and never allows anything."""
    given = {"cwd": str(cwd or clone.path), **payload} if isinstance(payload, dict) else payload
    data = given if isinstance(given, bytes) else json.dumps(given).encode()
    environment = {**clone.env, "LOGNAME": "pat", "GITCOORD_HOOK_SECONDS": "20", **env}  # this machine may be busy
    done = subprocess.run(
        clone.command("hook", tool), cwd="/", env=environment, input=data, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done
    assert b"allow" not in done.stdout.replace(b"allowed", b"")
    if not done.stdout:
        return None
    assert done.stdout.count(b"\n") == 1, "one object"
    return json.loads(done.stdout)


@pytest.fixture
def hook(pair: Any) -> Callable[..., Any]:
    """In Sky's clone."""

    def in_clone_of_sky(tool: str, payload: Any, cwd: Path | None = None, **env: str) -> Any:
        return call(pair[1], tool, payload, cwd, **env)

    return in_clone_of_sky


def home(clone: Clone) -> Path:
    return Path(clone.git("rev-parse", "--path-format=absolute", "--git-common-dir").strip()) / "gitcoord"


def settled(clone: Clone) -> None:
    """Until the process that carries the writes away has done so."""
    box = home(clone) / "outbox"
    until = time.monotonic() + 30
    while time.monotonic() < until:
        waiting = [name for name in os.listdir(box) if name.endswith(".json")]
        if not waiting and clone.ok("status")["outbox"]["pending"] == 0:
            return
        clone.ok("status", "--fresh")
    raise AssertionError(os.listdir(box))


def reason(answer: dict[str, Any] | None) -> str:
    """Why a tool was refused; empty when it was not."""
    inner = (answer or {}).get("hookSpecificOutput", answer or {})
    denied = "deny" in (inner.get("permissionDecision"), inner.get("permission"), inner.get("decision"))
    told = inner.get("permissionDecisionReason") or inner.get("agent_message") or inner.get("reason")
    return str(told or "") if denied else ""
