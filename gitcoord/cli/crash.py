"""Writes down what a bug report needs: versions, command line, traceback. Reads no state, fails never."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.workspace import Workspace


def write_report(argv: list[str], workspace: Workspace | None) -> tuple[str, str]:
    """``(file, one line that names the failure)`` of the exception that is being handled."""
    import traceback

    kind, value, _ = sys.exc_info()
    summary = f"{kind.__name__ if kind else 'failure'}: {value}"[:300]
    lines = [*_versions(), "command: " + repr(argv)[:4000], "", traceback.format_exc()]
    return _save("\n".join(lines), workspace), summary


def _versions() -> list[str]:
    import platform

    import gitcoord

    found = [f"gitcoord {gitcoord.__version__}", f"python {platform.python_version()} on {platform.platform()}"]
    try:
        import sqlite3

        found.append(f"sqlite {sqlite3.sqlite_version}")
    except ImportError:
        found.append("sqlite missing")
    import subprocess

    try:
        said = subprocess.run(["git", "--version"], capture_output=True, text=True, timeout=5, check=False)
        found.append(said.stdout.strip())
    except (OSError, subprocess.SubprocessError):
        found.append("git missing")
    return found


def _save(report: str, workspace: Workspace | None) -> str:
    import tempfile

    folders = []
    if workspace is not None:
        folders.append(os.path.join(workspace.repo.common_dir, "gitcoord", "log"))
    folders.append(tempfile.gettempdir())
    for folder in folders:
        try:
            os.makedirs(folder, exist_ok=True)
            handle, file = tempfile.mkstemp(prefix="crash-", suffix=".txt", dir=folder)
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as out:
                out.write(report)
            return file
        except OSError:
            continue
    return "(no file could be written; run again with --debug)"
