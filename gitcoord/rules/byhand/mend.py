"""What the next landing makes of commits that people made by hand, and what every reader sees until then.

Guarantees: an entity that was deleted, broken, renamed or changed where nobody may stays as it last was, and it is said;
an edit that may stand is taken in canonical form, attributed to the person, with events. The same commits give the same
files on every machine, whoever reads or lands first.
"""

from __future__ import annotations

from gitcoord.clock import rfc3339
from gitcoord.codec import yaml
from gitcoord.model.ids import alias
from gitcoord.model.kinds import KINDS, kind_of_path, path_of, path_of_values
from gitcoord.model.outcome import Event
from gitcoord.rules.asked import filled
from gitcoord.rules.byhand.judge import RATIFIED, Unfit, differences, is_ratified, judged
from gitcoord.rules.byhand.lines import Journal
from gitcoord.rules.byhand.others import KEPT, is_kept, kept
from gitcoord.rules.entities import AUTHOR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.rules.byhand.step import Change, Step

    Read = Callable[[str], bytes | None]

STAYS = "the last good state stays in force"


class Mended:
    """``files``: what has to stand in the tree instead (None: nothing at this path). ``refused``: path to the id of the
    file that is not taken, and why. ``events``: what is told of all this."""

    __slots__ = ("events", "files", "refused")

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.files: dict[str, bytes | None] = {}
        self.refused: dict[str, tuple[str, str]] = {}


def mended(snapshot: Snapshot, steps: list[Step], base: Read, tip: Read) -> Mended:
    """``base`` and ``tip`` read a file of the last landed commit and of the newest one; the snapshot shows the latter."""
    return _Mending(snapshot, steps, base, tip).done()


