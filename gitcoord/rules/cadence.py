"""How soon an agent should look again: a pure function of the last thing that mattered and of the time.

The five states and their intervals are those of the co-op paper, section 10; the settings ``loop.*`` hold the numbers.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.settings import Settings

LIVE_THREAD, ACTIVE, NORMAL, STALE, STOPPED = "live-thread", "active", "normal", "stale", "stopped"


class Pace:
    """``interval`` in seconds until the next look; 0 when there is none."""

    __slots__ = ("interval", "state", "why")

    def __init__(self, state: str, interval: int, why: str) -> None:
        self.state, self.interval, self.why = state, interval, why


def pace(
    last_meaningful: float,
    in_live_thread: bool,
    now: float,
    settings: Settings,
    period: int | None = None,
    adaptive: bool = True,
) -> Pace:
    """The state of the loop at ``now``; bounds are inclusive, as everywhere.

    Args:
        last_meaningful: instant of the last meaningful update of the co-op or of this agent.
        in_live_thread: whether this agent takes part in a thread that is open; bystanders keep their pace.
        period: the interval of the state ``normal``, and without ``adaptive`` that of every state but a live thread.
    """
    from gitcoord.text import show_duration

    silent = max(0.0, now - last_meaningful)
    if in_live_thread:
        return Pace(LIVE_THREAD, int(settings.get("loop.live")), "you take part in a live thread")
    if silent > settings.get("loop.stop"):
        return Pace(STOPPED, 0, f"nothing meaningful for {show_duration(silent)}")
    if silent > settings.get("loop.stale"):
        found = Pace(STALE, int(settings.get("loop.stale")), f"nothing meaningful for {show_duration(silent)}")
    elif silent > settings.get("coops.active"):
        found = Pace(NORMAL, int(settings.get("loop.normal")), f"the last meaningful update was {show_duration(silent)} ago")
    else:
        found = Pace(ACTIVE, int(settings.get("loop.active")), f"something meaningful happened {show_duration(silent)} ago")
    if period is not None and (found.state == NORMAL or not adaptive):
        found.interval = period
    return found
