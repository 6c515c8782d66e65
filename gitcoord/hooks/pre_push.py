"""The pre-push check: changed paths against the claims of others. Positive evidence blocks; missing evidence
blocks only where the team says ``enforce``. Its own failures never cost anybody a push otherwise.

Imports nothing until there is something to check.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.rules.claims.touch import Finding, Touch
    from gitcoord.settings import Settings
    from gitcoord.workspace import Workspace

OWN = ("refs/heads/gitcoord-",)
#: What gitcoord itself writes into work trees: nobody claims it.
OUTBOX = ".gitcoord/outbox/"
#: Lines of the message, and seconds that the whole check may take.
SHOWN, DEADLINE = 20, 5
#: Names on one line, and notes.
FEW_NAMES = 3
#: With more changed paths than this all claims are read at once instead of asking for each path.
FEW = 64


def main(words: list[str]) -> int:
    """Exit 0 lets the push go on, 1 stops it. Never raises."""
    if os.environ.get("GITCOORD_INTERNAL") or words[:1] != ["pre-push"]:
        return 0
    lines = [line.split() for line in _stdin().decode("utf-8", "surrogateescape").splitlines()]
    refs = [line for line in lines if len(line) == 4 and _counts(line)]
    if not refs:
        return 0
    try:
        return _checked(refs)
    except BaseException as problem:  # a coordination tool must not brick git push
        return _failed(problem)


def _stdin() -> bytes:
    chunks = []
    while chunk := os.read(0, 1 << 16):
        chunks.append(chunk)
    return b"".join(chunks)


def _counts(line: list[str]) -> bool:
    """Deletions, tags and gitcoord's own branches pass at once."""
    _, new, ref, _ = line
    return bool(new.strip("0")) and ref.startswith("refs/heads/") and not ref.startswith(OWN) and not ref.endswith("-gitcoord")


def _failed(problem: BaseException) -> int:
    from gitcoord.errors import GitcoordError, NotReady

    if isinstance(problem, NotReady):
        return 0
    said = problem.message if isinstance(problem, GitcoordError) else f"{type(problem).__name__}: {problem}"
    strict = _enforced()
    _say(f"gitcoord could not check this push: {said}")
    if strict:
        _say("This repository enforces the check. Look with: gitcoord doctor   (bypass: git push --no-verify)")
    return 1 if strict else 0


def _enforced() -> bool:
    """The mode as last known here, in a file, because everything else may be what failed."""
    try:
        from gitcoord.store import repository

        return os.path.exists(repository.find(".").home + "/enforce")
    except Exception:
        return False


def _say(text: str) -> None:
    sys.stderr.write(text.encode("utf-8", "replace").decode() + "\n")


def _alarm() -> None:
    import signal

    from gitcoord.errors import TimedOut

    def stop(*_: object) -> None:
        raise TimedOut(f"no answer within {DEADLINE} s")

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, DEADLINE)


def _checked(refs: list[list[str]]) -> int:
    _alarm()
    from gitcoord.workspace import Workspace

    with Workspace.open(".", offline=False) as ws:
        ws.reader(deadline=2.0)
        settings = ws.settings
        mode = settings.get("hooks.pre_push")
        for slip in ws.slips[:FEW_NAMES]:
            _say(f"gitcoord: {slip}")
        _remember_mode(ws, mode)
        if mode == "off":
            return 0
        found: dict[tuple[str, str], Finding] = {}
        notes: dict[str, Finding] = {}
        unknown: list[str] = []
        for _, new, ref, old in refs:
            changed = changed_paths(ws, new, old)
            if changed is None:
                unknown.append(ref)
                continue
            blocking, worth_a_word = in_the_way(ws, settings, changed, new, old)
            for each in blocking:
                found.setdefault((each.path, each.claim.id), each)
            for each in worth_a_word:
                notes.setdefault(each.path, each)
        stale = ws.stale_note()
        _tell_notes([each for each in notes.values() if each.path not in {path for path, _ in found}])
        return _verdict(ws, mode, list(found.values()), unknown, stale)


def _remember_mode(ws: Workspace, mode: str) -> None:
    file = ws.repo.home + "/enforce"
    if (mode == "enforce") != os.path.exists(file):
        try:
            if mode == "enforce":
                os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
            else:
                os.unlink(file)
        except OSError:
            pass


