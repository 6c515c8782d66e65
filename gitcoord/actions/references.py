"""What an id, alias, slug or prefix means here: one entity, or an error that lists the near ones."""

from __future__ import annotations

from gitcoord.errors import Ambiguous, InvalidArguments, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace

_MOST = 8


def one(ws: Workspace, reference: str, kind: str | None = None) -> Entity:
    """The one entity that a reference means.

    Raises:
        NotFound: none, or one of another kind (which is then named).
        Ambiguous: several match; they are listed and nothing is guessed.
    """
    text = reference.strip()
    if not text:
        raise InvalidArguments(f"An empty reference names no {kind or 'entity'}.")
    reader = ws.reader()
    found = reader.resolve(kind, text)
    if len(found) == 1:
        return found[0]
    if found:
        raise Ambiguous(
            f"{_shown(text)} may mean {len(found)} things: {', '.join(_line(each) for each in found[:_MOST])}.",
            hint=f"gitcoord show {_shown(found[0].name)}",
            candidates=[_shown(each.name) for each in found[:_MOST]],
        )
    if ws.look_again():
        return one(ws, reference, kind)
    other = reader.resolve(None, text) if kind else []
    if len(other) == 1:
        raise NotFound(
            f"{_shown(text)} is {_a(other[0].kind)}, not {_a(str(kind))}.",
            hint=f"gitcoord show {_shown(other[0].name)}",
            kind=other[0].kind,
        )
    raise _unknown(ws, text, kind)


def _unknown(ws: Workspace, text: str, kind: str | None) -> NotFound:
    from gitcoord.model.ids import parse_alias

    named = parse_alias(text)
    wanted = kind or (named[0] if named else None)
    near: list[str] = []
    if wanted:
        from gitcoord.text import nearest

        names = [each.name for each in ws.reader().find(wanted, order="-id", limit=50)]
        near = nearest(text, names) or names[:3]
    what = "co-op" if wanted == "coop" else (wanted or "entity").replace("_", " ")
    return NotFound(
        f"There is no {what} {_shown(text)}." + (f" Near: {', '.join(_shown(each) for each in near)}." if near else ""),
        hint=_LISTS.get(wanted or "", "gitcoord status"),
        candidates=[_shown(each) for each in near],
    )


_LISTS = {
    "claim": "gitcoord claims --all", "task": "gitcoord task list --all", "blocker": "gitcoord blockers --all",
    "decision": "gitcoord decisions", "handoff": "gitcoord handoffs --all", "coop": "gitcoord discover",
    "attic": "gitcoord attic list", "agent": "gitcoord status", "message": "gitcoord msg list --all",
    "queue": "gitcoord queue list --all", "request": "gitcoord requests --all", "thread": "gitcoord thread list --all",
}  # fmt: skip


def _shown(text: str) -> str:
    from gitcoord.text import one_line

    return one_line(text, 60)


def _a(kind: str) -> str:
    name = "co-op" if kind == "coop" else kind.replace("_", " ")
    return f"{'an' if kind[:1] in 'aeio' else 'a'} {name}"


def _line(entity: Entity) -> str:
    title = entity.get("title") or entity.get("scope") or entity.get("summary") or ""
    return f"{_shown(entity.name)} ({_shown(str(title))})" if title else f"{entity.kind} {_shown(entity.name)}"
