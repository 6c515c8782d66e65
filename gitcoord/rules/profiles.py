"""What an agent is good at and which role it has. Decides nothing about who gets a task: that is suggestion only."""

from __future__ import annotations

from gitcoord.model.outcome import Event, Landed
from gitcoord.rules.asked import Refusal, shown, subject, texts
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.entity import Entity
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

WORKER, REVIEWER = "worker", "reviewer"
ROLES = (WORKER, REVIEWER)
MAX_STRENGTHS, MAX_STRENGTH = 20, 40


def describe(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Change the author's own profile: a role, strengths to add, strengths to drop."""
    agent = snapshot.get("agent", intent.agent_id)
    assert agent is not None  # the author is always bound before a rule runs
    role = str(intent.args.get("role") or role_of(agent))
    if role not in ROLES:
        raise Refusal("invalid-arguments", f"{one_line(role, 40)!r} is no role: {' or '.join(ROLES)}.")
    had = agent.get("strengths", [])
    dropped = {strength(each) for each in texts(intent.args.get("drop"), "strengths to drop")}
    added = {strength(each) for each in texts(intent.args.get("strengths"), "strengths")}
    wanted = sorted({*had, *added} - dropped)
    if len(wanted) > MAX_STRENGTHS:
        raise Refusal(
            "cap-exceeded", f"{len(wanted)} strengths are more than {MAX_STRENGTHS}: nothing stands out then.",
            f"gitcoord profile --drop {wanted[0]}",
        )  # fmt: skip
    if wanted == had and role == role_of(agent):
        return Landed([], [], {"outcome": "unchanged", "agents": shown(agent)}, "")
    changed = agent.changed(role=role, strengths=wanted)
    events = [Event("agent.described", {"agent": agent.id}, {"role": role, "strengths": wanted})]
    result = {"outcome": "described", "agents": shown(changed)}
    return Landed([changed], events, result, subject(intent, f"profile: {role}, {', '.join(wanted) or 'no strengths'}"))


def role_of(agent: Entity | None) -> str:
    """Worker, unless the agent says otherwise."""
    return str(agent.get("role", WORKER)) if agent is not None else WORKER


def strengths_of(agent: Entity | None) -> frozenset[str]:
    """What a task's specialty is compared with. Whoever reviews is good at reviews."""
    if agent is None:
        return frozenset()
    reviews = {"review"} if role_of(agent) == REVIEWER else set()
    return frozenset({str(each).casefold() for each in agent.get("strengths", [])} | reviews)


def strength(text: str) -> str:
    """A strength or specialty as it is stored and compared. Raises Refusal when it is none."""
    word = one_line(text).casefold()
    if not word or len(word) > MAX_STRENGTH or "," in word or word.startswith("-"):
        raise Refusal(
            "invalid-arguments", f"{one_line(text, 60)!r} is no strength: one word such as backend, at most"
            f" {MAX_STRENGTH} characters.", "gitcoord profile --strength backend --strength tests",
        )  # fmt: skip
    return word