def _verdict(ws: Workspace, mode: str, found: list[Finding], unknown: list[str], stale: str) -> int:
    if found:
        _tell(ws, found, mode)
        return 0 if mode == "warn" else 1
    if unknown:
        _say(f"gitcoord could not tell what changes on {', '.join(unknown[:3])}.")
    if stale:
        _say(f"gitcoord: {stale}")
    if (unknown or stale) and mode == "enforce":
        _say("This repository enforces the check: gitcoord sync, then push again   (bypass: git push --no-verify)")
        return 1
    return 0


def _tell(ws: Workspace, found: list[Finding], mode: str) -> None:
    from gitcoord.rules.claims.objects import expires_at
    from gitcoord.text import one_line, until

    now = ws.now()
    _say("gitcoord: this push changes what others have claimed:")
    for each in found[:SHOWN]:
        name = one_line(str(each.claim.get("agent")), 64)
        _say(f"  {_where(each)}  {name} until {until(expires_at(each.claim), now)}, {each.claim.alias}{_why(each)}")
    if len(found) > SHOWN:
        _say(f"  and {len(found) - SHOWN} more files")
    for note in _overslept(ws, found):
        _say(note)
    _say(f"Talk to the holder, or look: gitcoord show {found[0].claim.alias}")
    if mode == "warn":
        _say("The push goes on: hooks.pre_push is warn.")
    else:
        _say("To push all the same: git push --no-verify")


def _where(each: Finding) -> str:
    """``src/a.py: Session::refresh (line 12), the imports (line 1)``; the path alone where all of it counts."""
    from gitcoord.text import one_line

    names = [f"{one_line(name, 120)} (line {line})" for name, line in list(each.names.items())[:FEW_NAMES]]
    more = f" and {len(each.names) - FEW_NAMES} more" if len(each.names) > FEW_NAMES else ""
    return one_line(each.path, 200) + (f": {', '.join(names)}{more}" if names else "")


def _why(each: Finding) -> str:
    from gitcoord.text import one_line

    return f"  (all of it counts: {one_line(each.reason, 160)})" if each.reason else ""


def _tell_notes(notes: list[Finding]) -> None:
    """Imports and module level changed beside the symbols of others: said, and no reason to stop."""
    from gitcoord.text import one_line

    for each in notes[:FEW_NAMES]:
        who, held = one_line(str(each.claim.get("agent")), 64), one_line(str(each.claim.get("scope")), 120)
        _say(f"gitcoord: {_where(each)}: changed, and no symbol covers that; {who} holds {held} ({each.claim.alias}).")


def _overslept(ws: Workspace, found: list[Finding]) -> list[str]:
    """A holder whose claim was taken over while it slept is told so."""
    holders = {str(each.claim.get("agent")) for each in found}
    notes = []
    for agent_id in ws.who()["agents"]:
        for mine in ws.reader().find("claim", state="superseded", agent_id=agent_id, order="-id", limit=20):
            if mine.get("ended_by") in holders:
                notes.append(f"Your claim {mine.alias} on {mine.get('scope')} was taken over by {mine.get('ended_by')}.")
    return notes[:3]


# What the push changes.


def changed_paths(ws: Workspace, new: str, old: str) -> list[str] | None:
    """Paths whose content differs between what is pushed and what the remote has; None when git cannot tell."""
    base = _compared_with(ws, new, old)
    return None if base is None else diff(ws, base, new)


def _compared_with(ws: Workspace, new: str, old: str) -> str | None:
    """What the remote has: the target as it is, else where the new branch left the default branch."""
    if old.strip("0") and _has(ws, old):
        return old
    base = default_tip(ws)
    if base is None:
        return None if old.strip("0") else empty_tree(ws)
    return merge_base(ws, base, new) or empty_tree(ws)


def _has(ws: Workspace, oid: str) -> bool:
    return ws.objects.read(oid) is not None


