"""Threads: start one, say something, read, close, list. Also what others ask about them: mine, and whether one lives."""

from __future__ import annotations

from gitcoord.actions.blockers import decided_before
from gitcoord.actions.references import one
from gitcoord.errors import CapExceeded, InvalidArguments, NotFound, from_refusal
from gitcoord.rules.threads.states import LIVE, brief, is_live, state_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.cache.queries import Reader
    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace
    from gitcoord.workspace.identity import Identity

#: Bytes of a message beyond which no thread could take it and no record keep it.
MAX_BYTES = 32 * 1024
_FIRST_LINE = 120
#: A message beyond this length may be left out of an answer: its id is needed to show it alone.
_LONG = 1000


def start(
    ws: Workspace,
    names: list[str],
    topic: str,
    *,
    message: str = "",
    max_messages: int | None = None,
    max_tokens: int | None = None,
    lifetime: int | None = None,
) -> dict[str, Any]:
    """Open a thread with those who are named; a first message may come with it."""
    if not topic.strip():
        raise InvalidArguments("A thread needs a topic.", hint='gitcoord thread start @river "which port?"')
    _check_bytes(message)
    me = ws.identity()
    people = sorted({participant(ws, each, me) for each in names} - {me.agent})
    if not people:
        why = "with yourself only" if names else "with nobody"
        raise InvalidArguments(
            f"A thread {why} is none; name who should answer.", hint='gitcoord thread start @river "which port?"'
        )
    args: dict[str, Any] = {"topic": topic, "participants": people, "text": message, "coop": me.coop}
    caps = {"max_messages": max_messages, "max_tokens": max_tokens, "lifetime": lifetime}
    args.update({name: value for name, value in caps.items() if value is not None})
    away = [each for each in people if not ws.reader().find("session", agent=each, state="active", limit=1)]
    result = {**ws.submit("thread.start", args, 2), **decided_before(ws, topic)}
    if away:
        said = f"{', '.join(away)} has no session now, and may never see this"
        return {**result, "warnings": [*(result.get("warnings") or []), said]}
    return result


def reply(ws: Workspace, reference: str, text: str) -> dict[str, Any]:
    """Say something in a thread.

    Raises:
        CapExceeded: it is full, over, or the message is too long. What was said is kept in the attic.
        CheckFailed: it was closed. What was said is kept in the attic.
    """
    if not text.strip():
        raise InvalidArguments("A message needs words.", hint='gitcoord thread reply THR-3 "…"')
    _check_bytes(text)
    thread = one(ws, reference, "thread")
    return _in_time(ws.submit("thread.reply", {"thread": thread.id, "text": text}, 1))


def close(
    ws: Workspace,
    reference: str,
    summary: str = "",
    *,
    decisions: list[str] | None = None,
    open_items: list[str] | None = None,
) -> dict[str, Any]:
    """End a thread with a summary; without words for it one is put together from what was said."""
    _check_bytes(summary)
    thread = one(ws, reference, "thread")
    args = {
        "thread": thread.id, "outcome": summary, "open_items": open_items or [],
        "decisions": [one(ws, each, "decision").id for each in decisions or []],
    }  # fmt: skip
    return _in_time(ws.submit("thread.close", args))


def read(ws: Workspace, reference: str, *, history: bool = False) -> dict[str, Any]:
    """A live thread with its messages, the newest first; of one that is over the summary, and the messages when asked."""
    from gitcoord.rules.threads.close import as_of, messages, summary

    found = one(ws, reference, "thread")
    reader, now = ws.reader(), ws.now()
    live = is_live(found, now)
    thread = as_of(reader, found, now)
    shown = brief(thread, now)
    if not live and state_of(found, now) != thread.get("state"):
        shown["state"] = state_of(found, now)  # nobody has landed its end yet
    result: dict[str, Any] = {"thread": shown}
    if not live:
        result["summary"] = summary(reader, thread)
    if live or history:
        result["messages"] = [_message(each) for each in reversed(messages(reader, thread))]
    return {**result, "as_of": ws.as_of()}


def threads(ws: Workspace, *, all_: bool = False, mine: bool = False, limit: int | None = None) -> dict[str, Any]:
    """Live threads, the newest first; with ``all_`` those that are over too."""
    reader, now = ws.reader(), ws.now()
    if all_:
        found = reader.find("thread", order="-id")
    else:
        found = [each for each in _live(reader) if is_live(each, now)]
        found.sort(key=lambda each: each.id, reverse=True)
    if mine:
        me = ws.identity().agent
        found = [each for each in found if me in each.get("participants", [])]
    shown = [{**brief(each, now), **({"outcome": each.get("outcome")} if each.get("outcome") else {})} for each in found]
    return {"threads": shown[:limit], "as_of": ws.as_of()}


# For whoever shows what concerns an agent.


def live(reader: Reader, coop_id: str, now: float) -> bool:
    """Whether a co-op has a thread whose time is not over."""
    return any(is_live(each, now) for state in LIVE for each in reader.find("thread", coop=coop_id, state=state))


def for_me(
    ws: Workspace, reader: Reader, who: Identity | dict[str, set[str]], *, since: int | None = None
) -> list[dict[str, Any]]:
    """Live threads in which I take part, those that wait for me first; then what came of those closed after a revision.

    ``who`` is an identity, or what :meth:`Workspace.who` gives. A summary is told to the whole co-op.
    """
    me, coop = _handles(reader, who)
    now = ws.now()
    found = [_mine(reader, each, me, now) for each in _live(reader) if _takes_part(each, me) and is_live(each, now)]
    found.sort(key=lambda each: (not each["waiting_for_me"], each["id"]))
    return found + (_summaries(reader, me, coop, since, now) if since is not None else [])


