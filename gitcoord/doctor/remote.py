"""The register: which remote it is, whether it answers, and whether the branch there is the one that we know.

A branch that was deleted or rewritten is a person's decision. It is told with both roads, restoring and adopting,
and the tip that this clone saw is kept under ``refs/gitcoord/lost/``, as every read does.
"""

from __future__ import annotations

import re
import shlex

from gitcoord.doctor.finding import broken, good, unknown, warned
from gitcoord.doctor.patient import NETWORK
from gitcoord.errors import Ambiguous, NotFound, TimedOut
from gitcoord.store import addresses, history

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.doctor.finding import Finding
    from gitcoord.doctor.patient import Patient


#: Shows what would be lost; with ``--yes`` it is done.
ADOPT = "gitcoord doctor --adopt"


def initialised(patient: Patient) -> Iterator[Finding]:
    if not patient.took_part:
        try:
            patient.choose_remote()
        except (Ambiguous, NotFound) as problem:
            yield broken("initialised", problem.message, problem.hint)
            return
    where = f"branch {patient.branch}" + (f" of {patient.remote}" if patient.remote else " of this repository, no remote")
    if patient.took_part:
        yield good("initialised", where)
    elif patient.tip is not None:
        yield warned("initialised", f"{where} is here; nothing was ever done with it in this clone", "gitcoord init")
    elif patient.remote and not patient.offline and asked(patient)[1]:
        yield warned("initialised", f"{where} is there; this clone has not fetched it yet", "gitcoord init")
    else:
        yield broken("initialised", "there is no sync branch here yet", "gitcoord init")


def configured(patient: Patient) -> Iterator[Finding]:
    """Settings of the remote that would break the one rule: one register, moved only forward."""
    name = patient.remote
    if not name:
        return
    quoted = shlex.quote(name)
    if name not in addresses.remotes(patient.repo):
        yield broken("remote", f"the remote {name}, on which this clone coordinates, is gone", "gitcoord init --remote NAME")
        return
    urls = _config(patient, "get-url", name)
    if len(urls) > 1:
        shown = ", ".join(_shown(url) for url in urls)
        one = f"git remote add register {shlex.quote(_shown(urls[0]))}"
        fix = f"A remote with one URL: {one} && gitcoord init --remote register"
        yield warned("remote", f"pushes to {name} go to {len(urls)} places ({shown}); exactly one can be the register", fix)
    now = addresses.push_address(patient.repo, name)
    then = patient.state.text("push_url") or (addresses.fetch_address(patient.repo, name) if patient.took_part else now)
    if patient.took_part and now != then:
        detail = f"pushes to {name} go elsewhere than where this clone coordinated: {_shown(now)}, was {_shown(then)}"
        yield warned("remote", detail, "gitcoord init")
    for key, value in _hazards(patient):
        fix = f"git config --unset-all {shlex.quote(key)}"
        yield warned("remote", f"{key} is {value}: a plain git push may overwrite the sync branch", fix)
    yield from _own_copy(patient)
    if len(urls) == 1:
        yield good("remote", f"{quoted}: {_shown(urls[0])}")


def _config(patient: Patient, verb: str, name: str) -> list[str]:
    result = patient.repo.git.run(["remote", verb, "--push", "--all", "--end-of-options", name], check=False)
    return result.out.decode("utf-8", "replace").splitlines()


def _hazards(patient: Patient) -> Iterator[tuple[str, str]]:
    name = patient.remote
    listed = patient.repo.git.run(["config", "--get-regexp", rf"^remote\.{re.escape(name)}\.(mirror|push)$"], check=False)
    for line in listed.out.decode("utf-8", "replace").splitlines():
        key, _, value = line.partition(" ")
        if key.endswith(".mirror") and value.lower() in ("true", "yes", "on", "1", ""):
            yield key, "true"
        elif key.endswith(".push") and value.startswith("+") and ("*" in value or patient.branch in value):
            yield key, value


