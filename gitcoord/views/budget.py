"""The one place that knows every cap, in estimated tokens (protocol section 9), and fits answers under them.

Whole records are left out, least important first, with one line that says how many and the command that
shows them. A record is never cut in the middle.
"""

from __future__ import annotations

from gitcoord import fastjson
from gitcoord.text import estimate_tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.settings import Settings

#: name of an answer -> (default, hard). A budget may lower the default, and raise it up to the hard cap.
CAPS = {
    "discover": (400, 700), "status": (500, 800), "read": (800, 1200), "update": (150, 250), "handoff": (800, 1500),
    "leave": (800, 1500), "claim": (150, 400), "check": (150, 400), "release": (150, 400), "renew": (150, 400),
    "error": (120, 300), "claim-conflict": (150, 400), "show": (800, 1500), "store-get": (800, 1500), "doctor": (800, 1500),
    "request-release": (150, 400), "respond": (150, 400), "queue-cancel": (150, 400),
    "task": (800, 1500), "takeover": (800, 1500), "next-handoff": (800, 1500), "validate": (800, 1500), "message": (800, 1500),
    "config": (1500, 1500), "init": (800, 800), "init-plan": (6000, 6000), "ev-types": (1500, 1500), "sync": (400, 800),
    "ci-check": (800, 1500), "ci-received": (800, 1500), "ci-template": (1500, 2500), "harvest": (400, 800),
    "thread": (400, 700), "owners-why": (150, 400), "owners-set": (150, 400),
    "turn": (150, 250), "doctor-adopt": (400, 800), "upgrade-plan": (6000, 6000),
}  # fmt: skip
LISTS = (400, 800)
#: No cap holds more records than this: the rest need not be measured.
MOST = 200


def dumps(value: object) -> str:
    """One line of JSON, as it is printed: budgets measure exactly that."""
    return fastjson.dumps(value) + "\n"


#: Which setting holds the default of an answer; lists and writes without one of their own obey ``budgets.list``.
SETTINGS = {
    "discover": "discover", "status": "status", "read": "read", "update": "update", "handoff": "handoff",
    "leave": "handoff", "claim": "claim", "check": "claim", "release": "claim", "renew": "claim", "thread-read": "thread",
    "error": "error",
}  # fmt: skip


def usual(name: str, settings: Settings | None, tight: int = 100) -> int | None:
    """The budget of an answer that asked for none: the team's or machine's setting, tightened by so many per cent.
    None where the default stands as it is."""
    found = None
    own = SETTINGS.get(name) or (None if name in CAPS else "list")
    if own is not None and settings is not None:
        value, origin = settings.origin(f"budgets.{own}")
        found = int(value) if origin != "default" else None
    if tight >= 100:
        return found
    return int((found or cap_of(name)) * tight / 100)


def cap_of(name: str, budget: int | None = None) -> int:
    """Tokens that an answer of this name may take."""
    default, hard = CAPS.get(name, LISTS)
    return default if budget is None else max(40, min(budget, hard))


class Section:
    """Lines under a heading, most important first. ``more`` is the command that shows all of them."""

    __slots__ = ("head", "lines", "more", "total")

    def __init__(self, head: str, lines: list[str], more: str = "", total: int | None = None) -> None:
        self.head, self.lines, self.more = head, lines, more
        self.total = len(lines) if total is None else max(total, len(lines))


def fit_text(sections: list[Section], cap: int) -> str:
    """The sections in order, as far as the cap goes. Each section gets its first line before any gets all."""
    sections = [each for each in sections if each.lines]
    costs = [[estimate_tokens(line) for line in each.lines[:MOST]] for each in sections]
    heads = [estimate_tokens(each.head) if each.head else 0 for each in sections]
    tails = [estimate_tokens(_rest(each, each.total)) for each in sections]
    left = cap - sum(heads) - sum(tails)
    kept = [0] * len(sections)
    for target in (1, 3, 8, 1_000_000):
        for n in range(len(sections)):
            while kept[n] < min(target, len(costs[n])) and costs[n][kept[n]] <= left:
                left -= costs[n][kept[n]]
                kept[n] += 1
    shown: list[str] = []
    for n, each in enumerate(sections):
        if not kept[n] and not each.more:
            continue
        if each.head:
            shown.append(each.head)
        shown += each.lines[: kept[n]]
        if each.total > kept[n]:
            shown.append(_rest(each, each.total - kept[n]))
    text = "\n".join(shown) + "\n"
    while shown and estimate_tokens(text) > cap:
        shown.pop(-2 if len(shown) > 1 else -1)
        text = "\n".join(shown) + "\n"
    return text if shown else ""


