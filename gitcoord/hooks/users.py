"""The user's own pre-push hook, run as git would run it, for a push that git makes without hooks.

Our block in it passes at once (``GITCOORD_INTERNAL``): what it would check is checked on the tip itself.
"""

from __future__ import annotations

import os
import subprocess

from gitcoord.errors import CheckFailed, CouldNotCheck
from gitcoord.hooks.shims import shim
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.workspace import Workspace

#: Variables with which git points its children at one repository.
_REDIRECT = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "GIT_QUARANTINE_PATH",
)  # fmt: skip
#: Seconds that a hook may take: teams run their tests there.
DEADLINE = 600.0


def pre_push(ws: Workspace, remote: str, lines: list[str]) -> None:
    """Raises CheckFailed when the hook says no. ``lines`` are what git writes to its standard input."""
    file = _file(ws)
    if not os.path.isfile(file) or not os.access(file, os.X_OK) or _is_ours_alone(file):
        return
    from gitcoord.store.addresses import push_address

    env = {name: value for name, value in ws.environ.items() if name not in _REDIRECT}
    env["GITCOORD_INTERNAL"] = "1"
    child = subprocess.Popen(
        [file, remote, push_address(ws.repo, remote)], cwd=ws.repo.worktree or ws.repo.git_dir, env=env,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        said, _ = child.communicate("".join(lines).encode("utf-8", "surrogateescape"), timeout=ws.timeout or DEADLINE)
    except subprocess.TimeoutExpired:
        from gitcoord.store.git import kill_group

        kill_group(child.pid)
        said_so = f"The pre-push hook did not end; nothing was pushed ({file})."
        raise CouldNotCheck(said_so, hint="gitcoord push --no-verify") from None
    if child.returncode:
        words = one_line(said.decode("utf-8", "replace")[-600:], 300)
        raise CheckFailed(
            f"The pre-push hook of this repository said no; nothing was pushed: {words}", hint="gitcoord push --no-verify"
        )


def _file(ws: Workspace) -> str:
    """The hook that git runs here. Our own git sets another folder for itself, last: the user's is the one before."""
    result = ws.repo.work_git.run(["config", "--type=path", "--get-all", "core.hooksPath"], check=False)
    folders = result.out.decode("utf-8", "surrogateescape").splitlines()[:-1]
    if not folders:
        return f"{ws.repo.common_dir}/hooks/pre-push"
    return os.path.normpath(os.path.join(ws.repo.worktree or ws.repo.git_dir, folders[-1], "pre-push"))


def _is_ours_alone(file: str) -> bool:
    with open(file, "rb") as found:
        return found.read() == shim("pre-push")
