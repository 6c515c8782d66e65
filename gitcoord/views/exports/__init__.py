"""Exports: one co-op as files for people (Markdown) and for programs (JSON). Pure: text from what was gathered.

Each function gives ``(path, pieces of text)`` pairs; whoever writes them streams. A path that has no pieces is a folder.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.actions.exports import Gathered
    from gitcoord.model.entity import Entity

    Files = list[tuple[str, Iterable[str] | None]]

FORMATS = ("md", "json")
CO_OP = "co-op"


def folder_of(coop: Entity) -> str:
    """``co-op_2026-05-03_09-00-00_hmi-settings-flow``: sorts by age, and no file system minds it."""
    from gitcoord.views.exports.book import moment

    born = moment(coop.get("created_at")) or "0000-00-00T00:00:00Z"
    slug = "".join(each if each.isascii() and (each.isalnum() or each in "-_") else "-" for each in str(coop.get("slug") or ""))
    return f"co-op_{born[:10]}_{born[11:19].replace(':', '-')}_{slug[:64].strip('-') or coop.id[-6:]}"


def markdown(gathered: Gathered) -> Files:
    """``summary.md`` and ``transcript.md``."""
    from gitcoord.views.exports.book import Book
    from gitcoord.views.exports.summary import summary
    from gitcoord.views.exports.transcript import transcript

    book = Book(gathered)
    return [("summary.md", summary(book)), ("transcript.md", transcript(book))]


def data(gathered: Gathered) -> Files:
    """``coop.json`` with everything, and ``events.jsonl`` with one event a line."""
    from gitcoord.views.exports.book import Book
    from gitcoord.views.exports.documents import events, whole

    book = Book(gathered)
    return [("coop.json", whole(book)), ("events.jsonl", events(gathered.events))]


def co_op(gathered: Gathered, everywhere: dict[str, list[Entity]]) -> Files:
    """The tree of ``.co-op/``: the state of the repository, and the space of this co-op."""
    from gitcoord.views.exports.layout import tree

    return tree(gathered, everywhere, folder_of)
