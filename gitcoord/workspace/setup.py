"""Which register this clone coordinates on: chosen once, remembered in ``state.json``."""

from __future__ import annotations

from gitcoord import clock
from gitcoord.errors import Ambiguous, InvalidArguments, NotFound, NotInitialised, Unreachable
from gitcoord.model.ids import new_ulid
from gitcoord.settings import DEFAULT_ORIGIN
from gitcoord.store import addresses
from gitcoord.store import register as replies
from gitcoord.store.register import LocalRegister, RemoteRegister

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.settings import Settings
    from gitcoord.store.register import Register
    from gitcoord.store.repository import Repository
    from gitcoord.store.state import State

INIT = "gitcoord init"
#: ``init --mode``: the register is the branch of this repository, or that of a remote. Without it, of a remote if there is one.
LOCAL, REMOTE = "local", "remote"
#: ``sync.remote`` of a clone that coordinates its own worktrees only; git calls this repository so, too.
HERE = "."


def choose_remote(repository: Repository, wanted: str) -> str:
    """The remote whose branch is the register; empty when there is none.

    Raises:
        NotFound: the wanted remote does not exist.
        Ambiguous: several remotes and none is called origin.
    """
    names = addresses.remotes(repository)
    if wanted == HERE:
        return ""
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


def asked_for(repository: Repository, state: State, known: str, remote: str, mode: str) -> str:
    """The remote that ``init`` is to use: what was asked for, else what this clone is set to, else what it uses already.

    Raises:
        InvalidArguments: a remote, and none, were asked for at once.
        NotFound: a remote was asked for, and there is none of that name, or none at all.
    """
    if mode == LOCAL:
        if remote:
            raise InvalidArguments("--mode local uses no remote.", hint=f"{INIT} --remote {remote}   or: {INIT} --mode local")
        return ""
    used = state.text("remote")
    wanted = remote or ("" if mode == REMOTE and known == HERE else known)
    if not wanted and used in addresses.remotes(repository):
        wanted = used
    chosen = choose_remote(repository, wanted)
    if mode == REMOTE and not chosen:
        raise NotFound("This repository has no remote.", hint=f"git remote add origin URL   then: {INIT}")
    return chosen


def branch_for(state: State, settings: Settings) -> str:
    """The branch that ``init`` is to use: the one that is set, else the one that this clone uses already."""
    asked, origin = settings.origin("sync.branch")
    return str(asked) if origin != DEFAULT_ORIGIN else state.text("branch") or str(asked)


def to_remember(repository: Repository, chosen: str) -> str | None:
    """``sync.remote`` for this choice; None when it is what anybody would choose here without being told."""
    try:
        usual: str | None = choose_remote(repository, "")
    except Ambiguous:
        usual = None
    return None if chosen == usual else chosen or HERE


def configure(repository: Repository, state: State, remote: str, branch: str) -> None:
    """Remember the register, and what this repository is called."""
    push = addresses.push_address(repository, remote) if remote else ""
    fetch = addresses.fetch_address(repository, remote) if remote else ""
    name = addresses.repository_name(push) if push else addresses.repository_name(repository.common_dir)
    state.save(
        remote=remote, branch=branch, push_url=push if push != fetch else "", repo_id=name,
        clone_id=state.text("clone_id") or new_ulid(clock.now()),
    )  # fmt: skip


def reconfigure(state: State, before: dict[str, Any]) -> None:
    """As it was: an ``init`` that failed moves nobody to another register."""
    state.save(**{name: before.get(name, "") for name in ("remote", "branch", "push_url", "repo_id")})


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
