"""How this clone is wired: who acts here, which settings are in force, and whether git runs the check before a push."""

from __future__ import annotations

import os
import shlex
import time

from gitcoord.doctor.finding import broken, good, unknown, warned
from gitcoord.doctor.machine import examined_local
from gitcoord.environ import without_counterpart
from gitcoord.errors import Ambiguous, NotJoined
from gitcoord.text import counted, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.doctor.finding import Finding
    from gitcoord.doctor.patient import Patient

ORIGINS = "gitcoord config --show-origin"


def identity(patient: Patient) -> Iterator[Finding]:
    from gitcoord.cache.local import MEMORY, Local
    from gitcoord.workspace import identity as identities

    ws, file = patient.ws, patient.home + "/local.db"
    local = Local(file if os.path.exists(file) and not examined_local(file)[1] else MEMORY)
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


def settings(patient: Patient) -> Iterator[Finding]:
    from gitcoord.codec import yaml

    problems = 0
    for name, data in (("settings.yml", _team(patient)), ("local.yml", _machine(patient))):
        try:
            yaml.decode_tree(data)
        except ValueError as problem:
            problems += 1
            detail = f"{name} cannot be read and is ignored: {problem}"
            yield warned("settings", detail, f"Correct it by hand; what it says: {_shows(patient, name)}")
    found = patient.settings()
    for text in found.problems():
        problems += 1
        yield warned("settings", text, ORIGINS)
    for unknown_name in found.unknown():
        problems += 1
        meant = nearest(unknown_name, found.names())
        hint = f"; did you mean {meant[0]}?" if meant else ""
        detail = f"{unknown_name} ({found.origin(unknown_name)[1]}) is no setting that we know{hint}"
        yield warned("settings", detail, ORIGINS)
    for name, why in without_counterpart(dict(patient.environ)):
        problems += 1
        yield warned("settings", f"{name} is set and does nothing: {why}", f"unset {name}")
    if not problems:
        yield good("settings", "all understood")


def owners(patient: Patient) -> Iterator[Finding]:
    """A policy that cannot be used takes nothing away: the last good one stays in force."""
    from gitcoord.rules.owners.policy import FILE, in_force

    found = in_force(patient.reader)
    if found.problem:
        fix = "gitcoord owners list --output owners.yml (the last good one), correct it, gitcoord owners set owners.yml"
        yield warned("owners", found.warning, fix)
    elif patient.reader.file(FILE) is None:
        yield good("owners", "no ownership policy")
    else:
        modules, shared = counted(len(found.policy.modules), "module"), counted(len(found.policy.shared), "shared file")
        yield good("owners", f"{modules}, {shared}")


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
        detail = "hooks.pre_push is off: the check lets everything pass"
        yield warned("hooks", detail, "gitcoord config set hooks.pre_push advise")
