"""Installs the pre-push check, and on request claim proofs, in the hooks that git really runs; takes them out without a trace.

Never sets ``core.hooksPath``, never replaces a hook: a marked block goes above what is there, and the hook's
exit code and standard input stay as they were. Installing twice changes no byte; uninstalling restores them.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile

from gitcoord import program
from gitcoord.hooks.shims import shim
from gitcoord.store.git import clean_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.store.repository import Repository

BEGIN, END = b"# >>> gitcoord >>>", b"# <<< gitcoord <<<"
NAME, PROOFS = "pre-push", "prepare-commit-msg"
#: What each hook of ours is called on the screen.
CALLED = {NAME: "pre-push check", PROOFS: "claim proofs"}
ORIGINAL = ".gitcoord-orig"
RUNNER = "/run"
_CHAIN = b'[ ! -x "$0.gitcoord-orig" ] || exec "$0.gitcoord-orig" "$@"\n'


class Place:
    """The hook file to edit, and why it is that one. ``foreign``: it belongs to the work tree or to somebody else."""

    __slots__ = ("file", "foreign", "manager")

    def __init__(self, file: str, manager: str, foreign: bool) -> None:
        self.file, self.manager, self.foreign = file, manager, foreign


def _git(repo: Repository, *args: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """git as the user runs it here: with the user's hooks, unlike every other git of ours."""
    environ = clean_environment(os.environ)
    environ.pop("GITCOORD_INTERNAL", None)
    where = repo.worktree or repo.git_dir
    return subprocess.run(
        ["git", "-C", where, *args], env={**environ, **(env or {})}, capture_output=True, timeout=30, check=False
    )


def place_of(repo: Repository, name: str = NAME) -> Place:
    """The file that git runs before a push (or another occasion) from here, or the one that it calls."""
    configured = _git(repo, "config", "--get", "core.hooksPath").stdout.decode("utf-8", "surrogateescape").strip()
    if not configured:
        return Place(f"{repo.common_dir}/hooks/{name}", _manager_of(f"{repo.common_dir}/hooks/{name}"), False)
    folder = os.path.expanduser(configured)
    if not os.path.isabs(folder):
        folder = os.path.join(repo.worktree or repo.git_dir, folder)
    folder = os.path.normpath(folder)
    if os.path.basename(folder) == "_" and os.path.basename(os.path.dirname(folder)) == ".husky":
        return Place(f"{os.path.dirname(folder)}/{name}", "husky", True)
    return Place(f"{folder}/{name}", _manager_of(f"{folder}/{name}") or "core.hooksPath", True)


def _manager_of(file: str) -> str:
    text = content_of(file) or b""
    return next((name for name in ("lefthook", "pre-commit") if name.encode() in text and BEGIN not in text[:200]), "")


def is_installed(repo: Repository) -> bool:
    """Whether the hook that git runs has our block."""
    return BEGIN in (content_of(place_of(repo).file) or b"")


def content_of(file: str) -> bytes | None:
    try:
        with open(file, "rb") as found:
            return found.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _block(name: str = NAME) -> bytes:
    text = shim(name)
    return text[text.index(BEGIN) : text.index(END) + len(END)] + b"\n"


def _is_shell(text: bytes) -> bool:
    first = text.partition(b"\n")[0]
    return not first.startswith(b"#!") or any(first.rstrip().endswith(s) for s in (b"sh", b"sh -e", b"sh -eu", b"sh -u"))


def with_block(text: bytes, name: str = NAME) -> bytes:
    """The hook with our block, current and once, right below its first line."""
    bare = without_block(text)
    crlf = b"\r\n" in bare.partition(b"\n")[0] + b"\n"
    block = _block(name).replace(b"\n", b"\r\n") if crlf else _block(name)
    if bare.startswith(b"#!"):
        head, newline, rest = bare.partition(b"\n")
        return head + (newline or b"\n") + block + rest
    return block + bare


