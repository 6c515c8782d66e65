"""Takes a branch that somebody rewrote as it is now: first shown, done only when told to, and never on the remote.

Every tip that this clone saw is kept under ``refs/gitcoord/lost/`` before anything moves. Failing half way leaves the
rewrite as it was found; doing it again has no further effect. Revisions go on from the highest known one, so that no fence
is given twice.
"""

from __future__ import annotations

import time

from gitcoord.doctor import remote
from gitcoord.doctor.patient import NETWORK, Patient
from gitcoord.errors import Busy, CheckFailed, LocalStorage, NotInitialised, Unreachable
from gitcoord.model.kinds import BY_PLURAL
from gitcoord.store import history
from gitcoord.store.locks import ProcessLock
from gitcoord.store.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FOUND = "refs/gitcoord/found"
LOST = "refs/gitcoord/lost/"
#: Landings that are named one by one.
_NAMED = 50
_PATIENCE = 20.0


def adopt(directory: str = ".", *, yes: bool = False, offline: bool = False, agent: str | None = None) -> dict[str, Any]:
    """What would be lost and what is there instead; with ``yes`` it is adopted.

    Raises:
        CheckFailed: nothing was rewritten, or there is no branch any more.
        Unreachable: only the remote's present state can be adopted.
    """
    patient = Patient(directory, offline=offline, agent=agent)
    try:
        patient.open()
        if not patient.took_part:
            raise NotInitialised("gitcoord is not initialised in this repository.", hint="gitcoord init")
        there = _there(patient)
        before = _lost(patient, there)
        if not before:
            return _nothing(patient, there)
        report = _report(patient, there, before)
        if yes:
            _do(patient, there, before, report)
        return report
    finally:
        patient.close()


def _there(patient: Patient) -> str:
    """The branch as it is now, its commits fetched; no ref of anybody moves."""
    if not patient.remote:
        tip = patient.register.known_tip()
    else:
        if patient.offline:
            raise Unreachable("--offline: only what is on the remote now can be adopted.", hint="gitcoord doctor --adopt")
        reached, tip, words = remote.asked(patient)
        if not reached:
            raise Unreachable(f"{patient.remote} does not answer: {words}", hint="gitcoord doctor --adopt")
        if tip and patient.objects.read(tip) is None:
            tip = patient.ws.register.fetch_ref(patient.ws.register.ref, FOUND, NETWORK)  # type: ignore[union-attr]
            patient.repo.git.run(["update-ref", "-d", FOUND], check=False)
            if not tip:
                raise Unreachable("The branch as it is now could not be fetched.", hint="gitcoord doctor --adopt")
    if not tip:
        seen = patient.state.text("seen")
        fix = remote.way_back(patient, remote.kept_at(patient, seen), "") if seen else "gitcoord init"
        raise CheckFailed(f"{patient.ref} is gone: there is nothing to adopt.", hint=fix)
    return tip


def _lost(patient: Patient, there: str) -> list[str]:
    """Tips that this clone saw and that are no part of what is there."""
    seen = dict.fromkeys((patient.state.text("seen"), patient.register.known_tip() or ""))
    return [each for each in seen if each and not history.descends(patient.repo.git, patient.objects, there, each)]


def _nothing(patient: Patient, there: str) -> dict[str, Any]:
    """Done before, by the same command or another process of this clone; else a refusal."""
    before = patient.state.values.get("adopted")
    if isinstance(before, dict) and patient.repo.ref(str(before.get("kept"))):
        restore = remote.way_back(patient, str(before["kept"]), there)
        return {"outcome": "already-adopted", "found": there, "kept": before["kept"], "restore": restore}
    raise CheckFailed(
        f"Nothing was rewritten: {patient.ref} at {there[:12]} goes on from all that this clone saw.", hint="gitcoord sync"
    )


