"""``init`` and ``uninstall``: the only commands that write outside gitcoord's own places, and undo it."""

from __future__ import annotations

import os

from gitcoord import __version__, clock
from gitcoord.actions import config, moving
from gitcoord.errors import CheckFailed, GitcoordError, RemoteRefused, Unreachable
from gitcoord.model.ids import new_ulid
from gitcoord.store import addresses, repository
from gitcoord.store import register as replies
from gitcoord.store.register import LocalRegister
from gitcoord.store.writer import write_root
from gitcoord.text import counted
from gitcoord.workspace import setup, transport
from gitcoord.workspace.identity import Identity, default_handle
from gitcoord.workspace.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.store.register import Register
    from gitcoord.store.repository import Repository

UNDO = "gitcoord uninstall"
_FEW = 20


def init(
    directory: str = ".",
    remote: str | None = None,
    dry_run: bool = False,
    hooks: bool = True,
    yes: bool = False,
    allow_empty_remote: bool = False,
    mode: str = "",
) -> dict[str, Any]:
    """Create the sync branch or adopt the one that is there, and install the pre-push check.

    ``mode`` ``local``: on no remote, for the worktrees of this clone; ``remote``: only on a remote. Running it again
    changes nothing, the remote least of all. Returns what was created and installed, and how to undo it.

    Raises:
        CheckFailed: the remote has no branch yet, and a forge would take ours for the default.
        Unreachable, RemoteRefused: the remote did not answer, or said no.
    """
    repo = repository.find(directory)
    ws = Workspace(repo, environ=os.environ)
    machine = ws.machine_settings()
    chosen = setup.asked_for(repo, ws.state, machine.get("sync.remote"), remote or "", mode)
    branch, before = setup.branch_for(ws.state, machine), dict(ws.state.values)
    if not dry_run:
        setup.configure(repo, ws.state, chosen, branch)
    register = setup.register_of(repo, ws.state)
    if dry_run and chosen:
        register = replies.RemoteRegister(repo, chosen, branch)
    report: dict[str, Any] = {
        "version": __version__, "repository": repo.worktree or repo.common_dir, "remote": chosen or None,
        "branch": branch, "created": [], "installed": [], "notes": [], "undo": UNDO,
        "dry_run": dry_run,
    }  # fmt: skip
    try:
        _branch(ws, register, report, dry_run, allow_empty_remote, before)
    except Exception:
        if not before and not dry_run:
            _forget(repo)
        elif not dry_run:
            setup.reconfigure(ws.state, before)
        raise
    if hooks:
        _hooks(repo, report, yes, dry_run)
    if not dry_run and (remote or mode):
        config.remember(ws, "sync.remote", setup.to_remember(repo, chosen))
    report["notes"] += ws.slips
    if not chosen:
        why = "mode local (gitcoord init --mode remote ends it)" if addresses.remotes(repo) else "no remote"
        report["notes"].append(f"{why}: the branch of this repository is the register, shared by its worktrees")
    report["next"] = [*_first_steps(ws, known=not dry_run or bool(before)), "gitcoord claim src/…", "gitcoord status"]
    ws.close()
    return report


def _first_steps(ws: Workspace, *, known: bool) -> list[str]:
    """What makes sense next: whoever is in a co-op reads, whoever finds one joins it, else somebody has to start one."""
    start = ['gitcoord start "what we are doing"']
    if not known:
        return start
    try:
        open_ = {each.id: each for each in ws.reader().find("coop", status="active", order="-id", limit=_FEW)}
        if _joined(ws) & open_.keys():
            return ["gitcoord read"]
    except GitcoordError:
        return start
    if len(open_) > 1:
        return ["gitcoord discover", "gitcoord join NAME"]
    return ["gitcoord join"] if open_ else start


