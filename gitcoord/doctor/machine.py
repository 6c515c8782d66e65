"""What this machine alone keeps: ``local.db``, the outbox, leftovers of killed processes, identity, settings, hooks."""

from __future__ import annotations

import os
import re
import shlex
import sqlite3
import time

from gitcoord.doctor.finding import broken, good, unknown, warned
from gitcoord.errors import Ambiguous, NotJoined
from gitcoord.model.ids import is_ulid
from gitcoord.text import nearest, show_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.doctor.finding import Finding
    from gitcoord.doctor.patient import Patient

REPAIR = "gitcoord doctor --repair"
LANDING = "refs/gitcoord/landing/"
_TEMPORARY = re.compile(r"\.(\d+)\.(?:tmp|new)(?:-journal|-wal|-shm)?$")


# local.db

def local_db(patient: Patient) -> Iterator[Finding]:
    from gitcoord.cache.local import STEPS

    file = patient.home + "/local.db"
    for name in _names(patient.home):
        if name.startswith("local.db.damaged-"):
            yield good("local.db", f"an earlier one was damaged and is kept: {patient.home}/{name}")
    if not os.path.exists(file):
        yield good("local.db", "none yet")
        return
    version, damage = examined_local(file)
    if damage:
        yield warned("local.db", f"damaged ({damage}); who is bound here is lost, nothing of the branch is", REPAIR)
    elif version > len(STEPS):
        yield warned("local.db", f"written by a newer gitcoord (version {version})", "Upgrade gitcoord: pipx upgrade gitcoord")
    else:
        yield good("local.db", f"version {version}")
        yield from _cursors(patient, file)


def examined_local(file: str) -> tuple[int, str]:
    """``(version, what is wrong)``. Raises sqlite3.OperationalError when it is locked or cannot be opened."""
    try:
        connection = sqlite3.connect(f"file:{_quoted(file)}?mode=ro", uri=True, timeout=2.0)
        try:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            said = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            if said == "ok":
                connection.execute("SELECT count(*) FROM bindings").fetchone()
            return version, "" if said == "ok" else said
        finally:
            connection.close()
    except sqlite3.OperationalError as problem:
        if "no such table" not in str(problem):
            raise
        return 0, str(problem)
    except sqlite3.DatabaseError as problem:
        return 0, str(problem)


def _cursors(patient: Patient, file: str) -> Iterator[Finding]:
    ahead = cursors_ahead(patient, file) if patient.tip else []
    if ahead:
        yield warned("local.db", f"{len(ahead)} readers are marked as having read beyond the newest revision", REPAIR)


def cursors_ahead(patient: Patient, file: str) -> list[str]:
    """Agents whose cursor stands behind the end of the branch: they would be told of nothing."""
    connection = sqlite3.connect(f"file:{_quoted(file)}?mode=ro", uri=True, timeout=2.0)
    try:
        rows = connection.execute("SELECT agent_id FROM cursors WHERE revision > ?", (patient.reader.revision,)).fetchall()
        return [str(agent_id) for (agent_id,) in rows]
    finally:
        connection.close()


def _quoted(file: str) -> str:
    return file.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


# Outbox

def outbox(patient: Patient) -> Iterator[Finding]:
    box = patient.ws.outbox
    ids, bad = pending_of(patient)
    if ids:
        age = time.time() - min(_changed(f"{box.folder}/{each}.json") for each in ids)
        yield warned("outbox", f"{len(ids)} writes wait here and are not on the remote, the oldest for {show_duration(age)}", "gitcoord sync")
    for name in bad:
        yield warned("outbox", f"{box.folder}/{name} cannot be read and would be set aside", REPAIR)
    aside = [name for name in _names(box.folder) if name.endswith(".unreadable")]
    if aside:
        shown = ", ".join(aside[:3])
        where = shlex.quote(f"{box.folder}/{aside[0]}")
        yield warned("outbox", f"{len(aside)} writes could not be read and were set aside: {shown}", f"cat {where}   and, when it is not needed, rm it")
    told = [name for name in _names(box.folder) if name.endswith(".done") and is_ulid(name[:-5])]
    lost = [o for each in told if "denied" in (o := box.outcome(each[:-5]) or {}) or (o.get("ok") or {}).get("outcome") == "contested"]
    if lost:
        yield warned("outbox", f"{len(lost)} of your writes were refused or lost when they landed", "gitcoord sync")
    elif told:
        yield good("outbox", f"{len(told)} outcomes that nobody has asked for yet: gitcoord sync")
    if not (ids or bad or aside or told):
        yield good("outbox", "empty")


def pending_of(patient: Patient) -> tuple[list[str], list[str]]:
    """Ids of pending intents, and names of files that should be intents and cannot be read. Moves nothing."""
    from gitcoord.model.intent import Intent

    folder, ids, bad = patient.home + "/outbox", [], []
    for name in _names(folder):
        if not name.endswith(".json") or not is_ulid(name[:-5]):
            continue
        try:
            with open(f"{folder}/{name}", "rb") as file:
                Intent.from_json(file.read())
            ids.append(name[:-5])
        except FileNotFoundError:
            continue
        except (ValueError, KeyError, TypeError):
            bad.append(name)
    return ids, bad


