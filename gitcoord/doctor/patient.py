"""What is examined: repository, local state, and the branch as git has it. Each part is opened when first asked for.

The state of the branch is always built anew in memory, so that no cache can speak for itself. Nothing is saved.
"""

from __future__ import annotations

import os

from gitcoord.store import repository
from gitcoord.store.register import Register, opened
from gitcoord.store.state import State
from gitcoord.workspace.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.cache.queries import Reader
    from gitcoord.model.entity import Entity
    from gitcoord.settings import Settings
    from gitcoord.store.objects import Commit, Objects
    from gitcoord.store.repository import Repository
    from gitcoord.workspace.ledger import Ledger

#: Seconds that the remote may take to answer here.
NETWORK = 15.0
#: Commits of the branch that are looked at one by one.
RECENT = 5000


class Patient:
    """Close it. A part that cannot be opened raises each time it is asked for."""

    def __init__(self, directory: str, *, offline: bool, agent: str | None) -> None:
        self.directory, self.offline, self.agent = directory, offline, agent
        self.environ = os.environ
        self._ws: Workspace | None = None
        self._memory: Ledger | None = None
        self._reader: Reader | None = None
        self._shown_mended = False
        self._commits: list[Commit] | None = None
        self._events: list[tuple[str, dict[str, Any]]] | None = None
        self._entities: dict[str, list[Entity]] = {}
        #: ``state.json`` as it was before anything was asked; its ``seen`` is what a rewrite is measured by.
        self.state = State("/nonexistent")
        self.remote, self.branch = "", "gitcoord-sync"
        self.took_part = False

    def open(self) -> Repository:
        """Raises NotARepository."""
        if self._ws is None:
            self._ws = Workspace(repository.find(self.directory, self.environ), environ=self.environ)
            self._ws.agent, self._ws.offline = self.agent, self.offline
            self.state = State(self._ws.repo.home)
            self.took_part = bool(self.state.text("branch"))
            machine = self._ws.machine_settings()
            self.branch = self.state.text("branch") or str(machine.get("sync.branch"))
            self.remote = self.state.text("remote")
        return self._ws.repo

    @property
    def ws(self) -> Workspace:
        self.open()
        assert self._ws is not None
        return self._ws

    @property
    def repo(self) -> Repository:
        return self.open()

    @property
    def home(self) -> str:
        return self.repo.home

    @property
    def objects(self) -> Objects:
        return self.ws.objects

    @property
    def register(self) -> Register:
        return opened(self.repo, self.remote, self.branch, self.state.text("push_url"))

    @property
    def ref(self) -> str:
        """What a person calls the branch in a git command here."""
        return f"{self.remote}/{self.branch}" if self.remote else self.branch

    @property
    def tip(self) -> str | None:
        """The commit that is examined: the newest known here, else the last one seen."""
        return self.register.known_tip() or self.state.text("seen") or None

    def choose_remote(self) -> None:
        """In a clone that took no part yet: the remote that any command would choose. Raises Ambiguous, NotFound."""
        from gitcoord.workspace import setup

        self.remote = setup.choose_remote(self.repo, str(self.ws.machine_settings().get("sync.remote")))

    def forget(self) -> None:
        """After a repair or a fetch: everything is looked at again."""
        for part in (self._ws, self._memory):
            if part is not None:
                part.close()
        remote, took_part = self.remote, self.took_part
        self._ws = self._memory = self._reader = self._commits = self._events = None
        self._entities = {}
        self.open()
        if not took_part:
            self.remote = remote

    def close(self) -> None:
        for part in (self._memory, self._ws):
            if part is not None:
                part.close()

    # The branch.

    def projection(self, commit: str, *, mended: bool = False) -> Reader:
        """The state at a commit, built from git alone. ``mended``: what people made by hand as every reader sees it."""
        from gitcoord.cache.queries import Reader
        from gitcoord.workspace.ledger import Ledger

        if self._reader is None or self._reader.commit != commit or self._shown_mended != mended:
            if self._memory is not None:
                self._memory.close()
            self._entities = {}
            self._memory = Ledger(
                self.repo, lambda: self.objects, self.ws.state, file="", key="", use_cache=False, mending=mended
            )
            self._reader, self._shown_mended = Reader(self._memory.rebuild(commit)), mended
        return self._reader

    @property
    def reader(self) -> Reader:
        from gitcoord.errors import NotInitialised

        tip = self.tip
        if tip is None:
            raise NotInitialised("The sync branch is not known here.", hint="gitcoord init")
        return self.projection(tip)

    def entities(self, kind: str) -> list[Entity]:
        reader = self.reader
        if kind not in self._entities:
            self._entities[kind] = list(reader.find(kind))
        return self._entities[kind]

    def settings(self) -> Settings:
        """Team and machine together; what cannot be read counts as empty, and is a finding elsewhere."""
        return self.ws.settings_under(self.reader.file("settings.yml") if self.tip else None)

    def commits(self) -> list[Commit]:
        """First parents of the tip, newest first, the oldest ones of a long history left out."""
        from itertools import islice

        from gitcoord.store import history

        if self._commits is None:
            tip = self.tip
            self._commits = [] if tip is None else list(islice(history.first_parents(self.objects, tip), RECENT))
        return self._commits

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """``(path, event)`` of every readable line of the journal, read from git itself."""
        from gitcoord.codec.journal import decode_lines

        if self._events is None:
            files = self.objects.walk(self.commits()[0].tree) if self.commits() else []
            wanted = [(path, oid) for path, mode, oid in files if path.startswith("journal/") and mode == "100644"]
            contents = self.objects.blobs(oid for _, oid in wanted)
            self._events = [
                (path, event)
                for (path, _), data in zip(wanted, contents, strict=True)
                for event in decode_lines(data)[0]
            ]
        return self._events
