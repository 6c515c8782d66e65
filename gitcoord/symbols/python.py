"""Python, read with the parser of the running interpreter; ``ast`` itself is never imported, only its C half is used.

Declared are classes, functions and methods at any depth (looked for inside ``if``, ``try``, ``with`` and loops too),
type aliases, and constants: capital names that the module assigns exactly once.
"""

from __future__ import annotations

from gitcoord.symbols.declared import (
    CLASS,
    CONST,
    ENUM,
    FUNCTION,
    INTERFACE,
    METHOD,
    SYNTAX,
    TYPE,
    Outline,
    Unreadable,
    part,
)  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.symbols.declared import Hunk

#: ``ast.PyCF_ONLY_AST``
_ONLY_AST = 0x400
_FUNCTIONS = ("FunctionDef", "AsyncFunctionDef")
#: Fields of statements that hold further statements.
_BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")
_COMPOUND = frozenset({
    "If", "Try", "TryStar", "With", "AsyncWith", "For", "AsyncFor", "While", "Match", "ExceptHandler", "match_case",
})  # fmt: skip


def read(data: bytes) -> Outline:
    """Raises Unreadable (syntax) with the line, also for text that is no Python of this interpreter."""
    walk = Walk(_lines(data))
    walk.statements(_parsed(data).body)
    return walk.outline()


def read_both(old: bytes, new: bytes, hunks: list[Hunk]) -> tuple[Outline, Outline]:
    """Outlines of two versions, whole around the lines that differ; elsewhere what is inside of functions and classes is
    left out. Of the old version only the statements that differ are parsed: half the time for a large file.

    What comes before the last statement that begins above all differences is the same text from the same beginning. If the
    statements from there to the first one that begins below all differences parse alone, the rest is the same text again.

    Raises:
        Unreadable: one of them does not parse.
    """
    lines_old, lines_new = _lines(old), _lines(new)
    body = _parsed(new).body
    first, last, shift = _region(hunks)
    begins = [_first(each) for each in body]
    alone = [line for line, each in zip(begins, body, strict=True) if _stands_alone(each, line, lines_new)]
    start = max((line for line in alone if line < first), default=1)
    end = min((line for line in alone if line > last), default=len(lines_new) + 1)
    middle = _middle(lines_old, start, end + shift) if len(lines_old) - len(lines_new) == shift else None
    before, after = Walk(lines_old), Walk(lines_new)
    after.statements(body, deep=None if middle is None else (start, end))
    if middle is None:
        return read(old), after.outline()
    before.statements([each for each, line in zip(body, begins, strict=True) if line < start], deep=(0, 0))
    before.statements(middle, start - 1)
    before.statements([each for each, line in zip(body, begins, strict=True) if line >= end], shift, (0, 0))
    return before.outline(), after.outline()


def _middle(lines: list[bytes], start: int, end: int) -> list[Any] | None:
    """The statements of lines ``start`` to before ``end``; None where they mean nothing alone."""
    if any(b"coding" in line for line in lines[:2]):
        return None
    last = b"\n" if end <= len(lines) else b""
    try:
        found: list[Any] = _parsed(b"\n".join(lines[start - 1 : end - 1]) + last).body
    except Unreadable:
        return None
    return found


def _lines(data: bytes) -> list[bytes]:
    if data.count(b"\r") != data.count(b"\r\n"):
        raise Unreadable(SYNTAX, "it has carriage returns that end no line")
    return data.split(b"\n")


def _region(hunks: list[Hunk]) -> tuple[int, int, int]:
    """First and last line of the new text that differ (last below first: lines only went), and old less new line after it."""
    _, _, first, count = hunks[0]
    old_first, old_count, last, last_count = hunks[-1]
    below = last + (not last_count) + last_count
    return first + (not count), below - 1, old_first + (not old_count) + old_count - below


def _first(node: Any) -> int:
    return min((each.lineno for each in getattr(node, "decorator_list", ())), default=int(node.lineno))


def _stands_alone(node: Any, first: int, lines: list[bytes]) -> bool:
    """Whether a statement of the module is the first on its line."""
    return not node.col_offset and (first == node.lineno or lines[first - 1].startswith(b"@"))


def _parsed(data: bytes) -> Any:
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(data, "<source>", "exec", _ONLY_AST, dont_inherit=True)
    except SyntaxError as problem:
        where = f" (line {problem.lineno})" if problem.lineno else ""
        raise Unreadable(SYNTAX, f"it does not parse as Python: {problem.msg}{where}") from None
    except (ValueError, MemoryError, RecursionError, OverflowError) as problem:
        raise Unreadable(SYNTAX, f"it does not parse as Python: {problem or 'it is nested too deeply'}") from None


