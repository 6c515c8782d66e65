"""Which landings are trusted, in a team whose landings are signed: all up to the newest one that an allowed key signed.

The mode that counts is that of a trusted state: whoever cannot sign cannot turn it off, nor this machine's own
``signing.mode: strict``. A clone remembers what it found. Where nothing at all is signed, or nobody is named who may
sign, nothing is left out, and the doctor says so.
"""

from __future__ import annotations

from itertools import islice

from gitcoord.errors import CheckFailed
from gitcoord.model.outcome import Denied
from gitcoord.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.store.objects import Objects
    from gitcoord.store.repository import Repository
    from gitcoord.store.signing import Signatures
    from gitcoord.store.state import State
    from gitcoord.workspace.workspace import Workspace

FILE = "settings.yml"


def settings_at(objects: Objects, commit: str) -> Settings:
    """The team's settings of a commit; defaults where they cannot be read."""
    data = objects.file(f"{commit}:{FILE}") or b""
    if b"signing" not in data:
        return Settings([])
    from gitcoord.codec import yaml

    try:
        return Settings([(FILE, yaml.decode_tree(data))])
    except yaml.Malformed:
        return Settings([])


def anchor_of(
    repository: Repository, objects: Objects, state: State, tip: str, strict_here: Callable[[], bool], *, past: bool = False
) -> str:
    """The newest trusted landing where only signed ones are; empty where every landing is trusted. ``past``: what is found
    at this tip says nothing about today."""
    told = settings_at(objects, tip)
    if told.get("signing.mode") != "strict" and not state.text("signing") and not strict_here():
        return ""
    from gitcoord.store.history import first_parents, landed_revision
    from gitcoord.store.signing import FURTHEST, STRICT

    chain = (each for each in first_parents(objects, tip) if landed_revision(objects, each) is not None)
    found = signatures(repository, objects, state, told).newest_good(list(islice(chain, FURTHEST)))
    if not found:
        return ""
    strict = settings_at(objects, found).get("signing.mode") == STRICT
    if not past and state.text("signing") != (STRICT if strict else ""):
        state.save(signing=STRICT if strict else "")
    return found if strict or strict_here() else ""


def signatures(repository: Repository, objects: Objects, state: State, told: Settings) -> Signatures:
    from gitcoord.store.signing import Signatures, allowed_signers

    signers = allowed_signers(repository, objects, state.text("remote"), str(told.get("signing.allowed_signers")))
    return Signatures(repository.git, repository.home, signers)


# Signing what is landed from here.

_SET_KEY = "gitcoord config set signing.key ~/.ssh/id_ed25519.pub --local"


_NO_KEY = "This team takes signed landings only (signing.mode: strict), and no key is set here; nothing was written."


def check_key(ws: Workspace) -> None:
    """Whoever cannot sign where only signed landings are taken hears of it before anything is written down: if that is
    so still."""
    if not ws.state.text("signing") or ws.machine_settings().get("signing.key"):
        return
    if ws.refresh():
        ws.forget()
        ws.reader()  # takes note of the mode
    if ws.state.text("signing"):
        raise CheckFailed(_NO_KEY, hint=_SET_KEY)


def no_key() -> Denied:
    """The same for a clone that learns of it as it lands."""
    return Denied("check-failed", _NO_KEY, _SET_KEY)


def signer(ws: Workspace) -> Callable[[str], str] | None:
    """How commits from here are signed; None: they are not."""
    key = str(ws.machine_settings().get("signing.key"))
    if not key:
        return None
    from gitcoord.store.signing import signed

    def sign(commit: str) -> str:
        made = signed(ws.repo.git, ws.objects, commit, key)
        if ws.state.text("signing"):
            check_allowed(ws, made)
        return made

    return sign


def check_allowed(ws: Workspace, commit: str) -> None:
    """Raises CheckFailed when others would not take a commit that is signed like this one."""
    told = settings_at(ws.objects, ws.tip)
    if not signatures(ws.repo, ws.objects, ws.state, told).good([commit])[commit]:
        file = told.get("signing.allowed_signers")
        raise CheckFailed(
            f"The key of signing.key is not among the allowed signers ({file} on the default branch known here);"
            " what was asked waits on this machine.",
            hint=f"Have it added to {file}, git fetch, then: gitcoord sync",
        )


def check_may_turn_on(ws: Workspace) -> None:
    """Raises CheckFailed unless a landing from here would be taken once only signed ones are."""
    from gitcoord.store.signing import signed

    key = str(ws.machine_settings().get("signing.key"))
    if not key:
        raise CheckFailed("Only who signs can ask all for signatures, and no key is set here.", hint=_SET_KEY)
    check_allowed(ws, signed(ws.repo.git, ws.objects, ws.tip, key))
