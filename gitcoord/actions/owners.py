"""The ownership policy: who owns a path and why, and changing that for everybody."""

from __future__ import annotations

from gitcoord.errors import InvalidArguments, NotFound
from gitcoord.rules.owners.policy import FILE, GOOD, in_force

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.rules.owners.grant import Ownership
    from gitcoord.rules.owners.policy import Policy
    from gitcoord.workspace import Workspace


def owners(ws: Workspace, output: str | None = None) -> dict[str, Any]:
    """The policy in force; with ``output`` its text goes into a file, to be edited and set again."""
    found = in_force(ws.reader())
    result: dict[str, Any] = {
        "modules": [each.as_json() for each in found.policy.modules.values()], "shared": list(found.policy.shared),
        "split": list(found.policy.split), "base": _base(ws), **_warned(found.warning), "as_of": ws.as_of(),
    }  # fmt: skip
    if found.policy.teams:
        result["teams"] = [{"team": name, "members": list(each)} for name, each in found.policy.teams.items()]
    notes = _nobodys(ws, found.policy)
    if notes:
        result["warnings"] = [*result.get("warnings", []), *notes]
    if output:
        return {"outcome": "written", "file": output, "base": result["base"], **_write(ws, output, bool(found.problem))}
    return result


def _base(ws: Workspace) -> str:
    from gitcoord.rules.owners.change import digest_of

    return digest_of(ws.reader().file(FILE))


def _warned(warning: str) -> dict[str, Any]:
    return {"warnings": [warning]} if warning else {}


def _write(ws: Workspace, output: str, broken: bool) -> dict[str, Any]:
    import os

    from gitcoord.rules.owners.edit import HEADER
    from gitcoord.store.outbox import write_durably

    reader = ws.reader()
    data = reader.file(GOOD) if broken else reader.file(FILE)
    try:
        write_durably(os.path.abspath(output), data if data is not None else HEADER.encode())
    except OSError as problem:
        raise InvalidArguments(f"{output} cannot be written: {problem.strerror}.") from problem
    return {"note": f"{FILE} is broken; this is the last good one"} if broken else {}


def why(ws: Workspace, path: str) -> dict[str, Any]:
    """Whose a path is, and which line of the policy says so."""
    from gitcoord.rules.owners.policy import HARD

    scope = _path(ws, path)
    reader = ws.reader()
    found, fold = in_force(reader), bool(ws.settings.get("claims.fold_case"))
    result: dict[str, Any] = {"path": scope, "module": None, "owners": [], "enforcement": None, "pattern": None, "line": None}
    won = found.policy.winner(scope, fold)
    if won is not None:
        module, pattern = won
        result.update(module=module.name, owners=list(module.owners), pattern=pattern)
        result["enforcement"] = HARD if module.hard else "soft"
        result["line"] = _line(ws, found.problem, ("modules", module.name, "paths"), pattern)
        result["others"] = _beaten(found.policy, module.name, scope, fold)
    result["shared"] = found.policy.sharing(scope, fold) or None
    result["split"] = found.policy.splitting(scope, fold) or None
    return {**result, **_warned(found.warning), "as_of": ws.as_of()}


def _beaten(policy: Policy, winner: str, path: str, fold: bool) -> list[dict[str, str]]:
    """Modules that name the path too, further up in the file."""
    named = [(each.name, each.covering(path, fold)) for each in policy.modules.values() if each.name != winner]
    return [{"module": name, "pattern": pattern} for name, pattern in reversed(named) if pattern][:10]


def _line(ws: Workspace, problem: str, keys: tuple[str, ...], pattern: str) -> int | None:
    """The line of the file that is in force; None where it is not written one item a line."""
    from gitcoord.codec.items import items_of
    from gitcoord.rules.owners.policy import Broken, pattern_of

    data = ws.reader().file(GOOD if problem else FILE)
    for item in (items_of(data, keys) if data is not None else None) or ():
        try:
            if pattern_of(item.text) == pattern:
                return item.line + 1
        except Broken:
            continue
    return None


def _path(ws: Workspace, text: str) -> str:
    """A path of the repository, written from its root. Raises ScopeInvalid."""
    from gitcoord.actions.targets import scopes_of

    scope = scopes_of(ws, [text])[0]
    if scope.kind not in ("file", "directory", "symbol", "shared"):
        raise InvalidArguments(f"{scope.scope} is no path.", hint="gitcoord owners why src/auth/login.py")
    return scope.path.rstrip("/")


def add(
    ws: Workspace, module: str, paths: list[str], owners: list[str], enforcement: str | None = None
) -> dict[str, Any]:
    """Give a module paths and owners; one that is new is made, at the end of the file, where it wins."""
    if not paths and not owners and not enforcement:
        raise InvalidArguments("Say what to add.", hint=f"gitcoord owners add {module} src/ --owner @river")
    edit = {"do": "add", "module": module, "paths": paths, "owners": owners, "enforcement": enforcement}
    return change(ws, [edit])


def team(ws: Workspace, name: str, members: list[str], *, remove: bool = False) -> dict[str, Any]:
    """Say for which agents an owner stands that is a team of the forge, or an address."""
    return change(ws, [{"do": "dismiss" if remove else "enlist", "team": name, "owners": members}])


def _nobodys(ws: Workspace, policy: Policy) -> list[str]:
    """Owners that stand for no agent that was ever here, with the command that says for whom."""
    found = policy.unmatched(str(each.get("handle") or "") for each in ws.reader().find("agent"))
    shown = ", ".join(found[:4]) + (f" and {len(found) - 4} more" if len(found) > 4 else "")
    verb = "names" if len(found) == 1 else "name"
    return [f"{shown} {verb} no agent that was ever here; say who it is: gitcoord owners team NAME @AGENT…"] if found else []


