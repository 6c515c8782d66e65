"""Decisions: durable, and what resolves a blocker. A blocker is resolved once."""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.model.entity import Entity
from gitcoord.model.ids import alias
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules.asked import Refusal, coop_id, filled, head_and_body, made, shown, subject, the

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings


def make(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Record a decision; where it answers a blocker, resolve that. One that is only proposed has no effect: merging its
    proposal ratifies it, and resolves the blocker then (``rules/byhand``)."""
    title, body = head_and_body(str(intent.args.get("text") or ""), "A decision")
    body = str(intent.args.get("body") or "").strip("\n") or body
    proposed = bool(intent.args.get("propose"))
    blocker = the(snapshot, "blocker", intent.args["blocker"]) if intent.args.get("blocker") else None
    if blocker is not None:
        _check_open(snapshot, blocker)
    named = coop_id(snapshot, intent) or (str(blocker.get("coop") or "") if blocker else "")
    values = {
        "id": intent.ids[0], "alias": alias("decision", snapshot.next_number("decision")), "title": title,
        "status": "proposed" if proposed else "decided", **filled(coop=named),
        **(filled(blocker=blocker.id, question=blocker.get("title")) if blocker else {}),
        **made(intent, now, "decided_by", "decided_at"),
    }  # fmt: skip
    decision = Entity("decision", values, body)
    refs = {"decision": decision.id, **filled(coop=named)}
    told = {"alias": decision.alias, "title": title}
    changes, events = [decision], [Event("decision.proposed" if proposed else "decision.made", refs, told)]
    result = {"outcome": "proposed" if proposed else "decided", "decisions": shown(decision)}
    if blocker is not None and proposed:
        events[0].refs["blocker"] = blocker.id
    elif blocker is not None:
        resolved = blocker.changed(
            state="resolved", decision=decision.id, resolved_at=rfc3339(now), resolved_by=intent.agent
        )
        changes.append(resolved)
        events[0].refs["blocker"] = blocker.id
        told = {"alias": blocker.alias, "title": blocker.get("title")}
        events.append(Event("blocker.resolved", {"blocker": blocker.id, "decision": decision.id}, told))
        result["blockers"] = shown(resolved)
    words = f"{decision.alias} on {blocker.alias}" if blocker else decision.alias
    words += " proposed" if proposed else ""
    return Landed(changes, events, result, subject(intent, words, snapshot.get("coop", named) if named else None))


#: Of a decision that nobody has ratified, or that was withdrawn.
NOT_IN_FORCE = ("proposed", "withdrawn")
#: Words that stand in every question.
_COMMON = frozenset((
    "about", "all", "and", "any", "are", "can", "could", "did", "does", "for", "from", "has", "have", "how", "into", "its",
    "may", "must", "not", "now", "our", "please", "shall", "should", "that", "the", "then", "there", "they", "this", "use",
    "used", "using", "want", "was", "what", "when", "where", "whether", "which", "who", "why", "will", "with", "would", "you",
))  # fmt: skip
_ENOUGH_WORDS, _ENOUGH_SHARE = 2, 0.4


def already_decided(question: str, decisions: list[Entity], most: int = 3) -> list[Entity]:
    """Decisions that may answer a question: at least two words in common, and two fifths of the words of the shorter
    text; or the very words of a question that was decided. The likeliest first. Only a reason to look; nothing is ever
    refused for it."""
    asked = words_of(question)
    found = []
    for each in decisions:
        if each.get("status") in NOT_IN_FORCE:
            continue
        said = words_of(f"{each.get('title')} {each.get('question') or ''}")
        common = len(asked & said)
        again = bool(asked) and asked == words_of(str(each.get("question") or ""))
        if again or (common >= _ENOUGH_WORDS and common >= _ENOUGH_SHARE * min(len(asked), len(said))):
            found.append((-common, each.id, each))
    return [each for _, _, each in sorted(found, key=lambda pair: pair[:2])[:most]]


def words_of(text: str) -> set[str]:
    """The words that carry a meaning, without plural endings. Scripts without spaces count by their pairs of letters."""
    found: set[str] = set()
    for word in "".join(each if each.isalnum() else " " for each in text.casefold()).split():
        if not word.isascii():
            found.update(word[n : n + 2] for n in range(max(1, len(word) - 1)))
        elif len(word) > 2 and word not in _COMMON:
            found.add(word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word)
        elif word.isdigit():
            found.add(word)
    return found


def _check_open(snapshot: Snapshot, blocker: Entity) -> None:
    if blocker.get("state") != "resolved":
        return
    decision = snapshot.get("decision", str(blocker.get("decision")))
    name = decision.alias if decision else "a decision"
    said = f": “{decision.get('title')}”" if decision else ""
    raise Refusal(
        "check-failed", f"{blocker.alias} was resolved by {name} of {blocker.get('resolved_by')}{said}",
        f"gitcoord show {name}   (a new decision: gitcoord decide \"…\" without {blocker.alias})", decision=name,
    )  # fmt: skip
