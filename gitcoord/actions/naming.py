"""What a co-op and who comes into it are called when nobody says."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.workspace import Workspace
    from gitcoord.workspace.identity import Identity

_NO_TOPIC = frozenset({"main", "master", "trunk", "develop", "HEAD", ""})
FALLBACK = "general-work"
#: What one does, as opposed to what it is about.
_DOING = frozenset((
    "add", "build", "change", "clean", "create", "do", "finish", "fix", "implement", "improve", "introduce", "make", "move",
    "refactor", "remove", "rename", "replace", "rewrite", "support", "test", "update", "upgrade", "write",
))  # fmt: skip


def short_name(ws: Workspace, title: str, slug: str) -> str:
    """A co-op's: as it was asked for, else of what its title is about, else of where the work happens."""
    from gitcoord.text import slugify

    return slugify(slug) or slugify(topic_of(title)) or slugify(title) or in_its_script(title) or inferred_slug(ws)


def topic_of(title: str) -> str:
    """``HMI settings flow`` of ``Update HMI settings flow``: the short name says what it is about."""
    first, _, rest = title.strip().partition(" ")
    return rest if first.casefold() in _DOING and " " in rest.strip() else title


def in_its_script(title: str) -> str:
    """``認証`` of ``認証``: two titles without a Latin letter are two co-ops."""
    import unicodedata

    words = unicodedata.normalize("NFC", title).lower()
    return "-".join("".join(each if each.isalnum() else " " for each in words).split())[:32].strip("-")


def inferred_slug(ws: Workspace) -> str:
    """From the branch, else the folder, else what the remote calls the project, else ``general-work``."""
    from gitcoord.text import slugify

    branch = ws.repo.head()[0]
    folder = os.path.basename(ws.repo.worktree) if ws.repo.worktree else ""
    project = ws.state.text("repo_id").rpartition("/")[2]
    for words in ("" if branch in _NO_TOPIC else branch, folder, project):
        slug = slugify(words)
        if slug:
            return slug
    return FALLBACK


def new_handle(agent_id: str, taken: Iterable[str] = ()) -> str:
    """The first name that no member has, and the end of the id: two agents who draw one name in two clones stay two."""
    from gitcoord.rules.coops import FIRST_NAMES

    others = {name.partition(" ")[0].casefold() for name in taken}
    first = next((name for name in FIRST_NAMES if name.casefold() not in others), FIRST_NAMES[0])
    return f"{first.lower()}-{agent_id[-4:]}"


def visible_name(identity: Identity, slug: str) -> str:
    """``Sky hmi-settings-flow``: for people; nothing is ever looked up by it."""
    first = identity.agent.partition("/")[0]
    if identity.agent.endswith("-" + identity.agent_id[-4:]):
        first = first[:-5]
    return f"{first[:1].upper()}{first[1:]} {slug}"
