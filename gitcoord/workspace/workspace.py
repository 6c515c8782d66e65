"""The workspace of one command: what it knows, how fresh that is, and how it writes.

It translates nothing and prints nothing; every action takes one.
"""

from __future__ import annotations

import os
import time

from gitcoord import clock
from gitcoord.cache.local import Local
from gitcoord.cache.queries import Reader
from gitcoord.errors import HistoryRewritten, NeedsRepair, Unreachable, from_refusal
from gitcoord.store import register as replies
from gitcoord.store import repository
from gitcoord.store.state import State
from gitcoord.workspace import identity as identities
from gitcoord.workspace import layers
from gitcoord.workspace.ledger import Ledger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from gitcoord.settings import Settings
    from gitcoord.store.objects import Objects
    from gitcoord.store.outbox import Outbox
    from gitcoord.store.register import Register
    from gitcoord.workspace.identity import Identity


_AWAITED, _NEVER = 0.0, 1e9


class Workspace:
    """Use :meth:`open`. Close it, or use it in a ``with``."""

    def __init__(self, repo: repository.Repository, *, environ: Mapping[str, str]) -> None:
        self.repo = repo
        self.environ = environ
        self.state = State(repo.home)
        self.agent: str | None = None
        self.offline = self.fresh = False
        self.use_cache = True
        self.timeout: float | None = None
        self.key = ""
        self.at: str | None = None
        self._started = time.monotonic()
        self._settings: Settings | None = None
        self._layers = layers.Layers(repo.home, environ, self._say)
        #: What is set on this machine and cannot be used: every command says so, and goes on.
        self.slips: list[str] = []
        self._ledger: Ledger | None = None
        self._objects: Objects | None = None
        self._register: Register | None = None
        self._local: Local | None = None
        self._reader: Reader | None = None
        self.note = ""
        self._looked = self._counts_waiting = False
        self.written = self.published = False
        self._at_instant: float | None = None
        #: Whether a write leaves out what looks like a token instead of being refused: nobody is there to repeat it.
        self.leaves_out = False
        self.known_agent = ""
        #: Whether whoever asked has gone away: a command that waits then ends as if it had been interrupted.
        self.stopped: Callable[[], bool] = _never

    @classmethod
    def open(
        cls,
        directory: str = ".",
        *,
        agent: str | None = None,
        offline: bool = False,
        fresh: bool = False,
        timeout: float | None = None,
        key: str | None = None,
        at: str | None = None,
        use_cache: bool = True,
        environ: Mapping[str, str] | None = None,
    ) -> Workspace:
        """The workspace of the repository that holds ``directory``.

        Raises:
            NotARepository, NotInitialised, Unreachable: as their names say.
        """
        env = os.environ if environ is None else environ
        self = cls(repository.find(directory, env), environ=env)
        self.agent, self.offline, self.fresh, self.timeout = agent, offline, fresh, timeout
        self.key, self.at, self.use_cache = key or "", at, use_cache
        if not self.state.text("branch"):
            self._adopt()
        return self

    @classmethod
    def reading(cls, repo: repository.Repository, environ: Mapping[str, str]) -> Workspace:
        """For a repository that nobody need have initialised: offline, nothing is written. Goes with :meth:`read_at`."""
        self = cls(repo, environ=environ)
        self.offline, self.use_cache = True, False
        return self

    def read_at(self, tip: str) -> Reader:
        """Every answer shows the state at this commit of the sync branch, from memory."""
        self._reader = Reader(self.ledger.bring(tip, past=True), observed=self.ledger.observed())
        self._reader.fold_case(self.settings.get("claims.fold_case"))
        return self._reader

    def without_cache(self) -> bool:
        """Answer from git instead of a cache that failed; False when that is what was done already."""
        if self._ledger is None or self._ledger.in_memory:
            return False
        self._ledger.abandon()
        self._reader = self._settings = None
        return True

    def _adopt(self) -> None:
        from gitcoord.workspace import setup

        settings = self.machine_settings()
        setup.adopt(
            self.repo, self.state, settings.get("sync.remote"), settings.get("sync.branch"),
            offline=self.offline, deadline=self.network_deadline(),
        )  # fmt: skip

    def close(self) -> None:
        for part in (self._ledger, self._objects, self._local):
            if part is not None:
                part.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Parts, each made when first asked for.

    @property
    def register(self) -> Register:
        if self._register is None:
            self._register = replies.opened(
                self.repo, self.state.text("remote"), self.state.text("branch"), self.state.text("push_url")
            )
        return self._register

    @property
    def objects(self) -> Objects:
        if self._objects is None:
            from gitcoord.store.objects import Objects

            self._objects = Objects(self.repo.git, self.repo.oid_length)
            self._objects.get_left_out = self._get_left_out
        return self._objects

    def _get_left_out(self, names: list[str]) -> bool:
        from gitcoord.workspace.partial import get_left_out

        return get_left_out(self, names)

    @property
    def outbox(self) -> Outbox:
        from gitcoord.store.outbox import Outbox

        return Outbox(self.repo.home + "/outbox")

    @property
    def local(self) -> Local:
        if self._local is None:
            self._local = Local(self.repo.home + "/local.db")
        return self._local

    @property
    def ledger(self) -> Ledger:
        if self._ledger is None:
            key = f"{self.state.text('repo_id')} {self.state.text('branch')} {self.state.text('remote')}"
            self._ledger = Ledger(
                self.repo, lambda: self.objects, self.state, file=self.repo.home + "/cache.db", key=key,
                use_cache=self.use_cache and self.at is None,
            )  # fmt: skip
            self._ledger.strict_here = lambda: bool(self.machine_settings().get("signing.mode") == "strict")
        return self._ledger

    def machine_settings(self) -> Settings:
        """Settings of this machine alone: what can be known before the branch is read."""
        found = self._layers.of_machine()
        self.slips = [*self._layers.unread, *found.slips()]
        return found

    @property
    def settings_if_known(self) -> Settings | None:
        """Those that the command has needed anyway."""
        return self._settings

    @property
    def settings(self) -> Settings:
        """Team settings from the branch, then this machine's file, then the environment."""
        if self._settings is None:
            self._settings = self.settings_under(self.reader().file(layers.TEAM))
        return self._settings

    def settings_under(self, team: bytes | None) -> Settings:
        """Those that count when this is the team's file."""
        return self._layers.all(team)

    def settings_of(self, snapshot: Any) -> Settings:
        """The settings that a decision on this snapshot obeys."""
        return self.settings_under(snapshot.file(layers.TEAM))

    def team_settings(self, text: bytes | None) -> Settings:
        """What the team's file alone says: for what must be the same on every machine."""
        return self._layers.of_team(text)

    def _say(self, note: str) -> None:
        self.note = note

    def network_deadline(self) -> float:
        """Seconds that one git command may take on the network."""
        limit = float(self.machine_settings().get("sync.network_deadline"))
        return min(limit, self.timeout) if self.timeout else limit

    def now(self) -> float:
        """The wall clock, or the moment that ``--at`` names."""
        if self.at is not None:
            self.reader()
            if self._at_instant is not None:
                return self._at_instant
        return clock.now()

    # Reading.

    @property
    def tip(self) -> str:
        tip = self.register.known_tip()
        if tip is None:
            self.refresh(required=True)
            tip = self.register.known_tip()
        if tip is None:
            raise NeedsRepair("The sync branch is not known here.", hint="gitcoord init")
        return tip

    def age(self) -> float | None:
        """Seconds since the register was last seen, or None; a local register is always current."""
        if not self.register.name:
            return 0.0
        if self.state.text("boot") == clock.boot_id() and self.state.number("fetched_elapsed"):
            return max(0.0, clock.elapsed() - self.state.number("fetched_elapsed"))
        fetched = self.state.number("fetched_at")
        return max(0.0, clock.now() - fetched) if fetched else None

    def refresh(
        self, *, required: bool = False, deadline: float | None = None, ask: Callable[[float], replies.Reply] | None = None
    ) -> bool:
        """Fetch the register; False (and a note in :meth:`as_of`) when it could not be reached. ``ask`` fetches another way.

        Raises:
            Unreachable: ``required`` and it could not be reached.
            HistoryRewritten: the branch on the remote is gone or rewritten.
        """
        if not self.register.name:
            return True
        if self.offline:
            if required:
                raise Unreachable("--offline: the remote was not asked.", hint="gitcoord sync")
            return False
        from gitcoord.workspace.fetching import fetch

        reply = fetch(self, deadline or self.network_deadline(), ask or self.register.fetch)
        if reply.kind == replies.LANDED:
            self.ledger.fetched()
            return True
        if reply.kind in (replies.REWRITTEN, replies.ABSENT) and self.state.text("seen"):
            self.note = "the sync branch on the remote is gone or was rewritten: gitcoord doctor"
            if required:
                raise HistoryRewritten("The sync branch on the remote is gone or was rewritten.", hint="gitcoord doctor")
            return False
        self.note = f"the remote could not be reached: {reply.detail[:120]}"
        if required:
            raise Unreachable(f"The remote could not be reached: {reply.detail[:200]}", hint="gitcoord sync")
        return False

    def make_home(self) -> None:
        """The folders that whoever writes here needs, as far as this machine lets us make them."""
        try:
            for folder in ("", "/locks", "/outbox", "/log"):
                os.makedirs(self.repo.home + folder, mode=0o700, exist_ok=True)
        except OSError:
            pass

    def reader(self, deadline: float | None = None) -> Reader:
        """The state to answer from: refreshed when it is old, and at ``--at`` when that was given."""
        if self._reader is None:
            self._refresh_if_old(deadline)
            tip = self.tip
            if self.at is not None:
                from gitcoord.workspace.past import moment

                tip, self._at_instant = moment(self.objects, tip, self.at)
            try:
                connection = self.ledger.bring(tip, past=self.at is not None)
            except HistoryRewritten:
                self.note = "the sync branch was rewritten: gitcoord doctor"
                connection = self.ledger.bring(self.state.text("seen"), past=True)
            self._reader = Reader(connection, observed=self.ledger.observed())
            if self._counts_waiting:
                from gitcoord.workspace.waiting import counted_in

                self._reader = counted_in(self, tip)
            self._reader.fold_case(self.settings.get("claims.fold_case"))
            if self.at is None and _has_files(self.repo.home + "/outbox"):
                self._settle_seen(self._reader)
        return self._reader

    def _awaited(self) -> float:
        """While somebody else is to land what was written here, knowledge that is this old is asked for again."""
        if not _has_files(self.repo.home + "/outbox"):
            return _NEVER
        from gitcoord.workspace import transport

        return _AWAITED if transport.restricted(self) else _NEVER

    def _settle_seen(self, reader: Reader) -> None:
        """Whoever may not push learns by reading what became of what it wrote."""
        from gitcoord.workspace import transport

        if transport.restricted(self):
            from gitcoord.workspace.settling import settle_seen

            settle_seen(self, reader)

    def _refresh_if_old(self, deadline: float | None) -> None:
        if self.fresh:
            self.refresh(required=True)
            return
        if self.offline:
            return
        age = self.age()
        machine = self.machine_settings()
        if age is None or age > min(machine.get("sync.max_age"), self._awaited()):
            self.refresh(deadline=deadline or float(machine.get("sync.read_deadline")))

    def look_again(self) -> bool:
        """Before a "there is none" is said: fetch, unless that was just done. True when the state is newer now."""
        if self.offline or self.at is not None or not self.register.name or self._looked:
            return False
        self._looked = True
        before = self.register.known_tip()
        if not self.refresh() or self.register.known_tip() == before:
            return False
        self._reader = None
        return True

    def count_waiting(self) -> bool:
        """From now on what waits here counts, provisionally. False when nothing does, or it was counted in already."""
        if self._counts_waiting or self.written or self.at is not None or not self.outbox_state()["pending"]:
            return False
        self._counts_waiting = True
        self._reader = None
        self.note = "with what waits here and is not on the sync branch"
        return True

    def forget(self) -> None:
        """Something was written or fetched: the next answer looks at what is known then."""
        self._reader = self._settings = None

    @property
    def reader_if_known(self) -> Reader | None:
        """The state that the command has looked at anyway."""
        return self._reader

    def again(self, max_age: float | None = None) -> None:
        """The next reader shows what is known then. The register is asked when that is older than ``max_age`` seconds,
        by whichever process of this clone."""
        self.state.values = State(self.repo.home).values
        self._reader = None
        if max_age is not None and not self.offline:
            age = self.age()
            if age is None or age >= max_age:
                self.refresh()

    def stale_note(self) -> str:
        """Why what is known here may be old; empty when it is fresh enough."""
        self.reader()
        age = self.age()
        limit = self.machine_settings().get("sync.max_age")
        if age is not None and age <= limit:
            return ""
        since = "never fetched" if age is None else f"{int(age)} s old"
        return f"what is known here is {since}; {self.note or 'the remote was not asked'}"

    def as_of(self) -> dict[str, Any]:
        """What an answer rests on: revision, commit, when that was current, and a note when it is not."""
        reader = self.reader()
        age = self.age()
        known: dict[str, Any] = {
            "revision": reader.revision,
            "commit": reader.commit,
            "fetched_at": clock.rfc3339(self.state.number("fetched_at")) if self.state.number("fetched_at") else None,
            "age_seconds": None if age is None else int(age),
        }
        if self.note:
            known["note"] = self.note
        return known

    # Identity.

    @property
    def place(self) -> str:
        """The worktree to which a binding belongs."""
        return self.repo.worktree or self.repo.common_dir

    def identity(self) -> Identity:
        """Who acts here (raises NotJoined, Ambiguous). An agent that the branch knows keeps its id."""
        found = identities.resolve(self.local, self.place, self.agent, self.environ, clock.now())
        if not found.bound or self.reader().get("agent", found.agent_id) is None:
            known = self.reader().find("agent", handle=found.agent)
            if known:
                found.agent_id = known[0].id
        self.known_agent = found.agent
        return found

    def actor(self, identity: Identity) -> dict[str, str]:
        """The actor of an intent. Who is told once as the author of a session's commits is not asked for again."""
        known = self.reader().get("session", identity.session_id)
        author = "" if known is not None and known.get("author_id") else identities.author_id(self.repo, self.environ)
        clone = self.state.text("clone_id")
        return self._told_of(identities.actor(identity, self.environ, self.place, self.repo.head()[0], clone, author))

    def _told_of(self, actor: dict[str, str]) -> dict[str, str]:
        """Names of branches and folders were not written for the team, and go with every write."""
        from gitcoord.workspace import scan

        places = {name: actor[name] for name in ("branch", "worktree")}
        return {**actor, **scan.cleaned(self, places)[0]}

    def who(self) -> dict[str, set[str]]:
        """Every agent and session that acts in this worktree: what a push from here belongs to."""
        named = self.agent or self.environ.get("GITCOORD_AGENT", "")
        bindings = [b for b in self.local.bindings(self.place) if not named or b["agent"] == named]
        agents = {b["agent_id"] for b in bindings}
        sessions = {b["session_id"] for b in bindings}
        if named and not agents:
            agents = {each.id for each in self.reader().find("agent", handle=named)}
        pinned = identities.pinned_session(self.environ)
        return {"agents": agents, "sessions": sessions | ({pinned} if pinned else set())}

    # Writing.

    def submit(
        self,
        kind: str,
        args: dict[str, Any],
        ids: int | list[str] = 0,
        *,
        coop: str | None = None,
        expected_revision: int | None = None,
        identity: Identity | None = None,
    ) -> dict[str, Any]:
        """Write an intent and land it. Returns the write object of protocol section 6.

        ``state`` is ``confirmed`` (it is on the register) or ``provisional`` (durable here, exit 6).

        Raises:
            GitcoordError: the refusal, once it is known to rest on the current tip.
        """
        from gitcoord.workspace.submission import submit

        return submit(
            self, kind, args, ids, coop=coop, expected_revision=expected_revision, identity=identity or self.identity()
        )

    def outbox_state(self) -> dict[str, int]:
        """``pending``: intents not yet on the register; ``contested``: those that lost when they landed."""
        if not _has_files(self.repo.home + "/outbox"):
            return {"pending": 0, "contested": 0}
        lost = [o for _, o in self.outbox.uncollected() if _has_lost(o)]
        return {"pending": self.outbox.count(), "contested": len(lost)}

    def git(self, *args: str, deadline: float = 20.0) -> str:
        """What git says here about the user's own branches and files; raises GitFailed."""
        result = self.repo.work_git.run(args, deadline=deadline)
        return result.out.decode("utf-8", "surrogateescape").rstrip("\n")

    def new_ids(self, count: int) -> list[str]:
        from gitcoord.model.ids import new_ulid

        now = clock.now()
        return [new_ulid(now) for _ in range(count)]

    def refusal(self, denied: dict[str, Any]) -> Exception:
        return from_refusal(denied["code"], denied["message"], denied.get("hint", ""), denied.get("details") or {})


def _has_lost(outcome: dict[str, Any]) -> bool:
    """Contested, or refused after it had been reported as provisional."""
    refused = "denied" in outcome and outcome.get("was_provisional")
    return bool(refused) or (outcome.get("ok") or {}).get("outcome") == "contested"


def _never() -> bool:
    return False


def _has_files(folder: str) -> bool:
    try:
        return bool(os.listdir(folder))
    except OSError:
        return False
