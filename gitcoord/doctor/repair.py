"""Mends what needs no decision: what is disposable is made anew, what cannot be read is set aside, never dropped.

Everything here can be done again, and by two at once, with the same result.
"""

from __future__ import annotations

import os
import sqlite3
import time

from gitcoord.doctor import machine, projection
from gitcoord.store.locks import ProcessLock
from gitcoord.text import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.doctor.patient import Patient


def cache(patient: Patient) -> list[str]:
    """The cache from nothing. A file that SQLite itself finds damaged goes first."""
    from gitcoord.cache import database

    file = patient.home + "/cache.db"
    if _damaged(patient):
        database.discard(file)
    tip = patient.tip
    if tip is None:
        return []
    ledger = patient.ws.ledger
    ledger.rebuild(tip)
    return [] if ledger.in_memory else ["the cache was built anew from git"]


def _damaged(patient: Patient) -> bool:
    connection = projection.opened(patient)
    if connection is None:
        return False  # opening it to write replaces it, where that is possible
    try:
        return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok"
    except sqlite3.Error:
        return True
    finally:
        connection.close()


def local_db(patient: Patient) -> list[str]:
    """A damaged ``local.db`` is kept beside the new one; a cursor beyond the end goes back to the end."""
    file = patient.home + "/local.db"
    if machine.examined_local(file)[1]:
        aside = f"{file}.damaged-{int(time.time())}"
        os.replace(file, aside)
        for suffix in ("-wal", "-shm", "-journal"):
            if os.path.exists(file + suffix):
                os.replace(file + suffix, aside + suffix)
        patient.ws.local.bindings(patient.ws.place)
        return [f"a new local.db was begun; the damaged one is {aside}"]
    ahead = machine.cursors_ahead(patient, file)
    for agent_id in ahead:
        patient.ws.local.set_cursor(agent_id, patient.reader.revision)
    return [f"{counted(len(ahead), 'cursor')} set back to revision {patient.reader.revision}"] if ahead else []


def outbox(patient: Patient) -> list[str]:
    """Files that cannot be read go aside, where nothing trips over them and a person can look."""
    done, folder = [], patient.ws.outbox.folder
    for name in machine.pending_of(patient)[1]:
        aside = f"{folder}/{name.removesuffix('.json')}.unreadable"
        os.rename(f"{folder}/{name}", aside)
        done.append(f"a write that cannot be read was set aside: {aside}")
    return done


def collect(patient: Patient) -> list[str]:
    """Outcomes that nobody waits for any more are told here; bad news is left for ``gitcoord sync``."""
    done, box = [], patient.ws.outbox
    for intent_id, outcome in box.uncollected():
        if not machine.bad_news(outcome):
            landed = outcome["ok"]
            box.collect(intent_id)
            done.append(f"told late: {intent_id} {landed.get('outcome') or 'landed'} at revision {landed.get('revision')}")
    return done


def leftovers(patient: Patient) -> list[str]:
    """Under the landing lock, so that what a living process makes is never taken for a leftover."""
    folder = patient.home + "/locks"
    os.makedirs(folder, mode=0o700, exist_ok=True)
    lock = ProcessLock(folder + "/landing")
    if not lock.acquire(time.monotonic() + 5):
        return []
    try:
        done = []
        for file in machine.temporary_files(patient):
            os.unlink(file)
            done.append(f"removed {file}")
        refs = machine.stale_refs(patient)
        if refs:
            patient.repo.git.run(["update-ref", "--stdin"], stdin="".join(f"delete {ref}\n" for ref in refs).encode())
            done.append(f"removed {counted(len(refs), 'ref')} of killed landings")
        return done
    finally:
        lock.release()
