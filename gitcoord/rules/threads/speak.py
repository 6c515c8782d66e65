"""Starting a thread and saying something in it, within its caps. What does not fit any more is kept in the attic."""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import alias
from gitcoord.model.outcome import Denied, Event, Landed
from gitcoord.rules.asked import Refusal, coop_id, filled, made, subject, the, title_of
from gitcoord.rules.threads.states import LIVE, OPEN, WAITING, brief, cap, count, moved, state_of
from gitcoord.settings import DEFAULTS
from gitcoord.text import clean, estimate_tokens, one_line, show_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings


def start(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Open a thread with those who are named; a first message may come with it."""
    args = intent.args
    topic = title_of(str(args.get("topic") or ""), "A thread's topic")
    people = _named(snapshot, intent)
    caps = {name: _asked(settings, name, args.get(name)) for name in ("max_messages", "max_tokens")}
    caps["max_participants"] = max(len(people), int(settings.get("threads.max_participants")))
    lifetime = _asked(settings, "lifetime", args.get("lifetime"))
    named = coop_id(snapshot, intent)
    where = snapshot.get("coop", named) if named else None
    if where is not None and where.get("status") == "closed":
        raise Refusal("not-joined", f"The co-op {where.name} is closed.", "gitcoord join")
    values = {
        "id": intent.ids[0], "alias": alias("thread", snapshot.next_number("thread")), "title": topic, "state": OPEN,
        "participants": people, "waiting_for": [each for each in people if each != intent.agent], **caps,
        "expires_at": rfc3339(now + lifetime), "message_count": 0, "tokens_est": 0, **filled(coop=named),
        **made(intent, now),
    }  # fmt: skip
    thread, said = Entity("thread", values), []
    if args.get("text"):
        if snapshot.get("thread_message", intent.ids[1]) is not None:
            raise Refusal("invalid-arguments", f"There is a message with the id {intent.ids[1]} already.")
        words = _words(args["text"])
        tokens = estimate_tokens(words)
        if tokens > caps["max_tokens"]:
            raise Refusal("cap-exceeded", *_too_long(tokens, caps["max_tokens"], caps["max_tokens"]))
        said.append(_message(intent, intent.ids[1], thread, words, tokens, now))
        thread = thread.changed(message_count=1, tokens_est=tokens, last_by=intent.agent, last_at=rfc3339(now))
    refs = {"thread": thread.id, **filled(coop=named)}
    told = {"alias": thread.alias, "title": topic, "participants": people}
    return Landed(
        [thread, *said], [Event("thread.started", refs, told)], _result("started", thread, said, now),
        subject(intent, f"thread {thread.alias} started", where),
    )  # fmt: skip


def _named(snapshot: Snapshot, intent: Intent) -> list[str]:
    """Handles of everybody who takes part, the starter too. Raises Refusal for nobody, for strangers, for too many."""
    others = {one_line(str(each), 80) for each in intent.args.get("participants") or []} - {intent.agent, ""}
    if not others:
        raise Refusal("invalid-arguments", "A thread needs somebody to talk to.", 'gitcoord thread start @river "the topic"')
    most = int(DEFAULTS["threads.max_participants"].maximum or 0)
    if len(others) + 1 > most:
        raise Refusal("cap-exceeded", f"{len(others) + 1} agents would take part; a thread has at most {most}.")
    for each in sorted(others):
        if not snapshot.find("agent", handle=each):
            raise Refusal("not-found", f"There is no agent {each}.", "gitcoord status")
    return sorted({*others, intent.agent})


def _asked(settings: Settings, name: str, asked: object) -> int:
    """A cap as it was asked for, else as the team has set it. No request goes beyond the hard one."""
    if not isinstance(asked, int):
        return int(settings.get(f"threads.{name}"))
    declared = DEFAULTS[f"threads.{name}"]
    show = show_duration if name == "lifetime" else str
    what = name.replace("max_", "number of ")
    if declared.maximum is not None and asked > declared.maximum:
        raise Refusal("cap-exceeded", f"The {what} of a thread is at most {show(declared.maximum)}, never {show(asked)}.")
    if declared.minimum is not None and asked < declared.minimum:
        raise Refusal("invalid-arguments", f"The {what} of a thread is at least {show(declared.minimum)}.")
    return asked


def reply(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Add a message. One that does not fit any more changes nothing in the thread, and is kept."""
    thread = the(snapshot, "thread", str(intent.args.get("thread") or ""))
    words = _words(intent.args.get("text"))
    tokens = estimate_tokens(words)
    refusal = _unfit(snapshot, thread, tokens, now)
    people = list(thread.get("participants", []))
    if intent.agent not in people:
        if refusal is not None:
            return refusal
        people = sorted({*people, _joining(snapshot, intent, thread, people)})
    if refusal is not None:
        from gitcoord.rules.threads.close import late

        return late(intent, thread, refusal, now, "reply")
    message = _message(intent, intent.ids[0], thread, words, tokens, now)
    waited = list(thread.get("waiting_for", []))
    left = [each for each in (waited if intent.agent in waited else people) if each != intent.agent]
    spoken = moved(
        thread, WAITING if left else OPEN, participants=people, waiting_for=left, message_count=message.get("number"),
        tokens_est=count(thread, "tokens_est") + tokens, last_by=intent.agent, last_at=rfc3339(now),
    )  # fmt: skip
    refs = {"thread": thread.id, "message": message.id, **filled(coop=thread.get("coop"))}
    told = {"alias": thread.alias, "title": thread.get("title"), "number": message.get("number")}
    return Landed(
        [message, spoken], [Event("thread.replied", refs, told)], _result("replied", spoken, [message], now),
        subject(intent, f"reply in {thread.name}"),
    )  # fmt: skip


def _unfit(snapshot: Snapshot, thread: Entity, tokens: int, now: float) -> Denied | None:
    """Why a message of so many tokens has no place in the thread, or None."""
    if state_of(thread, now) not in LIVE:
        from gitcoord.rules.threads.close import over

        return over(snapshot, thread, now)
    said, used = count(thread, "message_count"), count(thread, "tokens_est")
    most, words = cap(thread, "max_messages"), cap(thread, "max_tokens")
    details = {"thread": thread.name, "thread_state": state_of(thread, now)}
    if said >= most:
        hint = f'gitcoord thread close {thread.name} --summary "…"'
        return Denied("cap-exceeded", f"{thread.name} is full: it has {said} of {most} messages.", hint, details)
    if used + tokens > words:
        return Denied("cap-exceeded", *_too_long(tokens, words - used, words), details)
    return None


def _too_long(tokens: int, left: int, most: int) -> tuple[str, str]:
    words = f"The message has about {tokens} tokens; of the {most} that the thread may have, {max(0, left)} are left."
    return words, "Say it shorter, or put it where it belongs: gitcoord ask …, decide …, task add …"


def _joining(snapshot: Snapshot, intent: Intent, thread: Entity, people: list[str]) -> str:
    """Whoever is in the thread's co-op may take part while there is room."""
    session = snapshot.get("session", intent.session_id)
    inside = session is not None and session.get("coop") and session.get("coop") == thread.get("coop")
    names = ", ".join(people[:4])
    if not inside:
        coop = snapshot.get("coop", str(thread.get("coop") or ""))
        raise Refusal(
            "not-joined", f"{thread.name} is between {names}; {one_line(intent.agent, 64)} is not in its co-op.",
            f"gitcoord join {coop.name}" if coop is not None else f"gitcoord thread start @{people[0] if people else 'them'} …",
        )  # fmt: skip
    most = cap(thread, "max_participants")
    if len(people) >= most:
        raise Refusal(
            "cap-exceeded", f"{thread.name} is between {names}, and has room for {most}.",
            f'gitcoord thread start {" ".join("@" + each for each in people[:3])} "…"   or: gitcoord ask "…"',
        )  # fmt: skip
    return intent.agent


def _words(text: object) -> str:
    words = clean(str(text or "")).strip()
    if not words:
        raise Refusal("invalid-arguments", "A message needs words.", 'gitcoord thread reply THR-3 "…"')
    return words


def _message(intent: Intent, id: str, thread: Entity, words: str, tokens: int, now: float) -> Entity:
    values = {
        "id": id, "thread": thread.id, "number": count(thread, "message_count") + 1, "tokens": tokens,
        **filled(coop=thread.get("coop")), **made(intent, now, "agent"),
    }  # fmt: skip
    return Entity("thread_message", values, words)


def _result(outcome: str, thread: Entity, said: list[Entity], now: float) -> dict[str, object]:
    messages = [{name: each.get(name) for name in ("id", "number", "agent", "tokens", "created_at")} for each in said]
    left = {
        "messages": cap(thread, "max_messages") - count(thread, "message_count"),
        "tokens": cap(thread, "max_tokens") - count(thread, "tokens_est"),
    }
    result: dict[str, object] = {"outcome": outcome, "threads": [brief(thread, now)], "thread_messages": messages, "left": left}
    if not left["messages"]:
        result["next"] = f'it is full: gitcoord thread close {thread.alias} --summary "…"'
    return result
