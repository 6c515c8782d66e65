"""A person's JSON, read and written so that nothing of it is lost."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def loaded(text: str) -> Any:
    """Raises ValueError where reading and writing would lose something: a name twice, a number beyond a float."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("a name stands in it twice")
        return found

    def number(text: str) -> float:
        found = float(text)
        if found in (float("inf"), float("-inf")):
            raise ValueError("a number in it is too large")
        return found

    try:
        return json.loads(text, object_pairs_hook=once, parse_float=number)
    except json.JSONDecodeError as problem:
        raise ValueError(f"it is no plain JSON, or has comments (line {problem.lineno}: {problem.msg})") from None


def dumped(value: dict[str, Any], like: str) -> str:
    """With the indentation that the person uses."""
    indent: int | str = 2
    for line in like.splitlines()[1:]:
        blank = line[: len(line) - len(line.lstrip())]
        if blank:
            indent = blank if "\t" in blank else len(blank)
            break
    return json.dumps(value, ensure_ascii=False, indent=indent) + "\n"