class _Mending:
    def __init__(self, snapshot: Snapshot, steps: list[Step], base: Read, tip: Read) -> None:
        self._snapshot, self._steps, self._base, self._tip = snapshot, steps, base, tip
        self._good: dict[str, Entity | None] = {}
        self._bytes: dict[str, bytes | None] = {}
        #: What a hand wrote, of files that are taken with more in them: a number, who ratified, what a question's answer is.
        self._raw: dict[str, Entity] = {}
        self._now: dict[str, Change] = {}
        self._numbers: dict[str, int] = {}
        self._result = Mended()
        self._journal = Journal(lambda path: self._bytes[path] if path in self._bytes else tip(path))

    def done(self) -> Mended:
        for step in self._steps:
            self._journal.begin(step)
            for change in step.changes:
                self._take(step, change)
            self._result.events += self._journal.end()
        files = self._result.files
        for path, data in self._bytes.items():
            present = self._now[path].data if path in self._now else self._tip(path)
            if data is None and path in self._result.refused and not self._reads(path):
                continue  # nobody can read it: it is in nobody's way, and a person may still mend it
            if data != present or (path in self._now and self._now[path].mode != "100644" and data is not None):
                files[path] = data
        files.update(self._journal.files)
        return self._result

    def _reads(self, path: str) -> bool:
        place = kind_of_path(path)
        try:
            return place is not None and yaml.decode(place[0], self._now[path].data or b"", id=place[1]) is not None
        except yaml.Malformed:
            return False

    def _take(self, step: Step, change: Change) -> None:
        if not (change.path.isascii() and change.path.isprintable()):
            return  # no file of ours; a name with a line end would be two questions to git
        place = kind_of_path(change.path)
        if place is not None:
            self._entity(step, change, *place)
        elif is_kept(change.path):
            self._file(step, change)

    def _entity(self, step: Step, change: Change, kind: str, id: str) -> None:
        path = change.path
        before = self._last_good(path, kind, id)
        self._now[path] = change
        if change.data is None and self._base(path) is None:  # it came and went between two landings
            self._good[path] = self._bytes[path] = None
            self._result.refused.pop(path, None)
            return
        try:
            after = judged(kind, id, before, change, self._raw.get(path))
        except Unfit as problem:
            self._refuse(step, change, str(problem), before)
            return
        self._result.refused.pop(path, None)
        self._raw[path] = yaml.decode(kind, change.data or b"", id=id)
        self._put(path, self._filled(step, before, after), change.data)
        self._tell(step, before, change)

    def _last_good(self, path: str, kind: str, id: str) -> Entity | None:
        if path not in self._good:
            data = self._bytes[path] = self._base(path)
            try:
                self._good[path] = None if data is None else yaml.decode(kind, data, id=id)
            except yaml.Malformed:
                self._good[path] = None
            if self._good[path] is None:
                self._bytes[path] = None
        return self._good[path]

    def _refuse(self, step: Step, change: Change, reason: str, before: Entity | None) -> None:
        reason = f"not signed by an allowed key, and {reason}" if step.unsigned else reason
        self._result.refused[change.path] = (change.oid or "", self._words(step, reason, before is not None))
        self._journal.refused(change.path, reason, before)

    def _words(self, step: Step, reason: str, known: bool) -> str:
        kept = STAYS if known else "it is not taken"
        return f"{reason} ({step.name}, {step.oid[:12]}); {kept}"

    def _put(self, path: str, entity: Entity, data: bytes | None) -> None:
        self._good[path] = entity
        self._bytes[path] = canonical(entity, data or b"")

    def _filled(self, step: Step, before: Entity | None, after: Entity) -> Entity:
        """With what no hand writes: number, author and time of something new, and who ratified."""
        values: dict[str, Any] = {}
        at = rfc3339(step.at)
        if before is None:
            by, when = AUTHOR.get(after.kind, ("created_by", "created_at"))
            declared = KINDS[after.kind].by_name
            values = {name: value for name, value in ((by, step.name), (when, at)) if name in declared and not after.get(name)}
            if "alias" in declared:
                values["alias"] = alias(after.kind, self._number(after.kind))
        if is_ratified(before, after):
            values.update(status=RATIFIED, ratified_by=step.name, ratified_at=at)
        elif after.kind == "decision":
            known = before.values if before is not None else {}
            values.update({name: known.get(name) for name in ("ratified_by", "ratified_at")})
        return after.changed(**values)

    def _number(self, kind: str) -> int:
        self._numbers[kind] = self._numbers.get(kind, self._snapshot.next_number(kind) - 1) + 1
        return self._numbers[kind]

    def _tell(self, step: Step, before: Entity | None, change: Change) -> None:
        after = self._good[change.path]
        assert after is not None
        refs: dict[str, str] = {after.kind: after.id, **filled(coop=after.get("coop"))}
        if is_ratified(before, after):
            body: dict[str, Any] = {"title": after.get("title"), "alias": after.alias, "commit": step.oid[:12]}
            body["proposed_by"] = before.get("decided_by") if before is not None else None
            self._journal.add(Event("decision.ratified", refs, filled(**body)), after)
            self._resolve(step, after)
            return
        fields = sorted(differences(before, after)) if before is not None else []
        if before is not None and not fields:
            return
        body = {"outcome": "changed" if before is not None else "created", "alias": after.alias, "fields": fields,
                "commit": step.oid[:12]}  # fmt: skip
        self._journal.add(Event("entity.edited", refs, filled(**body)), after, change.author)

    def _resolve(self, step: Step, decision: Entity) -> None:
        """The question that a ratified decision answers is answered by it, unless another did so first."""
        id = str(decision.get("blocker") or "")
        path = path_of("blocker", id) if id else ""
        blocker = self._good.get(path) if path in self._good else self._snapshot.get("blocker", id) if id else None
        if blocker is None or blocker.get("state") != "open":
            return
        data = self._bytes.get(path) or self._tip(path) or b""
        done = blocker.changed(state="resolved", decision=decision.id, resolved_at=rfc3339(step.at), resolved_by=step.name)
        told = filled(alias=blocker.alias, title=blocker.get("title"))
        path = path_of_values("blocker", done.values)
        self._raw.setdefault(path, blocker)
        self._put(path, done, data)
        self._journal.add(Event("blocker.resolved", {"blocker": id, "decision": decision.id}, told), done)

    def _file(self, step: Step, change: Change) -> None:
        """Settings, format, policy, journal."""
        path = change.path
        before = self._bytes[path] if path in self._bytes else self._base(path)
        self._now[path] = change
        stays, reason = kept(path, before, change)
        if step.unsigned and path in KEPT and stays != before:
            stays, reason = before, "not signed by an allowed key"
        self._bytes[path] = stays
        if reason:
            self._result.refused[path] = (change.oid or "", self._words(step, reason, True))
            self._journal.refused(path, reason, None)
        elif change.data != before:
            self._result.refused.pop(path, None)
            if not path.startswith("journal/"):
                self._journal.changed(path)


def canonical(entity: Entity, data: bytes) -> bytes:
    """The file in canonical form. One with a comment keeps its spelling: only the lines of fields that differ change."""
    fresh = yaml.encode(entity)
    if b"#" in data and any(line.lstrip().startswith(b"#") or b" #" in line for line in data.splitlines()):
        try:
            return yaml.edit(entity, data)
        except yaml.Malformed:
            return fresh
    return fresh
