"""Adopts what agents wrote that may not push the sync branch: for ``sync`` and ``harvest``, by whoever may.

Bounded: so many branches, so many intents of each, one deadline. What does not fit waits on its branch.
"""

from __future__ import annotations

import time

from gitcoord.fastjson import dumps_ascii
from gitcoord.model.intent import Intent
from gitcoord.model.outcome import Denied, Landed
from gitcoord.rules import carried
from gitcoord.store import addresses, adoptable
from gitcoord.store.adoption import Adopter
from gitcoord.store.locks import ProcessLock
from gitcoord.store.register import RemoteRegister
from gitcoord.store.writable import check_writable
from gitcoord.text import one_line
from gitcoord.workspace.adopted import Adopted
from gitcoord.workspace.asking import LOOKED, agent_prefixes, looked_at
from gitcoord.workspace.rulebook import Rulebook
from gitcoord.workspace.settling import refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.snapshot import Snapshot
    from gitcoord.store.adoptable import Brought
    from gitcoord.store.adoption import Judge
    from gitcoord.workspace.workspace import Workspace

#: Refusals of one branch that are written down on the sync branch at a time; the rest are told here.
MAX_REFUSED = 20
AGENT = "gitcoord"


def adopt(
    ws: Workspace,
    *,
    only: list[str] | None = None,
    remotes: list[str] | None = None,
    again: bool = False,
    dry_run: bool = False,
    heads: dict[str, str] | None = None,
) -> Adopted:
    """Look at the agents' branches and land what waits there.

    Args:
        only: these branches, whatever they begin with.
        remotes: look there, and not where the settings say.
        again: also at tips of which nothing was left the last time.
        heads: where the register's branches are, when it has just been asked.

    Raises:
        Stopped: the sync branch could not be pushed; everything is still on its branch.
    """
    found = Adopted()
    register = ws.register
    if not isinstance(register, RemoteRegister) or ws.offline:
        return found
    ws.reader()
    if ws.state.text("signing") and only is None:  # a signature would vouch for what nobody has signed
        found.note = "landings are signed here: other branches are adopted only when they are named (gitcoord harvest)"
        return found
    total = float(ws.timeout or ws.machine_settings().get("sync.deadline"))
    deadline = time.monotonic() + total * 0.7
    network = min(float(ws.machine_settings().get("sync.network_deadline")), total * 0.5)
    looked = {} if again or only else looked_at(ws) or {}
    tips: dict[str, str] = {}
    brought: list[Brought] = []
    for label, there in _sources(ws, register, remotes, found):
        known = _tips(ws, there, only, network, found, heads if there is register else None)
        found.seen.update(known)
        tips.update({label + name: oid for name, oid in known.items()})
        fresh = {name: oid for name, oid in known.items() if looked.get(label + name) != oid}
        brought += _brought(ws, there, label, fresh, network, found)
    if any(each.intents for each in brought):
        lock = ProcessLock(ws.repo.home + "/locks/landing")
        if not lock.acquire(deadline):
            found.note = "busy: another process of this machine is landing"
            return found
        try:
            adopter, judge = _adopter(ws), _judge(ws, found)
            landed = adopter.preview(brought, judge) if dry_run else adopter.adopt(brought, judge, deadline, network)
        finally:
            lock.release()
            ws.forget()
        found.tell(landed)
    if not dry_run and time.monotonic() < deadline:
        done = {each.branch: each.oid for each in brought if not each.more}
        if only is None and remotes is None:
            _save(ws, {name: oid for name, oid in {**(looked_at(ws) or {}), **done}.items() if name in tips})
            adoptable.forget(ws.repo, set(tips))
    return found


def _sources(
    ws: Workspace, register: RemoteRegister, remotes: list[str] | None, found: Adopted
) -> list[tuple[str, RemoteRegister]]:
    """Where to look: the register, and forks; of those every branch bears the name of its repository."""
    names = str(ws.machine_settings().get("sync.adopt_remotes")).replace(",", " ").split() if remotes is None else remotes
    sources = [("", register)] if remotes is None or register.name in remotes else []
    known = addresses.remotes(ws.repo)
    for name in dict.fromkeys(names):
        if name == register.name:
            continue
        if name not in known:
            found.note = f"there is no remote {name[:60]}"
            continue
        label = addresses.repository_name(addresses.fetch_address(ws.repo, name)) + carried.FORK
        sources.append((label, RemoteRegister(ws.repo, name, register.branch)))
    return sources


