"""Writes the files that wire agent tools to gitcoord, inside marked blocks, and takes them out again.

A person's text is never changed: blocks and JSON entries of ours are added, replaced and removed; what cannot be read,
is a link out of the repository or cannot be written is left alone and named. Running it again changes no byte;
taking it out restores the bytes that were there.
"""

from __future__ import annotations

import json
import os

from gitcoord.errors import InvalidArguments
from gitcoord.harness import settings, templates
from gitcoord.harness.payload import TOOLS
from gitcoord.hashes import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from gitcoord.store.repository import Repository

    #: From the text that is there (None: no file) to the text that is to be (None: no file).
    Change = Callable[[str | None], str | None]

#: What tells that a tool is used here.
_SIGNS = {
    "claude": ("CLAUDE.md", ".claude"), "codex": (".codex",), "cursor": (".cursor",), "gemini": (".gemini", "GEMINI.md"),
    "copilot": (".github/copilot-instructions.md", ".github/hooks"),
}  # fmt: skip


def found(repo: Repository, environ: Mapping[str, str]) -> list[str]:
    """Tools that have files in this work tree, or that run us."""
    from gitcoord.workspace.identity import tool

    root, running = repo.worktree, tool(environ)
    if root is None:
        return []
    return [name for name in TOOLS if name == running or any(os.path.lexists(f"{root}/{each}") for each in _SIGNS[name])]


def asked(words: str) -> list[str]:
    """The tools of ``claude,codex``. Raises InvalidArguments for one that nobody knows."""
    names = [each.strip().lower() for each in words.split(",") if each.strip()]
    for name in names:
        if name not in TOOLS:
            known = ",".join(TOOLS)
            raise InvalidArguments(f"{name[:40]!r} is no tool that can be wired.", hint=f"gitcoord init --tool {known}")
    return [name for name in TOOLS if name in names]


def wire(repo: Repository, tools: list[str], *, dry_run: bool = False) -> dict[str, list[str]]:
    """``written``: the files that changed, with what for; ``notes``: what was left alone, and why; ``diff``: what a dry
    run would change, line by line."""
    report: dict[str, list[str]] = {"written": [], "notes": [], "diff": []}
    for path, change, what in _changes(tools):
        _apply(repo, path, change, what, report, dry_run)
    if "codex" in tools:
        report["notes"].append("Codex asks once whether to trust the hooks: run codex, then /hooks")
    return report


def unwire(repo: Repository, *, dry_run: bool = False) -> dict[str, list[str]]:
    """Restore what was there before :func:`wire`, or take our parts out of what a person has edited since."""
    report: dict[str, list[str]] = {"written": [], "notes": []}
    for path, change, _ in _changes(list(TOOLS), out=True):
        _apply(repo, path, change, "", report, dry_run, out=True)
    return report


def _changes(tools: list[str], out: bool = False) -> list[tuple[str, Change, str]]:
    """Every file of these tools, once."""
    changes: list[tuple[str, Change, str]] = []
    if tools:
        block = templates.text("agents.md")
        changes.append(("AGENTS.md", _unblocked if out else (lambda text: _blocked(text, block)), "marked block"))
        skill = templates.text("skill/SKILL.md")
        for folder in ([".claude/skills"] if "claude" in tools else []) + [".agents/skills"]:
            changes.append((f"{folder}/gitcoord/SKILL.md", _owned(skill, out), "skill"))
    if "claude" in tools:
        changes.append(("CLAUDE.md", _unblocked if out else (lambda text: _blocked(text, "@AGENTS.md\n")), "marked block"))
        changes.append((".claude/commands/co-op.md", _owned(templates.text("commands/co-op.md"), out), "/co-op"))
    if "cursor" in tools:
        changes.append((".cursor/rules/gitcoord.mdc", _owned(templates.text("cursor/gitcoord.mdc"), out), "rule"))
    for tool in tools:
        changes.append((settings.FILES[tool], _json(tool, out), f"hooks of {tool}"))
    return changes


def _blocked(text: str | None, block: str) -> str:
    """The text with our block: replaced where it stands, else at the end."""
    ours = f"{templates.BEGIN}\n{block.rstrip()}\n{templates.END}\n"
    if text is None:
        return ours
    at, end = text.find(templates.BEGIN), text.find(templates.END)
    if at >= 0 and end > at:
        return text[:at] + ours + text[end + len(templates.END) :].removeprefix("\r").removeprefix("\n")
    gap = "" if not text or text.endswith("\n\n") else ("\n" if text.endswith("\n") else "\n\n")
    return text + gap + ours


def _unblocked(text: str | None) -> str | None:
    if text is None:
        return None
    at, end = text.find(templates.BEGIN), text.find(templates.END)
    if at < 0 or end < at:
        return text
    left = text[:at].rstrip("\n") + "\n" + text[end + len(templates.END) :].lstrip("\n")
    return left if left.strip() else None


def _owned(ours: str, out: bool) -> Change:
    """A file that is ours alone. One that a person has changed stays when it is taken out."""

    def change(text: str | None) -> str | None:
        if out:
            return None if text == ours else text
        return ours

    return change


