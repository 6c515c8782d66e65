"""Pushes of code: may this push land now, under the claims on which its author relies?

The commit that records a push travels in one atomic push with the code, so what is decided here on the tip is what
fences the code: a claim that somebody took over meanwhile stops both. Knows nothing of git but names and ids.
"""

from __future__ import annotations

from gitcoord.model.outcome import Event, Landed
from gitcoord.rules.asked import Refusal, filled
from gitcoord.rules.claims.conflict import is_mine, scope_of
from gitcoord.rules.claims.objects import claim_object
from gitcoord.rules.claims.release import named_once, stale, unknown
from gitcoord.rules.claims.scope import Scope
from gitcoord.rules.claims.verify import blamed
from gitcoord.rules.claims.words import denied
from gitcoord.rules.intents import decide_part, within
from gitcoord.text import as_word, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Denied, Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

MAX_REFS = 20
#: Paths travel in texts of many lines: an intent may hold 1 MiB, and no list more than 2,000 items.
CHUNK = 24 * 1024
#: With more changed paths than this, all claims are read at once instead of asking for each path.
FEW = 64
SAMPLE = 5
_HEADS = "refs/heads/"


def push(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Lands when every claim that the push runs under is still its author's, under the same fence, and no other
    agent's claim covers what it changes. ``two_step`` records what has happened already, and refuses nothing."""
    args = intent.args
    refs, paths = _refs(args.get("refs")), unpacked(args.get("paths") or [])
    happened = bool(args.get("two_step"))
    held, lost = _held(snapshot, intent, happened)
    if isinstance(held, list):
        in_the_way = _in_the_way(snapshot, intent, refs, paths, now, settings)
    else:
        return held
    strict = settings.get("hooks.pre_push") not in ("warn", "off")
    if in_the_way and strict and not happened and not args.get("ignore_claims"):
        return _blocked(in_the_way, now, float(settings.get("claims.clock_margin")))
    return _landed(snapshot, intent, refs, paths, held, lost, _each_once(in_the_way), now, settings, revision)


def packed(paths: list[str]) -> list[str]:
    """Paths as an intent carries them: many to a text, a line each. Bytes that are no UTF-8 become question marks."""
    texts: list[str] = []
    lines: list[str] = []
    size = 0
    for path in paths:
        line = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        line = line.replace("\n", "\ufffd").replace("\0", "\ufffd")
        if size + 4 * len(line) > CHUNK and lines:
            texts.append("\n".join(lines))
            lines, size = [], 0
        lines.append(line)
        size += len(line.encode()) + 1
    return [*texts, "\n".join(lines)] if lines else texts


def unpacked(texts: list[str]) -> list[str]:
    return [line for text in texts for line in text.split("\n") if line]


def _refs(value: Any) -> list[dict[str, str]]:
    """The refs as ``{"ref", "old", "new"}``. Raises Refusal for anything else."""
    refs = value if isinstance(value, list) else []
    if not 0 < len(refs) <= MAX_REFS:
        raise Refusal("invalid-arguments", f"A push names from 1 to {MAX_REFS} refs.")
    for each in refs:
        texts = isinstance(each, dict) and all(isinstance(each.get(name), str) for name in ("ref", "old", "new"))
        if not texts or not each["ref"].startswith(_HEADS) or not _is_oid(each["new"]) or not _is_oid(each["old"], True):
            raise Refusal("invalid-arguments", "A pushed ref has a full name, an old and a new object id.")
    return refs


def _is_oid(text: str, absent: bool = False) -> bool:
    return (absent and not text) or (len(text) in (40, 64) and all(letter in "0123456789abcdef" for letter in text))


def _held(snapshot: Snapshot, intent: Intent, happened: bool) -> tuple[list[Entity] | Denied, list[Denied]]:
    """The claims that the push runs under; a refusal when one of them is gone, unless it has happened already."""
    held: list[Entity] = []
    lost: list[Denied] = []
    for named in named_once(within(intent, intent.kind, {"claims": intent.args.get("under") or []})):
        claim = snapshot.get("claim", str(named.get("id")))
        refusal = unknown(named) if claim is None else stale(snapshot, intent, claim, named) or _ended(claim)
        if refusal is not None and not happened:
            if claim is not None:
                wait = " --wait 10m" if refusal.details.get("held_as") else ""
                refusal.hint = f"gitcoord claim {as_word(str(claim.get('scope')))}{wait}   then: gitcoord push"
            return refusal, []
        if refusal is not None:
            lost.append(refusal)
        elif claim is not None:
            held.append(claim)
    return held, lost


def _ended(claim: Entity) -> Denied | None:
    from gitcoord.model.outcome import Denied

    if claim.get("state", "active") == "active":
        return None
    scope = one_line(str(claim.get("scope")), 120)
    words = f"{claim.alias} ({scope}) was {claim.get('state')} at {claim.get('ended_at')}, after this push was prepared."
    return Denied("lease-token-conflict", words, "", {"claim": claim.alias, "fence": claim.get("fence"), "holder": None})


def _in_the_way(
    snapshot: Snapshot, intent: Intent, refs: list[dict[str, str]], paths: list[str], now: float, settings: Settings
) -> list[tuple[Scope, Entity]]:
    """What others hold: changed paths, and the branches themselves (a landing slot)."""
    agents, sessions = (intent.agent_id,), (intent.session_id,)
    found: list[tuple[Scope, Entity]] = []
    for each in refs:
        scope = Scope("branch", "branch:" + each["ref"][len(_HEADS) :], each["ref"][len(_HEADS) :])
        found += [(scope, claim) for claim in _on_branch(snapshot, scope) if not is_mine(claim, agents, sessions)]
    if len(paths) <= FEW:
        near = {c.id: c for path in paths for c in snapshot.overlap_candidates("file", path)}
        claims = list(near.values())
    else:
        claims = snapshot.find("claim", state="active")
    fold = bool(settings.get("claims.fold_case"))
    met = blamed(paths, claims, agents, sessions, fold, seen=snapshot.seen, now=now, settings=settings)
    clear = set(intent.args.get("untouched") or ())
    met = [(path, c) for path, c in met if c.get("kind") != "symbol" or f"{c.id} {path}" not in clear]
    return found + [(Scope("file", path, path), claim) for path, claim in met]


def _on_branch(snapshot: Snapshot, scope: Scope) -> list[Entity]:
    near = snapshot.overlap_candidates("branch", scope.scope)
    return [c for c in near if c.get("kind") == "branch" and c.get("scope") == scope.scope and c.get("mode") != "shared"]


def _each_once(met: list[tuple[Scope, Entity]]) -> list[Entity]:
    return list({claim.id: claim for _, claim in met}.values())


def _blocked(met: list[tuple[Scope, Entity]], now: float, margin: float) -> Denied:
    """One conflict a claim, with the changed files that it covers."""
    files: dict[str, list[str]] = {}
    first: dict[str, tuple[Scope, Entity]] = {}
    for scope, claim in met:
        first.setdefault(claim.id, (scope, claim))
        files.setdefault(claim.id, []).append(scope.path)
    refusal = denied(list(first.values()), now, margin)
    for (_, claim), conflict in zip(first.values(), refusal.details["conflicts"], strict=True):
        paths = files[claim.id]
        conflict["files"] = paths[:SAMPLE] if claim.get("kind") != "branch" else []
        if len(paths) > SAMPLE:
            conflict["more"] = len(paths) - SAMPLE
    holder = one_line(str(met[0][1].get("agent")), 60)
    refusal.details["options"] = ["wait", "escalate", "override"]
    refusal.hint = f'Nothing was pushed. Ask: gitcoord ask "may I push?" --to {holder}   (or: gitcoord push --ignore-claims)'
    return refusal


def _landed(
    snapshot: Snapshot,
    intent: Intent,
    refs: list[dict[str, str]],
    paths: list[str],
    held: list[Entity],
    lost: list[Denied],
    ignored: list[Entity],
    now: float,
    settings: Settings,
    revision: int,
) -> Landed:
    fenced = not intent.args.get("two_step")
    released = _released(snapshot, intent, held, now, settings, revision)
    shown = {each.id: claim_object(each, now) for each in held}
    shown.update({each["id"]: each for each in released.result.get("claims", [])})
    body = filled(
        title=", ".join(_ref_words(each) for each in refs[:3]), refs=refs, paths=len(paths) or None,
        claims=[{"id": each.id, "alias": each.alias, "fence": each.get("fence")} for each in held],
        ignored=[each.alias for each in ignored],
    )  # fmt: skip
    event = Event("code.pushed", {"claim": held[0].id} if held else {}, {**body, "fenced": fenced})
    warnings = [each.message for each in lost]
    warnings += [f"{each.alias} ({one_line(str(each.get('scope')), 100)}) is {each.get('agent')}'s" for each in ignored]
    result = {"outcome": "pushed", "refs": refs, "claims": list(shown.values()), **filled(warnings=warnings)}
    under = f" under {', '.join(each.alias for each in held[:3])}" if held else ""
    words = f"push {body['title']}{under} by {one_line(intent.agent, 40)}"
    return Landed(released.changes, [event, *released.events], {**result, "fenced": fenced}, words)


def _released(
    snapshot: Snapshot, intent: Intent, held: list[Entity], now: float, settings: Settings, revision: int
) -> Landed:
    """With ``release`` all of its claims go back; a landing slot does when what it was for has landed."""
    landed = intent.args.get("landed") or []
    given = [each for each in held if intent.args.get("release") or (each.id in landed and scope_of(each).kind == "branch")]
    if not given:
        return Landed([], [], {}, "")
    wanted = [{"id": each.id, "fence": each.get("fence"), "lease_token": None} for each in given]
    work = intent.args.get("work") or {}
    part = within(intent, "claim.release", {"claims": wanted, "reason": "pushed", **({"work": work} if work else {})})
    return decide_part(snapshot, part, now, settings, revision)


def _ref_words(each: dict[str, str]) -> str:
    return f"{one_line(each['ref'][len(_HEADS) :], 80)} {each['old'][:7] or 'new'}..{each['new'][:7]}"
