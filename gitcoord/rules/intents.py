"""Every kind of intent: what it makes, and which arguments it takes.

An intent may come from anywhere (another machine's carrier, a newer version), so its shape is checked here,
once, before a rule sees it. What the arguments mean is the rules' affair.
"""

from __future__ import annotations

from gitcoord.model.ids import is_ulid
from gitcoord.model.intent import Intent
from gitcoord.model.outcome import Landed
from gitcoord.rules.asked import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

    Rule = Callable[[Snapshot, Intent, float, Settings, int], Outcome]

TEXT, TEXTS, INTEGER, FLAG, TREE, ANY = "text", "texts", "integer", "flag", "tree", "any"
SCOPES, CLAIMS = "scopes", "claims"

#: Bytes of one text, and of all arguments of one intent.
MAX_TEXT, MAX_ARGS = 32 * 1024, 1024 * 1024
MAX_ITEMS, MAX_DEPTH, MAX_IDS, MAX_WORD, MAX_HANDLE = 2000, 8, 2001, 255, 64


class Declared:
    """``makes``: the kind of the entities whose ids the intent brings: ``needs`` of them, and one for each item of
    the argument ``each``."""

    __slots__ = ("args", "each", "makes", "needs")

    def __init__(self, makes: str = "", needs: int = 0, each: str = "", **args: str) -> None:
        self.makes, self.needs, self.each, self.args = makes, needs, each, args


_ASKS = {
    "stopped": TEXT, "changed": TEXT, "files": TEXTS, "commits": TEXTS, "tests": TEXTS, "risks": TEXT, "next": TEXT,
    "do_not_redo": TEXT, "branch": TEXT, "head": TEXT, "title": TEXT, "body": TEXT, "where": TEXT, "carry": TREE,
}  # fmt: skip
_TASK = {
    "title": TEXT, "body": TEXT, "priority": INTEGER, "owned_paths": TEXTS, "depends_on": TEXTS, "specialty": TEXT,
    "coop": TEXT,
}  # fmt: skip

INTENTS: dict[str, Declared] = {
    "store.init": Declared(settings=TREE),
    "coop.start": Declared("coop", 1, title=TEXT, slug=TEXT, goal=TEXT, branch=TEXT, name=TEXT, max_lifetime=INTEGER),
    "coop.join": Declared(coop=TEXT, name=TEXT),
    "coop.leave": Declared("handoff", 1, coop=TEXT, reason=TEXT, handoff=TREE, sessions=TEXTS, work=TREE),
    "coop.close": Declared(coop=TEXT, reason=TEXT),
    "coop.reopen": Declared(coop=TEXT, reason=TEXT),
    "update.post": Declared("checkin", 1, text=TEXT, coop=TEXT, done=TEXTS, open_items=TEXTS),
    "claim.acquire": Declared(
        "claim", 0, "scopes", scopes=SCOPES, ttl=INTEGER, mode=TEXT, description=TEXT, coop=TEXT,
        task=TEXT, branch=TEXT, take_over_live=FLAG, contains=TEXTS, landed=TEXTS, accept_divergence=FLAG,
        wait=INTEGER, urgency=TEXT, blocking=FLAG, accept_ownership=FLAG, narrowable=FLAG,
    ),
    "queue.cancel": Declared(entry=TEXT, reason=TEXT, give_back=FLAG),
    "queue.settle": Declared(entry=TEXT),
    "request.file": Declared(
        "request", 2, claim=TEXT, reason=TEXT, urgency=TEXT, wait=INTEGER, wanted=SCOPES, branch=TEXT, coop=TEXT,
        blocking=FLAG,
    ),
    "request.respond": Declared(
        "claim", 1, request=TEXT, answer=TEXT, reason=TEXT, to=SCOPES, symbols=TEXTS, branch=TEXT
    ),
    "claim.release": Declared(claims=CLAIMS, reason=TEXT, work=TREE),
    "claim.land": Declared(landed=TEXTS),
    "claim.renew": Declared(claims=CLAIMS, ttl=INTEGER),
    "code.push": Declared(
        refs=ANY, paths=TEXTS, under=CLAIMS, release=FLAG, untouched=TEXTS, landed=TEXTS, ignore_claims=FLAG, two_step=FLAG,
        work=TREE,
    ),
    "slot.take": Declared(
        "claim", 1, base=TEXT, branch=TEXT, head=TEXT, ttl=INTEGER, landed=CLAIMS, out_of_turn=FLAG, before=TEXTS, coop=TEXT,
        task=TEXT,
    ),
    "blocker.ask": Declared("blocker", 1, text=TEXT, task=TEXT, coop=TEXT, to=TEXT),
    "decision.make": Declared("decision", 1, blocker=TEXT, text=TEXT, coop=TEXT, body=TEXT, propose=FLAG),
    "task.add": Declared("task", 1, "", **_TASK),
    "task.claim": Declared(
        "claim", 1, "paths", task=TEXT, paths=SCOPES, ttl=INTEGER, branch=TEXT, description=TEXT, coop=TEXT,
        take_over_live=FLAG,
    ),
    "task.done": Declared(task=TEXT, summary=TEXT, lease_token=TEXT, fence=INTEGER, work=TREE),
    "task.update": Declared("", 0, "", task=TEXT, state=TEXT, **_TASK),
    "handoff.write": Declared("handoff", 1, "", coop=TEXT, task=TEXT, **_ASKS),
    "thread.start": Declared(
        "thread", 2, "", topic=TEXT, participants=TEXTS, text=TEXT, max_messages=INTEGER, max_tokens=INTEGER,
        lifetime=INTEGER, coop=TEXT,
    ),
    "thread.reply": Declared("thread_message", 1, "", thread=TEXT, text=TEXT),
    "thread.close": Declared(thread=TEXT, outcome=TEXT, decisions=TEXTS, open_items=TEXTS),
    "handoff.take": Declared(handoff=TEXT),
    "handoff.ack": Declared(handoff=TEXT),
    "run.record": Declared("run", 1, command=TEXT, exit_code=INTEGER, summary=TEXT, task=TEXT, coop=TEXT),
    "session.reap": Declared("handoff", 1, session=TEXT, evidence=TREE, max_age=INTEGER, take_over_live=FLAG, carry=TREE),
    "agent.describe": Declared(role=TEXT, strengths=TEXTS, drop=TEXTS),
    "msg.send": Declared("message", 1, to=TEXTS, text=TEXT, thread=TEXT, task=TEXT, coop=TEXT, question=FLAG, _overdue=TEXTS),
    "msg.ack": Declared(messages=TEXTS),
    "msg.reply": Declared("message", 1, message=TEXT, text=TEXT),
    "msg.close": Declared(messages=TEXTS),
    "entity.put": Declared(
        kind=TEXT, id=TEXT, values=TREE, body=TEXT, base_revision=INTEGER, base=TREE
    ),
    "attic.restore": Declared(attic=TEXT),
    "owners.set": Declared(edits=ANY, text=TEXT, base=TEXT, reason=TEXT),
    "carrier.refuse": Declared(intent=TEXT, kind=TEXT, agent=TEXT, branch=TEXT, code=TEXT, message=TEXT, hint=TEXT),
    "settings.set": Declared(name=TEXT, value=ANY, unset=TEXT, _settings=TEXT),
}  # fmt: skip


