"""The mailbox: send, receive, acknowledge, reply, close. Delivered at least once: what is not acknowledged is shown again.

Nothing is written by reading; the only receipts on the branch are acknowledgements.
"""

from __future__ import annotations

from gitcoord.actions.references import one
from gitcoord.errors import CapExceeded, InvalidArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from gitcoord.cache.queries import Reader
    from gitcoord.model.entity import Entity
    from gitcoord.rules.addresses import Addressee
    from gitcoord.workspace import Workspace
    from gitcoord.workspace.identity import Identity

#: Bytes of one text (``rules/intents.py`` refuses more, on every machine).
MAX_BYTES = 32 * 1024
#: No budget shows more than this in ``read``; nor a text longer than this in a list.
MOST, _SHORT = 24, 400
_SWEPT = 20


def send(
    ws: Workspace, to: list[str], text: str, *, thread: str | None = None, task: str | None = None, question: bool = False
) -> dict[str, Any]:
    """Write to names and groups. Without an address, to the participants of the thread."""
    said = checked(text, 'gitcoord msg send --to sky "the tokens are done"')
    args: dict[str, Any] = {"text": said, "coop": ws.identity().coop, "question": question}
    args["thread"] = one(ws, thread, "thread").id if thread else ""
    args["task"] = one(ws, task, "task").id if task else ""
    if not to and not thread:
        raise InvalidArguments("A message is addressed to somebody.", hint="gitcoord msg send --to sky …")
    args["to"] = list(dict.fromkeys(resolved(ws, each) for each in to or [f"thread:{thread}"]))
    args["_overdue"] = [each.id for each in _overdue(ws)]
    empty = _without_readers(ws, args["to"], args["coop"])
    result = ws.submit("msg.send", args, 1)
    return {**result, "warnings": [*result.get("warnings", []), *empty]} if empty else result


def _without_readers(ws: Workspace, to: list[str], coop: str) -> list[str]:
    """A warning for each group to which nobody else belongs now. Somebody who joins later reads it all the same."""
    from gitcoord.model.entity import Entity
    from gitcoord.rules.addresses import ALL, ROLE_OF, Addressee

    groups = [each for each in to if each == ALL or each.partition(":")[0] in ROLE_OF]
    if not groups:
        return []
    reader, me = ws.reader(), ws.identity().agent_id
    everybody = [Addressee(reader, each.name, each.id) for each in reader.find("agent")]
    found = []
    for group in groups:
        message = Entity("message", {"to": [group], "coop": coop, "agent_id": me})
        if not any(each.is_for(message) for each in everybody):
            found.append(f"nobody else is in {group} now" if group != "all" else "nobody else is here to read it yet")
    return found


def checked(text: str, hint: str) -> str:
    """The text as it is sent: clean. Raises before anything is written to the outbox for what would be refused later."""
    from gitcoord.text import clean, one_line

    size = len(text.encode("utf-8", "replace"))
    if size > MAX_BYTES:
        raise CapExceeded(
            f"A message has at most {MAX_BYTES // 1024} KiB; this one has {size // 1024} or more.",
            hint="Put it into a file of a branch, and send its name.",
        )
    if not one_line(text):
        raise InvalidArguments("A message needs words.", hint=hint)
    return clean(text)


def resolved(ws: Workspace, text: str) -> str:
    """The address that is stored for what was written; looks at the remote before it says that there is none.

    Raises:
        NotFound, Ambiguous, InvalidArguments: with candidates; see ``rules/addresses.py``.
    """
    from gitcoord.errors import from_refusal
    from gitcoord.rules.addresses import canonical
    from gitcoord.rules.asked import Refusal

    try:
        return canonical(ws.reader(), text)
    except Refusal as refusal:
        if refusal.code == "not-found" and ws.look_again():
            return resolved(ws, text)
        raise from_refusal(refusal.code, refusal.message, refusal.hint, refusal.details) from None


# Receiving.


def acting(ws: Workspace, me: str | None) -> Identity:
    """Who reads: whoever acts here, or whom ``--me`` names. A person who is named acts once, and is bound nowhere."""
    if not me:
        return ws.identity()
    address = resolved(ws, me if me.startswith(("agent:", "human:", "@")) else "agent:" + me)
    handle = address.removeprefix("agent:")
    ws.agent = handle
    found = ws.identity()
    if handle.startswith("human:") and not found.bound:
        from gitcoord.model.ids import derived_ulid

        found.session_id, found.bound = derived_ulid("mailbox", handle), True
    return found


def recv(ws: Workspace, me: Identity, *, limit: int | None = None) -> dict[str, Any]:
    """What is addressed to me and not acknowledged by me, oldest first."""
    waiting = list(waiting_for(ws, me))
    if not waiting and ws.look_again():
        waiting = list(waiting_for(ws, me))
    return {"messages": [brief(each) for each in waiting[:limit]], "totals": {"messages": len(waiting)}, "as_of": ws.as_of()}