def _own_copy(patient: Patient) -> Iterator[Finding]:
    """A local branch of this name: somebody checked it out, and may have committed there."""
    copy = patient.repo.ref(f"refs/heads/{patient.branch}")
    tip = patient.register.known_tip()
    if copy is None or tip is None or history.descends(patient.repo.git, patient.objects, tip, copy):
        return
    detail = f"the local branch {patient.branch} has commits that are not on {patient.remote}; nobody sees them"
    yield warned("remote", detail, f"git log {patient.ref}..{patient.branch}")


def branch(patient: Patient) -> Iterator[Finding]:
    """Whether the branch is there, here and on the remote, and goes on from what this clone saw."""
    seen, known = patient.state.text("seen"), patient.register.known_tip()
    if not patient.remote or patient.offline:
        if patient.remote:
            yield good("reachable", f"{patient.remote} was not asked: --offline")
        yield from _compared(patient, seen, known, known)
        return
    reached, found, words = asked(patient)
    if not reached:
        fix = f"git ls-remote {shlex.quote(patient.remote)}   tells what git says"
        yield warned("reachable", f"{patient.remote} does not answer; what you write waits in the outbox: {words}", fix)
        yield from _compared(patient, seen, known, known)
        return
    yield good("reachable", patient.remote)
    if not patient.took_part:
        return
    if found and found != known:
        patient.ws.refresh(deadline=NETWORK)
        patient.forget()
        known = patient.register.known_tip()
    yield from _compared(patient, seen or known or "", known, found or None)


def asked(patient: Patient) -> tuple[bool, str, str]:
    """``(answered, tip there or empty, what git said)``."""
    git, name = patient.repo.git, patient.remote
    where = addresses.push_address(patient.repo, name) or name
    try:
        args = ["ls-remote", "--end-of-options", where, f"refs/heads/{patient.branch}"]
        result = git.run(args, deadline=NETWORK, check=False)
    except TimedOut as problem:
        return False, "", problem.message
    return result.code == 0, result.out.decode("ascii", "replace").partition("\t")[0].strip(), _shown(result.message)


def _compared(patient: Patient, seen: str, known: str | None, there: str | None) -> Iterator[Finding]:
    """``seen``: the newest tip that this clone worked on. ``there``: the branch as it is now."""
    if there is None:
        if seen:
            fix = way_back(patient, kept_at(patient, seen), "")
            yield broken("branch", f"{_ref(patient)} is gone; this clone saw it at {seen[:12]}", fix)
        elif patient.took_part:
            yield broken("branch", f"{_ref(patient)} does not exist", "gitcoord init")
        return
    if patient.objects.read(there) is None:
        yield unknown("branch", f"{_ref(patient)} is at {there[:12]}, which could not be fetched", "gitcoord sync")
        return
    for before in dict.fromkeys(each for each in (seen, known) if each):
        if not history.descends(patient.repo.git, patient.objects, there, before):
            detail = f"{_ref(patient)} was rewritten: {there[:12]} does not descend from {before[:12]}, which was seen here"
            kept = kept_at(patient, before)
            yield broken("branch", detail, way_back(patient, kept, there))
            yield broken("branch", f"or go on from what is there now; what is lost stays at {kept}", ADOPT)
            return
    yield good("branch", f"{_ref(patient)} at {there[:12]}")


def _ref(patient: Patient) -> str:
    return f"the sync branch {patient.ref}"


def kept_at(patient: Patient, oid: str) -> str:
    """The ref under which a lost tip is kept, or the id alone when its commit is not here any more."""
    if patient.objects.read(oid) is None:
        return oid
    name = f"refs/gitcoord/lost/{oid[:16]}"
    result = patient.repo.git.run(["update-ref", name, oid], check=False)
    return name if result.code == 0 else oid


def way_back(patient: Patient, kept: str, there: str) -> str:
    ref = shlex.quote(f"refs/heads/{patient.branch}")
    if not patient.remote:
        return f"git update-ref {ref} {kept}"
    lease = f"--force-with-lease={ref}:{there} " if there else ""
    return f"git push --no-verify {lease}{shlex.quote(patient.remote)} {kept}:{ref}"


def _shown(words: str) -> str:
    """Without the user information of URLs, which may hold a token."""
    return re.sub(r"://[^/\s@]+@", "://", words)[:200]
