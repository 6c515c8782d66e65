"""``summary.md``: a co-op on a few pages. What for, who, when; what was decided, what is open, what was handed over."""

from __future__ import annotations

from gitcoord.clock import parse_instant
from gitcoord.markdown import code, prose, quoted
from gitcoord.rules.handoffs import EIGHT
from gitcoord.views.exports.book import codes, moment, proses, span, texts, when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gitcoord.model.entity import Entity
    from gitcoord.views.exports.book import Book

_CONFLICTS = ("claim.contested", "claim.superseded", "claim.narrowed", "intent.contested")
_DONE = ("done", "closed")


def summary(book: Book) -> Iterator[str]:
    """The sections in the order in which a person asks; one without content is left out."""
    yield f"# {book.title}\n\n{book.origin()}\n"
    yield from _head(book)
    for title, lines in (
        ("Who", _who(book)), ("Decisions", _decisions(book)), ("Questions still open", _questions(book)),
        ("Tasks", _tasks(book)), ("Claims", _claims(book)), ("Conflicts", _conflicts(book)), ("Handoffs", _handoffs(book)),
        ("Threads", _threads(book)), ("Numbers", _numbers(book)),
    ):  # fmt: skip
        first = next(lines, None)
        if first is not None:
            yield f"\n## {title}\n\n{first}"
            yield from lines
    yield "\nWhat happened, step by step: [transcript.md](transcript.md)\n"


def _head(book: Book) -> Iterator[str]:
    coop = book.coop
    if coop.get("goal"):
        yield f"**Goal:** {prose(coop.get('goal'))}\n\n"
    yield f"**Opened** {when(coop.get('created_at'))} UTC by {prose(coop.get('created_by'))}"
    yield f" on {code(coop.get('branch'))}" if coop.get("branch") else ""
    if coop.get("reopened_at"):
        yield f", again {when(coop.get('reopened_at'))} by {prose(coop.get('reopened_by'))}"
    if coop.get("closed_at"):
        yield f"; **closed** {when(coop.get('closed_at'))} by {prose(coop.get('closed_by'))}"
    yield f". **Status:** {book.gathered.status}.\n"
    if coop.body.strip():
        yield "\n" + "\n".join(quoted(coop.body)) + "\n"


def _who(book: Book) -> Iterator[str]:
    members = set(texts(book.coop.get("members")))
    joined: dict[str, str] = {}
    gone: dict[str, str] = {}
    for event in book.gathered.events:
        if event["type"] in ("coop.joined", "coop.left"):
            session = str(event["refs"].get("session"))
            (joined if event["type"] == "coop.joined" else gone)[session] = str(event["ts"])
    for each in book.of("session"):
        name = f" ({prose(each.get('name'), 80)})" if each.get("name") else ""
        branch = f", on {code(each.get('branch'))}" if each.get("branch") else ""
        tool = f", with {prose(each.get('tool'), 40)}" if each.get("tool") else ""
        came = joined.get(each.id) or each.get("joined_at")
        since = f", joined {when(came)}" if came else ""
        went = gone.get(each.id) or book.coop.get("closed_at") or each.get("left_at")
        left = "" if each.id in members else f", left {when(went)}"
        why = f" ({prose(each.get('left_reason'))})" if left and each.get("left_reason") else ""
        yield f"- **{prose(each.get('agent'), 64)}**{name}{branch}{tool}{since}{left.rstrip()}{why}\n"


def _decisions(book: Book) -> Iterator[str]:
    for each in book.of("decision"):
        asked = each.get("question")
        on = f" On {book.name(each.get('blocker'))}: {prose(asked)}" if asked else ""
        state = str(each.get("status") or "decided")
        by = f" {state.capitalize()} by {prose(each.get('ratified_by'))}." if state == "ratified" else ""
        by = f" {prose(state.capitalize())}: not in force." if state in ("proposed", "withdrawn") else by
        yield f"- **{prose(each.alias)}** {prose(each.get('title'))}  \n  {_by(each, 'decided_by', 'decided_at')}.{by}{on}\n"
        yield from _body(each)


def _questions(book: Book) -> Iterator[str]:
    for each in book.of("blocker"):
        if each.get("state", "open") == "open":
            to = f", to {prose(each.get('to'))}" if each.get("to") else ""
            task = f", about {book.name(each.get('task'))}" if each.get("task") else ""
            yield f"- **{prose(each.alias)}** {prose(each.get('title'))}  \n  {_by(each, 'asked_by', 'asked_at')}{to}{task}\n"
            yield from _body(each)


def _tasks(book: Book) -> Iterator[str]:
    ended = [each for each in book.of("task") if each.get("state") in _DONE]
    going = [each for each in book.of("task") if each.get("state") not in _DONE]
    if going:
        yield "Open:\n\n"
        yield from (_task(each, prose(each.get("state", "open"))) for each in going)
    if ended:
        yield ("\n" if going else "") + "Done:\n\n"
        yield from (_task(each, when(each.get("done_at")) if each.get("done_at") else "") for each in ended)


def _task(task: Entity, said: str) -> str:
    who = prose(task.get("done_by") or task.get("assignee"), 64)
    about = ", ".join(filter(None, (who, said)))
    return f"- **{prose(task.alias)}** {prose(task.get('title'))}{f' ({about})' if about else ''}\n"


