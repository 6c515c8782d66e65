"""What came on agents' branches: adopted, refused, unusable. One line each."""

from __future__ import annotations

from gitcoord.text import counted
from gitcoord.views.budget import Section
from gitcoord.views.lines import quote, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ALL = "gitcoord log"
_NO_REMOTE = "there is no remote"


def adopted(result: dict[str, Any]) -> list[Section]:
    """The part of an answer that tells of adoption; nothing when there was nothing to adopt."""
    landed = [
        f"{'CONTESTED' if each.get('outcome') == 'contested' else 'adopted'}  {word(each.get('agent'), 64)}"
        f"  {quote(each.get('subject'), 120)}  via {word(each.get('via'), 120)}"
        for each in result.get("adopted") or []
    ]
    refused = [
        f"refused  {word(each.get('kind'), 40)} of {word(each.get('agent'), 64)} on {word(each.get('branch'), 120)}:"
        f" {quote(each.get('message'), 200)}"
        for each in result.get("refused_carried") or []
    ]
    if result.get("refused_more"):
        refused.append(f"and {result['refused_more']} more were refused")
    bad = [
        f"unusable  {each.get('files')} on {word(each.get('branch'), 120)}, such as {quote(each.get('first'), 80)}:"
        f" {word(each.get('reason'), 120)}"
        for each in result.get("unusable") or []
    ]
    rest = [f"{result['more']} more wait on their branches: gitcoord sync"] if result.get("more") else []
    if result.get("adoption"):
        rest.append(word(result["adoption"], 200))
    return [Section("", landed, _ALL), Section("", refused, _ALL), Section("", bad), Section("", rest)]


def harvest(result: dict[str, Any], now: float) -> list[Section]:
    verb = "would adopt" if result.get("dry_run") else "adopted"
    known = result.get("as_of") or {}
    places = counted(result.get("branches"), "branch")
    head = f"{verb} {result.get('adopted_total')} from {places}; revision {known.get('revision')}"
    return [Section("", [head]), *adopted(result)]


def road(result: dict[str, Any], waiting: list[str]) -> list[str]:
    """For whoever may not push the sync branch: one line for the road, and what publishes that which waits."""
    found = result.get("transport") or {}
    if found.get("reason") == _NO_REMOTE:  # then the repository itself is the register
        return waiting
    mode = str(found.get("mode"))
    if waiting:
        pending, here = (result.get("outbox") or {}).get("pending") or 0, found.get("unpublished") or 0
        one, many = _PUBLISHES[mode if mode in _PUBLISHES and here < pending else "local"]
        told = [f"PROVISIONAL: {counted(pending, 'write', be=True)} not on the sync branch", one if pending == 1 else many]
        if 0 < here < pending:
            told.append(f"{here} of them {'waits' if here == 1 else 'wait'} on this machine only: gitcoord sync")
        waiting = ["; ".join(told)]
    return [*waiting, f"TRANSPORT {mode}: {word(found.get('reason'), 120)}"]


#: Of one write, and of several.
_PUBLISHES = {
    "carrier": tuple(f"{wait} on a branch of yours for a peer's gitcoord sync" for wait in ("it waits", "they wait")),
    "tree": tuple(f"publish {it}: git add .gitcoord/outbox && git commit && git push" for it in ("it", "them")),
    "local": tuple(f"{wait} on this machine: gitcoord sync" for wait in ("it waits", "they wait")),
}