def _summaries(reader: Reader, me: set[str], coop: str, since: int, now: float) -> list[dict[str, Any]]:
    closed = reader.events(since=since, types=["thread.closed"], newest_first=True, limit=20)
    ids = dict.fromkeys(str((each.get("refs") or {}).get("thread")) for each in closed)
    ended = [each for each in (reader.get("thread", id) for id in ids) if each is not None]
    return [
        {**brief(each, now), "outcome": each.get("outcome", ""), "open_items": list(each.get("open_items", []))}
        for each in ended
        if _takes_part(each, me) or (coop and each.get("coop") == coop)
    ]


def _live(reader: Reader) -> list[Entity]:
    return [each for state in LIVE for each in reader.find("thread", state=state)]


def _takes_part(thread: Entity, me: set[str]) -> bool:
    return not me.isdisjoint(thread.get("participants", []))


def _mine(reader: Reader, thread: Entity, me: set[str], now: float) -> dict[str, Any]:
    from gitcoord.text import one_line

    told = {**brief(thread, now), "waiting_for_me": not me.isdisjoint(thread.get("waiting_for", []))}
    last = reader.find("thread_message", thread=thread.id, order="-number", limit=1)
    if last:
        told["last"] = {"agent": last[0].get("agent"), "said": one_line(last[0].body.partition("\n")[0], _FIRST_LINE)}
    return told


def _handles(reader: Reader, who: Identity | dict[str, set[str]]) -> tuple[set[str], str]:
    if not isinstance(who, dict):
        return {who.agent}, who.coop
    agents = (reader.get("agent", id) for id in who.get("agents", ()))
    sessions = [reader.get("session", id) for id in who.get("sessions", ())]
    coops = [str(each.get("coop")) for each in sessions if each is not None and each.get("coop")]
    return {str(each.get("handle")) for each in agents if each is not None}, coops[0] if len(coops) == 1 else ""


# Who is meant.


def participant(ws: Workspace, name: str, me: Identity) -> str:
    """The handle that a name means: a first or whole visible name of my co-op, a handle, or (the beginning of) an id.

    Raises:
        NotFound: nobody is called that; those who could be meant are listed.
        Ambiguous: several are, and none of them by that very handle.
    """
    word = name.strip().removeprefix("@").strip()
    if not word:
        raise InvalidArguments("@ needs a name behind it.", hint='gitcoord thread start @river "which port?"')
    reader = ws.reader()
    members = reader.find("session", coop=me.coop, state="active") if me.coop else []
    found = {str(each.get("agent")) for each in members if _is_called(each, word)}
    found = found or {str(each.get("handle")) for each in _agents(reader, word)}
    if word in found or len(found) == 1:
        return word if word in found else found.pop()
    from gitcoord.text import one_line

    shown = one_line(word, 60)
    if found:
        from gitcoord.errors import Ambiguous

        names = sorted(found)[:8]
        raise Ambiguous(f"@{shown} may mean {', '.join(names)}.", hint=f"gitcoord thread start @{names[0]} …", candidates=names)
    if ws.look_again():
        return participant(ws, name, me)
    near = _near(reader, members, word, me)
    here = f" Here are: {', '.join(near)}." if near else ""
    raise NotFound(f"Nobody is called @{shown}.{here}", hint="gitcoord status", candidates=near)


def _is_called(session: Entity, word: str) -> bool:
    name, handle, wanted = str(session.get("name") or ""), str(session.get("agent") or ""), _folded(word)
    return wanted in (_folded(name), _folded(name.partition(" ")[0]), _folded(handle))


def _agents(reader: Reader, word: str) -> list[Entity]:
    """Agents anywhere, not only in my co-op; the whole list is read only when no handle or id is like it."""
    found = reader.resolve("agent", word)
    if found:
        return found
    wanted = _folded(word)
    return [a for a in reader.find("agent") if wanted in (_folded(str(a.get("handle"))), _folded(str(a.get("display"))))]


def _near(reader: Reader, members: list[Entity], word: str, me: Identity) -> list[str]:
    from gitcoord.text import nearest, one_line

    names = [f"{one_line(str(s.get('name')), 60)} (@{s.get('agent')})" for s in members if s.get("agent") != me.agent]
    handles = [str(each.get("handle")) for each in reader.find("agent", order="-id", limit=50)]
    return (names or nearest(word, handles))[:8]


def _folded(name: str) -> str:
    """Names are compared without case, and however their accents are composed."""
    if name.isascii():
        return name.lower()
    import unicodedata

    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


# Small things.


def _message(said: Entity) -> dict[str, Any]:
    names = (*(("id",) if len(said.body) > _LONG else ()), "number", "agent", "created_at", "tokens")
    return {**{name: said.get(name) for name in names if said.get(name) is not None}, "body": said.body}


def _in_time(result: dict[str, Any]) -> dict[str, Any]:
    """The answer, unless the words came too late: then the refusal that goes with them."""
    if result.get("outcome") not in ("too-late", "contested"):
        return result
    known = {name: result[name] for name in ("thread", "thread_state", "summary") if result.get(name)}
    known["attic"] = [each["id"] for each in result.get("attic") or []]
    raise from_refusal(str(result.get("code")), str(result.get("message")), str(result.get("hint") or ""), known)


def _check_bytes(text: str) -> None:
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise CapExceeded(
            f"This is longer than {MAX_BYTES // 1024} KiB; a thread holds about 1000 tokens in all.",
            hint="Say it shorter, or put it into a file and name that.",
        )
