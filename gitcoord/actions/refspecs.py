"""What the words of ``gitcoord push`` mean: which branches of the remote go from where to where.

A safe part of git's own refspecs: branches, by name. Tags, deletions, patterns and force are refused by name.
"""

from __future__ import annotations

from gitcoord.errors import InvalidArguments, NotFound, RevisionConflict, Unreachable
from gitcoord.store.fenced import CodeRef, remote_values
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.workspace import Workspace

_HEADS = "refs/heads/"
#: Seconds for one question to the remote.
_ASKED = 10.0


def code_refs(ws: Workspace, words: list[str], *, leased: bool, set_upstream: bool) -> list[CodeRef]:
    """The refs that change, with exact old and new values; those that are up to date are left out.

    Raises:
        InvalidArguments, NotFound: words that mean nothing here, or something that this command does not do.
        RevisionConflict: the push would drop commits that the remote has.
    """
    remote, specs = _remote(ws, words)
    pairs = [_pair(ws, each, leased) for each in specs] or [_current(ws, remote, set_upstream)]
    if len({ref for _, ref in pairs}) < len(pairs):
        raise InvalidArguments("The same branch is named twice.", hint="gitcoord push origin HEAD")
    olds = _known_values(ws, remote, [ref for _, ref in pairs])
    found = [CodeRef(ref, olds.get(ref, ""), _commit(ws, source), _branch(ws, source)) for source, ref in pairs]
    changed = [each for each in found if each.old != each.new]
    for each in changed:
        _check_forward(ws, remote, each, leased)
    return changed


def _remote(ws: Workspace, words: list[str]) -> tuple[str, list[str]]:
    """The register's remote, which is the only one that can take code and record as one; and the refspecs."""
    register = ws.register.name
    if not register:
        raise NotFound("There is no remote to push to; this repository is alone.", hint="git remote add origin URL")
    named = words[0] if words else _usual_remote(ws)
    if named and named != register:
        raise InvalidArguments(
            f"{one_line(named, 60)} is not the remote that holds the sync branch ({register}): code there cannot be fenced.",
            hint=f"gitcoord push {register} …   or, unfenced: git push {one_line(named, 60)}",
        )
    return register, words[1:]


def _usual_remote(ws: Workspace) -> str:
    """Where a bare ``git push`` would go, when the user configured that."""
    branch = ws.repo.head()[0]
    for name in (f"branch.{branch}.pushRemote", "remote.pushDefault", f"branch.{branch}.remote"):
        found = _config(ws, name)
        if found and found != ".":
            return found
    return ""


def _config(ws: Workspace, name: str) -> str:
    key = name.rpartition(".")[2].lower()
    if key not in ws.repo.config_text().lower() and not name.startswith(("push.", "remote.pushDefault")):
        return ""
    result = ws.repo.work_git.run(["config", "--get", name], check=False)
    return result.out.decode("utf-8", "surrogateescape").strip() if result.code == 0 else ""


def _current(ws: Workspace, remote: str, set_upstream: bool) -> tuple[str, str]:
    branch = ws.repo.head()[0]
    if not branch:
        raise InvalidArguments("HEAD is on no branch.", hint=f"gitcoord push {remote} HEAD:NAME")
    upstream = _config(ws, f"branch.{branch}.merge") if not set_upstream else ""
    if upstream and upstream != _HEADS + branch and _config(ws, f"branch.{branch}.remote") == remote:
        raise InvalidArguments(
            f"{branch} follows {one_line(upstream.removeprefix(_HEADS), 80)}, a branch of another name.",
            hint=f"gitcoord push {remote} HEAD:{one_line(upstream.removeprefix(_HEADS), 80)}   or: gitcoord push {remote} HEAD",
        )
    return _HEADS + branch, _checked(ws, branch)


