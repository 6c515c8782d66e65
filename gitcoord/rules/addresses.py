"""Addresses of messages: what a person may write, what is stored, and who is meant when a message is read.

Stored are ``agent:<handle>``, ``human:<name>``, and groups: ``human``, ``all``, ``workers``, ``reviewers``,
``workers:<specialty>``, ``reviewers:<specialty>``, ``thread:THR-n``. A group has no list of members: who belongs to
it is decided when the message is read, among the members of the message's co-op where it has one.
"""

from __future__ import annotations

from gitcoord.model.ids import parse_alias
from gitcoord.rules.asked import Refusal, the
from gitcoord.rules.profiles import REVIEWER, WORKER, role_of, strength, strengths_of
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from gitcoord.model.entity import Entity

    class Source(Protocol):
        """A snapshot, or a reader of the projection."""

        def get(self, kind: str, id: str) -> Entity | None: ...

        def find(self, kind: str, **equals: Any) -> list[Entity]: ...

        def resolve(self, kind: str, reference: str) -> list[Entity]: ...


AGENT, HUMAN, THREAD, ALL = "agent:", "human:", "thread:", "all"
ANY_HUMAN = "human"
#: group -> the role that its members have.
ROLE_OF = {"workers": WORKER, "reviewers": REVIEWER}
GROUPS = (*ROLE_OF, ALL, ANY_HUMAN, "thread:THR-n", "workers:<specialty>", "reviewers:<specialty>")
_HINT = "gitcoord msg send --to agent:sky|workers|reviewers:backend|all|thread:THR-3|human:alex …"
_MAX_NAME, _MOST = 58, 8


def of_agent(handle: str) -> str:
    """The address of one agent. A person's handle is its address: ``human:alex``."""
    return handle if handle.startswith(HUMAN) else AGENT + handle


def is_group(address: str) -> bool:
    return not address.startswith((AGENT, HUMAN))


def canonical(source: Source, text: str) -> str:
    """The address that is stored for what somebody wrote.

    Raises:
        Refusal: ``not-found`` and ``ambiguous`` with candidates for a name, ``invalid-arguments`` for a group.
    """
    word = one_line(text)
    if not word.removeprefix(AGENT).strip("@ "):
        raise Refusal("invalid-arguments", "An address is empty.", _HINT)
    return _group(source, word) or of_agent(_agent(source, word))


def _group(source: Source, word: str) -> str:
    head, colon, rest = (part.strip() for part in word.partition(":"))
    head = head.lower()
    known = parse_alias(word)
    if (head == "thread" and colon) or (known is not None and known[0] == "thread"):
        thread = the(source, "thread", rest or word)  # type: ignore[arg-type]
        return THREAD + (thread.alias or thread.id)
    if head in ROLE_OF:
        return f"{head}:{strength(rest)}" if colon else head
    if head == ANY_HUMAN:
        return _human(source, rest) if colon else ANY_HUMAN
    return ALL if head == ALL and not colon else ""


def _human(source: Source, name: str) -> str:
    """Nobody needs to be known to be written to; a known person keeps the spelling of the handle."""
    if not name or len(name) > _MAX_NAME or any(letter.isspace() for letter in name):
        raise Refusal("invalid-arguments", f"human:{one_line(name, 60)} names no person.", _HINT)
    address = HUMAN + name
    known = [each.name for each in source.find("agent") if same(each.name, address)]
    return address if address in known or len(known) != 1 else known[0]


def _agent(source: Source, word: str) -> str:
    """The handle of the one agent that is called so: by handle, id or its beginning, else by visible name."""
    named = word[len(AGENT) :].strip() if word.startswith(AGENT) else word.removeprefix("@")
    for text in dict.fromkeys((named, word)):
        found = source.resolve("agent", text) if text else []
        if len(found) == 1:
            return found[0].name
        if found:
            raise _ambiguous(word, [each.name for each in found])
    names = _called(source, named)
    if len(names) == 1:
        return names[0]
    if names:
        raise _ambiguous(word, names)
    raise _unknown(source, word, named)


def _called(source: Source, named: str) -> list[str]:
    """Handles of the agents with this visible name. Those that are at work now come before those that have left."""
    live: dict[str, set[str]] = {}
    for each in source.find("session", state="active"):
        visible = str(each.get("name") or "")
        live.setdefault(str(each.get("agent")), set()).update((folded(visible), folded(visible.partition(" ")[0])))
    wanted = folded(named)
    found = {
        each.name
        for each in source.find("agent")
        if wanted in (folded(each.name), folded(str(each.get("display") or ""))) or wanted in live.get(each.name, ())
    }
    present = found & set(live)
    return sorted(present or found)