def _changed(file: str) -> float:
    try:
        return os.stat(file).st_mtime
    except OSError:
        return time.time()


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


# Leftovers

def leftovers(patient: Patient) -> Iterator[Finding]:
    files, refs = temporary_files(patient), stale_refs(patient)
    for each in files[:5]:
        yield warned("leftovers", f"{each} was left by a process that is gone", REPAIR)
    if len(files) > 5:
        yield warned("leftovers", f"and {len(files) - 5} more such files", REPAIR)
    if refs:
        yield warned("leftovers", f"{len(refs)} refs of landings that were killed, such as {refs[0]}", REPAIR)
    if not files and not refs:
        yield good("leftovers", "none")


def temporary_files(patient: Patient) -> list[str]:
    """Temporary files of ours whose writer is gone."""
    found = []
    for folder in ("", "/outbox", "/locks", "/log"):
        for name in _names(patient.home + folder):
            match = _TEMPORARY.search(name)
            if match is not None and not alive(int(match[1])):
                found.append(f"{patient.home}{folder}/{name}")
    return found


def stale_refs(patient: Patient) -> list[str]:
    """A landing takes its ref away again; one that stays belongs to a git that was killed."""
    listed = patient.repo.git.run(["for-each-ref", "--format=%(refname)", LANDING], check=False)
    found = []
    for ref in listed.out.decode("utf-8", "replace").split():
        pids = re.findall(r"-(\d+)-\d+$", ref)
        if not pids or not alive(int(pids[0])):
            found.append(ref)
    return found


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass
    return pid > 0


# Identity

def identity(patient: Patient) -> Iterator[Finding]:
    from gitcoord.cache.local import Local
    from gitcoord.workspace import identity as identities

    ws, file = patient.ws, patient.home + "/local.db"
    local = Local(file if os.path.exists(file) and not examined_local(file)[1] else ":memory:")
    try:
        found = identities.resolve(local, ws.place, patient.agent, ws.environ, time.time())
    except NotJoined as problem:
        yield warned("identity", "nobody has joined from this worktree yet", problem.hint)
        return
    except Ambiguous as problem:
        yield warned("identity", problem.message, problem.hint)
        return
    finally:
        local.close()
    if not found.bound:
        yield good("identity", f"{found.agent}, named for this command; not bound to this worktree")
        return
    session = patient.reader.get("session", found.session_id) if patient.tip else None
    if session is not None and session.get("state") == "left":
        yield warned("identity", f"{found.agent} is bound here to a session that has left", "gitcoord join")
    else:
        yield good("identity", f"{found.agent}, bound to this worktree")


# Settings

def settings(patient: Patient) -> Iterator[Finding]:
    from gitcoord.codec import yaml

    problems = 0
    for name, data in (("settings.yml", _team(patient)), ("local.yml", _machine(patient))):
        try:
            yaml.decode_tree(data)
        except ValueError as problem:
            problems += 1
            where = f"on {patient.ref}" if name == "settings.yml" else patient.home
            yield warned("settings", f"{name} ({where}) cannot be read and is ignored: {problem}", f"Correct it by hand; what is set: {_shows(patient, name)}")
    found = patient.settings()
    for text in found.problems():
        problems += 1
        yield warned("settings", text, "gitcoord config --show-origin")
    for unknown_name in found.unknown():
        problems += 1
        meant = nearest(unknown_name, found.names())
        hint = f"; did you mean {meant[0]}?" if meant else ""
        yield warned("settings", f"{unknown_name} ({found.origin(unknown_name)[1]}) is no setting that we know{hint}", "gitcoord config --show-origin")
    if not problems:
        yield good("settings", "all understood")


def _shows(patient: Patient, name: str) -> str:
    return f"git show {patient.ref}:{name}" if name == "settings.yml" else f"cat {shlex.quote(patient.home + '/' + name)}"


def _team(patient: Patient) -> bytes:
    return (patient.reader.file("settings.yml") or b"") if patient.tip else b""


def _machine(patient: Patient) -> bytes:
    try:
        with open(patient.home + "/local.yml", "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


# Hooks

def hooks(patient: Patient) -> Iterator[Finding]:
    """Whether git would really run the check: proven by a push to a throw-away repository."""
    try:
        from gitcoord.hooks import install
    except ImportError as problem:
        yield unknown("hooks", str(problem))
        return
    if patient.repo.bare:
        yield good("hooks", "bare repository: nothing is pushed from here")
        return
    found = install.status(patient.repo)
    fix = "gitcoord hooks install" + (" --yes" if found.get("manager") else "")
    if not found.get("installed"):
        yield warned("hooks", f"pushes from here are not checked: no pre-push check in {found.get('hook')}", fix)
    elif not found.get("current", True):
        yield warned("hooks", f"the pre-push check in {found.get('hook')} is of another version", fix)
    elif not found.get("reachable") and patient.repo.head()[1]:
        yield broken("hooks", f"the pre-push check is in {found.get('hook')}, but {found.get('detail')}", fix)
    else:
        yield good("hooks", f"pre-push check in {found.get('hook')}: {found.get('detail')}")
    if patient.settings().get("hooks.pre_push") == "off":
        yield warned("hooks", "hooks.pre_push is off: the check lets everything pass", "gitcoord config set hooks.pre_push advise")