class Walk:
    """Statements, in the order of the text, without recursion."""

    def __init__(self, lines: list[bytes]) -> None:
        self.lines = lines
        self.shift = self.floor = 0
        self.deep: tuple[int, int] | None = None
        self.found: list[tuple[str, str, int, int]] = []
        self.imports: list[tuple[int, int]] = []
        self.constants: dict[str, list[tuple[int, int]]] = {}

    def statements(self, body: list[Any], shift: int = 0, deep: tuple[int, int] | None = None) -> None:
        """``shift``: what to add to each line. ``deep``: lines; functions and classes elsewhere are not looked into."""
        self.shift, self.deep = shift, deep
        stack: list[tuple[Any, str, bool, int]] = []
        _push(stack, body, "", False, self.floor - shift)
        if body:
            self.floor = body[-1].end_lineno + shift
        while stack:
            node, chain, in_class, floor = stack.pop()
            kind = type(node).__name__
            if kind in _FUNCTIONS or kind == "ClassDef":
                self._declaration(stack, node, kind, chain, in_class, floor)
            elif kind in _COMPOUND:
                for field in _BLOCKS:
                    _push(stack, getattr(node, field, None) or (), chain, in_class, floor)
            elif not chain:
                self._at_module_level(node, kind)
            elif kind == "TypeAlias":
                self._add(f"{chain}::{node.name.id}", TYPE, node.lineno, node.end_lineno)

    def _declaration(self, stack: list[Any], node: Any, kind: str, chain: str, in_class: bool, floor: int) -> None:
        name = part(node.name)
        if not name:
            return
        name = f"{chain}::{name}" if chain else name
        first = _first(node)
        usual = METHOD if in_class else FUNCTION
        shown = _class_kind(node) if kind == "ClassDef" else usual
        self._add(name, shown, self._with_comment(first, floor), node.end_lineno)
        if self.deep is None or (first < self.deep[1] and node.end_lineno >= self.deep[0]):
            _push(stack, node.body, name, kind == "ClassDef", node.lineno)

    def _add(self, name: str, kind: str, first: int, last: int) -> None:
        self.found.append((name, kind, first + self.shift, last + self.shift))

    def _with_comment(self, first: int, floor: int) -> int:
        """The first line of the comment that ends directly above ``first``; it begins below line ``floor``."""
        while first - 1 > floor and self.lines[first + self.shift - 2].lstrip().startswith(b"#"):
            first -= 1
        return first

    def _at_module_level(self, node: Any, kind: str) -> None:
        if kind in ("Import", "ImportFrom"):
            self.imports.append((node.lineno + self.shift, node.end_lineno + self.shift))
        elif kind == "TypeAlias":
            self._add(node.name.id, TYPE, node.lineno, node.end_lineno)
        elif kind in ("Assign", "AnnAssign", "AugAssign"):
            for target in node.targets if kind == "Assign" else [node.target]:
                for name in _names(target):
                    self.constants.setdefault(name, []).append((node.lineno + self.shift, node.end_lineno + self.shift))

    def outline(self) -> Outline:
        taken = {name for name, *_ in self.found}
        for name, spans in self.constants.items():
            if len(spans) == 1 and name.upper() == name and name.lower() != name and name not in taken:
                self.found.append((name, CONST, *spans[0]))
        return Outline(sorted(self.found, key=lambda each: (each[2], -each[3])), self.imports)


def _push(stack: list[Any], nodes: Any, chain: str, in_class: bool, floor: int) -> None:
    """The statements of a block, the first on top. ``floor``: the last line of what stands before each."""
    entries = []
    for node in nodes:
        entries.append((node, chain, in_class, floor))
        floor = getattr(node, "end_lineno", None) or floor
    stack.extend(reversed(entries))


def _class_kind(node: Any) -> str:
    bases = [getattr(base, "attr", "") or getattr(base, "id", "") for base in node.bases]
    if any(base.endswith(("Enum", "Flag")) for base in bases):
        return ENUM
    return INTERFACE if "Protocol" in bases else CLASS


def _names(target: Any) -> list[str]:
    kind = type(target).__name__
    if kind == "Name":
        return [target.id]
    return [name for each in target.elts for name in _names(each)] if kind in ("Tuple", "List") else []
