"""The ownership policy, ``policy/owners.yml`` on the sync branch: modules, their paths and owners, and shared files.

::

    modules:
      auth:
        paths:
        - src/auth/
        - "**/*.pem"
        owners:
        - "@river"
        enforcement: hard        # soft unless said
    teams:
      acme/backend:
      - "@river"
    shared:
    - package-lock.json          # auto-promoted=2026-11-21
    split:
    - src/app.py

Of several modules that name a path the last one in the file has it, as in a CODEOWNERS file. An owner such as
``@acme/backend``, or an address, stands for the agents that ``teams`` gives it, since a forge's teams are unknown here.
A file that cannot be used never takes anything away: the copy that was last known to be good (:data:`GOOD`) stays in
force, and it is said. What is in force is therefore a function of the tip. Reads; never writes.
"""

from __future__ import annotations

from gitcoord.errors import ScopeInvalid
from gitcoord.rules.claims.overlap import literal_prefix, matches, overlaps
from gitcoord.rules.claims.scope import checked, of_pattern, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Protocol

    from gitcoord.rules.claims.scope import Scope

    class Files(Protocol):
        """A snapshot, or whatever else gives the files of a tip."""

        def file(self, path: str) -> bytes | None: ...

    #: The members of each team, by handle.
    Teams = dict[str, tuple[str, ...]]

FILE, GOOD = "policy/owners.yml", "policy/owners.good.yml"
SOFT, HARD = "soft", "hard"
MAX_MODULES, MAX_PATTERNS, MAX_NAME = 1000, 500, 80
_TOP, _MODULE = ("modules", "teams", "shared", "split"), ("paths", "owners", "enforcement", "description")


class Broken(ValueError):
    """Why a policy cannot be used, in words for whoever wrote it."""


def key_of(owner: str) -> str:
    """``@Acme/Backend`` and ``acme/backend`` are one owner."""
    return owner.removeprefix("@").casefold()


def handles_of(owner: str, teams: Teams) -> tuple[str, ...]:
    """The handles for which an owner stands: those of a team, or its own."""
    return teams.get(key_of(owner), (key_of(owner),))


def is_of(agent: str, handle: str) -> bool:
    """Whether an agent is the one of a handle, or one of its slots."""
    name = agent.casefold()
    return name == handle or name.startswith(handle + "/")


class Module:
    __slots__ = ("enforcement", "handles", "name", "owners", "paths", "scopes")

    def __init__(
        self, name: str, paths: tuple[str, ...], owners: tuple[str, ...], enforcement: str, teams: Teams | None = None
    ) -> None:
        self.name, self.paths, self.owners, self.enforcement = name, paths, owners, enforcement
        self.scopes = tuple(of_pattern(each) for each in paths)
        self.handles = tuple(handle for each in owners for handle in handles_of(each, teams or {}))

    @property
    def hard(self) -> bool:
        """Without an owner nobody can be refused: a path that is owned by nobody is everybody's."""
        return self.enforcement == HARD and bool(self.owners)

    def owned_by(self, agent: str) -> bool:
        """``@alex`` owns for ``alex`` and for ``alex/claude/main``; a team for each of its members."""
        return any(is_of(agent, handle) for handle in self.handles)

    def covering(self, path: str, fold: bool = False) -> str:
        """The first of its patterns that has the path; empty when none has."""
        found = (each for each, scope in zip(self.paths, self.scopes, strict=True) if matches(scope, path, fold))
        return next(found, "")

    def as_json(self) -> dict[str, Any]:
        return {
            "module": self.name, "paths": list(self.paths), "owners": list(self.owners), "enforcement": self.enforcement,
        }  # fmt: skip


