"""How writes leave this clone, as the last real write found it. Nothing is pushed to find out."""

from __future__ import annotations

from gitcoord.doctor.finding import good, warned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.doctor.finding import Finding
    from gitcoord.doctor.patient import Patient

_MEANS = {
    "carrier": "what you write waits on a branch of yours for a peer's gitcoord sync",
    "tree": "what you write publishes when .gitcoord/outbox is committed and pushed",
    "local": "what you write waits on this machine",
}


def transport(patient: Patient) -> Iterator[Finding]:
    if not patient.took_part:
        return
    from gitcoord.workspace import transport as roads

    mode, reason = roads.known(patient.ws)
    if mode == roads.DIRECT or reason == roads.NO_REMOTE:
        yield good("transport", f"{mode}: {reason}")
    else:
        yield warned("transport", f"{mode}: {_MEANS[mode]} ({reason})", "gitcoord sync --probe   (tries the sync branch again)")
