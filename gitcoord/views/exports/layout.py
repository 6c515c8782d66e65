"""``--layout co-op``: the tree ``.co-op/`` with its own names: state of the repository above, a space for each co-op.

Everything in it is derived and says so; what it replaces is a database and its mirror, so there is no ``co-op.db``.
"""

from __future__ import annotations

from gitcoord.markdown import code, prose
from gitcoord.rules.claims.objects import claim_object
from gitcoord.settings import DEFAULTS, TEAM
from gitcoord.views import cleaned
from gitcoord.views.exports.book import Book, moment, texts
from gitcoord.views.exports.documents import document, events
from gitcoord.views.exports.phrases import Told, phrase
from gitcoord.views.exports.summary import handoff, summary
from gitcoord.views.exports.transcript import transcript

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from gitcoord.actions.exports import Gathered
    from gitcoord.model.entity import Entity
    from gitcoord.views.exports import Files

FOLDERS = ("files", "events", "threads", "exports", "handoffs")
#: Of what happened last, so many lines stand in a hot page.
RECENT = 10
_OPEN_TASK = ("open", "in_progress", "blocked")
#: Sections of the settings that limit a co-op.
_CONFIG = (
    "coops.", "claims.", "queue.", "requests.", "sessions.", "reap.", "threads.", "messages.", "loop.", "hotspots.", "budgets.",
    "hooks.pre_push",
)  # fmt: skip


def tree(gathered: Gathered, everywhere: dict[str, list[Entity]], folder_of: Callable[[Entity], str]) -> Files:
    """Every file and folder of it. Threads, claims and the like of this co-op; the registry knows all."""
    book, space = Book(gathered), f"spaces/{folder_of(gathered.coop)}"
    all_ = Book(_of_repository(gathered, everywhere))
    found: Files = [
        ("co-op_config.yaml", _config(book)),
        ("co-op_registry.json", [document(_registry(book, everywhere["coop"], folder_of))]),
        ("co-op_hot.md", _hot(all_, "everything in this repository", [])),
        ("co-op_status.json", [document(_status(all_, None))]),
        ("co-op_transcript.md", transcript(book)),
    ]
    found += [(f"{space}/{name}", pieces) for name, pieces in _space(book)]
    found += [(f"{space}/{name}", None) for name in FOLDERS]
    found += [(f"{space}/events/{name}", pieces) for name, pieces in _events(book)]
    found += [(f"{space}/threads/{_file(each, 'md')}", [_thread(each, book)]) for each in book.of("thread")]
    for each in book.of("handoff"):
        found.append((f"{space}/handoffs/{_file(each, 'md')}", [book.origin(), "\n", handoff(each, book, "#")]))
    found += [(f"{space}/exports/co-op_summary.md", summary(book)), (f"{space}/exports/co-op_transcript.md", transcript(book))]
    found.append((f"{space}/files/co-op_files.json", [document(_files(book))]))
    return found


def _of_repository(gathered: Gathered, everywhere: dict[str, list[Entity]]) -> Gathered:
    return type(gathered)(
        gathered.coop, gathered.status, everywhere, [], revision=gathered.revision, commit=gathered.commit, at=gathered.at,
        settings=gathered.settings,
    )  # fmt: skip


# The repository.


def _config(book: Book) -> Iterator[str]:
    """Team settings in force. Values are scalars that we wrote ourselves or that their types have checked."""
    import json

    yield f"# {book.origin_words()}\n# Change a setting with: gitcoord config set NAME VALUE\n"
    settings = book.gathered.settings
    for name in settings.names():
        if name.startswith(_CONFIG) and DEFAULTS[name].scope == TEAM:
            yield f"{name}: {json.dumps(cleaned(settings.get(name)))}\n"