def _joined(ws: Workspace) -> set[str]:
    """Co-ops in which somebody acts in this worktree."""
    who = ws.who()
    return {str(each.get("coop")) for id in who["sessions"] if (each := ws.reader().get("session", id))
            and each.get("state") == "active" and each.get("coop")}  # fmt: skip


def _branch(
    ws: Workspace, register: Register, report: dict[str, Any], dry_run: bool, allow_empty: bool, before: dict[str, Any]
) -> None:
    reply = register.fetch(30.0)
    name = report["branch"]
    if reply.kind == replies.ABSENT and register.known_tip() is None:
        _refuse_empty_remote(ws.repo, register, allow_empty)
        along = ", with what this clone has landed until now" if moving.seen(ws) else ""
        report["created"].append(f"branch {name}" + (f" on {register.name}" if register.name else "") + along)
        if register.name:
            report["notes"].append(f"branch {name} is as public as the repository: who can read {register.name} can read it")
        if dry_run:
            return
        _create(ws, register)
    elif reply.kind == replies.LANDED:
        if before.get("remote", register.name) != register.name:
            moving.check(ws, register, str(before["remote"]), dry_run)
        report["notes"].append(f"branch {name} was there already")
    elif register.known_tip() is None:
        error = RemoteRefused if reply.kind == replies.REFUSED else Unreachable
        raise error(f"The remote could not be asked: {reply.detail[:200]}", hint="gitcoord init")
    else:
        gone = reply.kind in (replies.ABSENT, replies.REWRITTEN)
        lost = "the branch is gone from the remote or was rewritten (gitcoord doctor)"
        why = lost if gone else "the remote could not be reached"
        report["notes"].append(f"{why}; the branch known here is used")
        return
    if not dry_run:
        ws.make_home()
        ws.ledger.fetched()
        ws.fresh = False
        if ws.reader().revision == 0:
            me = Identity(default_handle(ws.environ), new_ulid(clock.now()), new_ulid(clock.now()))
            result = ws.submit("store.init", {}, identity=me)
            report["revision"] = result.get("revision")
            if "layout and settings" not in report["created"]:
                report["created"].append("layout and settings on the branch (revision 1)")


def _create(ws: Workspace, register: Register) -> None:
    """With what this clone has written elsewhere until now, in a repository that had no remote, say."""
    reply = register.push(moving.seen(ws) or write_root(ws.repo.git), "", 30.0)
    if reply.kind == replies.LANDED:
        return
    if register.fetch(30.0).kind == replies.LANDED:
        return  # somebody else created it meanwhile: the root is the same object, and whatever is not is noticed
    if reply.kind == replies.REFUSED:
        said = f"{register.name} does not let us create the sync branch: {transport.brief(reply.detail)}"
        raise RemoteRefused(said, hint="Whoever may push it runs gitcoord init, once.   Without: gitcoord init --mode local")
    raise Unreachable(f"The sync branch could not be created: {reply.detail[:200]}", hint="gitcoord init")


def _refuse_empty_remote(repo: Repository, register: Register, allow: bool) -> None:
    """A forge makes the first branch that it receives the default branch."""
    if allow or isinstance(register, LocalRegister):
        return
    heads = repo.git.run(["ls-remote", "--heads", "--end-of-options", register.name], check=False)
    if heads.code == 0 and not heads.out.strip():
        raise CheckFailed(
            f"The remote {register.name} has no branch yet; the sync branch would become its default branch.",
            hint=f"git push {register.name} HEAD   first, or: gitcoord init --allow-empty-remote",
        )


def _hooks(repo: Repository, report: dict[str, Any], yes: bool, dry_run: bool) -> None:
    from gitcoord.hooks import install

    done = install.install(repo, yes=yes, dry_run=dry_run)
    report["installed"] += done.get("written") or []
    report["notes"] += done.get("notes") or []


def _forget(repo: Repository) -> None:
    """A first ``init`` that failed leaves nothing behind."""
    import shutil

    shutil.rmtree(repo.home, ignore_errors=True)