def remove(ws: Workspace, module: str, paths: list[str], owners: list[str]) -> dict[str, Any]:
    """Take paths or owners from a module; without any of them, the module itself."""
    return change(ws, [{"do": "remove", "module": module, "paths": paths, "owners": owners}])


def change(ws: Workspace, edits: list[dict[str, Any]], reason: str = "") -> dict[str, Any]:
    plain = [{name: value for name, value in each.items() if value not in (None, "", [])} for each in edits]
    return ws.submit("owners.set", {"edits": plain, **({"reason": reason} if reason else {})})


def set_file(ws: Workspace, file: str, base: str | None = None) -> dict[str, Any]:
    """The whole policy from a file; refused when the policy has changed since (``base``, by default since now)."""
    text = _text_of(file)
    return ws.submit("owners.set", {"text": text, "base": _base(ws) if base is None else base})


def _text_of(file: str) -> str:
    try:
        with open(file, "rb") as found:
            return found.read(1 << 20).decode()
    except FileNotFoundError:
        raise NotFound(f"There is no file {file}.", hint="gitcoord owners list --output owners.yml") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise InvalidArguments(f"{file} cannot be read: {problem}.") from problem


def import_codeowners(
    ws: Workspace, file: str | None = None, *, enforcement: str | None = None, dry_run: bool = False
) -> dict[str, Any]:
    """What a CODEOWNERS file says, as modules. Lines that cannot be said are named; nothing is guessed.
    ``enforcement``: of all of them; by default that of modules that are there, and soft for new ones."""
    from gitcoord.rules.owners import codeowners

    name, text = _codeowners(ws, file)
    lines, problems = codeowners.read(text)
    present = in_force(ws.reader()).policy.modules
    edits = codeowners.edits(lines, enforcement, present)
    shown: dict[str, Any] = {"file": name, "lines": len(lines), **({"warnings": problems} if problems else {})}
    if dry_run:
        plan = [{name: each[name] for name in ("module", "paths", "owners", "enforcement")} for each in edits]
        return {"outcome": "planned", "dry_run": True, **shown, "modules": plan}
    if not edits:
        return {"outcome": "unchanged", **shown, "state": "confirmed"}
    done = change(ws, edits, f"imported from {name}")
    ws.again()
    notes = [*problems, *(done.get("warnings") or []), *_nobodys(ws, in_force(ws.reader()).policy)]
    return {**done, **shown, **({"warnings": notes} if notes else {})}


def _codeowners(ws: Workspace, file: str | None) -> tuple[str, str]:
    from gitcoord.rules.owners.codeowners import PLACES

    if file:
        return file, _text_of(file)
    import os

    root = ws.repo.worktree
    for place in PLACES if root is not None else ():
        if os.path.isfile(f"{root}/{place}"):
            return place, _text_of(f"{root}/{place}")
    raise NotFound("There is no CODEOWNERS file here.", hint=f"Looked at {', '.join(PLACES)}; or: gitcoord owners import FILE")


def ownership(ws: Workspace) -> Ownership:
    """The policy in force, ready to be asked about scopes."""
    from gitcoord.rules.owners.grant import Ownership

    return Ownership.at(ws.reader(), bool(ws.settings.get("claims.fold_case")))


def infer(ws: Workspace, days: int = 90, *, mine: bool = False) -> dict[str, Any]:
    """Who works in which folder, from what they claimed, handed over, planned in tasks, and (of me) changed here."""
    from gitcoord.actions.whole import Past
    from gitcoord.rules.owners.infer import Touch, rows, touches

    if not 0 < days <= 3650:
        raise InvalidArguments("--days is from 1 to 3650.", hint="gitcoord owners infer --days 90")
    reader, since = ws.reader(), ws.now() - days * 86400
    past = Past(reader)
    found = [each for kind in ("claim", "handoff", "task") for each in touches(past.each(kind), since)]
    me = ws.identity().agent if mine else _me(ws)
    found += [Touch(me, path, "changed here") for path in _changed(ws)] if me else []
    ranked = rows(each for each in found if not mine or each.agent == me)
    result: dict[str, Any] = {"days": days, "rows": ranked, "as_of": ws.as_of()}
    if past.note:
        result["note"] = past.note
    if ranked:
        name = ranked[0]["path"].strip("/").replace("/", "-") or "everything"
        result["next"] = f"gitcoord owners add {name} {ranked[0]['path']} --owner @{ranked[0]['agent']}"
    return result


def _me(ws: Workspace) -> str:
    from gitcoord.errors import GitcoordError

    try:
        return ws.identity().agent
    except GitcoordError:
        return ""


def _changed(ws: Workspace) -> list[str]:
    """Paths that this checkout has changed: since it left the remote's default branch, and not committed yet."""
    from gitcoord.hooks.pre_push import default_tip

    if ws.repo.worktree is None:
        return []
    base = default_tip(ws)
    asked = [["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all"]]
    if base:
        asked.append(["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", f"{base}...HEAD", "--"])
    found: dict[str, None] = {}
    for n, words in enumerate(asked):
        result = ws.repo.work_git.run(words, check=False, deadline=10.0)
        text = "" if result.code else result.out.decode("utf-8", "surrogateescape")
        found.update((each[3:] if n == 0 else each, None) for each in text.split("\0") if each)
    return list(found)
