"""Times whole processes, interleaved with what they are compared with, so that a noisy machine hits both."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable


def seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def interleaved(acts: dict[str, Callable[[], object]], runs: int) -> dict[str, list[float]]:
    """Each act once a round, after one uncounted round."""
    found: dict[str, list[float]] = {name: [] for name in acts}
    for n in range(runs + 1):
        for name, act in acts.items():
            took = seconds(act)
            if n:
                found[name].append(took)
    return found


def median(values: list[float]) -> float:
    return statistics.median(values)


def percentile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def process(
    argv: list[str], cwd: str, env: dict[str, str], stdin: bytes = b"", ok: tuple[int, ...] = (0,)
) -> Callable[[], None]:
    """A whole process as something to time. A wrong exit is an error, never a fast success."""

    def act() -> None:
        done = subprocess.run(argv, cwd=cwd, env=env, input=stdin, capture_output=True, check=False)
        if done.returncode not in ok:
            raise RuntimeError(f"{argv}: exit {done.returncode}: {done.stderr.decode()[-500:]}")

    return act
