"""One write: intent into the outbox, landing by whoever holds the lock, outcome back to the caller."""

from __future__ import annotations

import time

from gitcoord import clock
from gitcoord.errors import CheckFailed, ClaimConflict, HistoryRewritten, InvalidArguments, NotInitialised, from_refusal
from gitcoord.model.ids import provisional_alias
from gitcoord.model.intent import Intent
from gitcoord.model.outcome import Denied
from gitcoord.sql import sqlite3
from gitcoord.store.carriers import Carriers
from gitcoord.store.landing import Lander, Stopped
from gitcoord.store.locks import ProcessLock
from gitcoord.store.register import LocalRegister
from gitcoord.workspace import scan, transport
from gitcoord.workspace.rulebook import Rulebook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitcoord.model.snapshot import Snapshot
    from gitcoord.store.register import RemoteRegister
    from gitcoord.workspace.identity import Identity
    from gitcoord.workspace.workspace import Workspace

#: The holder stops believing at this part of the TTL after the start of the push (protocol section 4).
BELIEVED = 0.95


def submit(
    ws: Workspace,
    kind: str,
    args: dict[str, Any],
    ids: int | list[str],
    *,
    coop: str | None,
    expected_revision: int | None,
    identity: Identity,
) -> dict[str, Any]:
    """See :meth:`Workspace.submit`."""
    if ws.at is not None:
        raise InvalidArguments("--at shows the past; nothing can be written there.", hint="Leave --at out.")
    if ws.leaves_out:
        args, _ = scan.cleaned(ws, args)
    elif not scan.is_clean(args) and ws.settings.get("secrets.scan"):
        raise CheckFailed(
            "What you write holds what looks like a token or a key. The sync branch is as public as the repository, and keeps"
            " it for ever; nothing was written.",
            hint="Leave it out. If it is none: GITCOORD_SECRETS_SCAN=false gitcoord …",
        )
    started = (clock.elapsed(), clock.now())
    made = ws.new_ids(1 + (ids if isinstance(ids, int) else 0))
    who = ws.actor(identity)
    if coop is not None:
        who["coop"] = coop
    reader = ws.reader_if_known
    intent = Intent(
        id=made[0], kind=kind, at=clock.now(), actor=who, args=args, ids=made[1:] if isinstance(ids, int) else ids,
        key=ws.key, expected_revision=expected_revision,
        seen={"revision": reader.revision, "commit": reader.commit} if reader is not None else {},
    )  # fmt: skip
    ws.make_home()
    if ws.state.text("signing") and not ws.offline:
        from gitcoord.workspace import trust

        trust.check_key(ws)
    ws.outbox.put(intent)
    ws.written = True
    outcome, reason = _landed(ws, intent)
    if outcome is None:
        return told_provisional(ws, intent, reason, identity)
    ws.outbox.collect(intent.id)
    ws.forget()
    if "denied" in outcome:
        raise ws.refusal(outcome["denied"])
    result: dict[str, Any] = outcome["ok"]
    if not ws.register.name:
        result = transport.told_here(ws, result)
    remember_leases(ws, result, started)
    _remember_process(ws, identity)
    if not identity.bound and kind != "store.init":
        bind(ws, identity)
    return result


def _landed(ws: Workspace, intent: Intent) -> tuple[dict[str, Any] | None, str]:
    """:func:`land`; where the branch is gone or was rewritten the write still waits here, and whoever wrote it hears so."""
    try:
        return land(ws, intent.id)
    except HistoryRewritten as error:
        if not ws.outbox.has(intent.id):
            raise
        ws.outbox.mark_provisional(intent.id)
        raise HistoryRewritten(
            f"{error} What you wrote waits on this machine and lands once that is mended; do not write it again.",
            hint=error.hint,
        ) from error


def _remember_process(ws: Workspace, identity: Identity) -> None:
    """Which process of this machine the session is: one that is alive is never reaped from here."""
    from gitcoord.workspace import processes

    found = processes.mine()
    if found is not None:
        ws.local.put_process(identity.session_id, ws.place, identity.agent, found[0], found[1], clock.boot_id())


