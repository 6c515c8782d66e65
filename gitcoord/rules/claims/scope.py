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
#: Characters of a pattern, a name or a symbol list; bytes of a plain path.
MAX_LENGTH, MAX_PATH = 512, 4096
_WILD = frozenset("*?[\\")
#: Words before a colon that people try. The path alone says what it is.
_SLIPS = ("file", "files", "dir", "directory", "glob", "path", "symbol")


class Scope:
    """``path`` is the path or pattern of a path kind, else the name. ``symbols`` are chains such as ``A::b``.
    ``patterns`` are the paths that the ownership policy gave a module when it was claimed."""

    __slots__ = ("kind", "path", "patterns", "scope", "symbols")

    def __init__(
        self, kind: str, scope: str, path: str, symbols: tuple[str, ...] = (), patterns: tuple[str, ...] = ()
    ) -> None:
        self.kind, self.scope, self.path, self.symbols, self.patterns = kind, scope, path, symbols, patterns

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scope) and (self.kind, self.scope) == (other.kind, other.scope)

    def __hash__(self) -> int:
        return hash((self.kind, self.scope))

    def __repr__(self) -> str:
        return f"Scope({self.kind}, {self.scope!r})"


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
        path = _with_slash(_path(target, name), is_directory)
        return Scope("shared", f"shared:{path}", path)
    if colon:
        _refuse_slip(target, kind, name)
    path, _, symbols = target.rpartition("#")
    if path and "/" not in symbols:  # with a slash behind it, the # belongs to a folder: docs/C#/notes.md
        return _symbol(target, path, symbols)
    path = _with_slash(_path(target, target), is_directory)
    if path.endswith("/"):
        return Scope("directory", path, path)
    return Scope("glob" if _WILD & set(path) else "file", path, path)


def from_stored(kind: str, scope: str, symbols: tuple[str, ...] = (), patterns: tuple[str, ...] = ()) -> Scope:
    """The scope of a claim on the branch, as it was written there. Never fails: foreign text is just text."""
    if kind == "symbol":
        path, _, names = scope.rpartition("#") if "#" in scope else (scope, "", "")
        return Scope(kind, scope, path, tuple(symbols) or tuple(name for name in names.split(",") if name))
    if kind == "directory" and not scope.endswith("/"):
        return Scope(kind, scope, scope + "/")
    if kind in NAMED_KINDS or kind == "shared":
        return Scope(kind, scope, scope.removeprefix(kind + ":"), (), patterns if kind == "module" else ())
    return Scope(kind, scope, scope)


def of_pattern(pattern: str) -> Scope:
    """The paths that a pattern of the ownership policy names: ``src/auth`` is the path and all below it."""
    if _WILD & set(pattern):
        return Scope("glob", pattern, pattern)
    path = pattern if pattern.endswith("/") else pattern + "/"
    return Scope("directory", path, path)


def checked(kind: str, scope: str, symbols: tuple[str, ...] = ()) -> Scope:
    """The scope of an intent, which may come from anywhere: refused unless it is what :func:`parse` writes.

    Raises:
        ScopeInvalid: it is not.
    """
    _check_text(scope)
    if kind == "symbol":
        path, _, names = scope.rpartition("#")
        found = _symbol(scope, path, names)
    elif kind in NAMED_KINDS or kind == "shared":
        found = parse(scope, is_directory=lambda path: False)
    else:
        path = _path(scope, scope)
        found = Scope(kind, path, path)
        fits = kind in ("file", "directory", "glob") and path.endswith("/") == (kind == "directory")
        if not fits or (kind == "glob" and not _WILD & set(path)):
            raise _refuse(scope, f"it is no {kind[:20]}")
    if (found.kind, found.scope) != (kind, scope) or (symbols and symbols != found.symbols):
        raise _refuse(scope, "it is not written as gitcoord writes it", found.scope)
    return found


def _refuse(target: str, why: str, meant: str = "") -> ScopeInvalid:
    shown = "".join(c if c.isprintable() else "?" for c in target[:80]) + ("…" if len(target) > 80 else "")
    hint = f"Did you mean {meant}?" if meant else "gitcoord claim --help"
    more = {"meant": meant} if meant else {}
    return ScopeInvalid(f"'{shown}' cannot be claimed: {why}.", hint=hint, target=shown, **more)


