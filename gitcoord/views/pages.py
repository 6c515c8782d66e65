"""Which page tells an answer. A module of pages is imported when one of its pages is shown.

A page is a function of the result and the time that gives sections; budgets are applied by the caller.
"""

from __future__ import annotations

from gitcoord.views.budget import Section

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Page = Callable[[dict[str, Any], float], list[Section]]

#: name of an answer -> ``module:function`` of this package; ``=plural`` for a plain list.
PAGES = {
    "status": "hot:status", "read": "hot:read", "turn": "hot:turn",
    "check": "claims:check", "requests": "claims:requests",
    "start": "writes:started", "discover": "hot:discover", "sync": "writes:sync", "harvest": "carried:harvest",
    "push": "landing:push", "radar": "landing:radar", "land": "landing:land",
    "thread": "threads:thread", "message": "messages:message", "profile": "messages:profile",
    "handoff": "handoffs:written", "leave": "handoffs:left", "takeover": "handoffs:taken", "reap": "handoffs:reaped",
    "next-handoff": "handoffs:waiting",
    "show": "records:show", "store-get": "records:show", "log": "records:log",
    "owners": "owners:policy", "owners-why": "owners:why", "owners-set": "owners:changed", "owners-infer": "owners:inferred",
    "metrics-hotspots": "owners:hotspots", "hotspots": "owners:shared", "metrics": "owners:table", "why": "owners:history",
    "propose": "proposals:proposed", "proposals": "proposals:listed",
    "init": "upkeep:init", "init-plan": "upkeep:init", "invite": "upkeep:invite", "doctor": "upkeep:doctor",
    "validate": "upkeep:doctor", "config": "upkeep:config", "config-set": "upkeep:setting",
    "budget-report": "upkeep:budget_report", "loop": "upkeep:loop",
    "doctor-adopt": "upkeep:adopted",
    "export": "upkeep:export", **dict.fromkeys(
        ("uninstall", "hooks", "rebuild-index", "digest", "version", "ev-types"), "upkeep:report"
    ),
    "upgrade": "upkeep:upgrade", "upgrade-plan": "upkeep:upgrade",
    "ci-check": "ci:check", "ci-received": "ci:received", "ci-trailer": "upkeep:report", "ci-template": "upkeep:report",
    "claims": "=claims", "blockers": "=blockers", "decisions": "=decisions", "tasks": "=tasks", "handoffs": "=handoffs",
    "attic": "=attic", "queue": "=queue", "threads": "=threads", "runs": "=runs", "messages": "=messages",
}  # fmt: skip
#: Every answer that is not named above is that of a write.
_WRITE = "writes:write"


def page(name: str, result: dict[str, Any], now: float) -> list[Section]:
    return page_of(name)(result, now)


def page_of(name: str) -> Page:
    place = PAGES.get(name, _WRITE)
    if place[0] == "=":
        from gitcoord.views.records import listed

        return listed(place[1:])
    module, _, function = place.partition(":")
    found: Page = getattr(__import__(f"gitcoord.views.{module}", fromlist=[function]), function)
    return found
