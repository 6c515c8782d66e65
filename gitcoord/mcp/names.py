"""As whom a server acts: the same agent as the tool's own hooks, where that can be known, and the same one until it ends."""

from __future__ import annotations

from gitcoord.environ import is_placeholder
from gitcoord.workspace import identity as identities

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitcoord.workspace import Workspace

#: The end of a name that a session gives, as the hooks make it.
SLOT = "GITCOORD_SLOT"
#: What a tool calls its session in the environment; its hooks say the same in their payload.
_SESSIONS = {"claude": "CLAUDE_CODE_SESSION_ID", "codex": "CODEX_THREAD_ID", "gemini": "GEMINI_SESSION_ID"}
_PINNED = "GITCOORD_SESSION_ID"



def environment(environ: Mapping[str, str], client: str) -> dict[str, str]:
    """The environment of a call: with the tool that asks (``claude`` of ``claude-code``), and its session if it says so."""
    found = {name: value for name, value in environ.items() if not (name.startswith("GITCOORD_") and is_placeholder(value))}
    word = client.replace(" ", "-").partition("-")[0].lower()
    if word and identities.tool(found) == "shell":  # nothing in the environment says more
        found["AI_AGENT"] = word
    session = found.get(_SESSIONS.get(identities.tool(found), ""), "")
    if session and not found.get(_PINNED):
        found[_PINNED] = f"{identities.tool(found)} {session}"
        found[SLOT] = "".join(letter for letter in session if letter.isalnum())[:6]
    return found


class Names:
    """Who this server is in each work tree, once it has been somebody there."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def give(self, ws: Workspace) -> None:
        """A name for whoever has none; none where several agents are bound here and nothing tells which one asks."""
        if not ws.agent and not ws.environ.get("GITCOORD_AGENT"):
            ws.agent = self._known.get(ws.place) or _name(ws)

    def keep(self, ws: Workspace, asked: str | None) -> None:
        """A name that one call gave itself is for that call alone."""
        if not asked and ws.known_agent:
            self._known[ws.place] = ws.known_agent


def _name(ws: Workspace) -> str | None:
    bound = [each for each in ws.local.bindings(ws.place) if not each["agent"].rpartition("/")[2].startswith("sub-")]
    slot, pinned = ws.environ.get(SLOT), identities.pinned_session(ws.environ)
    default = identities.default_handle(ws.environ)
    if slot:
        mine = [each["agent"] for each in bound if each["session_id"] == pinned]
        return str(mine[0]) if mine else f"{default.rpartition('/')[0]}/{slot}"
    if not bound:
        return default
    same = [each["agent"] for each in bound if each["agent"].split("/")[1:2] == [identities.tool(ws.environ)]]
    return str(same[0]) if len(bound) > 1 and len(same) == 1 else None
