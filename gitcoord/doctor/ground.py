"""What everything stands on: git itself, the repository, a place for local state, the clock."""

from __future__ import annotations

import os
import re
import time

from gitcoord import clock
from gitcoord.doctor.finding import broken, good, warned
from gitcoord.errors import CouldNotCheck, NotARepository
from gitcoord.text import show_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.doctor.finding import Finding
    from gitcoord.doctor.patient import Patient

OLDEST_GIT = (2, 25)
DAY = 86400
#: Clocks of two machines differ by so many seconds without anybody noticing.
DRIFT = 60
#: A lock of git that is older than this, in seconds, was left by a git that died.
STALE_LOCK = 60


def git(patient: Patient) -> Iterator[Finding]:
    from gitcoord.store.git import Git

    needed = ".".join(map(str, OLDEST_GIT))
    try:
        said = Git("", patient.environ, directory="/").text("version")
    except CouldNotCheck as problem:
        yield broken("git", problem.message, f"Install git {needed} or newer.")
        return
    found = re.search(r"(\d+)\.(\d+)", said)
    if found is None:
        yield warned("git", f"git does not tell its version: {said}", "git version")
    elif (int(found[1]), int(found[2])) < OLDEST_GIT:
        yield broken("git", f"{said}; {needed} or newer is needed", f"Install git {needed} or newer.")
    else:
        yield good("git", said)


def repository(patient: Patient) -> Iterator[Finding]:
    try:
        repo = patient.open()
    except NotARepository as problem:
        yield broken("repository", problem.message, problem.hint)
        return
    kind = "bare" if repo.bare else ("linked worktree" if repo.git_dir != repo.common_dir else "worktree")
    yield good("repository", f"{repo.worktree or repo.common_dir} ({kind})")
    redirecting = [name for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE") if patient.environ.get(name)]
    if redirecting:
        yield good("repository", f"{', '.join(redirecting)} set in the environment; gitcoord ignores it")


def place(patient: Patient) -> Iterator[Finding]:
    """Where local state goes, and locks of git that block every write."""
    home = patient.home
    there = home if os.path.isdir(home) else patient.repo.common_dir
    if os.access(there, os.W_OK | os.X_OK):
        yield good("local-state", home)
    else:
        yield broken("local-state", f"{there} cannot be written: reads go on, every write fails", f"ls -ld {there}")
    yield from _locks(patient)


def _locks(patient: Patient) -> Iterator[Finding]:
    common = patient.repo.common_dir
    refs = [f"refs/heads/{patient.branch}"] + ([f"refs/remotes/{patient.remote}/{patient.branch}"] if patient.remote else [])
    for name in (*refs, "packed-refs"):
        file = f"{common}/{name}.lock"
        try:
            age = time.time() - os.lstat(file).st_mtime
        except OSError:
            continue
        if age > STALE_LOCK:
            detail = f"{file} is {show_duration(age)} old: a git that died left it, and it blocks the next one"
            yield broken("git-locks", detail, f"When no git is running here: rm {file}")


def clocks(patient: Patient) -> Iterator[Finding]:
    """Ours against the newest commit: a machine that is behind would judge other agents' claims wrongly."""
    commits = patient.commits()
    if not commits:
        return
    behind = commits[0].at - clock.now()
    fix = "Set this machine's clock: timedatectl   tells whether it is synchronised"
    if behind > DAY:
        detail = f"this clock is {show_duration(behind)} behind the newest commit; every write is refused"
        yield broken("clock", detail, fix)
    elif behind > DRIFT:
        yield warned("clock", f"this clock is {show_duration(behind)} behind the newest commit, or its writer's is ahead", fix)
    else:
        yield good("clock", f"not behind the newest commit ({clock.rfc3339(commits[0].at)})")
