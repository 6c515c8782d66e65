"""An event in plain words: who did what. One phrase a type; a type without one tells its meaning and its values."""

from __future__ import annotations

from gitcoord.markdown import code, prose
from gitcoord.views.exports.book import codes, proses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.views.exports.book import Book

#: Events of these types are followed by the text that was written then.
_QUOTING = {
    "checkin.posted": "checkin", "decision.made": "decision", "decision.proposed": "decision",
    "blocker.opened": "blocker", "msg.sent": "message",
    "thread.replied": "thread_message", "thread.started": "thread_message", "handoff.written": "handoff",
}  # fmt: skip


class Told:
    """An event with lookups; the words in it are safe in Markdown. ``brief``: no text follows, a title must do."""

    def __init__(self, event: dict[str, Any], book: Book, *, brief: bool = False) -> None:
        self.book, self.type, self._brief = book, str(event.get("type")), brief
        self.refs, body = event.get("refs") or {}, event.get("body")
        self.body: dict[str, Any] = body if isinstance(body, dict) else {}
        self.who = prose((event.get("actor") or {}).get("agent"), 64) or "somebody"

    def ref(self, noun: str) -> str:
        return self.book.name(self.refs[noun]) if noun in self.refs else ""

    def entity(self, noun: str) -> Entity | None:
        return self.book.get(self.refs.get(noun)) if noun in self.refs else None

    def said(self, name: str, limit: int | None = None) -> str:
        value = self.body.get(name)
        return prose(value, limit) if isinstance(value, (str, int, float)) else proses(value, 10, ", ")

    def field(self, noun: str, name: str) -> str:
        found = self.entity(noun)
        return prose(found.get(name)) if found is not None else ""

    @property
    def claim(self) -> str:
        """``src/auth/ (CLM-1)``."""
        scope = self.body.get("scope") or getattr(self.entity("claim"), "values", {}).get("scope")
        name = self.said("alias") or self.ref("claim")
        return f"{code(scope, 200)} ({name})" if scope else name

    @property
    def written(self) -> Entity | None:
        """The entity whose text follows the line."""
        kind = None if self._brief else _QUOTING.get(self.type)
        for id in self.refs.values() if kind else ():
            found = self.book.get(id)
            if found is not None and found.kind == kind and found.body.strip():
                return found
        return None


def phrase(told: Told) -> str:
    """The line, without the time: ``sky claimed `src/auth/` (CLM-1)``."""
    known = _PHRASES.get(told.type)
    return f"{told.who} {known(told) if known is not None else _any(told)}"


def _tail(text: str, lead: str = ": ") -> str:
    return f"{lead}{text}" if text else ""


def _titled(told: Told, verb: str, noun: str, about: str = "") -> str:
    """A title, unless the whole text follows and begins with it."""
    title = told.said("title") or told.field(noun, "title")
    body = told.written
    if body is not None and told.body.get("title") and body.body.lstrip().startswith(str(told.body["title"])[:60]):
        title = ""
    name = told.ref(noun)
    return f"{verb}{' ' + name if name else ''}{about}{_tail(title)}"


def _checkin(told: Told) -> str:
    return "reported" + ("" if told.written is not None else _tail(told.said("summary")))


def _decision(told: Told) -> str:
    on = f" on {told.ref('blocker')}" if "blocker" in told.refs else ""
    return _titled(told, "decided", "decision", on)


def _decision_proposed(told: Told) -> str:
    on = f" on {told.ref('blocker')}" if "blocker" in told.refs else ""
    return _titled(told, "proposed", "decision", on)


def _question(told: Told) -> str:
    to = told.field("blocker", "to")
    return _titled(told, f"asked {to}" if to else "asked", "blocker")


def _joined(told: Told) -> str:
    name = told.said("name", 80)
    return "joined" + (f" as {name}" if name else "")


def _left(told: Told) -> str:
    return "moved to another co-op" if told.body.get("moved_to") else "left" + _tail(told.said("reason"))


def _released(told: Told) -> str:
    holder = told.said("holder")
    whose = f" of {holder}" if holder and holder != told.who else ""
    return f"released {told.claim}{whose}{_tail(told.said('reason'))}"


def _narrowed(told: Told) -> str:
    return f"claimed symbols ({told.said('to')}) within {told.claim} of {told.said('holder')}, which gives way there"


def _superseded(told: Told) -> str:
    rule = told.said("rule")
    return f"took over {told.claim}, which {told.said('holder')} had let run out{f' (rule {rule})' if rule else ''}"


def _contested(told: Told) -> str:
    return f"had asked for something offline ({told.said('kind')}) that was refused when it landed{_tail(told.said('message'))}"


