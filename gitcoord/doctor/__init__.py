"""Looks at everything that coordination rests on, says what is wrong, and mends what needs no decision.

Every check stands alone: one that fails itself is reported as such and hides nothing of the others. Without
``repair`` nothing is written, but for what every read does: a fetch, and the tip of a rewritten branch is kept.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def run(
    directory: str = ".",
    *,
    offline: bool = False,
    repair: bool = False,
    only_state: bool = False,
    agent: str | None = None,
) -> dict[str, Any]:
    """``{"checks": [{"name", "ok", "level", "detail", "fix"}], "ok", "repaired"}``.

    ``ok`` is false only when something is broken (a failed check of level ``error``).

    Args:
        offline: do not ask the remote.
        repair: mend what needs no decision, then look again.
        only_state: look at the files of the branch alone, each of them (``gitcoord validate``).
    """
    from gitcoord.doctor.examination import examine

    return examine(directory, offline=offline, repair=repair, only_state=only_state, agent=agent)
