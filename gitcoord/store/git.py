"""Runs git itself, on the hot path, without the ``subprocess`` module (which costs 4-9 ms to import and spawn).

Every child gets a cleaned environment, an argument list, a deadline and a session of its own, so that it
never sees somebody's ``GIT_DIR``, never prompts on a terminal, and dies with its whole group. It never
builds a shell line and never decides what an exit status means.
"""

from __future__ import annotations

import os
import select
import time

from gitcoord.errors import CouldNotCheck, TimedOut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Variables that a user sets to reach the network or to seal a configuration; every other GIT_* is dropped
#: (``git rev-parse --local-env-vars`` lists 16 that redirect git to another repository).
_KEPT = frozenset({
    "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSL_CERT", "GIT_SSL_KEY",
    "GIT_SSL_NO_VERIFY", "GIT_SSL_VERSION", "GIT_PROXY_COMMAND", "GIT_PROXY_SSL_CERT", "GIT_PROXY_SSL_KEY",
    "GIT_PROXY_SSL_CAINFO", "GIT_EXEC_PATH", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM",
    "GIT_HTTP_USER_AGENT", "GIT_TEMPLATE_DIR", "GIT_ALLOW_PROTOCOL",
})  # fmt: skip

_PROFILE = (
    "--no-pager", "--no-replace-objects", "--no-optional-locks",
    "-c", "core.hooksPath=/dev/null", "-c", "core.fsync=committed", "-c", "core.fsmonitor=false",
    "-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "fetch.recurseSubmodules=no",
    "-c", "fetch.prune=false", "-c", "fetch.writeCommitGraph=false", "-c", "protocol.ext.allow=never",
    "-c", "color.ui=false", "-c", "core.quotePath=false",
)  # fmt: skip


#: POSIX fixes this number; the enums of the signal module cost 1 ms of every command that starts git.
_SIGKILL = 9


class Result:
    __slots__ = ("code", "err", "out")

    def __init__(self, code: int, out: bytes, err: bytes) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def message(self) -> str:
        """What git said, on one line."""
        return " ".join(self.err.decode("utf-8", "replace").split())


