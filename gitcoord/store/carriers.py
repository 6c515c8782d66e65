"""Carriers: a branch of each clone's own on which its intents wait, in plain sight of whoever lands next.

Nobody else writes that branch, so publishing there never contends. A carrier's tree holds
``outbox/<ULID>.json`` and nothing else; its commits only ever move forward, and it is never deleted.
What is read from a carrier is foreign: capped, parsed, and decided like any other intent.
"""

from __future__ import annotations

from gitcoord import clock
from gitcoord.errors import NeedsRepair
from gitcoord.hashes import sha256
from gitcoord.model.ids import is_ulid
from gitcoord.model.intent import Intent
from gitcoord.store import register as replies
from gitcoord.store.register import RemoteRegister
from gitcoord.store.writer import write_commit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.store.git import Git
    from gitcoord.store.objects import Objects

HERE = "refs/gitcoord/carriers/"
#: Where this clone looks up a branch of its own that is not where it left it.
OWN = "refs/gitcoord/own-carrier"
#: At most so many intents of one carrier are looked at, each of at most so many bytes.
MAX_INTENTS = 200
MAX_BYTES = 64 * 1024
#: A parked intent older than this, in seconds, is its writer's own affair.
MAX_AGE = 15 * 60


class Carriers:
    """The carriers of one register, as last fetched."""

    def __init__(self, git: Git, objects: Objects, register: RemoteRegister, clone_id: str, prefix: str) -> None:
        self._git, self._objects, self._register = git, objects, register
        self._prefix = prefix
        self.mine = f"{clone_id[-10:]}-gitcoord"
        self._heads: dict[str, str] = {}

    @property
    def refspec(self) -> str:
        return f"+refs/heads/{self._prefix}*:{HERE}*"

    def load(self) -> None:
        """Take up what the last fetch brought."""
        listed = self._git.run(["for-each-ref", "--format=%(objectname) %(refname)", HERE], check=False)
        self._heads = {}
        for line in listed.out.decode("utf-8", "replace").splitlines():
            oid, _, name = line.partition(" ")
            if not name.endswith("-gitcoord"):
                continue
            self._heads[name.removeprefix(HERE)] = oid

    def park(self, intents: list[Intent], deadline: float) -> bool:
        """Publish these intents, in place of what stood there before."""
        parent = self._heads.get(self.mine, "")
        files = {f"outbox/{each.id}.json": each.to_json().encode() for each in intents}
        message = f"{len(files)} intents wait to be landed [skip ci]\n"
        at = int(clock.now())
        commit = write_commit(
            self._git, parent=parent, files=files, message=message, author="gitcoord", at=at, nonce=f"c-{self.mine}",
            only=True,
        )  # fmt: skip
        reply = self._register.push_carrier(commit, f"refs/heads/{self._prefix}{self.mine}", deadline)
        if reply.kind == replies.LANDED:
            self._heads[self.mine] = commit
        return reply.kind == replies.LANDED

    def publish(self, intents: list[Intent], branch: str, head: str, deadline: float) -> tuple[replies.Reply, str]:
        """Put these intents on a branch of this clone, in place of what stood there; ``head``: where it was left.

        Returns how it ended, and where the branch stands now.
        """
        ref = f"refs/heads/{branch}"
        reply, commit = self._published(intents, ref, head, deadline)
        if reply.kind == replies.LOST_RACE:  # what this clone knew of its branch was lost, or its last answer was
            found = self._register.fetch_ref(ref, OWN, deadline)
            reply, commit = self._published(intents, ref, found, deadline) if found else (reply, head)
        return reply, commit if reply.kind == replies.LANDED else head

    def _published(self, intents: list[Intent], ref: str, head: str, deadline: float) -> tuple[replies.Reply, str]:
        files = {f"outbox/{each.id}.json": each.to_json().encode() for each in intents}
        message = f"{len(files)} intents wait to be adopted [skip ci]\n"
        commit = write_commit(
            self._git, parent=head, files=files, message=message, author="gitcoord", at=int(clock.now()),
            nonce=f"p-{self.mine}", only=True,
        )  # fmt: skip
        return self._register.push_carrier(commit, ref, deadline), commit

    def waiting(self) -> dict[str, list[Intent]]:
        """Recent intents by carrier, those of this clone excepted."""
        found = {}
        for name, oid in self._heads.items():
            if name != self.mine:
                intents = self._intents(oid)
                if intents:
                    found[name] = intents
        return found

    def _intents(self, oid: str) -> list[Intent]:
        try:
            commit = self._objects.commit(oid)
            if commit.at < clock.now() - MAX_AGE:
                return []
            files = self._objects.walk(commit.tree)[:MAX_INTENTS]
        except NeedsRepair:
            return []
        intents = []
        for path, mode, blob in files:
            name = path.removeprefix("outbox/").removesuffix(".json")
            if mode != "100644" or not is_ulid(name):
                continue
            found = self._objects.read(blob)
            if found is None or len(found[1]) > MAX_BYTES:
                continue
            try:
                intent = foreign(found[1])
            except ValueError:
                continue
            if intent.id == name and intent.at <= clock.now() + 60:
                intents.append(intent)
        return intents


def foreign(text: bytes) -> Intent:
    """An intent that somebody else wrote, less what only whoever lands it may say. Raises ValueError for what is none."""
    try:
        intent = Intent.from_json(text)
        usable = isinstance(intent.id, str) and isinstance(intent.kind, str) and isinstance(intent.key, str)
        if not usable or not isinstance(intent.at, (int, float)) or intent.at - intent.at != 0:
            raise ValueError("not an intent")
        if intent.key != intent.id and is_ulid(intent.key):  # it would stand for somebody else's intent
            raise ValueError("its key is the id of another intent")
        intent.actor = {name: value for name, value in intent.actor.items() if name != "via"}
        intent.args = {name: value for name, value in intent.args.items() if not name.startswith("_")}
    except (KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise ValueError("not an intent") from problem
    return intent


def rank(tip: str, mine: str, waiting: list[str]) -> int:
    """Whose turn it is to land on this tip: the same order for everybody who sees the same carriers.

    It changes with the tip, so that nobody is first for ever.
    """

    def key(name: str) -> str:
        return sha256(f"{tip} {name}".encode()).hexdigest()

    return sorted({*waiting, mine}, key=key).index(mine)
