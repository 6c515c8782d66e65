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
    spans = list(_comments(source))
    for each in _docstrings(ast.parse(source)):
        spans.append((each.lineno, each.col_offset, each.end_lineno or 0, each.end_col_offset or 0, b'""'))
    for first, start, last, end, instead in sorted(spans, reverse=True):
        before, after = lines[first - 1][:start], lines[last - 1][end:]
        lines[first - 1 : last] = [(before if instead else before.rstrip()) + instead + after, *[b""] * (last - first)]
    text = b"\n".join(lines)
    return text if _meaning(text) == _meaning(source) else source


def _docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.body:
            each = node.body[0]
            if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) and isinstance(each.value.value, str):
                yield each.value


def _comments(source: bytes) -> Iterator[tuple[int, int, int, int, bytes]]:
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type == tokenize.COMMENT:
            (row, column), line = token.start, token.line
            start = len(line[:column].encode())
            yield row, start, row, start + len(token.string.encode()), b""


def _meaning(source: bytes) -> str:
    tree = ast.parse(source)
    for each in _docstrings(tree):
        each.value = ""
    return ast.dump(tree)
