"""One question to the remote for two needs: whether the sync branch has moved, and where the agents' branches are."""

from __future__ import annotations

from gitcoord.cache.queries import Reader
from gitcoord.sql import sqlite3
from gitcoord.store import register as replies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.settings import Settings
    from gitcoord.workspace.workspace import Workspace


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
    return ws._layered(team)
