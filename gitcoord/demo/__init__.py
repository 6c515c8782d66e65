"""A scripted, narrated run on real input: three agents in three clones of the repository in which it stands."""

from __future__ import annotations

from gitcoord.demo.story import run

__all__ = ["run"]