class Policy:
    __slots__ = ("modules", "shared", "split", "teams")

    def __init__(
        self, modules: dict[str, Module], shared: tuple[str, ...], split: tuple[str, ...], teams: Teams | None = None
    ) -> None:
        self.modules, self.shared, self.split, self.teams = modules, shared, split, teams or {}

    def unmatched(self, agents: Iterable[str]) -> list[str]:
        """Owners of modules that stand for none of these agents: so far they own nothing."""
        known = list(agents)
        owners = dict.fromkeys(owner for module in self.modules.values() for owner in module.owners)
        return [
            owner for owner in owners
            if not any(is_of(agent, handle) for handle in handles_of(owner, self.teams) for agent in known)
        ]  # fmt: skip

    def winner(self, path: str, fold: bool = False) -> tuple[Module, str] | None:
        """The module that a path belongs to and the pattern that says so: the last one that names it."""
        for module in reversed(self.modules.values()):
            pattern = module.covering(path, fold)
            if pattern:
                return module, pattern
        return None

    def touched(self, scope: Scope, fold: bool = False) -> list[tuple[Module, str]]:
        """The modules to which paths of a scope belong, the last of the file first; with the pattern that says so.

        The walk ends at a pattern that has all of the scope: modules above it have none of these paths.
        """
        found: list[tuple[Module, str]] = []
        for module in reversed(self.modules.values()):
            whole = False
            pattern = ""
            for text, part in zip(module.paths, module.scopes, strict=True):
                if overlaps(part, scope, fold):
                    pattern = pattern or text
                    whole = whole or covers(part, scope, fold)
            if pattern:
                found.append((module, pattern))
            if whole:
                break
        return found

    def sharing(self, path: str, fold: bool = False) -> str:
        """The pattern by which a path is a shared file; empty when it is none."""
        return _first(self.shared, path, fold)

    def splitting(self, path: str, fold: bool = False) -> str:
        """The pattern by which a file is to be split up; empty when it is not."""
        return _first(self.split, path, fold)


EMPTY = Policy({}, (), ())


def _first(patterns: tuple[str, ...], path: str, fold: bool) -> str:
    return next((each for each in patterns if matches(of_pattern(each), path, fold)), "")


def covers(pattern: Scope, scope: Scope, fold: bool = False) -> bool:
    """Whether a pattern surely has every path of a scope with paths. No is also said where it cannot be told."""
    if scope.kind in ("file", "symbol"):
        return matches(pattern, scope.path, fold)
    below = pattern.path if pattern.kind == "directory" else pattern.path.removesuffix("**")
    if below != pattern.path or pattern.kind == "directory":
        plain = not set("*?[\\") & set(below)
        if plain and (not below or below.endswith("/")):
            return literal_prefix(scope, fold).startswith(below.lower() if fold else below)
    return pattern.path == scope.path


class InForce:
    """``problem``: why ``policy/owners.yml`` of this tip is not what is in force; empty when it is."""

    __slots__ = ("policy", "problem")

    def __init__(self, policy: Policy, problem: str = "") -> None:
        self.policy, self.problem = policy, problem

    @property
    def warning(self) -> str:
        if not self.problem:
            return ""
        kept = "the last good one is in force" if self.policy.modules or self.policy.shared else "no policy is in force"
        return f"{FILE} cannot be used ({self.problem}); {kept}"


def in_force(snapshot: Files) -> InForce:
    """The policy that everybody at this tip obeys."""
    data, good = snapshot.file(FILE), snapshot.file(GOOD)
    if data is None and good is None:
        return InForce(EMPTY)
    problem = "it is gone"
    if data is not None:
        try:
            return InForce(read(data))
        except Broken as reason:
            problem = str(reason)
    try:
        return InForce(read(good or b""), problem)
    except Broken:
        return InForce(EMPTY, problem)


_read: dict[bytes, Policy | Broken] = {}


def read(data: bytes) -> Policy:
    """The policy in a file. Raises Broken, and nothing else, whatever the bytes are."""
    found = _read.get(data)
    if found is None:
        if len(_read) > 16:
            _read.clear()
        try:
            found = _parsed(data)
        except Broken as reason:
            found = reason
        _read[data] = found
    if isinstance(found, Broken):
        raise Broken(*found.args)
    return found


