"""Where the settings of one clone come from: the team's file on the branch, this machine's file, the environment."""

from __future__ import annotations

from gitcoord.settings import Settings, from_environ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

TEAM, MACHINE, ENVIRONMENT = "settings.yml", "local.yml", "environment"


class Layers:
    """``say`` gets a sentence when the team's file cannot be read, ``unread`` one of this machine's: every command tells it.
    What such a file would have said is left out."""

    def __init__(self, home: str, environ: Mapping[str, str], say: Callable[[str], None]) -> None:
        self._file, self._environ, self._say = f"{home}/{MACHINE}", environ, say
        self.unread: list[str] = []

    def of_machine(self) -> Settings:
        """What can be known before the branch is read."""
        return Settings([(MACHINE, self._machine()), (ENVIRONMENT, from_environ(self._environ))])

    def of_team(self, text: bytes | None) -> Settings:
        """What the team's file alone says: for what must be the same on every machine."""
        try:
            return Settings([(TEAM, _decoded(text or b""))])
        except ValueError:
            return Settings([])

    def all(self, team: bytes | None) -> Settings:
        """The team's file, and above it what this machine says otherwise."""
        try:
            shared = _decoded(team or b"")
        except ValueError:
            shared = {}
            self._say(f"{TEAM} on the sync branch cannot be read; defaults are used")
        return Settings([(TEAM, shared), (MACHINE, self._machine()), (ENVIRONMENT, from_environ(self._environ))])

    def _machine(self) -> dict[str, Any]:
        self.unread = []
        try:
            with open(self._file, "rb") as file:
                return _decoded(file.read())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            self.unread = [f"{self._file} cannot be read; it is ignored"]
            return {}


def _decoded(text: bytes) -> dict[str, Any]:
    """Settings as nested dicts. Comments alone, the usual case, need no parser."""
    if all(not line or line.startswith(b"#") for line in text.split(b"\n")):
        return {}
    from gitcoord.codec import yaml

    return yaml.decode_tree(text)
