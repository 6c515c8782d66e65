"""Opens what a command needs: repository, settings, identity, store and cache, once, each when first asked for."""

from __future__ import annotations

from gitcoord.workspace.workspace import Workspace

__all__ = ["Workspace"]
