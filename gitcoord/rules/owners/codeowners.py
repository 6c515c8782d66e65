"""A CODEOWNERS file as modules of the policy. GitHub's rules: the last line that matches a path has it.

Read from https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
and held against an independent matcher in the tests. A pattern is that of a gitignore file, except that

- ``docs/*`` has the files right in ``docs``, not those below its folders;
- ``!``, ``[…]`` and a leading ``\\#`` do not work there. Such a line is named and left out, never guessed at;
- a line without owners takes the paths away from the lines above it: they are everybody's.

``[Section] @owner`` and ``^[Section]``, as GitLab has them, give the owners of the lines below that name none.
"""

from __future__ import annotations

from gitcoord.rules.owners.policy import MAX_NAME, Broken, check_owner, pattern_of
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")


class Line:
    """One rule. ``patterns`` are those of the policy that together mean what ``text`` means."""

    __slots__ = ("number", "owners", "patterns", "section", "text")

    def __init__(self, number: int, text: str, patterns: list[str], owners: list[str], section: str) -> None:
        self.number, self.text, self.patterns, self.owners, self.section = number, text, patterns, owners, section


def read(text: str) -> tuple[list[Line], list[str]]:
    """The rules in order, and one line for each that is left out, with the reason."""
    found: list[Line] = []
    problems: list[str] = []
    section, usual = "", list[str]()
    for number, raw in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        try:
            if line.startswith(("[", "^[")):
                section, usual = _section(line)
                continue
            words = _words(line)
            owners = [_owner(each) for each in words[1:]]
            found.append(Line(number, words[0], expanded(words[0]), owners or list(usual), section))
        except Broken as reason:
            problems.append(f"line {number} left out: {one_line(line, 80)}: {reason}")
    return found, problems


def _words(line: str) -> list[str]:
    """Pattern and owners. A blank in the pattern is written ``\\ ``; a ``#`` behind a blank begins a comment."""
    words: list[str] = []
    word = ""
    at = 0
    while at < len(line):
        letter = line[at]
        if letter == "\\" and at + 1 < len(line):
            word += line[at : at + 2]
            at += 2
            continue
        if letter.isspace():
            if word:
                words.append(word)
            word = ""
        elif letter == "#" and not word:
            break
        else:
            word += letter
        at += 1
    return [*words, word] if word else words


def _section(line: str) -> tuple[str, list[str]]:
    name, closed, rest = line.removeprefix("^").removeprefix("[").partition("]")
    if not closed or not name.strip() or "/" in name or set(name) & set("*?"):
        raise Broken("[ ] cannot stand in a pattern")
    if rest.startswith("["):  # [Section][2]: how many must approve
        rest = rest.partition("]")[2]
    if rest and not rest[0].isspace():
        raise Broken("[ ] cannot stand in a pattern")
    return name.strip(), [_owner(each) for each in _words(rest.strip())]


def _owner(word: str) -> str:
    if not word.startswith("@") and "@" not in word:
        raise Broken(f"{one_line(word, 40)!r} is neither @somebody nor an address")
    check_owner(word)
    return word


def expanded(text: str) -> list[str]:
    """The patterns of the policy that mean what a pattern of a CODEOWNERS file means. Raises Broken for one that
    does not work there."""
    if text.startswith("!"):
        raise Broken("! does not work in a CODEOWNERS file")
    if text.startswith("\\#"):
        raise Broken("\\# does not work in a CODEOWNERS file")
    if "[" in text or "]" in text:
        raise Broken("[ ] does not work in a CODEOWNERS file")
    if "***" in text:
        raise Broken("*** means nothing")
    plain = text.replace("\\ ", " ")
    anchored = "/" in plain.rstrip("/")
    body = plain.strip("/")
    if not body or "//" in plain:
        raise Broken("it names no path")
    steps = body.split("/")
    if any("**" in each and each != "**" for each in steps):
        raise Broken("** stands alone between slashes")
    last = steps[-1]
    if not anchored and steps[0] != "**":
        body = "**/" + body
    if last == "**":
        found = [body]
    elif plain.endswith("/"):
        found = [body + "/**"] if set("*?\\") & set(body) else [body + "/"]
    elif last == "*" and len(steps) > 1:
        found = [body]
    elif last == "*":
        found = ["**"]
    elif set("*?\\") & set(body):
        found = [body, body + "/**"]
    else:
        found = [body]
    return [pattern_of(each) for each in found]


def edits(lines: list[Line], enforcement: str | None, present: dict[str, Any]) -> list[dict[str, Any]]:
    """What makes the policy say the same as the file: one module a line, in its order, behind what is there.

    A line whose pattern stands again further down never wins, and is left out. Modules that stand in the order of the file
    stay where they are; from the first that does not on all are moved, since the last one that names a path has it.
    ``enforcement``: None keeps that of a module that is there.
    """
    last = {tuple(each.patterns): each.number for each in lines}
    kept = [each for each in lines if last[tuple(each.patterns)] == each.number]
    names: dict[str, Line] = {}
    for each in kept:
        names[_name(each, names)] = each
    there = [name for name in present if name in names]
    made: list[dict[str, Any]] = []
    for n, (name, each) in enumerate(names.items()):
        known = present.get(name)
        how = enforcement or (known.enforcement if known is not None else "soft")
        place = "kept" if [*names][: n + 1] == there[: n + 1] else "end"
        made.append(
            {"do": "put", "module": name, "paths": each.patterns, "owners": each.owners, "enforcement": how, "place": place}
        )
    return made if not _same(made, present) else []


def _same(made: list[dict[str, Any]], present: dict[str, Any]) -> bool:
    """Whether all of it is there already, in this order."""
    order = [name for name in present if name in {each["module"] for each in made}]
    if order != [each["module"] for each in made]:
        return False
    for each in made:
        there = present[each["module"]]
        said = (list(there.paths), list(there.owners), there.enforcement)
        if said != (each["paths"], each["owners"], each["enforcement"]):
            return False
    return True


def _name(line: Line, taken: dict[str, Line]) -> str:
    """A name that tells the path: ``src-auth`` for ``/src/auth/``, ``js-files`` for ``*.js``, ``everything`` for ``*``."""
    words: list[str] = []
    for step in line.text.replace("\\ ", " ").strip("/").split("/"):
        plain = "".join(c if c.isalnum() or c in "._-" else "-" for c in step.replace("*", "")).strip("-.")
        if plain:
            words.append(plain + ("-files" if "*" in step or "?" in step else ""))
    base = "-".join([*([line.section.replace(" ", "-")] if line.section else []), *words])[: MAX_NAME - 4]
    base = "".join(c for c in base if c.isalnum() or c in "._-") or "everything"
    name, n = base, 1
    while name in taken:
        n += 1
        name = f"{base}-{n}"
    return name
