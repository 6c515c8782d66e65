"""Merge-risk radar: which branches will conflict, in which files, who holds those, and who should land first.

The answer is a trial merge, so it has no false alarm. Everything it remembers is disposable: ``radar.json`` holds the
verdict of each pair of commits, ``radar-last.json`` what the last look found.
"""

from __future__ import annotations

from gitcoord.errors import GitcoordError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.actions.branches import Branch
    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace

#: Verdicts that are remembered, the newest; files that are named and holders that are looked up for each pair.
REMEMBERED, FILES, LOOKED_UP = 5000, 5, 20
APART = "apart"
_CACHE, _LAST = "/radar.json", "/radar-last.json"
#: Seconds that all trial merges of one command may take; of a command that is about something else.
DEADLINE, GLANCE = 40.0, 5.0


class Survey:
    """Branches, where they land, and the verdict of each pair: ``(kind, files, detail)``."""

    def __init__(self, base: Branch, branches: list[Branch]) -> None:
        self.base, self.branches = base, branches
        self.verdicts: dict[tuple[str, str], tuple[str, list[str], str]] = {}
        self.tried = self.remembered = 0

    def pairs(self) -> list[tuple[Branch, Branch]]:
        everyone = [self.base, *self.branches]
        return [(one, two) for n, one in enumerate(everyone) for two in everyone[n + 1 :]]

    def broken(self) -> set[str]:
        """Branches in conflict with what has landed."""
        conflicts = self.conflicts()
        return {each.name for each in self.branches if frozenset((each.name, self.base.name)) in conflicts}

    def conflicts(self) -> set[frozenset[str]]:
        return {frozenset(pair) for pair, (kind, _, _) in self.verdicts.items() if kind == "conflict"}


def radar(ws: Workspace, *, all_: bool = False, base: str | None = None) -> dict[str, Any]:
    """What will conflict with my branch; with ``all_`` every pair.

    Raises:
        CouldNotCheck: this git cannot try merges.
        NotFound: it is not known where work lands.
    """
    found = survey(ws, base)
    mine = next((each.name for each in found.branches if each.mine), "")
    conflicts, unchecked = [], []
    for one, two in found.pairs():
        kind, files, detail = found.verdicts[one.name, two.name]
        if not all_ and mine not in (one.name, two.name):
            continue
        if kind == "conflict":
            conflicts.append(_finding(ws, found, one, two, files))
        elif kind == "error":
            unchecked.append({"a": two.name, "b": one.name, "reason": detail})
    _save_last(ws, found)
    conflicts.sort(key=lambda each: (mine not in (each["a"], each["b"]), each["a"], each["b"]))
    result: dict[str, Any] = {
        "base": found.base.name, "branch": mine or None, "conflicts": conflicts, "unchecked": unchecked,
        "order": order_of(ws, found), "branches": len(found.branches), "pairs": len(found.verdicts), "tried": found.tried,
        "remembered": found.remembered, "as_of": ws.as_of(),
    }  # fmt: skip
    if not all_:
        result["elsewhere"] = len(found.conflicts()) - len(conflicts)
    return result


def look(ws: Workspace) -> list[dict[str, Any]]:
    """Try what is new since the last look, so that ``read`` can tell of it; what concerns the branch that is checked out
    here. For commands that people wait for anyway: asks no remote, and fails in silence."""
    try:
        _save_last(ws, survey(ws, deadline=GLANCE))
    except (GitcoordError, OSError):
        return []
    return for_me(ws)


