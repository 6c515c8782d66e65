"""Which remotes a repository has, and what a repository is called, whatever the spelling of its URL."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.store.repository import Repository

# Compiled when first met.
_SECTION = r'(?m)^\s*\[remote "((?:[^"\\]|\\.)*)"\]'
_SCP = r"^(?:[^@/\s]+@)?([A-Za-z0-9._-]+):(?!/)(.+)$"
_URL = r"(?i)^[a-z][a-z0-9+.-]*://(?:[^@/]*@)?([^/:]*)(?::\d+)?/+(.*)$"


def remotes(repository: Repository) -> list[str]:
    """Names of the configured remotes; asks git when the repository's own file names none."""
    found = list(dict.fromkeys(re.findall(_SECTION, repository.config_text())))
    if found:
        return found
    result = repository.git.run(["remote"], check=False)
    return result.out.decode("utf-8", "replace").split()


def push_address(repository: Repository, remote: str) -> str:
    """Where pushes to a remote go. Only this address counts: a fetch URL may be a mirror that lags."""
    result = repository.git.run(["remote", "get-url", "--push", "--end-of-options", remote], check=False)
    return result.out.decode("utf-8", "surrogateescape").strip() if result.code == 0 else ""


def fetch_address(repository: Repository, remote: str) -> str:
    result = repository.git.run(["remote", "get-url", "--end-of-options", remote], check=False)
    return result.out.decode("utf-8", "surrogateescape").strip() if result.code == 0 else ""


def written_address(repository: Repository, remote: str) -> str:
    """The address as the configuration has it, before git rewrites it (a mirror or proxy of this machine)."""
    result = repository.git.run(["config", "--get", f"remote.{remote}.url"], check=False)
    return result.out.decode("utf-8", "surrogateescape").strip() if result.code == 0 else ""


def repository_name(url: str) -> str:
    """``github.com/org/repo`` for every ssh, https, scp-like or proxied spelling of the same place.

    A path of this machine becomes its last part: the same hub under two mounts is one repository, and no
    path of a machine ends up on the branch.
    """
    text = url.strip()
    match = re.match(_URL, text)
    if match and match.group(1) and not text.lower().startswith("file:"):
        host, path = match.group(1).lower(), match.group(2)
    else:
        scp = None if match else re.match(_SCP, text)
        if scp:
            host, path = scp.group(1).lower(), scp.group(2)
        else:
            host, path = "", os.path.basename(text.rstrip("/").removesuffix("/.git"))
    path = path.strip("/").removesuffix(".git").strip("/")
    if host in ("127.0.0.1", "localhost") or "git/" in path:
        path = path.rpartition("git/")[2] if "/git/" in "/" + path else path
    name = f"{host}/{path}".strip("/").lower() if host else path
    return name or "repository"


def web_place(url: str) -> tuple[str, str, str] | None:
    """``(scheme, host, path)`` under which people see a repository on the web; None for a path of this machine.

    Of an ssh address only the host is known; its port is not the web's. User information is never part of it.
    """
    text = url.strip()
    match = re.match(_URL, text)
    if match and match.group(1) and not text.lower().startswith("file:"):
        scheme = text.partition(":")[0].lower()
        port = re.match(r"^https?://(?:[^@/]*@)?[^/:]*(:\d+)", text, re.IGNORECASE)
        host = match.group(1).lower() + (port.group(1) if port else "")
        return ("http" if scheme == "http" else "https"), host, _plain(match.group(2))
    scp = None if match else re.match(_SCP, text)
    return ("https", scp.group(1).lower(), _plain(scp.group(2))) if scp else None


def _plain(path: str) -> str:
    return path.strip("/").removesuffix(".git").strip("/")
