"""What coordination costs: the report of the meter, and budgets that tighten when it is too much.

Counts are estimates of this machine's calls; nothing of it is ever on the branch.
"""

from __future__ import annotations

from gitcoord import clock
from gitcoord.errors import InvalidArguments
from gitcoord.text import estimate_tokens
from gitcoord.workspace import meter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.workspace import Workspace

#: The promise: coordination takes at most this part of an agent's tokens.
PROMISED = 0.05
#: Per cent of the default budgets that are left, step by step, while the promise is broken.
STEPS = (100, 75, 50)
#: Below this part the budgets loosen again: a step back that would break the promise at once helps nobody.
_RELAXED = 0.03
DAY = 86400
_LINES_OF_A_DIFF = 400_000


def record(ws: Workspace, tokens: int) -> dict[str, Any]:
    """All tokens that my session has taken today, as whoever runs it counted them."""
    if not 0 < tokens < 10**12:
        raise InvalidArguments("Say how many tokens the session took, such as 240000.", hint="gitcoord budget work 240000")
    agent = ws.identity().agent
    kept = ws.local.put_work(_day(clock.now()), agent, tokens)
    told = report(ws, days=1)
    return {"outcome": "recorded" if kept else "not-kept", **told}


def report(ws: Workspace, *, days: int = 7, agent: str | None = None) -> dict[str, Any]:
    """Estimated tokens by command, agent and day, against all tokens of the same agents and days where they are known.

    Where they are not: against the size of this branch's diff, which is a small part of what an agent reads and
    writes; that ratio is shown and never judged.
    """
    if not 0 < days < 3660:
        raise InvalidArguments("A report covers 1 to 3659 days.", hint="gitcoord budget report --days 7")
    meter.fold(ws.repo.home, ws.local)
    since = _day(clock.now() - (days - 1) * DAY)
    costs = ws.local.costs(since, agent)
    work = ws.local.work(since, agent)
    by_agent, by_day = _summed(costs, "agent"), _summed(costs, "day")
    result: dict[str, Any] = {
        "since": since,
        "total": {"calls": sum(c["calls"] for c in costs), "tokens": sum(map(_both, costs))},
        "commands": _summed(costs, "command"),
        "agents": by_agent,
        "days": by_day,
    }
    measured = {(each["day"], each["agent"]) for each in costs} & set(work)
    if measured:
        spent = sum(_both(each) for each in costs if (each["day"], each["agent"]) in measured)
        whole = sum(work[each] for each in measured)
        result.update(basis="session", work=whole, share=round(spent / whole, 4), **_judged(ws, spent / whole))
    else:
        diff = _diff_tokens(ws)
        result.update(basis="diff", work=diff, share=round(result["total"]["tokens"] / diff, 4) if diff else None)
        result["budgets"] = _tightness(ws)
    return result


def _summed(costs: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Most expensive first."""
    found: dict[str, dict[str, Any]] = {}
    for each in costs:
        one = found.setdefault(each[name], {name: each[name], "calls": 0, "given": 0, "told": 0})
        one["calls"] += each["calls"]
        one["given"] += each["given"]
        one["told"] += each["tokens"]
    return sorted(found.values(), key=lambda one: (-one["given"] - one["told"], one[name]))


def _both(cost: dict[str, Any]) -> int:
    return int(cost["given"] + cost["tokens"])


def _judged(ws: Workspace, share: float) -> dict[str, Any]:
    """Tightens the default budgets by a step over the promise, loosens them by a step well below it."""
    before = _tightness(ws)
    at = STEPS.index(before)
    if share > PROMISED:
        at = min(at + 1, len(STEPS) - 1)
    elif share < _RELAXED:
        at = max(at - 1, 0)
    after = STEPS[at]
    if after != before:
        ws.state.save(tight=after)
    said = f"{share:.1%} of all tokens; at most {PROMISED:.0%} is promised"
    if share > PROMISED:
        said += f"; answers keep to {after} % of their default budgets until it is less"
    return {"budgets": after, "note": said}


def _tightness(ws: Workspace) -> int:
    """Per cent of the default budgets in force here."""
    found = int(ws.state.number("tight"))
    return found if found in STEPS else STEPS[0]


def _diff_tokens(ws: Workspace) -> int:
    """Estimated tokens of what this branch and work tree changed since they left the remote's branches."""
    from gitcoord.errors import GitcoordError

    if ws.repo.worktree is None:
        return 0
    try:
        base = ws.git("merge-base", "HEAD", f"refs/remotes/{ws.register.name or 'origin'}/HEAD")
    except GitcoordError:
        base = "HEAD"
    try:
        return estimate_tokens(ws.git("diff", "--no-color", "--no-ext-diff", base, "--")[:_LINES_OF_A_DIFF]) - 1
    except GitcoordError:
        return 0


def _day(instant: float) -> str:
    return clock.rfc3339(instant)[:10]