def _task(verb: str) -> Callable[[Told], str]:
    def words(told: Told) -> str:
        said = told.said("summary")
        return _titled(told, verb, "task") + (f" ({said})" if said else "")

    return words


def _task_updated(told: Told) -> str:
    state, fields = told.said("state"), told.said("fields")
    return f"changed {told.ref('task')}" + (f" to {state}" if state else _tail(fields))


def _files(told: Told) -> str:
    files = told.body.get("files")
    count = told.said("count")
    return f"changed {count} file{'' if count == '1' else 's'}{_tail(codes(files, 12))}"


def _tests(told: Told) -> str:
    return f"ran tests{_tail(proses(told.body.get('tests'), 12))}"


def _message(told: Told) -> str:
    sent = told.entity("message")
    to = proses(sent.get("to"), 10, ", ") if sent is not None else told.said("to")
    return _titled(told, "wrote", "message", f" to {to or 'everybody'}")


def _request(told: Told) -> str:
    asked = told.entity("request")
    reason = told.said("reason") or (prose(asked.get("reason")) if asked is not None else "")
    return f"asked {told.said('holder') or 'the holder'} to release {told.claim or 'a claim'}{_tail(reason)}"


def _answered(told: Told) -> str:
    asked = told.entity("request")
    answer = told.said("answer") or (prose(asked.get("answer")) if asked is not None else "")
    return f"answered {told.ref('request') or 'a request'}{_tail(answer)}"


def _any(told: Told) -> str:
    """``ran review.started REV-2 (what it means): name value, name value``."""
    from gitcoord.rules.events import TAXONOMY

    names = " ".join(told.book.name(id) for noun, id in told.refs.items() if noun not in ("coop", "session", "agent"))
    meaning = TAXONOMY.get(told.type, "")
    values = ", ".join(f"{prose(name, 40)} {told.said(name, 120)}" for name in list(told.body)[:8])
    return f"{prose(told.type, 60)}{' ' + names if names else ''}{f' ({meaning})' if meaning else ''}{_tail(values)}"


_PHRASES: dict[str, Callable[[Told], str]] = {
    "coop.started": lambda t: f"opened the co-op{_tail(t.said('title'))}",
    "coop.joined": _joined,
    "coop.left": _left,
    "coop.closed": lambda t: f"closed the co-op{_tail(t.said('reason'))}",
    "coop.reopened": lambda t: f"opened the co-op again{_tail(t.said('reason'))}",
    "claim.granted": lambda t: f"claimed {t.claim}",
    "claim.released": _released,
    "claim.renewed": lambda t: f"renewed {t.claim}" if "scope" in t.body else "renewed claims",
    "claim.narrowed": _narrowed,
    "claim.superseded": _superseded,
    "claim.contested": _contested,
    "intent.contested": _contested,
    "intent.met": lambda t: f"asked for what was so already ({t.said('kind')})",
    "intent.refused": lambda t: f"refused {t.said('kind')} of {t.said('agent')} on {t.said('branch')}"
    + _tail(t.said("message")),
    "claim.expired": lambda t: f"found {t.claim} run out",
    "blocker.opened": _question,
    "blocker.resolved": lambda t: f"resolved {t.ref('blocker')} by {t.ref('decision')}",
    "decision.made": _decision,
    "decision.proposed": _decision_proposed,
    "decision.ratified": lambda t: _titled(t, "ratified", "decision"),
    "entity.edited": lambda t: f"edited {' '.join(t.book.name(i) for i in t.refs.values()) or 'more'} by hand"
    + _tail(t.said("fields")),
    "edit.refused": lambda t: f"changed {t.said('path', 120)} by hand, which is not taken{_tail(t.said('reason'))}",
    "checkin.posted": _checkin,
    "task.added": _task("added"),
    "task.started": _task("took"),
    "task.done": _task("finished"),
    "task.updated": _task_updated,
    "handoff.written": lambda t: _titled(t, "handed over", "handoff"),
    "handoff.acknowledged": lambda t: f"read {t.ref('handoff')}",
    "handoff.taken": lambda t: f"took over from {t.ref('handoff')}",
    "work.files_changed": _files,
    "work.tests_run": _tests,
    "msg.sent": _message,
    "thread.started": lambda t: _titled(t, "started the thread", "thread"),
    "thread.replied": lambda t: f"replied in {t.ref('thread') or 'a thread'}",
    "thread.closed": lambda t: f"closed {t.ref('thread') or 'a thread'}"
    + _tail(t.said("summary") or t.field("thread", "outcome")),
    "request.filed": _request,
    "request.answered": _answered,
    "attic.restored": lambda t: f"put back a lost value{_tail(t.said('field') or t.said('kind'))}",
    "entity.put": lambda t: f"{t.said('outcome') or 'wrote'} {' '.join(t.book.name(i) for i in t.refs.values())}",
}
