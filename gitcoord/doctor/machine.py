"""What this machine alone keeps: ``local.db``, the outbox, and what killed processes left behind."""

from __future__ import annotations

import os
import re
import shlex
import sqlite3
import time

from gitcoord.doctor.finding import good, warned
from gitcoord.model.ids import is_ulid
from gitcoord.text import counted, show_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

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
        detail = f"{counted(len(ids), 'write')} waiting here, not on the remote, the oldest for {show_duration(age)}"
        yield warned("outbox", detail, "gitcoord sync")
    for name in bad:
        yield warned("outbox", f"{box.folder}/{name} cannot be read and would be set aside", REPAIR)
    aside = [name for name in _names(box.folder) if name.endswith(".unreadable")]
    if aside:
        detail = f"{counted(len(aside), 'write')} could not be read, set aside: {', '.join(aside[:3])}"
        where = shlex.quote(f"{box.folder}/{aside[0]}")
        yield warned("outbox", detail, f"cat {where}   and, when nobody needs it, rm it")
    told = [name for name in _names(box.folder) if name.endswith(".done") and is_ulid(name[:-5])]
    lost = sum(bad_news(box.outcome(each[:-5]) or {}) for each in told)
    if lost:
        was = "was" if lost == 1 else "were"
        yield warned("outbox", f"{counted(lost, 'write')} of yours {was} refused or lost on landing", "gitcoord sync")
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


def bad_news(outcome: dict[str, Any]) -> bool:
    """Whether somebody should hear it from ``gitcoord sync``."""
    landed = outcome.get("ok")
    return not isinstance(landed, dict) or landed.get("outcome") == "contested"


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
        yield warned("leftovers", f"{counted(len(refs), 'ref')} of killed landings, such as {refs[0]}", REPAIR)
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