def uninstall(
    directory: str = ".", yes: bool = False, dry_run: bool = False, all_worktrees: bool = False
) -> dict[str, Any]:
    """Restore every byte that ``init`` wrote here; the branch itself stays.

    While agents are bound to other worktrees of this clone, only what is this worktree's goes: hook and local state
    are theirs too. ``all_worktrees`` takes it from everybody.

    Raises:
        CheckFailed: intents still wait in the outbox and ``yes`` was not given.
    """
    from gitcoord.actions import mergedriver
    from gitcoord.hooks import install

    repo = repository.find(directory)
    had = os.path.isdir(repo.home)
    ws = Workspace(repo, environ=os.environ)
    others = {} if all_worktrees else _elsewhere(ws)
    if others:
        return _uninstall_one(ws, others, dry_run)
    _refuse_losing(ws, yes)
    report: dict[str, Any] = {"removed": [], "notes": [], "dry_run": dry_run}
    branch, name = ws.state.text("branch"), ws.state.text("remote")
    if dry_run:
        for hook, called in install.CALLED.items():
            if install.BEGIN in (install.content_of(install.place_of(repo, hook).file) or b""):
                report["removed"].append(f"{called} in {install.place_of(repo, hook).file}")
    else:
        done = install.uninstall(repo)
        report["removed"] += done.get("written") or done.get("removed") or []
        report["notes"] += done.get("notes") or []
        _remove_refs(repo)
        _forget(repo)
    driver = mergedriver.uninstall(repo, dry_run)
    report["removed"] += [driver] if driver else []
    if had:
        report["removed"].append("local state in the git directory")
    if not report["removed"]:
        report["notes"].append("gitcoord had written nothing here")
    if branch:
        where = f"{name}/{branch}" if name else branch
        report["notes"].append(f"the branch {where} stays: it is the shared record")
    return report


def _refuse_losing(ws: Workspace, yes: bool) -> None:
    from gitcoord.actions.carry import waiting

    intents, works = ws.outbox.count(), len(waiting(ws))
    if not yes and (intents or works):
        what = f"carried work of {counted(works, 'agent')} waits to be pushed"
        if intents:
            what = "1 intent waits in the outbox" if intents == 1 else f"{intents} intents wait in the outbox"
        raise CheckFailed(f"{what} and would be lost.", hint="gitcoord sync   or: gitcoord uninstall --yes")


def _elsewhere(ws: Workspace) -> dict[str, list[str]]:
    """Other worktrees of this clone that are still there, and the agents that are bound to them."""
    found: dict[str, list[str]] = {}
    if not os.path.exists(ws.repo.home + "/local.db"):
        return found
    for each in ws.local.all_bindings():
        if each["worktree"] != ws.place and os.path.isdir(each["worktree"]):
            found.setdefault(each["worktree"], []).append(each["agent"])
    return found


def _uninstall_one(ws: Workspace, others: dict[str, list[str]], dry_run: bool) -> dict[str, Any]:
    mine = [each["agent"] for each in ws.local.bindings(ws.place)]
    if not dry_run:
        for agent in mine:
            ws.local.unbind(ws.place, agent)
    ws.close()
    who = ", ".join(f"{' '.join(agents)} in {place}" for place, agents in sorted(others.items())[:5])
    return {
        "removed": [f"binding of {agent} to this worktree" for agent in mine],
        "notes": [
            f"hook and local state stay: other worktrees of this clone use them ({who})",
            "to take them from everybody: gitcoord uninstall --all-worktrees",
        ],
        "dry_run": dry_run,
    }  # fmt: skip


def _remove_refs(repo: Repository) -> None:
    listed = repo.git.run(["for-each-ref", "--format=delete %(refname)", "refs/gitcoord/"], check=False)
    if listed.code == 0 and listed.out:
        repo.git.run(["update-ref", "--stdin"], stdin=listed.out, check=False)