def folded(name: str) -> str:
    """A name as it is compared: without case, however its letters were composed."""
    if name.isascii():
        return name.lower()
    import unicodedata

    return unicodedata.normalize("NFKC", name).casefold()


def same(one: str, other: str) -> bool:
    return one == other or folded(one) == folded(other)


def _ambiguous(word: str, names: list[str]) -> Refusal:
    shown = ", ".join(one_line(each, 64) for each in names[:_MOST])
    return Refusal(
        "ambiguous", f"{one_line(word, 60)} may be {len(names)} agents: {shown}.",
        f"gitcoord msg send --to agent:{one_line(names[0], 64)} …", candidates=names[:_MOST],
    )  # fmt: skip


def _unknown(source: Source, word: str, named: str) -> Refusal:
    from gitcoord.text import nearest

    if ":" in word and not word.startswith((AGENT, "@")):
        groups = ", ".join(GROUPS)
        return Refusal("invalid-arguments", f"There is no group {one_line(word, 60)}. Groups: {groups}.", _HINT)
    agents = source.find("agent")
    spelled = {name: each.name for each in agents for name in (each.name, str(each.get("display") or each.name))}
    words = nearest(named, [*spelled, *ROLE_OF, ALL])
    near = list(dict.fromkeys(spelled.get(each, each) for each in words)) or [each.name for each in agents[-3:]]
    said = f" Near: {', '.join(one_line(each, 64) for each in near)}." if near else ""
    return Refusal("not-found", f"There is no agent {one_line(word, 60)}.{said}", "gitcoord status", candidates=near)


class Addressee:
    """Somebody who reads: which addresses mean this agent. Asks the state only for what an address needs."""

    def __init__(self, source: Source, handle: str, agent_id: str) -> None:
        self.handle, self.address, self.agent_id = handle, of_agent(handle), agent_id
        self._source = source
        self._sessions: list[Entity] | None = None
        self._agent: Entity | None = None
        self._looked = False

    @property
    def is_human(self) -> bool:
        return self.handle.startswith(HUMAN)

    @property
    def agent(self) -> Entity | None:
        if not self._looked:
            self._agent, self._looked = self._source.get("agent", self.agent_id), True
        return self._agent

    @property
    def sessions(self) -> list[Entity]:
        if self._sessions is None:
            self._sessions = self._source.find("session", agent_id=self.agent_id, state="active")
        return self._sessions

    def is_for(self, message: Entity) -> bool:
        """Whether a message is addressed to this agent, by name or by a group that it belongs to."""
        return any(self._meant(str(each), message) for each in message.get("to", []))

    def has_acked(self, message: Entity) -> bool:
        return self.handle in message.get("acked_by", [])

    def _meant(self, address: str, message: Entity) -> bool:
        if address == self.address or (self.is_human and same(address, self.address)):
            return True
        if not is_group(address) or message.get("agent_id") == self.agent_id:
            return False  # nobody writes to himself by naming a group that he is in
        if address == ANY_HUMAN:
            return self.is_human
        if address.startswith(THREAD):
            return self._takes_part(address[len(THREAD) :])
        coop = message.get("coop")
        if coop and not any(each.get("coop") == coop for each in self.sessions):
            return False
        return address == ALL or self._in_role(address)

    def _in_role(self, address: str) -> bool:
        group, colon, specialty = address.partition(":")
        if self.is_human and (self.agent is None or not self.agent.get("role")):
            return False  # a person belongs to these groups only after taking a role
        fits = role_of(self.agent) == ROLE_OF.get(group)
        return fits and (not colon or specialty in strengths_of(self.agent))

    def _takes_part(self, reference: str) -> bool:
        found = self._source.resolve("thread", reference)
        named = set(found[0].get("participants", [])) if len(found) == 1 else set()
        mine = {self.handle, self.address, self.agent_id, *(each.id for each in self.sessions)}
        return bool(named & mine)

    def words(self) -> list[str]:
        """Texts of which the stored form of any message to this agent has at least one: for a search."""
        quoted = self.address.replace("\\", "\\\\").replace('"', '\\"')
        words = [f'"{quoted}"', f'"{ALL}"', f'"{THREAD}']
        words += [f'"{group}' for group, role in ROLE_OF.items() if role == role_of(self.agent)]
        return [*words, f'"{ANY_HUMAN}"', f'"{HUMAN}'] if self.is_human else words