def _pair(ws: Workspace, spec: str, leased: bool) -> tuple[str, str]:
    """``(what is pushed, full name of the remote branch)``."""
    if spec.startswith("+"):
        if not leased:
            raise InvalidArguments(f"{one_line(spec, 80)} forces.", hint="gitcoord push --force-with-lease …")
        spec = spec[1:]
    if "*" in spec:
        raise InvalidArguments(f"{one_line(spec, 80)} is a pattern; name the branches.", hint="gitcoord push origin HEAD")
    source, colon, target = spec.partition(":")
    if colon and not source:
        raise InvalidArguments(f"{one_line(spec, 80)} deletes a branch.", hint=f"git push origin {one_line(spec, 80)}")
    if not colon or not target:
        target = ws.repo.head()[0] if source == "HEAD" else source.removeprefix(_HEADS)
        if not target or (source != "HEAD" and not ws.repo.ref(_HEADS + target)):
            raise InvalidArguments(
                f"{one_line(source, 80)} is no branch here; say where it goes.",
                hint=f"gitcoord push origin {one_line(source, 60)}:NAME",
            )
    full = _HEADS + source
    return full if ws.repo.ref(full) else source, _checked(ws, target)


def _checked(ws: Workspace, target: str) -> str:
    name = target.removeprefix(_HEADS)
    if name.startswith("refs/"):
        raise InvalidArguments(f"{one_line(target, 80)} is no branch.", hint="git push origin …   (not fenced)")
    own = name == ws.state.text("branch") or name.startswith("gitcoord-") or name.endswith("-gitcoord")
    if own:
        raise InvalidArguments(f"{one_line(name, 80)} is gitcoord's own.", hint="gitcoord sync")
    if ws.repo.ref(_HEADS + name):
        return _HEADS + name
    result = ws.repo.git.run(["check-ref-format", "--branch", name], check=False)
    if result.code or name.startswith("-"):
        raise InvalidArguments(f"{one_line(name, 80)!r} cannot name a branch.", hint="gitcoord push origin HEAD:NAME")
    return _HEADS + name


def _commit(ws: Workspace, source: str) -> str:
    if source.startswith(_HEADS):
        oid = ws.repo.ref(source)
        if oid:
            return oid
    args = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{source}^{{commit}}"]
    result = ws.repo.work_git.run(args, check=False)
    if result.code:
        raise NotFound(f"{one_line(source.removeprefix(_HEADS), 80)} names no commit here.", hint="git log --oneline -3")
    return result.out.decode().split("\n")[-2]


def _branch(ws: Workspace, source: str) -> str:
    if source == "HEAD":
        return ws.repo.head()[0]
    return source.removeprefix(_HEADS) if source.startswith(_HEADS) else ""


def _known_values(ws: Workspace, remote: str, refs: list[str]) -> dict[str, str]:
    """What the remote has: the tracking ref, and the remote's own word where there is none."""
    known = {ref: ws.repo.ref(f"refs/remotes/{remote}/{ref[len(_HEADS):]}") or "" for ref in refs}
    missing = [ref for ref, oid in known.items() if not oid]
    if missing:
        found = remote_values(ws.repo, remote, missing, _ASKED)
        if found is None:
            raise Unreachable(f"{remote} did not tell where {missing[0]} stands; nothing was pushed.", hint="gitcoord push")
        known.update(found)
    return {ref: oid for ref, oid in known.items() if oid}


def _check_forward(ws: Workspace, remote: str, each: CodeRef, leased: bool) -> None:
    """An exact lease lifts git's own refusal to drop commits, so that refusal is made here."""
    name = each.ref[len(_HEADS) :]
    if not each.old or leased:
        return
    result = ws.repo.git.run(["merge-base", "--is-ancestor", "--end-of-options", each.old, each.new], check=False)
    if result.code == 0:
        return
    if ws.objects.read(each.old) is None:
        raise RevisionConflict(f"{remote}'s {name} is not known here; nothing was pushed.", hint=f"git fetch {remote}")
    raise RevisionConflict(
        f"{name} would lose commits that {remote} has ({each.old[:10]}); nothing was pushed.",
        hint=f"git rebase {remote}/{name}, or by its guard: gitcoord push --force-with-lease",
    )
