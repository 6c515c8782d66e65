"""Markdown tables of measurements."""

from __future__ import annotations


def table(title: str, head: list[str], rows: list[list[str]], note: str = "") -> list[str]:
    lines = [f"## {title}", ""]
    if note:
        lines += [note, ""]
    lines += ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows), ""]


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def verdict(ratio: float, goal: float) -> str:
    """The ratio and whether it keeps the goal, said plainly."""
    return f"{ratio:.2f} x (goal {goal:g}: {'kept' if ratio <= goal else 'MISSED'})"
