"""One question to the remote for two needs: whether the sync branch has moved, and where the agents' branches are.

Importing this costs little: a ``sync`` that finds nothing new goes no further.
"""

from __future__ import annotations

from gitcoord.cache.queries import Reader
from gitcoord.fastjson import loads
from gitcoord.rules.carried import SUFFIX
from gitcoord.sql import sqlite3
from gitcoord.store import register as replies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.settings import Settings
    from gitcoord.workspace.workspace import Workspace


#: Tips of which nothing is left to be adopted: they are not looked at again. Losing the file costs a look.
LOOKED = "/adopted.json"


class Asking:
    """``heads``: where the remote's branches were, once :meth:`ask` has been answered; None before."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self.heads: dict[str, str] | None = None

    def ask(self, deadline: float) -> replies.Reply:
        """For :meth:`Workspace.refresh`: nothing is fetched when the sync branch is where it was."""
        register = self._ws.register
        if not isinstance(register, replies.RemoteRegister):
            return register.fetch(deadline)
        reply, self.heads = register.fetch_moved(deadline)
        return reply


def settings_here(ws: Workspace) -> Settings:
    """The settings as projected here last, perhaps long ago: for what only saves time."""
    try:
        reader = Reader(ws.ledger.connection())
        team = reader.file("settings.yml")
        reader.close()
    except sqlite3.Error:
        team = None
    return ws.settings_under(team)


def agent_prefixes(ws: Workspace) -> list[str]:
    """Beginnings of branches on which adopters look."""
    words = str(ws.settings.get("sync.agent_branches")).replace(",", " ").split()
    return [word for word in words if word.strip("/") and ".." not in word and not set(word) & set("*?[\\^~:")]


def looked_at(ws: Workspace) -> dict[str, str] | None:
    """Branches of agents and where they were when they had nothing left; None before the first look."""
    try:
        with open(ws.repo.home + LOOKED, encoding="utf-8") as file:
            found = loads(file.read())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def nothing_new(ws: Workspace, heads: dict[str, str]) -> bool:
    """Whether the agents' branches are those that were looked at before, where they were then."""
    machine = ws.machine_settings()
    known = looked_at(ws)
    if known is None or ws.state.text("signing") or str(machine.get("sync.adopt_remotes")).strip():
        return False
    prefixes = (*agent_prefixes(ws), str(machine.get("sync.carrier_prefix")))
    own = "/" + ws.state.text("clone_id")[-10:] + SUFFIX
    return known == {name: oid for name, oid in heads.items() if name.startswith(prefixes) and not name.endswith(own)}
