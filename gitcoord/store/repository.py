"""Finds the repository of a directory and reads its refs without starting git.

Inherited ``GIT_DIR`` and friends are ignored: they are the recurring corruption of this class of tools.
What looks unusual (foreign owner, reftable) is left to git itself.
"""

from __future__ import annotations

import os

from gitcoord.errors import NotARepository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitcoord.store.git import Git


def escaped(name: str) -> str:
    """The name of a file or branch as text: bytes that are no UTF-8 as ``\\xe9``."""
    return name if name.isascii() else name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


class Repository:
    """``git_dir`` of this worktree, ``common_dir`` of all of them; ``worktree`` is None in a bare repository."""

    __slots__ = ("_config", "_environ", "_git", "common_dir", "git_dir", "worktree")

    def __init__(
        self, git_dir: str, common_dir: str, worktree: str | None, environ: Mapping[str, str] | None = None
    ) -> None:
        self.git_dir, self.common_dir, self.worktree = git_dir, common_dir, worktree
        self._environ = environ
        self._git: Git | None = None
        self._config: str | None = None

    @property
    def bare(self) -> bool:
        return self.worktree is None

    @property
    def git(self) -> Git:
        if self._git is None:
            from gitcoord.store.git import Git

            self._git = Git(self.git_dir, self._environ)
        return self._git

    def in_quarantine(self, environ: Mapping[str, str]) -> None:
        """Within a receiving hook: see the objects of the push as well, which are nobody's until it is accepted."""
        names = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")
        self.git.also({name: environ[name] for name in names if environ.get(name)})

    @property
    def work_git(self) -> Git:
        """git as the user would run it here: for questions about the work tree."""
        from gitcoord.store.git import Git

        return Git("", self._environ, directory=self.worktree or self.git_dir)

    @property
    def home(self) -> str:
        """``<git common dir>/gitcoord``: all local state, shared by all worktrees."""
        return self.common_dir + "/gitcoord"

    def config_text(self) -> str:
        if self._config is None:
            try:
                with open(self.common_dir + "/config", encoding="utf-8", errors="replace") as file:
                    self._config = file.read()
            except OSError:
                self._config = ""
        return self._config

    @property
    def oid_length(self) -> int:
        return 64 if "objectformat = sha256" in self.config_text().lower() else 40

    def ref(self, name: str) -> str | None:
        """The object id of a full ref name, or None. Reads the files; asks git only for a reftable."""
        oid = self._loose(name)
        if oid is not None:
            return oid
        if os.path.isdir(self.common_dir + "/reftable"):
            result = self.git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", name], check=False)
            return result.out.decode().strip() or None
        return self._packed(name)

    def _loose(self, name: str) -> str | None:
        try:
            with open(f"{self.common_dir}/{name}", encoding="utf-8") as file:
                oid = file.read(65).strip()
        except (OSError, UnicodeDecodeError):
            return None
        return oid if len(oid) in (40, 64) else None

    def _packed(self, name: str) -> str | None:
        wanted = (" " + name + "\n").encode("utf-8", "surrogateescape")
        try:
            with open(self.common_dir + "/packed-refs", "rb") as file:
                for line in file:
                    if line.endswith(wanted):
                        return line[: -len(wanted)].decode("ascii")
        except OSError:
            pass
        return None

    def has(self, oid: str) -> bool:
        """Whether an object is here, loose or packed."""
        if os.path.isfile(f"{self.common_dir}/objects/{oid[:2]}/{oid[2:]}"):
            return True
        return self.git.run(["cat-file", "-e", oid], check=False).code == 0

    def head(self) -> tuple[str, str]:
        """``(branch, oid)`` of HEAD: the branch is empty when detached, the oid empty without a commit.

        A name that is no text has its bytes escaped with a backslash, which no branch has.
        """
        try:
            with open(self.git_dir + "/HEAD", encoding="utf-8", errors="surrogateescape") as file:
                text = file.read().strip()
        except OSError:
            return "", ""
        if not text.startswith("ref: "):
            return "", text
        name = text[5:]
        return escaped(name).removeprefix("refs/heads/"), self.ref(name) or ""


def _owned(path: str) -> bool:
    owner = os.stat(path).st_uid
    return owner == os.geteuid() or (os.geteuid() == 0 and str(owner) == os.environ.get("SUDO_UID"))


def _is_git_dir(path: str) -> bool:
    return os.path.isfile(path + "/HEAD") and (
        os.path.isdir(path + "/objects") or os.path.isfile(path + "/commondir")
    )


def _common(git_dir: str) -> str:
    try:
        with open(git_dir + "/commondir", encoding="utf-8", errors="surrogateescape") as file:
            return os.path.normpath(os.path.join(git_dir, file.read().strip()))
    except OSError:
        return git_dir


def _pointed(directory: str) -> str | None:
    """The git dir that a ``.git`` file points to (linked worktree, submodule, bare plus worktrees)."""
    try:
        with open(directory + "/.git", encoding="utf-8", errors="surrogateescape") as file:
            text = file.read(4096)
    except OSError:
        return None
    if not text.startswith("gitdir: "):
        return None
    return os.path.normpath(os.path.join(directory, text[8:].strip()))


def find(directory: str = ".", environ: Mapping[str, str] | None = None) -> Repository:
    """The repository that holds ``directory``.

    Raises:
        NotARepository: there is none, or git refuses it (dubious ownership).
    """
    start = os.path.realpath(directory)
    if not os.path.isdir(start):
        raise NotARepository(f"{directory} is not a directory.", hint="gitcoord -C DIR …")
    here = start
    while True:
        git_dir = here + "/.git"
        if os.path.isdir(git_dir) and _is_git_dir(git_dir):
            return _checked(git_dir, here, environ)
        pointed = _pointed(here)
        if pointed and _is_git_dir(pointed):
            return _checked(pointed, here, environ)
        if _is_git_dir(here) and os.path.isdir(here + "/refs"):
            return _checked(here, None, environ)
        parent = os.path.dirname(here)
        if parent == here:
            raise NotARepository(
                f"{start} is not inside a git repository.", hint="cd into a checkout, or: gitcoord -C DIR …"
            )
        here = parent


def _checked(git_dir: str, worktree: str | None, environ: Mapping[str, str] | None) -> Repository:
    repository = Repository(git_dir, _common(git_dir), worktree, environ)
    if not _owned(git_dir):
        from gitcoord.store.git import Git

        git = Git("", environ, directory=worktree or git_dir)
        result = git.run(["rev-parse", "--git-dir"], check=False)
        if result.code:
            raise NotARepository(f"git refuses this repository: {result.message[:300]}", hint="git config safe.directory")
    if worktree and git_dir == repository.common_dir and _bare(repository.config_text()):
        repository.worktree = None
    return repository


def _bare(config: str) -> bool:
    return any(line.replace(" ", "").strip().lower() == "bare=true" for line in config.splitlines())