def rule_of(kind: str) -> Rule:
    """The function that decides intents of this kind, imported when it is needed."""
    from gitcoord.rules import TABLE

    module, _, name = TABLE[kind].partition(":")
    found: Rule = getattr(__import__(module, fromlist=[name]), name)
    return found


def decide_part(
    snapshot: Snapshot, part: Intent, now: float, settings: Settings, revision: int
) -> Landed:
    """What an intent within another one changes. Raises Refusal when it is denied: all of it or none."""
    outcome = rule_of(part.kind)(snapshot, part, now, settings, revision)
    if isinstance(outcome, Landed):
        return outcome
    raise Refusal(outcome.code, outcome.message, outcome.hint, **outcome.details)


def within(intent: Intent, kind: str, args: dict[str, Any], ids: list[str] | None = None) -> Intent:
    """An intent that is part of another one: same author, same id, decided and landed with it."""
    return Intent(
        id=intent.id, kind=kind, at=intent.at, actor=intent.actor, args=args, ids=ids or [], key=intent.key,
        seen=intent.seen,
    )  # fmt: skip


def check_shape(snapshot: Snapshot, intent: Intent) -> None:
    """Raises Refusal when the intent is of no known kind, or not what its kind declares."""
    if not is_ulid(intent.agent_id) or not is_ulid(intent.session_id):
        raise Refusal("invalid-arguments", "The intent does not say which agent and session wrote it.")
    handle = intent.agent
    if not 0 < len(handle) <= MAX_HANDLE or handle[0] == "-" or any(letter.isspace() for letter in handle):
        raise Refusal("invalid-arguments", f"{_word(handle)!r} cannot name an agent.", "gitcoord --as river …")
    declared = INTENTS.get(intent.kind)
    if declared is None:
        raise Refusal(
            "invalid-arguments", f"{_word(intent.kind)} was written by a newer gitcoord; this one cannot decide it.",
            "Upgrade gitcoord, then: gitcoord sync",
        )  # fmt: skip
    _check_args(intent.args, declared.args)
    for name in ("scopes", "claims"):
        if name in declared.args and not intent.args.get(name):
            raise Refusal("invalid-arguments", f"{intent.kind} names no {name}.")
    needs = declared.needs + len(intent.args.get(declared.each) or [])
    if len(intent.ids) < needs:
        raise Refusal("invalid-arguments", f"{intent.kind} brings {len(intent.ids)} ids, it needs {needs}.")
    for id in intent.ids:
        if declared.makes and snapshot.get(declared.makes, id) is not None:
            raise Refusal("invalid-arguments", f"There is a {declared.makes} with the id {id} already.")


