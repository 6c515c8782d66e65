"""What the policy says about a claim: the paths of a module, shared files, and whose the paths are.

One answer for a claim and for a check. Who is no owner is warned where ownership is soft and refused where it is hard;
``--accept-ownership`` lifts that one guard, and is recorded.
"""

from __future__ import annotations

from gitcoord.model.outcome import Denied
from gitcoord.rules.asked import Refusal
from gitcoord.rules.claims.overlap import parts
from gitcoord.rules.claims.scope import Scope
from gitcoord.rules.owners.policy import EMPTY, FILE, InForce, Module, in_force, key_of
from gitcoord.text import as_word, counted, nearest, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from gitcoord.rules.owners.policy import Files

OPTIONS = ["ask the owner", "narrow", "--accept-ownership"]
SHOWN = 5


class Foreign:
    """Paths of a scope that belong to a module of others."""

    __slots__ = ("module", "pattern", "scope")

    def __init__(self, scope: Scope, module: Module, pattern: str) -> None:
        self.scope, self.module, self.pattern = scope, module, pattern

    def as_json(self) -> dict[str, Any]:
        module = self.module
        return {
            "requested": self.scope.scope, "module": module.name, "pattern": self.pattern, "owners": list(module.owners),
            "enforcement": module.enforcement,
        }  # fmt: skip

    def words(self) -> str:
        names = ", ".join(self.module.owners[:4])
        what = one_line(self.scope.scope, 120)
        return f"{what} belongs to module {self.module.name}, owned by {names} ({self.module.enforcement})"


class Ownership:
    """The policy in force, asked about scopes."""

    def __init__(self, found: InForce, fold: bool = False) -> None:
        self.found, self.policy, self._fold = found, found.policy, fold
        self.warnings: list[str] = []

    @classmethod
    def at(cls, snapshot: Files, fold: bool = False) -> Ownership:
        return cls(in_force(snapshot), fold)

    def resolved(self, scope: Scope) -> Scope:
        """A module with the paths that the policy gives it now. Raises Refusal when there is no such module."""
        if scope.kind != "module":
            return scope
        module = self.policy.modules.get(scope.path)
        if module is None:
            near = nearest(scope.path, list(self.policy.modules))
            raise Refusal(
                "not-found",
                f"There is no module {one_line(scope.path, 80)}." + (f" Near: {', '.join(near)}." if near else ""),
                "gitcoord owners list", candidates=near, **({"problem": self.found.warning} if self.found.problem else {}),
            )  # fmt: skip
        return Scope(scope.kind, scope.scope, scope.path, (), module.paths)

    def mode(self, scope: Scope, mode: str) -> str:
        """A file that the team has declared shared is claimed as one."""
        if scope.kind == "file" and mode == "exclusive" and self.policy.sharing(scope.path, self._fold):
            return "shared"
        return mode

    def foreign(self, scopes: Iterable[Scope], agent: str) -> list[Foreign]:
        """What of these scopes belongs to others: each module once a scope."""
        found: dict[tuple[str, str], Foreign] = {}
        for scope in scopes if self.policy.modules else ():
            for part in parts(scope):
                for module, pattern in self.policy.touched(part, self._fold):
                    if module.owners and not module.owned_by(agent):
                        found.setdefault((scope.scope, module.name), Foreign(scope, module, pattern))
        return list(found.values())

    def notes(self, scopes: Iterable[Scope], foreign: list[Foreign]) -> list[str]:
        """What to tell a claimant who gets what it asked for."""
        told = [each.words() for each in foreign[:SHOWN]]
        if len(foreign) > SHOWN:
            told.append(f"and {counted(len(foreign) - SHOWN, 'more module')} of others")
        for scope in scopes:
            if scope.kind == "file" and self.policy.splitting(scope.path, self._fold):
                told.append(f"{one_line(scope.scope, 120)} is to be split up: claim symbols of it, or a part")
        return [*told, *([self.found.warning] if self.found.problem else [])]


NOBODYS = Ownership(InForce(EMPTY))


def refused(hard: list[Foreign]) -> Denied:
    """A claim on what others own, where the team has said that ownership is hard."""
    first = hard[0]
    more = f" {len(hard) - 1} more of it is owned by others." if len(hard) > 1 else ""
    owner, named = next(iter(first.module.handles), key_of(first.module.owners[0])), first.module.owners[0]
    what = as_word(first.scope.scope)
    ask = f'Ask: gitcoord ask "may I change {one_line(first.scope.scope, 80)}?" --to {as_word(owner)}'
    if owner == key_of(named) and ("/" in owner or "@" in owner):  # a team of the forge that nobody has explained
        ask = f"Say who that is: gitcoord owners team {as_word(named)} @AGENT"
    return Denied(
        "claim-conflict", f"{first.words()}; you are none of them.{more}",
        f"{ask}   or: gitcoord claim {what} --accept-ownership",
        {"conflicts": [], "ownership": [each.as_json() for each in hard[:20]], "options": list(OPTIONS)},
    )  # fmt: skip


__all__ = ["FILE", "NOBODYS", "Foreign", "Ownership", "refused"]