def _parsed(data: bytes) -> Policy:
    from gitcoord.codec import yaml

    try:
        values = yaml.decode_tree(data)
    except yaml.Malformed as reason:
        raise Broken(str(reason)) from None
    _known(values, _TOP, "the file")
    modules = values.get("modules")
    if modules is not None and not isinstance(modules, dict):
        raise Broken("modules: expected a mapping of names")
    if len(modules or {}) > MAX_MODULES:
        raise Broken(f"more than {MAX_MODULES} modules")
    teams = _teams(values.get("teams"))
    found = {name: _module(name, each, teams) for name, each in (modules or {}).items()}
    return Policy(found, _patterns(values.get("shared"), "shared"), _patterns(values.get("split"), "split"), teams)


def _teams(values: Any) -> Teams:
    if values is None:
        return {}
    if not isinstance(values, dict) or len(values) > MAX_MODULES:
        raise Broken(f"teams: expected a mapping of at most {MAX_MODULES} names")
    found: Teams = {}
    for name, each in values.items():
        check_owner(name, "teams")
        members = _texts(each, f"team {_shown(name)}")
        for member in members:
            check_owner(member, f"team {_shown(name)}")
        found[key_of(name)] = tuple(key_of(member) for member in members)
    for name, handles in found.items():
        inner = next((each for each in handles if each in found), "")
        if inner:
            raise Broken(f"team {_shown(name)}: {_shown(inner)} is a team; only agents can be members")
    return found


def _module(name: str, values: Any, teams: Teams) -> Module:
    check_name(name)
    if not isinstance(values, dict):
        raise Broken(f"module {name}: expected paths and owners")
    _known(values, _MODULE, f"module {name}")
    enforcement = values.get("enforcement", SOFT)
    if enforcement not in (SOFT, HARD):
        raise Broken(f"module {name}: enforcement is soft or hard, not {_shown(enforcement)}")
    owners = _texts(values.get("owners"), f"module {name}: owners")
    for owner in owners:
        check_owner(owner, f"module {name}")
    return Module(name, _patterns(values.get("paths"), f"module {name}: paths"), tuple(owners), enforcement, teams)


def _known(values: dict[str, Any], names: tuple[str, ...], where: str) -> None:
    for key in values:
        if key not in names and not key.startswith("x-"):
            from gitcoord.text import nearest

            near = nearest(key, list(names))
            meant = f"; did you mean {near[0]}?" if near else ""
            raise Broken(f"{where} has an unknown key {_shown(key)}{meant}")


def _texts(value: Any, where: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Broken(f"{where}: expected a list of texts")
    return value


def _patterns(value: Any, where: str) -> tuple[str, ...]:
    found = _texts(value, where)
    if len(found) > MAX_PATTERNS:
        raise Broken(f"{where}: {len(found)} patterns; at most {MAX_PATTERNS}")
    return tuple(pattern_of(each, where) for each in found)


def pattern_of(text: str, where: str = "a path") -> str:
    """The pattern as gitcoord writes it. Raises Broken for one that names no path of the repository."""
    try:
        if "#" in text:  # on a command line it begins the symbols; a policy names paths only
            kind = "glob" if set("*?[\\") & set(text) else "directory" if text.endswith("/") else "file"
            scope = checked(kind, text)
        else:
            scope = parse(text, is_directory=lambda path: False)
    except ScopeInvalid as refusal:
        raise Broken(f"{where}: {refusal.message.rstrip('.')}") from None
    if scope.kind not in ("file", "directory", "glob"):
        raise Broken(f"{where}: {_shown(text)} is no path")
    return scope.path


def check_name(name: str) -> None:
    """Raises Broken for a name that ``module:NAME`` could not say."""
    if not 0 < len(name) <= MAX_NAME or any(c.isspace() or not c.isprintable() or c in "#,*?[]\\\"'" for c in name):
        raise Broken(f"{_shown(name)} cannot name a module: letters, digits and . _ - / are meant")


def check_owner(name: str, where: str = "an owner") -> None:
    plain = name.removeprefix("@")
    if not 0 < len(plain) <= MAX_NAME or any(c.isspace() or not c.isprintable() for c in plain):
        raise Broken(f"{where}: {_shown(name)} names nobody")


def _shown(value: Any) -> str:
    from gitcoord.text import one_line

    return repr(one_line(str(value), 60))
