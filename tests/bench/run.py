"""``make bench``: measures what the README promises and writes ``docs/performance.md``.

Every figure is a ratio against something real, taken in the same run. ``--quick`` shortens it for trying out;
``--only NAME`` runs one section; the page is written only by a whole run.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))

import contention
import coops
import deciding
import landing
import projection
import reads
import writes
from world import World

import hooks

SECTIONS = {
    "reads": reads.measure, "hooks": hooks.measure, "writes": writes.measure, "projection": projection.measure,
    "deciding": deciding.measure, "coops": coops.measure, "contention": contention.measure, "landing": landing.measure,
}  # fmt: skip


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--only", choices=sorted(SECTIONS), action="append")
    chosen = options.parse_args()
    page: list[str] = []
    started = time.time()
    for name in chosen.only or SECTIONS:
        with World() as world:
            print(f"== {name}", file=sys.stderr, flush=True)
            lines = SECTIONS[name](world, chosen.quick)
        print("\n".join(lines), flush=True)
        page += [*lines, ""]
    if not chosen.only and not chosen.quick:
        write_page(page, time.time() - started)
    return 0


def write_page(sections: list[str], took: float) -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    head = [
        "# Performance", "",
        "Written by `make bench`; do not edit. Every figure is a median of whole processes, and every goal is a ratio",
        "against something measured in the same run, because machines differ and are noisy: compare, do not quote.", "",
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()}; {took / 60:.0f} minutes.", "",
    ]  # fmt: skip
    with open(os.path.join(here, "../../docs/performance.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(head + sections).rstrip() + "\n")


if __name__ == "__main__":
    sys.exit(main())
