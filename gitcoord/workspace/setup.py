"""Which register this clone coordinates on: chosen once, remembered in ``state.json``."""

from __future__ import annotations

from gitcoord import clock
from gitcoord.errors import Ambiguous, NotFound, NotInitialised, Unreachable
from gitcoord.model.ids import new_ulid
from gitcoord.store import addresses
from gitcoord.store import register as replies
from gitcoord.store.register import LocalRegister, RemoteRegister

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.store.register import Register
    from gitcoord.store.repository import Repository
    from gitcoord.store.state import State

INIT = "gitcoord init"


def choose_remote(repository: Repository, wanted: str) -> str:
    """The remote whose branch is the register; empty when there is none.

    Raises:
        NotFound: the wanted remote does not exist.
        Ambiguous: several remotes and none is called origin.
    """
    names = addresses.remotes(repository)
    if wanted:
        if wanted not in names:
            raise NotFound(f"There is no remote called {wanted}.", hint="git remote -v", candidates=names)
        return wanted
    if "origin" in names:
        return "origin"
    if len(names) > 1:
        raise Ambiguous(
            f"Several remotes and none is called origin: {', '.join(names)}.",
            hint=f"gitcoord init --remote {names[0]}",
            candidates=names,
        )
    return names[0] if names else ""


def configure(repository: Repository, state: State, remote: str, branch: str) -> None:
    """Remember the register, and what this repository is called."""
    push = addresses.push_address(repository, remote) if remote else ""
    fetch = addresses.fetch_address(repository, remote) if remote else ""
    name = addresses.repository_name(push) if push else addresses.repository_name(repository.common_dir)
    state.save(
        remote=remote, branch=branch, push_url=push if push != fetch else "", repo_id=name,
        clone_id=state.text("clone_id") or new_ulid(clock.now()),
    )  # fmt: skip


def register_of(repository: Repository, state: State) -> Register:
    return replies.opened(repository, state.text("remote"), state.text("branch"), state.text("push_url"))


def adopt(repository: Repository, state: State, remote: str, branch: str, *, offline: bool, deadline: float) -> None:
    """A clone in which nobody ran ``init`` joins in when the branch is there.

    Raises:
        NotInitialised: there is no sync branch yet.
        Unreachable: the remote could not be asked.
    """
    chosen = choose_remote(repository, remote)
    if chosen:
        register: Register = RemoteRegister(repository, chosen, branch)
    else:
        register = LocalRegister(repository, branch)
    if register.known_tip() is None:
        reply = replies.Reply(replies.UNREACHABLE, "--offline") if offline else register.fetch(deadline)
        if reply.kind == replies.ABSENT or (offline and chosen):
            raise NotInitialised("gitcoord is not initialised in this repository.", hint=INIT)
        if reply.kind != replies.LANDED:
            raise Unreachable(f"The remote could not be asked for the sync branch: {reply.detail[:200]}", hint=INIT)
    configure(repository, state, chosen, branch)