def _refuse_slip(target: str, kind: str, name: str) -> None:
    word = kind.lower()
    if word in _SLIPS and name:
        raise _refuse(target, "a path is written alone", name.lstrip("/"))
    if word != kind and word in (*NAMED_KINDS, "shared"):
        raise _refuse(target, f"{word} is written small", f"{word}:{name}")


def _check_text(target: str) -> None:
    if not target.strip():
        raise _refuse(target, "it is empty")
    plain = ":" not in target and "#" not in target and not _WILD & set(target)
    if len(target) > (MAX_PATH if plain else MAX_LENGTH) or len(target.encode("utf-8", "surrogatepass")) > MAX_PATH:
        raise _refuse(target, f"it is longer than {MAX_PATH if plain else MAX_LENGTH} characters")
    if any(ord(c) < 32 or 127 <= ord(c) < 160 or 0xD800 <= ord(c) < 0xE000 for c in target):
        raise _refuse(target, "it has control characters, or is no UTF-8")


def _named(target: str, kind: str, name: str) -> Scope:
    if kind == "branch":
        name = name.removeprefix("refs/heads/")
    if not name or any(c.isspace() for c in name):
        meant = f"{kind}:{'-'.join(name.split())}" if name.strip() else ""
        raise _refuse(target, f"a {kind} needs a name without spaces", meant)
    known = parse_alias(name) if kind == "task" else None
    if known is not None and known[0] == "task":
        name = f"TASK-{known[1]}"
    return Scope(kind, f"{kind}:{name}", name)


def _symbol(target: str, path: str, symbols: str) -> Scope:
    path = _path(target, path)
    if path.endswith("/") or "*" in path or "?" in path:
        raise _refuse(target, "symbols belong to one file")
    if not symbols.isascii():
        from unicodedata import normalize

        symbols = normalize("NFC", symbols)
    names = sorted({name.strip().replace(".", "::") for name in symbols.split(",") if name.strip()})
    if not names or any(not part or part != part.strip() for name in names for part in name.split("::")):
        raise _refuse(target, "a symbol needs a name", f"{path}#Session::refresh")
    return Scope("symbol", f"{path}#{','.join(names)}", path, tuple(names))


def _path(target: str, path: str) -> str:
    """The path from the root of the repository, without ``.`` and empty components; a directory keeps its slash."""
    if path.startswith("/"):
        meant = target.replace(path, path.lstrip("/") or "**   (with --allow-wide)", 1)
        raise _refuse(target, "paths start at the root of the repository", meant)
    if path.startswith(":"):
        raise _refuse(target, "it starts with a colon", path.rpartition(")")[2] if path.startswith(":(") else "")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise _refuse(target, "it may lead out of the repository", _without_dots(parts))
    if not parts:
        raise _refuse(target, "it is the whole repository", "**   (with --allow-wide)" if path else "")
    if any(part.lower() == ".git" for part in parts):
        raise _refuse(target, "it lies in git's own folder")
    joined = "/".join(parts)
    if not path.endswith(("/", "/.")):
        if _WILD & set(joined):
            _check_pattern(target, joined)
        return joined
    if "*" in joined or "?" in joined:
        return joined + "/**"
    return joined + "/"


def _without_dots(parts: list[str]) -> str:
    kept: list[str] = []
    for part in parts:
        if part != "..":
            kept.append(part)
        elif kept:
            kept.pop()
        else:
            return ""
    return "/".join(kept)


def _with_slash(path: str, is_directory: Callable[[str], bool]) -> str:
    """A name is a directory when the checkout says so, also one that looks like a pattern: ``app/[id]``."""
    plain = not path.endswith("/") and "*" not in path and "?" not in path
    return path + "/" if plain and is_directory(path) else path


def _check_pattern(target: str, pattern: str) -> None:
    from gitcoord.rules.claims.glob import alternatives

    if not alternatives(pattern.encode()):
        meant = pattern.replace("[", "\\[")
        raise _refuse(target, "no path can match it, perhaps for an open bracket or backslash", meant)
