"""Entry point."""
from __future__ import annotations


def main() -> int:
    raise SystemExit("not built yet")
