"""Where the files that get installed lie: in the wheel beside the package's modules, or in the source tree."""

from __future__ import annotations

from gitcoord.program import shipped


def shim(name: str) -> bytes:
    """The bytes of an installed hook; constant, without any path or name in it."""
    found = shipped("hooks", name)
    if found is None:
        raise FileNotFoundError(f"the hook {name} was not installed with gitcoord")
    return found
