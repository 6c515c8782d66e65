"""What can be claimed, and how it is written. Parsing only: no file is looked at here.

A scope's canonical text says all of it: ``src/auth/login.py``, ``src/auth/``, ``src/**/*.ts``,
``src/a.py#Session::refresh``, ``shared:package-lock.json``, ``branch:main``.
"""

from __future__ import annotations

from gitcoord.errors import ScopeInvalid
from gitcoord.model.ids import parse_alias

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

PATH_KINDS = frozenset({"file", "directory", "glob", "symbol", "shared"})
NAMED_KINDS = ("module", "branch", "task", "component", "env", "runner")
KINDS = ("file", "directory", "glob", "symbol", "shared", *NAMED_KINDS)
MAX_LENGTH = 512
_WILD = frozenset("*?[\\")


class Scope:
    """``path`` is the path or pattern of a path kind, else the name. ``symbols`` are chains such as ``A::b``."""

    __slots__ = ("kind", "path", "scope", "symbols")

    def __init__(self, kind: str, scope: str, path: str, symbols: tuple[str, ...] = ()) -> None:
        self.kind, self.scope, self.path, self.symbols = kind, scope, path, symbols

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scope) and (self.kind, self.scope) == (other.kind, other.scope)

    def __hash__(self) -> int:
        return hash((self.kind, self.scope))

    def __repr__(self) -> str:
        return f"Scope({self.kind}, {self.scope!r})"


def _refuse(target: str, why: str, meant: str = "") -> ScopeInvalid:
    shown = "".join(c if c.isprintable() else "?" for c in target[:80])
    hint = f"Did you mean {meant}?" if meant else "gitcoord claim --help"
    return ScopeInvalid(f"{shown!r} cannot be claimed: {why}.", hint=hint, target=shown)


def parse(target: str, *, is_directory: Callable[[str], bool]) -> Scope:
    """The scope that a word of the command line means.

    Args:
        is_directory: whether a plain path is a directory in the claimant's checkout. The answer is stored,
            so that later readers need no checkout.

    Raises:
        ScopeInvalid: the word means nothing, or something outside of the repository.
    """
    _check_text(target)
    kind, colon, name = target.partition(":")
    if colon and kind in NAMED_KINDS:
        return _named(target, kind, name)
    if colon and kind == "shared":
        path = _path(target, name)
        shared_kind = "directory" if path.endswith("/") else ""
        return Scope("shared", f"shared:{path}", path, ()) if not shared_kind else Scope("shared", f"shared:{path}", path)
    path, hash_, symbols = target.partition("#")
    if hash_:
        return _symbol(target, path, symbols)
    path = _path(target, path)
    if path.endswith("/"):
        return Scope("directory", path, path)
    if _WILD & set(path):
        return Scope("glob", path, path)
    if is_directory(path):
        return Scope("directory", path + "/", path + "/")
    return Scope("file", path, path)


def from_stored(kind: str, scope: str, symbols: tuple[str, ...] = ()) -> Scope:
    """The scope of a claim on the branch, as it was written there. Never fails: foreign text is just text."""
    if kind == "symbol":
        path, _, names = scope.partition("#")
        return Scope(kind, scope, path, tuple(symbols) or tuple(names.split(",")))
    if kind in NAMED_KINDS or kind == "shared":
        return Scope(kind, scope, scope.partition(":")[2] if scope.startswith(kind + ":") else scope)
    return Scope(kind, scope, scope)


def _check_text(target: str) -> None:
    if not target.strip():
        raise _refuse(target, "it is empty")
    if len(target) > MAX_LENGTH or len(target.encode("utf-8", "surrogateescape")) > 4 * MAX_LENGTH:
        raise _refuse(target, f"it is longer than {MAX_LENGTH} characters")
    if any(ord(c) < 32 or 127 <= ord(c) < 160 or 0xD800 <= ord(c) < 0xE000 for c in target):
        raise _refuse(target, "it has control characters")


def _named(target: str, kind: str, name: str) -> Scope:
    if not name or name != name.strip() or any(c.isspace() for c in name):
        raise _refuse(target, f"a {kind} needs a name without spaces")
    if kind == "task":
        known = parse_alias(name)
        if known is not None and known[0] == "task":
            name = f"TASK-{known[1]}"
    if kind == "branch":
        name = name.removeprefix("refs/heads/")
    return Scope(kind, f"{kind}:{name}", name)


def _symbol(target: str, path: str, symbols: str) -> Scope:
    path = _path(target, path)
    if path.endswith("/") or _WILD & set(path):
        raise _refuse(target, "symbols belong to one file")
    names = sorted({name.strip().replace(".", "::") for name in symbols.split(",") if name.strip()})
    if not names or any(not part for name in names for part in name.split("::")):
        raise _refuse(target, "a symbol needs a name", f"{path}#Session::refresh")
    return Scope("symbol", f"{path}#{','.join(names)}", path, tuple(names))


def _path(target: str, path: str) -> str:
    if path.startswith("/"):
        raise _refuse(target, "paths start at the root of the repository", target.lstrip("/") or "**")
    if path.startswith(":"):
        raise _refuse(target, "it starts with a colon")
    directory = path.endswith(("/", "/."))
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise _refuse(target, "it leads out of the repository")
    if not parts:
        raise _refuse(target, "it is the whole repository", "**   (with --allow-wide)")
    if parts[0] == ".git":
        raise _refuse(target, "it lies in git's own folder")
    joined = "/".join(parts)
    if directory and _WILD & set(joined):
        return joined + "/**"
    return joined + "/" if directory else joined