def _json(tool: str, out: bool) -> Change:
    def change(text: str | None) -> str | None:
        if text is None:
            return None if out else _dumped(settings.merged({}, tool), "")
        present = _loaded(text) if text.strip() else {}
        if not isinstance(present, dict):
            raise ValueError("it is no JSON object")
        new = settings.without(present) if out else settings.merged(present, tool)
        if new == present:
            return text
        return _dumped(new, text) if new or not out else None

    return change


def _loaded(text: str) -> Any:
    """Raises ValueError where reading and writing would lose something: a name twice, a number beyond a float."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("a name stands in it twice")
        return found

    def number(text: str) -> float:
        found = float(text)
        if found in (float("inf"), float("-inf")):
            raise ValueError("a number in it is too large")
        return found

    return json.loads(text, object_pairs_hook=once, parse_float=number)


def _dumped(value: dict[str, Any], like: str) -> str:
    """With the indentation that the person uses."""
    indent: int | str = 2
    for line in like.splitlines()[1:]:
        blank = line[: len(line) - len(line.lstrip())]
        if blank:
            indent = blank if "\t" in blank else len(blank)
            break
    return json.dumps(value, ensure_ascii=False, indent=indent) + "\n"


def _apply(
    repo: Repository, path: str, change: Change, what: str, report: dict[str, list[str]], dry_run: bool, out: bool = False
) -> None:
    file = f"{repo.worktree}/{path}"
    try:
        _refuse_strange(repo, file)
        before = _read(file)
        after = _restored(repo, path, before) if out else None
        if after is None:
            after = change(before)
        elif after == "":
            after = None
        if after == before:
            return
        if dry_run:
            report.setdefault("diff", []).extend(_diff(path, before, after))
        else:
            if not out:
                _keep(repo, path, before, after or "")
            _write(file, after)
    except (OSError, ValueError, RecursionError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else _first_line(problem)
        report["notes"].append(f"{path} is left alone: {why}")
        return
    verb = "removed" if after is None else ("created" if before is None else "changed")
    report["written"].append(f"{path} {verb}{f' ({what})' if what else ''}")


def _diff(path: str, before: str | None, after: str | None) -> list[str]:
    from difflib import unified_diff

    names = (f"a/{path}" if before is not None else "/dev/null", f"b/{path}" if after is not None else "/dev/null")
    return list(unified_diff((before or "").splitlines(), (after or "").splitlines(), *names, lineterm="", n=1))


def _first_line(problem: BaseException) -> str:
    return str(problem).splitlines()[0] if str(problem) else type(problem).__name__


def _refuse_strange(repo: Repository, file: str) -> None:
    """Raises ValueError for what lies outside of the repository, behind whatever link."""
    root = os.path.realpath(str(repo.worktree))
    real = os.path.realpath(file)
    if real != root and not real.startswith(root + os.sep):
        raise ValueError(f"it is a link out of the repository, to {real}")
    if os.path.lexists(file) and not os.path.isfile(file):
        raise ValueError("it is no plain file")


def _read(file: str) -> str | None:
    try:
        with open(file, encoding="utf-8", newline="") as handle:
            return handle.read()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None


def _write(file: str, text: str | None) -> None:
    if text is None:
        os.unlink(file)
        _remove_empty(os.path.dirname(file))
        return
    os.makedirs(os.path.dirname(file), exist_ok=True)
    real = os.path.realpath(file)
    if os.path.exists(real) and not os.access(real, os.W_OK):
        raise PermissionError(13, "it is read-only")
    temporary = f"{real}.{os.getpid()}.tmp"
    with open(temporary, "w", encoding="utf-8", newline="") as handle:
        handle.write(text)
    if os.path.exists(real):
        os.chmod(temporary, os.stat(real).st_mode & 0o7777)
    os.replace(temporary, real)


def _remove_empty(folder: str) -> None:
    """Folders that only our file was in; never the root of the work tree, which is not empty."""
    try:
        for _ in range(3):
            os.rmdir(folder)
            folder = os.path.dirname(folder)
    except OSError:
        pass


# The bytes that were there.


def _keep(repo: Repository, path: str, before: str | None, after: str) -> None:
    """Remember what stood there before the first time; a person's later edit makes this worthless, and is noticed."""
    manifest = _manifest(repo)
    known = manifest.get(path)
    first = known["before"] if known and known.get("after") == _digest(before or "") else before
    manifest[path] = {"before": first, "after": _digest(after)}
    os.makedirs(repo.home, mode=0o700, exist_ok=True)
    _write(repo.home + "/wired.json", json.dumps(manifest))


def _restored(repo: Repository, path: str, now: str | None) -> str | None:
    """What stood there, if nobody has touched the file since; ``""`` for no file; None when that is not known."""
    known = _manifest(repo).get(path)
    if not known or now is None or known.get("after") != _digest(now):
        return None
    before = known.get("before")
    return before if isinstance(before, str) and before else ""


def _manifest(repo: Repository) -> dict[str, Any]:
    try:
        with open(repo.home + "/wired.json", encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(text: str) -> str:
    return str(sha256(text.encode()).hexdigest())
