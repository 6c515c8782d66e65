"""Tree-sitter grammars, one wheel a language, from the extra ``symbols``. Nothing is downloaded at run time."""

from __future__ import annotations

import sys

from gitcoord.symbols.declared import GRAMMAR, SIZE, SYNTAX, Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from tree_sitter import Node, Parser

#: Bytes up to which a file is parsed without looking at the time, and seconds for a larger one.
LARGE, SECONDS = 64 * 1024, 1.5
INSTALL = "pip install 'gitcoord[symbols]'"
#: language -> (module, function that gives the grammar, name for people)
_GRAMMARS = {
    "typescript": ("tree_sitter_typescript", "language_typescript", "TypeScript"),
    "tsx": ("tree_sitter_typescript", "language_tsx", "TypeScript (JSX)"),
    "javascript": ("tree_sitter_javascript", "language", "JavaScript"),
    "go": ("tree_sitter_go", "language", "Go"),
}
_parsers: dict[str, Parser] = {}


def parsed(language: str, data: bytes) -> Node:
    """The root of the syntax tree. Raises Unreadable (grammar, syntax, size)."""
    parser = _parser(language)
    if data.startswith(b"\xef\xbb\xbf"):
        data = b"   " + data[3:]
    shown = _GRAMMARS[language][2]
    if b"\0" in data:
        raise Unreadable(SYNTAX, f"it does not parse as {shown}: it has NUL bytes")
    try:
        data.decode()
    except UnicodeDecodeError:
        raise Unreadable(SYNTAX, f"it does not parse as {shown}: it is no UTF-8") from None
    if len(data) > LARGE:
        _check_in_time(parser, data, shown)
    root = parser.parse(data).root_node
    if root.has_error:
        raise Unreadable(SYNTAX, f"it does not parse as {shown} (line {_first_error(root)})")
    return root


def _check_in_time(parser: Parser, data: bytes, shown: str) -> None:
    """Text that confuses a grammar takes it seconds a megabyte, in which no signal is heard; the time is only looked at
    while it reads piece by piece, and such a tree knows no text. So a large file is parsed twice."""
    from time import monotonic

    end = monotonic() + SECONDS
    try:
        tree = parser.parse(lambda at, _: data[at : at + LARGE], progress_callback=lambda *_: monotonic() > end)
    except ValueError:
        parser.reset()
        raise Unreadable(SIZE, f"it takes more than {SECONDS} s to parse as {shown}") from None
    if tree.root_node.has_error:
        raise Unreadable(SYNTAX, f"it does not parse as {shown} (line {_first_error(tree.root_node)})")


def _parser(language: str) -> Parser:
    found = _parsers.get(language)
    if found is None:
        module, function, shown = _GRAMMARS[language]
        try:
            binding, grammar = _compiled("tree_sitter"), getattr(_compiled(module), function)()
            found = _parsers[language] = binding.Parser(binding.Language(grammar))
        except (ImportError, AttributeError, ValueError, TypeError) as problem:
            raise Unreadable(
                GRAMMAR, f"the {shown} grammar is not installed here ({problem})"[:200], f"Install it: {INSTALL}"
            ) from None
    return found


def _compiled(package: str) -> Any:
    """The compiled half of a package. The other half imports ``typing`` and ``importlib.resources``, twice its own time,
    for what is not used here; where the package is built otherwise, it is imported whole.

    Raises:
        ImportError: it is not installed.
    """
    if package not in sys.modules:
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(package)
        places = list(spec.submodule_search_locations or ()) if spec is not None else []
        inner = PathFinder.find_spec(f"{package}._binding", places) if places else None
        if inner is not None and inner.loader is not None and hasattr(inner.loader, "exec_module"):
            module = inner.loader.create_module(inner)
            if module is not None:
                inner.loader.exec_module(module)
                return module
    return __import__(package)


def _first_error(root: Node) -> int:
    node = root
    while True:
        child = next((each for each in node.children if each.has_error or each.is_missing), None)
        if child is None:
            return node.start_point[0] + 1
        if child.is_error or child.is_missing:
            return child.start_point[0] + 1
        node = child


def text(node: Node | None) -> str:
    return (node.text or b"").decode() if node is not None else ""


def first_line(node: Node, floor: int, also: tuple[str, ...] = ("comment",)) -> int:
    """The first line of a declaration with the comments and decorators directly above it, all below line ``floor``."""
    first = node.start_point[0] + 1
    before = node.prev_named_sibling
    while before is not None and before.type in also and last_line(before) >= first - 1 and before.start_point[0] + 1 > floor:
        first = before.start_point[0] + 1
        before = before.prev_named_sibling
    return first


def last_line(node: Node) -> int:
    """A node that ends at the very beginning of a line (one that takes its newline along) does not cover that line."""
    row, column = node.end_point
    return row + 1 if column or row == node.start_point[0] else row


def below(node: Node, also: tuple[str, ...]) -> Iterator[tuple[Node, int]]:
    """The named children with, for each, the last line of the neighbour before it that is no comment or decorator."""
    floor = 0
    for child in node.named_children:
        yield child, floor
        if child.type not in also:
            floor = last_line(child)


__all__ = ["INSTALL", "below", "first_line", "last_line", "parsed", "text"]