def without_block(text: bytes) -> bytes:
    """The hook without any block of ours; a begin without an end is left for a person to look at."""
    while BEGIN in text and END in text[text.index(BEGIN) :]:
        start = text.index(BEGIN)
        stop = text.index(END, start) + len(END)
        if text[stop : stop + 2] == b"\r\n":
            stop += 2
        elif text[stop : stop + 1] == b"\n":
            stop += 1
        text = text[:start] + text[stop:]
    return text


def install(repo: Repository, *, yes: bool = False, dry_run: bool = False, proofs: bool = False) -> dict[str, Any]:
    """Add the check, and with ``proofs`` the trailers. Returns ``written`` files, ``notes`` and how to ``undo``.

    A hook that belongs to the work tree, to a hook manager or to another folder is edited only with ``yes``.
    """
    report: dict[str, Any] = {"written": [], "notes": [], "undo": "gitcoord hooks uninstall", "hook": place_of(repo).file}
    _remember_command(repo, dry_run)
    for name in (NAME, PROOFS) if proofs else (NAME,):
        _add(repo, name, report, yes, dry_run)
    return report


def _add(repo: Repository, name: str, report: dict[str, Any], yes: bool, dry_run: bool) -> None:
    """One hook of ours beside whatever is there; ``report`` is told."""
    place = place_of(repo, name)
    if place.foreign and not yes:
        again = "gitcoord hooks install --yes" + (" --proofs" if name == PROOFS else "")
        report["notes"].append(
            f"{place.manager} decides about hooks here; to add the marked block to {place.file}: {again}"
        )
        return
    real = os.path.realpath(place.file)
    if not real.startswith((os.path.realpath(repo.common_dir) + "/", os.path.realpath(repo.worktree or "/nowhere") + "/")) and (
        os.path.islink(os.path.dirname(place.file)) or not yes
    ):
        report["notes"].append(f"{place.file} leads out of the repository; it was left alone")
        return
    before = content_of(place.file)
    after, moved = _wanted(before, name)
    if before == after:
        report["notes"].append(f"the {CALLED[name]} was there already ({place.file})".replace("proofs was", "proofs were"))
        return
    if place.manager:
        report["notes"].append(f"{place.manager} is in use; the marked block went into {place.file}")
    report["written"].append(f"{CALLED[name]} in {place.file}")
    if not dry_run:
        _remember(repo, place.file, before, after)
        if moved:
            os.rename(place.file, place.file + ORIGINAL)
        _write(place.file, after, before is not None and not moved)


def _wanted(before: bytes | None, name: str) -> tuple[bytes, bool]:
    """The new bytes, and whether the old file is moved aside because our block cannot stand in it."""
    if before is None:
        return shim(name), False
    if BEGIN in before or _is_shell(before):
        return with_block(before, name), False
    return shim(name) + _CHAIN, True


def _write(file: str, data: bytes, keep_mode: bool) -> None:
    os.makedirs(os.path.dirname(file), exist_ok=True)
    mode = stat.S_IMODE(os.stat(file).st_mode) if keep_mode else 0o755
    temporary = f"{file}.{os.getpid()}.tmp"
    with open(temporary, "wb") as out:
        out.write(data)
    os.chmod(temporary, mode | 0o111)  # noqa: S103 - git runs a hook only when it is executable
    os.replace(temporary, file)


def _remember_command(repo: Repository, dry_run: bool) -> None:
    """The program that installs is the one that the hook runs where PATH does not have it."""
    beside = os.path.join(os.path.dirname(sys.executable), "gitcoord")
    if dry_run or not (program.single_file or os.path.exists(beside)):
        return
    os.makedirs(repo.home, mode=0o700, exist_ok=True)
    if program.single_file:
        beside = repo.home + RUNNER
        _write(beside, _runner(program.single_file), False)
    with open(repo.home + "/command", "w", encoding="utf-8") as file:
        file.write(beside + "\n")