def for_me(ws: Workspace, reader: Reader, who: Identity) -> list[dict[str, Any]]:
    """What ``read`` tells its reader: questions to me until they are answered, then what I have not acknowledged.

    Costs one question to the index of what is open, and no import, when there is no mail for anybody.
    """
    if not reader.find("message", state="open", limit=1):
        return []
    found = []
    for each in _addressed(ws, reader, who):
        found.append(_line(each))
        if len(found) == 10 * MOST:
            break
    found.sort(key=lambda each: not each.get("question"))
    return found[:MOST]


def _line(message: Entity) -> dict[str, Any]:
    told = {"id": message.id, "alias": message.name, "from": message.get("agent"), "title": message.get("title")}
    told["since"] = message.get("created_at")
    return {**told, "question": True} if message.get("question") else told


def waiting_for(ws: Workspace, me: Identity) -> Iterator[Entity]:
    return (each for each in _addressed(ws, ws.reader(), me) if me.agent not in each.get("acked_by", []))


def _addressed(ws: Workspace, reader: Reader, who: Identity) -> Iterator[Entity]:
    """Open messages to somebody: what was not acknowledged, and every question."""
    from gitcoord.rules.addresses import Addressee
    from gitcoord.rules.messages import is_overdue

    me: Addressee = Addressee(reader, who.agent, who.agent_id)
    now, keep = ws.now(), float(ws.settings.get("messages.keep"))
    for each in reader.mail(me.words(), who.agent):
        if me.is_for(each) and not is_overdue(each, now, keep):
            yield each


def brief(message: Entity) -> dict[str, Any]:
    """A message in a list. A long text is left to ``msg show``, and its length is told."""
    names = ("id", "alias", "state", "to", "title", "thread", "task", "reply_to", "answered_by", "answer", "acked_by")
    told = {name: message.values[name] for name in names if message.get(name)}
    told.update({"from": message.get("agent"), "since": message.get("created_at")})
    if message.get("question"):
        told["question"] = True
    if message.body:
        told["lines"] = message.body.count("\n") + 1
        if len(message.body) <= _SHORT:
            told["body"] = message.body
        else:
            told["body_bytes"] = len(message.body.encode())
    return told


# Taking, answering, closing.


def ack(ws: Workspace, references: list[str], identity: Identity | None = None) -> dict[str, Any]:
    """Take messages: they are not shown to me again. Twice is once."""
    ids = list(dict.fromkeys(one(ws, each, "message").id for each in references))
    return ws.submit("msg.ack", {"messages": ids}, identity=identity)


def reply(ws: Workspace, reference: str, text: str, identity: Identity | None = None) -> dict[str, Any]:
    """Write back to the sender; that takes the message, and answers it when it is a question."""
    said = checked(text, 'gitcoord msg reply MSG-3 "port 8080"')
    message = one(ws, reference, "message")
    return ws.submit("msg.reply", {"message": message.id, "text": said}, 1, identity=identity)


def close(ws: Workspace, references: list[str]) -> dict[str, Any]:
    """Say that messages wait for nobody any more."""
    return ws.submit("msg.close", {"messages": [one(ws, each, "message").id for each in references]})


def _overdue(ws: Workspace) -> list[Entity]:
    """Old messages to groups that a sender closes on the way: a few at a time is enough."""
    from itertools import islice

    from gitcoord.rules.addresses import GROUPS
    from gitcoord.rules.messages import is_overdue

    words = [f'"{group.partition("<")[0].partition("THR")[0]}' for group in GROUPS]
    now, keep = ws.now(), float(ws.settings.get("messages.keep"))
    candidates = islice(ws.reader().mail(words), 10 * _SWEPT)
    return [each for each in candidates if is_overdue(each, now, keep)][:_SWEPT]


# Looking.


def listed(ws: Workspace, *, all_: bool = False, sent: bool = False, limit: int | None = None) -> dict[str, Any]:
    """Newest first: open messages to or from me; ``sent``: all that I sent; ``all_``: everybody's, done ones too."""
    reader = ws.reader()
    if all_:
        found = reader.find("message", order="-id", limit=limit or 200)
        total = reader.count("message")
    elif sent:
        me = ws.identity()
        found = reader.find("message", order="-id", limit=limit or 200, agent_id=me.agent_id)
        total = reader.count("message", agent_id=me.agent_id)
    else:
        me = ws.identity()
        mine = {each.id: each for each in reader.find("message", state="open", agent_id=me.agent_id)}
        mine.update((each.id, each) for each in _addressed(ws, reader, me))
        found = [mine[id] for id in sorted(mine, reverse=True)][:limit]
        total = len(mine)
    return {"messages": [brief(each) for each in found], "totals": {"messages": total}, "as_of": ws.as_of()}


def shown(ws: Workspace, reference: str) -> dict[str, Any]:
    """One message, whole; threads, tasks and the message that it replies to by their names."""
    message = one(ws, reference, "message")
    told = message.as_json()
    reader = ws.reader()
    for name, kind in (("thread", "thread"), ("task", "task"), ("reply_to", "message")):
        other = reader.get(kind, str(told[name])) if told.get(name) else None
        if other is not None:
            told[name] = other.name
    return {"message": told, "as_of": ws.as_of()}