def bind(ws: Workspace, identity: Identity) -> None:
    """An agent that was named once acts in this worktree from now on, in one session, until it leaves."""
    known = ws.reader().find("agent", handle=identity.agent)
    agent_id = known[0].id if known else identity.agent_id
    ws.local.bind(ws.place, identity.agent, agent_id, identity.session_id)
    identity.bound = True


def lander(ws: Workspace) -> Lander:
    return Lander(
        git=ws.repo.git, objects=ws.objects, register=ws.register, outbox=ws.outbox, ledger=ws.ledger, rules=Rulebook(ws),
        state=ws.state, carriers=others(ws), sign=signer(ws),
    )  # fmt: skip


def signer(ws: Workspace) -> Callable[[str], str] | None:
    """How commits from here are signed; None: they are not."""
    from gitcoord.workspace import trust

    return trust.signer(ws)


def others(ws: Workspace) -> Carriers | None:
    """Carriers from which a landing takes intents along. None where landings are signed: what is parked is not, and a
    signature vouches for all that it lands."""
    return None if ws.state.text("signing") else carriers(ws)


def carriers(ws: Workspace, there: RemoteRegister | None = None) -> Carriers | None:
    """Those of the register, or of another remote."""
    if isinstance(ws.register, LocalRegister):
        return None
    prefix = str(ws.machine_settings().get("sync.carrier_prefix"))
    return Carriers(ws.repo.git, ws.objects, there or ws.register, ws.state.text("clone_id"), prefix)


def land(ws: Workspace, intent_id: str | None) -> tuple[dict[str, Any] | None, str]:
    """Land the outbox, or wait until somebody landed this intent: ``(outcome or None, why not)``."""
    if ws.offline:
        return None, "--offline"
    settings = ws.machine_settings()
    total = float(ws.timeout or settings.get("sync.deadline"))
    deadline = time.monotonic() + total * 0.8
    network = min(float(settings.get("sync.network_deadline")), total * 0.5)
    box = ws.outbox
    lock = ProcessLock(ws.repo.home + "/locks/landing")

    def done() -> bool:
        return intent_id is not None and box.is_settled(intent_id)

    if lock.acquire(deadline, unless=done):
        try:
            if not done():
                why = transport.carry(ws, deadline, network)
                if why:
                    return (box.outcome(intent_id) if intent_id else None), why
        except Stopped as stop:
            return (box.outcome(intent_id) if intent_id else None), f"{stop.reason}: {stop.detail}"
        finally:
            lock.release()
    if intent_id is None:
        return None, ""
    return box.outcome(intent_id), "busy: another process of this machine is landing"


def land_all(ws: Workspace, deadline: float, network: float) -> None:
    """Land the outbox; a cache that fails on the way is left out, never a reason not to write."""
    try:
        lander(ws).land(deadline, network)
    except sqlite3.Error:
        if not ws.without_cache():
            raise
        lander(ws).land(deadline, network)


def told_provisional(ws: Workspace, intent: Intent, reason: str, identity: Identity) -> dict[str, Any]:
    """Mark the intent as reported, and tell what it would do on the state known here."""
    from gitcoord.text import one_line

    ws.outbox.mark_provisional(intent.id)
    base = {
        "intent_id": intent.id, "replayed": False, "state": "provisional", "revision": None,
        "sync": transport.of_waiting(ws, reason), "reason": one_line(reason, 300),
        **transport.publishes(ws),
    }  # fmt: skip
    shown = None if ws.outbox.is_settled(intent.id) else preview(ws, intent)
    if shown is None:  # another process of this machine has landed it meanwhile
        shown, base = _landed_elsewhere(ws, intent), {}
    elif transport.restricted(ws):
        from gitcoord.workspace.settling import lost_of

        base["warnings"] = [*(shown.get("warnings") or []), *lost_of(ws, identity.session_id)]
    if not identity.bound:
        ws.local.bind(ws.place, identity.agent, identity.agent_id, identity.session_id)
    return {"outcome": "provisional", **shown, **base}


