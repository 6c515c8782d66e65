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
    if data.count(b"\r") != data.count(b"\r\n"):
        raise Unreadable(SYNTAX, "it has carriage returns that end no line")
    lines = data.split(b"\n")
    walk = _Walk(lines)
    walk.module(_parsed(data))
    return walk.outline()


def _parsed(data: bytes) -> Any:
    import gc
    import warnings

    collecting = gc.isenabled()
    gc.disable()  # a tree is 20,000 objects at once: collecting meanwhile costs a third of the time
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(data, "<source>", "exec", _ONLY_AST, dont_inherit=True)
    except SyntaxError as problem:
        where = f" (line {problem.lineno})" if problem.lineno else ""
        raise Unreadable(SYNTAX, f"it does not parse as Python: {problem.msg}{where}") from None
    except (ValueError, MemoryError, RecursionError, OverflowError) as problem:
        raise Unreadable(SYNTAX, f"it does not parse as Python: {problem or 'it is nested too deeply'}") from None
    finally:
        if collecting:
            gc.enable()


class _Walk:
    """Statements, in the order of the text, without recursion."""

    def __init__(self, lines: list[bytes]) -> None:
        self.lines = lines
        self.found: list[tuple[str, str, int, int]] = []
        self.imports: list[tuple[int, int]] = []
        self.constants: dict[str, list[tuple[int, int]]] = {}

    def module(self, tree: Any) -> None:
        stack: list[tuple[Any, str, bool, int]] = []
        _push(stack, tree.body, "", False, 0)
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
                self.found.append((f"{chain}::{node.name.id}", TYPE, node.lineno, node.end_lineno))

    def _declaration(self, stack: list[Any], node: Any, kind: str, chain: str, in_class: bool, floor: int) -> None:
        name = part(node.name)
        if not name:
            return
        name = f"{chain}::{name}" if chain else name
        first = min((each.lineno for each in node.decorator_list), default=node.lineno)
        usual = METHOD if in_class else FUNCTION
        shown = _class_kind(node) if kind == "ClassDef" else usual
        self.found.append((name, shown, self._with_comment(first, floor), node.end_lineno))
        _push(stack, node.body, name, kind == "ClassDef", node.lineno)

    def _with_comment(self, first: int, floor: int) -> int:
        """The first line of the comment that ends directly above ``first``; it begins below line ``floor``."""
        while first - 1 > floor and self.lines[first - 2].lstrip().startswith(b"#"):
            first -= 1
        return first

    def _at_module_level(self, node: Any, kind: str) -> None:
        if kind in ("Import", "ImportFrom"):
            self.imports.append((node.lineno, node.end_lineno))
        elif kind == "TypeAlias":
            self.found.append((node.name.id, TYPE, node.lineno, node.end_lineno))
        elif kind in ("Assign", "AnnAssign", "AugAssign"):
            for target in node.targets if kind == "Assign" else [node.target]:
                for name in _names(target):
                    self.constants.setdefault(name, []).append((node.lineno, node.end_lineno))

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
