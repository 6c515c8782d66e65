"""Answers of one JSON object a line: for programs, whole; within a budget when one is asked for; or into a file."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from gitcoord.cli.command import Call

#: Estimated tokens of the line that says how to go on.
_LAST_LINE = 60


def json_lines(
    name: str,
    records: Iterable[dict[str, Any]],
    go_on: Callable[[dict[str, Any]], str],
    budget: int | None,
) -> Iterator[str]:
    """Every record, or with a budget as many whole ones as fit and then a line that says how to go on."""
    from gitcoord.text import estimate_tokens

    used, last = _LAST_LINE, None
    for record in records:
        line = json.dumps({"schema": f"gitcoord.{name}/1", **record}, ensure_ascii=False) + "\n"
        if budget is not None:
            used += estimate_tokens(line)
            if used > budget and last is not None:
                yield json.dumps({"schema": f"gitcoord.{name}/1", "truncated": True, "next": go_on(last)}) + "\n"
                return
        yield line
        last = record


def to_file(call: Call, records: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """All of them into ``--output``, one JSON object a line; nothing is left half written, and nothing of git's touched."""
    import os

    from gitcoord.actions import files
    from gitcoord.errors import InvalidArguments

    file, ws, count = str(call.get("output")), call.workspace, 0

    def lines() -> Iterator[str]:
        nonlocal count
        for record in records:
            count += 1
            yield json.dumps(record, ensure_ascii=False) + "\n"

    folder, name = os.path.split(os.path.abspath(file))
    if not os.path.isdir(folder) or os.path.isdir(file):
        raise InvalidArguments(f"{file} cannot be written: there is no such folder, or it is one.")
    files.write(os.getcwd(), folder, [(name, lines())], forbidden=(ws.repo.common_dir, ws.repo.git_dir))
    return {"outcome": "written", "file": file, "records": count}