def _landed_elsewhere(ws: Workspace, intent: Intent) -> dict[str, Any]:
    """Its outcome, from the outbox, or where that was collected too, from the branch: landed twice has one effect."""
    outcome = ws.outbox.collect(intent.id)
    ws.outbox.drop(intent.id)  # the mark that it waits, when that was made a moment too late
    if outcome is None:
        decided = Rulebook(ws).decide(_opened(ws), intent, clock.now())
        ws.ledger.discard()
        if isinstance(decided, Denied):
            raise from_refusal(decided.code, decided.message, decided.hint, decided.details)
        outcome = {"ok": {**decided.result, "replayed": False}}
    ws.forget()
    if "denied" in outcome:
        raise ws.refusal(outcome["denied"])
    return {"state": "confirmed", "intent_id": intent.id, **outcome["ok"]}


def _opened(ws: Workspace) -> Snapshot:
    tip = ws.register.known_tip()
    if tip is None:
        raise NotInitialised("The sync branch is not known here.", hint="gitcoord init")
    return ws.ledger.open(tip)


def preview(ws: Workspace, intent: Intent) -> dict[str, Any] | None:
    """What the intent would do here and now; a refusal becomes a warning, because the tip decides. None when it waits
    no more."""
    from gitcoord.workspace.waiting import provisional

    waiting = ws.outbox.pending()
    if all(each.id != intent.id for each in waiting):
        return None
    decide = Rulebook(ws).decide
    snapshot = _opened(ws)
    try:
        result: dict[str, Any] = {}
        made: set[str] = set()
        for each in waiting:
            if each.id > intent.id:
                break
            made.update(each.ids)
            outcome = decide(snapshot, each, clock.now())
            if isinstance(outcome, Denied):
                continue
            if outcome.result.get("outcome") == "contested":
                if each.id == intent.id:
                    return {"warnings": [f"{outcome.result.get('code')}: {outcome.result.get('message')}"]}
                continue
            snapshot.apply([provisional(one, made) for one in outcome.changes], snapshot.next_revision, outcome.files)
            if each.id == intent.id:
                result = outcome.result
        return _with_provisional_aliases(result, made)
    finally:
        ws.ledger.discard()


def _with_provisional_aliases(result: dict[str, Any], made: set[str]) -> dict[str, Any]:
    """Numbers are given when an intent lands; until then an entity shows as ``TASK-~3f9k``."""
    from gitcoord.model.kinds import BY_PLURAL

    shown = dict(result)
    shown.pop("outcome", None)
    for plural, entities in result.items():
        declared = BY_PLURAL.get(plural)
        if declared is None or "alias" not in declared.by_name or not isinstance(entities, list):
            continue
        shown[plural] = [
            {**each, "alias": provisional_alias(declared.name, str(each["id"]))} if each.get("id") in made else each
            for each in entities
        ]
        if plural == "claims":
            shown[plural] = [
                {**each, "state": "provisional", "fence": None} if each.get("id") in made else each for each in shown[plural]
            ]
    return shown


def remember_leases(ws: Workspace, result: dict[str, Any], started: tuple[float, float]) -> None:
    """Until when this machine believes in its claims, by its own clock; a grant that took too long is none."""
    for claim in [*(result.get("claims") or []), *(result.get("renewed") or [])]:
        token, ttl = claim.get("lease_token"), claim.get("ttl")
        if not token or not ttl or claim.get("state", "active") != "active":
            continue
        ws.local.put_lease(claim["id"], token, clock.boot_id(), started[0], started[1], ttl)
        if clock.elapsed() - started[0] > BELIEVED * ttl:
            raise ClaimConflict(
                f"The claim on {claim.get('scope')} ran out while it was being confirmed.", hint="gitcoord claim … --ttl 4h"
            )