def _registry(book: Book, coops: list[Entity], folder_of: Callable[[Entity], str]) -> dict[str, Any]:
    listed = [
        {
            "id": each.id, "slug": each.get("slug"), "title": each.get("title"), "goal": each.get("goal"),
            "status": each.get("status", "active"), "created_at": each.get("created_at"), "closed_at": each.get("closed_at"),
            "members": len(texts(each.get("members"))), "space": f"spaces/{folder_of(each)}",
        }
        for each in coops
    ]  # fmt: skip
    return {"generated": book.generated(), "default": book.coop.get("slug"), "coops": listed}


# One space, or all of them.


def _space(book: Book) -> Iterator[tuple[str, Iterable[str]]]:
    state, made = book.gathered.status, book.generated()
    recent = _recent(book)
    yield "co-op_space.json", [document({"generated": made, "state": state, "space": book.coop.as_json()})]
    yield "co-op_hot.md", _hot(book, f"{book.title} ({state})", recent)
    yield "co-op_status.json", [document(_status(book, state))]
    at = book.gathered.at
    lists: tuple[tuple[str, list[Any]], ...] = (
        ("tasks", [each.as_json() for each in book.of("task")]),
        ("claims", [claim_object(each, at) for each in book.of("claim")]),
        ("blockers", [each.as_json() for each in book.of("blocker")]),
        ("threads", [_thread_object(each, book) for each in book.of("thread")]),
    )
    for name, found in lists:
        yield f"co-op_{name}.json", [document({"generated": made, name: found})]


def _recent(book: Book) -> list[str]:
    from gitcoord.rules.events import worth_telling

    found = [each for each in book.gathered.events if worth_telling(str(each["type"]))][-RECENT:]
    return [f"{moment(each['ts'])} {phrase(Told(each, book, brief=True))}" for each in reversed(found)]


def _hot(book: Book, title: str, recent: list[str]) -> Iterator[str]:
    """What an agent needs first: who works, what is held, what is open, what to do next."""
    yield f"# Now: {title}\n\n{book.origin()}"
    for head, lines in (
        ("Agents", [_agent(each) for each in book.of("session") if each.get("state", "active") == "active"]),
        ("Claims", [_claim(each, book) for each in _held(book)]),
        ("Open blockers", [_blocker(each) for each in _asked(book)]),
        ("Open tasks", [_task(each) for each in _todo(book)]),
        ("Live threads", [f"**{prose(each.alias)}** {prose(each.get('title'))}" for each in _live(book)]),
        ("Recent", recent),
        ("Next", _next(book)),
    ):
        if lines:
            yield f"\n## {head}\n\n" + "".join(f"- {line}\n" for line in lines)


def _held(book: Book) -> list[Entity]:
    return [each for each in book.of("claim") if each.get("state") == "active" and not book.is_over(each)]


def _asked(book: Book) -> list[Entity]:
    return [each for each in book.of("blocker") if each.get("state", "open") == "open"]


def _todo(book: Book) -> list[Entity]:
    return [each for each in book.of("task") if each.get("state", "open") in _OPEN_TASK]


def _live(book: Book) -> list[Entity]:
    return [each for each in book.of("thread") if each.get("state", "open") in ("open", "waiting")]


def _agent(session: Entity) -> str:
    branch = f" on {code(session.get('branch'))}" if session.get("branch") else ""
    return f"**{prose(session.get('agent'), 64)}**{branch}"


def _claim(claim: Entity, book: Book) -> str:
    name, scope, holder = prose(claim.alias), code(claim.get("scope"), 300), prose(claim.get("agent"), 64)
    return f"**{name}** {scope} held by {holder} until {moment(claim.get('expires_at'))}"


def _blocker(blocker: Entity) -> str:
    return f"**{prose(blocker.alias)}** {prose(blocker.get('asked_by'), 64)} asks: {prose(blocker.get('title'))}"


def _task(task: Entity) -> str:
    who = f", {prose(task.get('assignee'), 64)}" if task.get("assignee") else ""
    return f"**{prose(task.alias)}** {prose(task.get('title'))} ({prose(task.get('state', 'open'))}{who})"


