"""A bundle of handoffs: one page for whoever goes on with a module, and the index of all, for people and programs."""

from __future__ import annotations

from gitcoord.markdown import code, prose
from gitcoord.views.exports.book import Book, codes, moment, texts, when
from gitcoord.views.exports.documents import document
from gitcoord.views.exports.summary import handoff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from gitcoord.actions.bundles import Bundle
    from gitcoord.model.entity import Entity
    from gitcoord.views.exports import Files

INDEX, INDEX_JSON, SUFFIX = "HANDOFFS.md", "handoff-index.json", ".handoff.md"


def files(bundle: Bundle) -> Files:
    """``<module>.handoff.md``, ``HANDOFFS.md`` and ``handoff-index.json``."""
    book = Book(bundle.known)
    every = book.of("handoff")
    return [
        (file_name(bundle.name), _page(bundle, book)),
        (INDEX, _index(book, every)),
        (INDEX_JSON, [document({"generated": book.generated(), "handoffs": [_entry(each) for each in every]})]),
    ]


def file_name(name: str) -> str:
    """A module may be a path; a file name is one word."""
    plain = "".join(each if each.isascii() and (each.isalnum() or each in "-_.") else "-" for each in name)
    return f"{plain.strip('-.')[:100] or 'handoffs'}{SUFFIX}"


def _page(bundle: Bundle, book: Book) -> Iterator[str]:
    """Those that nobody has taken come first, newest first; a reader goes on with the first one."""
    yield f"# Handoffs: {prose(bundle.name, 200)}\n\n{book.origin()}"
    newest = sorted(bundle.chosen, key=lambda each: (each.get("state") == "taken", -_age(each)))
    for each in newest:
        yield f"\n{handoff(each, book, '##')}"
        for label, field in (("claims held", "claims"), ("tasks in progress", "tasks")):
            named = [found for found in (book.get(id) for id in texts(each.get(field))) if found is not None]
            if named:
                yield f"- **{label}:** {'; '.join(_named(found) for found in named[:40])}\n"
        if texts(each.get("commits")):
            yield f"- **commits:** {codes(each.get('commits'))}\n"
        yield f"- **now:** {_state(each)}\n"


def _named(entity: Entity) -> str:
    said = code(entity.get("scope"), 200) if entity.get("scope") else prose(entity.get("title"), 200)
    return f"{prose(entity.alias)} {said}"


def _state(each: Entity) -> str:
    if each.get("state") != "taken":
        verb = "takeover" if each.get("carry") else "claim-handoff"
        return f"open; take it with {code(f'gitcoord {verb} {each.name}')}"
    read = f", read {when(each.get('acked_at'))}" if each.get("acked_at") else ""
    return f"taken by {prose(each.get('taken_by'), 64)}, {when(each.get('taken_at'))}{read}"


def _index(book: Book, every: list[Entity]) -> Iterator[str]:
    yield f"# Handoffs\n\n{book.origin()}\n| handoff | state | from | written | branch | title | next |\n"
    yield "|---|---|---|---|---|---|---|\n"
    for each in reversed(every):
        cells = (
            prose(each.alias), "taken by " + prose(each.get("taken_by"), 64) if each.get("state") == "taken" else "open",
            prose(each.get("agent"), 64), when(each.get("created_at")),
            code(each.get("branch"), cell=True), prose(each.get("title"), 100), prose(each.get("next"), 200),
        )  # fmt: skip
        yield f"| {' | '.join(cells)} |\n"


def _entry(each: Entity) -> dict[str, Any]:
    names = (
        "alias", "title", "state", "agent", "created_at", "branch", "head", "files", "next", "taken_by", "taken_at", "acked_at",
    )  # fmt: skip
    found = {"id": each.id, **{name: each.get(name) for name in names}, "carries_work": bool(each.get("carry"))}
    return {name: value for name, value in found.items() if value not in (None, "")}


def _age(each: Entity) -> float:
    from gitcoord.clock import parse_instant

    at = moment(each.get("created_at"))
    return parse_instant(at) if at else 0.0
