"""Jobs and a server's hook that run the check: shown, or written to one file that is not there yet."""

from __future__ import annotations

import os

from gitcoord.errors import CheckFailed, InvalidArguments
from gitcoord.hooks.shims import shim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORGES = {"github": "ci/github.yml", "github-again": "ci/github-again.yml", "gitlab": "ci/gitlab.yml"}
HOOK = "pre-receive"


def text(name: str) -> str:
    """The template of a forge, or the hook of a server."""
    if name == HOOK:
        return shim(HOOK).decode()
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    for folder in (package + "/_installed/templates", os.path.dirname(package) + "/templates"):
        try:
            with open(f"{folder}/{FORGES[name]}", encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            continue
    raise CheckFailed(f"This installation has no template for {name}.", hint="pipx install gitcoord")


def write(directory: str, name: str, file: str, replace: bool) -> dict[str, Any]:
    """Write it, executable where it is a hook. A file with other content is left alone unless ``replace``."""
    target, wanted = os.path.normpath(os.path.join(directory, file)), text(name)
    if os.path.islink(target) or os.path.isdir(target):
        raise InvalidArguments(f"{file} is no plain file; nothing was written.")
    try:
        return _written(target, file, wanted, name, replace)
    except OSError as problem:
        raise InvalidArguments(f"{file} cannot be written: {problem.strerror}; nothing was written.") from None


def _written(target: str, file: str, wanted: str, name: str, replace: bool) -> dict[str, Any]:
    try:
        with open(target, encoding="utf-8", errors="replace") as found:
            before = found.read()
    except FileNotFoundError:
        before = ""
    if before == wanted:
        return {"outcome": "unchanged", "file": target}
    if before and not replace:
        hint = f"gitcoord ci template {name} --replace -o {file}"
        raise CheckFailed(f"{file} exists with other content; nothing was written.", hint=hint)
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    temporary = f"{target}.{os.getpid()}.tmp"
    with open(temporary, "w", encoding="utf-8") as out:
        out.write(wanted)
    os.chmod(temporary, 0o755 if name == HOOK else 0o644)
    os.replace(temporary, target)
    return {"outcome": "written", "file": target}
