"""What came on agents' branches: adopted, refused, unusable. One line each."""

from __future__ import annotations

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
    head = (
        f"{verb} {len(result.get('adopted') or [])} from {result.get('branches')} branches; revision {known.get('revision')}"
    )
    return [Section("", [head]), *adopted(result)]


def road(result: dict[str, Any]) -> str:
    """One short line for whoever may not push the sync branch; empty for everybody else."""
    found = result.get("transport") or {}
    mode = found.get("mode")
    if mode in (None, "direct") or found.get("reason") == _NO_REMOTE:  # then the repository itself is the register
        return ""
    means = {
        "carrier": "what you write waits on a branch of yours until a peer's gitcoord sync adopts it",
        "tree": "your writes publish when your branch is pushed: git add .gitcoord && git commit && git push",
        "local": "what you write waits on this machine",
    }.get(str(mode), "")
    return f"TRANSPORT {mode}: {means} ({word(found.get('reason'), 100)})"
