"""What a check says, and what becomes of a check that fails itself."""

from __future__ import annotations

from gitcoord.errors import GitcoordError, NeedsRepair
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from gitcoord.doctor.patient import Patient

OK, WARNING, ERROR, UNKNOWN = "ok", "warning", "error", "could-not-check"
#: Findings of one check that are told one by one.
MOST = 50
WIDE = 600


class Finding:
    """``fix`` is a command that helps, or what to do in a few words; empty when nothing is wrong."""

    __slots__ = ("detail", "fix", "level", "name", "ok")

    def __init__(self, name: str, ok: bool, level: str, detail: str, fix: str = "") -> None:
        self.name, self.ok, self.level = name, ok, level
        self.detail, self.fix = one_line(detail, WIDE), one_line(fix, WIDE)

    @property
    def broken(self) -> bool:
        return not self.ok and self.level == ERROR

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "ok": self.ok, "level": self.level, "detail": self.detail, "fix": self.fix}


def good(name: str, detail: str) -> Finding:
    return Finding(name, True, OK, detail)


def warned(name: str, detail: str, fix: str = "") -> Finding:
    """Worth a look; coordination goes on."""
    return Finding(name, False, WARNING, detail, fix)


def broken(name: str, detail: str, fix: str = "") -> Finding:
    return Finding(name, False, ERROR, detail, fix)


def unknown(name: str, detail: str, fix: str = "") -> Finding:
    return Finding(name, False, UNKNOWN, "could not check: " + detail, fix)


def isolated(name: str, check: Callable[[Patient], Iterable[Finding]], patient: Patient) -> list[Finding]:
    """What a check finds. When it fails midway, what it had found by then, and that it failed."""
    found: list[Finding] = []
    try:
        for each in check(patient):
            found.append(each)
    except GitcoordError as problem:
        # "gitcoord doctor" is no advice for somebody who just ran it.
        hint = "" if problem.hint.startswith("gitcoord doctor") else problem.hint
        say = broken if isinstance(problem, NeedsRepair) else unknown
        found.append(say(name, problem.message, hint))
    except Exception as problem:
        found.append(unknown(name, f"{type(problem).__name__}: {problem}"))
    return found


def few(name: str, found: Iterator[Finding], fix: str = "") -> Iterator[Finding]:
    """The first findings one by one, the rest as a number."""
    rest = 0
    level = OK
    for n, each in enumerate(found):
        if n < MOST:
            yield each
        else:
            rest, level = rest + 1, ERROR if ERROR in (level, each.level) else each.level
    if rest:
        yield Finding(name, False, level, f"and {rest} more of this kind", fix)