def _runner(archive: str) -> bytes:
    """Starts the single file with the Python that installed the hook: another one may be too old. A file that has gone
    since blocks nobody, unless the team enforces the check."""
    from shlex import quote

    return (
        f"#!/bin/sh\nif [ -r {quote(archive)} ]; then exec {quote(sys.executable)} -I {quote(archive)} \"$@\"; fi\n"
        f"echo {quote(f'gitcoord is gone from {archive}; claims were not checked: run init or hooks install again')} >&2\n"
        '[ ! -e "${0%/*}/enforce" ]\n'
    ).encode("utf-8", "surrogateescape")


def _ledger(repo: Repository) -> str:
    return repo.home + "/hooks.json"


def _known(repo: Repository) -> dict[str, Any]:
    try:
        with open(_ledger(repo), encoding="utf-8") as file:
            found = json.load(file)
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}


def _remember(repo: Repository, file: str, before: bytes | None, after: bytes) -> None:
    known = _known(repo)
    if file not in known:
        mode = stat.S_IMODE(os.stat(file).st_mode) if before is not None else None
        known[file] = {"before": None if before is None else before.decode("latin-1"), "mode": mode}
    known[file]["after"] = after.decode("latin-1")
    os.makedirs(repo.home, mode=0o700, exist_ok=True)
    with open(_ledger(repo), "w", encoding="utf-8") as out:
        json.dump(known, out)


def uninstall(repo: Repository) -> dict[str, Any]:
    """Take the check out: the bytes and mode of before, or only our block where somebody edited since."""
    report: dict[str, Any] = {"removed": [], "notes": []}
    known = _known(repo)
    for file in dict.fromkeys([*known, place_of(repo).file, place_of(repo, PROOFS).file]):
        text = content_of(file)
        if text is None or BEGIN not in text:
            continue
        record = known.get(file) or {}
        before = record.get("before")
        if os.path.exists(file + ORIGINAL):
            os.replace(file + ORIGINAL, file)
        elif record and text == record["after"].encode("latin-1"):
            if before is None:
                os.unlink(file)
            else:
                _write(file, before.encode("latin-1"), True)
                os.chmod(file, record["mode"])
        else:
            rest = without_block(text)
            if rest.strip() in (b"", b"#!/bin/sh"):
                os.unlink(file)
            else:
                _write(file, rest, True)
        report["removed"].append(f"{CALLED.get(os.path.basename(file), CALLED[NAME])} in {file}")
    for file in (_ledger(repo), repo.home + "/command", repo.home + RUNNER):
        if os.path.exists(file):
            os.unlink(file)
    return report


def status(repo: Repository) -> dict[str, Any]:
    """Whether the check is installed, where, and whether git really runs it."""
    place = place_of(repo)
    text = content_of(place.file) or b""
    installed = BEGIN in text
    found: dict[str, Any] = {
        "hook": place.file,
        "installed": installed,
        "manager": place.manager or None,
        "current": _block() in text,
        "proofs": BEGIN in (content_of(place_of(repo, PROOFS).file) or b""),
    }
    found.update(prove(repo) if installed else {"reachable": False, "detail": "gitcoord hooks install"})
    return found


def prove(repo: Repository) -> dict[str, Any]:
    """Let git really start a push, to a throw-away repository, and see whether our block answers."""
    if not repo.head()[1]:
        return {"reachable": False, "detail": "no commit yet: nothing could be pushed"}
    folder = tempfile.mkdtemp(prefix="gitcoord-probe-")
    try:
        subprocess.run(["git", "init", "-q", "--bare", folder], env=clean_environment(os.environ), check=False)
        mark = folder + "/answered"
        _git(repo, "push", "-q", folder, "HEAD:refs/heads/gitcoord-probe", env={"GITCOORD_PROBE": mark})
        reached = os.path.exists(mark)
    except subprocess.TimeoutExpired:
        return {"reachable": False, "detail": "the hook did not end within 30 s"}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    detail = "git runs it" if reached else "git does not run it before a push from here"
    return {"reachable": reached, "detail": detail}
