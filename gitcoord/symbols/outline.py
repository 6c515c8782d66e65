"""The one door: a path and its bytes to an outline. Chooses the language by the end of the path, imports it when needed."""

from __future__ import annotations

from gitcoord.symbols.declared import LANGUAGE, MAX_SIZE, SIZE, Outline, Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.symbols.declared import Hunk

PYTHON = "python"
LANGUAGES = {
    ".py": PYTHON, ".pyi": PYTHON, ".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "tsx",
    ".js": "javascript", ".jsx": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".go": "go",
}  # fmt: skip


def language_of(path: str) -> str:
    """``python``, ``typescript``, ``tsx``, ``javascript``, ``go``; empty when it is none of them."""
    name = path.rpartition("/")[2]
    dot = name.rfind(".")
    return LANGUAGES.get(name[dot:].lower(), "") if dot > 0 else ""


def outlines(path: str, old: bytes, new: bytes, hunks: list[Hunk]) -> tuple[Outline, Outline]:
    """Of two versions of a file, exact on and around the lines that differ. Raises Unreadable."""
    if not hunks:
        return outline(path, old), outline(path, new)
    if language_of(path) == PYTHON and old and new and max(len(old), len(new)) <= MAX_SIZE:
        from gitcoord.symbols import python

        return python.read_both(old, new, hunks)
    before, after = _near(hunks[0][:2], hunks[-1][:2]), _near(hunks[0][2:], hunks[-1][2:])
    return outline(path, old, before), outline(path, new, after)


def _near(first: tuple[int, int], last: tuple[int, int]) -> tuple[int, int]:
    """The lines of one side from the first to the last difference, and one more at each end."""
    return first[0] - bool(first[1]), last[0] + (last[1] or 1)


def outline(path: str, data: bytes, near: tuple[int, int] | None = None) -> Outline:
    """The declarations of a source file. ``near``: lines; what is inside of declarations elsewhere may be left out.

    Raises:
        Unreadable: it does not parse, is too large, or its language or grammar is not known here.
    """
    language = language_of(path)
    if not language:
        raise Unreadable(
            LANGUAGE, "its language is not one whose symbols are known", "Known are Python, TypeScript, JavaScript and Go."
        )
    if len(data) > MAX_SIZE:
        raise Unreadable(SIZE, f"it is larger than {MAX_SIZE >> 20} MB")
    if language == PYTHON:
        from gitcoord.symbols import python

        return python.read(data)
    from gitcoord.symbols import grammars

    tree = grammars.parsed(language, data)
    if language == "go":
        from gitcoord.symbols import golang

        return golang.read(tree)
    from gitcoord.symbols import typescript

    return typescript.read(tree, near)