def _report(patient: Patient, there: str, before: list[str]) -> dict[str, Any]:
    seen, objects = before[0], patient.objects
    known = objects.read(seen) is not None
    base = _asked(patient, "merge-base", there, seen) if known else ""
    lost = _asked(patient, "log", f"-n{_NAMED}", "--format=%H%x00%an%x00%s", f"{there}..{seen}") if known else ""
    landings = [line.split("\0") for line in lost.splitlines()]
    return {
        "outcome": "would-adopt", "branch": patient.ref, "seen": seen, "found": there, "base": base,
        "revision": {"seen": history.revision_of(objects, seen, {}) if known else None,
                     "found": history.revision_of(objects, there, {})},
        "lost": [{"commit": each[0], "agent": each[1], "subject": each[2]} for each in landings if len(each) == 3],
        "lost_total": int(_asked(patient, "rev-list", "--count", f"{there}..{seen}") or 0) if known else None,
        "gained_total": int(_asked(patient, "rev-list", "--count", f"{seen}..{there}") or 0) if known else None,
        "records": _records(patient, there, seen) if known else {},
        "kept": LOST + seen[:16] if known else None,
    }  # fmt: skip


def _records(patient: Patient, there: str, seen: str) -> dict[str, dict[str, int]]:
    """By kind: records that only the lost state has, and those of which it knew something else."""
    objects = patient.objects
    found: dict[str, dict[str, int]] = {}
    for path, mode, _ in objects.differences(objects.commit(there).tree, objects.commit(seen).tree):
        plural = path.partition("/")[0]
        if plural in BY_PLURAL and mode is not None:
            fate = "gone" if objects.read(f"{there}:{path}") is None else "changed"
            counts = found.setdefault(plural, {"gone": 0, "changed": 0})
            counts[fate] += 1
    return found


def _do(patient: Patient, there: str, before: list[str], report: dict[str, Any]) -> None:
    lock = ProcessLock(patient.home + "/locks/landing")
    patient.ws.make_home()
    if not lock.acquire(time.monotonic() + _PATIENCE):
        raise Busy("Another process of this clone is landing.", hint="gitcoord doctor --adopt --yes")
    try:
        patient.state = State(patient.home)
        lost = _lost(patient, there)
        if not lost or lost != before:  # another process of this clone was first, and may have landed on it since
            if any(not history.descends(patient.repo.git, patient.objects, each, there) for each in lost):
                raise Busy("Another process of this clone moved the branch meanwhile.", hint="gitcoord doctor --adopt --yes")
            report["outcome"] = "already-adopted"
            return
        for each in before:
            if patient.objects.read(each) is not None and remote.kept_at(patient, each) == each:
                raise LocalStorage("What would be lost could not be kept here; nothing was adopted.", hint="gitcoord doctor")
        _move(patient, there)
        base = str(report["base"])
        patient.ws.local.lower_cursors(history.revision_of(patient.objects, base, {}) if base else 0)
        highest = max([int(patient.state.number("revision_floor")), *(n for n in report["revision"].values() if n)])
        patient.state.save(seen=there, revision_floor=highest, adopted={"kept": report["kept"], "tip": there})
    finally:
        lock.release()
    report["outcome"] = "adopted"
    if report["kept"]:
        report["restore"] = remote.way_back(patient, str(report["kept"]), there)
    patient.forget()
    patient.ws.ledger.rebuild(there)


def _move(patient: Patient, there: str) -> None:
    """The remote's branch as this clone knows it; nobody else's ref."""
    register, known = patient.register, patient.register.known_tip()
    if not register.name or known == there:
        return
    args = ["update-ref", "-m", "gitcoord: adopt", "--end-of-options", register.tracking, there]  # type: ignore[union-attr]
    result = patient.repo.git.run([*args, known or "0" * patient.repo.oid_length], check=False)
    if result.code:
        raise Busy(f"Another process moved the branch meanwhile: {result.message[:200]}", hint="gitcoord doctor --adopt --yes")


def _asked(patient: Patient, *words: str) -> str:
    result = patient.repo.git.run(list(words), check=False)
    return result.out.decode("utf-8", "replace").strip() if result.code == 0 else ""
