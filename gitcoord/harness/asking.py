"""The claim that an edit takes. Asked for before the tool runs, so that it has to be quick.

Trying the rules on what is known here costs as much again as the whole hook. Where nothing known here can speak against
a free file (no policy, no waiters, no work that has not landed, nothing else under way on this machine) the intent is
written, and the tip decides as ever; everywhere else the rules are tried first.
"""

from __future__ import annotations

from gitcoord import clock
from gitcoord.rules.claims.scope import checked
from gitcoord.workspace import deferral, scan, transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.harness.payload import Call
    from gitcoord.workspace import Workspace

_POLICY = "policy/owners.yml"


def ask(ws: Workspace, call: Call, paths: list[str]) -> dict[str, Any]:
    """Ask for these files, which nobody is known to hold: the write object of the claim, with at least ``claims``.

    Raises:
        Refused: it landed meanwhile, by another process of this machine, and lost.
    """
    ttl, description = int(ws.settings.get("hooks.auto_claim")), f"edited with {call.tool}"
    if not _is_plain(ws) or any(map(scan.may_hold, paths)):
        from gitcoord.actions import claims

        return claims.claim(ws, paths, ttl=ttl, description=description, literal=True)
    identity, known = ws.identity(), ws.reader().commit
    scopes = [checked("file", each) for each in paths]
    args: dict[str, Any] = {
        "scopes": [{"kind": "file", "scope": each.scope, "symbols": [], "files": None} for each in scopes],
        "mode": "exclusive", "description": description, "branch": ws.repo.head()[0], "ttl": ttl,
    }  # fmt: skip
    if identity.coop:
        args["coop"] = identity.coop
    args, _ = scan.cleaned(ws, args)  # the name of the branch
    intent = deferral.write(ws, "claim.acquire", args, len(scopes), identity)
    if ws.outbox.count() != 1 or ws.register.known_tip() != known:  # somebody here was first, or has landed it already
        from gitcoord.workspace.submission import told_provisional

        return told_provisional(ws, intent, "offline", identity)
    ws.outbox.mark_provisional(intent.id)
    if not identity.bound:
        ws.local.bind(ws.place, identity.agent, identity.agent_id, identity.session_id)
    until = clock.rfc3339(clock.now() + ttl)
    return {"state": "provisional", "claims": [{"scope": each.scope, "expires_at": until} for each in scopes]}


def _is_plain(ws: Workspace) -> bool:
    """Whether the answer for a free file is known without the rules."""
    reader = ws.reader()
    return not (
        transport.restricted(ws)
        or ws.state.text("signing")
        or ws.settings.get("claims.scope")
        or reader.file(_POLICY) is not None
        or reader.find("queue", state="waiting", limit=1)
        or reader.find("claim", state="hold", limit=1)
    )
