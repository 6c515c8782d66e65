"""Which declarations a change touches: two texts and the lines that differ, to names. Lines are looked at on both sides,
what went in the old text and what came in the new one.

A changed line touches the innermost declaration around it, not those around that. Blank lines between declarations
touch nothing. A declaration that was renamed keeps its old name here: whoever may edit it may rename it.
"""

from __future__ import annotations

from gitcoord.symbols.declared import CLASS, ENUM, INTERFACE, UNKNOWN, covers
from gitcoord.symbols.outline import outlines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.symbols.declared import Hunk, Outline

#: What lines outside of every declaration touch. No symbol has a blank in its name.
IMPORTS, MODULE = "the imports", "module level"


def touched(path: str, old: bytes, new: bytes, hunks: list[Hunk]) -> dict[str, int]:
    """Name to the first changed line that touches it: a line of the new text, for what only went one of the old.

    Raises:
        Unreadable: one of the texts has no outline.
    """
    was, now = outlines(path, old, new, hunks)
    before, after = _Side(old, was), _Side(new, now)
    renamed = _renamed(before, after, hunks)
    found: dict[str, int] = {}
    for _, _, first, count in hunks:
        for line in range(first, first + count):
            for name in after.names(line):
                found.setdefault(_called(name, renamed), line)
    for first, count, _, _ in hunks:
        for line in range(first, first + count):
            for name in before.names(line):
                found.setdefault(name, line)
    for name in before.known.keys() - {_called(each, renamed) for each in after.known}:
        found.setdefault(name, hunks[0][2] if hunks else 1)  # gone, perhaps into a text that was put around it
    return found


class _Side:
    """One of the two texts: the innermost declarations of each line."""

    def __init__(self, data: bytes, known: Outline) -> None:
        self.lines = data.split(b"\n")
        self.known = {each.name: each.spans for each in known.declared}
        self.roomy = {each.name for each in known.declared if each.kind in (CLASS, INTERFACE, ENUM, UNKNOWN)}
        self.owner = [""] * (len(self.lines) + 1)
        self.shared: dict[int, set[str]] = {}
        self.imports = {line for first, last in known.imports for line in range(first, last + 1)}
        spans = [(first, -last, name.count("::"), name) for name, each in self.known.items() for first, last in each]
        for first, last, _, name in sorted(spans):
            self._paint(name, first, min(-last, len(self.lines)))

    def _paint(self, name: str, first: int, last: int) -> None:
        """Outer declarations come first. One that begins where another has not ended shares that line with it."""
        line = first
        while line <= last and self.owner[line] and (line == first or not covers(self.owner[line], name)):
            if not covers(self.owner[line], name) or self._begins(self.owner[line], line):
                self.shared.setdefault(line, set()).add(self.owner[line])
            line += 1
        self.owner[first : last + 1] = [name] * (last + 1 - first)

    def _begins(self, name: str, line: int) -> bool:
        return any(first == line for first, _ in self.known.get(name, ()))

    def names(self, line: int) -> Iterable[str]:
        owner = self.owner[line] if line < len(self.owner) else ""
        if line > len(self.lines) or ((not owner or owner in self.roomy) and not self.lines[line - 1].strip()):
            return ()
        if owner:
            more = self.shared.get(line)
            return (owner,) if more is None else (owner, *sorted(more))
        return (IMPORTS,) if line in self.imports else (MODULE,)


def _called(name: str, renamed: dict[str, str]) -> str:
    for new, old in renamed.items():
        if covers(new, name):
            return old + name[len(new) :]
    return name


def _renamed(before: _Side, after: _Side, hunks: list[Hunk]) -> dict[str, str]:
    """New names for which a declaration stood in the same place that is gone: new name to old name."""
    gone = [name for name in before.known if name not in after.known]
    come = [name for name in after.known if name not in before.known]
    if not gone or not come:
        return {}
    found: dict[str, str] = {}
    for name in come:
        parent = name.rpartition("::")[0]
        if parent and parent not in before.known:
            continue
        places = {each for first, last in after.known[name] for line in _lines_before(first, last, hunks)
                  for each in before.names(line)}  # fmt: skip
        was = [each for each in gone if places and all(covers(each, place) for place in places)]
        if was and was[0] not in found.values() and was[0].rpartition("::")[0] == parent:
            found[name] = was[0]
    return found


def _lines_before(first: int, last: int, hunks: list[Hunk]) -> Iterable[int]:
    """The old lines that stood where the new lines ``first`` to ``last`` stand."""
    line, shift = first, 0  # shift: old line less new line, between hunks
    for old_first, old_count, new_first, new_count in hunks:
        begins = new_first + (not new_count)  # git names the line before an empty range
        ends = begins + new_count
        if begins > last:
            break
        if ends > first or (not new_count and begins > first):
            yield from range(line + shift, begins + shift)
            yield from range(old_first, old_first + old_count)
        line = max(first, ends)
        shift = (old_first + (not old_count)) + old_count - ends
    yield from range(line + shift, last + 1 + shift)