def for_me(ws: Workspace) -> list[dict[str, Any]]:
    """What the last look found about the branch that is checked out here, as far as both sides still stand where they
    stood. Reads one small file and a few refs; starts no process and never fails."""
    from gitcoord.fastjson import loads

    name, head = ws.repo.head()
    try:
        with open(ws.repo.home + _LAST, encoding="utf-8") as file:
            known = loads(file.read())
        found = [each for each in known["conflicts"] if name and name in (each["a"], each["b"])]
        return [_as_mine(each, name) for each in found if _still_stands(ws, each, name, head)][:FILES]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def _as_mine(each: dict[str, Any], name: str) -> dict[str, Any]:
    other = each["b"] if each["a"] == name else each["a"]
    return {"branch": name, "with": other, "files": each["files"], "agents": each["agents"], "command": "gitcoord radar"}


def _still_stands(ws: Workspace, each: dict[str, Any], name: str, head: str) -> bool:
    for side in ("a", "b"):
        now = head if each[side] == name else ws.repo.ref(each[side + "_ref"])
        if now != each[side + "_oid"]:
            return False
    return True


# Looking.


def survey(
    ws: Workspace, base: str | None = None, *, claimed_only: bool = False, deadline: float = DEADLINE
) -> Survey:
    """Every pair of live branches, tried or remembered."""
    from gitcoord.actions.branches import integration, live

    onto = integration(ws, base)
    branches = [each for each in live(ws, onto) if each.claims or each.mine or not claimed_only]
    found = Survey(onto, branches)
    known = _remembered(ws)
    fresh = []
    for one, two in found.pairs():
        verdict = known.get(f"{one.oid} {two.oid}")
        if verdict is not None:
            found.verdicts[one.name, two.name] = (verdict[0], verdict[1], "")
            found.remembered += 1
        else:
            fresh.append((one, two))
    if fresh:
        _try(ws, found, fresh, deadline)
        new = {f"{a.oid} {b.oid}": found.verdicts[a.name, b.name] for a, b in fresh}
        _remember(ws, known, {key: [kind, files] for key, (kind, files, _) in new.items() if kind != "error"})
    return found


def _try(ws: Workspace, found: Survey, pairs: list[tuple[Branch, Branch]], deadline: float) -> None:
    from gitcoord.store import merging

    meeting = _gate(ws, found, pairs)
    found.tried = len(meeting)
    with merging.Scratch(ws.repo.common_dir) as scratch:
        merged = merging.trials(ws.repo.git, [(a.oid, b.oid) for a, b in meeting], scratch.env, deadline)
    for (one, two), trial in zip(meeting, merged, strict=True):
        found.verdicts[one.name, two.name] = (trial.kind, trial.files, trial.detail)


def _gate(ws: Workspace, found: Survey, pairs: list[tuple[Branch, Branch]]) -> list[tuple[Branch, Branch]]:
    """The pairs that may meet; the others are settled here. Without a single merge base nothing is kept back."""
    from gitcoord.store import forks

    parted = forks.Forks(ws.repo.git, found.base.oid, sorted({each.oid for each in found.branches}))
    bases = {(one.name, two.name): parted.bases(one.oid, two.oid) for one, two in pairs}
    wanted = set()
    for one, two in pairs:
        known = bases[one.name, two.name]
        if len(known) == 1:
            wanted |= {(known[0], one.oid), (known[0], two.oid)}
    changed = forks.changes(ws.repo.git, ws.objects, wanted) if wanted else {}
    meeting = []
    for one, two in pairs:
        known = bases[one.name, two.name]
        if not known:
            found.verdicts[one.name, two.name] = ("error", [], "no common history here")
        elif len(known) > 1 or changed[known[0], one.oid].meets(changed[known[0], two.oid]):
            meeting.append((one, two))
        else:
            found.verdicts[one.name, two.name] = (APART, [], "")
    return meeting


# What is said about it.


def _finding(ws: Workspace, found: Survey, one: Branch, two: Branch, files: list[str]) -> dict[str, Any]:
    """My branch stands first; the branch where all lands stands last."""
    a, b = (two, one) if two.mine or one is found.base else (one, two)
    held = holders(ws, files)
    said: dict[str, Any] = {
        "a": a.name, "b": b.name, "files": files[:FILES], "agents": sorted({*a.agents, *b.agents}),
        "claims": [{"alias": c.alias, "agent": c.get("agent"), "scope": c.get("scope")} for c in held[:FILES]],
    }  # fmt: skip
    if len(files) > FILES:
        said["more"] = len(files) - FILES
    return said


