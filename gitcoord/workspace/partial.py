"""A partial clone (``git clone --filter=blob:none``) leaves the contents of files with its remote. gitcoord fetches
without a filter; but what the clone or its user's own fetch brought, it gets when it needs it: many at a time, never by
the objects one by one that git would ask for."""

from __future__ import annotations

from gitcoord.errors import NeedsRepair
from gitcoord.store import register as replies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.workspace.workspace import Workspace


def get_left_out(ws: Workspace, names: list[str]) -> bool:
    """Fetch these objects (ids, or one ``<commit>:<path>``). False: nothing is left out of this clone.

    Raises:
        NeedsRepair: they are with the remote, and it was not asked or did not give them; it names the command that does.
    """
    remote = ws.state.text("remote")
    git = ws.repo.git
    words = ["config", "--type=bool", "--get", f"remote.{remote}.promisor"]
    if not remote or git.run(words, check=False).out.strip() != b"true":
        return False
    found = names
    if len(names) == 1 and ":" in names[0]:
        found = _behind(ws, names[0])
    if not found:
        return False
    why, register = "the remote was not asked", ws.register
    if not ws.offline and isinstance(register, replies.RemoteRegister):
        reply = register.fetch_left_out(found, ws.network_deadline())
        if reply.kind == replies.LANDED:
            return True
        why = reply.detail[:200]
    raise NeedsRepair(
        f"This partial clone has not all of the sync branch, and the rest could not be fetched: {why}",
        hint=f"git fetch --refetch --no-filter {remote} {ws.state.text('branch')}",
    )


def _behind(ws: Workspace, name: str) -> list[str]:
    """The object that ``<commit>:<path>`` names; the commit's root folder where the way to it is left out as well, as
    ``--filter=tree:0`` does: with it come all folders below."""
    git = ws.repo.git
    found = git.run(["rev-parse", "--verify", "--quiet", name], check=False).out.decode().split()
    commit = name.partition(":")[0]
    return found or git.run(["log", "-1", "--format=%T", "--end-of-options", commit], check=False).out.decode().split()
