"""What a branch does to the claims of others, for a terminal and for the log of a job."""

from __future__ import annotations

from gitcoord.views import lines
from gitcoord.views.budget import Section
from gitcoord.views.lines import word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NOBODY = "Whose branch this is, is not known. If these claims are its own, say so: --agent NAME, --branch NAME, or proofs."
MORE = "add --format github, or --json --budget 1500"


def check(result: dict[str, Any], now: float) -> list[Section]:
    over = [f"  {where(each)}  {holder(each, now)}" for each in result.get("conflicts") or []]
    bad = [f"  {proof(each)}" for each in result.get("proofs") or [] if not each.get("ok")]
    bare = [f"  {word(each.get('path'), 200)}" for each in result.get("uncovered") or []]
    waits = [f"  {word(each.get('path'), 200)}  {lines.claim(each['claim'], now)}" for each in result.get("unlanded") or []]
    since = [f"  {word(each.get('path'), 200)}  {lines.claim(each['claim'], now)}" for each in result.get("since") or []]
    return [
        Section("", [headline(result)]),
        Section("Runs over live claims of others:", over, MORE),
        Section("", [NOBODY] if over and not result.get("known_by") else []),
        Section("Claim proofs that do not hold:", bad, MORE),
        Section("Covered by no claim:", bare, MORE),
        Section("Given back by others and not landed:", waits, MORE),
        Section("Proved, and claimed by others since:", since, MORE),
        Section("Held by the branch itself:", [f"  {own(each)}" for each in result.get("held") or []], MORE),
        Section("", [footer(result)]),
    ]  # fmt: skip


def headline(result: dict[str, Any]) -> str:
    """``refused: 2 conflicts, 1 path uncovered; 12 paths changed in 3 commits``."""
    counts = [
        _count(len(result.get("conflicts") or []), "conflict"),
        _count(len([each for each in result.get("proofs") or [] if not each.get("ok")]), "refused proof"),
        _count(len(result.get("uncovered") or []), "uncovered path"),
    ]
    said = ", ".join(each for each in counts if each) or "nobody's claim is run over"
    size = f"{_count(int(result.get('changed') or 0), 'path') or 'no path'} changed"
    size += f" in {_count(int(result.get('commits') or 0), 'commit') or 'no commit'}"
    return f"{'passed' if result.get('ok') else 'refused'}: {said}; {size}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""


def footer(result: dict[str, Any]) -> str:
    """Whose the branch was taken to be, and the revision that the answer rests on."""
    known = result.get("as_of") or {}
    names = ", ".join(word(each, 64) for each in result.get("agents") or [])
    who = f"by {names}, known by {word(result.get('known_by'), 20)}" if names else "whose branch it is, is not known"
    proofs = [each for each in result.get("proofs") or [] if each.get("ok")]
    held = f"; {_count(len(proofs), 'proof')} of {result.get('commits')} commits hold" if proofs else ""
    unread = f"; {result['unread']} older commits were not read" if result.get("unread") else ""
    return f"({who}{held}{unread}; revision {known.get('revision')})"


def where(each: dict[str, Any]) -> str:
    symbols = ", ".join(word(name, 80) for name in (each.get("symbols") or [])[:3])
    return word(each.get("path"), 200) + (f": {symbols}" if symbols else "")


def holder(each: dict[str, Any], now: float) -> str:
    """``river until 14:20Z (1 h left), CLM-12``, and why all of the file counts where it does."""
    claim = each.get("claim") or {}
    why = f"  (all of it counts: {word(each['reason'], 160)})" if each.get("reason") else ""
    until = lines.when(claim.get("expires_at"), now)
    return f"{word(claim.get('agent'), 64)} until {until}, {word(claim.get('alias'), 30)}{why}"


def own(each: dict[str, Any]) -> str:
    claim = each.get("claim") or {}
    how = "proved" if each.get("proved") else word(claim.get("state"), 20)
    return f"{word(each.get('path'), 200)}  {word(claim.get('agent'), 64)}, {word(claim.get('alias'), 30)} ({how})"


def proof(each: dict[str, Any]) -> str:
    """``3f2a9c1d44e0  CLM-4@57  author-mismatch: the commit's author is not …``."""
    about = word(each.get("about"), 120)
    claims = ", ".join(word(name, 60) for name in (each.get("claims") or [])[:3])
    what = about if about in claims else f"{claims}: {about}"
    return f"{word(each.get('commit'), 64)[:12]}  {what}  {word(each.get('reason'), 40)}: {word(each.get('meaning'), 200)}"


def received(result: dict[str, Any], now: float) -> list[Section]:
    """What a server says to whoever pushes: the refusals, a line a path, and nothing where nothing is wrong."""
    shown = []
    for each in result.get("refs") or []:
        failed = each.get("failed") or []
        over = [f"  {where(one)}  {holder(one, now)}" for one in each.get("conflicts") or []]
        head = f"gitcoord: {word(each.get('ref'), 120)} changes what others have claimed:"
        if over:
            shown.append(Section(head if "conflicts" in failed else f"{head} (told only)", over))
        if "rewritten" in failed:
            shown.append(Section("", [f"gitcoord: {word(each.get('ref'), 120)} is refused: {word(each.get('reason'), 120)}."]))
        if "proofs" in failed:
            bad = [f"  {proof(one)}" for one in each.get("proofs") or [] if not one.get("ok")]
            bad += [f"  {word(oid, 64)[:12]}  cites no claim" for oid in each.get("unproved") or []]
            shown.append(Section(f"gitcoord: {word(each.get('ref'), 120)} lacks claim proofs:", bad))
        if "uncovered" in failed:
            bare = [f"  {word(one.get('path'), 200)}" for one in each.get("uncovered") or []]
            shown.append(Section(f"gitcoord: {word(each.get('ref'), 120)} changes what no claim covers:", bare))
    refused = [each for each in result.get("refs") or [] if "conflicts" in (each.get("failed") or [])]
    if refused:
        shown.append(Section("", ["Talk to the holder, or look: gitcoord claims"]))
    if any(not each.get("known_by") for each in refused):
        shown.append(Section("", ["If they are yours: gitcoord push, or git push -o gitcoord.agent=NAME"]))
    return [*shown, Section("", [word(result["note"], 200)] if result.get("note") else [])]
