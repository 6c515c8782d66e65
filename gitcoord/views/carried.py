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
        count = counted((result.get("outbox") or {}).get("pending"), "write", be=True)
        waiting = [f"PROVISIONAL: {count} not on the sync branch; {_PUBLISHES.get(mode, _PUBLISHES['local'])}"]
    return [*waiting, f"TRANSPORT {mode}: {word(found.get('reason'), 120)}"]


_PUBLISHES = {
    "carrier": "they wait on a branch of yours for a peer's gitcoord sync",
    "tree": "publish them: git add .gitcoord/outbox && git commit && git push",
    "local": "they wait on this machine: gitcoord sync",
}
