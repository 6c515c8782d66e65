"""The forge behind a remote, as far as its address tells: where a person opens a pull request, and who can do it for one.

Nothing is asked of the network here; a forge that is not recognised has no link.
"""

from __future__ import annotations

import os

from gitcoord.store.addresses import push_address, web_place, written_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.workspace import Workspace

GITHUB, GITLAB, GITEA, BITBUCKET = "github", "gitlab", "gitea", "bitbucket"
_HOSTS = (
    ("github", GITHUB), ("gitlab", GITLAB), ("codeberg.org", GITEA), ("gitea", GITEA), ("forgejo", GITEA),
    ("bitbucket.org", BITBUCKET),
)  # fmt: skip
_TOOLS = {GITHUB: "gh", GITLAB: "glab"}
_PATIENCE = 40


def forge_of(url: str) -> tuple[str, str]:
    """``(forge, address of the repository on the web)``; both empty for one that is not recognised."""
    place = web_place(url)
    if place is None or place[2].count("/") < 1:
        return "", ""
    scheme, host, path = place
    found = next((forge for sign, forge in _HOSTS if sign in host), "")
    return (found, f"{scheme}://{host}/{_quoted(path)}") if found else ("", "")


def address(ws: Workspace) -> str:
    """The address of the remote by which its forge can be told; the one that pushes use, else the one that is written."""
    remote = ws.state.text("remote")
    found = push_address(ws.repo, remote) if remote else ""
    return found if not remote or forge_of(found)[0] else written_address(ws.repo, remote)


def compare_link(url: str, base: str, branch: str) -> str:
    """Where a person opens the pull request; empty when the forge is unknown."""
    forge, web = forge_of(url)
    target, source = _quoted(base), _quoted(branch)
    if forge == GITHUB:
        return f"{web}/compare/{target}...{source}?expand=1"
    if forge == GITEA:
        return f"{web}/compare/{target}...{source}"
    if forge == GITLAB:
        return (
            f"{web}/-/merge_requests/new?merge_request%5Bsource_branch%5D={source}"
            f"&merge_request%5Btarget_branch%5D={target}"
        )
    return f"{web}/pull-requests/new?source={source}&dest={target}" if forge == BITBUCKET else ""


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="/")


def opened(ws: Workspace, base: str, branch: str, title: str, body: str) -> tuple[str, str]:
    """Let the forge's own command line open the pull request: ``(its address, why not)``, one of them empty."""
    import shutil

    forge, _ = forge_of(address(ws))
    tool = _TOOLS.get(forge, "")
    if not tool:
        return "", f"no command line is known for {forge or 'this forge'}"
    program = shutil.which(tool, path=ws.environ.get("PATH"))
    if program is None:
        return "", f"{tool} is not installed"
    return _run(ws, [program, *_words(tool, base, branch, title, body)], tool)


def _words(tool: str, base: str, branch: str, title: str, body: str) -> list[str]:
    """What peers wrote stands behind an equals sign: it is never an option."""
    if tool == "gh":
        return ["pr", "create", f"--base={base}", f"--head={branch}", f"--title={title}", f"--body={body}"]
    return [
        "mr", "create", f"--target-branch={base}", f"--source-branch={branch}", f"--title={title}",
        f"--description={body}", "--yes",
    ]  # fmt: skip


def _run(ws: Workspace, command: list[str], tool: str) -> tuple[str, str]:
    import subprocess

    from gitcoord.store.git import clean_environment
    from gitcoord.text import one_line

    env = {**clean_environment(ws.environ), "GH_PROMPT_DISABLED": "1", "NO_COLOR": "1"}
    where = ws.repo.worktree or os.getcwd()
    try:
        done = subprocess.run(
            command, cwd=where, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return "", f"{tool} did not answer ({type(problem).__name__})"
    said = done.stdout.decode("utf-8", "replace")
    link = next((word for word in said.split() if word.startswith(("https://", "http://"))), "")
    if done.returncode or not link:
        return "", f"{tool}: {one_line(done.stderr.decode('utf-8', 'replace') or said, 200) or 'no answer'}"
    return link, ""
