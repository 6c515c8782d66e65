"""The pre-push check: changed paths against the claims of others. Positive evidence blocks; missing evidence
blocks only where the team says ``enforce``. Its own failures never cost anybody a push otherwise.

Imports nothing until there is something to check.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.entity import Entity
    from gitcoord.settings import Settings
    from gitcoord.workspace import Workspace

OWN = ("refs/heads/gitcoord-",)
#: Lines of the message, and seconds that the whole check may take.
SHOWN, DEADLINE = 20, 5
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
        _remember_mode(ws, mode)
        if mode == "off":
            return 0
        found: dict[str, Entity] = {}
        unknown: list[str] = []
        for _, new, ref, old in refs:
            changed = changed_paths(ws, new, old)
            if changed is None:
                unknown.append(ref)
                continue
            for path, claim in in_the_way(ws, settings, changed, new, old):
                found.setdefault(path, claim)
        stale = ws.stale_note()
        return _verdict(ws, mode, found, unknown, stale)


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


def _verdict(ws: Workspace, mode: str, found: dict[str, Entity], unknown: list[str], stale: str) -> int:
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


def _tell(ws: Workspace, found: dict[str, Entity], mode: str) -> None:
    from gitcoord.rules.claims.objects import expires_at
    from gitcoord.text import one_line, until

    now = ws.now()
    _say("gitcoord: this push changes what others have claimed:")
    for path, claim in list(found.items())[:SHOWN]:
        name = one_line(str(claim.get("agent")), 64)
        _say(f"  {one_line(path, 200)}  {name} until {until(expires_at(claim), now)}, {claim.alias}")
    if len(found) > SHOWN:
        _say(f"  and {len(found) - SHOWN} more files")
    for note in _overslept(ws, found):
        _say(note)
    first = next(iter(found.values()))
    _say(f"Talk to the holder, or look: gitcoord show {first.alias}")
    if mode == "warn":
        _say("The push goes on: hooks.pre_push is warn.")
    else:
        _say("To push all the same: git push --no-verify")


def _overslept(ws: Workspace, found: dict[str, Entity]) -> list[str]:
    """A holder whose claim was taken over while it slept is told so."""
    holders = {str(claim.get("agent")) for claim in found.values()}
    notes = []
    for agent_id in ws.who()["agents"]:
        for mine in ws.reader().find("claim", state="superseded", agent_id=agent_id, order="-id", limit=20):
            if mine.get("ended_by") in holders:
                notes.append(f"Your claim {mine.alias} on {mine.get('scope')} was taken over by {mine.get('ended_by')}.")
    return notes[:3]


# What the push changes.


def changed_paths(ws: Workspace, new: str, old: str) -> list[str] | None:
    """Paths whose content differs between what is pushed and what the remote has; None when git cannot tell."""
    if old.strip("0") and _has(ws, old):
        return _diff(ws, old, new)
    base = default_tip(ws)
    if base is None:
        return None if old.strip("0") else _diff(ws, _empty_tree(ws), new)
    fork = _merge_base(ws, base, new)
    return _diff(ws, fork or _empty_tree(ws), new)


def _has(ws: Workspace, oid: str) -> bool:
    return ws.objects.read(oid) is not None


def _diff(ws: Workspace, old: str, new: str) -> list[str] | None:
    args = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", "--end-of-options", old, new]
    result = ws.repo.git.run(args, check=False, deadline=DEADLINE)
    if result.code or (result.out and not result.out.endswith(b"\0")):
        return None
    return [path for path in result.out.decode("utf-8", "surrogateescape").split("\0") if path]


def _merge_base(ws: Workspace, one: str, two: str) -> str:
    result = ws.repo.git.run(["merge-base", "--end-of-options", one, two], check=False, deadline=DEADLINE)
    return result.out.decode().split("\n")[0].strip()


def _empty_tree(ws: Workspace) -> str:
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


def in_the_way(ws: Workspace, settings: Settings, changed: list[str], new: str, old: str) -> list[tuple[str, Entity]]:
    from gitcoord.rules.claims import lease
    from gitcoord.rules.claims.verify import blamed

    if not changed:
        return []
    reader, who, now = ws.reader(), ws.who(), ws.now()
    if len(changed) <= FEW:
        near = {c.id: c for path in changed for c in reader.overlap_candidates("file", path)}
        claims = list(near.values())
    else:
        claims = reader.claims(active=True)
    met = blamed(changed, claims, who["agents"], who["sessions"], settings.get("claims.fold_case"))
    met = [(path, c) for path, c in met if lease.takeable(c, reader.seen(c), now, settings) is None]
    if not met:
        return []
    clear = landed_upstream(ws, {path for path, _ in met}, new, old)
    return [(path, claim) for path, claim in met if path not in clear]


def landed_upstream(ws: Workspace, paths: set[str], new: str, old: str) -> set[str]:
    """Paths whose pushed content the upstream already has: a rebase or merge blames nobody for them."""
    base = default_tip(ws)
    if base is None:
        return set()
    fork = _merge_base(ws, base, new)
    clear: set[str] = set()
    for known in filter(None, (base, fork)):
        changed = _diff(ws, known, new)
        if changed is not None:
            clear |= paths - set(changed)
    return clear