def holders(ws: Workspace, files: list[str]) -> list[Entity]:
    """The active claims that cover these files."""
    from gitcoord.rules.claims.conflict import scope_of
    from gitcoord.rules.claims.overlap import matches

    found: dict[str, Entity] = {}
    for path in files[:LOOKED_UP]:
        for claim in ws.reader().overlap_candidates("file", path):
            if matches(scope_of(claim), path):
                found.setdefault(claim.id, claim)
    return list(found.values())


def order_of(ws: Workspace, found: Survey) -> list[dict[str, Any]]:
    """The branches in the order that lands with the fewest conflicts, and with what each will conflict by then."""
    from gitcoord.rules.radar import landing_order

    by_name = {each.name: each for each in found.branches}
    conflicts = found.conflicts()
    order = landing_order(by_name, conflicts, dependencies(ws, found.branches), found.broken())
    shown = []
    for n, name in enumerate(order):
        met = [each for each in [found.base.name, *order[:n]] if frozenset((name, each)) in conflicts]
        shown.append({"branch": name, "agents": by_name[name].agents, "conflicts_with": met})
    return shown


def dependencies(ws: Workspace, branches: list[Branch]) -> dict[str, set[str]]:
    """By branch, the branches whose tasks have to be done before its own."""
    tasks = {each.name: {str(c.get("task")) for c in each.claims if c.get("task")} for each in branches}
    found: dict[str, set[str]] = {}
    for name, own in tasks.items():
        needed: set[str] = set()
        for id in own:
            task = ws.reader().get("task", id)
            needed |= set(task.get("depends_on", []) if task else [])
        waits = {other for other, theirs in tasks.items() if other != name and theirs & needed}
        if waits:
            found[name] = waits
    return found


# What is remembered.


def _remembered(ws: Workspace) -> dict[str, Any]:
    from gitcoord.fastjson import loads

    try:
        with open(ws.repo.home + _CACHE, encoding="utf-8") as file:
            known = loads(file.read())
        if known["version"] != 1:
            return {}
        kinds = ("clean", "conflict", APART)
        return {key: each for key, each in known["pairs"].items() if each[0] in kinds and isinstance(each[1], list)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return {}


def _remember(ws: Workspace, known: dict[str, Any], new: dict[str, Any]) -> None:
    pairs = {**{key: each for key, each in known.items() if key not in new}, **new}
    for key in list(pairs)[: max(0, len(pairs) - REMEMBERED)]:
        del pairs[key]
    short = {key: [each[0], each[1][:200]] for key, each in pairs.items()}
    _write(ws, _CACHE, {"version": 1, "pairs": short})


def _save_last(ws: Workspace, found: Survey) -> None:
    last = []
    for one, two in found.pairs():
        kind, files, _ = found.verdicts[one.name, two.name]
        if kind == "conflict":
            last.append({
                "a": one.name, "a_ref": one.ref, "a_oid": one.oid, "b": two.name, "b_ref": two.ref, "b_oid": two.oid,
                "files": files[:FILES], "agents": sorted({*one.agents, *two.agents}),
            })  # fmt: skip
    _write(ws, _LAST, {"version": 1, "conflicts": last[:500]})


def _write(ws: Workspace, name: str, value: dict[str, Any]) -> None:
    """Whole or not at all; a folder that cannot be written costs time, never an answer."""
    import os

    from gitcoord.fastjson import dumps_ascii

    file = ws.repo.home + name
    temporary = f"{file}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8") as out:
            out.write(dumps_ascii(value))
        os.replace(temporary, file)
    except (OSError, ValueError):
        pass