def check_envelope(intent: Intent) -> None:
    """Raises Refusal when the intent cannot even be looked up, or says who wrote it in no usable form."""
    if not (isinstance(intent.actor, dict) and isinstance(intent.seen, dict) and isinstance(intent.args, dict)):
        raise Refusal("invalid-arguments", "The intent is malformed.")
    if not all(isinstance(id, str) and is_ulid(id) for id in (intent.id, *intent.ids)):
        raise Refusal("invalid-arguments", "The intent has an id that is no ULID.")
    if len(intent.ids) > MAX_IDS or len(set(intent.ids)) != len(intent.ids) or len(intent.seen) > 8:
        raise Refusal("invalid-arguments", "The intent is malformed.")
    words = (intent.kind, intent.key, *intent.actor.values())
    if not all(isinstance(word, str) and len(word) <= MAX_WORD and word.isprintable() for word in words):
        raise Refusal("invalid-arguments", f"Kind, key and actor of an intent are words of at most {MAX_WORD} letters.")
    if not (intent.expected_revision is None or _fits(INTEGER, intent.expected_revision)):
        raise Refusal("invalid-arguments", "The expected revision of an intent is a number.")
    measure([intent.seen, intent.expected_revision])


def _check_args(args: dict[str, Any], declared: dict[str, str]) -> None:
    if measure(args) > MAX_ARGS:
        raise Refusal("cap-exceeded", f"One command may say at most {MAX_ARGS // 1024} KiB.")
    for name, type in declared.items():
        value = args.get(name)
        if value is not None and not _fits(type, value):
            raise Refusal("invalid-arguments", f"The argument {name} is not of the type that it must have ({type}).")


def _fits(type: str, value: Any) -> bool:
    if type == TEXT:
        return isinstance(value, str)
    if type == INTEGER:
        return isinstance(value, int) and not isinstance(value, bool)
    if type == FLAG:
        return isinstance(value, bool)
    if type == TREE:
        return isinstance(value, dict)
    if type == TEXTS:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if type == SCOPES:
        return isinstance(value, list) and all(_is_scope(each) for each in value)
    if type == CLAIMS:
        return isinstance(value, list) and all(_is_lease(each) for each in value)
    return True


def _is_lease(value: Any) -> bool:
    if not isinstance(value, dict) or not is_ulid(_text(value, "id")):
        return False
    fence, token = value.get("fence"), value.get("lease_token")
    return (fence is None or _fits(INTEGER, fence)) and (token is None or isinstance(token, str))


def _is_scope(value: Any) -> bool:
    named = isinstance(value, dict) and _text(value, "kind") and _text(value, "scope")
    return bool(named) and (value.get("symbols") is None or _fits(TEXTS, value["symbols"]))


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""


def measure(value: Any, depth: int = 0) -> int:
    """About how many bytes a value takes. Raises Refusal for one that no file of the branch can hold."""
    if isinstance(value, str):
        return _measure_text(value)
    if isinstance(value, bool) or value is None:
        return 4
    if isinstance(value, (int, float)):
        if value - value != 0 or not -(1 << 63) <= value < 1 << 63:
            raise Refusal("invalid-arguments", "A number is not finite, or beyond 63 bits.")
        return 8
    if depth >= MAX_DEPTH or not isinstance(value, (dict, list)):
        raise Refusal("invalid-arguments", "A value is nested too deeply, or of no type that can be stored.")
    if len(value) > MAX_ITEMS:
        raise Refusal("cap-exceeded", f"A list has {len(value)} items; at most {MAX_ITEMS} are allowed.")
    if isinstance(value, list):
        return sum(measure(each, depth + 1) for each in value)
    if not all(isinstance(key, str) and 0 < len(key) <= 128 and key.isprintable() for key in value):
        raise Refusal("invalid-arguments", "A key is not text of 1 to 128 printable characters.")
    return sum(len(key) + measure(each, depth + 1) for key, each in value.items())


def _measure_text(text: str) -> int:
    try:
        size = len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError:
        raise Refusal("invalid-arguments", "A text has a character that UTF-8 cannot hold.") from None
    if "\0" in text:
        raise Refusal("invalid-arguments", "A text has a NUL character.")
    if size > MAX_TEXT:
        raise Refusal("cap-exceeded", f"A text has {size} bytes; at most {MAX_TEXT} are allowed.", "Say it shorter.")
    return size


def _word(text: object) -> str:
    from gitcoord.text import one_line

    return one_line(str(text), 60)