def diff(ws: Workspace, old: str, new: str) -> list[str] | None:
    args = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", "--end-of-options", old, new]
    result = ws.repo.git.run(args, check=False, deadline=DEADLINE)
    if result.code or (result.out and not result.out.endswith(b"\0")):
        return None
    paths = result.out.decode("utf-8", "surrogateescape").split("\0")
    return [path for path in paths if path and not path.startswith(OUTBOX)]


def merge_base(ws: Workspace, one: str, two: str) -> str:
    result = ws.repo.git.run(["merge-base", "--end-of-options", one, two], check=False, deadline=DEADLINE)
    return result.out.decode().split("\n")[0].strip()


def empty_tree(ws: Workspace) -> str:
    from gitcoord.store.objects import object_id

    return object_id(b"tree", b"", ws.repo.oid_length)


def default_tip(ws: Workspace) -> str | None:
    """The remote's default branch as this clone knows it."""
    remote = ws.state.text("remote") or "origin"
    try:
        with open(f"{ws.repo.common_dir}/refs/remotes/{remote}/HEAD", encoding="utf-8") as file:
            text = file.read().strip()
        if text.startswith("ref: "):
            return ws.repo.ref(text[5:])
    except OSError:
        pass
    for name in ("main", "master", "trunk", "develop"):
        oid = ws.repo.ref(f"refs/remotes/{remote}/{name}")
        if oid:
            return oid
    return None


# Whose claims these paths fall under.


def in_the_way(
    ws: Workspace, settings: Settings, changed: list[str], new: str, old: str
) -> tuple[list[Finding], list[Finding]]:
    """What stops the push, and what is worth a word. Files are read only where symbols decide."""
    from gitcoord.rules.claims.verify import judged, uncovered

    if not changed:
        return [], []
    reader, who, now = ws.reader(), ws.who(), ws.now()
    if len(changed) <= FEW:
        near = {c.id: c for path in changed for c in reader.overlap_candidates("file", path)}
        claims = list(near.values())
    else:
        claims = reader.claims(active=True)
    fold = settings.get("claims.fold_case")

    def look(paths: list[str], base: str) -> tuple[list[Finding], list[Finding]]:
        touches: dict[str, Touch] = {}
        found = judged(
            paths, claims, who["agents"], who["sessions"], fold, seen=reader.seen, now=now, settings=settings,
            touched=lambda path: touches.setdefault(path, _touch(ws, base, new, path)),
        )  # fmt: skip
        return found, uncovered(touches, claims, who["agents"], who["sessions"], fold) if touches else []

    first = _compared_with(ws, new, old) or empty_tree(ws)
    found, notes = look(changed, first)
    if found or notes:
        clear = landed_upstream(ws, {each.path for each in (*found, *notes)}, new, old)
        found = [each for each in found if each.path not in clear]
        notes = [each for each in notes if each.path not in clear]
    if not any(each.names for each in found) and not notes:
        return found, []
    for known in _upstream(ws, new):
        if known != first:
            again = look([*dict.fromkeys(each.path for each in (*found, *notes) if each.names)], known)
            found, notes = _also(found, again[0]), _also(notes, again[1])
    return found, notes


def _touch(ws: Workspace, base: str, new: str, path: str) -> Touch:
    from gitcoord.hooks.touches import touch_of

    return touch_of(ws, base, new, path)


def _also(found: list[Finding], again: list[Finding]) -> list[Finding]:
    """What is found against another upstream too: symbols that came from there are nobody's doing here."""
    other = {(each.path, each.claim.id): each for each in again}
    kept = []
    for each in found:
        if each.names:
            same = other.get((each.path, each.claim.id))
            if same is None:
                continue
            if not same.reason:
                each.names = {name: line for name, line in each.names.items() if name in same.names}
            if not each.names:
                continue
        kept.append(each)
    return kept


def _upstream(ws: Workspace, new: str) -> list[str]:
    base = default_tip(ws)
    return [] if base is None else [oid for oid in dict.fromkeys((base, merge_base(ws, base, new))) if oid]


def landed_upstream(ws: Workspace, paths: set[str], new: str, old: str) -> set[str]:
    """Paths whose pushed content the upstream already has: a rebase or merge blames nobody for them."""
    clear: set[str] = set()
    for known in _upstream(ws, new):
        changed = diff(ws, known, new)
        if changed is not None:
            clear |= paths - set(changed)
    return clear
