"""Which checks there are, in which order, and what each may repair. Later checks rest on the earlier groups."""

from __future__ import annotations

from gitcoord.doctor import branch, ground, machine, projection, record, remote, repair, state, tools, transport, wiring
from gitcoord.doctor.finding import isolated, unknown
from gitcoord.doctor.patient import Patient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from gitcoord.doctor.finding import Finding

    Check = Callable[[Patient], Iterator[Finding]]
    Repair = Callable[[Patient], list[str]]

GROUND: dict[str, Check] = {"git": ground.git, "repository": ground.repository}
#: Without a sync branch these still tell something.
CLONE: dict[str, Check] = {
    "initialised": remote.initialised, "local-state": ground.place, "remote": remote.configured, "branch": remote.branch,
}  # fmt: skip
MACHINE: dict[str, Check] = {
    "transport": transport.transport, "outbox": machine.outbox, "leftovers": machine.leftovers,
    "local.db": machine.local_db, "identity": wiring.identity, "hooks": wiring.hooks, "agent-tools": tools.tools,
}  # fmt: skip
#: These read the branch.
BRANCH: dict[str, Check] = {
    "format": branch.format, "clock": ground.clocks, "settings": wiring.settings, "owners": wiring.owners,
    "cache": projection.cache, "files": branch.files, "edits": branch.edits, "exclusion": state.exclusion,
    "history": branch.history, "journal": branch.journal, "signatures": branch.signatures,
}  # fmt: skip
STATE: dict[str, Check] = {
    "format": branch.format, "files": branch.files, "edits": branch.edits, "names": state.names, "references": state.references,
    "exclusion": state.exclusion, "journal": branch.journal, "record": record.record, "settings": wiring.settings,
    "owners": wiring.owners,
}  # fmt: skip
REPAIRS: dict[str, Repair] = {
    "cache": repair.cache, "local.db": repair.local_db, "outbox": repair.outbox, "leftovers": repair.leftovers,
}  # fmt: skip


def examine(
    directory: str, *, offline: bool, repair: bool, only_state: bool, agent: str | None
) -> dict[str, Any]:
    patient = Patient(directory, offline=offline, agent=agent)
    try:
        examination = _Examination(patient, repairing=repair)
        examination.run(only_state)
    finally:
        patient.close()
    # What is broken first: an answer that has to leave something out leaves out its end.
    found = sorted(examination.found, key=lambda each: (each.ok, not each.broken))
    return {
        "checks": [each.as_json() for each in found], "ok": not any(each.broken for each in found),
        "repaired": examination.repaired,
    }  # fmt: skip


class _Examination:
    def __init__(self, patient: Patient, *, repairing: bool) -> None:
        self.patient, self.repairing = patient, repairing
        self.found: list[Finding] = []
        self.repaired: list[str] = []

    def run(self, only_state: bool) -> None:
        self._group(GROUND)
        if any(each.broken for each in self.found):
            return
        self._group(CLONE)
        if only_state:
            self.found = [each for each in self.found if not each.ok]
        else:
            self._group(MACHINE)
            if self.repairing:
                self._mend(repair.collect)
        if self.patient.tip is not None:
            self._group(STATE if only_state else BRANCH)

    def _group(self, checks: dict[str, Check]) -> None:
        for name, check in checks.items():
            found = isolated(name, check, self.patient)
            if self.repairing and name in REPAIRS and not all(each.ok for each in found):
                self._mend(REPAIRS[name])
                self.patient.forget()
                found = isolated(name, check, self.patient)
            self.found += found

    def _mend(self, act: Repair) -> None:
        """Does the repair; a repair that fails is a finding of its own."""
        try:
            self.repaired += act(self.patient)
        except Exception as problem:
            self.found.append(unknown(f"repair of {act.__name__}", f"{type(problem).__name__}: {problem}"))