def _tips(
    ws: Workspace, register: RemoteRegister, only: list[str] | None, network: float, found: Adopted,
    heads: dict[str, str] | None,
) -> dict[str, str]:  # fmt: skip
    prefixes = only or [*agent_prefixes(ws), str(ws.machine_settings().get("sync.carrier_prefix"))]
    tips = heads or register.heads([*only] if only else [each + "*" for each in prefixes], network)
    if tips is None:
        found.note = "the remote was not asked for the agents' branches: it did not answer"
        return {}
    own = ws.state.text("clone_id")[-10:] + carried.SUFFIX
    taken = {name: oid for name, oid in tips.items() if adoptable.usable(name, prefixes) and not name.endswith("/" + own)}
    return {name: oid for name, oid in taken.items() if only is None or name in only}


def _brought(
    ws: Workspace, register: RemoteRegister, label: str, tips: dict[str, str], network: float, found: Adopted
) -> list[Brought]:
    here, trouble = adoptable.fetch(ws.repo, register, tips, label, network)
    found.note = found.note or trouble
    reader = ws.reader()
    brought = []
    for name, oid in sorted((label + name, oid) for name, oid in here.items()):

        def known(intent_id: str, branch: str = name) -> bool:
            return reader.landed(intent_id) is not None or refusal(reader, branch, intent_id) is not None

        each = adoptable.look(ws.repo, ws.objects, name, oid, known)
        found.branches += 1
        found.more += each.more
        if each.unusable:
            first, reason = each.unusable[0]
            found.unusable.append({"branch": name, "files": len(each.unusable), "first": first, "reason": reason})
        brought.append(each)
    return brought


def _adopter(ws: Workspace) -> Adopter:
    from gitcoord.workspace import submission

    return Adopter(
        git=ws.repo.git, objects=ws.objects, register=ws.register, outbox=ws.outbox, ledger=ws.ledger, rules=Rulebook(ws),
        state=ws.state, sign=submission.signer(ws),
    )  # fmt: skip


def _judge(ws: Workspace, found: Adopted) -> Judge:
    """Refused as a whole, or decided like any other write; what is refused then is contested: its author was told it waits."""
    from gitcoord import rules

    refused: dict[str, set[str]] = {}

    def judge(snapshot: Snapshot, written: Intent, brought: Brought, now: float) -> tuple[Intent, Landed | Denied] | None:
        settings = ws.settings_of(snapshot)
        intent = _copy(written, brought.branch)
        try:
            outcome: Any = carried.refusal(snapshot, intent, brought.branch, now, settings)
            outcome = outcome or rules.decide(snapshot, intent, now, settings)
            if isinstance(outcome, Landed):
                check_writable(intent, outcome)
        except Exception as problem:  # foreign: whatever it breaks, the others are adopted
            outcome = Denied("invalid-arguments", f"It cannot be decided ({type(problem).__name__}).", "gitcoord doctor")
        if isinstance(outcome, Landed):
            return intent, carried.met(intent, outcome)
        told = refused.setdefault(brought.branch, set())
        if len(told) >= MAX_REFUSED and written.id not in told:
            found.untold.add(written.id)
            return None
        told.add(written.id)
        refusing = _refusing(ws, written, brought.branch, outcome, now)
        return refusing, rules.decide(snapshot, refusing, now, settings)

    return judge


def _copy(written: Intent, branch: str) -> Intent:
    """As it is decided: each try begins with what was written, and with what only whoever adopts may say."""
    return Intent(
        id=written.id, kind=written.kind, at=written.at, actor={**written.actor, "via": branch},
        args={**written.args, "_carried": True, "_provisional": True}, ids=written.ids, key=written.key, seen=written.seen,
        expected_revision=written.expected_revision,
    )  # fmt: skip


def _refusing(ws: Workspace, written: Intent, branch: str, denied: Denied, now: float) -> Intent:
    from gitcoord.model.ids import derived_ulid

    actor = {"agent": AGENT, "agent_id": derived_ulid("agent", AGENT), "session_id": ws.state.text("clone_id")}
    args = {
        "intent": written.id, "kind": one_line(written.kind, 60), "agent": one_line(str(written.actor.get("agent")), 64),
        "branch": branch, "code": denied.code, "message": one_line(denied.message, 300), "hint": one_line(denied.hint, 300),
    }  # fmt: skip
    return Intent(id=carried.refusal_id(branch, written.id), kind="carrier.refuse", at=now, actor=actor, args=args)


def _save(ws: Workspace, looked: dict[str, str]) -> None:
    import os

    temporary = f"{ws.repo.home}{LOOKED}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(dumps_ascii(looked))
        os.rename(temporary, ws.repo.home + LOOKED)
    except OSError:
        pass
