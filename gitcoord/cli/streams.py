"""Answers of one JSON object a line: for programs, whole; within a budget when one is asked for; or into a file."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

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


def to_file(file: str, records: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """All of them, one JSON object a line; nothing is left half written under that name."""
    import os

    from gitcoord.errors import InvalidArguments

    temporary = f"{file}.{os.getpid()}.tmp"
    count = 0
    try:
        with open(temporary, "x", encoding="utf-8") as out:
            for record in records:
                out.write(json.dumps(record, ensure_ascii=False) + "\n")
                count += 1
        os.replace(temporary, file)
    except OSError as problem:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise InvalidArguments(f"{file} cannot be written: {problem.strerror}") from problem
    return {"outcome": "written", "file": file, "records": count}