def _next(book: Book) -> list[str]:
    """What waits for somebody, by the command that does it."""
    found = [f"{code(f'gitcoord decide {each.alias} …')}: {prose(each.get('title'))}" for each in _asked(book)[:3]]
    free = [each for each in _todo(book) if each.get("state", "open") == "open" and not each.get("assignee")]
    return found + [f"{code(f'gitcoord task claim {each.alias}')}: {prose(each.get('title'))}" for each in free[:3]]


def _status(book: Book, state: str | None) -> dict[str, Any]:
    """``state`` is None for the repository."""
    agents = [
        {"agent": each.get("agent"), "name": each.get("name"), "branch": each.get("branch")}
        for each in book.of("session") if each.get("state", "active") == "active"
    ]  # fmt: skip
    held = [claim_object(each, book.gathered.at) for each in _held(book)]
    counts = {"claims": len(held), "blockers": len(_asked(book)), "tasks": len(_todo(book)), "threads": len(_live(book))}
    about = {} if state is None else {"coop": book.coop.get("slug"), "status": state}
    return {
        "generated": book.generated(), **about, "agents": agents, "claims": held,
        "blockers": [_brief(each) for each in _asked(book)], "tasks": [_brief(each) for each in _todo(book)],
        "threads": [_brief(each) for each in _live(book)], "totals": counts,
    }  # fmt: skip


def _brief(entity: Entity) -> dict[str, Any]:
    return {"id": entity.id, "alias": entity.alias, "title": entity.get("title"), "state": entity.get("state", "open")}


# What lies in the folders of a space.


def _events(book: Book) -> Iterator[tuple[str, Iterable[str]]]:
    """One file a day."""
    days: dict[str, list[dict[str, Any]]] = {}
    for event in book.gathered.events:
        days.setdefault(moment(event["ts"])[:10] or "undated", []).append(event)
    for day, found in days.items():
        yield f"co-op_events_{day}.jsonl", events(found)


def _said(thread: Entity, book: Book) -> list[Entity]:
    return [each for each in book.of("thread_message") if each.get("thread") == thread.id]


def _thread_object(thread: Entity, book: Book) -> dict[str, Any]:
    return {**thread.as_json(), "messages": [each.as_json() for each in _said(thread, book)]}


def _thread(thread: Entity, book: Book) -> str:
    from gitcoord.markdown import quoted

    lines = [book.origin(), f"# {prose(thread.alias)}: {prose(thread.get('title'))}", ""]
    if thread.get("summary") or thread.get("outcome"):
        lines += [prose(thread.get("outcome") or thread.get("summary")), ""]
    for each in _said(thread, book):
        lines += [f"**{prose(each.get('agent'), 64)}** {moment(each.get('created_at'))}", "", *quoted(each.body), ""]
    return "\n".join(lines) + "\n"


def _files(book: Book) -> dict[str, Any]:
    """Every scope that was claimed and every file that a handoff names, with by whom."""
    found: dict[str, dict[str, set[str]]] = {}
    for each in book.of("claim"):
        found.setdefault(str(each.get("scope")), {}).setdefault("claimed_by", set()).add(str(each.get("agent")))
    for each in book.of("handoff"):
        for file in texts(each.get("files")):
            found.setdefault(file, {}).setdefault("touched_by", set()).add(str(each.get("agent")))
    listed = [{"path": path, **{how: sorted(who) for how, who in found[path].items()}} for path in sorted(found)]
    return {"generated": book.generated(), "files": listed}


def _file(entity: Entity, suffix: str) -> str:
    """By the alias when it is one that we gave."""
    from gitcoord.model.ids import parse_alias

    name = entity.alias if parse_alias(entity.alias) is not None else entity.id
    return f"co-op_{name}.{suffix}"