class GitFailed(CouldNotCheck):
    """A git command that should not fail did."""

    code = "git-failed"


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment less everything that points git elsewhere or lets it ask questions."""
    env = {name: value for name, value in environ.items() if not name.startswith("GIT_") or name in _KEPT}
    ssh = env.get("GIT_SSH_COMMAND")
    if "GIT_SSH" not in env and (ssh is None or ssh.split()[0].endswith("ssh")):
        env["GIT_SSH_COMMAND"] = f"{ssh or 'ssh'} -oBatchMode=yes -oConnectTimeout=10"
    env.update(
        GIT_TERMINAL_PROMPT="0",
        GIT_ASKPASS="true",
        SSH_ASKPASS="true",
        SSH_ASKPASS_REQUIRE="never",
        GCM_INTERACTIVE="never",
        GIT_NO_REPLACE_OBJECTS="1",
        GIT_NO_LAZY_FETCH="1",
        GIT_LITERAL_PATHSPECS="1",
        GITCOORD_INTERNAL="1",
        LC_ALL="C",
        LANGUAGE="",
    )
    return env


def _find_git(path: str) -> str:
    """The first git on PATH in an absolute folder: never one that lies in the current directory."""
    for folder in path.split(os.pathsep):
        candidate = folder + "/git"
        if folder.startswith("/") and os.access(candidate, os.X_OK):
            return candidate
    raise CouldNotCheck("git was not found on PATH.", hint="Install git 2.25 or newer.")


class Git:
    """git for one repository. ``git_dir`` empty: git finds the repository itself from ``directory``."""

    def __init__(self, git_dir: str, environ: Mapping[str, str] | None = None, directory: str = "") -> None:
        env = os.environ if environ is None else environ
        self._program = _find_git(env.get("PATH", os.defpath))
        self._env = clean_environment(env)
        self._where = (f"--git-dir={git_dir}",) if git_dir else ("-C", directory)

    def within(self, env: Mapping[str, str]) -> Git:
        """The same git, every command of it in this environment too."""
        other = object.__new__(Git)
        other._program, other._where, other._env = self._program, self._where, {**self._env, **env}
        return other

    def also(self, env: Mapping[str, str]) -> None:
        """Variables that every later child gets too."""
        self._env = {**self._env, **env}

    def run(
        self,
        args: Iterable[str],
        *,
        stdin: bytes = b"",
        deadline: float = 30.0,
        check: bool = True,
        env: Mapping[str, str] | None = None,
    ) -> Result:
        """Run one git command to its end.

        Args:
            deadline: seconds, after which the whole process group is killed.
            check: raise when the exit status is not 0.

        Raises:
            TimedOut: the deadline passed.
            GitFailed: ``check`` and a non-zero exit.
        """
        argv = [self._program, *self._where, *_PROFILE, *args]
        result = _communicate(self._program, argv, {**self._env, **(env or {})}, stdin, deadline)
        if check and result.code != 0:
            verb = next((word for word in args if not word.startswith("-") and "=" not in word), "git")
            raise GitFailed(f"git {verb} failed ({result.code}): {result.message[:300]}", hint="gitcoord doctor")
        return result

    def text(self, *args: str, deadline: float = 30.0) -> str:
        """Standard output of a command that must succeed, without the final newline."""
        return self.run(args, deadline=deadline).out.decode("utf-8", "surrogateescape").rstrip("\n")

    def open(self, args: Iterable[str]) -> Child:
        """Start a command with which to converse."""
        return Child(self._program, [self._program, *self._where, *_PROFILE, *args], self._env)


def _spawn(program: str, argv: list[str], env: Mapping[str, str], fds: tuple[int, int, int], close: list[int]) -> int:
    actions: list[tuple[int, ...]] = [(os.POSIX_SPAWN_DUP2, fd, target) for target, fd in enumerate(fds)]
    actions += [(os.POSIX_SPAWN_CLOSE, fd) for fd in close if fd > 2]
    try:
        return os.posix_spawn(program, argv, env, file_actions=actions, setsid=True)
    except NotImplementedError:
        return os.posix_spawn(program, argv, env, file_actions=actions, setpgroup=0)


def kill_group(pid: int) -> None:
    for target in (os.killpg, os.kill):
        try:
            target(pid, _SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        pass


def _exit_code(status: int) -> int:
    return os.waitstatus_to_exitcode(status)


def _communicate(program: str, argv: list[str], env: Mapping[str, str], stdin: bytes, deadline: float) -> Result:
    in_read, in_write = os.pipe()
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    pid = _spawn(program, argv, env, (in_read, out_write, err_write), [in_write, out_read, err_read])
    for fd in (in_read, out_write, err_write):
        os.close(fd)
    open_fds = {in_write, out_read, err_read}
    try:
        return _pump(pid, stdin, (in_write, out_read, err_read), open_fds, time.monotonic() + deadline, argv)
    except BaseException:
        kill_group(pid)
        raise
    finally:
        for fd in open_fds:
            os.close(fd)


def _pump(
    pid: int, stdin: bytes, fds: tuple[int, int, int], open_fds: set[int], end: float, argv: list[str]
) -> Result:
    in_write, out_read, err_read = fds
    received: dict[int, list[bytes]] = {out_read: [], err_read: []}
    poll = select.poll()
    poll.register(out_read, select.POLLIN)
    poll.register(err_read, select.POLLIN)
    view = memoryview(stdin)
    if view:
        os.set_blocking(in_write, False)
        poll.register(in_write, select.POLLOUT)
    else:
        _close(in_write, open_fds)
    status: int | None = None
    while out_read in open_fds or err_read in open_fds:
        left = end - time.monotonic()
        if left <= 0:
            raise TimedOut(f"git {_verb(argv)} did not finish in time.", hint="gitcoord doctor")
        ready = poll.poll(min(left, 0.25) * 1000)
        for fd, _ in ready:
            if fd == in_write:
                view = _feed(fd, view)
                if not view:
                    poll.unregister(fd)
                    _close(fd, open_fds)
                continue
            chunk = os.read(fd, 1 << 16)
            if chunk:
                received[fd].append(chunk)
            else:
                poll.unregister(fd)
                _close(fd, open_fds)
        if not ready:  # a daemon that git left behind may keep a pipe open for ever
            done, code = os.waitpid(pid, os.WNOHANG)
            if done:
                status = code
                break
    if status is None:
        status = _wait(pid, end, argv)
    return Result(_exit_code(status), b"".join(received[out_read]), b"".join(received[err_read]))


def _verb(argv: list[str]) -> str:
    known = {"push", "fetch", "ls-remote", "cat-file", "fast-import", "diff-tree", "update-ref", "merge-base"}
    return next((word for word in argv if word in known), "command")


def _feed(fd: int, view: memoryview) -> memoryview:
    try:
        return view[os.write(fd, view) :]
    except BlockingIOError:
        return view
    except BrokenPipeError:
        return view[:0]


def _close(fd: int, open_fds: set[int]) -> None:
    open_fds.discard(fd)
    os.close(fd)


def _wait(pid: int, end: float, argv: list[str]) -> int:
    pause = 0.0002
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status
        if time.monotonic() > end:
            raise TimedOut(f"git {_verb(argv)} did not finish in time.", hint="gitcoord doctor")
        time.sleep(pause)
        pause = min(pause * 2, 0.02)


class Child:
    """A git process that answers requests: ``cat-file --batch``. Close it, or use it in a ``with``."""

    def __init__(self, program: str, argv: list[str], env: Mapping[str, str]) -> None:
        in_read, in_write = os.pipe()
        out_read, out_write = os.pipe()
        null = os.open(os.devnull, os.O_WRONLY)
        self._pid = _spawn(program, argv, env, (in_read, out_write, null), [in_write, out_read])
        for fd in (in_read, out_write, null):
            os.close(fd)
        self._in = in_write
        self._out = os.fdopen(out_read, "rb", 1 << 16)

    def write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._in, data) :]

    def read_line(self) -> bytes:
        return self._out.readline()

    def read(self, size: int) -> bytes:
        return self._out.read(size)

    def close(self) -> None:
        if self._pid:
            os.close(self._in)
            self._out.close()
            pid, self._pid = self._pid, 0
            kill_group(pid)

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
