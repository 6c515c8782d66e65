"""The README.md at the root of the sync branch: for the human who opens it on a forge. Generated, small."""

from __future__ import annotations

from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gitcoord.model.entity import Entity

#: Rows of a table; who wants all of it has the command.
MAX_ROWS = 20

_HEAD = """\
# {title}

This branch belongs to [gitcoord](https://pypi.org/project/gitcoord/). It holds what the agents and people working in
this repository tell each other: who works on what, which files are claimed and until when, open questions, decisions,
tasks and handoffs. It shares no history with the code and is never merged into it.

- `coops/`, `agents/`, `sessions/`: who works together
- `claims/`: who holds which files, directories, symbols, environments
- `tasks/`, `blockers/`, `decisions/`, `handoffs/`, `checkins/`: the work, one file each
- `journal/`: everything that happened, one line each; `attic/`: values that lost, kept so that they can be restored

Look at it with `gitcoord status`, or without gitcoord in the files themselves. Write with gitcoord: it makes sure that
two people never hold the same thing. Editing a file by hand and pushing works too, and counts as one revision.
Do not rewrite or delete the branch; every clone would stop and ask what happened.
"""


def branch_readme(
    project: str = "", coops: Iterable[Entity] = (), claims: Iterable[Entity] = (), as_of: str = ""
) -> str:
    """Markdown, at most a few KiB. Nothing that a peer wrote can break out of its cell.

    Args:
        project: what the repository is called.
        coops, claims: the open ones, for the tables; both may be empty.
        as_of: the instant to which the tables belong.
    """
    parts = [_HEAD.format(title=f"Coordination of {_cell(project)}" if project else "Coordination of this repository")]
    open_coops, held = list(coops), list(claims)
    if open_coops:
        rows = [(each.get("slug"), each.get("title"), each.get("goal")) for each in open_coops]
        parts.append(_table("Co-ops", ("name", "title", "goal"), rows))
    if held:
        cells = [(c.get("scope"), c.get("agent"), c.get("expires_at"), c.alias) for c in held]
        parts.append(_table("Claims", ("scope", "held by", "until", "claim"), cells))
    if as_of and (open_coops or held):
        parts.append(f"As of {_cell(as_of)}.\n")
    return "\n".join(parts)


def _table(title: str, names: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> str:
    lines = [f"## {title}", "", _row(names), _row("---" for _ in names)]
    lines += [_row(_cell(value) for value in row) for row in rows[:MAX_ROWS]]
    if len(rows) > MAX_ROWS:
        lines += ["", f"and {len(rows) - MAX_ROWS} more: `gitcoord status`"]
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: object) -> str:
    """Peer text as code: forges render no link, image, mention or tag in it."""
    text = one_line(str(value or ""), 80).replace("`", "'").replace("|", "¦")
    return f"`{text}`" if text else ""