def _rest(section: Section, count: int) -> str:
    return f"  {count} more" + (f": {section.more}" if section.more else "")


def fit_json(value: dict[str, Any], cap: int, more: str) -> dict[str, Any]:
    """The object with whole records left out of its longest lists until it fits; then it says ``truncated``."""
    if sum(len(each) for each in value.values() if isinstance(each, list)) <= MOST:
        text = dumps(value)
        if len(text) < 20 * cap and estimate_tokens(text) <= cap:
            return value
    fitted = {name: each[:MOST] if isinstance(each, list) else each for name, each in value.items()}
    fitted.update(truncated=True, next=more)
    _shorten(fitted, cap, ((True, 3), (False, 4), (True, 1), (False, 1)))
    if estimate_tokens(dumps(fitted)) > cap:
        _thin(fitted, cap)
    _shorten(fitted, cap, ((True, 0), (False, 0)))
    return fitted


#: Lists that an answer can do without, the least important first. Others go after these, the longest first.
_SPARE = ("next_actions", "beside", "events", "handoffs", "tasks", "coops", "decisions", "quarantined")


def _shorten(fitted: dict[str, Any], cap: int, floors: tuple[tuple[bool, int], ...]) -> None:
    """Records go from the end of their list: spare lists down to three records, then all that cost most."""
    costs = {
        name: [_about(dumps(record)) for record in each] for name, each in fitted.items() if isinstance(each, list)
    }
    text = dumps(fitted)
    total = _about(text)
    if total <= cap:
        total = estimate_tokens(text)
    for spare, floor in floors:
        while total > cap:
            names = [n for n in costs if len(costs[n]) > floor and (n in _SPARE) >= spare]
            if not names:
                break
            name = max(names, key=lambda n: sum(costs[n]))
            total -= costs[name].pop()
            fitted[name].pop()
            if total <= cap:
                total = estimate_tokens(dumps(fitted))


#: Text longer than this is not measured to the token before most of it has gone.
_LONG = 2000


def _about(text: str) -> int:
    """Tokens of a text; of a long one no more than it has, which is enough to know that it must become shorter."""
    return estimate_tokens(text) if len(text) <= _LONG else len(text) // 4


def _thin(fitted: dict[str, Any], cap: int) -> None:
    """One record alone is over the cap: its longest texts give way to where they can be read whole."""
    for name in [name for name, each in fitted.items() if each in ([], {}, "", None)]:
        del fitted[name]
    total = estimate_tokens(dumps(fitted))
    while total > cap:
        leaves = sorted(_leaves(fitted), key=lambda leaf: -leaf[0])
        if not leaves:
            return
        for _, place, key in leaves:
            total -= estimate_tokens(dumps({key: place.pop(key)})) - 4
            if total <= cap:
                break
        total = estimate_tokens(dumps(fitted))


#: What names a record, or proves that it is held: nothing works without these, and none is long.
_NEVER_THINNED = ("schema", "truncated", "next", "id", "alias", "code", "error", "outcome", "state", "fence", "lease_token")


def _leaves(value: dict[str, Any], depth: int = 0) -> list[tuple[int, dict[str, Any], str]]:
    """``(length, where, key)`` of every text, number and list of such that may be left out."""
    found: list[tuple[int, dict[str, Any], str]] = []
    for name, each in value.items():
        if name in _NEVER_THINNED:
            continue
        records = [each] if isinstance(each, dict) else each if isinstance(each, list) else []
        inner = [leaf for record in records if isinstance(record, dict) and depth < 4 for leaf in _leaves(record, depth + 1)]
        found += inner or [(len(dumps(each)), value, name)]
    return found
