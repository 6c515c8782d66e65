"""How this program is started again, for a process of our own and for hooks that find none on the PATH; what came with it."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: The single file that runs (``gitcoord.pyz``), set by its first lines; empty where gitcoord is installed.
single_file = ""


def program() -> list[str]:
    """The words that start gitcoord, whatever the working directory and the environment say of Python."""
    return [sys.executable, "-I", single_file] if single_file else [sys.executable, "-P", "-m", "gitcoord"]


def shipped(folder: str, name: str) -> bytes | None:
    """A file of ``hooks/`` or ``templates/``: in the wheel and in a single file beside the modules, else in the source
    tree."""
    package = os.path.dirname(os.path.abspath(__file__))
    loader: Any = __spec__.loader if __spec__ else None
    for place in (f"{package}/_installed/{folder}", f"{os.path.dirname(package)}/{folder}"):
        try:
            found: bytes = loader.get_data(f"{place}/{name}")
            return found
        except OSError:
            continue
    return None
