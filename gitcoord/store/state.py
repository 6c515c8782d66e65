"""What this clone knows about its register: which remote, the last tip seen, and when that was current.

One small JSON file, replaced atomically. Losing it costs a fetch, never a fact; the tip that it names is
what makes a rewritten branch visible.
"""

from __future__ import annotations

import os

from gitcoord.fastjson import dumps_ascii, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class State:
    """Fields of ``<git common dir>/gitcoord/state.json``; unknown ones are kept."""

    def __init__(self, home: str) -> None:
        self._file = home + "/state.json"
        self.values: dict[str, Any] = {}
        try:
            with open(self._file, encoding="utf-8") as file:
                found = loads(file.read())
            if isinstance(found, dict):
                self.values = found
        except (OSError, ValueError):
            pass

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> float:
        value = self.values.get(name)
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0

    def save(self, **changes: Any) -> None:
        """Merge into what stands there now (another process may have written) and replace the file.

        A folder that cannot be written is no failure: the knowledge is then this process's alone.
        """
        fresh = State(os.path.dirname(self._file)).values
        fresh.update(changes)
        self.values = fresh
        temporary = f"{self._file}.{os.getpid()}.tmp"
        try:
            os.makedirs(os.path.dirname(self._file), mode=0o700, exist_ok=True)
            with open(temporary, "w", encoding="utf-8") as file:
                file.write(dumps_ascii(fresh))
            os.rename(temporary, self._file)
        except OSError:
            pass