def _claims(book: Book) -> Iterator[str]:
    """Held at this moment, then how many there were by holder."""
    active = [each for each in book.of("claim") if each.get("state") == "active"]
    for each in active:
        until = f"{'run out' if book.is_over(each) else 'until'} {when(each.get('expires_at'))}"
        said = f": {prose(each.get('description'))}" if each.get("description") else ""
        yield f"- **{prose(each.alias)}** {code(each.get('scope'), 300)} held by {prose(each.get('agent'))}, {until}{said}\n"
    holders: dict[str, list[Entity]] = {}
    for each in book.of("claim"):
        if each.get("state") != "active":
            holders.setdefault(str(each.get("agent")), []).append(each)
    if holders:
        yield ("\n" if active else "") + "Ended:\n\n"
    for holder, found in sorted(holders.items()):
        scopes = list(dict.fromkeys(str(each.get("scope")) for each in found))
        yield f"- {prose(holder, 64)}: {codes(scopes, 20)}\n"


def _conflicts(book: Book) -> Iterator[str]:
    from gitcoord.views.exports.phrases import Told, phrase

    for event in book.gathered.events:
        if event["type"] in _CONFLICTS:
            yield f"- {when(event['ts'])} {phrase(Told(event, book))}\n"
    for each in book.of("request"):
        answer = f": {prose(each.get('answer'))}" if each.get("answer") else ""
        why = f" ({prose(each.get('reason'))})" if each.get("reason") else ""
        about = f"{prose(each.get('agent'))} asked for the release of {book.name(each.get('claim'))}{why}"
        yield f"- **{prose(each.alias)}** {about}, {prose(each.get('state', 'pending'))}{answer}\n"


def _handoffs(book: Book) -> Iterator[str]:
    for number, each in enumerate(book.of("handoff")):
        yield ("\n" if number else "") + handoff(each, book)


def handoff(each: Entity, book: Book, level: str = "###") -> str:
    """One handoff with its eight fields."""
    lines = [f"{level} {prose(each.alias)}: {prose(each.get('agent'), 64)}, {when(each.get('created_at'))}", ""]
    if each.get("title"):
        lines += [prose(each.get("title")), ""]
    if each.get("branch"):
        head = f" at {code(str(each.get('head'))[:12])}" if each.get("head") else ""
        lines.append(f"- **branch:** {code(each.get('branch'))}{head}")
    lines += [f"- **{name}:** {_stated(each, field, book)}" for field, name in EIGHT.items()]
    if each.body.strip():
        lines += ["", *quoted(each.body)]
    return "\n".join(lines) + "\n"


def _stated(handoff: Entity, field: str, book: Book) -> str:
    value = handoff.get(field)
    if not value:
        return "none stated"
    if field == "files":
        return codes(value, 200)
    if field == "blockers":
        return ", ".join(book.name(id) for id in texts(value))
    return proses(value, 100)


def _threads(book: Book) -> Iterator[str]:
    for each in book.of("thread"):
        said = [m for m in book.of("thread_message") if m.get("thread") == each.id]
        with_ = f" with {proses(each.get('participants'), 10, ', ')}" if each.get("participants") else ""
        state = f"{prose(each.get('state', 'open'))}, {len(said)} message{'' if len(said) == 1 else 's'}"
        outcome = prose(each.get("outcome") or each.get("summary"))
        yield f"- **{prose(each.alias)}** {prose(each.get('title'))}{with_} ({state}){': ' + outcome if outcome else ''}\n"


def _numbers(book: Book) -> Iterator[str]:
    yield "| what | how many |\n|---|---|\n"
    yield from (f"| {name} | {count} |\n" for name, count in numbers(book))


def numbers(book: Book) -> list[tuple[str, object]]:
    """Counts of what belongs to the co-op, and how long it went on."""
    types: dict[str, int] = {}
    for event in book.gathered.events:
        types[str(event["type"])] = types.get(str(event["type"]), 0) + 1
    found: list[tuple[str, object]] = [("events", len(book.gathered.events))]
    agents = {str(each.get("agent")) for each in book.of("session")}
    found += [("agents", len(agents)), ("sessions", len(book.of("session")))]
    found += [(name, len(book.of(kind))) for name, kind in (
        ("check-ins", "checkin"), ("claims", "claim"), ("questions", "blocker"), ("decisions", "decision"), ("tasks", "task"),
        ("handoffs", "handoff"), ("threads", "thread"), ("thread messages", "thread_message"), ("messages", "message"),
        ("requests", "request"),
    )]  # fmt: skip
    found.append(("conflicts", sum(types.get(each, 0) for each in _CONFLICTS)))
    ends = moment(book.coop.get("closed_at")) or (str(book.gathered.events[-1]["ts"]) if book.gathered.events else "")
    born = moment(book.coop.get("created_at"))
    if born and moment(ends):
        found.append(("from the first word to the last", span(parse_instant(moment(ends)) - parse_instant(born))))
    return found


def _by(entity: Entity, who: str, at: str) -> str:
    return f"{prose(entity.get(who), 64)}, {when(entity.get(at))}"


def _body(entity: Entity) -> Iterable[str]:
    return ["\n", *(line + "\n" for line in quoted(entity.body, "  ")), "\n"] if entity.body.strip() else []
