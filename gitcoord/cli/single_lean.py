"""Source text without what only people read. Pure."""

from __future__ import annotations

import ast
import io
import tokenize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def lean(source: bytes) -> bytes:
    """The module without comments and docstrings, line by line where it was; as it is where that could change anything."""
    lines = source.split(b"\n")
    spans = [*_docstrings(ast.parse(source)), *_comments(source)]
    for first, start, last, end, instead in sorted(spans, reverse=True):
        before, after = lines[first - 1][:start], lines[last - 1][end:]
        lines[first - 1 : last] = [(before if instead else before.rstrip()) + instead + after, *[b""] * (last - first)]
    text = b"\n".join(lines)
    return text if _meaning(text) == _meaning(source) else source


def _docstrings(tree: ast.AST) -> Iterator[tuple[int, int, int, int, bytes]]:
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) or not node.body:
            continue
        each = node.body[0]
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) and isinstance(each.value.value, str):
            yield each.lineno, each.col_offset, each.end_lineno or each.lineno, each.end_col_offset or 0, b'""'


def _comments(source: bytes) -> Iterator[tuple[int, int, int, int, bytes]]:
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type == tokenize.COMMENT:
            (row, column), line = token.start, token.line
            start = len(line[:column].encode())
            yield row, start, row, start + len(token.string.encode()), b""


def _meaning(source: bytes) -> str:
    tree = ast.parse(source)
    for row, column, *_ in _docstrings(tree):
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and (node.lineno, node.col_offset) == (row, column):
                node.value = ""
    return ast.dump(tree)
