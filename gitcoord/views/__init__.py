"""Stub until the room is furnished."""
from __future__ import annotations
import json
from typing import Any
from gitcoord.errors import GitcoordError

def render(name: str, result: dict[str, Any], *, as_json: bool, now: float, budget: int | None = None) -> str:
    return json.dumps({"schema": f"gitcoord.{name}/1", **result}, ensure_ascii=False) + "\n"

def render_error(error: GitcoordError, as_json: bool) -> str:
    if as_json:
        return json.dumps(error.as_json(), ensure_ascii=False) + "\n"
    return f"{error.message}\n{error.hint}\n"
