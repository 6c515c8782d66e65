"""SQLite without the modules that its C module asks for at the start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
assert "functools" not in sys.modules
from gitcoord.sql import sqlite3
assert "functools" not in sys.modules and "sqlite3" not in sys.modules
db = sqlite3.connect(":memory:", cached_statements=2)
print([db.execute(f"SELECT {n % 5} + ?", (n,)).fetchone()[0] for n in range(12)])
import functools
print(functools.lru_cache(4)(abs)(-3), functools.lru_cache(abs).cache_info().misses)
import sqlite3 as whole
print(whole.Connection is sqlite3.Connection, whole.connect(":memory:").execute("SELECT 1").fetchone()[0])
"""


def test_the_stand_in_serves_sqlite_and_nobody_else_ever_sees_it() -> None:
    root = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-S", "-c", SCRIPT], env={"PYTHONPATH": root}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().splitlines() == [str([n % 5 + n for n in range(12)]), "3 0", "True 1"]
